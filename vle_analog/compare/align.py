"""Circuit traces in model units on the ideal's time grid.

ngspice chooses its own time points; a polynomial through the eight nearest is read at each point of the common grid.
(Its own `interp` option shifts samples by up to half a step, so it is never used.)
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vle_analog.netlist.circuit import Probe
from vle_analog.network import Traces

NEIGHBOURS = 8
FEWEST = 3  # time points between two kinks from which on a polynomial stays between them
CLOSEST = 1 / 30  # points closer to the one before than this part of the usual step carry no shape, only rounding
UNEVEN = 30.0  # longest over shortest step from which on a polynomial would magnify rounding: there, a straight line


def align(
    time: np.ndarray, vectors: Mapping[str, np.ndarray], probes: Sequence[Probe], names: Sequence[str],
    time_unit: float, grid: np.ndarray, kinks: np.ndarray | None = None,
) -> Traces:  # fmt: skip
    """The probes' signals on `grid`.

    **Arguments:**

    - `time`: seconds, shape `(n,)`, increasing; `vectors`: volts or amperes, shape `(n,)` each.
    - `names`: the vector each probe reads, in the order of `probes`.
    - `grid`: model time.
    - `kinks`: model times at which the signals change their slope; no polynomial reaches across one.
    """
    kept = _apart(time)
    near, share = weights(time[kept] / time_unit, grid, np.empty(0) if kinks is None else kinks)
    near = kept[near]
    values = np.empty((len(probes), len(grid)))
    for row, (probe, name) in enumerate(zip(probes, names, strict=True)):
        values[row] = probe.value(np.einsum("gm,gm->g", vectors[name][near], share))
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


def weights(time: np.ndarray, grid: np.ndarray, kinks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which time points a value on the grid is made of, and with which weights, shape `(len(grid), NEIGHBOURS)` each.

    Lagrange's formula through the nearest points, half of them on either side (Berrut and Trefethen, SIAM Review 2004);
    fewer where a kink is near, and where the steps among them differ too much, the two next to the grid point linearly.
    """
    near = np.zeros((len(grid), NEIGHBOURS), dtype=int)
    share = np.zeros((len(grid), NEIGHBOURS))
    after = np.clip(np.searchsorted(time, grid), 1, len(time) - 1)
    first, count = _stencils(time, grid, after, kinks)
    for size in np.unique(count):
        rows = np.flatnonzero(count == size)
        columns = first[rows, None] + np.arange(size)
        near[rows, :size], share[rows, :size] = columns, _lagrange(time[columns], grid[rows])

    spread = np.where(share != 0, time[near], np.nan)
    steps = np.diff(spread, axis=1)
    uneven = np.nanmax(steps, axis=1, initial=0.0) > UNEVEN * np.nanmin(steps, axis=1, initial=np.inf)
    part = np.clip((grid - time[after - 1]) / (time[after] - time[after - 1]), 0.0, 1.0)
    near[uneven], share[uneven] = 0, 0.0
    near[uneven, :2] = np.stack([after - 1, after], axis=1)[uneven]
    share[uneven, :2] = np.stack([1 - part, part], axis=1)[uneven]
    return near, share


def _stencils(
    time: np.ndarray, grid: np.ndarray, after: np.ndarray, kinks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First time point and number of points for every point of the grid."""
    edges = np.concatenate([[-np.inf], kinks, [np.inf]])
    piece = np.clip(np.searchsorted(edges, grid, side="right"), 1, len(edges) - 1)
    low = np.searchsorted(time, edges[piece - 1], side="left")
    high = np.searchsorted(time, edges[piece], side="right")
    crowded = high - low < FEWEST  # too few points between two kinks: reach across them
    low, high = np.where(crowded, 0, low), np.where(crowded, len(time), high)
    outside = (after <= low) | (after >= high)  # beyond the last point before a kink: a polynomial of low degree
    count = np.minimum(np.where(outside, FEWEST, NEIGHBOURS), high - low)
    return np.clip(after - count // 2, low, high - count), count


def _lagrange(points: np.ndarray, at: np.ndarray) -> np.ndarray:
    count = points.shape[1]
    ahead = at[:, None, None] - points[:, None, :]  # numerators: x - x_i for every j
    apart = points[:, :, None] - points[:, None, :]  # denominators: x_j - x_i
    diagonal = np.arange(count)
    ahead = np.broadcast_to(ahead, apart.shape).copy()
    ahead[:, diagonal, diagonal] = apart[:, diagonal, diagonal] = 1.0
    return np.prod(ahead / apart, axis=2)
