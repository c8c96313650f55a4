"""The step lengths with which a simulator resolves its stimuli: a longest step, and times at which a step must end.

A step as short as the steepest edge is needed at that edge only. So times around steep edges and close samples become
breaks, and the longest step is shortened only where there are many of them, whichever costs less. The cost grows with
the number of edges, and not with their steepness.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vle_analog.network.kinks import middles, sharpness
from vle_analog.network.stimuli import Samples, Steps, Stimulus

CORNERS = (
    -6,
    -4.5,
    -3,
    -2.5,
    -2,
    -1.5,
    -1,
    -0.5,
    0,
    0.5,
    1,
    1.5,
    2,
    2.5,
    3,
    4.5,
    6,
)  # of a smooth edge, in units of its rise
CLOSEST = 1e-4  # of the longest step: ngspice merges breaks closer than half of it
STEPS_PER_BREAK = 6  # the first step after a break is a tenth of the way to the next
FINER = 16  # steps, of the finest, in the time over which a sine changes
SHARP = 0.01  # of its range: largest deviation that a kink causes within one step
MOST_BREAKS = 5000  # ngspice evaluates all of them at every time point


@dataclass(frozen=True, eq=False)
class Pace:
    """The ends of the steps of a run.

    **Arguments:**

    - `longest`: step length, model time. `breaks`: increasing times at which a step ends, shape `(n,)`.
    - `steps`: estimate of their number.
    """

    longest: float
    breaks: np.ndarray
    steps: float


def pace(stimuli: Iterable[Stimulus], duration: float, longest: float, *, finest: bool = False) -> Pace:
    """Choose the cheapest pace that resolves all stimuli.

    **Arguments:** `duration`: model time. `longest`: step where all stimuli are smooth, model time. `finest`: resolve
    sharp kinks and fast sines within single steps too.

    **Returns:** the pace.
    """
    places, lengths = [np.empty(0)], [np.empty(0)]
    for stimulus in stimuli:
        if isinstance(stimulus, Steps):
            corners = stimulus.rise * np.array(CORNERS)
            if np.diff(corners).min() < CLOSEST * longest:  # before the edge, in its middle, and behind it
                corners = max(corners[-1], CLOSEST * longest) * np.array([-1, 0, 1])
            places.append((middles(stimulus)[:, None] + corners).ravel())
            lengths.append(np.full(places[-1].size, stimulus.resolution))
        elif isinstance(stimulus, Samples):
            apart = np.concatenate([[np.inf], np.diff(stimulus.times), [np.inf]])
            places.append(stimulus.times)
            nearest = np.minimum(apart[:-1], apart[1:])
            lengths.append(np.minimum(nearest, SHARP / sharpness(stimulus)) if finest else nearest)
        else:
            longest = min(longest, stimulus.resolution / (FINER if finest else 1))
    times, needed = np.concatenate(places), np.concatenate(lengths)
    inside = np.flatnonzero((times > 0) & (times < duration) & (needed < longest))
    shortest_first = inside[np.argsort(needed[inside], kind="stable")]
    times, needed = times[shortest_first], needed[shortest_first]
    choices = np.append(longest, needed)
    left = np.searchsorted(needed, choices)  # number of places that need shorter steps
    costs = np.where(left <= MOST_BREAKS, duration / choices + STEPS_PER_BREAK * left, np.inf)
    best = int(np.argmin(costs))
    return Pace(float(choices[best]), np.unique(times[: left[best]]), float(costs[best]))
