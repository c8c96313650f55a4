"""The kinds of populations and projections of a study, as plain data: what the last step is printed for, by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PopulationKind:
    """Neurons that share their equations.

    **Arguments:**

    - `wire`: true where tau_m = tau_r and the neurons are built without states.
    - `output`: true where the neurons hear the target.
    - `bias_plastic`: true where the biases learn.
    """

    name: str
    activation: str
    wire: bool = False
    output: bool = False
    bias_plastic: bool = False


@dataclass(frozen=True)
class ProjectionKind:
    """Synapses from `source` (a stimulus or a population) onto the population `target`.

    `transpose` is false where the error returns through weights of its own.
    """

    name: str
    source: str
    target: str
    plastic: bool = False
    transpose: bool = True


@dataclass(frozen=True)
class Kinds:
    """All populations and projections; a source that is no population is a stimulus."""

    populations: tuple[PopulationKind, ...]
    projections: tuple[ProjectionKind, ...]
