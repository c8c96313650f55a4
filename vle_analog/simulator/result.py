"""The results of a simulation: `Output` as returned by ngspice, `SimulationResult` after it was checked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.simulator.diagnostics import Diagnostic

SCALES = ("time", "frequency", "v-sweep", "i-sweep", "temp-sweep", "res-sweep")
"""The names of the scale of a plot in ngspice."""
POINT = np.zeros(1)
"""The scale given to an operating point, which has none."""


@dataclass(frozen=True)
class Output:
    """The unchecked output of one run of ngspice.

    **Arguments:**

    - `status`: 0, or the error status of the engine (libngspice) or the exit status of the program.
    - `time`: scale of the plot, shape (n,): seconds in a transient, [0] for an operating point; empty where
      nothing was computed.
    - `vectors`: available saved vectors, each of shape (n,).
    - `lines`: everything ngspice printed, in order.
    - `cpu_seconds`: processor time of the simulator process for this run.
    - `simulator`: name and version of the simulator.
    """

    status: int
    time: np.ndarray
    vectors: Mapping[str, np.ndarray]
    lines: tuple[str, ...]
    cpu_seconds: float
    simulator: str


@dataclass(frozen=True)
class Attempt:
    """One attempt at a job: the rung of the ladder, its changes of the deck, the outcome, wall-clock seconds."""

    rung: str
    changes: tuple[str, ...]
    outcome: str
    seconds: float


@dataclass(frozen=True)
class SimulationResult:
    """A simulation that reached its end with every saved vector present and finite.

    **Arguments:**

    - `time`: shape (n,), seconds; ngspice's own steps. With `uic` the first accepted point lies after t = 0.
    - `vectors`: keys exactly as in `Deck.saves`, each of shape (n,), volts or amperes (complex in an `.ac` analysis).
    - `diagnostics`: notes and warnings of ngspice.
    - `attempts`: every try, the last one is the one that succeeded.
    - `seconds`, `cpu_seconds`: wall clock of the whole job; processor time of the simulator in the successful attempt.
    - `simulator`: e.g. `ngspice 39 (libngspice)`.
    - `log`: output of ngspice in the successful attempt.
    """

    time: np.ndarray
    vectors: Mapping[str, np.ndarray]
    diagnostics: tuple[Diagnostic, ...]
    attempts: tuple[Attempt, ...]
    seconds: float
    cpu_seconds: float
    simulator: str
    log: str
