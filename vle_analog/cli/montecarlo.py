"""The verb `montecarlo`: what fraction of chips works, how far they spread, which devices are to blame."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vle_analog.cli.options import (
    JsonOption,
    LevelOption,
    QuietOption,
    SetOption,
    StudyArgument,
    of_level,
    output_folder,
)
from vle_analog.cli.show import Shown
from vle_analog.cli.table import show_table
from vle_analog.errors import InputError, Problem
from vle_analog.levels import BEHAVIOURAL, MACROMODEL
from vle_analog.study.findings import OptionText

if TYPE_CHECKING:
    from vle_analog.api import Study
    from vle_analog.montecarlo.run import MonteCarlo
    from vle_analog.verbs.montecarlo import Chips

MOST_ROWS, WORST, POINTS = 12, 5, 40
GRID = "one value, or several with commas between: a run for each"


def montecarlo(
    study: StudyArgument,
    samples: Annotated[int, typer.Option("--samples", "-n", metavar="N", help="How many chips.")],
    first: Annotated[int, typer.Option("--first", metavar="K", help="Number of the first chip.")] = 0,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", metavar="ENGINE", help="auto | ngspice | compiled; auto: compiled, checked in ngspice."
        ),
    ] = "auto",
    variations: Annotated[
        str | None, typer.Option("--variations", metavar="WHAT", help="none | process | mismatch | all")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Of all draws.")] = None,
    sampling: Annotated[str | None, typer.Option("--sampling", metavar="HOW", help="random | latin | sobol")] = None,
    scale: Annotated[str | None, typer.Option("--scale", metavar="X", help=f"Multiple of all sigmas; {GRID}.")] = None,
    area: Annotated[str | None, typer.Option("--area", metavar="X", help=f"Area of all devices; {GRID}.")] = None,
    corner: Annotated[str | None, typer.Option("--corner", metavar="NAME", help=f"Process corner; {GRID}.")] = None,
    temp: Annotated[str | None, typer.Option("--temp", metavar="T", help=f"Degrees Celsius; {GRID}.")] = None,
    supply: Annotated[str | None, typer.Option("--supply", metavar="V", help=f"Volts; {GRID}.")] = None,
    until: Annotated[
        float | None,
        typer.Option("--until", metavar="X", help="Stop when the yield is known to plus or minus X, as 0.02."),
    ] = None,
    sobol: Annotated[
        int, typer.Option("--sobol", metavar="BASE", help="Also Sobol indices, of BASE (groups + 2) chips.")
    ] = 0,
    referees: Annotated[int, typer.Option("--referees", metavar="N", help="Chips that ngspice checks.")] = 8,
    traces: Annotated[int, typer.Option("--traces", metavar="N", help="Keep traces of the first N chips.")] = 200,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Chunks at a time.", show_default="one per processor")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Of a Dask scheduler, as tcp://host:8786.")
    ] = None,
    output: Annotated[Path | None, output_folder("out/STUDY_montecarlo", "Folder of the run.")] = None,
    level: LevelOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Simulate many chips that deviate: yield, spread, causes.

    Chips deviate by mismatch and process. The same command goes on with a run that was interrupted.
    """
    from vle_analog.montecarlo.plan import Plan, cores
    from vle_analog.verbs.montecarlo import finished_chips, montecarlo_study, warnings

    keys = {"variations": variations, "seed": seed, "sampling": sampling}
    given = (OptionText(f"--{key}", f"variation.{key}", value) for key, value in keys.items() if value is not None)
    changes = [*(overrides or ()), *given]
    load, said = loader(study, level, changes)
    axes: dict[str, Sequence[float | str]] = {
        "scale": _numbers("--scale", scale),
        "area": _numbers("--area", area),
        "corner": _words(corner and corner.lower()),
        "temp": _numbers("--temp", temp),
        "supply": _numbers("--supply", supply),
    }
    plan = Plan(
        samples,
        first,
        engine.lower(),
        workers=cores() if workers is None else workers,
        scheduler=scheduler,
        traces=traces,
        until=until,
        referees=referees,
        sobol=sobol,
    )
    name = load([]).spec.name
    folder = output or Path("out") / f"{name}_montecarlo"
    try:
        with Shown(as_json, quiet, warnings(load, axes)) as shown:
            done = montecarlo_study(load, plan, folder, axes, shown.progress)
    except KeyboardInterrupt:
        there, wanted = finished_chips(folder, plan, axes)
        if not quiet:
            print(f"{there} of {wanted} chips are finished; the same command goes on with them", file=sys.stderr)
        raise
    if not quiet and not as_json and said:
        print(said, file=sys.stderr)
    for sentence in () if quiet else notes(done):
        print(f"note: {sentence}", file=sys.stderr)
    shown.result(done.summary, lambda: _show(done))
    return 0 if done.agreed else 1


