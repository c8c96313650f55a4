"""Circuit traces in model units on the ideal's time grid.

ngspice chooses its own time points; a cubic spline through them is read on the common grid. (Its own `interp` option
shifts samples by up to half a step, so it is never used.)
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from vle_analog.netlist.circuit import Probe
from vle_analog.network import Traces

CLOSEST = 1e-3  # points closer together than this fraction of the median step carry no slope, only rounding


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
    keep = _apart(time)
    rows = np.stack([np.asarray(vectors[name])[keep] for name in names])
    read = CubicSpline(time[keep] / time_unit, rows, axis=1)(grid)
    scales = np.array([probe.scale for probe in probes])
    return Traces(grid, tuple(probe.signal for probe in probes), read * scales[:, None])


def _apart(time: np.ndarray) -> np.ndarray:
    """Indices of points that are far enough from the one kept before."""
    least = CLOSEST * float(np.median(np.diff(time)))
    keep = [0]
    for k in range(1, len(time)):
        if time[k] - time[keep[-1]] >= least:
            keep.append(k)
    return np.array(keep)
