"""The additive disturbances of a network's equations, as arrays for the right-hand side at one instant."""

from typing import NamedTuple

import numpy as np

from vle_analog.ideal.inputs import at_instant
from vle_analog.ideal.layout import Layout
from vle_analog.network.disturbance import Disturbance
from vle_analog.network.stimuli import Samples

SIGNALS = ("S", "U", "h", "B", "e")


class Added(NamedTuple):
    """The additive terms of signals, shape `(neurons,)` each, and of state derivatives, shape `(states,)`."""

    S: np.ndarray
    U: np.ndarray
    h: np.ndarray
    B: np.ndarray
    e: np.ndarray
    change: np.ndarray


class Disturbing:
    """A disturbance in the arrangement of `layout`, as a function of model time; terms of constant quantities are
    dropped.
    """

    def __init__(self, disturbance: Disturbance, layout: Layout):
        n = layout.size
        edges = [n * (k + 1) for k in range(len(SIGNALS))]
        values = np.zeros((len(disturbance.times), edges[-1] + layout.states))
        for (kind, owner), added in disturbance.added.items():
            places = {"u": layout.neurons, "v": layout.neurons, "b": layout.biases, "W": layout.weights}
            if kind in SIGNALS:
                at, first = layout.neurons[owner], n * SIGNALS.index(kind)
            elif owner in places[kind]:
                at, first = places[kind][owner], edges[-1] + (n if kind == "v" else 0)
            else:
                continue
            values[:, first + at.start : first + at.stop] += added
        self._edges = edges
        self._read = at_instant(Samples(disturbance.times, values))

    def __call__(self, time: float) -> Added:
        return Added(*np.split(self._read(time), self._edges))
