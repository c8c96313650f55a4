"""The settings of the experiment; values are those of the publication unless a comment states otherwise."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from vle_analog.errors import InputError, Problem

CLASSES = 10
DURATION = 72  # length of an example in model time: template (12) and padding (60) of the data set


@dataclass(frozen=True)
class LayerSize:
    """The neurons of every hidden layer: `fast` ones have tau_m = tau_r, `slow` ones have memory."""

    fast: int
    slow: int
    learning_rate: float  # per model time; Adam's rate at the first step is this times dt

    @property
    def width(self) -> int:
        """The number of neurons of a hidden layer."""
        return self.fast + self.slow


# One third of every layer each: tau_m = tau_r = tau, tau_m = tau, tau_m = tau / 2.
SIZES = {"15k": LayerSize(17, 36, 5e-3), "42k": LayerSize(30, 60, 2.5e-3)}


@dataclass(frozen=True)
class Settings:
    """The settings that determine the result.

    **Arguments:**

    - `size`: key of `SIZES`.
    - `epochs`: passes over the training data; over them the learning rate falls exponentially, by the factor `fall`.
    - `seed`: of initial weights and order of the examples.
    - `batch`: examples that run side by side; their weight changes are averaged.
    - `layers`: hidden layers.
    - `dt`, `tau`: time step and time constant in model time.
    - `beta`: strength of the error at the output; Adam's steps do not depend on it.
    - `examples`: of the data set, training and test together.
    """

    size: str = "42k"
    epochs: int = 150
    seed: int = 1
    batch: int = 100
    layers: int = 6
    dt: float = 0.2
    tau: float = 1.2
    beta: float = 1.0
    examples: int = 5000
    fall: float = 300.0

    def __post_init__(self) -> None:
        problems = [
            *(
                []
                if self.size in SIZES
                else [
                    Problem("there is no network of this size", "--size", repr(self.size), " or ".join(SIZES)),
                ]
            ),
            *(
                []
                if self.epochs >= 1
                else [
                    Problem("training needs at least one epoch", "--epochs", str(self.epochs), "a whole number >= 1"),
                ]
            ),
            *(
                []
                if self.seed >= 0
                else [
                    Problem("a seed is not negative", "--seed", str(self.seed), "a whole number >= 0"),
                ]
            ),
        ]
        if problems:
            raise InputError(*problems)

    @property
    def neurons(self) -> LayerSize:
        """The neurons of a hidden layer."""
        return SIZES[self.size]

    @property
    def steps(self) -> int:
        """The number of time steps of an example."""
        return round(DURATION / self.dt)

    @property
    def digest(self) -> str:
        """A digest; equal digests give equal results."""
        return hashlib.sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

    @property
    def document(self) -> dict[str, Any]:
        """Return all settings as plain data."""
        return asdict(self) | {"learning_rate": self.neurons.learning_rate}
