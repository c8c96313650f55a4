"""The noise of feedback weights that learn, and the names that size their cells.

The equations are in the `cell.toml` of `noise_forward`, `highpass` and `feedback_update`.
"""

from vle_analog.netlist.circuit import Units
from vle_analog.network import Network, Samples


def noise(network: Network) -> list[tuple[str, str, Samples]]:
    """List every noise as `(stimulus, population, samples)`; no stimulus of a study can have such a name."""
    return [(f"noise_{k}", name, samples) for k, (name, samples) in enumerate(network.noise().items())]


def alignment_names(network: Network, units: Units) -> dict[str, float]:
    """Return the quantities that sizing formulas of learning feedback refer to; empty where no feedback learns."""
    alignment = network.alignment
    if alignment is None:
        return {}
    return {"eta_F": alignment.eta, "decay": alignment.decay, "tau_highpass": alignment.tau_highpass * units.time}
