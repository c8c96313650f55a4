"""Own cells that a circuit does not have: a folder of which no cell is used is a mistake, and is refused."""

from pathlib import Path

from vle_analog.cells.library import cell
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Circuit
from vle_analog.network import StudySpec
from vle_analog.network.own_cells import own_names


def refuse_unused(spec: StudySpec, circuit: Circuit) -> None:
    """Nothing where the study has no cells of its own, or the circuit at least one of them.

    **Raises:** `InputError` with the names in the folder, and those in the circuit.
    """
    if not spec.circuit.cells:
        return
    folder = Path(spec.circuit.cells)
    names, used = own_names(folder), {leaf.cell for leaf in circuit.leaves.values()}
    if used.intersection(names):
        return
    made_of_devices = any(leaf.primitive for leaf in circuit.leaves.values())
    hint = "leave circuit.cells out, or put a cell there that the circuit has"
    if not made_of_devices and any(cell(name, folder).primitive for name in names):
        hint = "primitives are in circuits of other levels: --level macromodel or --level transistor"
    raise InputError(Problem(
        "no cell of this folder is in the circuit", f"{spec.source}: circuit.cells, {folder.absolute()}",
        got=", ".join(names), expected=", ".join(sorted(used)), hint=hint,
    ))  # fmt: skip
