"""The scalar building blocks of the laws and of the derivation, for one neuron.

A first-order operator (1 + a p)/(1 + b p) is realised with one state and no differentiator; the look-back operators
of the exact error (1 - p tau) are replaced by causal low-pass filters 1/(1 + p tau), equal to first order.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportReturnType=false

from dataclasses import dataclass
from functools import cache

import sympy as sp

from vle_analog.theory.symbols import S, b, du, e, limit, omega, p, r, tau_m, tau_r, u, y_star


@dataclass(frozen=True)
class Realisation:
    """A transfer function as `output = direct x + (1 - direct) s` with state `s`, `ds/dt = change`.

    `change` is `None` where the transfer function is one.
    """

    output: sp.Expr
    change: sp.Expr | None


def look_ahead(tau: sp.Expr) -> sp.Expr:
    """Return 1 + p tau: the operator that makes a potential prospective."""
    return 1 + p * tau


def look_back(tau: sp.Expr) -> sp.Expr:
    """Return 1 - p tau: the result of integrating a look-ahead by parts."""
    return look_ahead(tau).subs(p, -p)


def low_pass(tau: sp.Expr) -> sp.Expr:
    """Return 1/(1 + p tau): the causal approximation of a look-back, equal to it up to order p^2."""
    return 1 / look_ahead(tau)


def forward_transfer() -> sp.Expr:
    """Return U over the drive of the membrane, (1 + p tau_r)/(1 + p tau_m)."""
    return look_ahead(tau_r) / look_ahead(tau_m)


def exact_transfer() -> sp.Expr:
    """Return e over B in the Euler-Lagrange equation, (1 - p tau_r)/(1 - p tau_m)."""
    return look_back(tau_r) / look_back(tau_m)


def local_transfer() -> sp.Expr:
    """Return e over B with every look-back replaced by a low-pass, (1 + p tau_m)/(1 + p tau_r)."""
    return low_pass(tau_r) / low_pass(tau_m)


def gain(at: sp.Expr = sp.I * omega) -> sp.Expr:
    """Return g, the local over the exact transfer function of the error, at p = i omega."""
    return _simplified((local_transfer() / exact_transfer()).subs(p, at))


@cache
def _simplified(ratio: sp.Expr) -> sp.Expr:
    return sp.factor(sp.simplify(ratio))


def gain_correction() -> sp.Expr:
    """Return `correction` = 1/g in omega, tau_m, tau_r, which gives the local error the exact amplitude at one
    frequency."""
    return 1 / gain()


def realise(transfer: sp.Expr, drive: sp.Expr, state: sp.Symbol) -> Realisation:
    """Realise a first-order transfer function with unit gain at rest as an output and the change of one state.

    **Arguments:**

    - `transfer`: a rational function of `p` whose value at `p = 0` is one.
    - `drive`: the input. `state`: the symbol of the state.
    """
    if transfer == 1:
        return Realisation(drive, None)
    numerator, denominator = (sp.Poly(part, p) for part in sp.fraction(sp.together(transfer)))
    if max(numerator.degree(), denominator.degree()) > 1 or numerator.eval(0) != denominator.eval(0):
        raise ValueError(f"no one-state cell with unit gain at rest has the transfer function {transfer}")
    unit = denominator.eval(0)
    tau = denominator.coeff_monomial(p) / unit
    direct = numerator.coeff_monomial(p) / denominator.coeff_monomial(p)
    return Realisation(direct * drive + (1 - direct) * state, (drive - state) / tau)


def mismatch() -> sp.Expr:
    """Return the mismatch in the energy of a neuron: `u + tau_m u' - S`."""
    return u + tau_m * du - S


def cost() -> sp.Expr:
    """Return the cost of one output neuron, `(y* - r)^2 / 2`."""
    return (y_star - r) ** 2 / 2


def neuron_energy(weight: sp.Symbol) -> sp.Expr:
    """Return the energy of a neuron with one input rate `r` through `weight`, as a function of its parameters."""
    return mismatch().subs(S, weight * r + b) ** 2 / 2


def descent(energy: sp.Expr, parameter: sp.Symbol, error: sp.Expr) -> sp.Expr:
    """Return `-d energy/d parameter`, with the mismatch written as the error `e`."""
    factor = sp.cancel(energy.diff(parameter) / error)
    return -e * factor


def saturation(weight: sp.Symbol) -> sp.Expr:
    """Return the factor by which a bounded weight `limit tanh(V)`, with V learning, learns slower than an unbounded
    one.


    It is the slope of the weight in V relative to that of a small one, `1 - (weight/limit)^2`.
    """
    V = sp.Symbol("V", real=True)
    slope = (limit * sp.tanh(V)).diff(V)
    return sp.expand(sp.cancel(slope / slope.subs(V, 0)).subs(sp.tanh(V), weight / limit))
