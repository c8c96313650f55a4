"""Signals between the ends of steps: a polynomial through the nearest ones, on one side of every edge."""

import numpy as np

NEIGHBOURS = 6


def weights(time: np.ndarray, at: np.ndarray, edges: np.ndarray, *, slope: bool = False) -> tuple[np.ndarray, ...]:
    """Which of the times a value at each of `at` is made of, and with which weights, each (len(at), NEIGHBOURS).

    **Arguments:** `edges`: no polynomial reaches across one of these times. `slope`: of the slope instead.
    """
    near = np.zeros((len(at), NEIGHBOURS), np.int64)
    share = np.zeros((len(at), NEIGHBOURS))
    bounds = np.unique(np.concatenate([[0], np.searchsorted(time, edges - 1e-12), [len(time) - 1]]))
    after = np.clip(np.searchsorted(time, at - 1e-12, side="right"), 1, len(time) - 1)
    piece = np.clip(np.searchsorted(bounds, after, side="left"), 1, len(bounds) - 1)
    low, high = bounds[piece - 1], bounds[piece] + 1
    count = np.minimum(NEIGHBOURS, high - low)
    first = np.clip(after - count // 2, low, high - count)
    for size in np.unique(count):
        rows = np.flatnonzero(count == size)
        near[rows, :size] = first[rows, None] + np.arange(size)
        points = time[near[rows, :size]] - at[rows, None]
        scale = np.abs(points).max(axis=1)
        powers = (points / scale[:, None])[:, None, :] ** np.arange(size)[None, :, None]
        wanted = np.zeros((len(rows), size, 1))
        wanted[:, int(slope), 0] = 1.0 / scale**slope
        share[rows, :size] = np.linalg.solve(powers, wanted)[:, :, 0]
    return near, share
