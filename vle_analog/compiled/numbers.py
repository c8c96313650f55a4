"""Formulas in parameters as functions of arrays: all instances and samples at once."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp


def _largest(parts: Sequence[Any], axis: int) -> Any:  # noqa: ARG001 - as NumPy's own is called
    return reduce(np.maximum, parts)


def _smallest(parts: Sequence[Any], axis: int) -> Any:  # noqa: ARG001
    return reduce(np.minimum, parts)


EXTREMES = {"amax": _largest, "amin": _smallest}  # NumPy's own would have all parts of one shape


def function(formulas: Sequence[sp.Expr], names: Sequence[str]) -> Callable[..., list[Any]]:
    """What computes all formulas from numbers, or arrays that broadcast, in the order of `names`."""
    symbols = [sp.Symbol(name, real=True) for name in names]
    return sp.lambdify(symbols, list(formulas), modules=[EXTREMES, "numpy"], cse=True)
