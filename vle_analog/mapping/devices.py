"""Checks that a process can make every transistor of a circuit, with its final width and length."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from vle_analog.cells.composition import IDEAL
from vle_analog.cells.library import cell
from vle_analog.errors import InputError, Problem
from vle_analog.levels import TRANSISTOR
from vle_analog.mapping.leaves import SCALE
from vle_analog.netlist.circuit import Circuit, Leaf
from vle_analog.netlist.device_sizes import deciding, device_sizes
from vle_analog.netlist.elements import Element, elements
from vle_analog.netlist.placed import placed
from vle_analog.process.process import Process


def check_devices(circuit: Circuit, technology: Process, own: Path | None = None) -> None:
    """Check that every transistor of the circuit can be made.

    **Arguments:** `own`: the user's library.

    **Raises:** `InputError` naming file and line of the first transistor outside the limits, with the limits; or the
    cell that needs a negative gain, which no primitive has at transistor level.
    """
    for primitive in placed(circuit):
        if primitive.level == TRANSISTOR and any(primitive.parameters.get(key, 0.0) < 0 for key in IDEAL):
            raise InputError(_negative(circuit, primitive))
    checked: set[tuple[str, tuple[float, ...]]] = set()
    known: dict[str, tuple[Path, tuple[str, ...]]] = {}
    for leaf, parameters in _transistors(circuit):
        if leaf.name not in known:
            path = cell(leaf.cell, own).file(f"{TRANSISTOR}.cir")
            known[leaf.name] = path, deciding(leaf.subcircuit, path)
        path, names = known[leaf.name]
        case = leaf.name, tuple(parameters[name] for name in names)
        if case not in checked:
            checked.add(case)
            scale = parameters.get(SCALE, 1.0)
            remark = "" if scale == 1 else f", circuit.area = {scale**2:g}"
            for device in device_sizes(leaf.subcircuit, parameters, path):
                place = f"{device.where}: {device.name}{remark}"
                technology.check_size(device.width, device.length, place)
                technology.check_grid(device.width, device.length, place)


def _transistors(circuit: Circuit) -> Iterator[tuple[Leaf, Mapping[str, float]]]:
    """Yield every primitive at transistor level with its parameters, including the common-mode replica."""
    if circuit.replica is not None:
        leaf = circuit.leaves[circuit.replica.leaf]
        yield leaf, {**leaf.subcircuit.parameters, **circuit.replica.parameters}
    for primitive in placed(circuit):
        if primitive.level == TRANSISTOR:
            yield primitive.leaf, primitive.parameters


def _negative(circuit: Circuit, primitive: Element) -> Problem:
    owner, _, piece = primitive.path
    cell_name = next(element.cell for element in elements(circuit) if element.path == primitive.path[:-1])
    return Problem(
        f"{cell_name} of {owner} needs a negative gain ({piece}), which no cell has at transistor level",
        "circuit.level",
        got=TRANSISTOR,
        expected="swapped inputs where a gain can change its sign",
        remedies=(f"ideal:{cell_name}", "ideal circuit"),
    )
