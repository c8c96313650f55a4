"""The special cases of the local system for particular time constants: GLE, LE, instantaneous backpropagation."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false

import sympy as sp

from vle_analog.theory import symbols as sy
from vle_analog.theory.laws import laws
from vle_analog.theory.local import exact_transfer, forward_transfer, gain, local_transfer
from vle_analog.theory.local_rule import EXACT, FORWARD, LOCAL
from vle_analog.theory.step import DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand
from vle_analog.theory.symbols import p, tau_m, tau_r


def special_cases_step(setting: Setting) -> DerivationStep:
    """Specialise, and check that each case follows from the general laws."""
    in_step = {tau_r: tau_m}
    general, latent, instant = laws("vle"), laws("le"), laws("backprop")
    wire, still = laws("le", wire=True), laws("backprop", wire=True)
    for transfer in (exact_transfer(), local_transfer(), forward_transfer()):
        demand(sp.cancel(transfer.subs(in_step)), sp.S.One, "equal time constants: every filter is one")
        demand(transfer.subs(p, 0), sp.S.One, "at rest: every filter is one")
    demand(general.error.subs(in_step), latent.error, "LE is VLE with equal time constants")
    demand(general.prospective.subs(in_step), wire.prospective, "a wire is a neuron with equal time constants")
    demand(latent.prospective.subs(sy.gamma, 0), instant.prospective, "backprop is LE whose error drives nothing")
    gains = gain().subs(in_step)
    needs = sp.limit(local_transfer(), tau_r, 0)
    return DerivationStep(
        "Special cases",
        "GLE is the local system as it stands, with any `tau_m` and `tau_r` per neuron. LE is the case "
        "`tau_r = tau_m`, in which exact, local and instantaneous error coincide and a neuron needs no state: it is a "
        "wire. Instantaneous backpropagation has `e = B` and lets the error drive nothing. At rest (`p = 0`) all "
        "filters are one, so that every rule settles on plain backpropagation. Without look-ahead (`tau_r = 0`) the "
        "local error would be a differentiator, which is why `tau_r` must be positive."
        + (
            " These statements apply to `B`; a cost outside of it is exact only at rest." * (setting.cost == "membrane")
        ),
        (
            Equation(EXACT, sp.cancel(exact_transfer().subs(in_step)), note="`tau_r = tau_m`"),
            Equation(LOCAL, sp.cancel(local_transfer().subs(in_step)), note=f"`tau_r = tau_m`, and `g = {gains}`"),
            Equation(sy.e, latent.error, note="LE"),
            Equation(sy.U, wire.prospective, note="LE, a wire"),
            Equation(sy.U, still.prospective, note="instantaneous backpropagation, a wire"),
            Equation(FORWARD, forward_transfer().subs(p, 0), note="at rest, and so for the others"),
            Equation(LOCAL, needs, note="`tau_r` to 0: a differentiator", relation="→"),
        ),
    )
