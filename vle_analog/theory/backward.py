"""The last step of the adjoint rule: the exact error as a system with one backward state per neuron."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOptionalMemberAccess=false

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.euler_lagrange import extremal, quadratic
from vle_analog.theory.fields import T, i
from vle_analog.theory.laws import laws
from vle_analog.theory.local import exact_transfer, realise
from vle_analog.theory.local_rule import transfer_of
from vle_analog.theory.step import DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand
from vle_analog.theory.symbols import t


def backward_step(setting: Setting) -> DerivationStep:
    """Derive the state form of the Euler-Lagrange equation, with its end condition."""
    found = extremal(setting.cost)
    cell = realise(exact_transfer(), sy.B, sy.w)
    demand(transfer_of(cell, sy.B, sy.w), exact_transfer(), "cell of the exact error")
    e, B, w, end = fi.signal("e", i), fi.signal("B", i), fi.signal("w", i), {t: T}
    output = cell.output
    if setting.cost == "membrane":
        # the cost outside of B enters the state but not the instantaneous part, so it has its own weight in the state
        output = output.coeff(sy.B) * sy.B + sy.w
    error = fi.of_neuron(output, i).subs(sy.w, w)
    balance = sp.expand(found.with_symbols(error, B))
    (change,) = sp.solve(balance, w.diff(t))
    if setting.cost == "prospective":
        demand(change, fi.of_neuron(cell.change, i).subs(sy.w, w), "backward state against the cell")
    change = sp.collect(sp.expand(change * fi.parameter("tau_m", i)), B) / fi.parameter("tau_m", i)
    (at_end,) = sp.solve(found.boundary(error, B).subs(end), w.subs(end))
    demand(at_end, sp.S.Zero, "end condition of the backward state")
    law = laws("adjoint", nudged=True, cost=setting.cost)
    stated = (fi.of_neuron(line.subs(sy.v, sy.w), i).subs(sy.w, w) for line in (law.error_state, law.error))
    demand(quadratic(change, setting.cost), next(stated), "backward state against the laws")
    demand(error, next(stated), "exact error against the laws")
    drive = quadratic(found.drive, setting.cost).subs(fi.phi(i, fi.signal("U", i)), fi.signal("r", i))
    return DerivationStep(
        "The exact error runs backwards",
        "The Euler-Lagrange equation as one state per neuron. It is integrated from `t = T`, where the free end puts "
        "the state to zero, down to `t = 0`, after the forward equation has been solved: it is exact, but not "
        "causal, so no circuit can compute it online.",
        (
            Equation(B, drive),
            Equation(w.diff(t), quadratic(change, setting.cost), note="state; stable only backwards in time"),
            Equation(e, error),
            Equation(w.subs(end), at_end, note="from `tau_m e(T) = tau_r B(T)`"),
        ),
    )
