"""The verb `gradient`: the exact gradient of the loss beside those of the causal rules."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.gradient import Gradients
from vle_analog.output import write_json
from vle_analog.progress import StageProgress
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.results import write_mark


def gradient_study(
    study: Study, folder: Path, progress: StageProgress | None = None
) -> tuple[Gradients, dict[str, Any]]:
    """Compute the gradients and write numbers and picture; return them with the JSON object of the command line."""
    from vle_analog.report.gradient import gradient_picture
    from vle_analog.style import write_picture

    watch = Stopwatch()  # the gradient reports its progress itself
    with result_folder(study, folder) as stage:
        with watch.stage("gradient"):
            found = study.gradient(progress)
        with watch.stage("write"):
            summary = {"study": study.spec.name, **found.to_json(), **warned(study)}
            picture = gradient_picture(found, study.spec.title or study.spec.name)
            write_json(stage / "gradient.json", summary)
            write_picture(stage / "gradient", picture)
            write_mark(study, stage)
        write_json(stage / "times.json", watch.seconds)
    return found, summary | {"seconds": watch.seconds, "folder": str(folder)}
