"""The element-wise operations of a time step, besides its matrix products.

Compiled, each is one pass over memory; without numba NumPy performs the same operations with identical results.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from vle_analog.codegen.load import available

MEAN, SQUARE, LEAST = np.float32(0.9), np.float32(0.999), 1e-8  # Adam's, Kingma & Ba 2015
ONE = np.float32(1)
NEW_MEAN, NEW_SQUARE = ONE - MEAN, ONE - SQUARE


@dataclass(frozen=True)
class Elementwise:
    """The operations; they write into the given arrays.

    **Arguments:**

    - `cell`: `(x, state, y, gain_x, gain_state, step_x, keep)`, y = gain_x x + gain_state state, then
      state = keep state + step_x x. This is the forward cell (S, u, U) and the error cell (B, v, e). Shapes
      `(neurons, batch)`, coefficients `(neurons, 1)`.
    - `slope`: `(h, r)`, h = phi' h of tanh, from the rates r = tanh(U).
    - `adam`: `(values, direction, mean, square, least, rate)`, one step along `direction` by about `rate` per entry.
    """

    cell: Callable[..., None]
    slope: Callable[..., None]
    adam: Callable[..., None]


@cache
def elementwise(compiled: bool | None = None) -> Elementwise:
    """Return the operations, compiled where numba is installed or `compiled` requires it."""
    if not (available() if compiled is None else compiled):
        return Elementwise(_cell, _slope, _adam)
    import numba

    # division as in NumPy: a check for zero in every iteration would prevent vectorisation
    compiler: Any = numba.njit(error_model="numpy")
    return Elementwise(*(compiler(loop) for loop in (_cell_loop, _slope_loop, _adam_loop)))


def _cell(x, state, y, gain_x, gain_state, step_x, keep):
    np.multiply(gain_x, x, out=y)
    y += gain_state * state
    state *= keep
    state += step_x * x


def _cell_loop(x, state, y, gain_x, gain_state, step_x, keep):
    for i in range(x.shape[0]):
        a, b, c, d = gain_x[i, 0], gain_state[i, 0], step_x[i, 0], keep[i, 0]
        for j in range(x.shape[1]):
            now, before = x[i, j], state[i, j]
            y[i, j] = a * now + b * before
            state[i, j] = d * before + c * now


def _slope(h, r):
    h *= ONE - r * r


def _slope_loop(h, r):
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            h[i, j] *= ONE - r[i, j] * r[i, j]


def _adam(values, direction, mean, square, least, rate):
    mean *= MEAN
    mean += NEW_MEAN * direction
    square *= SQUARE
    square += NEW_SQUARE * (direction * direction)
    values += rate * (mean / (np.sqrt(square) + least))


def _adam_loop(values, direction, mean, square, least, rate):
    for i in range(values.size):
        mean[i] = MEAN * mean[i] + NEW_MEAN * direction[i]
        square[i] = SQUARE * square[i] + NEW_SQUARE * (direction[i] * direction[i])
        values[i] += rate * (mean[i] / (np.sqrt(square[i]) + least))
