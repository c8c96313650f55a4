"""The gradients of one network: a forward pass, a backward pass, one pass per causal rule, and finite differences."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.gradient.finite_differences import MOST
from vle_analog.gradient.finite_differences import finite_differences as differences_of
from vle_analog.gradient.loss import losses
from vle_analog.gradient.passes import error_pass, membranes
from vle_analog.gradient.path import causal_system, exact_system
from vle_analog.gradient.result import Gradients
from vle_analog.network import Network
from vle_analog.network.kinks import kinks
from vle_analog.network.stimuli import Stimulus


def notes(network: Network) -> tuple[str, ...]:
    """Return the notes, one sentence each."""
    equilibrium = all(np.array_equal(p.tau_m, p.tau_r) for p in network.populations)
    own_feedback = any(q.feedback_weights is not None for q in network.projections)
    found = []
    if network.cost == "membrane":
        found.append(
            "LE has e = B along the error path and, as the cost is on the membrane, a target error that looks ahead; "
            "instantaneous backprop uses the plain error: they differ by that"
        )
    else:
        found.append(
            "LE has e = B along the error path and leaves the forward path as it is: the same numbers as "
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
        found.append("a wire is treated as a lead with its hidden u: tau_m and tau_r have a gradient each")
    return tuple(found)


RTOL = 1e-10
FINER = 1e-2  # tolerance of the underlying passes and differences, relative to that of the gradients


def gradients(
    network: Network,
    target: Stimulus,
    duration: float,
    *,
    rtol: float = RTOL,
    finite_differences: bool = True,
    most: int = MOST,
    progress: Callable[[str, float], None] | None = None,
) -> Gradients:
    """Compute dC/dW, dC/db, dC/dtau_m and dC/dtau_r of a network's loss at constant parameters, gamma = 0, without
    beta.

    **Arguments:**

    - `target`: target of the output.
    - `rtol`: relative tolerance of one step of the solver.
    - `finite_differences`: whether to check the exact gradient; `most`: limit of the number of checked parameters.
    - `progress`: called with the name of a stage and its completed fraction.

    **Returns:** the loss and, per rule, arrays of the shapes of the parameters.

    **Raises:** `InputError` where the network, the exact error or a causal error diverges.
    """
    if duration <= 0:
        raise InputError(Problem("the duration is not positive", "duration", f"{duration:g}", "a number > 0"))

    def report(stage: str) -> Callable[[float], None] | None:
        return None if progress is None else partial(progress, stage)

    remarks = notes(network)
    # constant parameters need no limits, and differences may cross them
    network = replace(network, projections=tuple(replace(q, limit=None) for q in network.projections))
    smooth = [0.0, *kinks(network.received_stimuli().values(), duration).tolist()]
    every = [0.0, *kinks([*network.received_stimuli().values(), target], duration).tolist()]
    potentials = membranes(causal_system(network, "backprop", None), smooth, rtol * FINER, report("solving forward"))
    exact = error_pass(exact_system(network, target), potentials, every, rtol, report("exact error, backwards"))
    local = error_pass(causal_system(network, "vle", target), potentials, every, rtol, report("local error"))
    instantaneous = error_pass(
        causal_system(network, "backprop", target), potentials, every, rtol, report("instantaneous error")
    )
    same = network.cost == "prospective"  # otherwise LE uses a prospective target error, and backprop does not
    le = (
        instantaneous
        if same
        else error_pass(causal_system(network, "le", target), potentials, every, rtol, report("LE error"))
    )
    differences = None
    if finite_differences:
        differences = differences_of(
            network, target, duration, rtol=rtol * FINER, most=most, progress=report("finite differences")
        )
    (whole,) = losses([network], 1, target, duration, rtol=rtol * FINER)
    whole = float(whole)
    return Gradients(whole, exact, local, le, instantaneous, differences, remarks)
