"""Pass 2, place: which cells every neuron and every synapse is made of."""

from dataclasses import dataclass

import numpy as np

from vle_analog.network import Network, Population, Projection


@dataclass(frozen=True, eq=False)
class NeuronPlan:
    """The cells of one population's neurons.

    **Arguments:**

    - `membrane`, `error`: cell name per neuron.
    - `bias`: "" (none), "weight_fixed" or "weight".
    - `hears_target`, `nudged`: whether there is a target error cell, and one by which the error drives the membrane.
    """

    population: Population
    membrane: tuple[str, ...]
    error: tuple[str, ...]
    bias: str
    hears_target: bool
    nudged: bool


@dataclass(frozen=True, eq=False)
class SynapsePlan:
    """The cells of one projection's synapses.

    **Arguments:**

    - `weight`: "weight" (a capacitor that learns) or "weight_fixed".
    - `backward`: whether the error goes back to a sender; `separate_feedback`: through a weight of its own.
    """

    projection: Projection
    weight: str
    backward: bool
    separate_feedback: bool
    activation: str

    @property
    def learns(self) -> bool:
        """True where an update cell charges the weight."""
        return self.weight == "weight"


@dataclass(frozen=True, eq=False)
class Placement:
    """The plans of all populations and projections, in the order of the network."""

    neurons: tuple[NeuronPlan, ...]
    synapses: tuple[SynapsePlan, ...]

    def neuron(self, name: str) -> NeuronPlan:
        """The plan of the population called `name`."""
        return next(plan for plan in self.neurons if plan.population.name == name)


def place(network: Network) -> Placement:
    """Chooses the cells.

    A neuron with tau_r < tau_m is the passive lead cell; with tau_r >= tau_m it is the weighted sum, and where
    tau_r = tau_m and the study does not ask for the pole-zero pair, a wire. The error cell mirrors it.
    """
    return Placement(
        tuple(_neurons(network, population) for population in network.populations),
        tuple(_synapses(network, projection) for projection in network.projections),
    )


def _neurons(network: Network, population: Population) -> NeuronPlan:
    membrane = np.where(
        population.wire, "membrane_wire",
        np.where(population.tau_r < population.tau_m, "membrane_lead", "membrane_sum"),
    )  # fmt: skip
    instantaneous = population.wire | (network.rule in ("le", "backprop"))
    error = np.where(instantaneous, "error_wire", "error_lead")
    learns = network.learns_bias(population)
    bias = "weight" if learns else "weight_fixed" if np.any(population.bias != 0) else ""
    return NeuronPlan(
        population, tuple(map(str, membrane)), tuple(map(str, error)), bias,
        hears_target=population.name == network.output,
        nudged=network.gamma > 0 and network.rule != "backprop",
    )  # fmt: skip


def _synapses(network: Network, projection: Projection) -> SynapsePlan:
    from_population = not network.is_stimulus(projection.source)
    activation = network.population(projection.source).activation if from_population else "linear"
    return SynapsePlan(
        projection, "weight" if network.learns(projection) else "weight_fixed",
        backward=from_population,
        separate_feedback=from_population and projection.feedback_weights is not None,
        activation=activation,
    )  # fmt: skip
