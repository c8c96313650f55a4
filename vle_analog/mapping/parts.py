"""The cells of one neuron and of one synapse, wired by net names."""

from collections.abc import Sequence
from itertools import pairwise

from vle_analog.mapping.place import NeuronPlan, SynapsePlan
from vle_analog.netlist.circuit import COMMON_PINS

Parts = list[tuple[str, str, str, tuple[str, ...]]]  # instance, cell, activation, nets


def neuron_parts(plan: NeuronPlan, k: int, poles: Sequence[str]) -> tuple[Parts, tuple[str, ...]]:
    """Return the cells of neuron `k`, and the ports of the module that they form."""
    membrane, error, arrives, phi = plan.membrane[k], plan.error[k], plan.arrives(k), plan.population.activation
    slowed = (
        *(f"b_{stage}" for stage in range(1, poles.count("B") + 1)),
        "b",
    )  # nets of B on its way to the error cell
    parts: Parts = [
        ("membrane", membrane, "", _membrane_nets(membrane)),
        ("slope", "slope", phi, ("h", "n", *slowed[:1])),
        *((f"pole_b_{stage}", "pole_stage", "", pair) for stage, pair in enumerate(pairwise(slowed), 1)),
        ("error", error, "", ("b", "e", "tm", "tr") if error == "error_plastic" else ("b", "e")),
    ]
    if plan.target_on_membrane:
        parts.append(("target", "target_membrane", "", ("t", "l" if plan.ahead else "d", arrives, "tm", "e")))
    elif plan.has_target:
        parts.append(("target", "target_error", phi, ("t", "n", "h")))
    if plan.nudged:
        parts.append(("nudge", "nudge", "", ("e", arrives)))
    if plan.bias:
        parts += [("bias", plan.bias, "", ("w",)), ("bias_forward", "bias_forward", "", ("w", arrives))]
    if plan.bias == "weight":
        parts.append(("bias_update", "bias_update", "", ("e", "w")))
    if plan.stored:
        parts += [("tau_m", plan.tau_m, "", ("tm",)), ("tau_r", plan.tau_r, "", ("tr",))]
    if plan.tau_m == "time_constant":
        parts.append(("tau_m_update", "time_constant_update", "", ("e", "d", "tm")))
    if plan.tau_r == "time_constant":
        parts.append(("tau_r_update", "time_constant_update", "", ("b", "d", "tr")))
    if plan.has_noise:
        parts.append(("noise", "noise_forward", "", ("x", arrives)))
    if plan.filtered:
        parts.append(("highpass", "highpass", phi, ("n", "a")))
    on_nodes = (("U", "n"), ("h", "h"), ("e", "e"))
    parts += [(f"pole_{node.lower()}", "pole", "", (net,)) for node, net in on_nodes if node in poles]
    ports = (
        *dict.fromkeys((arrives, "n", "h", "e")),
        *(("t",) if plan.has_target else ()),
        *(("l",) if plan.ahead else ()),
        *(("x",) if plan.has_noise else ()),
        *(("a",) if plan.filtered else ()),
        *COMMON_PINS,
    )
    return parts, ports


def _membrane_nets(membrane: str) -> tuple[str, ...]:
    return {"membrane_sum": ("s", "n"), "membrane_plastic": ("s", "n", "d", "tm", "tr")}.get(membrane, ("n",))


def synapse_parts(plan: SynapsePlan) -> tuple[Parts, tuple[str, ...]]:
    """Return the cells of a synapse, and the ports of the module that they form."""
    parts: Parts = [
        ("weight", plan.weight, "", ("w",)),
        ("forward", "synapse_forward", plan.activation, ("pre", "w", "post")),
    ]
    if plan.backward:
        parts += [("feedback", plan.feedback, "", ("f",))] if plan.feedback else []
        parts.append(("backward", "synapse_backward", "", ("e", "f" if plan.feedback else "w", "h")))
    if plan.learns:
        parts.append(("update", "synapse_update", plan.activation, ("pre", "e", "w")))
    if plan.aligns:
        parts.append(("feedback_update", "feedback_update", "", ("x", "a", "f")))
    ports = (
        "pre",
        "post",
        *(("e",) if plan.backward or plan.learns else ()),
        *(("h",) if plan.backward else ()),
        *(("x", "a") if plan.aligns else ()),
        *COMMON_PINS,
    )
    return parts, ports
