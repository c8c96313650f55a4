"""The parameters of a network one by one: which there are, which are looked at, the network with one of them moved."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.gradient.integrands import KINDS
from vle_analog.network import Network

SEED = 0  # of the choice among many parameters


@dataclass(frozen=True)
class Parameter:
    """One number: its kind, its owner (a projection for W, else a population), its place in the owner's array."""

    kind: str
    owner: str
    place: int


def parameters(network: Network) -> list[Parameter]:
    """All of them, by kind."""
    sizes = {"W": [(q.name, q.weights.size) for q in network.projections]}
    sizes |= {kind: [(p.name, p.size) for p in network.populations] for kind in KINDS[1:]}
    return [Parameter(kind, owner, k) for kind in KINDS for owner, size in sizes[kind] for k in range(size)]


def chosen(every: Sequence[Parameter], most: int) -> list[Parameter]:
    """At most `most` of them: all, or so many of each kind as there is room for, drawn with a fixed seed."""
    random = np.random.default_rng(SEED)
    kept: list[Parameter] = []
    by_kind = sorted(([p for p in every if p.kind == kind] for kind in KINDS), key=len)
    for left, group in zip(range(len(by_kind), 0, -1), by_kind, strict=True):  # the smallest first: others get the rest
        room = (most - len(kept)) // left
        places = range(len(group)) if len(group) <= room else np.sort(random.choice(len(group), room, replace=False))
        kept += [group[k] for k in places]
    return sorted(kept, key=lambda p: KINDS.index(p.kind))


def value(network: Network, parameter: Parameter) -> float:
    """What the parameter is in this network."""
    return float(_array(network, parameter).flat[parameter.place])


def moved(network: Network, parameter: Parameter, by: float) -> Network:
    """The network with this parameter moved."""
    array = np.array(_array(network, parameter))
    array.flat[parameter.place] += by
    argument = {"W": "weights", "b": "biases"}.get(parameter.kind, parameter.kind)
    return network.with_parameters(**{argument: {parameter.owner: array}})


def _array(network: Network, parameter: Parameter) -> np.ndarray:
    if parameter.kind == "W":
        return next(q.weights for q in network.projections if q.name == parameter.owner)
    return getattr(network.population(parameter.owner), {"b": "bias"}.get(parameter.kind, parameter.kind))
