"""Circuit traces in model units on the ideal's time grid.

ngspice chooses its own time points; a polynomial through the eight nearest is read at each point of the common grid.
(Its own `interp` option shifts samples by up to half a step, so it is never used.)
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vle_analog.netlist.circuit import Probe
from vle_analog.network import Traces

NEIGHBOURS = 8
CLOSEST = 1 / 30  # points closer to the one before than this part of the usual step carry no shape, only rounding
UNEVEN = 30.0  # longest over shortest step from which on a polynomial would magnify rounding: there, a straight line


def align(
    time: np.ndarray, vectors: Mapping[str, np.ndarray], probes: Sequence[Probe], names: Sequence[str],
    time_unit: float, grid: np.ndarray,
) -> Traces:  # fmt: skip
    """The probes' signals on `grid`.

    **Arguments:**

    - `time`: seconds, shape `(n,)`, increasing; `vectors`: volts or amperes, shape `(n,)` each.
    - `names`: the vector each probe reads, in the order of `probes`.
    - `grid`: model time.
    """
    kept = _apart(time)
    near, share = weights(time[kept] / time_unit, grid)
    near = kept[near]
    values = np.empty((len(probes), len(grid)))
    for row, (probe, name) in enumerate(zip(probes, names, strict=True)):
        values[row] = probe.scale * np.einsum("gm,gm->g", vectors[name][near], share)
    return Traces(grid, tuple(probe.signal for probe in probes), values)


def _apart(time: np.ndarray) -> np.ndarray:
    """Indices of the points that are far enough from the one kept before."""
    steps = np.diff(time)
    least = CLOSEST * float(np.median(steps))
    if steps.min() >= least:
        return np.arange(len(time))
    keep, last = np.ones(len(time), bool), 0
    for k in np.flatnonzero(steps < least) + 1:
        last = k - 1 if keep[k - 1] else last
        keep[k] = time[k] - time[last] >= least
    return np.flatnonzero(keep)


def weights(time: np.ndarray, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which time points a value on the grid is made of, and with which weights, shape `(len(grid), NEIGHBOURS)` each.

    Lagrange's formula through the nearest points, half of them on either side (Berrut and Trefethen, SIAM Review 2004).
    Where the steps among them differ too much, the two next to the grid point share it linearly.
    """
    count = min(NEIGHBOURS, len(time))
    after = np.clip(np.searchsorted(time, grid), 1, len(time) - 1)
    first = np.clip(after - count // 2, 0, len(time) - count)
    near = first[:, None] + np.arange(count)
    points = time[near]

    ahead = grid[:, None, None] - points[:, None, :]  # numerators: x - x_i for every j
    apart = points[:, :, None] - points[:, None, :]  # denominators: x_j - x_i
    diagonal = np.arange(count)
    ahead = np.broadcast_to(ahead, apart.shape).copy()
    ahead[:, diagonal, diagonal] = apart[:, diagonal, diagonal] = 1.0
    share = np.prod(ahead / apart, axis=2)

    steps = np.diff(points, axis=1)
    uneven = steps.max(axis=1) > UNEVEN * steps.min(axis=1)
    part = np.clip((grid - time[after - 1]) / (time[after] - time[after - 1]), 0.0, 1.0)
    line = np.zeros_like(share)
    rows = np.arange(len(grid))
    line[rows, after - 1 - first], line[rows, after - first] = 1 - part, part
    share[uneven] = line[uneven]
    return near, share
