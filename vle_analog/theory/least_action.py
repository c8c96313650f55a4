"""The neuronal least-action principle as a special case, with the look-ahead after the nonlinearity.

Derived from a separate energy, in which `u` is prospective of a discounted potential, and compared with LE.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

import sympy as sp

from vle_analog.theory import energy, local
from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.energy import names, residual
from vle_analog.theory.euler_lagrange import extremal, quadratic
from vle_analog.theory.fields import T, i, j, k, l
from vle_analog.theory.laws import laws
from vle_analog.theory.step import DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand
from vle_analog.theory.symbols import t
from vle_analog.theory.variation import Abbreviations, Variation, vary_signal

tau = sp.Symbol("tau", positive=True)  # one time constant for all neurons
AMPLIFIED = sp.Symbol("a", real=True)  # the slope of a linear phi
AHEAD, BACK = local.look_ahead(tau), local.look_back(tau)


def prospective(index: sp.Expr) -> sp.Expr:
    """Return u of neuron `index` in its discounted potential: u = utilde - tau utilde'."""
    return fi.apply(BACK, fi.signal("utilde", index))


def rate(index: sp.Expr) -> sp.Expr:
    """Return rbar = phi(u), the rate before its look-ahead."""
    return fi.phi(index, fi.signal("u", index))


def mismatch(index: sp.Expr, inner: sp.Symbol) -> sp.Expr:
    """Return u - W rbar - b: the difference of u and its input, without look-ahead."""
    received = fi.total(fi.weight(index, inner) * rate(inner), inner) + fi.parameter("b", index)
    return fi.signal("u", index) - received


def in_discounted(expression: sp.Expr) -> sp.Expr:
    """Substitute the discounted potential for u."""
    u = sp.Function("u")
    return expression.replace(lambda item: item.func == u, lambda item: prospective(item.args[0]))


def lagrangian(outer: sp.Symbol, inner: sp.Symbol) -> sp.Expr:
    """Return sum_i (u - W rbar - b)_i^2 / 2 + beta sum_i c_i(u_i)."""
    squares = fi.total(mismatch(outer, inner) ** 2 / 2, outer)
    return squares + sy.beta * fi.total(fi.cost_of(outer, fi.signal("u", outer)), outer)


def returned(index: sp.Symbol) -> sp.Expr:
    """Return ebar: phi'(u) W^T (u - W rbar - b), minus the slope of the cost."""
    u = fi.signal("u", index)
    carried = fi.total(fi.weight(k, index) * mismatch(k, l), k)
    return fi.phi_slope(index, u) * carried - sy.beta * fi.cost_slope(index, u)


def variation() -> Variation:
    """Vary by the discounted potential of neuron i, in terms of u."""
    pairs = ((i, j), (k, l))
    own = {n: sp.Function("mismatch")(n, t) for n, _ in pairs}
    table = [(in_discounted(mismatch(n, m)), own[n]) for n, m in pairs]
    table += [(prospective(n), fi.signal("u", n)) for n in (i, j, k, l)]
    found = vary_signal(in_discounted(lagrangian(k, l)), "utilde", i, Abbreviations(tuple(table)))
    written = {own[n]: mismatch(n, m) for n, m in pairs}
    return Variation(*(part.xreplace(written) for part in (found.value, found.rate)))


def stationary() -> sp.Expr:
    """Return G = u - W rbar - b - ebar of neuron i: the slope of the energy by u, zero at its minimum."""
    return mismatch(i, j) - returned(i)


def of_prospective_energy() -> sp.Expr:
    """Return e - B, zero on an extremal of the prospective energy with tau_m = tau_r and a free end, in terms of U."""
    found = extremal("prospective")

    def error(outer: sp.Symbol, inner: sp.Symbol) -> sp.Expr:
        in_step = residual(outer, inner).xreplace({fi.parameter("tau_m", outer): fi.parameter("tau_r", outer)})
        return names((outer, inner)).shorten(in_step - energy.prospective(outer)) + fi.signal("U", outer)

    errors = {fi.signal("e", outer): error(outer, inner) for outer, inner in ((i, j), (k, l))}
    return (found.own - found.drive).xreplace(errors)


def of_linear_latent() -> sp.Expr:
    """Return e minus its law, zero for LE with gamma = 1, a cost on u and phi(x) = a x, in terms of u."""
    law = laws("le", nudged=True, cost="membrane")
    (membrane_error,) = sp.solve(sy.du - law.membrane, sy.e)

    def error(outer: sp.Symbol, inner: sp.Symbol) -> sp.Expr:
        rate = AMPLIFIED * fi.apply(AHEAD, fi.signal("u", inner))
        received = fi.total(fi.weight(outer, inner) * rate, inner) + fi.parameter("b", outer)
        return _at(membrane_error, outer).subs(fi.signal("S", outer), received)

    own = error(i, j)
    drive = AMPLIFIED * fi.total(fi.weight(k, i) * error(k, l), k)
    received = fi.signal("u", i) + tau * fi.signal("u", i).diff(t) - own
    stated = _at(law.error, i).xreplace({fi.signal("B", i): drive, fi.signal("e", i): own, fi.signal("S", i): received})
    return own - stated


