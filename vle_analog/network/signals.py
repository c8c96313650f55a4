"""Names of signals, and their traces over time, in model units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray

KINDS = ("u", "U", "r", "v", "B", "e", "W", "b", "tau_m", "tau_r", "F")


@dataclass(frozen=True, order=True)
class Signal:
    """The name of a signal, such as `hidden.u[0]`: a quantity of one neuron or synapse of its owner."""

    owner: str
    kind: str
    index: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.owner}.{self.kind}[{','.join(map(str, self.index))}]"


@dataclass(frozen=True, eq=False)
class Algebraic:
    """Signals that follow from the states: shape `(N,)` each at one instant, `(N, points)` over time."""

    S: np.ndarray
    U: np.ndarray
    r: np.ndarray
    h: np.ndarray
    B: np.ndarray
    e: np.ndarray


@dataclass(frozen=True, eq=False)
class Traces:
    """Signals on one time grid, in model units.

    **Arguments:**

    - `time`: model time, shape `(n,)`, increasing.
    - `signals`: the names, in the order of the rows of `values`.
    - `values`: shape `(len(signals), n)`.
    """

    time: np.ndarray
    signals: tuple[Signal, ...]
    values: np.ndarray
    _row: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "_row", {str(s): k for k, s in enumerate(self.signals)})

    def __getitem__(self, name: "str | Signal") -> np.ndarray:
        """Return the trace called `name`, shape `(n,)`.

        **Raises:** `KeyError` if this realisation does not have it.
        """
        return self.values[self._row[str(name)]]

    def __contains__(self, name: "str | Signal") -> bool:
        return str(name) in self._row

    def __repr__(self) -> str:
        span = f"{self.time[0]:g}..{self.time[-1]:g}" if len(self.time) else "empty"
        return f"Traces({len(self.signals)} signals, {len(self.time)} points, model time {span})"

    def to_xarray(self) -> "xarray.Dataset":
        """Return a dataset with one variable per signal over the coordinate `time`, with units as attributes."""
        import xarray

        time = ("time", self.time, {"units": "model time", "long_name": "time"})
        variables = {
            str(s): ("time", row, {"units": "1", "kind": s.kind, "owner": s.owner})
            for s, row in zip(self.signals, self.values, strict=True)
        }
        return xarray.Dataset(variables, coords={"time": time})
