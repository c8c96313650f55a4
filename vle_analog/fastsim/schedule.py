"""The time steps, shared by all samples: small after edges, ending on every kink of the stimuli."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.netlist.rails import FALL
from vle_analog.network.kinks import APART, kinks, over_range, rises, sharpness
from vle_analog.network.stimuli import Samples, Sines, Stimulus

STEP = 0.05  # model time, without fast signals
FALLING = (
    16  # steps in the fall of hold, shorter towards its end: the weaker a switch, the larger the effect of its charge
)
SMALLEST = 1 / 16  # of the step, first after the begin of the run
GROWTH = 1.03  # growth of steps after an edge: excited fast modes must decay before steps are long
QUICK = 1.25  # the same while steps are shorter than the first one of the run
PER_RISE = 6  # steps in the rise of a smooth edge
PER_RADIAN = 8  # steps per radian of the fastest sine
BEND = 3e-3  # relative to its range: tolerated deviation of a signal in the first step after a kink
FEWEST = 4  # steps between a sharp kink and its neighbours, for a polynomial through their ends


@dataclass(frozen=True, eq=False)
class Schedule:
    """The begins of all steps and the end, model time.


    `edges`: times at which signals bend; `stops`: times at which any external signal has a kink, even where it was
    sampled and is smooth in between, and the end.
    """

    times: np.ndarray
    edges: np.ndarray
    stops: np.ndarray


def schedule(stimuli: Sequence[Stimulus], duration: float, step: float, *, held: bool) -> Schedule:
    """Lay out the steps of a run: their number depends on the edges and kinks of the stimuli, not on their steepness.

    **Arguments:**

    - `step`: the longest one. `held`: whether it begins with the fall of hold.
    """
    stops = kinks(stimuli, duration)
    begins, close = np.append(0.0, stops[:-1]), APART * duration
    steep = rises(stimuli, np.append(0.0, stops)) / PER_RISE
    longest = np.minimum(step, steep)
    first = np.full(len(stops) + 1, np.inf)  # of the steps after a kink; the last one is that of the end
    other = steep[1:] != steep[:-1]
    first[1:-1][other] = np.minimum(steep[1:], steep[:-1])[other]
    for samples in (s for s in stimuli if isinstance(s, Samples)):
        at = np.searchsorted(begins, samples.times - close)
        there = (at < len(begins)) & (samples.times > -close)
        np.minimum.at(first, at[there], (BEND / sharpness(samples))[there])
    first[0] = min(first[0], SMALLEST * longest[0], *(BEND / _start(s) for s in stimuli if held))
    sharp = first < step / FEWEST
    spans = stops - begins
    crowded = (sharp[:-1] | sharp[1:]) & (longest > spans / FEWEST)
    longest[crowded] = spans[crowded] / FEWEST
    steps = _lengths(spans, longest, first, SMALLEST * step)
    ends = [begin + np.cumsum(lengths) for begin, lengths in zip(begins, steps, strict=True)]
    for end, stop in zip(ends, stops, strict=True):
        end[-1] = stop
    before = -FALL * np.linspace(1.0, 0.0, FALLING + 1) ** 2 if held else np.zeros(1)
    edges = np.append(0.0, stops)[sharp]
    return Schedule(np.concatenate([before, *ends]), edges, stops)


def usual_step(stimuli: Iterable[Stimulus]) -> float:
    """Return the longest step that resolves every sine, model time."""
    sines = (sine for s in stimuli if isinstance(s, Sines) for channel in s.channels for sine in channel)
    return 1 / max(1 / STEP, PER_RADIAN * max((abs(sine.omega) for sine in sines), default=0.0))


def _start(stimulus: Stimulus) -> float:
    """Return the slope at model time 0, before which signals are constant, relative to the range of the signal."""
    if not isinstance(stimulus, Sines):
        return 1e-300  # samples have a kink there as anywhere, and an edge there is one of the windows
    amplitudes = np.array([sum(abs(sine.amplitude) for sine in channel) for channel in stimulus.channels])
    return float(over_range(stimulus.slope(0.0)[None], 2 * amplitudes)[0])


def _lengths(spans: np.ndarray, longest: np.ndarray, first: np.ndarray, slow: float) -> Iterator[np.ndarray]:
    """Yield the steps between one stop and the next, which grow up to the longest."""
    length = np.inf
    for span, most, begin in zip(spans.tolist(), longest.tolist(), first[:-1].tolist(), strict=True):
        length, left, lengths = min(length, begin, most), span, []
        while left > 0 and length < most:
            lengths.append(length)
            left -= length
            length = min(most, length * (QUICK if length < slow else GROWTH))
        if left > 0:
            count = max(1, int(np.ceil(left / most - 1e-9)))
            lengths += [left / count] * count
        found = np.array(lengths)
        yield found * (span / found.sum())
