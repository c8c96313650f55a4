"""How finely a simulator must step through its stimuli: at most so far, and to some times exactly.

A step as short as the steepest edge is needed at that edge only. So a simulator is sent to the times around steep edges
and close samples, and only where there are many of them its longest step is shorter: whatever costs less. The cost
grows with the number of edges, and not with how steep they are.
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
CLOSEST = 1e-4  # of the longest step: ngspice takes breaks that are closer than half of it for one
STEPS_PER_BREAK = 6  # after a break ngspice begins with a tenth of the way to the next one
FINER = 16  # steps, of the finest, in the time over which a sine changes
SHARP = 0.01  # of its range: how far a signal goes astray from the course before a kink in one of them
MOST_BREAKS = 5000  # ngspice looks at all of them at every evaluation


@dataclass(frozen=True, eq=False)
class Pace:
    """Where the steps of a run end.

    **Arguments:**

    - `longest`: of all steps, model time. `breaks`: increasing times at which one ends.
    - `steps`: about how many there are in all.
    """

    longest: float
    breaks: np.ndarray
    steps: float


def pace(stimuli: Iterable[Stimulus], duration: float, longest: float, *, finest: bool = False) -> Pace:
    """The cheapest pace that jumps over nothing.

    **Arguments:** `longest`: of a step where nothing happens, model time. `finest`: so fine that no step rounds a sharp
    kink or a fast sine off.
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
    left = np.searchsorted(needed, choices)  # what needs shorter steps than that
    costs = np.where(left <= MOST_BREAKS, duration / choices + STEPS_PER_BREAK * left, np.inf)
    best = int(np.argmin(costs))
    return Pace(float(choices[best]), np.unique(times[: left[best]]), float(costs[best]))
