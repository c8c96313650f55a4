"""The loss of a network over a study: the integral of 1/2 |y* - r|^2 (cost on the membrane: 1/2 |y* - u|^2).

Computed by the compiled engine with Gauss-Legendre quadrature where available, otherwise by SciPy with the membranes.
"""

from collections.abc import Callable, Iterable

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.gradient.integrate import integrate
from vle_analog.gradient.motion import Motion
from vle_analog.gradient.path import causal_system, held
from vle_analog.ideal.inputs import at_instant
from vle_analog.network import Network
from vle_analog.network.kinks import kinks, rises
from vle_analog.network.stimuli import Sines, Stimulus

NODES = 5  # per panel; the rule is exact for polynomials of degree 9
PANELS = 4  # per shortest time constant


def losses(
    networks: Iterable[Network],
    count: int,
    target: Stimulus,
    duration: float,
    *,
    rtol: float,
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:
    """Compute the losses of `count` networks, shape `(count,)`."""
    from vle_analog.codegen.load import available

    of_one = compiled_loss if available() else loss
    found = np.empty(count)
    for k, network in enumerate(networks):
        found[k] = of_one(network, target, duration, rtol=rtol)
        if progress is not None:
            progress((k + 1) / count)
    return found


def loss(network: Network, target: Stimulus, duration: float, *, rtol: float) -> float:
    """Compute the loss of one network by SciPy."""
    system = causal_system(network, "backprop", None)
    n, out, motion = system.size, system.slices[network.output], Motion(system)
    goal, on_membrane = at_instant(target), network.cost == "membrane"
    nothing = np.zeros(n)

    def change(time: float, state: np.ndarray) -> np.ndarray:
        u = state[:n]
        now = system.algebraic(time, np.concatenate([u, nothing]))
        gap = goal(time) - (u if on_membrane else now.r)[out]
        return np.append(motion.u(now, u), 0.5 * gap @ gap)

    start = np.append(system.initial()[:n], 0.0)
    ends = [0.0, *kinks([*network.received_stimuli().values(), target], duration).tolist()]
    return float(integrate(change, start, ends, rtol=rtol, what="the network's solution forward in time").state[-1])


def compiled_loss(network: Network, target: Stimulus, duration: float, *, rtol: float) -> float:
    """Compute the loss of one network by the compiled engine."""
    from vle_analog.ideal.compiled import CompiledNetwork

    engine = CompiledNetwork(held(network, "backprop"), None)
    times, weights = panels(network, target, duration)
    ends = kinks(network.received_stimuli().values(), duration)
    outcome = engine.solve(engine.initial(), ends, times, rtol)
    if outcome.status != "done":
        what = f"the network's solution forward in time ends at model time {outcome.time:.6g}: {outcome.status}"
        raise InputError(Problem(what, "network", hint="lower the weights of recurrent projections"))
    reached = outcome.states if network.cost == "membrane" else engine.collect(times, outcome.states).r
    gap = target(times) - reached[engine.slices[network.output]]
    return float(0.5 * (gap**2).sum(axis=0) @ weights)


def panels(network: Network, target: Stimulus, duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times and weights of a quadrature over the run, on panels that end on kinks and resolve every signal."""
    inputs = [*network.received_stimuli().values(), target]
    shortest = min(float(p.tau_m.min()) for p in network.populations) / PANELS
    shortest = min([shortest, *(s.resolution for s in inputs if isinstance(s, Sines))])
    ends = np.append(0.0, kinks(inputs, duration))
    longest = np.minimum(shortest, rises(inputs, ends) / 2)
    counts = np.ceil(np.diff(ends) / longest - 1e-9).astype(int)
    edges = np.concatenate([np.linspace(a, b, k + 1)[:-1] for a, b, k in zip(ends, ends[1:], counts, strict=False)])
    half = np.diff(np.append(edges, duration)) / 2
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (edges[:, None] + half[:, None] * (1 + nodes)).ravel(), (half[:, None] * weights).ravel()
