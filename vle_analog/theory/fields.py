"""Indexed symbols: signals `u(i, t)`, parameters `tau_m[i]` and `W[i, j]`, one symbol for all neurons of a kind.

A name may carry the population or projection it belongs to, as in `hidden.u`: the name its signals have everywhere.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportIndexIssue=false, reportReturnType=false

import sympy as sp

from vle_analog.theory import symbols as sy
from vle_analog.theory.symbols import t

i, j, k, l = sp.symbols("i j k l", integer=True)  # noqa: E741 (the field's own letter)
N = sp.Symbol("N", integer=True, positive=True)
T = sp.Symbol("T", positive=True)  # the end of the interval

SIGNALS = ("S", "u", "U", "r", "feedback", "h", "B", "v", "e", "y_star", "xi", "rbar", "rhat")
PARAMETERS = ("tau_m", "tau_r", "b")


class cost_slope(sp.Function):  # noqa: N801 (SymPy functions are lower case)
    """c_i'(x), the derivative of the cost of neuron i."""


class cost_of(sp.Function):  # noqa: N801
    """c_i(x), the cost of neuron i: zero unless it is an output."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002 (the index is no variable)
        return cost_slope(*self.args)


class phi_slope(sp.Function):  # noqa: N801
    """phi_i'(x)."""


class phi(sp.Function):  # noqa: N801
    """phi_i(x), the activation of neuron i. The index is kept, and not printed."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002 (the index is no variable)
        return phi_slope(*self.args)


def named(name: str, owner: str = "") -> str:
    """Return `owner.name`, or `name` without an owner."""
    return f"{owner}.{name}" if owner else name


def signal(name: str, index: sp.Expr, owner: str = "", at: sp.Expr = t) -> sp.Expr:
    """Return the signal `name` of neuron `index` (of population `owner`) at time `at`."""
    return sp.Function(named(name, owner))(index, at)


def parameter(name: str, *indices: sp.Expr, owner: str = "") -> sp.Expr:
    """Return the parameter `name[indices]` (of population or projection `owner`)."""
    return sp.IndexedBase(named(name, owner))[indices]


def weight(post: sp.Expr, pre: sp.Expr, owner: str = "") -> sp.Expr:
    """Return W_ij: row = receiving neuron."""
    return parameter("W", post, pre, owner=owner)


def total(term: sp.Expr, index: sp.Symbol, size: sp.Expr = N) -> sp.Expr:
    """Sum over all neurons."""
    return sp.Sum(term, (index, 1, size))


def of_neuron(law: sp.Expr, index: sp.Expr, owner: str = "") -> sp.Expr:
    """Rewrite a scalar law as an equation of neuron `index`: every scalar symbol becomes its indexed one."""
    table = {getattr(sy, name): signal(name, index, owner) for name in SIGNALS}
    table |= {getattr(sy, name): parameter(name, index, owner=owner) for name in PARAMETERS}
    table |= {sy.du: signal("u", index, owner).diff(t), sy.dy_star: signal("y_star", index, owner).diff(t)}
    table |= {sy.slope: phi_slope(index, signal("U", index, owner))}
    return law.xreplace(table)


def apply(operator: sp.Expr, expression: sp.Expr) -> sp.Expr:
    """Apply a polynomial in p = d/dt to an expression."""
    powers = sp.Poly(operator, sy.p).terms()
    return sp.Add(*(factor * sp.diff(expression, t, power) for (power,), factor in powers))
