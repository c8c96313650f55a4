"""The complete derivation: an ordered list of steps for a rule, each computed and checked by SymPy."""

from dataclasses import dataclass

from vle_analog.cache import remembered
from vle_analog.theory.kinds import Kinds
from vle_analog.theory.laws import canonical_cost, canonical_rule
from vle_analog.theory.render import to_html, to_latex, to_markdown, to_notebook_latex, to_text
from vle_analog.theory.step import CostPlace, DerivationStep, Setting


@dataclass(frozen=True)
class Derivation:
    """A derivation: its setting and its steps."""

    setting: Setting
    steps: tuple[DerivationStep, ...]

    @property
    def title(self) -> str:
        """The heading."""
        return f"From a prospective energy to rule {self.setting.rule}"

    def to_text(self) -> str:
        """Return plain text, at most 100 columns wide."""
        return to_text(self.title, self.steps)

    def to_latex(self, *, document: bool = True) -> str:
        """Return a complete document, or a fragment of sections where `document` is false."""
        return to_latex(self.title, self.steps, document=document)

    def to_markdown(self) -> str:
        """Return Markdown with `$$` mathematics."""
        return to_markdown(self.title, self.steps)

    def to_html(self) -> str:
        """Return an HTML fragment, one section per step, mathematics as MathML."""
        return to_html(self.steps)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"Derivation({self.title!r}, {len(self.steps)} steps)"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_latex_(self) -> str:
        return to_notebook_latex(self.title, self.steps)


def derive(rule: str = "vle", *, cost: CostPlace = "prospective", kinds: Kinds | None = None) -> Derivation:
    """Derive the equations of a rule from the prospective energy; cached on disk.

    **Arguments:**

    - `rule`: `vle` (or `gle`), `le`, `backprop`, or `adjoint`, which ends with the system that runs backwards.
    - `cost`: whether the cost is a function of U (`prospective`) or of the bare membrane potential (`membrane`).
    - `kinds`: populations and projections to print the last step for, by name.

    **Raises:** `InputError` for an unknown rule or cost; `DerivationError` if the check of a step fails.
    """
    setting = Setting(canonical_rule(rule), canonical_cost(cost), kinds)
    return remembered(setting, lambda: _derive(setting))


def _derive(setting: Setting) -> Derivation:
    from vle_analog.theory.steps import (
        make_steps,
    )  # the modules of the derivation are loaded only without a cached result

    return Derivation(setting, make_steps(setting))
