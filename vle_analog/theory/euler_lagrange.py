"""The Euler-Lagrange equation of the prospective energy, with the condition at the free end."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportReturnType=false

from dataclasses import dataclass

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import local
from vle_analog.theory import symbols as sy
from vle_analog.theory.energy import lagrangian, names, rates
from vle_analog.theory.fields import T, i, j, k, l
from vle_analog.theory.laws import laws
from vle_analog.theory.step import CostPlace, DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand, normal
from vle_analog.theory.symbols import p, t
from vle_analog.theory.variation import Abbreviations, Variation, direction, vary_signal


def short() -> Abbreviations:
    """Return e and U as abbreviations, over every index in use."""
    return names((k, l), (i, j))


@dataclass(frozen=True)
class Extremal:
    """A sorted first variation: the neuron's `own` multiplier, the `drive` from others, and terms `outside`."""

    variation: Variation
    own: sp.Expr
    drive: sp.Expr
    outside: sp.Expr

    def with_symbols(self, own: sp.Expr, drive: sp.Expr) -> sp.Expr:
        """Return `(1 - tau_m d/dt) own - (1 - tau_r d/dt) drive + outside`, for the symbols of own and drive."""
        own_operator, drive_operator = (fi.of_neuron(local.look_back(tau), i) for tau in (sy.tau_m, sy.tau_r))
        return fi.apply(own_operator, own) - fi.apply(drive_operator, drive) + self.outside

    def boundary(self, own: sp.Expr, drive: sp.Expr) -> sp.Expr:
        """Return the expression that vanishes at a free end, for the symbols of own and drive."""
        return fi.parameter("tau_m", i) * own - fi.parameter("tau_r", i) * drive

    def gather(self, expression: sp.Expr, symbol: sp.Expr) -> sp.Expr:
        """Rewrite as a multiple of the drive times u', with the drive as a symbol."""
        du = fi.signal("u", i).diff(t)
        factor = sp.cancel(normal(expression).coeff(du) / normal(self.drive))
        demand(expression, factor * self.drive * du, "a multiple of the backward drive")
        return factor * symbol * du


def sort(variation: Variation, own: sp.Expr) -> Extremal:
    """Separate the terms filtered by tau_r (the drive) from those outside of any filter.

    **Raises:** `DerivationError` unless the variation is `(1 - tau_m d/dt) own - (1 - tau_r d/dt) drive + outside`.
    """
    tau_m, tau_r = fi.parameter("tau_m", i), fi.parameter("tau_r", i)
    drive = sp.expand((tau_m * own - variation.rate) / tau_r)
    outside = sp.expand(variation.value - own + drive)
    extremal = Extremal(variation, own, drive, outside)
    demand(variation.equation, extremal.with_symbols(own, drive), "Euler-Lagrange equation")
    return extremal


def extremal(place: CostPlace) -> Extremal:
    """Return the extremal of the prospective energy: own = e, drive = B."""
    return sort(vary_signal(lagrangian(k, l, place), "u", i, short()), fi.signal("e", i))


def quadratic(expression: sp.Expr, place: CostPlace) -> sp.Expr:
    """Substitute (y* - r)^2 / 2 for c_i, or (y* - u)^2 / 2 where the cost is on the membrane."""
    x = sp.Dummy()

    def slope(index: sp.Expr, argument: sp.Expr) -> sp.Expr:
        output = fi.phi(index, x) if place == "prospective" else x
        return fi.of_neuron(local.cost(), index).subs(fi.signal("r", index), output).diff(x).subs(x, argument)

    return expression.replace(fi.cost_slope, slope)


def transfer(extremal: Extremal) -> sp.Expr:
    """Return e over B in the Euler-Lagrange equation, for signals proportional to exp(p t)."""
    e, B, gain = fi.signal("e", i), fi.signal("B", i), sp.Dummy()
    wave = {e: gain * sp.exp(p * t), B: sp.exp(p * t)}
    balance = (extremal.with_symbols(e, B) - extremal.outside).subs(wave).doit()
    (found,) = sp.solve(sp.expand(balance / sp.exp(p * t)), gain)
    return found


def outside_transfer(extremal: Extremal) -> sp.Expr:
    """Return e over the negative term outside of B (beta (y* - u), for instance), likewise."""
    wave, gain = sp.exp(p * t), sp.Dummy()
    balance = extremal.with_symbols(gain * wave, sp.S.Zero) - extremal.outside - wave
    (found,) = sp.solve(sp.expand(balance / wave), gain)
    return found


def check(found: Extremal, place: CostPlace) -> None:
    """Compare the variation with `(1 - tau_m d/dt) e = (1 - tau_r d/dt) B`, B stated independently.

    **Raises:** `DerivationError` where it is another equation.
    """
    e = fi.signal("e", i)
    nudge = -sy.beta * fi.cost_slope(i, fi.signal("U" if place == "prospective" else "u", i))
    returned = fi.total(fi.weight(k, i) * fi.signal("e", k), k)
    drive = fi.of_neuron(laws("vle").backward, i).subs(fi.signal("h", i), returned)
    stated, outside = (drive + nudge, sp.S.Zero) if place == "prospective" else (drive, -nudge)
    demand(found.variation.equation, found.with_symbols(e, stated) - found.outside + outside, "Euler-Lagrange equation")
    demand(found.drive, stated, "backward drive")
    demand(transfer(found), fi.of_neuron(local.exact_transfer(), i), "transfer function of Euler-Lagrange")

    law = laws("vle", nudged=place == "prospective")
    stated = fi.of_neuron(law.backward.subs(sy.h, law.arriving), i).subs(fi.signal("feedback", i), returned)
    stated = stated.subs(fi.signal("r", i), fi.phi(i, fi.signal("U", i)))
    demand(quadratic(found.drive, place), stated, "backward drive under the quadratic cost")


def euler_lagrange_step(setting: Setting) -> DerivationStep:
    """Vary the action and derive the equation of an extremal."""
    place = setting.cost
    found = extremal(place)
    e, B = fi.signal("e", i), fi.signal("B", i)
    check(found, place)
    sides = found.with_symbols(e, B)
    right = -(sides - sides.subs(B, 0).doit()) - found.outside
    left = sides + right
    end = {t: T}
    costly, of, compared = (found.drive, B, "r") if place == "prospective" else (found.outside, found.outside, "u")
    equations = (
        Equation(
            sp.Symbol("delta A"),
            sp.Integral(direction * sides, (t, 0, T)) + (direction * found.boundary(e, B)).subs(end),
            note="after integration by parts; `u(0)` is held",
        ),
        Equation(B, found.drive, note="what the variation gathers under `tau_r`"),
        Equation(left, right, note="Euler-Lagrange equation"),
        Equation(fi.parameter("tau_m", i) * e.subs(end), fi.parameter("tau_r", i) * B.subs(end), note="free end"),
        Equation(of, rates(i).shorten(quadratic(costly, place)), note=f"for the cost `(y_star - {compared})^2/2`"),
    )
    return DerivationStep(
        "Euler-Lagrange equation",
        "The potential of neuron `i` is moved by an arbitrary `delta_u`, through a Kronecker delta in the index, over "
        "which sums collapse. Integration by parts turns every look-ahead `1 + tau d/dt` into a look-back "
        "`1 - tau d/dt`. "
        + (
            "The cost sits on `U`, so that it is part of `B`."
            if place == "prospective"
            else "The cost sits on the bare `u`, so that it stands outside of `B` and is not filtered by `tau_r`."
        ),
        equations,
    )
