"""What a proof found: statements, each with its equation, what is left of it, and how far the numbers are off."""

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

    - `kind`: what it is about: the name of a module, a cell, or "network". `covers`: how many of them there are.
    - `name`: which equation. `equation`, `latex`: what must hold, as text.
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
        """Whether the difference simplifies to 0."""
        return self.residual == "0"

    @property
    def holds(self) -> bool:
        """Whether it is exact, and the numbers are those of the formulas."""
        return self.exact and (self.deviation is None or self.deviation <= TOLERANCE)

    @property
    def verdict(self) -> str:
        """A word, or what is left."""
        if self.holds:
            return "proven"
        return f"off by {self.deviation:.2g}" if self.exact else f"left: {self.residual}"

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "kind": self.kind, "name": self.name, "equation": self.equation, "latex": self.latex,
            "residual": self.residual, "deviation": self.deviation, "covers": self.covers, "holds": self.holds,
        }  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """All statements about the circuit of a study.

    **Arguments:**

    - `covers`: kind -> the neurons or synapses that it stands for.
    - `notes`: what was left out on purpose. `errors`: where devices leave the equations, the largest first.
    """

    study: str
    level: str
    statements: tuple[Statement, ...]
    covers: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    errors: tuple[ErrorTerm, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every statement does, and there are some."""
        return bool(self.statements) and all(statement.holds for statement in self.statements)

    @property
    def failed(self) -> tuple[Statement, ...]:
        """The statements that do not hold."""
        return tuple(statement for statement in self.statements if not statement.holds)

    def of(self, kind: str) -> tuple[Statement, ...]:
        """The statements about one kind."""
        return tuple(statement for statement in self.statements if statement.kind == kind)

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "study": self.study, "level": self.level, "holds": self.holds,
            "statements": [statement.as_json() for statement in self.statements],
            "covers": {kind: list(names) for kind, names in self.covers.items()}, "notes": list(self.notes),
            "errors": [term.as_json() for term in self.errors],
        }  # fmt: skip

    def __repr__(self) -> str:
        verdict = "all hold" if self.holds else f"{len(self.failed)} do not hold"
        return f"Proof({self.study}: {len(self.statements)} statements, {verdict})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{s.kind}</td><td>{s.name}</td><td>$${s.latex}$$</td><td>{s.verdict}</td></tr>"
            for s in self.statements
        )
        return f"<table><tr><th>kind</th><th>of</th><th>equation</th><th></th></tr>{rows}</table>"
