"""Refusal of studies whose equations can be solved but not mapped to a circuit."""

from pathlib import Path

from vle_analog.cells.library import cell
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Circuit
from vle_analog.network import Samples
from vle_analog.process.process import process
from vle_analog.study import StudySpec, Teacher
from vle_analog.study.own_cells import own_names


def refuse_draws(spec: StudySpec) -> None:
    """Check that a study whose circuit has no transistors sets no corner and no mismatch seed.

    **Raises:** `InputError` naming each key that needs transistors.
    """
    seed, corner = spec.circuit.mismatch_seed, spec.circuit.corner
    problems = []
    if seed is not None:
        problems.append(
            Problem(
                "this seed draws the mismatch of transistors, and the circuit has none",
                f"{spec.source}: circuit.mismatch_seed",
                got=f"{seed} at level {spec.circuit.level}",
                expected="cells at level transistor",
                remedies=("transistors",),
                hint="leave mismatch_seed out; vle-analog montecarlo draws macromodels too",
            )
        )
    if corner not in (None, process(spec.circuit.process).corners[0]):
        problems.append(
            Problem(
                "process corners apply only to transistor-level cells, and the circuit has none",
                f"{spec.source}: circuit.corner",
                got=f"{corner} at level {spec.circuit.level}",
                expected="cells at level transistor",
                remedies=("transistors",),
                hint="leave the corner out",
            )
        )
    if problems:
        raise InputError(*problems)


def refuse_unused(spec: StudySpec, circuit: Circuit) -> None:
    """Check that the circuit uses at least one cell of the study's own folder, where there is one.

    **Raises:** `InputError` with the names in the folder, and those in the circuit.
    """
    if not spec.circuit.cells:
        return
    folder = Path(spec.circuit.cells)
    names, used = own_names(folder), {leaf.cell for leaf in circuit.leaves.values()}
    if used.intersection(names):
        return
    made_of_devices = any(leaf.primitive for leaf in circuit.leaves.values())
    hint = "leave circuit.cells out, or name a cell in that folder like one in the circuit"
    if not made_of_devices and any(cell(name, folder).primitive for name in names):
        hint = "primitives are in circuits of other levels: --level macromodel or --level transistor"
    raise InputError(
        Problem(
            "no cell of this folder is in the circuit",
            f"{spec.source}: circuit.cells, {folder.absolute()}",
            got=", ".join(names),
            expected=", ".join(sorted(used)),
            hint=hint,
        )
    )


REMEDIES = {"target.kind": ("prospective cost",)}
HINT = "`vle-analog solve` solves the equations alone"


def refuse(spec: StudySpec) -> None:
    """Check that there are cells for everything in the study.

    **Raises:** `InputError` naming every key without a cell.
    """
    problems = [
        Problem(f"no circuit can do this: {why}", f"{spec.source}: {key}", got, expected, HINT, REMEDIES.get(key, ()))
        for key, got, expected, why in _beyond(spec)
    ]
    if problems:
        raise InputError(*problems)


def _beyond(spec: StudySpec) -> list[tuple[str, str, str, str]]:
    """List `(key, got, expected, why)` of everything there is no cell for."""
    network, found = spec.network, []
    if network.cost == "membrane" and network.rule != "backprop" and isinstance(spec.target, Samples | Teacher):
        why = "the error contains the slope of the target, and that of samples jumps, which no circuit node can follow"
        got = "samples" if isinstance(spec.target, Samples) else "teacher, which enters as samples"
        found.append(("target.kind", got, 'sines | steps, or network.cost = "prospective"', why))
    moving = [p.name for p in network.populations if network.learns_tau_m(p) or network.learns_tau_r(p)]
    if network.gain_correction is not None and moving:
        why = f"the correction is a ratio of conductances, which would have to follow the time constants of {moving[0]}"
        found.append(("network.gain_correction", f"{network.gain_correction:g}", "no such key", why))
    return found