def _at(expression: sp.Expr, index: sp.Symbol) -> sp.Expr:
    return fi.of_neuron(expression.subs({sy.tau_m: tau, sy.gamma: 1}), index)


def linear(expression: sp.Expr) -> sp.Expr:
    """Substitute phi(x) = a x and the quadratic cost on u."""
    plain = expression.replace(fi.phi, lambda _, x: AMPLIFIED * x).replace(fi.phi_slope, lambda *_: AMPLIFIED)
    return quadratic(plain, "membrane")


def check(slope: sp.Expr) -> None:
    """Compare the slope of this energy with the prospective one, for any phi, and with LE, for a linear one.

    **Raises:** `DerivationError` where it is another equation.
    """
    in_U = slope.replace(sp.Function("u"), lambda index, time: fi.signal("U", index, at=time))
    demand(of_prospective_energy(), in_U, "least action at u = U against the prospective energy")
    demand(of_linear_latent(), fi.apply(AHEAD, linear(slope)), "least action with linear phi against LE")


def least_action_step(_setting: Setting) -> DerivationStep:
    """Derive the equations, and their relation to LE."""
    found, slope = variation(), stationary()
    demand(found.value, slope, "least action: the slope of the energy")
    demand(found.equation, fi.apply(AHEAD, slope), "least action: the slope of the energy, looked ahead")
    demand(found.boundary, -tau * slope, "least action: the free end")
    check(slope)
    u, e, r, rbar, ebar, G = (fi.signal(name, i) for name in ("u", "e", "r", "rbar", "ebar", "G"))
    return DerivationStep(
        "The neuronal least-action principle",
        "A related principle has the rate `rbar = phi(u)` as it is and looks ahead afterwards. Its energy has no "
        "derivative of `u`; what is varied is a discounted potential `utilde`, of which `u` is prospective, with one "
        "`tau` for all neurons. The slope `G` of the energy by `u`, looked ahead, is then zero: `G` decays with `tau` "
        "from wherever it starts, and is zero from the outset where the end is free. Written out, this is a membrane "
        "equation with looked-ahead rates and errors. For any `phi`, `G = 0` is the equation that `U` obeys in the "
        "prospective energy with `tau_m = tau_r` and the cost on `U` (where `e = B`, that is LE with `gamma = 1`): "
        "`u` replaces `U`. As equations of the membrane the two differ, since LE sends `phi(u + tau u')` "
        "and this principle `phi(u) + tau phi'(u) u'`. Where `phi` is linear these are one, and the membrane equation "
        "is that of LE with `gamma = 1` and the cost on `u`. For slow signals every look-ahead is one, and both settle "
        "alike.",
        (
            Equation(u, prospective(i)),
            Equation(rbar, rate(i)),
            Equation(sp.Symbol("L"), _shown(lagrangian(i, j)), note="energy"),
            Equation(ebar, _shown(returned(i)), note="the slope of all but the neuron's own part, reversed"),
            Equation(G, _shown(mismatch(i, j)) - ebar, note="the slope of `L` by `u`"),
            Equation(G + tau * G.diff(t), sp.S.Zero, note="Euler-Lagrange equation"),
            Equation(G.subs(t, T), sp.S.Zero, note="free end"),
            Equation(r, rbar + tau * rbar.diff(t), note="rate sent to others"),
            Equation(e, ebar + tau * ebar.diff(t), note="error in the membrane equation"),
            Equation(tau * u.diff(t), membrane_equation(slope), note="Euler-Lagrange, written out"),
            Equation(
                ebar,
                sy.beta * sp.expand(quadratic(-fi.cost_slope(i, u), "membrane")),
                note="last layer, `c = (y_star - u)^2/2`",
            ),
        ),
    )


def membrane_equation(slope: sp.Expr) -> sp.Expr:
    """Return tau u' of the prospective slope, in prospective rates and errors."""
    u, e, r = fi.signal("u", i), fi.signal("e", i), fi.signal("r", j)
    stated = -u + fi.total(fi.weight(i, j) * r, j) + fi.parameter("b", i) + e
    written = stated.xreplace({r: fi.apply(AHEAD, rate(j)), e: fi.apply(AHEAD, returned(i))})
    demand(tau * u.diff(t) - written, fi.apply(AHEAD, slope), "least action: the membrane equation")
    return stated


def _shown(expression: sp.Expr) -> sp.Expr:
    return expression.replace(fi.phi, lambda index, _: fi.signal("rbar", index))
