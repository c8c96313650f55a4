"""The error of an unsuccessful simulation, with everything needed to investigate it."""

from vle_analog.errors import Problem, SimulatorError
from vle_analog.netlist.deck import Deck
from vle_analog.network.signals import Traces
from vle_analog.simulator.diagnostics import Diagnostic
from vle_analog.simulator.result import Attempt, Output


class SimulationError(SimulatorError):
    """An error for a job that ended without a usable result.

    **Arguments:**

    - `code`: `netlist`, `convergence`, `incomplete`, `timeout`, `crash` or `engine`.
    - `problem`: what, where, got, expected, hint.
    - `deck`: the deck of the job, as given.
    - `diagnostics`, `log`: of the last attempt.
    - `attempts`: every try, in order.
    - `output`: of the attempt that reached the latest time, unchecked; `None` where none ended.

    `traces`: the signals up to the failure, where the deck was that of a circuit (see `compare.simulated`).
    """

    traces: Traces | None = None

    def __init__(
        self,
        code: str,
        problem: Problem,
        deck: Deck,
        diagnostics: tuple[Diagnostic, ...] = (),
        attempts: tuple[Attempt, ...] = (),
        log: str = "",
        output: Output | None = None,
    ):
        super().__init__(problem)
        self.code = code
        self.deck = deck
        self.diagnostics = diagnostics
        self.attempts = attempts
        self.log = log
        self.output = output


class EngineTimeoutError(Exception):
    """An error for an engine stopped by the time limit of the job; `reached` is the completed fraction."""

    def __init__(self, reached: float):
        super().__init__(f"stopped after {reached:.1%}")
        self.reached = reached


class EngineCrashError(Exception):
    """An error for an engine process that ended during a run; `log` is its output."""

    def __init__(self, reason: str, log: str = ""):
        super().__init__(reason)
        self.log = log
