"""The verb `size`: sizes measured on a bench and corrected, and the netlist with them."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.mapping.closed_loop import Tuned
from vle_analog.output import write_json
from vle_analog.progress import StageProgress
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.results import write_mark, write_netlist_files


def size_study(study: Study, folder: Path, progress: StageProgress | None = None) -> tuple[Tuned, dict[str, Any]]:
    """Size a study and write netlist and numbers; return the sizes with the JSON object of the command line."""
    watch = Stopwatch(progress)
    with result_folder(study, folder) as stage:
        with watch.stage("size"):
            tuned = study.tune(progress)
        with watch.stage("write"):
            write_netlist_files(study, stage)
            result = {
                "study": study.spec.name,
                "process": study.spec.circuit.process,
                "level": study.spec.circuit.level,
                **tuned.to_json(),
                **warned(study),
            }
            write_json(stage / "sizes.json", result)
            write_mark(study, stage, study.deck(), tuned.simulator)
        write_json(stage / "times.json", watch.seconds)
    return tuned, result | {"seconds": watch.seconds, "folder": str(folder)}
