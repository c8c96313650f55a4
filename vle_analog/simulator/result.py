"""What a simulation gives back: `Output` as it left ngspice, `SimulationResult` once it was judged good."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.simulator.diagnostics import Diagnostic

SCALES = ("time", "frequency", "v-sweep", "i-sweep", "temp-sweep", "res-sweep")
"""What ngspice may call the scale of a plot."""
POINT = np.zeros(1)
"""The scale of an operating point, which has none."""


@dataclass(frozen=True)
class Output:
    """One run of ngspice before anybody judged it.

    **Arguments:**

    - `status`: 0, or what the engine returned when it gave up on itself (libngspice) or its exit status (program).
    - `time`: scale of the plot, shape (n,): seconds in a transient, [0] for an operating point; empty where
      nothing was computed.
    - `vectors`: saved vectors that are there, each of shape (n,).
    - `lines`: everything ngspice printed, in order.
    - `cpu_seconds`: processor time of the simulator process for this run.
    - `simulator`: name and version of what ran.
    """

    status: int
    time: np.ndarray
    vectors: Mapping[str, np.ndarray]
    lines: tuple[str, ...]
    cpu_seconds: float
    simulator: str


@dataclass(frozen=True)
class Attempt:
    """One try at a job: the rung of the ladder, what it changed in the deck, how it ended, wall-clock seconds."""

    rung: str
    changes: tuple[str, ...]
    outcome: str
    seconds: float


@dataclass(frozen=True)
class SimulationResult:
    """A simulation that ran to its end with every saved vector present and finite.

    **Arguments:**

    - `time`: shape (n,), seconds; ngspice's own steps. With `uic` the first accepted point lies after t = 0.
    - `vectors`: keys exactly as in `Deck.saves`, each of shape (n,), volts or amperes (complex in an `.ac` analysis).
    - `diagnostics`: what ngspice remarked on the way; notes and warnings.
    - `attempts`: every try, the last one is the one that succeeded.
    - `seconds`, `cpu_seconds`: wall clock of the whole job; processor time of the simulator in the successful attempt.
    - `simulator`: e.g. `ngspice 39 (libngspice)`.
    - `log`: what ngspice printed in the successful attempt.
    """

    time: np.ndarray
    vectors: Mapping[str, np.ndarray]
    diagnostics: tuple[Diagnostic, ...]
    attempts: tuple[Attempt, ...]
    seconds: float
    cpu_seconds: float
    simulator: str
    log: str
