"""What imperfect devices add to the equations of a network: one path of each, the same for the ideal and a circuit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Disturbed = Literal["S", "U", "h", "B", "e", "u", "v", "b", "W"]


@dataclass(frozen=True, eq=False)
class Disturbance:
    """Additive inputs in model units, linear between `times` and constant outside of them.

    `S + s`, `U + s`, `h + s` and `B + s` are signals that others read with their noise. `e + s` is read by all that
    hears e, its own state v among them. `du/dt + s`, `dv/dt + s`, `db/dt + s` and `dW/dt + s` where states are stored;
    of a bounded weight the noise is, as its learning is, multiplied by `1 - (W/limit)^2`.

    **Arguments:**

    - `times`: model time, increasing, shape `(n,)`.
    - `added`: (kind, owner) -> shape `(n, entries)`, the owner a population or, of W, a projection, row by row.
    """

    times: np.ndarray
    added: Mapping[tuple[Disturbed, str], np.ndarray] = field(default_factory=dict)

    @property
    def resolution(self) -> float:
        """Model time between two samples."""
        return float(np.min(np.diff(self.times)))
