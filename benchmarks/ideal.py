"""The cost of the ideal relative to ngspice, for every shipped study."""

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.measure import ngspice_seconds, time_points
from benchmarks.result import Result
from vle_analog.api import Study
from vle_analog.resources import PART_FOR_CIRCUIT, shipped_studies

PAIRS = 3


def main() -> Result:
    """Measure processor time of the ideal, on the study's grid, and of the bare program on the flat deck."""
    rows, details = [], []
    for name in shipped_studies():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            deck = Study.load(name, PART_FOR_CIRCUIT.get(name, {})).deck()
            (folder / "deck.cir").write_text(deck.text(), encoding="utf-8")
            for file, content in deck.files.items():
                (folder / file).write_bytes(content)
            pairs = [(_ideal_seconds(name), ngspice_seconds(folder)) for _ in range(PAIRS)]
            points = time_points(folder)
        rows.append((name, f"{median(ideal / bare for ideal, bare in pairs):.2f}", f"{points}"))
        ideal, bare = (median(column) for column in zip(*pairs, strict=True))
        details.append(f"{name}: ideal {ideal:.3f} s, ngspice {bare:.3f} s")
    return Result(("study", "ideal / ngspice", "time points of ngspice"), tuple(rows), details=tuple(details))


def _ideal_seconds(name: str) -> float:
    study = Study.load(name, PART_FOR_CIRCUIT.get(name, {}))
    _ = study.target  # a teacher is part of the circuit's set-up, too
    start = time.process_time()
    study.ideal()
    return time.process_time() - start
