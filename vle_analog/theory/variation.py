"""The calculus of variations on indexed symbols: a Gateaux derivative in the direction of one neuron or parameter."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportAttributeAccessIssue=false

from dataclasses import dataclass

import sympy as sp

from vle_analog.theory.fields import i
from vle_analog.theory.sums import collapse
from vle_analog.theory.symbols import t

epsilon = sp.Symbol("epsilon", real=True)
direction = sp.Function("delta_u")(i, t)  # an arbitrary smooth function, zero where u is held fixed


@dataclass(frozen=True)
class Variation:
    """The first variation `value direction + rate d(direction)/dt` of an integrand."""

    value: sp.Expr
    rate: sp.Expr

    @property
    def equation(self) -> sp.Expr:
        """The factor of the direction after integration by parts: zero along an extremal."""
        return self.value - self.rate.diff(t)

    @property
    def boundary(self) -> sp.Expr:
        """The factor of the direction at the end of the interval: zero where the end is free."""
        return self.rate


@dataclass(frozen=True)
class Abbreviations:
    """Long expressions and their abbreviations, applied in order."""

    pairs: tuple[tuple[sp.Expr, sp.Expr], ...]

    def shorten(self, expression: sp.Expr) -> sp.Expr:
        """Replace every long form by its symbol."""
        for long, short in self.pairs:
            expression = expression.xreplace({long: short})
        return expression


def first_order(expression: sp.Expr) -> sp.Expr:
    """Differentiate by epsilon at epsilon = 0."""
    return expression.diff(epsilon).subs(epsilon, 0)


def vary_signal(integrand: sp.Expr, name: str, index: sp.Expr, names: Abbreviations) -> Variation:
    """Vary the signal `name` of neuron `index`: u_n -> u_n + epsilon delta_{n, index} eta(t)."""
    head = sp.Function(name)

    def moved(item: sp.Expr) -> sp.Expr:
        own = item.expr if isinstance(item, sp.Derivative) else item
        nudge = epsilon * sp.KroneckerDelta(own.args[0], index) * direction
        return item + (nudge.diff(t) if isinstance(item, sp.Derivative) else nudge)

    found = [item for item in integrand.atoms(sp.Derivative) if item.expr.func == head]
    found += [item for item in integrand.atoms(sp.core.function.AppliedUndef) if item.func == head]
    stand_ins = {item: sp.Dummy() for item in found}
    # through placeholders: u inside u' must not be replaced a second time
    placed = integrand.xreplace(stand_ins)
    varied = first_order(placed.xreplace({dummy: moved(item) for item, dummy in stand_ins.items()}))
    linear = sp.expand(collapse(names.shorten(varied)))
    return Variation(linear.coeff(direction), linear.coeff(direction.diff(t)))


def vary_parameter(integrand: sp.Expr, name: str, indices: tuple[sp.Expr, ...], names: Abbreviations) -> sp.Expr:
    """Differentiate the integrand by one indexed parameter."""

    def moved(item: sp.Indexed) -> sp.Expr:
        deltas = (sp.KroneckerDelta(own, index) for own, index in zip(item.indices, indices, strict=True))
        return item + epsilon * sp.Mul(*deltas)

    found = {item: moved(item) for item in integrand.atoms(sp.Indexed) if str(item.base.label) == name}
    return sp.expand(collapse(names.shorten(first_order(integrand.xreplace(found)))))
