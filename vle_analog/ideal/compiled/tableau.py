"""Explicit Runge-Kutta methods as tables; those with error control are those of SciPy."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from vle_analog.errors import InputError, Problem


@dataclass(frozen=True, eq=False)
class Adaptive:
    """A Runge-Kutta pair with error control and dense output, as one table.

    **Arguments:**

    - `A`, `C`: of all stages: those of the step, that of its end (row `stages`), those of the dense output.
    - `E5`, `E3`: weights of the two error estimates; the second is zero where there is one only.
    - `P`: y(t + theta h) = y + h sum_s K_s sum_d P[s, d] theta^(d + 1).
    - `order`: of the error estimate.
    - `stable`: stability limit of the step on a decaying mode, in units of its time constant.
    """

    A: np.ndarray
    C: np.ndarray
    E5: np.ndarray
    E3: np.ndarray
    P: np.ndarray
    stages: int
    order: int
    stable: float


@dataclass(frozen=True, eq=False)
class Fixed:
    """A method with fixed steps: stages `A`, weights `B`, times `C`, and its order."""

    A: np.ndarray
    B: np.ndarray
    C: np.ndarray
    order: int


@cache
def adaptive(name: str) -> Adaptive:
    """Return `RK45` (Dormand and Prince 1980) or `DOP853` (Hairer et al. 1993)."""
    from scipy.integrate import DOP853, RK45

    if name == "RK45":
        s = RK45.n_stages
        A = np.zeros((s + 1, s + 1))
        A[:s, : RK45.A.shape[1]] = RK45.A
        A[s, :s] = RK45.B
        return Adaptive(A, np.append(RK45.C, 1.0), RK45.E, np.zeros(s + 1), RK45.P, s, RK45.error_estimator_order, 3.3)
    s, extra = DOP853.n_stages, len(DOP853.A_EXTRA)
    A = np.zeros((s + 1 + extra, s + 1 + extra))
    A[:s, :s] = DOP853.A
    A[s, :s] = DOP853.B
    A[s + 1 :, : DOP853.A_EXTRA.shape[1]] = DOP853.A_EXTRA
    C = np.concatenate([DOP853.C, [1.0], DOP853.C_EXTRA])
    return Adaptive(A, C, DOP853.E5, DOP853.E3, _dense(A[s], DOP853.D, s), s, DOP853.error_estimator_order, 6.1)


def _dense(B: np.ndarray, D: np.ndarray, s: int) -> np.ndarray:
    """Expand SciPy's nested form of the dense output of DOP853."""
    first, last = np.eye(len(B))[0], np.eye(len(B))[s]
    parts = [B, first - B, 2 * B - first - last, *D]
    rising, falling = np.polynomial.Polynomial([0.0, 1.0]), np.polynomial.Polynomial([1.0, -1.0])
    basis = np.polynomial.Polynomial([1.0])
    P = np.zeros((len(B), len(parts)))
    for k, part in enumerate(parts):
        basis = basis * (rising if k % 2 == 0 else falling)
        P += part[:, None] * np.pad(basis.coef, (0, len(parts) + 1 - len(basis.coef)))[None, 1:]
    return P


@cache
def fixed(name: str) -> Fixed:
    """Return `euler`, `rk4` or `dop853`.

    **Raises:** `InputError` for any other.
    """
    if name == "euler":
        return Fixed(np.zeros((1, 1)), np.ones(1), np.zeros(1), 1)
    if name == "rk4":
        A = np.diag([0.5, 0.5, 1.0], -1)
        return Fixed(A, np.array([1, 2, 2, 1]) / 6, np.array([0, 0.5, 0.5, 1]), 4)
    if name == "dop853":
        pair = adaptive("DOP853")
        s = pair.stages
        return Fixed(pair.A[:s, :s].copy(), pair.A[s, :s].copy(), pair.C[:s].copy(), 8)
    raise InputError(Problem("unknown method", got=repr(name), expected="euler | rk4 | dop853"))
