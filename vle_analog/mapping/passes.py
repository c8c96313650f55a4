"""The passes in their order: place, levels, scale, size, assemble, trim. (Flatten makes the deck: netlist/flat.py.)

What no circuit can do is refused before the first.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vle_analog.cells.fitted import check_measured, fitted_file
from vle_analog.cells.library import cell
from vle_analog.cells.measured_texts import REPLICA
from vle_analog.errors import InputError
from vle_analog.ideal import start_values, survey
from vle_analog.mapping.alignment import noise
from vle_analog.mapping.assemble import Assembly
from vle_analog.mapping.bias import replica_values
from vle_analog.mapping.devices import check_devices
from vle_analog.mapping.leaves import Leaves
from vle_analog.mapping.levels import Levels, resolve_levels
from vle_analog.mapping.natural import NATURAL, bent, natural_units
from vle_analog.mapping.place import place
from vle_analog.mapping.refuse import refuse
from vle_analog.mapping.scale import headroom, scale
from vle_analog.mapping.size import size
from vle_analog.mapping.trim import trim
from vle_analog.netlist.circuit import Circuit, Headroom, Replica, Units
from vle_analog.netlist.unit_curve import UnitCurve
from vle_analog.network import StudySpec, Traces
from vle_analog.network.levels import MACROMODEL, TRANSISTOR
from vle_analog.network.limits import weight_limits
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import Process, process

SWIFT = 2.0  # conductance of nodes without a capacitor over others, where devices load them


SMALLER = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # V per unit of potential that `auto` goes on with


def build_circuit(spec: StudySpec, target: Stimulus, seen: Traces | None = None) -> Circuit:
    """The circuit of a study.

    **Arguments:**

    - `target`: what the output population is taught, a teacher already solved.
    - `seen`: a survey of the run, if there is one.

    **Raises:** `InputError` where the study asks for what no circuit can do or does not fit the process, or a cell
    lacks the level asked for.
    """
    refuse(spec)
    seen = seen or survey(spec.network, target, spec.duration)
    try:
        return _circuit(spec, target, seen)
    except InputError as refusal:
        for circuit in _smaller(spec, target, seen, refusal):
            return circuit
        raise


def _smaller(spec: StudySpec, target: Stimulus, seen: Traces, refusal: InputError) -> Iterator[Circuit]:
    """Circuits with a smaller unit of potential, where the kit may choose it and a smaller one may help."""
    free = spec.circuit.voltage_unit == "auto" and not bent(spec.network)
    if not free or not all("voltage_unit" in problem.remedies for problem in refusal.problems):
        return
    for volts in SMALLER:
        with suppress(InputError):
            smaller = _circuit(replace(spec, circuit=replace(spec.circuit, voltage_unit=volts)), target, seen)
            curves = (replace(curve, fixed=curve.quantity == "error" and curve.fixed) for curve in smaller.curves)
            yield replace(smaller, curves=tuple(curves))


def _circuit(spec: StudySpec, target: Stimulus, seen: Traces) -> Circuit:
    settings, own = spec.circuit, Path(spec.circuit.cells) if spec.circuit.cells else None
    technology = process(spec.circuit.process)
    technology.check_corner(spec.circuit.corner)
    network = spec.network
    poles = tuple(spec.circuit.parasitic_nodes) if spec.circuit.parasitic_pole > 0 else ()

    placement = place(network)
    levels = resolve_levels(placement, settings.level, settings.levels, poles, own, spec.source)
    devices = _devices(spec, technology) if any(level == TRANSISTOR for _, level in levels.primitives) else ()
    limit = max(weight_limits(spec, seen).values()) if levels.composed else 0.0
    units, room, curves = _units(spec, seen, target, technology, limit if levels.composed else None, own)
    start = start_values(network, target)
    sizes = size(
        network,
        placement,
        units,
        technology,
        settings.parasitic_pole,
        poles,
        start,
        own,
        SWIFT if levels.composed else 1.0,
    )
    leaves = Leaves(
        technology.name,
        own,
        held=levels.composed,
        nonidealities=settings.nonidealities,
        scale=settings.area**0.5,
        grid=technology.grid,
    )
    replica = _replica(leaves, technology) if devices else None
    made = Assembly(network, placement, sizes, units, levels, poles, leaves, technology, limit).build(spec.name)

    circuit = Circuit(
        name=made.modules[-1].name,
        process=technology.name,
        units=units,
        supply=spec.circuit.supply or technology.supply,
        temperature=technology.temperature if spec.circuit.temperature is None else spec.circuit.temperature,
        leaves=leaves.made,
        modules=tuple(made.modules),
        sources=tuple(made.sources),
        stimuli={**network.heard(), "target": target, **{name: samples for name, _, samples in noise(network)}},
        rates=tuple(made.rates),
        probes=tuple(made.probes),
        headroom=room,
        conductance=sizes.conductance,
        hold=settings.hold_time * units.time if levels.composed else 0.0,
        replica=replica,
        devices=devices,
        seed=settings.mismatch_seed if replica else None,
        weight_limit=limit if levels.composed_projections else 0.0,
        swift=sizes.swift,
        curves=curves,
    )
    if not levels.composed:
        return circuit
    check_devices(circuit, technology, own)
    _check_numbers(levels, technology, own)
    return trim(circuit, own)


def _units(
    spec: StudySpec, seen: Traces, target: Stimulus, technology: Process, limit: float | None, own: Path | None
) -> tuple[Units, tuple[Headroom, ...], tuple[UnitCurve, ...]]:
    """Units, the room they leave, and why they are what they are; `limit`: of the weights, where cells are devices."""
    if limit is None:
        return *scale(spec, seen, target, technology), ()
    units, curves = natural_units(spec, seen, target, technology, limit, own)
    return units, headroom(spec, units, seen, target, technology), curves


def _replica(leaves: Leaves, technology: Process) -> Replica:
    return Replica(leaves.primitive(REPLICA, TRANSISTOR).name, replica_values(technology))


def _devices(spec: StudySpec, technology: Process) -> tuple[str, ...]:
    from vle_analog.process.devices import device_cards

    return device_cards(technology, spec.circuit.corner, mismatch=spec.circuit.mismatch_seed is not None)


def _check_numbers(levels: Levels, technology: Process, own: Path | None) -> None:
    """**Raises:** `InputError` where a number in the circuit was measured on another text than there is now."""
    transistors = {name for name, level in levels.primitives if level == TRANSISTOR and cell(name, own).gain}
    models = {name for name, level in levels.primitives if level == MACROMODEL}
    measured = {name for name in models if fitted_file(name, technology.name, own).is_file()}
    check_measured(sorted({*NATURAL, *transistors, *measured}), technology, own, transistors)
