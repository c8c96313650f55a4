"""The network for gradients: constant parameters, beta = 1 divided out, gamma = 0, every neuron with its own u.

The four rules are four Systems over the same neurons; the exact one carries errors back by the transpose.
"""

from dataclasses import replace

import numpy as np

from vle_analog.ideal import System
from vle_analog.network import Network
from vle_analog.network.stimuli import Stimulus


def held(network: Network, rule: str) -> Network:
    """Return the network with constant parameters, beta = 1, gamma = 0, no noise, and wires as leads (with a u)."""
    return replace(
        network,
        rule=rule,
        beta=1.0,
        gamma=0.0,
        plasticity=False,
        alignment=None,
        populations=tuple(replace(p, wire=np.zeros(p.size, bool)) for p in network.populations),
        gain_correction=network.gain_correction if rule == "vle" else None,  # it is the local rule's own
    )


def exact_system(network: Network, target: Stimulus) -> System:
    """Return the system whose error runs backwards in time, through the transpose."""
    projections = tuple(replace(q, feedback_weights=None) for q in network.projections)
    return System(replace(held(network, "adjoint"), projections=projections), target)


def causal_system(network: Network, rule: str, target: Stimulus | None) -> System:
    """Return the system of a causal rule, with the study's own feedback weights (plastic ones as they start)."""
    return System(held(network, rule), target)
