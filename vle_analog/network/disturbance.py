"""Additive noise of imperfect devices in the equations of a network: one path, the same for the ideal and a circuit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Disturbed = Literal["S", "U", "h", "B", "e", "u", "v", "b", "W"]


@dataclass(frozen=True, eq=False)
class Disturbance:
    """Additive inputs in model units, linear between `times` and constant outside of them.

    `S + s`, `U + s`, `h + s` and `B + s` are signals that are received with noise. `e + s` is received by everything
    that depends on e, its own state v included. `du/dt + s`, `dv/dt + s`, `db/dt + s` and `dW/dt + s` where states are
    stored; the noise of a bounded weight is multiplied by `1 - (W/limit)^2`, as its learning is.

    **Arguments:**

    - `times`: model time, increasing, shape `(n,)`.
    - `added`: (kind, owner) -> shape `(n, entries)`, the owner a population or, for W, a projection, row by row.
    """

    times: np.ndarray
    added: Mapping[tuple[Disturbed, str], np.ndarray] = field(default_factory=dict)

    @property
    def resolution(self) -> float:
        """Smallest model time between two samples."""
        return float(np.min(np.diff(self.times)))
