"""A Monte Carlo run from plan to results: chips simulated in chunks into a folder, checked, summarised.

The folder holds the run itself, and beside it, as runs of their own, the chip without deviations (`nominal/`), the
chips that ngspice checked (`referee/`) and those of the Sobol design (`sobol_BASE/`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.compare.simulated import circuit_deck
from vle_analog.errors import InputError
from vle_analog.montecarlo.chunk import Work
from vle_analog.montecarlo.engines import (
    OK,
    CompiledWork,
    NgspiceWork,
    NominalWork,
    RefereeWork,
    chunk_size,
    chunks,
    close_simulators,
    compiled_circuit,
    simulator_version,
)
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.lot import Lot
from vle_analog.montecarlo.plan import Plan, chosen_engine
from vle_analog.montecarlo.runner import run_chunks
from vle_analog.montecarlo.schedulers import check_scheduler
from vle_analog.montecarlo.summary import records, summary
from vle_analog.netlist.circuit import Circuit
from vle_analog.output import check_place
from vle_analog.progress import StageProgress
from vle_analog.provenance import installed, provenance
from vle_analog.study import StudySpec
from vle_analog.variation.sites import sites
from vle_analog.variation.statistics import Statistics, failures, narrow_enough, statistics, works

if TYPE_CHECKING:
    import pandas as pd

    from vle_analog.variation.sensitivity import Ranking

AGREEMENT = 1e-3  # tolerance between two engines, relative to the range of a kind of signals
KEY_OF = {"loss_ratio": "loss_ratio", "nrmse_forward": "nrmse"}  # metric -> key of its bound
NOMINAL, REFEREE, SOBOL = "nominal", "referee", "sobol"


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """The results of a run.

    **Arguments:**

    - `lot`, `plan`, `engine`, `folder`: chips, plan, engine and folder of the run.
    - `table`: one row per chip: `sample`, `status`, the numbers of `variation.metrics`, `draw.<group>`.
    - `bounds`: conditions of a working chip. `statistics`: yield, spreads, failures and the worst chips.
    - `nominal`: the numbers of the chip without deviations; empty where it failed.
    - `rankings`: contributions of devices, by metric; empty where the samples are too few.
    - `referee`: per checked chip `sample`, `disagreement`, `signal` and how both engines ended; `None` without a check.
    - `messages`: remarks on the results. `events`: incidents of this execution, such as a damaged chunk; they do not
      change the results and are not part of them.
    - `there`: number of the chips that were in the folder before.
    """

    lot: Lot
    plan: Plan
    engine: str
    folder: Path
    table: "pd.DataFrame"
    bounds: dict[str, float]
    statistics: Statistics
    nominal: dict[str, float]
    rankings: tuple["Ranking", ...] = ()
    referee: tuple[dict[str, Any], ...] | None = None
    messages: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    there: int = 0

    @property
    def disagreement(self) -> float | None:
        """The largest disagreement of the two engines, relative to the range of its kind; `None` if unchecked."""
        apart = [row["disagreement"] for row in self.referee or () if row["disagreement"] is not None]
        return max(apart, default=None)

    @property
    def one_failed(self) -> tuple[int, ...]:
        """The checked chips that failed in only one of the engines."""
        return tuple(row["sample"] for row in self.referee or () if (row["ngspice"] == OK) != (row["compiled"] == OK))

    @property
    def agreed(self) -> bool:
        """False where the engines differ too much, or only one of them failed on a chip."""
        return not self.one_failed and (self.disagreement or 0.0) <= AGREEMENT

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences for the reader, a failed check first."""
        sentences = []
        if self.one_failed:
            chips = ", ".join(map(str, self.one_failed))
            sentences.append(f"checked chips that failed in only one of the engines: {chips}")
        if self.disagreement is not None and self.disagreement > AGREEMENT:
            worst = next(row for row in self.referee or () if row["disagreement"] == self.disagreement)
            sentences.append(
                f"ngspice and the compiled engine differ by {self.disagreement:.2%} of the range of {worst['signal']} "
                f"in chip {worst['sample']}, more than {AGREEMENT:.1%}: use --engine ngspice"
            )
        return (*sentences, *self.messages, *self.events)

    @property
    def varies(self) -> bool:
        """True where chips differ from each other."""
        return bool(self.lot.shared.sites) or self.lot.spec.simulate.noise

    def works(self) -> np.ndarray:
        """Return which chips work, shape (samples,), bool."""
        return works(self.table, self.bounds.get("loss_ratio"), self.bounds.get("nrmse_forward"))


