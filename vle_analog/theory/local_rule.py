"""The step from the exact error to a local one: the replacement, its properties, and its realisation."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportReturnType=false

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.euler_lagrange import extremal, outside_transfer, quadratic
from vle_analog.theory.euler_lagrange import transfer as extremal_transfer
from vle_analog.theory.fields import i
from vle_analog.theory.laws import FAMILY, laws
from vle_analog.theory.local import (
    Realisation,
    exact_transfer,
    forward_transfer,
    gain,
    gain_correction,
    local_transfer,
    look_ahead,
    look_back,
    low_pass,
    mismatch,
    realise,
)
from vle_analog.theory.step import DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand
from vle_analog.theory.symbols import omega, p, tau_m, tau_r

tau = sp.Symbol("tau", positive=True)
omega_0 = sp.Symbol("omega_0", positive=True)
EXACT, LOCAL, FORWARD, GAIN, OUTSIDE = sp.symbols("H_exact H_local H_forward g g_outside")
OUTER = sp.Symbol("nudge")


def replaced(transfer: sp.Expr) -> sp.Expr:
    """Replace every look-back of a transfer function by the low-pass of the same time constant."""
    return transfer.xreplace({look_back(constant): low_pass(constant) for constant in (tau_m, tau_r)})


def local_rule_step(setting: Setting) -> DerivationStep:
    """Replace look-back by low-pass."""
    exact = exact_transfer()
    found = extremal(setting.cost)
    demand(extremal_transfer(found), fi.of_neuron(exact, i), "transfer function of Euler-Lagrange")
    demand(replaced(exact), local_transfer(), "local transfer function")
    first, second = (sp.series(operator(tau), p, 0, 2) for operator in (look_back, low_pass))
    demand(first.removeO(), second.removeO(), "look-back and low-pass to first order")
    outside = ()
    if setting.cost == "membrane":
        beyond = FAMILY["adjoint"].outside
        demand(outside_transfer(found), fi.of_neuron(beyond, i), "transfer function of the cost outside of B")
        demand(replaced(beyond), FAMILY["vle"].outside, "local transfer function of the cost outside of B")
        e, B, cost = fi.signal("e", i), fi.signal("B", i), -found.outside
        outside = (
            Equation(e, EXACT * B + fi.of_neuron(beyond, i) * cost, note="exact: the cost of times to come"),
            Equation(e, LOCAL * B + fi.of_neuron(replaced(beyond), i) * cost, note="local: looked ahead by `tau_m`"),
        )
    return DerivationStep(
        "Look-back becomes low-pass",
        "The exact error needs the future, from which `1 - p tau` (`p = d/dt`) looks back. Its causal stand-in is the "
        "low-pass `1/(1 + p tau)`, equal to first order in `p tau`. With both look-backs of the Euler-Lagrange "
        "equation replaced, the error is local in time. The index is left out.",
        (
            Equation(low_pass(tau), second, note="and so begins `1 - p tau`"),
            Equation(EXACT, exact, note="`e` over `B`, exact; unstable forwards in time"),
            Equation(LOCAL, local_transfer(), note="`e` over `B`, local; stable"),
            Equation(FORWARD, forward_transfer(), note="`U` over `S`, which `H_local` inverts"),
            *outside,
        ),
    )


def gain_step(setting: Setting) -> DerivationStep:
    """Compare local and exact error at every frequency."""
    ratio = gain()
    local, exact = (sp.Abs(transfer.subs(p, sp.I * omega)) for transfer in (local_transfer(), exact_transfer()))
    demand(sp.arg(ratio), sp.S.Zero, "phase between local and exact error")
    demand(local_transfer() * forward_transfer(), sp.S.One, "the local error filter inverts the forward filter")
    outside, words = (), ""
    if setting.cost == "membrane":
        beyond = sp.expand((FAMILY["vle"].outside / FAMILY["adjoint"].outside).subs(p, sp.I * omega))
        demand(sp.arg(beyond), sp.S.Zero, "phase between local and exact cost outside of B")
        outside = (Equation(OUTSIDE, beyond, note="of the cost outside of `B`"),)
        words = " The cost outside of `B` has a gain of its own, which is one for slow signals only."
    return DerivationStep(
        "What the replacement keeps, and what it costs",
        "At every frequency the local error has the phase of the exact one, and is larger by `g` (smaller where "
        "`tau_m < tau_r`). This holds along one path and while `phi'` stands still: gains multiply from layer to "
        "layer, paths with different `g` add up with different weights, and a changing `phi'` does not commute with "
        "the filters. With `tau_m = tau_r`, or slow signals, local and exact agree." + words,
        (
            Equation(GAIN, ratio, note="`H_local/H_exact` at `p = i omega`"),
            Equation(sp.Function("arg")(GAIN), sp.arg(ratio), note="real and positive"),
            Equation(sp.Abs(LOCAL) * sp.Abs(EXACT), sp.simplify(local * exact)),
            Equation(GAIN, sp.series(ratio, omega, 0, 3), note="slow signals"),
            Equation(GAIN, sp.limit(ratio, omega, sp.oo), note="fast signals", relation="→"),
            *outside,
        ),
    )


def correction_step(setting: Setting) -> DerivationStep:
    """Compensate the gain at one frequency by one constant per neuron."""
    constant = gain_correction().subs(omega, omega_0)
    for cost in ("prospective", setting.cost):
        error, plain = (laws("vle", nudged=True, cost=cost, corrected=is_so).error for is_so in (True, False))
        demand(error, sy.correction * plain, "corrected error against the error")
    there = {p: sp.I * omega_0}
    demand(
        constant * local_transfer().subs(there), exact_transfer().subs(there), "corrected and exact error at omega_0"
    )
    words = (
        " The cost outside of `B`, whose gain is another, is not put right by it." if setting.cost == "membrane" else ""
    )
    return DerivationStep(
        "A constant gain, for one frequency",
        "Since local and exact error differ by a real and positive gain, a constant factor per neuron makes them equal "
        "at one frequency `omega_0`, for as many layers as there are (as long as each path has one frequency and "
        "`phi'` stands still); at other frequencies they are left with a gain of `g(omega)/g(omega_0)`." + words,
        (
            Equation(sp.Symbol("correction"), constant, note="`= 1/g` at `omega_0`"),
            Equation(sy.e, laws("vle", corrected=True).error, note="the corrected law"),
            Equation(sp.Symbol("correction") * LOCAL, EXACT, note="at `p = i omega_0`"),
        ),
    )


def transfer_of(cell: Realisation, drive: sp.Symbol, state: sp.Symbol) -> sp.Expr:
    """Return the transfer function of a one-state cell: its equations solved with d/dt = p."""
    (settled,) = sp.solve(p * state - cell.change, state)
    return sp.cancel(cell.output.subs(state, settled) / drive)


def realisation_step(setting: Setting) -> DerivationStep:
    """Realise both filters with one state each, without a differentiator."""
    law = laws("vle")
    forward = realise(forward_transfer(), sy.S, sy.u)
    backward = realise(local_transfer(), sy.B, sy.v)
    demand(transfer_of(forward, sy.S, sy.u), forward_transfer(), "forward cell")
    demand(transfer_of(backward, sy.B, sy.v), local_transfer(), "error cell")
    (du,) = sp.solve(mismatch() - sy.gamma * sy.e, sy.du)
    membrane, error_state = law.states()
    demand(membrane, du, "membrane equation against the mismatch")
    demand(law.prospective, sy.u + tau_r * du, "prospective potential against its definition")
    demand(law.error, backward.output, "error against the error cell")
    demand(error_state, backward.change, "error state against the error cell")
    u, v, e, y_star = (sp.Function(name)(sy.t) for name in ("u", "v", "e", "y_star"))
    outside = ()
    if setting.cost == "membrane":
        nudged = laws("vle", nudged=True, cost="membrane")
        demand(nudged.error, law.error + nudged.outside, "error with a cost outside of B")
        nudge = quadratic(-extremal("membrane").outside, "membrane")
        ahead = fi.apply(fi.of_neuron(look_ahead(tau_m), i), nudge)
        known = ahead.subs(fi.signal("u", i).diff(sy.t), fi.of_neuron(membrane, i))
        demand(fi.of_neuron(nudged.outside, i), known, "looked-ahead cost against the laws")
        shown = sp.collect(nudged.outside, sy.beta).subs({sy.dy_star: y_star.diff(sy.t), sy.y_star: y_star})
        outside = (Equation(OUTER, shown, note="added to `e` of outputs; `u + tau_m u' = S + gamma e`"),)
    return DerivationStep(
        "One state per filter",
        "A filter `(1 + p a)/(1 + p b)` is an instantaneous part plus one state: nothing is differentiated. The "
        "membrane potential `u` is the state of the forward cell, `v` that of the error cell. The mismatch is the "
        "error in the membrane equation, so `e` itself drives `u`: `gamma = 1` is the variational value, `gamma = 0` "
        "the limit of vanishing nudging."
        + (
            " The cost on `u` needs the slope of its target, and the error of an output depends on itself."
            * bool(outside)
        ),
        (
            Equation(u.diff(sy.t), membrane.subs({sy.u: u, sy.e: e}), note="mismatch `= gamma e`, solved for `u'`"),
            Equation(sy.U, law.prospective, note="`= u + tau_r u'`"),
            Equation(v.diff(sy.t), error_state.subs(sy.v, v), note="state of the error cell"),
            Equation(sy.e, law.error, note="has the transfer function `H_local`"),
            *outside,
        ),
    )
