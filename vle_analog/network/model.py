"""What the user asks for, as frozen data: populations, projections, and the network they form.

Model time and potentials are dimensionless. Arrays are float64 and read-only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vle_analog.network.stimuli import Stimulus

RULES = ("vle", "le", "backprop", "adjoint")

# The names of `vle_analog.theory.ACTIVATIONS`, here so that a study can be read without importing SymPy.
ACTIVATIONS = ("tanh", "logistic", "softplus", "linear")


@dataclass(frozen=True, eq=False)
class Population:
    """Neurons of one kind.

    **Arguments:**

    - `tau_m`, `tau_r`: membrane and prospective time constants, shape `(size,)`.
    - `bias`: initial (or fixed) bias, shape `(size,)`.
    - `wire`: where true the neuron has tau_m = tau_r and is built without a state (`U = S`), shape `(size,)`.
    - `bias_plastic`, `bias_eta`: whether the bias learns (`db/dt = bias_eta e`), and how fast.
    """

    name: str
    size: int
    tau_m: np.ndarray
    tau_r: np.ndarray
    activation: str
    bias: np.ndarray
    wire: np.ndarray
    bias_plastic: bool = False
    bias_eta: float = 0.0


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from a stimulus or a population (`source`) onto a population (`target`).

    **Arguments:**

    - `weights`: shape `(target size, source size)`; row = postsynaptic neuron.
    - `plastic`, `eta`: `dW/dt = eta e r^T` where plastic.
    - `feedback_weights`: weights that carry the error back, same shape as `weights`;
      `None` means the forward weights themselves (transpose, shared).
    """

    name: str
    source: str
    target: str
    weights: np.ndarray
    plastic: bool = False
    eta: float = 0.0
    feedback_weights: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Network:
    """Populations and projections with the rule that moves them.

    `plasticity = False` freezes every weight and bias. `rule` is one of `RULES`.
    """

    rule: str
    beta: float
    gamma: float
    output: str
    start: str
    plasticity: bool
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    stimuli: Mapping[str, Stimulus] = field(default_factory=dict)

    def heard(self) -> dict[str, Stimulus]:
        """The stimuli that some projection uses."""
        sources = {projection.source for projection in self.projections}
        return {name: stimulus for name, stimulus in self.stimuli.items() if name in sources}

    def population(self, name: str) -> Population:
        """The population called `name` (KeyError if there is none)."""
        return next(p for p in self.populations if p.name == name)

    def is_stimulus(self, name: str) -> bool:
        """True where `name` is a stimulus, not a population."""
        return name in self.stimuli

    def source_size(self, projection: Projection) -> int:
        """Number of senders of a projection."""
        if self.is_stimulus(projection.source):
            return self.stimuli[projection.source].size
        return self.population(projection.source).size

    def learns(self, projection: Projection) -> bool:
        """True where the weights of this projection move during the run."""
        return self.plasticity and projection.plastic

    def learns_bias(self, population: Population) -> bool:
        """True where the biases of this population move during the run."""
        return self.plasticity and population.bias_plastic
