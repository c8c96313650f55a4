"""Pass 2, place: the choice of cells for every neuron and every synapse."""

from dataclasses import dataclass

import numpy as np

from vle_analog.network import Network, Population, Projection


@dataclass(frozen=True, eq=False)
class NeuronPlan:
    """The cells of one population's neurons.

    **Arguments:**

    - `membrane`, `error`: cell name per neuron.
    - `bias`: "" (none), "weight_fixed" or "weight".
    - `has_target`: there is a target error cell. `nudged`: the error drives the membrane through a nudge cell.
    - `target_on_membrane`: the target is compared with the membrane potential; `ahead`: with a look-ahead.
    - `has_noise`, `filtered`: noise enters S, and the rate is high-passed, for feedback that learns.
    - `tau_m`, `tau_r`: "" (elements), "time_constant_fixed" (a voltage) or "time_constant" (a capacitor that learns).
    """

    population: Population
    membrane: tuple[str, ...]
    error: tuple[str, ...]
    bias: str
    has_target: bool
    nudged: bool
    target_on_membrane: bool = False
    ahead: bool = False
    has_noise: bool = False
    filtered: bool = False
    tau_m: str = ""
    tau_r: str = ""

    @property
    def stored(self) -> bool:
        """True where the time constants are voltages."""
        return bool(self.tau_m)

    def arrives(self, k: int) -> str:
        """Return the net at which currents arrive at neuron `k`."""
        return "n" if self.membrane[k] in ("membrane_lead", "membrane_wire") else "s"


@dataclass(frozen=True, eq=False)
class SynapsePlan:
    """The cells of one projection's synapses.

    **Arguments:**

    - `weight`: "weight" (a capacitor that learns) or "weight_fixed".
    - `backward`: the error returns to the sender; `feedback`: the cell of the weight that carries it, "" for `weight`
      itself.
    """

    projection: Projection
    weight: str
    backward: bool
    feedback: str
    activation: str

    @property
    def learns(self) -> bool:
        """True where an update cell charges the weight."""
        return self.weight == "weight"

    @property
    def aligns(self) -> bool:
        """True where an update cell charges the feedback weight."""
        return self.feedback == "weight"


@dataclass(frozen=True, eq=False)
class Placement:
    """The plans of all populations and projections, in the order of the network."""

    neurons: tuple[NeuronPlan, ...]
    synapses: tuple[SynapsePlan, ...]

    def neuron(self, name: str) -> NeuronPlan:
        """Return the plan of the population called `name`.

        **Raises:** `KeyError` if there is none.
        """
        return {plan.population.name: plan for plan in self.neurons}[name]


def place(network: Network) -> Placement:
    """Choose the cells of every neuron and synapse.

    A neuron with tau_r < tau_m is the passive lead cell; with tau_r >= tau_m it is the weighted sum, or a wire where
    tau_r = tau_m and the study does not request the pole-zero pair. The error cell mirrors it: its feedback is negative
    in the first case, positive in the second, and absent where tau_r = tau_m. Where a time constant learns, or the
    target is compared with the membrane potential, both cells read their time constants as voltages.
    """
    return Placement(
        tuple(_neurons(network, population) for population in network.populations),
        tuple(_synapses(network, projection) for projection in network.projections),
    )


def stored(network: Network, population: Population) -> bool:
    """True where the time constants of this population are voltages."""
    learns = network.learns_tau_m(population) or network.learns_tau_r(population)
    return learns or target_on_membrane(network, population)


def target_on_membrane(network: Network, population: Population) -> bool:
    """True where the target is compared with the membrane potentials of this population."""
    return network.cost == "membrane" and population.name == network.output


def _neurons(network: Network, population: Population) -> NeuronPlan:
    leads = population.tau_r < population.tau_m
    membrane = np.where(population.wire, "membrane_wire", np.where(leads, "membrane_lead", "membrane_sum"))
    instantaneous = population.wire | (network.rule in ("le", "backprop"))
    follows = np.where(population.tau_r == population.tau_m, "error_follow", "error_lag")
    error = np.where(instantaneous, "error_wire", np.where(leads, "error_lead", follows))
    tau_m, tau_r = (
        "time_constant" if learns else "time_constant_fixed"
        for learns in (network.learns_tau_m(population), network.learns_tau_r(population))
    )
    if stored(network, population):
        membrane = np.full(population.size, "membrane_plastic")
        error = np.where(instantaneous, "error_copy", "error_plastic")
    learns = network.learns_bias(population)
    bias = "weight" if learns else "weight_fixed" if np.any(population.bias != 0) else ""
    return NeuronPlan(
        population,
        tuple(map(str, membrane)),
        tuple(map(str, error)),
        bias,
        has_target=population.name == network.output,
        nudged=network.gamma > 0 and network.rule != "backprop",
        has_noise=population.name in network.noise(),
        filtered=any(q.target == population.name and network.learns_feedback(q) for q in network.projections),
        target_on_membrane=target_on_membrane(network, population),
        ahead=target_on_membrane(network, population) and network.rule != "backprop",
        tau_m=tau_m if stored(network, population) else "",
        tau_r=tau_r if stored(network, population) else "",
    )


def _synapses(network: Network, projection: Projection) -> SynapsePlan:
    from_population = not network.is_stimulus(projection.source)
    activation = network.population(projection.source).activation if from_population else "linear"
    return SynapsePlan(
        projection,
        "weight" if network.learns(projection) else "weight_fixed",
        backward=from_population,
        feedback=""
        if projection.feedback_weights is None or not from_population
        else "weight"
        if network.learns_feedback(projection)
        else "weight_fixed",
        activation=activation,
    )
