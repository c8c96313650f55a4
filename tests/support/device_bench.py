"""Single transistors in small decks: what the tests of the processes share."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from vle_analog.simulator.rawfile import read_raw
from vle_analog.simulator.worker_process import SETTINGS

# Leakage of the simulator itself must stay below the currents that are compared.
PRECISE = ".options gmin=1e-16 abstol=1e-18 reltol=1e-7 vntol=1e-10"
needs_kit = pytest.mark.skipif("PDK_ROOT" not in os.environ, reason="needs a design kit: PDK_ROOT is not set")


def operating_point(folder: Path, cards: Iterable[str], analysis: str = ".op") -> dict[str, float]:
    """Magnitudes of node voltages and source currents that `ngspice -b` finds."""
    (folder / "bench.cir").write_text("\n".join(["* bench", *cards, PRECISE, analysis, ".end", ""]))
    (folder / ".spiceinit").write_text(SETTINGS)
    command = ["ngspice", "-b", "-r", "out.raw", "bench.cir"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    plot = read_raw(folder / "out.raw")
    assert plot is not None, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: abs(value) for name, value in zip(plot.names, plot.values[0], strict=True)}
