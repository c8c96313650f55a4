"""Gate area of a cell's netlist."""

from pathlib import Path

from vle_analog.cells.device_sizes import device_sizes
from vle_analog.netlist.circuit import Subcircuit


def gate_area(subcircuit: Subcircuit, path: Path) -> float:
    """Sum of w l m over the transistors of a cell with one unit, m^2.

    **Arguments:** `path`: the cell's file, for messages.

    **Raises:** `InputError` naming file and line of a size that has no value.
    """
    return sum(device.area for device in device_sizes(subcircuit, {"k": 1.0}, path))
