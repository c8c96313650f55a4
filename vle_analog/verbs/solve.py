"""The verb `solve`: the equations of a study solved without a circuit."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.output import write_json
from vle_analog.progress import StageProgress
from vle_analog.stability import brief
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.kept import traces_file
from vle_analog.verbs.results import rows, write_mark


def solve_study(study: Study, folder: Path, progress: StageProgress | None = None) -> dict[str, Any]:
    """Solve the equations without a circuit and write the traces.

    **Returns:** The JSON object of the command line.
    """
    watch = Stopwatch(progress)
    with result_folder(study, folder) as stage:
        with watch.stage("ideal"):
            ideal = study.ideal(progress)
        with watch.stage("write"):
            traces_file(ideal)(stage / "ideal.nc")
            write_mark(study, stage)
        summary = {
            "study": study.spec.name,
            "signals": {str(s): {"start": float(row[0]), "final": float(row[-1])} for s, row in rows(ideal)},
            "stability": brief(study.stability()),
            **warned(study),
            "seconds": watch.seconds,
            "folder": str(folder),
        }
        write_json(stage / "solution.json", {k: v for k, v in summary.items() if k not in ("seconds", "folder")})
        write_json(stage / "times.json", watch.seconds)
    return summary
