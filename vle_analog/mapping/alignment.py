"""Feedback weights that learn by noise: where the noise enters, and the element values of high-pass and update.

The equations are in the `cell.toml` of `noise_forward`, `highpass` and `feedback_update`.
"""

import numpy as np

from vle_analog.cells.process import Process
from vle_analog.netlist.circuit import Units
from vle_analog.network import Network, Samples
from vle_analog.network.alignment import Alignment

Found = dict[tuple[str, str], np.ndarray]


def noise(network: Network) -> list[tuple[str, str, Samples]]:
    """`(stimulus, population, samples)` of every noise; no stimulus of a study can have such a name."""
    return [(f"noise_{k}", name, samples) for k, (name, samples) in enumerate(network.noise().items())]


def highpass(alignment: Alignment, units: Units, process: Process, rbar: np.ndarray) -> Found:
    """Of the neurons whose error comes back through feedback weights that learn; `rbar` in model units, at time 0."""
    n, c = len(rbar), process.weight_capacitor
    g = c / (alignment.tau_highpass * units.time)
    values = {"gr": g * units.potential, "g": g, "c": c, "vu": units.potential}
    return {("highpass", key): np.full(n, value) for key, value in values.items()} | {
        ("highpass", "r0"): rbar * units.potential
    }


def feedback_update(alignment: Alignment, units: Units, process: Process, shape: tuple[int, ...]) -> Found:
    """Of the synapses whose feedback weights learn."""
    c = process.weight_capacitor
    leak = c * alignment.eta * alignment.decay / units.time
    gain = c * alignment.eta * units.weight / (units.time * units.potential**2)
    values = {("feedback", "c"): c, ("feedback_update", "g"): gain, ("feedback_update", "gd"): leak}
    return {key: np.full(shape, value) for key, value in values.items()}
