"""Choices between numbers that may be equal, made independent of rounding, which differs between processors."""

import numpy as np
from numpy.typing import ArrayLike

EQUAL = 1e-9  # relative to the largest magnitude: numbers that differ less are equal


def first_largest(values: ArrayLike) -> int:
    """Return the index, in the flattened array, of the first value that is the largest up to rounding."""
    flat = np.ravel(np.asarray(values))
    most = np.max(flat)
    return int(np.argmax(flat >= most - EQUAL * abs(most)))
