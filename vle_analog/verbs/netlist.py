"""The verb `netlist`: the hierarchical netlist with its testbench."""

from pathlib import Path
from typing import Any

from vle_analog.api import Study
from vle_analog.output import whole_folder
from vle_analog.progress import StageProgress
from vle_analog.stability import brief
from vle_analog.verbs.folder import Stopwatch, warned
from vle_analog.verbs.results import kept_on_failure, write_mark, write_netlist_files


def netlist_study(study: Study, folder: Path, progress: StageProgress | None = None) -> dict[str, Any]:
    """Write the hierarchical netlist.

    **Returns:** The JSON object of the command line.
    """
    watch = Stopwatch(progress)
    with kept_on_failure(study, folder):
        with watch.stage("analyse"):
            stability = study.stability()
        with watch.stage("map"):
            circuit = study.circuit()
    with watch.stage("write"), whole_folder(folder) as stage:
        files = write_netlist_files(study, stage)
        write_mark(study, stage, study.deck())
    return {
        "study": study.spec.name,
        "level": study.spec.circuit.level,
        "cells": circuit.count(),
        "files": [str(folder / name) for name in files],
        "stability": brief(stability),
        **warned(study),
        "seconds": watch.seconds,
    }
