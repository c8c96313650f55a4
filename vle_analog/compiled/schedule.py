"""Steps in model time, shared by all samples: small where something begins, ending on every kink of the stimuli."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.netlist.rails import FALL
from vle_analog.network.kinks import EDGES, kinks
from vle_analog.network.stimuli import Steps, Stimulus

FALLING = 8  # steps in which hold falls, the shorter the later: the weaker a switch, the more its charge matters
GROWTH = 1.03  # of steps after a begin: what that excites in fast loops must die away before they are long
SMALLEST = 1 / 16  # of the step, first after a begin
PER_RISE = 2  # steps in the rise of a smooth edge


@dataclass(frozen=True, eq=False)
class Schedule:
    """Begins of all steps, and the end, model time; `edges`: times at which signals bend; `stops`: those at which
    anything that drives does, even if it was sampled there and is smooth in between, and the end."""

    times: np.ndarray
    edges: np.ndarray
    stops: np.ndarray


def schedule(stimuli: Sequence[Stimulus], duration: float, step: float, *, held: bool) -> Schedule:
    """The steps of a run.

    **Arguments:**

    - `step`: the longest one. `held`: whether it begins with the fall of hold.
    """
    stops = kinks(stimuli, duration)
    windows = [window for stimulus in stimuli if isinstance(stimulus, Steps) for window in _windows(stimulus)]
    times = [-FALL * np.linspace(1.0, 0.0, FALLING + 1) ** 2 if held else np.zeros(1)]
    begin = 0.0
    for end in stops:
        longest = min([step, *(short for low, high, short in windows if low < end and begin < high)])
        begins_here = begin == 0 or any(np.isclose(begin, low) for low, _, _ in windows)
        times.append(_between(begin, float(end), longest, ramp=begins_here))
        begin = float(end)
    edges = np.array([0.0, *(low for low, _, _ in windows), *(high for _, high, _ in windows)])
    return Schedule(np.concatenate(times), np.unique(edges), stops)


def _windows(stimulus: Steps) -> Iterable[tuple[float, float, float]]:
    for k in range(stimulus.size):
        for edge, _ in stimulus.jumps(k):
            yield edge + EDGES[0] * stimulus.rise, edge + EDGES[-1] * stimulus.rise, stimulus.rise / PER_RISE


def _between(begin: float, end: float, longest: float, *, ramp: bool) -> np.ndarray:
    """Ends of the steps from `begin` to `end`."""
    lengths: list[float] = []
    if ramp:
        length = min(SMALLEST * longest, (end - begin) / 4)
        lengths.append(length)
        while sum(lengths) + length < end - begin and length < longest:
            lengths.append(length)
            length *= GROWTH
    left = end - begin - sum(lengths)
    count = max(1, int(np.ceil(left / longest - 1e-9)))
    lengths += [left / count] * count
    times = begin + np.cumsum(lengths)
    times[-1] = end
    return times
