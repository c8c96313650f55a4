"""The compiled functions that a circuit needs: what drives laws, one for all circuits, and every law by its address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from vle_analog.codegen.load import load
from vle_analog.fastsim.law import Law
from vle_analog.fastsim.text import driver_text, law_text, pieces_text


@dataclass(frozen=True, eq=False)
class CircuitKernel:
    """The driver, and the C functions of laws."""

    driver: ModuleType
    laws: tuple[Any, ...]

    def calls(self, lanes: int, given: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
        """Return the arguments of every law's call: address, counts, addresses of tables; shape (laws, 14).

        **Arguments:** `given`: per law B, C, X, T, S, pins, rows, places, meters and gauges (see `text`), contiguous
        and of the kernel's number type. They must be there as long as the result is used.
        """
        rows = [
            (law.address, lanes, len(tables[0]), tables[8].size > 0, *(table.ctypes.data for table in tables))
            for law, tables in zip(self.laws, given, strict=True)
        ]
        return np.array(rows, np.uint64).reshape(-1, 14)


def kernel_of(laws: Iterable[Law], dtype: str) -> CircuitKernel:
    """The compiled functions of laws.

    **Raises:** `InputError` where numba is not installed.
    """
    pieces = load(pieces_text(dtype)).__name__
    return CircuitKernel(load(driver_text(dtype)), tuple(load(law_text(law, dtype, pieces)).stamp for law in laws))
