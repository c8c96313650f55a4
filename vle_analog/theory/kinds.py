"""The kinds of populations and projections of a study, as plain data, for the last step by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PopulationKind:
    """A population whose neurons share their equations.

    **Arguments:**

    - `wire`: true where tau_m = tau_r and the neurons are built without states.
    - `output`: true where the neurons receive the target.
    - `bias_plastic`, `tau_m_plastic`, `tau_r_plastic`: true where biases or time constants learn.
    """

    name: str
    activation: str
    wire: bool = False
    output: bool = False
    bias_plastic: bool = False
    tau_m_plastic: bool = False
    tau_r_plastic: bool = False

    def learns(self) -> tuple[str, ...]:
        """The plastic parameters of a neuron."""
        plastic = {"b": self.bias_plastic, "tau_m": self.tau_m_plastic, "tau_r": self.tau_r_plastic}
        return tuple(name for name, learns in plastic.items() if learns)


@dataclass(frozen=True)
class ProjectionKind:
    """Synapses from `source` (a stimulus or a population) onto the population `target`.

    `transpose` is false where the error returns through separate weights; `aligned` is true where these learn.
    """

    name: str
    source: str
    target: str
    plastic: bool = False
    transpose: bool = True
    aligned: bool = False


@dataclass(frozen=True)
class Kinds:
    """The populations and projections of a network; other sources are stimuli.

    `corrected` is true where the gain of the local error is compensated at one frequency.
    """

    populations: tuple[PopulationKind, ...]
    projections: tuple[ProjectionKind, ...]
    corrected: bool = False
