"""Digests of the texts on which the numbers of a primitive were measured, and for which alone they are valid.

Comments, spaces, line breaks and capital letters do not matter.
"""

import hashlib
from collections.abc import Iterable

from vle_analog.cells.library import Cell, cell
from vle_analog.levels import MACROMODEL, TRANSISTOR
from vle_analog.netlist.circuit import Subcircuit
from vle_analog.process.devices import device_cards
from vle_analog.process.process import Process

REPLICA = "common_mode"  # on every bench it sets the inputs to the common mode of a network
DEVICES = "devices"
TEXTS = {
    "cell": "the transistors of {cell}",
    "macromodel": "the macromodel of {cell} or its laws",
    "replica": f"the transistors of {REPLICA}",
    "process": "the supply, the temperature, the corners or the devices of {process}",
    DEVICES: "the transistor models of {process}",
}
"""Entry of `made_by` -> the text whose digest it is, for messages."""


def digest(lines: Iterable[str]) -> str:
    """Return the first sixteen characters of the SHA-256 of lines, regardless of spaces and capital letters."""
    plain = (" ".join(line.split()).lower() for line in lines)
    return hashlib.sha256("\n".join(plain).encode()).hexdigest()[:16]


def netlist_lines(read: Subcircuit) -> list[str]:
    """Return a cell's netlist without its name and its comments."""
    parameters = (f"{key}={value}" for key, value in read.parameters.items())
    return [" ".join(read.pins), *parameters, *read.source]


def text_digests(of: Cell, process: Process) -> dict[str, str]:
    """Map entries of `TEXTS` to digests, for all texts but the models of a design kit.

    **Raises:** `InputError` where a netlist of the cell or of the replica is missing or cannot be read.
    """
    model = netlist_lines(of.subcircuit(MACROMODEL)) if MACROMODEL in of.levels else []
    laws = (f"{key}={text}" for table in (of.law, of.law_macromodel) for key, text in table.items())
    return {
        "cell": digest(netlist_lines(of.subcircuit(TRANSISTOR))),
        "macromodel": digest([*model, *laws]),
        "replica": digest(netlist_lines(cell(REPLICA, of.own).subcircuit(TRANSISTOR))),
        "process": process_digest(process),
    }


def process_digest(process: Process) -> str:
    """Return the digest of the process data of a bench, without the models of a design kit."""
    devices = process.devices
    lines = [
        f"{process.supply} {process.temperature} {process.replica_current}",
        *(f"{corner} {devices.corners[corner]}" for corner in process.corners),
        f"{dict(devices.names)} {devices.multipliers} {devices.mismatch} {dict(devices.parameters)}",
    ]
    if devices.kind == "card":  # cards and matching are the process' own
        lines += [*device_cards(process), str(dict(process.matching))]
    return digest(lines)


def models_digest(process: Process) -> str:
    """Return the digest of the transistor models at the nominal corner.

    **Raises:** `InputError` where the design kit of the process cannot be used.
    """
    return digest(device_cards(process))
