"""The gradients of one network by four rules, as data and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.gradient.agreement import Agreement, agreement
from vle_analog.gradient.finite_differences import FiniteDifferences
from vle_analog.gradient.integrands import KINDS, Values

RULES = ("exact", "local", "le", "instantaneous")


@dataclass(frozen=True, eq=False)
class Gradients:
    """The gradients dC/dtheta of the loss C at constant parameters: kind ("W", "b", "tau_m", "tau_r") -> owner ->
    array.

    **Arguments:**

    - `loss`: integral of 1/2 |y* - r|^2 (cost on the membrane: 1/2 |y* - u|^2) over the output population.
    - `exact`: by the adjoint. `local`: by the study's causal error (rule vle). `le`: with e = B. `instantaneous`:
      backprop through the instantaneous network.
    - `differences`: central finite differences of the loss; `None` where not requested.
    - `notes`: how the rules of this network differ, one sentence each.
    """

    loss: float
    exact: Values
    local: Values
    le: Values
    instantaneous: Values
    differences: FiniteDifferences | None
    notes: tuple[str, ...] = ()

    @property
    def finite_difference_error(self) -> dict[str, float] | None:
        """Return, by kind, the norm of (finite differences - exact) over the norm of exact, with a floor."""
        return None if self.differences is None else self.differences.error(self.exact)

    def values(self, rule: str) -> Values:
        """Return the gradient by `exact`, `local`, `le` or `instantaneous`."""
        return {"exact": self.exact, "local": self.local, "le": self.le, "instantaneous": self.instantaneous}[rule]

    def agreement(self, rule: str, kind: str, owner: str | None = None) -> Agreement:
        """Compare a rule's gradient with the exact one, for one owner or for a whole kind."""
        mine, exact = self.values(rule)[kind], self.exact[kind]
        owners = list(exact) if owner is None else [owner]
        return agreement(*(np.concatenate([part[name].ravel() for name in owners]) for part in (mine, exact)))

    def to_json(self) -> dict[str, Any]:
        """Return plain data: `loss`, the four gradients, and the finite differences."""
        return {
            "loss": self.loss,
            **{rule: self._json(rule) for rule in RULES},
            "finite_difference_error": self.finite_difference_error,
            "finite_difference_parameters": None if self.differences is None else self.differences.counts(),
            "notes": list(self.notes),
        }

    def _json(self, rule: str) -> dict[str, Any]:
        mine: Mapping[str, Mapping[str, np.ndarray]] = self.values(rule)
        return {
            kind: {
                owner: {"value": value.tolist(), **vars(self.agreement(rule, kind, owner))}
                for owner, value in mine[kind].items()
            }
            for kind in KINDS
        }

    def __repr__(self) -> str:
        count = sum(leaf.size for leaf in leaves(self.exact))
        return f"Gradients(loss {self.loss:.6g}, {count} parameters by {', '.join(RULES)})"


def leaves(values: Values) -> list[np.ndarray]:
    """Return all arrays, by kind and owner."""
    return [array for kind in KINDS for array in values[kind].values()]
