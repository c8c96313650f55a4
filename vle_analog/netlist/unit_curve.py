"""The predicted errors of a unit, by which it was chosen."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class UnitCurve:
    """Predicted deviations over the volts per unit of a quantity.

    **Arguments:**

    - `units`: volts per unit, shape `(n,)`. `compression`, `offset`, `noise`: predicted NRMSE of each, same shape.
    - `chosen`: volts per unit in the circuit. `fixed`: given, not chosen by the curve.
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
        """Root of the sum of squares, shape `(n,)`."""
        return np.sqrt(self.compression**2 + self.offset**2 + self.noise**2)

    def at(self, unit: float, *, fixed: bool) -> "UnitCurve":
        """Return the same curve with its choice."""
        return replace(self, chosen=unit, fixed=fixed)
