"""The verb `analyse`: loops, slow poles and frequency responses, with pictures."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.output import MARK, write_json
from vle_analog.progress import StageProgress
from vle_analog.provenance import provenance
from vle_analog.stability import Analysis, summary
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.results import mark


def analyse_study(study: Study, folder: Path, progress: StageProgress | None = None) -> tuple[Analysis, dict[str, Any]]:
    """Analyses a study and writes numbers and pictures; returns the analysis with the verb's JSON object."""
    from vle_analog.report.bode import stability_pictures
    from vle_analog.style import png, svg

    watch = Stopwatch(progress)
    with result_folder(study, folder) as stage:
        with watch.stage("analyse"):
            found = study.analyse()
        with watch.stage("write"):
            result = summary(study.spec, found) | warned(study)
            write_json(stage / "analysis.json", result)
            for name, _, figure in stability_pictures(study.spec, found):
                (stage / f"{name}.svg").write_bytes(svg(figure))
                (stage / f"{name}.png").write_bytes(png(figure))
            write_json(stage / MARK, mark(study, provenance(study.spec)))
        write_json(stage / "times.json", watch.seconds)
    return found, result | {"seconds": watch.seconds, "folder": str(folder)}
