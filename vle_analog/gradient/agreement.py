"""The agreement of a gradient with the exact one: cosine, ratio of norms, relative error."""

from dataclasses import dataclass

import numpy as np

ZERO = 1e-12  # a gradient of this norm or less is zero within the accuracy of the solvers


@dataclass(frozen=True)
class Agreement:
    """The agreement of a gradient g with the exact one; `None` where a value is undefined as one of them is zero.

    **Arguments:**

    - `cosine`: of the angle between them.
    - `ratio`: |g| / |exact|.
    - `relative_error`: |g - exact| / |exact|.
    """

    cosine: float | None
    ratio: float | None
    relative_error: float | None


def agreement(value: np.ndarray, exact: np.ndarray) -> Agreement:
    """Compare two arrays of one shape."""
    value, exact = value.ravel(), exact.ravel()
    size, whole = float(np.linalg.norm(value)), float(np.linalg.norm(exact))
    if whole <= ZERO:
        return Agreement(None, None, None)
    cosine = None if size <= ZERO else float(np.clip(value @ exact / (size * whole), -1.0, 1.0))
    return Agreement(cosine, size / whole, float(np.linalg.norm(value - exact)) / whole)
