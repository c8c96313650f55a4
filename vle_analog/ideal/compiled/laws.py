"""The laws of neuron and synapse for the engine: ordered equations in SymPy, independent of a network.

The laws of the theory are one such set; the macromodels of circuit cells may be another.
"""

# SymPy's own annotations are partial: argument and result types are often wider than annotated.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOptionalMemberAccess=false

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import sympy as sp

EXTERNAL = ("y_star", "dy_star", "xi")  # external signals, the same for every sample


@dataclass(frozen=True)
class NeuronEquation:
    """One quantity of a neuron.

    **Arguments:**

    - `kind`: `state` (`value` is its time derivative), `algebraic` (`value` is its value), or `activation` (`value` is
      the argument of the neuron's own activation; gives `name` and `slope`).
    """

    name: str
    kind: Literal["state", "algebraic", "activation"]
    value: "sp.Expr"


@dataclass(frozen=True)
class LawSet:
    """The equations of a neuron and a synapse; symbols without an equation are parameters.

    **Arguments:**

    - `forward`: in order; `current` is the sum of `synapse_forward` over the synapses onto the neuron.
    - `backward`: in order; `feedback` is the sum of `synapse_backward` over the synapses away from the neuron. A signal
      may occur before the equation that defines it; it is then solved by iteration.
    - `synapse_forward`, `synapse_backward`: in parameters of the synapse, `<signal>_pre` and `<signal>_post`.
    - `synapse_states`: (name, time derivative) of the states of a synapse.
    - `per_synapse`: parameters of single synapses; all others are shared within a projection.
    - `cost`: of one output neuron, in its signals and `y_star`.
    """

    forward: tuple[NeuronEquation, ...]
    backward: tuple[NeuronEquation, ...]
    synapse_forward: "sp.Expr"
    synapse_backward: "sp.Expr"
    synapse_states: tuple[tuple[str, "sp.Expr"], ...]
    per_synapse: tuple[str, ...]
    cost: "sp.Expr"


def theory_laws(bounded: bool = False) -> LawSet:
    """Return the laws of the theory for all rules, costs and kinds of plasticity; the values of rows select among them.

    - The error cell has time constants of its own, `tau_lead` and `tau_lag`: tau_m and tau_r under vle; two equal ones
      under le and backprop, in wires and at rest, where its transfer function is one. Under backprop gamma is zero.
    - Of `beta` (cost of the rate), `beta_ahead` (cost of the membrane potential, looked ahead) and `beta_bare` (the
      same under backprop) one is the network's in an output neuron, and all are zero in any other.
    - The gain is corrected at `omega_gain`, with the neuron's own `tau_slow` and `tau_fast` even at rest; at zero it is
      one. A neuron without noise is connected to the zero channel.
    - Where `bounded`, a weight stays below `limit`, a parameter of its own that may be infinite.
    """
    import sympy as sp

    from vle_analog.theory import gain_correction, laws
    from vle_analog.theory import symbols as sy

    law = laws("vle", nudged=True, corrected=True, bounded=bounded)
    ahead, bare = (laws(rule, nudged=True, cost="membrane").outside for rule in ("vle", "backprop"))
    cell = {sy.tau_m: sp.Symbol("tau_lead"), sy.tau_r: sp.Symbol("tau_lag")}
    outside = ahead.subs(sy.beta, sp.Symbol("beta_ahead")) + bare.subs(sy.beta, sp.Symbol("beta_bare"))
    own = {sy.omega: sp.Symbol("omega_gain"), sy.tau_m: sp.Symbol("tau_slow"), sy.tau_r: sp.Symbol("tau_fast")}
    error = law.error.subs(cell) + sy.correction * outside
    error = error.subs(sy.correction, gain_correction().subs(own))

    def learning(change: sp.Expr, name: str) -> NeuronEquation:
        return NeuronEquation(name, "state", change.subs({sy.du: law.membrane, sy.eta: sp.Symbol(f"eta_{name}")}))

    forward = (
        NeuronEquation("S", "algebraic", sp.Symbol("current") + sy.b + sy.xi),
        NeuronEquation("U", "algebraic", law.prospective),
        NeuronEquation("r", "activation", sy.U),
    )
    backward = (
        NeuronEquation("h", "algebraic", law.arriving),
        NeuronEquation("B", "algebraic", law.backward),
        NeuronEquation("e", "algebraic", error),
        NeuronEquation("rhat", "algebraic", law.highpassed),
        NeuronEquation("u", "state", law.membrane),
        NeuronEquation("v", "state", law.error_state.subs(cell)),
        learning(law.bias, "b"),
        learning(law.membrane_constant, "tau_m"),
        learning(law.prospective_constant, "tau_r"),
        NeuronEquation("rbar", "state", law.highpass),
    )
    W, F, r_pre, e_post, xi_pre, rhat_post, eta_W, eta_F = sp.symbols("W F r_pre e_post xi_pre rhat_post eta_W eta_F")
    weight = law.weight.subs({sy.e: e_post, sy.r: r_pre, sy.eta: eta_W, sy.W: W})
    feedback = law.feedback_weight.subs({sy.xi: xi_pre, sy.rhat: rhat_post, sy.eta: eta_F, sy.F: F})
    on_rate, on_membrane = sp.symbols("cost_of_rate cost_of_membrane")
    return LawSet(
        forward=forward,
        backward=backward,
        synapse_forward=W * r_pre,
        synapse_backward=F * e_post,
        synapse_states=(("W", weight), ("F", feedback)),
        per_synapse=("W", "F", "limit") if bounded else ("W", "F"),
        cost=on_rate * (sy.y_star - sy.r) ** 2 / 2 + on_membrane * (sy.y_star - sy.u) ** 2 / 2,
    )
