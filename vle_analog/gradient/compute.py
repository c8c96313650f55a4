"""The gradients of one network: a pass forward, one back, one per causal rule; finite differences as the check."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from vle_analog.errors import InputError, Problem
from vle_analog.gradient.finite_differences import MOST
from vle_analog.gradient.finite_differences import finite_differences as differences_of
from vle_analog.gradient.loss import losses
from vle_analog.gradient.notes import notes
from vle_analog.gradient.passes import error_pass, membranes
from vle_analog.gradient.path import causal_system, exact_system
from vle_analog.gradient.result import Gradients
from vle_analog.network import Network
from vle_analog.network.kinks import kinks
from vle_analog.network.stimuli import Stimulus

RTOL = 1e-10
FINER = 1e-2  # the tolerance of what other passes and differences build on, relative to that of the gradients


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
    """dC/dW, dC/db, dC/dtau_m and dC/dtau_r of a network's loss, parameters held, gamma = 0, beta divided out.

    **Arguments:**

    - `target`: what the output should do; held fixed.
    - `rtol`: relative tolerance of one step of the solver.
    - `finite_differences`: whether the exact gradient is checked, too; `most`: with how many parameters at most.
    - `progress`: called with the name of a stage and the fraction of it that is done.

    **Raises:** `InputError` where the network, the exact error or a causal error diverges.
    """
    if duration <= 0:
        raise InputError(Problem("the duration is not positive", "duration", f"{duration:g}", "a number > 0"))

    def report(stage: str) -> Callable[[float], None] | None:
        return None if progress is None else partial(progress, stage)

    said = notes(network)
    # parameters that hold still know no limit, and differences may step across it
    network = replace(network, projections=tuple(replace(q, limit=None) for q in network.projections))
    smooth = [0.0, *kinks(network.heard().values(), duration).tolist()]
    every = [0.0, *kinks([*network.heard().values(), target], duration).tolist()]
    potentials = membranes(causal_system(network, "backprop", None), smooth, rtol * FINER, report("solving forward"))
    exact = error_pass(exact_system(network, target), potentials, every, rtol, report("exact error, backwards"))
    local = error_pass(causal_system(network, "vle", target), potentials, every, rtol, report("local error"))
    instantaneous = error_pass(
        causal_system(network, "backprop", target), potentials, every, rtol, report("instantaneous error")
    )
    same = network.cost == "prospective"  # else LE looks ahead of the target, and backprop does not
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
    return Gradients(whole, exact, local, le, instantaneous, differences, said)
