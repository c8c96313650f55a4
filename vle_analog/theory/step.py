"""The steps of a derivation, each with text and the equations found by SymPy."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportReturnType=false

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from vle_analog.theory import emit
from vle_analog.theory.kinds import Kinds
from vle_analog.theory.layout import Sign, lay

CostPlace = Literal["prospective", "membrane"]


@dataclass(frozen=True)
class Equation:
    """An equation `left relation right`, with an optional remark (`note`)."""

    left: sp.Expr
    right: sp.Expr
    note: str = ""
    relation: str = "="

    def as_sympy(self) -> sp.Eq:
        """Return the same as a SymPy equation."""
        return sp.Eq(self.left, self.right, evaluate=False)

    def text(self) -> str:
        """Return one line of Unicode, without the note."""
        return f"{emit.text(lay(self.left))} {self.relation} {emit.text(lay(self.right))}"

    def latex(self) -> str:
        """Return LaTeX without dollars and without the note; `&` precedes the relation."""
        relation = emit.latex(Sign(self.relation)).strip()
        return f"{emit.latex(lay(self.left))} &{relation} {emit.latex(lay(self.right))}"

    def mathml(self) -> str:
        """Return a `math` element of presentation MathML in display style, without the note."""
        left, right = emit.mathml(lay(self.left)), emit.mathml(lay(self.right))
        opening = '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
        return f"{opening}<mrow>{left}<mo>{self.relation}</mo>{right}</mrow></math>"

    def __str__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex().replace('&', '', 1)}$"


@dataclass(frozen=True)
class DerivationStep:
    """One step of a derivation."""

    title: str
    text: str
    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class Setting:
    """The setting of a derivation: the rule, the place of the cost, and the kinds of populations to name, if any."""

    rule: str
    cost: CostPlace
    kinds: Kinds | None = None