def check_circuit(spec: StudySpec, plan: Plan, circuit: Circuit) -> None:
    """Refuse what the circuit alone rules out, before the ideal is solved.

    **Raises:** `InputError` where the engine lacks what the circuit has, or its chips cannot be drawn.
    """
    chosen_engine(plan, circuit, noise=spec.simulate.noise)
    sites(circuit, spec.variation.variations, Path(spec.circuit.cells) if spec.circuit.cells else None)


def montecarlo(lot: Lot, plan: Plan, folder: Path, progress: StageProgress | None = None) -> MonteCarlo:
    """Simulate the chips of a lot that are not in the folder yet, and summarise all requested ones.

    **Raises:** `InputError` where the plan, the study or the folder cannot be used; `SimulatorError` where ngspice is
    missing.
    """
    plan.check(lot.spec.variation)
    check_place(folder)  # before any long step
    check_scheduler(plan.scheduler)
    fixed = lot.spec.variation.sampling != "random"
    lot = replace(lot, total=plan.samples if fixed else None, traces=plan.traced)
    progress = progress or (lambda *_: None)
    try:
        return _run(lot, plan, folder, progress)
    finally:
        close_simulators()


def _run(lot: Lot, plan: Plan, folder: Path, progress: StageProgress) -> MonteCarlo:
    messages: list[str] = []
    events: list[str] = []
    progress("map", 0.0)
    shared = lot.shared
    engine = _engine(plan, lot, messages)
    progress("map", 1.0)
    manifest = manifest_of(lot, engine)
    work = CompiledWork(lot) if engine == "compiled" else NgspiceWork(lot)
    design = replace(work, lot=replace(lot, base=plan.sobol, traces=0)) if plan.sobol else None
    if design is not None:  # an impossible design is refused before any simulation
        design.lot.draws(range(1))
    wanted = chunks(plan.chips, chunk_size(shared, engine))
    signals = [shared.metrics.signals[row] for row in shared.kept]
    bounds = bounds_of(lot)
    good = partial(works, loss_ratio=bounds.get("loss_ratio"), nrmse_forward=bounds.get("nrmse_forward"))
    stop = None if plan.until is None else partial(narrow_enough, working=good, half_width=plan.until)

    axes = (signals, shared.time)
    common = {"folder": folder, "manifest": manifest, "axes": axes, "plan": plan, "progress": progress}
    side = partial(_side, **common, report=events.append)
    with RunFolder(folder, events.append).open(manifest | {"samples": plan.samples}, *axes) as run:
        there = finished(run, plan.chips)
        run_chunks(
            work,
            wanted,
            run,
            workers=plan.workers,
            scheduler=plan.scheduler,
            stop=stop,
            progress=_as(progress, "chips"),
        )
        table = run.table()
        nominal = side(NOMINAL, NominalWork(work), [range(1)])
        (first,) = records(nominal)
        referee = _referee(lot, plan, engine, table, side)
        last = _of_nominal(first, bool(good(nominal)[0]), KEY_OF[next(iter(bounds))])
        found = MonteCarlo(
            lot,
            plan,
            engine,
            run.path,
            table,
            bounds,
            statistics(table, good(table), next(iter(bounds))),
            {name: _number(first[name]) for name in shared.metrics.columns if first["status"] == OK},
            (),
            referee,
            (*messages, *last),
            tuple(events),
            min(there, len(table)),
        )
        if design is not None:  # the table exists before the simulation of the design, which is longer than the run
            run.finish(summary(found))
        rankings = _rankings(lot, plan, design, table, side, messages)
        found = replace(found, rankings=rankings, messages=(*messages, *last), events=tuple(events))
        progress("write", 0.0)
        run.finish(summary(found))
        progress("write", 1.0)
    return found


def bounds_of(lot: Lot) -> dict[str, float]:
    """Return the conditions under which a chip works: the fall of the loss, or where nothing learns, the NRMSE."""
    variation, learns = lot.spec.variation, lot.spec.network.plastic
    return {"loss_ratio": variation.loss_ratio} if learns else {"nrmse_forward": variation.nrmse}


def manifest_of(lot: Lot, engine: str) -> dict[str, Any]:
    """Return everything that the row of a chip depends on, which excludes the bounds of the yield."""
    spec = lot.spec
    made = provenance(spec, circuit_deck(spec, lot.shared.circuit))
    drawn = {name: value for name, value in asdict(spec.variation).items() if name not in ("loss_ratio", "nrmse")}
    return {
        "study": spec.name,
        "digest": spec.digest,
        "deck": made["deck"],
        "engine": engine,
        "simulator": simulator_version(lot) if engine == "ngspice" else f"compiled, numba {installed('numba')}",
        **drawn,
        "total": lot.total,
        "points": spec.simulate.points,
        "numpy": made["numpy"],
        "scipy": made["scipy"],
        "document": {name: table for name, table in spec.document.items() if name != "variation"},
        "level": spec.circuit.level,
        "folder": spec.folder,
    }


