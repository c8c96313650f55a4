"""Choices between numbers that may be equal: rounding, which differs from processor to processor, decides none."""

import numpy as np
from numpy.typing import ArrayLike

EQUAL = 1e-9  # of the largest magnitude: numbers that differ less are equal


def first_largest(values: ArrayLike) -> int:
    """Index, in the flattened array, of the first value that is the largest but for rounding."""
    flat = np.ravel(np.asarray(values))
    most = np.max(flat)
    return int(np.argmax(flat >= most - EQUAL * abs(most)))