def notes(done: "Chips") -> list[str]:
    """Return the remarks on a run; a remark on several points of a grid appears once, with their names."""
    remarks: dict[str, list[str]] = {}
    for point, found in done.runs:
        for sentence in found.sentences:
            remarks.setdefault(sentence, []).append(point.name)
    whole = len(done.runs)
    return [
        sentence if whole == 1 else f"{'every run' if len(at) == whole else ', '.join(at)}: {sentence}"
        for sentence, at in remarks.items()
    ]


def loader(study: str, level: str | None, changes: Sequence[str]) -> tuple[Callable[[Sequence[str]], "Study"], str]:
    """Return a function that reads the study with some keys changed, and a note where its ideal cells are replaced."""
    from vle_analog.api import Study

    changes = [*changes, *of_level(level)]
    circuit = Study.load(study, changes).spec.circuit
    said = ""
    if level is None and circuit.level == BEHAVIOURAL and not circuit.levels:
        changes.append(f"circuit.level={MACROMODEL}")
        said = "note: the cells of this study are ideal; its chips are made of macromodels (--level)"
    return lambda more: Study.load(study, [*changes, *more]), said


def _numbers(option: str, text: str | None) -> list[float]:
    try:
        return [float(part) for part in _words(text)]
    except ValueError:
        raise InputError(
            Problem(
                "this is not a list of numbers",
                option,
                got=str(text),
                expected="numbers with commas between, as 0.5,1,2",
            )
        ) from None


def _words(text: str | None) -> list[str]:
    return [] if text is None else [part.strip() for part in text.split(",")]


def _show(done: "Chips") -> None:
    if len(done.runs) > 1:
        _points(done)
    else:
        _one(next(found for _, found in done.runs))
    there = sum(found.there for _, found in done.runs)
    if there:
        count = sum(found.statistics.samples for _, found in done.runs)
        print(f"{there} chip{'s were' if there > 1 else ' was'} there, {count - there} simulated")
    print(f"report: {done.folder / 'report.html'}")


def _points(done: "Chips") -> None:
    """Yield and medians at every point of the grid."""
    from vle_analog.report.variation.words import between, metric_name, number

    (first, found), *_ = done.runs
    metrics = [name for name in ("loss_ratio", "nrmse_forward") if name in found.statistics.summary.index]
    titles = (*first.values, "chips", "yield (95 %)", *(f"median {metric_name(name)}" for name in metrics))
    rows = []
    for point, run in done.runs[:POINTS]:
        numbers = run.statistics
        medians = numbers.summary["median"].to_dict() if len(numbers.summary) else {}
        values = [f"{value:g}" if isinstance(value, float) else value for value in point.values.values()]
        rows.append(
            (
                *values,
                str(numbers.samples),
                between(numbers.passing),
                *(number(medians[name]) if name in medians else "failed" for name in metrics),
            )
        )
    show_table(f"{found.lot.spec.name}: {len(done.runs)} runs", titles, rows)


def _one(found: "MonteCarlo") -> None:
    """The answers, in the order of the questions: how many work, how far they spread, who is to blame, how sure."""
    from vle_analog.report.variation.words import between, bound_words, contributions, metric_name, number

    numbers, variation = found.statistics, found.lot.spec.variation
    ((metric, bound),) = found.bounds.items()
    works = f"{numbers.working} of {numbers.samples} chips work ({bound_words(metric, bound)})"
    print(f"{found.lot.spec.name}: {works}: yield {between(numbers.passing)}")
    drawn = f"{variation.variations} at {variation.scale:g} sigma, {variation.sampling}, seed {variation.seed}"
    print(f"{drawn}; level {found.lot.spec.circuit.level}, engine {found.engine}")
    for row in numbers.failures.to_dict("records"):
        print(f"failed: {row['count']}, the first is chip {row['first']}: {row['reason']}")
    rows = [
        (
            metric_name(name),
            number(found.nominal[name]) if name in found.nominal else "failed",
            *(number(row[key]) for key in ("mean", "sd", "q05", "median", "q95")),
        )
        for name, row in numbers.summary.to_dict("index").items()
        if not name.startswith("final.")
    ]
    if rows:
        show_table("spread over the chips", ("", "nominal", "mean", "sd", "5 %", "median", "95 %"), rows[:MOST_ROWS])
    worst = numbers.worst.to_dict("records")[:WORST]
    if worst and found.varies:
        chips = ", ".join(f"{row['sample']} ({number(row[numbers.metric])})" for row in worst)
        print(
            f"worst chips by {metric_name(numbers.metric)}: {chips}; see one: vle-analog replay {found.folder} "
            f"--sample {worst[0]['sample']}"
        )
    for line in contributions(found.rankings):
        print(line)
    if found.referee is not None and found.disagreement is not None:
        count = len(found.referee)
        print(
            f"{count} chip{'s' * (count != 1)} checked in ngspice: the engines differ by at most "
            f"{100 * found.disagreement:.2g} % of a signal's range"
        )
