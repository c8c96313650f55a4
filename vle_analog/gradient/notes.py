"""What a reader has to know beside the numbers: how the rules of this network differ, and where they cannot."""

import numpy as np

from vle_analog.network import Network


def notes(network: Network) -> tuple[str, ...]:
    """One sentence each."""
    equilibrium = all(np.array_equal(p.tau_m, p.tau_r) for p in network.populations)
    own_feedback = any(q.feedback_weights is not None for q in network.projections)
    found = []
    if network.cost == "membrane":
        found.append(
            "LE takes e = B along the error path and, as the cost is on the membrane, a target error that looks ahead; "
            "instantaneous backprop takes it as it is: they differ by that"
        )
    else:
        found.append(
            "LE takes e = B along the error path and leaves the forward path as it is: the same numbers as "
            "instantaneous backprop, whatever the time constants"
        )
    if equilibrium and network.cost == "prospective" and not own_feedback:
        found.append("the network is in latent equilibrium itself (tau_m = tau_r): all four are the same gradient")
    if own_feedback:
        learned = ", which learn, as they are at the start and without noise" if network.alignment is not None else ""
        found.append(
            f"the causal rules carry errors back by the study's own feedback weights{learned}; the exact adjoint by "
            "the transpose"
        )
    if network.gain_correction is not None:
        found.append(f"the local rule's gain is corrected at omega = {network.gain_correction:g}")
    if network.bounded:
        found.append(
            "weights are bounded: the gradients are those of the weights themselves; of what they are stored as, V in "
            "W = limit tanh(V), times limit (1 - (W / limit)^2)"
        )
    if any(p.wire.any() for p in network.populations):
        found.append("a wire is taken as a lead with its hidden u: tau_m and tau_r have a gradient each")
    return tuple(found)
