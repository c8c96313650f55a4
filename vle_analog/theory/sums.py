"""Sums over neurons with a symbolic bound: evaluation of Kronecker deltas, and a test of equality."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false

import sympy as sp

from vle_analog.errors import VleAnalogError


class DerivationError(VleAnalogError):
    """An error for two expressions of the derivation that should be equal and are not."""


def collapse(expression: sp.Expr) -> sp.Expr:
    """Replace every sum over a Kronecker delta by the one term that survives (indices lie within the bounds)."""
    if not expression.has(sp.Sum):
        return expression
    parts = [collapse(part) if isinstance(part, sp.Expr) else part for part in expression.args]
    if not isinstance(expression, sp.Sum):
        return expression.func(*parts)
    (index, *_), *others = expression.limits
    if others:
        raise ValueError("write a double sum as a sum of sums")
    return sp.Add(*(_surviving(term, index, expression) for term in sp.Add.make_args(sp.expand(parts[0]))))


def _surviving(term: sp.Expr, index: sp.Symbol, whole: sp.Sum) -> sp.Expr:
    for factor in sp.Mul.make_args(term):
        if isinstance(factor, sp.KroneckerDelta) and index in factor.args:
            (other,) = set(factor.args) - {index}
            return collapse((term / factor).subs(index, other))
    constant, rest = term.as_independent(index, as_Add=False)
    return constant * sp.Sum(rest, *whole.limits)


def normal(expression: sp.Expr, depth: int = 0) -> sp.Expr:
    """Return a form in which equal sums look equal: one term per sum, constants outside, dummies named by depth."""
    if not expression.has(sp.Sum):
        return sp.expand(expression)
    if not isinstance(expression, sp.Sum):
        return sp.expand(expression.func(*(normal(part, depth) for part in expression.args)))
    (index, low, high), *_ = expression.limits
    dummy = sp.Symbol(f"n_{depth}", integer=True)
    body = normal(expression.function.subs(index, dummy), depth + 1)
    terms = []
    for term in sp.Add.make_args(sp.expand(body)):
        constant, rest = term.as_independent(dummy, as_Add=False)
        terms.append(constant * sp.Sum(rest, (dummy, low, high)))
    return sp.Add(*terms)


def vanishes(expression: sp.Expr) -> bool:
    """Return whether an expression with sums is identically zero."""
    difference = normal(expression)
    return difference == 0 or (not difference.has(sp.Sum) and sp.simplify(difference) == 0)


def demand(left: sp.Expr, right: sp.Expr, what: str) -> None:
    """Check that two expressions are equal.

    **Raises:** `DerivationError` with the name of the check and the difference.
    """
    if not vanishes(left - right):
        raise DerivationError(f"{what}: the difference is {sp.factor(normal(left - right))} and not zero")
