"""Primitive cells in transistors between the rails of generic180, as ngspice sees them; the common reference is 0."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vle_analog.cells.library import cell
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process
from vle_analog.simulator.rawfile import read_raw

PROCESS = process("generic180")
SUPPLY = PROCESS.supply
PRECISE = ".options gmin=1e-16 abstol=1e-16 chgtol=1e-18 reltol=1e-5 vntol=1e-9"


def transistors(*names: str) -> list[str]:
    """The subcircuits of these primitives at transistor level."""
    return [cell(name).file("transistor.cir").read_text() for name in names]


def rails(bias: float = 1e-9) -> list[str]:
    """vss and vdd around 0, where the replica stack at this current puts it; hold is low."""
    return [
        *transistors("common_mode"),
        f"Vframe frame 0 {SUPPLY}",
        f"Xframe height 0 frame 0 0 common_mode ib={bias}",
        "Evss vss 0 height 0 -1",
        f"Vvdd vdd vss {SUPPLY}",
    ]


def instance(name: str, pins: str, hold: str = "vss", **parameters: float) -> str:
    """The card of a primitive at these nets and the rails."""
    given = " ".join(f"{key}={value}" for key, value in parameters.items())
    label = "".join(f"_{pin}" for pin in pins.split())
    return f"X{name}{label} {pins} 0 vdd vss {hold} {name} {given}"


def simulated(folder: Path, cards: Iterable[str], analysis: str, mismatch: int | None = None) -> dict[str, np.ndarray]:
    """Voltages by node and currents as `NAME#branch`, over the first column; `mismatch` is the seed of the devices."""
    devices = device_cards(PROCESS, mismatch=mismatch is not None)
    options = PRECISE if mismatch is None else f"{PRECISE} seed={mismatch}"
    deck = ["* primitives", *devices, *cards, options, analysis, ".end", ""]
    (folder / "deck.cir").write_text("\n".join(deck))
    command = ["ngspice", "-b", "-r", "out.raw", "deck.cir"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    plot = read_raw(folder / "out.raw")
    assert plot is not None, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(zip(plot.names, plot.values.T, strict=True))
