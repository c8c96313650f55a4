"""The arrangement of all time-dependent quantities in the state vector, and the names of its entries."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.network.model import Network
from vle_analog.network.signals import Signal


@dataclass(frozen=True, eq=False)
class Layout:
    """The slices of the state vector: u and v of every neuron, then learned quantities, each kind in network order.

    **Arguments:**

    - `neurons`: by population, within u and within v (and within every array with one entry per neuron).
    - `weights`, `feedback`: by projection, row by row. `biases`, `tau_m`, `tau_r`: by population.
    - `highpass`: rbar, by population whose error returns through plastic feedback weights.
    - `size`: number of neurons. `states`: length of the state.
    """

    neurons: Mapping[str, slice]
    weights: Mapping[str, slice]
    biases: Mapping[str, slice]
    tau_m: Mapping[str, slice]
    tau_r: Mapping[str, slice]
    feedback: Mapping[str, slice]
    highpass: Mapping[str, slice]
    size: int
    states: int

    def signal(self, network: Network, index: int) -> Signal:
        """Name entry `index` of the state; the low-passed rates, which are no signals, are named `rbar`."""
        if index < 2 * self.size:
            kinds, index = {"uv"[index // self.size]: self.neurons}, index % self.size
        else:
            kinds = {
                "W": self.weights,
                "b": self.biases,
                "tau_m": self.tau_m,
                "tau_r": self.tau_r,
                "F": self.feedback,
                "rbar": self.highpass,
            }
        kind, owner, within = next(
            (kind, owner, index - at.start)
            for kind, places in kinds.items()
            for owner, at in places.items()
            if at.start <= index < at.stop
        )
        if kind not in "WF":
            return Signal(owner, kind, (within,))
        shape = next(q.weights.shape for q in network.projections if q.name == owner)
        return Signal(owner, kind, tuple(int(k) for k in np.unravel_index(within, shape)))


def layout(network: Network) -> Layout:
    """Return the layout of a network's state."""
    neurons, size = _places({p.name: p.size for p in network.populations}, 0)
    aligned = [q for q in network.projections if network.learns_feedback(q)]
    receiving = {q.target for q in aligned}
    end, parts = 2 * size, {}
    for part, owners in {
        "weights": {q.name: q.weights.size for q in network.projections if network.learns(q)},
        "biases": {p.name: p.size for p in network.populations if network.learns_bias(p)},
        "tau_m": {p.name: p.size for p in network.populations if network.learns_tau_m(p)},
        "tau_r": {p.name: p.size for p in network.populations if network.learns_tau_r(p)},
        "feedback": {q.name: q.weights.size for q in aligned},
        "highpass": {p.name: p.size for p in network.populations if p.name in receiving},
    }.items():
        parts[part], end = _places(owners, end)
    return Layout(neurons=neurons, size=size, states=end, **parts)


def _places(owners: Mapping[str, int], start: int) -> tuple[dict[str, slice], int]:
    """Return consecutive slices of these sizes, and the end of the last one."""
    places = {}
    for name, size in owners.items():
        places[name] = slice(start, start + size)
        start += size
    return places, start
