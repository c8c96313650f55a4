"""The time of ngspice for loading a design kit: the complete library against the reduced cards.

Two transistors at an operating point; the time of the same run without transistors (starting ngspice) is subtracted.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measure import ngspice_seconds
from benchmarks.result import Check, Result
from vle_analog.process.devices import device_cards, unusable
from vle_analog.process.pdk import model_files
from vle_analog.process.process import Process, process
from vle_analog.simulator.worker_process import SETTINGS

TURNS = 15
BOUND = 0.25
# process -> library of the kit, its nominal section, metres per unit of length, required external parameters
LIBRARIES = {
    "gf180mcu": ("sm141064.ngspice", "typical", 1.0, "sw_stat_global=0 sw_stat_mismatch=0 mc_skew=3 fnoicor=0"),
    "sky130": ("sky130.lib.spice", "tt", 1e-6, ""),
}


def main() -> Result:
    """Measure all decks in turn; report medians."""
    columns = ("process", "text, whole", "text, reduced", "load", "load and start of ngspice")
    usable = [name for name in LIBRARIES if not unusable(process(name))]
    if not usable:
        return Result(columns, (), details=("no design kit under PDK_ROOT: nothing to compare",))
    rows, checks, details = [], [], []
    for name in usable:
        made, start = process(name), time.process_time()
        cards = device_cards(made)
        answered = time.process_time() - start
        with tempfile.TemporaryDirectory() as folder:
            bare = _deck(Path(folder, "bare"), ["r1 d 0 1k"])
            whole = _deck(Path(folder, "whole"), _whole(made))
            reduced = _deck(Path(folder, "reduced"), [*cards, *_pair("nch", "pch", 1.0)])
            turns = [[ngspice_seconds(deck) for deck in (bare, whole, reduced)] for _ in range(TURNS)]
        empty, full, less = (median(turn[index] for turn in turns) for index in range(3))
        load = (less - empty) / (full - empty)
        sizes = (sum(path.stat().st_size for path in _read_by(made)), sum(len(card) + 1 for card in cards))
        rows.append((name, *(f"{size / 1000:.0f} kB" for size in sizes), f"{load:.2f}", f"{less / full:.2f}"))
        checks.append(Check(f"load of {name}, reduced over whole", load, BOUND))
        details.append(
            f"{name}: start {1e3 * empty:.0f} ms, with the whole kit {1e3 * full:.0f} ms, reduced {1e3 * less:.0f} ms; "
            f"the kit answers with the cards in {1e3 * answered:.0f} ms"
        )
    return Result(columns, tuple(rows), tuple(checks), tuple(details))


def _deck(folder: Path, cards: Sequence[str]) -> Path:
    """Write a deck of these cards with a supply and the settings of the package's workers; return its folder."""
    folder.mkdir()
    (folder / ".spiceinit").write_text(SETTINGS, encoding="utf-8")
    (folder / "deck.cir").write_text("\n".join(["* load", *cards, "v1 d 0 1", ".op", ".end", ""]), encoding="utf-8")
    return folder


def _pair(n: str, p: str, unit: float) -> list[str]:
    size = f"w={2e-6 / unit:g} l={2e-6 / unit:g}"
    return [f"xn d d 0 0 {n} {size}", f"xp 0 0 d d {p} {size}"]


def _whole(made: Process) -> list[str]:
    """Return cards that read the complete library of the kit."""
    file, section, unit, parameters = LIBRARIES[made.name]
    lines = [f".param {parameters}"] if parameters else []
    library = _place(made) / file
    return [
        *lines,
        f".lib '{os.fspath(library)}' {section}",
        *_pair(made.devices.names["n"], made.devices.names["p"], unit),
    ]


def _place(made: Process) -> Path:
    return model_files(made)[0].path.parent


def _read_by(made: Process) -> list[Path]:
    """Return the model files that the complete library reads."""
    place, file = _place(made), LIBRARIES[made.name][0]
    return [place / file, *place.glob("models_*.spice"), *place.glob("models_fet/*.spice")]
