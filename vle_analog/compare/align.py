"""Interpolation of circuit traces, in model units, to the ideal's time grid.

ngspice chooses its own time points; a polynomial through the eight nearest is evaluated at each point of the common
grid. (Its own `interp` option shifts samples by up to half a step, so it is never used.)
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vle_analog.netlist.circuit import Probe
from vle_analog.network import Traces

NEIGHBOURS = 8
FEW = 4  # points where steps grow so fast that more of them would be too uneven
FEWEST = 3  # smallest number of time points between two kinks for a polynomial
CLOSEST = 1 / 30  # of the usual step: a few shorter ones in a row contain only rounding errors
ALONE = 3  # largest number of short steps in a row that are left out
ROUNDING = 1e-9  # of the usual step: a shorter step contains only rounding errors
UNEVEN = 30.0  # longest over shortest step from which on a polynomial would magnify rounding: there, a straight line


def align(
    time: np.ndarray,
    vectors: Mapping[str, np.ndarray],
    probes: Sequence[Probe],
    names: Sequence[str],
    time_unit: float,
    grid: np.ndarray,
    kinks: np.ndarray | None = None,
) -> Traces:
    """Interpolate the probes' signals to `grid`.

    **Arguments:**

    - `time`: seconds, shape `(n,)`, increasing; `vectors`: volts or amperes, shape `(n,)` each.
    - `names`: the vector of each probe, in the order of `probes`.
    - `time_unit`: seconds per unit of model time.
    - `grid`: model time, shape `(m,)`.
    - `kinks`: model times at which the signals change their slope; no polynomial reaches across one.

    **Returns:** traces in model units.
    """
    kept = _apart(time)
    near, share = weights(time[kept] / time_unit, grid, np.empty(0) if kinks is None else kinks)
    near = kept[near]
    values = np.empty((len(probes), len(grid)))
    for row, (probe, name) in enumerate(zip(probes, names, strict=True)):
        values[row] = probe.value(np.einsum("gm,gm->g", vectors[name][near], share))
    return Traces(grid, tuple(probe.signal for probe in probes), values)


def _apart(time: np.ndarray) -> np.ndarray:
    """Return the indices of the points that are not within rounding of the one before.

    Where many steps in a row are short, as around a steep edge, all of them count.
    """
    steps = np.diff(time)
    usual = float(np.median(steps))
    short = steps < CLOSEST * usual
    run = np.cumsum(np.append(True, short[1:] != short[:-1])) - 1  # index of the run that each step is part of
    alone = short & (np.bincount(run)[run] <= ALONE)
    return np.append(0, np.flatnonzero(~alone & (steps >= ROUNDING * usual)) + 1)


def weights(time: np.ndarray, grid: np.ndarray, kinks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the time points of which a value on the grid is a weighted sum, and the weights.

    Lagrange's formula through the nearest points, half of them on either side (Berrut and Trefethen, SIAM Review 2004);
    fewer where a kink is near or the steps among them differ too much, at the least the two next to the grid point.

    **Returns:** indices and weights, shape `(len(grid), NEIGHBOURS)` each.
    """
    near = np.zeros((len(grid), NEIGHBOURS), dtype=int)
    share = np.zeros((len(grid), NEIGHBOURS))
    after = np.clip(np.searchsorted(time, grid), 1, len(time) - 1)
    rows = np.arange(len(grid))
    for most in (NEIGHBOURS, FEW):
        first, count = _stencils(time, grid[rows], after[rows], kinks, most)
        near[rows], share[rows] = 0, 0.0
        for size in np.unique(count):
            at = rows[count == size]
            columns = first[count == size, None] + np.arange(size)
            near[at, :size], share[at, :size] = columns, _lagrange(time[columns], grid[at])
        steps = np.diff(np.where(share[rows] != 0, time[near[rows]], np.nan), axis=1)
        rows = rows[np.nanmax(steps, axis=1, initial=0.0) > UNEVEN * np.nanmin(steps, axis=1, initial=np.inf)]
    part = np.clip((grid - time[after - 1]) / (time[after] - time[after - 1]), 0.0, 1.0)
    near[rows], share[rows] = 0, 0.0
    near[rows, :2] = np.stack([after - 1, after], axis=1)[rows]
    share[rows, :2] = np.stack([1 - part, part], axis=1)[rows]
    return near, share


def _stencils(
    time: np.ndarray, grid: np.ndarray, after: np.ndarray, kinks: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return first time point and number of points for every point of the grid."""
    edges = np.concatenate([[-np.inf], kinks, [np.inf]])
    piece = np.clip(np.searchsorted(edges, grid, side="right"), 1, len(edges) - 1)
    low = np.searchsorted(time, edges[piece - 1], side="left")
    high = np.searchsorted(time, edges[piece], side="right")
    crowded = high - low < FEWEST  # too few points between two kinks: a straight line from one point to the next
    low, high = np.where(crowded, 0, low), np.where(crowded, len(time), high)
    outside = (after <= low) | (after >= high)  # beyond the last point before a kink: a polynomial of low degree
    count = np.minimum(np.where(crowded, 2, np.where(outside, FEWEST, most)), high - low)
    return np.clip(after - count // 2, low, high - count), count


def _lagrange(points: np.ndarray, at: np.ndarray) -> np.ndarray:
    count = points.shape[1]
    ahead = at[:, None, None] - points[:, None, :]  # numerators: x - x_i for every j
    apart = points[:, :, None] - points[:, None, :]  # denominators: x_j - x_i
    diagonal = np.arange(count)
    ahead = np.broadcast_to(ahead, apart.shape).copy()
    ahead[:, diagonal, diagonal] = apart[:, diagonal, diagonal] = 1.0
    return np.prod(ahead / apart, axis=2)
