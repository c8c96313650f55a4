"""The prospective energy: the squared mismatch of every neuron's prospective membrane and its input, plus the cost.

`residual` is the only statement of the dynamics of the network; everything else is derived from it.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportReturnType=false

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import local
from vle_analog.theory import symbols as sy
from vle_analog.theory.fields import T, i, j
from vle_analog.theory.step import CostPlace, DerivationStep, Equation, Setting
from vle_analog.theory.symbols import t
from vle_analog.theory.variation import Abbreviations


def prospective(index: sp.Expr) -> sp.Expr:
    """Return U of neuron `index`: the look-ahead of its membrane potential."""
    return fi.apply(fi.of_neuron(local.look_ahead(sy.tau_r), index), fi.signal("u", index))


def rate(index: sp.Expr) -> sp.Expr:
    """Return r of neuron `index` in terms of u."""
    return fi.phi(index, prospective(index))


def current(index: sp.Expr, inner: sp.Symbol) -> sp.Expr:
    """Return S of neuron `index` in terms of u of all others; `inner` is the summation index."""
    return fi.total(fi.weight(index, inner) * rate(inner), inner) + fi.parameter("b", index)


def residual(index: sp.Expr, inner: sp.Symbol) -> sp.Expr:
    """Return the mismatch of neuron `index` in terms of u: zero on the free dynamics."""
    return fi.of_neuron(local.mismatch(), index).subs(fi.signal("S", index), current(index, inner))


def neuron_cost(index: sp.Expr, place: CostPlace) -> sp.Expr:
    """Return c_i of the prospective potential, or of the bare membrane potential."""
    return fi.cost_of(index, prospective(index) if place == "prospective" else fi.signal("u", index))


def lagrangian(outer: sp.Symbol, inner: sp.Symbol, place: CostPlace) -> sp.Expr:
    """Return L(u, u') = sum_i e_i^2 / 2 + beta sum_i c_i."""
    squares = fi.total(residual(outer, inner) ** 2 / 2, outer)
    return squares + sy.beta * fi.total(neuron_cost(outer, place), outer)


def names(*pairs: tuple[sp.Symbol, sp.Symbol]) -> Abbreviations:
    """Return e and U as abbreviations of the long forms, for the given (outer, inner) indices."""
    table = [(residual(outer, inner), fi.signal("e", outer)) for outer, inner in pairs]
    indices = dict.fromkeys(index for pair in pairs for index in pair)
    table += [(prospective(index), fi.signal("U", index)) for index in indices]
    return Abbreviations(tuple(table))


def rates(*indices: sp.Symbol) -> Abbreviations:
    """Return r as abbreviation of phi(U)."""
    return Abbreviations(tuple((fi.phi(n, fi.signal("U", n)), fi.signal("r", n)) for n in indices))


def energy_step(setting: Setting) -> DerivationStep:
    """State the energy and its parts."""
    place = setting.cost
    short, spoken = names((i, j)), rates(i, j)
    argument = "its prospective potential `U`" if place == "prospective" else "its membrane potential `u`"
    whole = short.shorten(lagrangian(i, j, place))
    return DerivationStep(
        "Prospective energy",
        "Neuron `i` has a membrane potential `u`; looked ahead by `tau_r` it is called `U`, and sets the rate `r`. The "
        "mismatch `e` is the difference of the membrane, looked ahead by `tau_m`, and its input. The energy `L` "
        f"collects all mismatches and, weighted by `beta`, the cost `c` of {argument}, which is zero unless the neuron "
        "is an output. `phi` and `c` may differ from neuron to neuron; the index of `phi` is not printed. Sums run "
        "over all neurons, and inputs count as neurons whose rates are given.",
        (
            Equation(fi.signal("U", i), prospective(i)),
            Equation(fi.signal("r", i), short.shorten(rate(i))),
            Equation(fi.signal("e", i), spoken.shorten(names((j, i)).shorten(residual(i, j)))),
            Equation(sp.Symbol("L"), whole),
            Equation(sp.Symbol("A"), sp.Integral(sp.Symbol("L"), (t, 0, T)), note="the action"),
        ),
    )
