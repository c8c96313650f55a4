"""The verb `size`: sizes measured on a bench and corrected, and the netlist with them."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.mapping.closed_loop import Tuned
from vle_analog.output import MARK, write_json
from vle_analog.progress import StageProgress
from vle_analog.provenance import provenance
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.results import mark


def size_study(study: Study, folder: Path, progress: StageProgress | None = None) -> tuple[Tuned, dict[str, Any]]:
    """Sizes a study and writes netlist and numbers; returns what was found with the verb's JSON object."""
    watch = Stopwatch(progress)
    with result_folder(study, folder) as stage:
        with watch.stage("size"):
            tuned = study.tune(progress)
        with watch.stage("write"):
            for name, content in study.netlist().items():
                (stage / name).write_bytes(content)
            result = {
                "study": study.spec.name,
                "process": study.spec.circuit.process,
                "level": study.spec.circuit.level,
                **tuned.to_json(),
                **warned(study),
            }
            write_json(stage / "sizes.json", result)
            write_json(stage / MARK, mark(study, provenance(study.spec, study.deck(), tuned.simulator)))
        write_json(stage / "times.json", watch.seconds)
    return tuned, result | {"seconds": watch.seconds, "folder": str(folder)}
