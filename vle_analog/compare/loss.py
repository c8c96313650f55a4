"""How far the output is from its target: at every instant, and at both ends of a run that learns."""

from dataclasses import dataclass

import numpy as np

from vle_analog.network import Network, Traces
from vle_analog.network.stimuli import Stimulus

FIRST, LAST = 1 / 10, 1 / 6  # parts of the duration over which the loss is averaged


def loss(traces: Traces, network: Network, target: Stimulus) -> np.ndarray:
    """`1/2 |y* - r|^2` at every point of the grid; of a cost of the membrane potential `1/2 |y* - u|^2`."""
    kind = "u" if network.cost == "membrane" else "r"
    told = np.stack([traces[f"{network.output}.{kind}[{k}]"] for k in range(target.size)])
    return distance(target(traces.time), told)


def distance(wanted: np.ndarray, told: np.ndarray) -> np.ndarray:
    """`1/2 |wanted - told|^2` at every time, of shapes `(channels, times)`."""
    return 0.5 * np.sum((wanted - told) ** 2, axis=0)


@dataclass(frozen=True)
class Learning:
    """Mean losses of one run: over its first tenth, and over its last sixth."""

    first: float
    last: float

    @property
    def ratio(self) -> float | None:
        """By what factor the loss fell; `None` where nothing is left of it."""
        return self.first / self.last if self.last > 0 else None


def learning(traces: Traces, network: Network, target: Stimulus) -> Learning:
    """Where the loss of a run begins and ends."""
    return both_ends(loss(traces, network, target), traces.time)


def both_ends(values: np.ndarray, time: np.ndarray) -> Learning:
    """Means of a loss where a run begins and where it ends."""
    part = time / time[-1]
    begin, end = part <= FIRST * (1 + 1e-9), part >= (1 - LAST) * (1 - 1e-9)
    return Learning(float(np.mean(values[begin])), float(np.mean(values[end])))
