"""The laws of one neuron and one synapse under a rule, as scalar expressions for the other packages.

They are composed of the building blocks of `local` by SymPy; the derivation proves them equal to its results.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import cast

import sympy as sp

from vle_analog.errors import InputError, Problem
from vle_analog.theory import local
from vle_analog.theory import symbols as sy
from vle_analog.theory.local import Realisation, descent, look_back, low_pass, realise, saturation
from vle_analog.theory.step import CostPlace

RULES = ("vle", "le", "backprop", "adjoint")
ALIASES = {"gle": "vle"}
PLACES = ("prospective", "membrane")


@dataclass(frozen=True)
class Member:
    """The expressions specific to one rule of the family.

    **Arguments:**

    - `drive`: input of the membrane.
    - `transfer`: e over B. `outside`: e over a cost outside of B. Functions of `p` = d/dt.
    """

    drive: sp.Expr
    transfer: sp.Expr
    outside: sp.Expr


ERROR_DRIVE = sy.S + sy.gamma * sy.e
FAMILY = MappingProxyType(
    {
        "vle": Member(ERROR_DRIVE, local.local_transfer(), 1 / low_pass(sy.tau_m)),
        "le": Member(ERROR_DRIVE, sp.S.One, 1 / low_pass(sy.tau_m)),
        "backprop": Member(sy.S, sp.S.One, sp.S.One),
        "adjoint": Member(sy.S, local.exact_transfer(), 1 / look_back(sy.tau_m)),
    }
)


@dataclass(frozen=True)
class Laws:
    """The equations of one neuron and its synapses, in the symbols of `vle_analog.theory.symbols`.

    All but `backward` and the plasticity are linear in the signals, with coefficients in tau_m, tau_r, gamma, beta and
    `correction`.

    **Arguments:**

    - `backwards`: whether `error_state` is stable only backwards in time (rule `adjoint`).
    - `membrane`: du/dt in u, S, e, gamma, tau_m; `None` where the neuron is a wire.
    - `prospective`: U in S, e, u, gamma, tau_m, tau_r.
    - `target_error`: beta (y* - r) of an output neuron whose cost is on U; zero elsewhere.
    - `arriving`: h in feedback (= sum_k W_ki e_k) and the target error.
    - `backward`: B in slope (= phi'(U)) and h.
    - `outside`: what `error` (under `adjoint`: tau_m times minus `error_state`) has of a cost on u, in y_star, dy_star,
      S, e, u; zero elsewhere.
    - `error_state`: dv/dt in v, B, tau_r, or under `adjoint` dw/dt, with w in the place of v, in v, B, tau_m and, of a
      cost on u, tau_r, y_star, u; `None` where the error is instantaneous.
    - `error`: e in B, v, tau_m, tau_r, plus `outside`; times `correction` where requested.
    - `weight`, `bias`: dW/dt in eta, e, r and db/dt in eta, e.
    - `saturation`: the factor of `weight` (and, in F, of `feedback_weight`) where weights are bounded, in W, limit;
      else one.
    - `membrane_constant`, `prospective_constant`: dtau_m/dt in eta, e, du and dtau_r/dt in eta, B, du (du = u').
    - `highpass`: drbar/dt in r, rbar, tau_highpass. `highpassed`: rhat in r, rbar.
    - `feedback_weight`: dF_ki/dt in eta, xi (noise in neuron i), rhat (of neuron k), decay, F.
    """

    rule: str
    nudged: bool
    cost: CostPlace
    corrected: bool
    backwards: bool
    membrane: sp.Expr | None
    prospective: sp.Expr
    target_error: sp.Expr
    arriving: sp.Expr
    backward: sp.Expr
    outside: sp.Expr
    error_state: sp.Expr | None
    error: sp.Expr
    weight: sp.Expr
    saturation: sp.Expr
    bias: sp.Expr
    membrane_constant: sp.Expr
    prospective_constant: sp.Expr
    highpass: sp.Expr
    highpassed: sp.Expr
    feedback_weight: sp.Expr

    def states(self) -> tuple[sp.Expr, ...]:
        """The changes of the existing states: of u, then of v."""
        return tuple(change for change in (self.membrane, self.error_state) if change is not None)


def canonical_rule(rule: str, where: str = "") -> str:
    """Return the canonical name of a rule, given in any case: `gle` is `vle`.

    **Raises:** `InputError` naming the nearest known rule, and `where` it was requested.
    """
    name = ALIASES.get(rule.lower(), rule.lower())
    return _known(name, (*RULES, *ALIASES), "unknown rule", "use one of the rules named above", where)


def canonical_cost(cost: str) -> CostPlace:
    """Check the place of the cost.

    **Raises:** `InputError` where there is no such place.
    """
    hint = "'prospective' puts the cost on U, 'membrane' on the bare membrane potential u"
    return cast(CostPlace, _known(cost, PLACES, "unknown place of the cost", hint))


def _known(name: str, known: Sequence[str], what: str, hint: str, where: str = "") -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else hint
    raise InputError(Problem(what, where, got=repr(name), expected=" | ".join(known), hint=hint))


def laws(
    rule: str = "vle",
    *,
    nudged: bool = False,
    wire: bool = False,
    cost: CostPlace = "prospective",
    corrected: bool = False,
    bounded: bool = False,
) -> Laws:
    """Return the laws of a neuron under `rule`.

    **Arguments:**

    - `rule`: `vle` (or `gle`), `le`, `backprop` or `adjoint` (exact; its error runs backwards in time).
    - `nudged`: whether the neuron belongs to the output population and receives the target.
    - `wire`: whether tau_m = tau_r and the neuron is built without states. For a cost on u, a wire has `u + tau_m u'`
      (it is S + gamma e), which suffices for `vle` and `le`; `backprop`, whose filters are all one, uses the
      equilibrium value S for u. The exact error does need u: there, `adjoint` keeps both states, `wire` or not.
    - `cost`: where the cost of an output neuron sits: on U, `(y* - r)^2/2`, or on u, `(y* - u)^2/2`. The latter's
      error of `vle` and `le` depends on the prospective target, and on itself (through S + gamma e) where gamma > 0.
    - `corrected`: whether the error is multiplied by the constant `correction` (see `gain_correction`), which is one
      where tau_m = tau_r. The gain of a cost on u is another, 1 + omega^2 tau_m^2: this constant does not undo it.

    - `bounded`: whether weights are kept as `limit tanh(V)` with V learning in their place.

    **Raises:** `InputError` for an unknown rule or cost, and where a rule that is not `vle` is to be corrected.
    """
    name = canonical_rule(rule)
    if corrected and name != "vle":
        raise InputError(
            Problem(
                "only the local rule has a gain to correct",
                got=repr(name),
                expected="vle | gle",
                hint="leave the correction out, or use rule = 'vle'",
            )
        )
    on_membrane = canonical_cost(cost) == "membrane"
    without_states = wire and not (name == "adjoint" and nudged and on_membrane)
    return _laws(name, bool(nudged), bool(without_states), on_membrane, bool(corrected), bool(bounded))


@cache
def _laws(rule: str, nudged: bool, wire: bool, on_membrane: bool, corrected: bool, bounded: bool) -> Laws:
    member = FAMILY[rule]
    in_step = {sy.tau_m: sy.tau_r}  # with equal time constants the state cancels
    forward = realise(local.forward_transfer(), member.drive, sy.u)
    slope = sy.beta * -local.cost().diff(sy.r) if nudged else sp.S.Zero  # beta (y* - r)
    target_error = sp.S.Zero if on_membrane else slope
    cell, outside = _error(member, wire, slope.subs(sy.r, sy.u) if on_membrane else sp.S.Zero, forward)
    energy = local.neuron_energy(sy.W)
    residual = local.mismatch().subs(sy.S, sy.W * sy.r + sy.b)
    highpass = realise(low_pass(sy.tau_highpass), sy.r, sy.rbar)
    factor, factor_back = (saturation(weight) if bounded else sp.S.One for weight in (sy.W, sy.F))
    return Laws(
        rule=rule,
        nudged=nudged,
        cost="membrane" if on_membrane else "prospective",
        corrected=corrected,
        backwards=rule == "adjoint",
        membrane=None if wire else forward.change,
        prospective=sp.expand(forward.output.subs(in_step)) if wire else forward.output,
        target_error=target_error,
        arriving=sy.feedback + target_error,
        backward=sy.slope * sy.h,
        outside=outside,
        error_state=cell.change,
        error=sy.correction * cell.output if corrected else cell.output,
        weight=sy.eta * descent(energy, sy.W, residual) * factor,
        saturation=factor,
        bias=sy.eta * descent(energy, sy.b, residual),
        membrane_constant=sy.eta * descent(energy, sy.tau_m, residual),
        # tau_r enters only through r = phi(u + tau_r u'): chain rule, with the e of receiving neurons collected in B
        prospective_constant=sy.eta * sy.B * (sy.u + sy.tau_r * sy.du).diff(sy.tau_r),
        highpass=highpass.change,
        highpassed=sy.r - highpass.output,
        feedback_weight=sy.eta * (sy.xi * sy.rhat - sy.decay * sy.F) * factor_back,
    )


def _error(member: Member, wire: bool, nudge: sp.Expr, forward: Realisation) -> tuple[Realisation, sp.Expr]:
    """Return the cell of the error, and its dependence on `nudge`, the slope beta (y* - u) of a cost outside of B."""
    transfer = sp.cancel(member.transfer.subs(sy.tau_m, sy.tau_r)) if wire else member.transfer
    cell = realise(transfer, sy.B, sy.v)
    above, behind = sp.fraction(sp.together(member.outside))
    if behind != 1 and nudge != 0:
        # the cost outside of B enters the state but not the instantaneous part, so it has its own weight in the state
        direct = cell.output.coeff(sy.B)
        return Realisation(direct * sy.B + sy.v, (sy.v - (1 - direct) * sy.B - nudge) / sy.tau_m), nudge
    if wire and above == 1:
        nudge = nudge.subs(sy.u, member.drive)  # the equilibrium of u: a wire has no other
    look = sp.Poly(above, sy.p)
    moving = nudge.diff(sy.y_star) * sy.dy_star + nudge.diff(sy.u) * forward.change
    ahead = sp.expand(look.coeff_monomial(1) * nudge + look.coeff_monomial(sy.p) * moving)
    outside = sy.beta * sp.expand(ahead / sy.beta)
    return Realisation(cell.output + outside, cell.change), outside
