"""The result of a proof: statements, each with its equation, its residual, and the deviation of the numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vle_analog.proof.errors import ErrorTerm

TOLERANCE = 1e-9
"""Largest relative deviation of a circuit's numbers from their formulas."""


@dataclass(frozen=True)
class Statement:
    """One equation of one kind of neuron or synapse, or one property of the circuit.

    **Arguments:**

    - `kind`: subject: the name of a module, a cell, or "network". `covers`: number of its members.
    - `name`: of the equation. `equation`, `latex`: the equation as text.
    - `residual`: left minus right side of the circuit's own equation: "0" where it holds exactly.
    - `deviation`: largest relative difference of the two sides with the circuit's numbers; `None` without numbers.
    """

    kind: str
    name: str
    equation: str
    latex: str
    residual: str
    deviation: float | None = None
    covers: int = 1

    @property
    def exact(self) -> bool:
        """True where the difference simplifies to 0."""
        return self.residual == "0"

    @property
    def holds(self) -> bool:
        """True where it is exact, and the numbers agree with the formulas."""
        return self.exact and (self.deviation is None or self.deviation <= TOLERANCE)

    @property
    def verdict(self) -> str:
        """A word, or the residual."""
        if self.holds:
            return "proven"
        return f"off by {self.deviation:.2g}" if self.exact else f"left: {self.residual}"

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "kind": self.kind,
            "name": self.name,
            "equation": self.equation,
            "latex": self.latex,
            "residual": self.residual,
            "deviation": self.deviation,
            "covers": self.covers,
            "holds": self.holds,
        }


@dataclass(frozen=True)
class Proof:
    """The statements about the circuit of a study.

    **Arguments:**

    - `covers`: kind -> its neurons or synapses.
    - `notes`: deliberate omissions. `errors`: deviations of devices from the equations, the largest first.
    """

    study: str
    level: str
    statements: tuple[Statement, ...]
    covers: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    errors: tuple[ErrorTerm, ...] = ()

    @property
    def holds(self) -> bool:
        """True where every statement holds, and there are some."""
        return bool(self.statements) and all(statement.holds for statement in self.statements)

    @property
    def failed(self) -> tuple[Statement, ...]:
        """The statements that do not hold."""
        return tuple(statement for statement in self.statements if not statement.holds)

    def of(self, kind: str) -> tuple[Statement, ...]:
        """Return the statements about one kind."""
        return tuple(statement for statement in self.statements if statement.kind == kind)

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "study": self.study,
            "level": self.level,
            "holds": self.holds,
            "statements": [statement.as_json() for statement in self.statements],
            "covers": {kind: list(names) for kind, names in self.covers.items()},
            "notes": list(self.notes),
            "errors": [term.as_json() for term in self.errors],
        }

    def __repr__(self) -> str:
        verdict = "all hold" if self.holds else f"{len(self.failed)} do not hold"
        return f"Proof({self.study}: {len(self.statements)} statements, {verdict})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{s.kind}</td><td>{s.name}</td><td>$${s.latex}$$</td><td>{s.verdict}</td></tr>"
            for s in self.statements
        )
        return f"<table><tr><th>kind</th><th>of</th><th>equation</th><th></th></tr>{rows}</table>"
