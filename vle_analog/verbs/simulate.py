"""The verb `simulate`: a circuit in ngspice, with netlist, deck, log and traces."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.output import write_json
from vle_analog.progress import StageProgress
from vle_analog.stability import brief
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.results import excursions_json, rows, simulator_json, write_simulation


def simulate_study(study: Study, folder: Path, progress: StageProgress | None = None) -> dict[str, Any]:
    """Simulate the circuit and write netlist, deck, log and traces.

    **Returns:** The JSON object of the command line.
    """
    watch = Stopwatch(progress)
    with result_folder(study, folder) as stage:
        with watch.stage("analyse"):
            study.refuse_unstable()
        with watch.stage("map"):
            study.circuit()
        with watch.stage("simulate"):
            simulation = study.simulate(progress)
        with watch.stage("write"):
            write_simulation(study, simulation, stage)
        summary = {
            "study": study.spec.name,
            "level": study.spec.circuit.level,
            "signals": {str(s): {"final": float(row[-1])} for s, row in rows(simulation.traces)},
            "excursions": excursions_json(simulation.excursions),
            "stability": brief(study.stability()),
            **warned(study),
            **simulator_json(simulation),
            "seconds": watch.seconds,
            "folder": str(folder),
        }
        write_json(stage / "simulation.json", {k: v for k, v in summary.items() if k not in ("seconds", "folder")})
        write_json(stage / "times.json", watch.seconds)
    return summary
