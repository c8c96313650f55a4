"""Nonlinear least squares with the same result on every processor: exact slopes, solved to the last digits."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vle_analog.errors import Problem, SimulatorError

EXACT = 1e-14  # relative change of parameters, of the sum of squares, or slope, at which the minimum is reached
EVALUATIONS = 500
Values = Callable[[np.ndarray], np.ndarray]


def least_squares(
    difference: Values,
    begins: Sequence[ArrayLike],
    lowest: ArrayLike,
    largest: ArrayLike,
    slopes: Values | None = None,
) -> np.ndarray:
    """Find the parameters with the smallest sum of squares.

    **Arguments:**

    - `begins`: initial values, shape (P,) each; the lowest of the minima is returned.
    - `difference`: shape (M,). `slopes`: its derivatives, shape (M, P), not finite differences, whose rounding would
      remain in the result; without them `difference` must be analytic, and complex steps are used (Squire and Trapp,
      SIAM Review 40(1), 1998).
    - `lowest`, `largest`: bounds of every parameter; one that ends at a bound has exactly its value.

    **Returns:** shape (P,).

    **Raises:** `SimulatorError` where no minimum is found.
    """
    from scipy.optimize import least_squares as minimised

    options: dict[str, Any] = {"jac": slopes or "cs", "bounds": (lowest, largest), "max_nfev": EVALUATIONS}
    options |= {"method": "dogbox", "x_scale": "jac", "xtol": EXACT, "ftol": EXACT, "gtol": EXACT}
    ends = [minimised(difference, np.clip(begin, lowest, largest), **options) for begin in begins]
    reached = [end for end in ends if end.success and np.all(np.isfinite(end.x))]
    if not reached:
        raise SimulatorError(Problem("no minimum of the sum of squares is found", got=ends[0].message))
    return min(reached, key=lambda end: end.cost).x
