"""The verb `replay`: one chip of a run as a netlist of its own, with a report like that of `compare`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vle_analog.api import Study, nominal
from vle_analog.montecarlo.engines import OK, Simulated, close_simulators, compiled_chips, disagreement
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.replay import Replay, replay
from vle_analog.montecarlo.run import bounds_of
from vle_analog.montecarlo.summary import plain
from vle_analog.output import write_json
from vle_analog.progress import StageProgress
from vle_analog.simulator import SimulationError
from vle_analog.variation.statistics import works
from vle_analog.verbs.compare import Compared, compare_study
from vle_analog.verbs.folder import Stopwatch, warned
from vle_analog.verbs.results import kept_on_failure


@dataclass(frozen=True, eq=False)
class Replayed:
    """The outcome of `replay`: the chip made again, its comparison, and the JSON object of the command line.

    **Arguments:** `compared`: `None` of a chip that fails in ngspice too, for the reason in `summary`.
    """

    replay: Replay
    compared: Compared | None
    summary: dict[str, Any]


def replay_chip(run: Path, sample: int, folder: Path | None = None, progress: StageProgress | None = None) -> Replayed:
    """Makes a chip again by the engine of its run, simulates it in ngspice, and writes deck, netlist and report.

    **Arguments:** `folder`: for the results; default: `chip_K` in the folder of the run.

    **Raises:** `InputError` where there is no such run or chip; `SimulationError` where ngspice does not get through.
    """
    folder = folder or run / f"chip_{sample}"
    watch = Stopwatch(progress)
    try:
        with watch.stage("chips"):
            found = replay(run, sample, nominal)
    finally:
        close_simulators()
    compiled = found.engine == "compiled"
    spec = replace(found.lot.spec, title=f"{found.lot.spec.title or found.lot.spec.name}, chip {sample}")
    if compiled:  # as its run is checked: the error of ngspice's steps must not count as one of the compiled engine
        spec = replace(spec, simulate=replace(spec.simulate, finest=True))
    study = Study(spec).with_circuit(found.lot.chip(sample, found.z))
    failed, asked = None, _asked(run, found)
    try:
        with kept_on_failure(study, folder), watch.stage("simulate"):
            study.simulate(progress)
    except SimulationError as failure:
        if found.row["status"] == OK:
            raise
        failed = failure
    entry: dict[str, Any] = {
        "sample": sample,
        "engine": found.engine,
        "reproduced": found.reproduced,
        "difference": found.difference,
        "column": found.column,
        "row": dict(found.row),
        "again": dict(found.again),
        "works": _works(found, asked),
        "asked": asked,
    }
    if failed is not None:
        kept = [note.strip() for note in getattr(failed, "__notes__", ())]
        entry = plain(entry | {"failed": failed.problem.what, "kept": kept})
        return Replayed(found, None, {"study": spec.name, **warned(study), "seconds": watch.seconds, "replay": entry})
    compared = compare_study(study, folder, progress)
    if compiled:
        (one,) = compiled_chips(found.lot, found.z[:, None])
        values = study.simulate().traces.values
        entry |= {"against_ngspice": disagreement(found.lot.shared, one, Simulated("ok", values))}
    entry = plain(entry)
    write_json(folder / "replay.json", entry)
    return Replayed(found, compared, compared.summary | {"replay": entry, "folder": str(folder)})


def _asked(run: Path, found: Replay) -> dict[str, float]:
    """Return the bounds of a working chip: those of the run's summary, or of the study where there is none yet."""
    summary = RunFolder(run).record().get("summary") or {}
    return summary.get("bounds") or bounds_of(found.lot)


def _works(found: Replay, asked: dict[str, float]) -> bool:
    """Return whether the chip is within these bounds, by its row."""
    import pandas as pd

    return bool(works(pd.DataFrame([dict(found.row)]), asked.get("loss_ratio"), asked.get("nrmse_forward"))[0])
