"""The plan of a Monte Carlo run: number of chips, engine, workers, and the condition to stop."""

import os
import re
from dataclasses import dataclass

from vle_analog.errors import InputError, Problem
from vle_analog.levels import TRANSISTOR
from vle_analog.netlist.circuit import Circuit
from vle_analog.study import VariationSettings
from vle_analog.variation.draws import LAST

ENGINES = ("auto", "ngspice", "compiled")
TRACES, REFEREES = 200, 8
MOST_SAMPLES = 10_000_000  # limited by the memory for chunks and table
LEAST_BASE, MOST_BASE = 8, 2**20  # least base of a Sobol design: fewer blocks are not significant
ADDRESS = re.compile(r"([a-z]+://)?\S+:\d{1,5}|inproc://\S+")  # URL schemes of a scheduler


def cores() -> int:
    """Return the number of processors available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Plan:
    """A plan of a run, without the study and the way chips are drawn.

    **Arguments:**

    - `samples`, `first`: chips `first` to `first + samples - 1`.
    - `engine`: `compiled`, `ngspice`, or `auto`: compiled where possible, with a few chips checked in ngspice.
    - `workers`: chunks at a time on this machine; `scheduler`: address of a Dask scheduler, instead.
    - `traces`: number of chips, from the first, whose traces are kept.
    - `until`: stop when the half-width of the yield's interval is at most this.
    - `referees`: number of chips of an `auto` run that are checked. `sobol`: 0, or the base of the design of Sobol
      indices.
    """

    samples: int
    first: int = 0
    engine: str = "auto"
    workers: int = 1
    scheduler: str | None = None
    traces: int = TRACES
    until: float | None = None
    referees: int = REFEREES
    sobol: int = 0

    @property
    def chips(self) -> range:
        """The requested samples."""
        return range(self.first, self.first + self.samples)

    @property
    def traced(self) -> int:
        """Traces are kept of the samples before this one."""
        return self.first + self.traces if self.traces else 0

    def check(self, variation: VariationSettings) -> None:
        """Check the plan.


        **Raises:** `InputError` with all problems.
        """
        fixed = variation.sampling != "random"
        problems = [
            *_least("--samples", self.samples, 1, "a run needs chips", ", as --samples 200"),
            *_most("--samples", self.samples, MOST_SAMPLES, "a run is limited in its number of chips"),
            *_least("--first", self.first, 0, "chips are numbered from 0"),
            *_most(
                "--first", self.first, LAST - MOST_SAMPLES, "the number of the last chip exceeds the range of the draws"
            ),
            *_least("--workers", self.workers, 1, "a run needs a worker"),
            *_least("--traces", self.traces, 0, "traces are kept of some chips or none"),
            *_least("--referees", self.referees, 0, "ngspice checks some chips or none"),
        ]
        if self.engine not in ENGINES:
            problems.append(Problem("there is no such engine", "--engine", self.engine, " | ".join(ENGINES)))
        if self.sobol and (self.sobol & (self.sobol - 1) or not LEAST_BASE <= self.sobol <= MOST_BASE):
            problems.append(
                Problem(
                    "the base of Sobol indices is a power of two",
                    "--sobol",
                    str(self.sobol),
                    f"{LEAST_BASE} to {MOST_BASE}, as 256, or 0 for none",
                )
            )
        if variation.sampling == "sobol" and self.samples > 0 and self.samples & (self.samples - 1):
            problems.append(
                Problem(
                    "a Sobol sequence is balanced for powers of two only",
                    "--samples",
                    str(self.samples),
                    f"a power of two, as {2 ** (self.samples.bit_length() - 1)} or {2 ** self.samples.bit_length()}",
                    "or take --sampling random or latin",
                )
            )
        if self.scheduler is not None and not ADDRESS.fullmatch(self.scheduler):
            problems.append(
                Problem(
                    "invalid address of a scheduler",
                    "--scheduler",
                    self.scheduler,
                    "the address that `dask scheduler` prints, as tcp://host:8786",
                )
            )
        if self.first and fixed:
            problems.append(
                Problem(
                    f"{variation.sampling} sampling is of a fixed set of chips, which begins with chip 0",
                    "--first",
                    str(self.first),
                    "0",
                    "leave --first out, or take --sampling random",
                )
            )
        if self.until is not None and not 0 < self.until < 0.5:
            problems.append(
                Problem(
                    "invalid half-width of an interval of a fraction",
                    "--until",
                    f"{self.until:g}",
                    "between 0 and 0.5, as 0.02",
                )
            )
        if self.until is not None and variation.sampling == "latin":
            problems.append(
                Problem(
                    "a part of a Latin hypercube is not balanced",
                    "--until",
                    got="--sampling latin",
                    hint="take --sampling random or sobol, or leave --until out",
                )
            )
        if problems:
            raise InputError(*problems)


def chosen_engine(plan: Plan, circuit: Circuit, *, noise: bool = False) -> str:
    """Return the engine of a run: the requested one; for `auto`, `compiled` where it supports the circuit.

    **Raises:** `InputError` where the compiled engine is requested for transistors or their noise.
    """
    lacks = "transistors" if TRANSISTOR in circuit.levels else "noise" if noise else ""
    if plan.engine == "compiled" and lacks:
        raise InputError(
            Problem(
                f"the compiled engine supports macromodels, but no {lacks}",
                "--engine",
                "compiled",
                "auto | ngspice",
                "take --engine ngspice" + (", or --level macromodel" if lacks == "transistors" else ""),
            )
        )
    if plan.engine == "auto":
        return "ngspice" if lacks else "compiled"
    return plan.engine


def _least(where: str, value: int, least: int, what: str, example: str = "") -> list[Problem]:
    return [] if value >= least else [Problem(what, where, got=str(value), expected=f"{least} or more{example}")]


def _most(where: str, value: int, most: int, what: str) -> list[Problem]:
    return [] if value <= most else [Problem(what, where, got=str(value), expected=f"at most {most}")]
