"""The execution of one job: climb the ladder, check every attempt, record all of them.

Shared by the backends; an engine is a function from a deck to an `Output`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vle_analog.errors import Problem
from vle_analog.netlist.deck import Deck
from vle_analog.progress import Progress
from vle_analog.simulator.diagnostics import Diagnostic, classify
from vle_analog.simulator.failure import EngineCrashError, EngineTimeoutError, SimulationError
from vle_analog.simulator.job import Job
from vle_analog.simulator.ladder import LADDER, Rung, changes
from vle_analog.simulator.result import Attempt, Output, SimulationResult
from vle_analog.simulator.verdict import Failure, judge, netlist_failure, tail

DeckRunner = Callable[[Deck, float, Progress | None], Output]
"""A function that runs a deck within the given seconds; raises `EngineTimeoutError` or `EngineCrashError`."""


def solve(
    job: Job, engine: DeckRunner, progress: Progress | None = None, ladder: tuple[Rung, ...] = LADDER
) -> SimulationResult:
    """Run a job, with retries where it does not converge.

    **Raises:** `SimulationError` with diagnostics, attempts, log and deck.
    """
    course = _JobState(job, engine, progress)
    first, *others = ladder
    output, failure = course.attempt(first.name, first.change(job.deck))
    if failure is None:
        return course.result(output)
    error = course.error(failure.code, failure.problem)
    for rung in others if failure.code == "convergence" else ():
        output, failure = course.attempt(rung.name, rung.change(job.deck))
        if failure is None:
            return course.result(output)
    # The reported problem is that of the deck as given; the outcomes of the others are in the attempts.
    error.attempts, error.output = tuple(course.attempts), course.farthest
    raise error


def _end(output: Output) -> float:
    """Return the last time that was reached, s; negative where nothing was computed."""
    return float(np.real(output.time[-1])) if output.time.size else -np.inf


@dataclass
class _JobState:
    """The state of one job in progress: its clock and its attempts."""

    job: Job
    engine: DeckRunner
    progress: Progress | None
    start: float = field(default_factory=time.monotonic)
    attempts: list[Attempt] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    farthest: Output | None = None

    def attempt(self, rung: str, deck: Deck, again: bool = False) -> tuple[Output, Failure | None]:
        """Make one attempt, and repeat it once after a crash of the process."""
        begun = time.monotonic()
        changed = changes(self.job.deck, deck)
        try:
            output = self.engine(deck, self.job.timeout - (begun - self.start), self.progress)
        except EngineTimeoutError as timeout:
            self._record(rung, changed, f"stopped by the time-out after {timeout.reached:.1%}", begun)
            raise self.error("timeout", self._timeout_problem(deck, timeout.reached)) from None
        except EngineCrashError as crash:
            self._read(tuple(crash.log.splitlines()))
            self._record(rung, changed, str(crash), begun)
            refused = netlist_failure(self.diagnostics)
            if refused is not None:  # some versions crash after reporting an error of the deck
                raise self.error(refused.code, refused.problem) from None
            if again:
                raise self.error("crash", self._crash_problem(crash)) from None
            return self.attempt(rung, deck, again=True)
        self._read(output.lines)
        if self.farthest is None or _end(output) > _end(self.farthest):
            self.farthest = output
        failure = judge(deck, output, self.diagnostics)
        self._record(rung, changed, "ok" if failure is None else failure.problem.what, begun)
        return output, failure

    def result(self, output: Output) -> SimulationResult:
        """Return the result of a successful attempt."""
        return SimulationResult(
            time=output.time,
            vectors=output.vectors,
            diagnostics=self.diagnostics,
            attempts=tuple(self.attempts),
            seconds=time.monotonic() - self.start,
            cpu_seconds=output.cpu_seconds,
            simulator=output.simulator,
            log="\n".join(output.lines),
        )

    def error(self, code: str, problem: Problem) -> SimulationError:
        """Return the error of a job that ends here."""
        return SimulationError(
            code=code,
            problem=problem,
            deck=self.job.deck,
            diagnostics=self.diagnostics,
            attempts=tuple(self.attempts),
            log="\n".join(self.lines),
            output=self.farthest,
        )

    def _read(self, lines: tuple[str, ...]) -> None:
        self.lines, self.diagnostics = lines, classify(lines, self.job.names)

    def _record(self, rung: str, changed: tuple[str, ...], outcome: str, begun: float) -> None:
        self.attempts.append(Attempt(rung, changed, outcome, time.monotonic() - begun))

    def _timeout_problem(self, deck: Deck, reached: float) -> Problem:
        done = f"{reached:.1%}"
        if deck.transient is not None:
            done += f" (t = {reached * deck.transient.stop:.3g} of {deck.transient.stop:.3g} s)"
        return Problem(
            what=f"the simulation did not end within {self.job.timeout:g} s",
            got=f"{done} was done",
            hint="allow more time, a larger largest step, or a shorter duration",
        )

    def _crash_problem(self, crash: EngineCrashError) -> Problem:
        return Problem(
            what=f"the simulator crashed twice on this deck: {crash}",
            got=tail(self.lines),
            hint="the deck is kept with this error; run it by hand with the ngspice program",
        )
