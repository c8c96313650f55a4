"""Why a unit is what it is: the errors that are expected of it and of its neighbours."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class UnitCurve:
    """Expected deviations over the volts that stand for one unit of a quantity.

    **Arguments:**

    - `units`: volts per unit, shape `(n,)`. `compression`, `offset`, `noise`: NRMSE expected of each, same shape.
    - `chosen`: volts per unit in the circuit. `fixed`: not chosen by the curve, but given.
    """

    quantity: str
    units: np.ndarray
    compression: np.ndarray
    offset: np.ndarray
    noise: np.ndarray
    chosen: float = 0.0
    fixed: bool = False

    @property
    def total(self) -> np.ndarray:
        """The root of the sum of squares."""
        return np.sqrt(self.compression**2 + self.offset**2 + self.noise**2)

    def at(self, unit: float, *, fixed: bool) -> "UnitCurve":
        """The same curve with its choice."""
        return replace(self, chosen=unit, fixed=fixed)
