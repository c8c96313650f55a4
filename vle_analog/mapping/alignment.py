"""Feedback weights that learn by noise: where the noise enters, and what their cells are sized from.

The equations are in the `cell.toml` of `noise_forward`, `highpass` and `feedback_update`.
"""

from vle_analog.netlist.circuit import Units
from vle_analog.network import Network, Samples


def noise(network: Network) -> list[tuple[str, str, Samples]]:
    """`(stimulus, population, samples)` of every noise; no stimulus of a study can have such a name."""
    return [(f"noise_{k}", name, samples) for k, (name, samples) in enumerate(network.noise().items())]


def alignment_names(network: Network, units: Units) -> dict[str, float]:
    """What formulas of sizes say of feedback that learns; empty where none does."""
    alignment = network.alignment
    if alignment is None:
        return {}
    return {"eta_F": alignment.eta, "decay": alignment.decay, "tau_highpass": alignment.tau_highpass * units.time}
