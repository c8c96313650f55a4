"""The connections between neurons in global arrays, and the order of signal propagation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.ideal.layout import Layout
from vle_analog.ideal.printed import activation_texts, numeric
from vle_analog.network.model import Network, Projection


@dataclass(frozen=True, eq=False)
class Pathway:
    """A projection with its place in the global arrays.

    `source`: a slice of the neurons or the name of a stimulus; `state`: the place of its weights in the state vector,
    or `None` where they are constant; `back`: likewise for plastic feedback weights.
    """

    projection: Projection
    source: slice | str
    target: slice
    state: slice | None
    back: slice | None

    def weights(self, state: np.ndarray) -> np.ndarray:
        """Return the weights in this state of the network."""
        weights = self.projection.weights
        return weights if self.state is None else state[self.state].reshape(weights.shape)

    def feedback(self, state: np.ndarray) -> np.ndarray:
        """Return the weights that feed the error back."""
        if self.back is not None:
            return state[self.back].reshape(self.projection.weights.shape)
        feedback = self.projection.feedback_weights
        return self.weights(state) if feedback is None else feedback


@dataclass(frozen=True, eq=False)
class Stage:
    """One population in signal order: its activation, its inputs from populations, and its targets."""

    at: slice
    phi: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    curvature: Callable[[np.ndarray], np.ndarray]
    arriving: tuple[tuple[slice, Pathway], ...]
    leaving: tuple[Pathway, ...]


def pathways(network: Network, layout: Layout) -> tuple[Pathway, ...]:
    """Return all projections of a network."""
    return tuple(
        Pathway(
            q,
            q.source if network.is_stimulus(q.source) else layout.neurons[q.source],
            layout.neurons[q.target],
            layout.weights.get(q.name),
            layout.feedback.get(q.name),
        )
        for q in network.projections
    )


def stages(network: Network, layout: Layout, paths: tuple[Pathway, ...]) -> tuple[tuple[Stage, ...], bool]:
    """Return all populations, senders before receivers, and whether there is a cycle that prevents this."""
    order = _forward_order(network)
    found = []
    for k in range(len(network.populations)) if order is None else order:
        population = network.populations[k]
        at = layout.neurons[population.name]
        found.append(
            Stage(
                at,
                *(numeric(text, ("x",)) for text in activation_texts(population.activation)),
                arriving=tuple((q.source, q) for q in paths if q.target == at and isinstance(q.source, slice)),
                leaving=tuple(q for q in paths if q.source == at),
            )
        )
    return tuple(found), order is None


def _forward_order(network: Network) -> list[int] | None:
    """Return the indices of populations, senders before receivers; `None` where there is a cycle."""
    names = [p.name for p in network.populations]
    senders: Mapping[str, set[str]] = {
        name: {q.source for q in network.projections if q.target == name and not network.is_stimulus(q.source)}
        for name in names
    }
    order: list[int] = []
    done: set[str] = set()
    while len(order) < len(names):
        ready = [k for k, name in enumerate(names) if name not in done and senders[name] <= done]
        if not ready:
            return None
        order += ready
        done.update(names[k] for k in ready)
    return order
