"""The verb `analyse`: loops, slow poles and frequency responses, with pictures."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.output import write_json
from vle_analog.progress import StageProgress
from vle_analog.stability import Analysis, summary
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.results import write_mark


def analyse_study(study: Study, folder: Path, progress: StageProgress | None = None) -> tuple[Analysis, dict[str, Any]]:
    """Analyse a study and write numbers and pictures; return the analysis with the JSON object of the command line."""
    from vle_analog.report.bode import stability_pictures
    from vle_analog.style import write_picture

    watch = Stopwatch(progress)
    with result_folder(study, folder) as stage:
        with watch.stage("analyse"):
            found = study.analyse()
        with watch.stage("write"):
            result = summary(study.spec, found) | warned(study)
            write_json(stage / "analysis.json", result)
            for name, _, figure in stability_pictures(study.spec, found):
                write_picture(stage / name, figure)
            write_mark(study, stage)
        write_json(stage / "times.json", watch.seconds)
    return found, result | {"seconds": watch.seconds, "folder": str(folder)}