def _engine(plan: Plan, lot: Lot, messages: list[str]) -> str:
    """Return the engine; for `auto`, ngspice with a message where a cell cannot be compiled."""
    engine = chosen_engine(plan, lot.shared.circuit, noise=lot.spec.simulate.noise)
    if engine == "compiled":
        try:
            compiled_circuit(lot)
        except InputError as error:
            if plan.engine != "auto":
                raise
            messages.append(f"all chips run in ngspice, as the circuit cannot be compiled: {error.problems[0].what}")
            return "ngspice"
    return engine


def _side(
    name: str,
    work: Work,
    parts: list[range],
    folder: Path,
    manifest: dict[str, Any],
    plan: Plan,
    progress: StageProgress,
    report: Callable[[str], None],
    axes: tuple,
    **more: Any,
) -> "pd.DataFrame":
    """Run additional chips that belong to a run, in a folder within."""
    with RunFolder(folder / name, report).open({**manifest, "part": name, **more}, *axes) as run:
        run_chunks(work, parts, run, workers=plan.workers, scheduler=plan.scheduler, progress=_as(progress, name))
        run.finish()
        return run.table()


def _of_nominal(row: dict[str, Any], good: bool, key: str) -> list[str]:
    """Return a message where the chip without deviations does not work, as then chips work only by chance."""
    if row["status"] != OK:
        return [f"the chip without deviations failed: {row['status']}"]
    if good:
        return []
    return [
        "the chip without deviations does not work either, so the yield does not describe deviations: let the study "
        f"run longer, or lower the requirement (variation.{key})"
    ]


def _referee(
    lot: Lot, plan: Plan, engine: str, table: "pd.DataFrame", side: Callable
) -> tuple[dict[str, Any], ...] | None:
    """Simulate some of the chips, drawn by the seed, in ngspice."""
    if plan.engine != "auto" or engine != "compiled" or plan.referees == 0:
        return None
    samples = table["sample"].to_numpy()
    count = min(plan.referees, len(samples))
    chosen = np.random.default_rng(lot.spec.variation.seed).choice(samples, count, replace=False)
    return tuple(records(side(REFEREE, RefereeWork(lot), [range(int(chip), int(chip) + 1) for chip in sorted(chosen)])))


def _rankings(
    lot: Lot,
    plan: Plan,
    design: CompiledWork | NgspiceWork | None,
    table: "pd.DataFrame",
    side: Callable,
    messages: list[str],
) -> tuple["Ranking", ...]:
    """Rank the contributions of devices; with a Sobol design, its chips are simulated."""
    from vle_analog.montecarlo.rankings import LEAST_RANKED, rankings
    from vle_analog.variation.sensitivity import groups, needed

    if not lot.shared.sites:
        if not lot.spec.simulate.noise:
            messages.append("all chips are the same, as nothing in them varies")
        return ()
    sobol = None
    if design is not None:
        engine = "compiled" if isinstance(design, CompiledWork) else "ngspice"
        parts = chunks(range(plan.sobol * (len(groups(lot.shared.sites)) + 2)), chunk_size(lot.shared, engine))
        sobol = side(f"{SOBOL}_{plan.sobol}", design, parts, base=plan.sobol)
    ran = int(np.count_nonzero(table["status"] == OK))
    if ran == 0:
        messages.append(f"all chips failed: {failures(table)['reason'].iloc[0]}")
    elif ran < LEAST_RANKED and sobol is None:
        least = needed(len(lot.shared.sites))
        messages.append(f"{ran} chips are too few to rank the contributions of devices: at least {least} are needed")
    try:
        return tuple(rankings(lot, table, sobol, plan.sobol))
    except InputError as error:  # failed chips cannot be analysed; those of the run may suffice
        if sobol is None:
            raise
        messages.append(f"{error.problems[0].what}: {error.problems[0].got}")
        return tuple(rankings(lot, table, None, 0))


def finished(run: RunFolder, chips: range) -> int:
    """Return the number of chips on disk."""
    held = (range(first, first + count) for first, count in run.done().items())
    return sum(max(0, min(part.stop, chips.stop) - max(part.start, chips.start)) for part in held)


def _as(progress: StageProgress, stage: str) -> StageProgress:
    return lambda _, done: progress(stage, done)


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
