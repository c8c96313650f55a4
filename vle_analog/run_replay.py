"""What `replay` does and leaves behind: one chip of a run as a netlist of its own, with a report as of `compare`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vle_analog.api import Progress, Study, nominal
from vle_analog.kept import kept_on_failure
from vle_analog.output import write_json
from vle_analog.run import Compared, Stopwatch, compare_study, warned
from vle_analog.simulator import SimulationError
from vle_analog.variation.engines import OK, Simulated, close_simulators, compiled_chips, disagreement
from vle_analog.variation.folder import RunFolder
from vle_analog.variation.montecarlo import bounds_of
from vle_analog.variation.replay import Replay, replay
from vle_analog.variation.statistics import works
from vle_analog.variation.summary import plain


@dataclass(frozen=True, eq=False)
class Replayed:
    """The outcome of `replay`: the chip made again, its comparison, and the JSON object of the command line.

    **Arguments:** `compared`: `None` of a chip that failed in the run and fails in ngspice too; `summary` says why.
    """

    replay: Replay
    compared: Compared | None
    summary: dict[str, Any]


def replay_chip(run: Path, sample: int, folder: Path | None = None, progress: Progress | None = None) -> Replayed:
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
    told: dict[str, Any] = {
        "sample": sample, "engine": found.engine, "reproduced": found.reproduced, "difference": found.difference,
        "column": found.column, "row": dict(found.row), "again": dict(found.again),
        "works": _works(found, asked), "asked": asked,
    }  # fmt: skip
    if failed is not None:
        kept = [note.strip() for note in getattr(failed, "__notes__", ())]
        told = plain(told | {"failed": failed.problem.what, "kept": kept})
        return Replayed(found, None, {"study": spec.name, **warned(study), "seconds": watch.seconds, "replay": told})
    compared = compare_study(study, folder, progress)
    if compiled:
        (one,) = compiled_chips(found.lot, found.z[:, None])
        values = study.simulate().traces.values
        told |= {"against_ngspice": disagreement(found.lot.shared, one, Simulated("ok", values))}
    told = plain(told)
    write_json(folder / "replay.json", told)
    return Replayed(found, compared, compared.summary | {"replay": told, "folder": str(folder)})


def _asked(run: Path, found: Replay) -> dict[str, float]:
    """What makes a chip work, as the run was judged last; as the study says where it has not come to that."""
    summary = RunFolder(run).record().get("summary") or {}
    return summary.get("bounds") or bounds_of(found.lot)


def _works(found: Replay, asked: dict[str, float]) -> bool:
    """Whether the chip keeps these bounds, by its row."""
    import pandas as pd

    return bool(works(pd.DataFrame([dict(found.row)]), asked.get("loss_ratio"), asked.get("nrmse_forward"))[0])
