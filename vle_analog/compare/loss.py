"""The loss of the output: at every instant, and its means at both ends of a run that learns."""

from dataclasses import dataclass

import numpy as np

from vle_analog.network import Network, Traces
from vle_analog.network.stimuli import Stimulus

FIRST, LAST = 1 / 10, 1 / 6  # shares of the duration over which the loss is averaged


def loss(traces: Traces, network: Network, target: Stimulus) -> np.ndarray:
    """Compute `1/2 |y* - r|^2` at every point of the grid; for a cost of the membrane potential `1/2 |y* - u|^2`.

    **Returns:** shape `(points,)`.
    """
    kind = "u" if network.cost == "membrane" else "r"
    actual = np.stack([traces[f"{network.output}.{kind}[{k}]"] for k in range(target.size)])
    return distance(target(traces.time), actual)


def distance(target: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Compute `1/2 |target - actual|^2` at every time, for shapes `(channels, times)`."""
    return 0.5 * np.sum((target - actual) ** 2, axis=0)


@dataclass(frozen=True)
class Learning:
    """The mean losses of one run: over its first tenth, and over its last sixth."""

    first: float
    last: float

    @property
    def ratio(self) -> float | None:
        """Factor by which the loss fell; `None` where the last loss is zero."""
        return self.first / self.last if self.last > 0 else None


def learning(traces: Traces, network: Network, target: Stimulus) -> Learning:
    """Return the mean losses at the begin and end of a run."""
    return both_ends(loss(traces, network, target), traces.time)


def both_ends(values: np.ndarray, time: np.ndarray) -> Learning:
    """Return the means of a loss at the begin and end of a run."""
    part = time / time[-1]
    begin, end = part <= FIRST * (1 + 1e-9), part >= (1 - LAST) * (1 - 1e-9)
    return Learning(float(np.mean(values[begin])), float(np.mean(values[end])))
