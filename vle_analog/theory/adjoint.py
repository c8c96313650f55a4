"""The adjoint method, derived independently from the constrained problem, and its equality with Euler-Lagrange."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.energy import neuron_cost, rates, residual
from vle_analog.theory.euler_lagrange import Extremal, extremal, short, sort
from vle_analog.theory.fields import T, i, j, k, l
from vle_analog.theory.step import CostPlace, DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand, normal
from vle_analog.theory.symbols import t
from vle_analog.theory.variation import vary_parameter, vary_signal

PARAMETERS = (("W", (i, j)), ("b", (i,)), ("tau_m", (i,)), ("tau_r", (i,)))


def multiplier(index: sp.Expr) -> sp.Expr:
    """Return lambda of neuron `index`."""
    return fi.signal("lambda", index)


def constrained(outer: sp.Symbol, inner: sp.Symbol, place: CostPlace) -> sp.Expr:
    """Return the cost plus multipliers times the forward equation as a residual F = 0."""
    return fi.total(neuron_cost(outer, place), outer) + fi.total(multiplier(outer) * residual(outer, inner), outer)


def adjoint_extremal(place: CostPlace) -> Extremal:
    """Vary the constrained cost: own = lambda, drive = Lambda."""
    return sort(vary_signal(constrained(k, l, place), "u", i, short()), multiplier(i))


def scale(found: Extremal, adjoint: Extremal) -> sp.Expr:
    """Find the factor kappa with which e = kappa lambda turns one equation into beta times the other."""
    kappa = sp.Dummy()

    def difference(part: str) -> sp.Expr:
        turned = getattr(found.variation, part).replace(
            lambda item: item.func == sp.Function("e"), lambda item: kappa * multiplier(item.args[0])
        )
        return normal(turned.doit() - sy.beta * getattr(adjoint.variation, part))

    (factor,) = sp.solve(difference("equation").coeff(multiplier(i)), kappa)
    for part in ("equation", "boundary"):
        demand(difference(part).subs(kappa, factor), sp.S.Zero, f"Euler-Lagrange against adjoint, {part}")
    return factor


def gradients(place: CostPlace) -> dict[str, sp.Expr]:
    """Return the integrands of d(total cost)/d(parameter) in e and B, by varying the constrained cost."""
    found = extremal(place)
    kappa = scale(found, adjoint_extremal(place))
    integrands = {}
    for name, indices in PARAMETERS:
        varied = vary_parameter(constrained(k, l, place), name, indices, short())
        in_error = varied.replace(
            lambda item: item.func == sp.Function("lambda"), lambda item: fi.signal("e", item.args[0]) / kappa
        )
        if name == "tau_r":
            in_error = found.gather(in_error, fi.signal("B", i))
        integrands[name] = rates(j).shorten(in_error)
    return integrands


def adjoint_step(setting: Setting) -> DerivationStep:
    """Derive the adjoint equation and the gradients, and compare them with the Euler-Lagrange equation."""
    place = setting.cost
    found, adjoint = extremal(place), adjoint_extremal(place)
    own, drive, end = multiplier(i), fi.signal("Lambda", i), {t: T}
    sides = adjoint.with_symbols(own, drive)
    rest = sides - adjoint.outside
    left = rest.subs(drive, 0).doit()
    slopes = gradients(place)
    penalty = fi.total(sp.Function("F")(i, t) * own, i)
    costs = short().shorten(fi.total(neuron_cost(i, place), i))
    return DerivationStep(
        "The adjoint method",
        "Independently of the energy: minimise the total cost `C` under the forward equation `F = 0` (`F` is the "
        "mismatch above), with one multiplier `lambda` per neuron. Varying `u` gives the adjoint equation, which is "
        "the Euler-Lagrange equation with `e = beta lambda`, end condition included. On the free dynamics, which the "
        "extremal approaches as `beta` goes to 0, the error is therefore `beta` times the adjoint variable, and the "
        "gradients of `C` follow from `e` and `B`, by varying the parameters.",
        (
            Equation(sp.Symbol("C"), sp.Integral(costs, (t, 0, T)), note="total cost"),
            Equation(sp.Symbol("J"), sp.Symbol("C") + sp.Integral(penalty, (t, 0, T)), note="constrained cost"),
            Equation(drive, adjoint.drive, note="what the variation of `J` gathers under `tau_r`"),
            Equation(left, left - sides, note="adjoint equation"),
            Equation(fi.parameter("tau_m", i) * own.subs(end), fi.parameter("tau_r", i) * drive.subs(end), "free end"),
            Equation(fi.signal("e", i), scale(found, adjoint) * own, note="solved for: turns one into the other"),
            *(
                Equation(
                    sp.Derivative(sp.Symbol("C"), fi.parameter(name, *indices)),
                    _integral(slopes[name]),
                )
                for name, indices in PARAMETERS
            ),
        ),
    )


def _integral(integrand: sp.Expr) -> sp.Expr:
    """Integrate over the whole interval, with a minus sign in front."""
    sign = -1 if integrand.could_extract_minus_sign() else 1
    return sign * sp.Integral(sign * integrand, (t, 0, T))
