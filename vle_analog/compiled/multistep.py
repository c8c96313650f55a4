"""Steps that know the ones before: backward differentiation, one evaluation each, where all that drives is smooth.

A polynomial through the last ORDER + 1 points says where a step leads and how fast it moves there; one turn of Newton's
method corrects that. Curtiss and Hirschfelder, PNAS 38 (1952); Hairer and Wanner, Solving ODEs II, III.1 and V.1.
"""

from dataclasses import dataclass

import numpy as np

from vle_analog.compiled.schedule import Schedule

ORDER = 4
SAME = 2  # steps with one matrix
ALIKE = 0.05  # relative difference of the pace of such steps
GREATEST_GROWTH = 1.1  # from one step to the next: above 1.28, all the time, the fourth order is not stable
ALONE, KEEPING, RENEWING = range(3)  # a step that knows nothing of those before; with the matrix of before; a new one


@dataclass(frozen=True, eq=False)
class Multistep:
    """Which steps know the ones before, and what they take of them.

    **Arguments:**

    - `kind`: ALONE, KEEPING or RENEWING, per step. `pace`: what a correction at the end of the step adds to the speed
      there, per second and volt.
    - `shares`: shape (steps, 2, ORDER), of the voltages' last differences, the newest first: the next difference, and
      the speed at its end (per second).
    """

    kind: np.ndarray
    pace: np.ndarray
    shares: np.ndarray


def multistep(steps: Schedule, unit: float) -> Multistep:
    """How the steps of a schedule are made; `unit`: seconds of a unit of model time."""
    times, lengths = steps.times, np.diff(steps.times)
    count = len(times)  # the last one has no length
    kind, pace, shares = np.zeros(count, np.uint8), np.zeros(count), np.zeros((count, 2, ORDER))
    bent = np.isin(times, [0.0, *steps.stops])
    age, last = SAME, -np.inf
    for s in range(ORDER, count - 1):
        growth = lengths[s - ORDER + 1 : s + 1] / lengths[s - ORDER : s]
        if times[s] <= 0 or bent[s - ORDER + 1 : s + 1].any() or growth.max() > GREATEST_GROWTH:
            age = SAME
            continue
        ahead = times[s + 1] - times[s - ORDER : s + 1][::-1]
        pace[s] = np.sum(1.0 / ahead[:-1])
        powers = (-ahead / ahead[0])[None, :] ** np.arange(ORDER + 1)[:, None]
        wanted = np.zeros((ORDER + 1, 2))
        wanted[0, 0], wanted[1, 1] = 1.0, 1.0 / ahead[0]
        points = np.linalg.solve(powers, wanted)
        shares[s] = -np.cumsum(points[::-1], axis=0)[::-1][1:].T
        new = age >= SAME or not np.isclose(pace[s], last, rtol=ALIKE)
        kind[s], age = (RENEWING, 1) if new else (KEEPING, age + 1)
        last = pace[s] if new else last
    return Multistep(kind, pace / unit, shares / np.array([1.0, unit])[:, None])
