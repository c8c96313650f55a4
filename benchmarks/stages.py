"""One process for `setup_scaling`: reads, maps and writes a study, and prints the processor time of each stage."""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vle_analog.api import Study

# The command line comes first, as for a user; packages imported on demand by a stage count as imports.
ROOMS = (
    "vle_analog.cli",
    "vle_analog.ideal",
    "vle_analog.mapping",
    "vle_analog.netlist",
    "vle_analog.theory.derivation",
)


def main(folder: Path) -> None:
    """Write `deck.cir` and the hierarchical netlist beside `study.toml` and print seconds per stage."""
    marks = {"start": 0.0}

    def done(stage: str) -> None:
        marks[stage] = time.process_time()  # counts from the start of the process

    for room in ROOMS:
        import_module(room)
    from vle_analog.api import Study

    done("import")
    study = Study.load(folder / "study.toml")
    done("read")
    study.derive()
    done("derive")
    _ = study.target  # a teacher is solved here
    done("target")
    study.circuit()
    done("map")
    deck = study.deck()
    (folder / "deck.cir").write_text(deck.text(), encoding="utf-8")
    for name, content in deck.files.items():
        (folder / name).write_bytes(content)
    done("deck")
    for name, content in study.netlist().items():
        (folder / name).write_bytes(content)
    done("netlist")
    ends = list(marks.values())
    stages = {stage: end - begin for stage, begin, end in zip(list(marks)[1:], ends, ends[1:], strict=False)}
    print(json.dumps({"stages": stages, "survey": _survey(study)}))


def _survey(study: "Study") -> float:
    """Return the seconds of the coarse solution inside `map`, which estimates signal ranges, measured once more."""
    from vle_analog.ideal import survey

    start = time.process_time()
    survey(study.spec.network, study.target, study.spec.duration)
    return time.process_time() - start


if __name__ == "__main__":
    main(Path(sys.argv[1]))
