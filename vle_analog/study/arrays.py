"""Lists of numbers of a study as NumPy arrays: shapes, types and ranges checked, random weights drawn.

NumPy does the work, so that 10^6 weights are read in a second; single elements are examined only to name the wrong one.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from vle_analog.study.findings import Findings, KeyPath, shown
from vle_analog.study.keys import LARGEST
from vle_analog.study.messages import check
from vle_analog.study.network_table import InitTable

_SHOWN_ELEMENTS = 3


def vector(value: Any, size: int, path: KeyPath, findings: Findings, positive: bool = False) -> np.ndarray:
    """Convert one number for all, or a list of `size` numbers, to an array.

    **Returns:** shape `(size,)`; zeros (ones where `positive`) after a problem was recorded.
    """
    fallback = frozen(np.full(size, 1.0 if positive else 0.0))
    if findings.touches(path):  # a file of numbers that cannot be used
        return fallback
    if not isinstance(value, list):
        if not _all_numbers([value], path, findings, positive, single=True):
            return fallback
        return frozen(np.full(size, float(value)))
    if not _all_numbers(value, path, findings, positive):
        return fallback
    if len(value) != size:
        findings.add(path, "wrong number of values", f"{len(value)}", f"one number, or a list of {size}")
        return fallback
    return frozen(np.array(value, dtype=float))


def matrix(value: Any, shape: tuple[int, int], path: KeyPath, findings: Findings) -> np.ndarray:
    """Convert rows of numbers, or `{init, scale, seed}`, to an array.

    **Returns:** an array of `shape`; zeros after a problem was recorded.
    """
    fallback = frozen(np.zeros(shape))
    if findings.touches(path):  # a file of numbers that cannot be used
        return fallback
    if isinstance(value, dict):
        init = check(InitTable, value, path, findings)
        return fallback if init is None else frozen(drawn(init.init, init.scale, init.seed, shape))
    expected = f"{shape[0]} x {shape[1]}: one row per neuron of the target, one column per sender"
    if not isinstance(value, list):
        findings.add(path, "wrong type", shown(value), f"{expected}, {{init, scale, seed}} or {{file, key}}")
        return fallback
    for index, row in enumerate(value):
        if not isinstance(row, list):
            findings.add((*path, index), "a row of weights is a list", shown(row), expected, "write [[0.5]], not [0.5]")
            return fallback
        if not _all_numbers(row, (*path, index), findings):
            return fallback
    widths = sorted({len(row) for row in value})
    if len(value) != shape[0] or widths != [shape[1]]:
        got = f"{len(value)} x {' or '.join(map(str, widths)) or '0'}"
        hint = "transpose the matrix" if widths == [shape[0]] and len(value) == shape[1] else ""
        findings.add(path, "the weights have the wrong shape", got, expected, hint)
        return fallback
    return frozen(np.array(value, dtype=float))


def drawn(init: str, scale: float, seed: int, shape: tuple[int, int]) -> np.ndarray:
    """Draw weights by recipe with `numpy.random.default_rng(seed)`, row by row."""
    rng = np.random.default_rng(seed)
    if init == "normal":
        return scale * rng.standard_normal(shape)
    if init == "uniform":
        return rng.uniform(-1.0, 1.0, shape) * scale
    return scale * (np.eye(*shape) if init == "identity" else np.ones(shape))


def frozen(array: np.ndarray) -> np.ndarray:
    """Make an array read-only, and return it."""
    array.setflags(write=False)
    return array


def _all_numbers(values: list, path: KeyPath, findings: Findings, positive: bool = False, single: bool = False) -> bool:
    if {type(item) for item in values} <= {int, float}:
        numbers = np.array(values, dtype=float)
        low = 1 / LARGEST if positive else -LARGEST
        good = (numbers >= low) & (numbers <= LARGEST)  # false for nan
        if good.all():
            return True
        bad: Iterable[int] = np.flatnonzero(~good).tolist()
    else:
        bad = [index for index, item in enumerate(values) if type(item) not in (int, float)]
    for index in list(bad)[:_SHOWN_ELEMENTS]:
        where = path if single else (*path, index)
        findings.add(where, _why(values[index], positive), shown(values[index]), _expected(positive, single))
    return False


def _why(item: Any, positive: bool) -> str:
    if type(item) not in (int, float):
        return "wrong type"
    if not np.isfinite(item):
        return "the number is not finite"
    return "the number must be positive" if positive and item <= 0 else "the number is out of range"


def _expected(positive: bool, single: bool) -> str:
    kind = f"a number from {1 / LARGEST:g} to {LARGEST:g}" if positive else f"a number from {-LARGEST:g} to {LARGEST:g}"
    return f"{kind}, or a list of one per neuron" if single else kind
