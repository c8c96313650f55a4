"""The integrands of a gradient: from the signals at one instant, one number per parameter.

With the error e in the direction of descent and beta divided out: dC/dW_ij = -int e_i r_j, dC/db_i = -int e_i,
dC/dtau_m,i = +int e_i u_i', dC/dtau_r,i = -int B_i u_i'. The rules differ in e alone.
"""

from collections.abc import Mapping

import numpy as np

from vle_analog.ideal.inputs import at_instant
from vle_analog.ideal.system import Algebraic
from vle_analog.network import Network

KINDS = ("W", "b", "tau_m", "tau_r")

Values = Mapping[str, Mapping[str, np.ndarray]]
"""Kind of parameter -> projection or population -> array of the parameter's shape."""


class Integrands:
    """The integrands of one network's gradient in one row: all weights by projection, then b, tau_m, tau_r."""

    def __init__(self, network: Network):
        edges = np.cumsum([0, *(p.size for p in network.populations)]).tolist()
        self.neurons = edges[-1]
        self.populations = {p.name: slice(a, b) for p, a, b in zip(network.populations, edges, edges[1:], strict=False)}
        self._projections = network.projections
        self._channels = {name: at_instant(stimulus) for name, stimulus in network.received_stimuli().items()}
        self.size = sum(q.weights.size for q in network.projections) + 3 * self.neurons

    def rates(self, time: float, now: Algebraic) -> dict[str, np.ndarray]:
        """Return the outputs of every stimulus and every population at this instant."""
        channels = {name: read(time) for name, read in self._channels.items()}
        return channels | {name: now.r[at] for name, at in self.populations.items()}

    def at(self, time: float, now: Algebraic, du: np.ndarray) -> np.ndarray:
        """Compute the integrands, shape `(size,)`; `du` is u', shape `(neurons,)`."""
        sent = self.rates(time, now)
        weights = [np.outer(-now.e[self.populations[q.target]], sent[q.source]).ravel() for q in self._projections]
        return np.concatenate([*weights, -now.e, now.e * du, -now.B * du])

    def values(self, row: np.ndarray) -> Values:
        """Arrange a row as arrays by kind and owner."""
        at = 0
        weights: dict[str, np.ndarray] = {}
        for q in self._projections:
            weights[q.name] = row[at : (at := at + q.weights.size)].reshape(q.weights.shape)
        neurons = {kind: row[at : (at := at + self.neurons)] for kind in KINDS[1:]}
        return {"W": weights} | {
            kind: {name: all_of[place] for name, place in self.populations.items()} for kind, all_of in neurons.items()
        }
