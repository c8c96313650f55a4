"""The verb `montecarlo`: a run, or a grid of runs, with a report for each and one over all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.api import Study
from vle_analog.errors import InputError, Problem
from vle_analog.montecarlo.grid import GridPoint, Value, check_axes, points
from vle_analog.montecarlo.plan import Plan
from vle_analog.montecarlo.run import NOMINAL, REFEREE, MonteCarlo, check_circuit
from vle_analog.montecarlo.summary import summary
from vle_analog.output import MARK, write_json
from vle_analog.process.process import process
from vle_analog.progress import StageProgress
from vle_analog.provenance import provenance
from vle_analog.verbs.folder import Stopwatch, warned
from vle_analog.verbs.results import kept_on_failure

if TYPE_CHECKING:
    import pandas as pd

    from vle_analog.report.variation.content import VariationContent

GRID = "grid.json"
FILES = {
    "report.html": "this page",
    "results.parquet": "one row per chip: how it ended, losses, errors, final values, how unusual its devices are",
    "traces.zarr": "traces of the first chips in model units (Zarr, opens with xarray)",
    "run.json": "what the run depends on, and its summary",
    "chunks/": "finished chunks, from which the run can be continued",
    "times.csv": "CPU time per chunk",
    f"{NOMINAL}/": "the chip without deviations",
    f"{REFEREE}/": "the chips that both engines simulated",
    "figures/": "the pictures of this page",
}
Load = Callable[[Sequence[str]], Study]
"""The study with some of its keys changed."""


@dataclass(frozen=True, eq=False)
class Chips:
    """The outcome of `montecarlo`: the run of every point, the folder, and the JSON object of the command line."""

    runs: tuple[tuple[GridPoint, MonteCarlo], ...]
    folder: Path
    summary: dict[str, Any]

    @property
    def agreed(self) -> bool:
        """False where two engines were found too far apart."""
        return all(found.agreed for _, found in self.runs)


def montecarlo_study(
    load: Load,
    plan: Plan,
    folder: Path,
    axes: Mapping[str, Sequence[Value]] | None = None,
    progress: StageProgress | None = None,
) -> Chips:
    """Simulates the chips of a study, at every point of a grid, and writes the reports.

    **Arguments:** `axes`: values of `scale`, `area`, `corner`, `temp`, `supply`; one run where there is one point.

    **Raises:** `InputError` where plan, study or folder cannot be used; `SimulatorError` where ngspice is missing.
    """
    axes = axes or {}
    wanted = points(axes)
    if len(wanted) == 1:
        study = load(wanted[0].overrides)
        plan.check(study.spec.variation)
        with kept_on_failure(study, folder):
            check_axes(axes, study.circuit())
            check_circuit(study.spec, plan, study.circuit())
        watch = Stopwatch(progress)
        found = _run(study, plan, folder, watch, progress)
        _report(study, found, watch)
        return Chips(((wanted[0], found),), folder, summary(found) | warned(study) | _places(folder, watch))
    return _grid(load, plan, folder, wanted, axes, progress)


def _grid(
    load: Load,
    plan: Plan,
    folder: Path,
    wanted: Sequence[GridPoint],
    axes: Mapping[str, Sequence[Value]],
    progress: StageProgress | None,
) -> Chips:
    from vle_analog.report.variation.page import write_variation_report

    watch = Stopwatch()
    studies = [load(point.overrides) for point in wanted]
    for study in studies:  # all of them before the first one runs
        plan.check(study.spec.variation)
        process(study.spec.circuit.process).check_corner(study.spec.circuit.corner)
    with kept_on_failure(studies[0], folder):
        check_axes(axes, studies[0].circuit())
        check_circuit(studies[0].spec, plan, studies[0].circuit())
    _check_grid(folder)
    runs = []
    with watch.stage("chips"), _begun(folder, axes):
        for number, (point, study) in enumerate(zip(wanted, studies, strict=True)):
            inner = Stopwatch(_part(progress, number, len(wanted)))
            found = _run(study, plan, folder / point.name, inner, _part(progress, number, len(wanted)))
            _report(study, found, inner)
            runs.append((point, found))
    with watch.stage("report"):
        place = _middle(wanted)
        middle, content = runs[place][1], content_of(studies[place], runs[place][1])
        content = replace(content, corners=_corners(runs, studies), **_curves(runs, axes), files=_files(runs))
        content = replace(content, warnings=tuple(dict.fromkeys(w for study in studies for w in study.warnings)))
        write_variation_report(folder, content)
        table(runs).to_csv(folder / "points.csv", index=False)
        result = {
            "study": middle.lot.spec.name,
            "axes": {axis: list(values) for axis, values in axes.items() if values},
            "points": [{**point.values, **summary(found), "folder": point.name} for point, found in runs],
            **warned(*studies),
        }
        write_json(folder / GRID, result)
    return Chips(tuple(runs), folder, result | _places(folder, watch))


@contextmanager
def _begun(folder: Path, axes: Mapping[str, Sequence[Value]]) -> Iterator[None]:
    """The folder of a grid, which goes again where not even the first run of it could begin."""
    mark = folder / GRID
    new = not mark.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if new:  # else it holds the earlier results until all points are done again
        write_json(mark, {"axes": {axis: list(values) for axis, values in axes.items() if values}})
    try:
        yield
    except BaseException:
        if new and [*folder.iterdir()] == [mark]:
            mark.unlink()
            folder.rmdir()
        raise


def finished_chips(folder: Path, plan: Plan, axes: Mapping[str, Sequence[Value]]) -> tuple[int, int]:
    """Return the number of chips of a run or a grid that are on the disk, and the number planned."""
    from vle_analog.montecarlo.folder import RunFolder
    from vle_analog.montecarlo.run import finished

    wanted = points(axes)
    folders = [folder] if len(wanted) == 1 else [folder / point.name for point in wanted]
    there = 0
    for each in folders:
        if (each / MARK).is_file():
            with suppress(InputError):
                there += finished(RunFolder(each), plan.chips)
    return there, len(folders) * plan.samples


def warnings(load: Load, axes: Mapping[str, Sequence[Value]]) -> tuple[Problem, ...]:
    """The warnings of all points of a grid, each of them once."""
    found = (warning for point in points(axes) for warning in load(point.overrides).warnings)
    return tuple(dict.fromkeys(found))


def _run(study: Study, plan: Plan, folder: Path, watch: Stopwatch, progress: StageProgress | None) -> MonteCarlo:
    from vle_analog.montecarlo.run import montecarlo

    with kept_on_failure(study, folder), watch.stage("chips"):
        return montecarlo(study.lot(), plan, folder, progress)


def _report(study: Study, found: MonteCarlo, watch: Stopwatch) -> None:
    from vle_analog.report.variation.page import write_variation_report

    with watch.stage("report"):
        write_variation_report(found.folder, content_of(study, found))


def content_of(study: Study, found: MonteCarlo) -> "VariationContent":
    """Return the content of the report of one run."""
    from vle_analog.report.variation.content import VariationContent

    spec = study.spec
    files = {name: what for name, what in FILES.items() if name == "report.html" or (found.folder / name).exists()}
    return VariationContent(
        name=spec.name,
        title=spec.title or spec.name,
        table=found.table,
        statistics=found.statistics,
        bounds=found.bounds,
        facts=_facts(found),
        nominal=found.nominal,
        fan=_fan(found),
        rankings=found.rankings,
        messages=found.sentences,
        warnings=study.warnings,
        provenance=provenance(spec),
        files=files | {"figures/": FILES["figures/"]},
    )


def _facts(found: MonteCarlo) -> dict[str, str]:
    spec = found.lot.spec
    variation, circuit = spec.variation, spec.circuit
    return {
        "variations": variation.variations,
        "multiple of sigma": f"{variation.scale:g}",
        "sampling": variation.sampling,
        "seed": str(variation.seed),
        "engine": found.engine,
        "level": circuit.level,
        "process": circuit.process,
        "area": f"{circuit.area:g}",
        "corner": circuit.corner or "nominal",
        "duration": f"{spec.duration:g}",
        "points in time": str(spec.simulate.points),
    }


def _fan(found: MonteCarlo):
    from vle_analog.montecarlo.folder import RunFolder
    from vle_analog.report.variation.content import fan

    traces, signals, times = RunFolder(found.folder).traces()
    if not traces.shape[0]:
        return None
    values = np.asarray(traces[: found.plan.traces])
    use = np.asarray(np.isfinite(values).all(axis=(1, 2)))
    if not use.any():
        return None
    ideal = found.lot.shared.metrics.ideal
    return fan(signals, times, values, np.stack([ideal[name] for name in signals]), use)


def table(runs: Sequence[tuple[GridPoint, MonteCarlo]]) -> "pd.DataFrame":
    """One row per point: its values, how many chips work, and the medians of the metrics."""
    import pandas as pd

    rows = []
    for point, found in runs:
        numbers = found.statistics
        medians = {f"median.{name}": value for name, value in numbers.summary["median"].to_dict().items()}
        rows.append(
            {
                **point.values,
                "chips": numbers.samples,
                "works": numbers.working,
                "yield": numbers.passing.value,
                "yield_low": numbers.passing.low,
                "yield_high": numbers.passing.high,
                **medians,
            }
        )
    return pd.DataFrame(rows)


def _corners(runs: Sequence[tuple[GridPoint, MonteCarlo]], studies: Sequence[Study]) -> "pd.DataFrame | None":
    """Yield and medians over corner, temperature and supply, where the grid has such an axis and no other."""
    import pandas as pd

    if not {*runs[0][0].values} <= {"corner", "temp", "supply"}:
        return None
    rows = []
    for (_, found), study in zip(runs, studies, strict=True):
        circuit, medians = study.circuit(), found.statistics.summary["median"]
        rows.append(
            {
                "corner": study.spec.circuit.corner or "nominal",
                "temperature": circuit.temperature,
                "supply": circuit.supply,
                "status": "ok" if len(medians) else "failed",
                "yield": found.statistics.passing.value,
                **medians.to_dict(),
            }
        )
    return pd.DataFrame(rows)


def _curves(runs: Sequence[tuple[GridPoint, MonteCarlo]], axes: Mapping[str, Sequence[Value]]) -> dict[str, Any]:
    """Yield against mismatch, and against area; a curve for every combination of the other values."""
    from vle_analog.report.variation.content import YieldPoint

    found: dict[str, Any] = {}
    for name, axis in (("yield_mismatch", "scale"), ("yield_area", "area")):
        curves: dict[str, list[YieldPoint]] = {}
        for point, run in runs if len(axes.get(axis, ())) > 1 else ():
            others = {key: value for key, value in point.values.items() if key != axis and len(axes[key]) > 1}
            label = GridPoint(others).name.replace("_", " ").replace("-", ", ") or run.lot.spec.name
            passing = run.statistics
            at = float(point.values[axis])
            curves.setdefault(label, []).append(YieldPoint(at, passing.passing, passing.samples))
        found[name] = {label: sorted(curve, key=lambda point: point.at) for label, curve in curves.items()}
    return found


def _middle(wanted: Sequence[GridPoint]) -> int:
    """The point whose chips are shown for the whole grid: that of nominal mismatch and area, or the first."""
    usual = [all(point.values.get(axis, 1.0) == 1.0 for axis in ("scale", "area")) for point in wanted]
    return usual.index(True) if any(usual) else 0


def _files(runs: Sequence[tuple[GridPoint, MonteCarlo]]) -> dict[str, str]:
    folders = {f"{point.name}/": "the run of this point, with a report of its own" for point, _ in runs}
    return {
        "report.html": FILES["report.html"],
        "points.csv": "one row per point",
        GRID: "the same with all numbers",
        "figures/": FILES["figures/"],
        **folders,
    }


def _check_grid(folder: Path) -> None:
    """A grid is written into a new folder, or into one of a grid."""
    there = [*folder.iterdir()] if folder.is_dir() else []
    if (folder.exists() and not folder.is_dir()) or (there and not (folder / GRID).exists()):
        what = "a single run" if (folder / MARK).exists() else "something that is no grid of runs"
        raise InputError(
            Problem(
                f"the folder holds {what}",
                "--output",
                got=str(folder),
                expected=f"a new folder, or one with {GRID}",
                hint="choose another folder",
            )
        )


def _part(progress: StageProgress | None, number: int, count: int) -> StageProgress | None:
    """StageProgress of one point as a part of the whole."""
    if progress is None:
        return None
    return lambda stage, done: progress(f"{stage}, {number + 1} of {count}", done)


def _places(folder: Path, watch: Stopwatch) -> dict[str, Any]:
    return {"seconds": watch.seconds, "folder": str(folder), "report": str(folder / "report.html")}
