"""The family of rules: the drive of the membrane, the filter from B to the error, and the domain of exactness."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportReturnType=false

import sympy as sp

from vle_analog.theory import symbols as sy
from vle_analog.theory.laws import FAMILY, laws
from vle_analog.theory.local import exact_transfer
from vle_analog.theory.local_rule import replaced
from vle_analog.theory.step import DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand
from vle_analog.theory.symbols import p, t, tau_m, tau_r

IN_STEP, AT_REST = {tau_r: tau_m}, {p: 0}
ERROR, BEYOND = sp.Symbol("H"), sp.Symbol("H_outside")


def departure(transfer: sp.Expr, exact: sp.Expr) -> sp.Expr:
    """Return the relative difference of a transfer function from the exact one."""
    return sp.factor(transfer / exact - 1)


def check() -> None:
    """Compare each rule's filters with the exact ones, including the stated cases of equality.

    **Raises:** `DerivationError` where one is false.
    """
    exact, local = FAMILY["adjoint"], FAMILY["vle"]
    demand(exact.transfer, exact_transfer(), "adjoint is the Euler-Lagrange equation")
    demand(local.transfer, replaced(exact.transfer), "vle is adjoint with every look-back replaced")
    demand(local.outside, replaced(exact.outside), "vle is adjoint with every look-back replaced, outside of B")
    for name, member in FAMILY.items():
        for what in (IN_STEP, AT_REST):
            demand(departure(member.transfer, exact.transfer).subs(what), sp.S.Zero, f"{name} where it is exact")
        demand(departure(member.outside, exact.outside).subs(AT_REST), sp.S.Zero, f"{name} at rest, outside of B")
        law = laws(name)
        demand(sp.expand(tau_m * law.membrane + sy.u), sp.expand(member.drive), f"membrane of {name} against its drive")
        demand(law.error.subs(AT_REST | {sy.v: sy.B}), sy.B, f"settled error of {name}")
    first = sp.series(departure(local.transfer, exact.transfer), p, 0, 2).removeO()
    demand(first, sp.S.Zero, "vle departs in second order")


def family_step(setting: Setting) -> DerivationStep:
    """Return the table of the rules."""
    check()
    membrane = setting.cost == "membrane"
    exact = FAMILY["adjoint"]
    u = sp.Function("u")(t)
    drives = {drive: [name for name, member in FAMILY.items() if member.drive == drive] for drive in _drives()}
    lines = [
        Equation(u + tau_m * u.diff(t), drive.subs(sy.e, sp.Function("e")(t)), note=f"membrane: {', '.join(names)}")
        for drive, names in drives.items()
    ]
    for name, member in FAMILY.items():
        lines.append(Equation(ERROR, member.transfer, note=f"{name}: `e` over `B`"))
    for name in ("vle", "le"):
        away = departure(FAMILY[name].transfer, exact.transfer)
        lines.append(Equation(ERROR / sp.Symbol("H_exact") - 1, away, note=f"{name}" + ", backprop" * (name == "le")))
    for name, member in FAMILY.items() if membrane else ():
        lines.append(Equation(BEYOND, member.outside, note=f"{name}: `e` over a cost outside of `B`"))
    return DerivationStep(
        "One family of rules",
        "The rules share all equations but these: whether the error drives the membrane, and the filter from `B` to "
        "`e`. adjoint is exact and runs backwards. vle is exact at rest and where `tau_r = tau_m`, and departs from "
        "exact with the second power of the frequency, in gain alone. le and backprop are exact at rest and where "
        "`tau_r = tau_m`, and depart with the first power, in phase as well; le is meant for `tau_r = tau_m`. What a "
        "gradient that sums over paths and frequencies makes of these departures depends on the task."
        + (" A cost outside of `B` is exact at rest alone, except under adjoint." if membrane else ""),
        tuple(lines),
    )


def _drives() -> list[sp.Expr]:
    return list(dict.fromkeys(member.drive for member in FAMILY.values()))
