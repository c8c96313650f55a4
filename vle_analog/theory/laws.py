"""The laws of one neuron and one synapse under a rule, as scalar expressions: what the rest of the kit uses.

They are put together from the building blocks of `local`, by SymPy; the derivation proves them equal to what it finds.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false

import difflib
from dataclasses import dataclass
from functools import cache

import sympy as sp

from vle_analog.errors import InputError, Problem
from vle_analog.theory import symbols as sy
from vle_analog.theory.local import (
    cost,
    descent,
    forward_transfer,
    local_transfer,
    mismatch,
    neuron_energy,
    realise,
)

RULES = ("vle", "le", "backprop", "adjoint")
ALIASES = {"gle": "vle"}


@dataclass(frozen=True)
class Laws:
    """The equations of one neuron and its synapses; every field is in the symbols of `vle_analog.theory.symbols`.

    **Arguments:**

    - `membrane`: du/dt in u, S, e, gamma, tau_m; `None` where the neuron is a wire.
    - `prospective`: U in S, e, u, gamma, tau_m, tau_r.
    - `target_error`: beta (y* - r) of an output neuron; zero elsewhere.
    - `arriving`: h in feedback (= sum_k W_ki e_k) and the target error.
    - `backward`: B in slope (= phi'(U)) and h.
    - `error_state`: dv/dt in v, B, tau_r; `None` where the error is instantaneous.
    - `error`: e in B, v, tau_m, tau_r.
    - `weight`, `bias`: dW/dt in eta, e, r and db/dt in eta, e.
    - `membrane_constant`, `prospective_constant`: dtau_m/dt in eta, e, du and dtau_r/dt in eta, B, du (du = u').
    """

    rule: str
    nudged: bool
    membrane: sp.Expr | None
    prospective: sp.Expr
    target_error: sp.Expr
    arriving: sp.Expr
    backward: sp.Expr
    error_state: sp.Expr | None
    error: sp.Expr
    weight: sp.Expr
    bias: sp.Expr
    membrane_constant: sp.Expr
    prospective_constant: sp.Expr

    def states(self) -> tuple[sp.Expr, ...]:
        """The changes of the states there are: of u, then of v."""
        return tuple(change for change in (self.membrane, self.error_state) if change is not None)


def canonical_rule(rule: str) -> str:
    """The rule's own name: `gle` is `vle`.

    **Raises:** `InputError` naming the nearest known rule.
    """
    name = ALIASES.get(rule, rule)
    if name in RULES:
        return name
    near = difflib.get_close_matches(name, (*RULES, *ALIASES), n=1)
    raise InputError(
        Problem(
            "unknown rule",
            got=repr(rule),
            expected=" | ".join((*RULES, *ALIASES)),
            hint=f"did you mean {near[0]!r}?" if near else "use one of the rules named above",
        )
    )


def laws(rule: str = "vle", *, nudged: bool = False, wire: bool = False) -> Laws:
    """The laws of a neuron under `rule`.

    **Arguments:**

    - `rule`: `vle` (or `gle`), `le` or `backprop`.
    - `nudged`: whether the neuron belongs to the output population and hears the target.
    - `wire`: whether tau_m = tau_r and the neuron is built without states.

    **Raises:** `InputError` for an unknown rule, and for `adjoint`, which runs backwards in time.
    """
    name = canonical_rule(rule)
    if name == "adjoint":
        raise InputError(
            Problem(
                "the adjoint rule runs backwards in time and has no circuit; only `derive` and `gradient` take it",
                got="'adjoint'",
                expected="vle | gle | le | backprop",
                hint="use rule = 'vle' for the causal, local equations that stand in for the adjoint",
            )
        )
    return _laws(name, bool(nudged), bool(wire))


@cache
def _laws(rule: str, nudged: bool, wire: bool) -> Laws:
    # The rules differ in these two lines and nowhere else.
    drive = sy.S if rule == "backprop" else sy.S + sy.gamma * sy.e
    instantaneous = wire or rule in ("le", "backprop")

    forward = realise(forward_transfer(), drive, sy.u)
    backward_cell = realise(local_transfer(), sy.B, sy.v)
    in_step = {sy.tau_m: sy.tau_r}  # equal time constants: the state drops out
    target_error = sy.beta * -cost().diff(sy.r) if nudged else sp.S.Zero
    energy = neuron_energy(sy.W)
    residual = mismatch().subs(sy.S, sy.W * sy.r + sy.b)
    return Laws(
        rule=rule,
        nudged=nudged,
        membrane=None if wire else forward.change,
        prospective=sp.expand(forward.output.subs(in_step)) if wire else forward.output,
        target_error=target_error,
        arriving=sy.feedback + target_error,
        backward=sy.slope * sy.h,
        error_state=None if instantaneous else backward_cell.change,
        error=backward_cell.output.subs(in_step) if instantaneous else backward_cell.output,
        weight=sy.eta * descent(energy, sy.W, residual),
        bias=sy.eta * descent(energy, sy.b, residual),
        membrane_constant=sy.eta * descent(energy, sy.tau_m, residual),
        # tau_r enters through r = phi(u + tau_r u') alone: chain rule, with e's that hear r gathered in B
        prospective_constant=sy.eta * sy.B * (sy.u + sy.tau_r * sy.du).diff(sy.tau_r),
    )
