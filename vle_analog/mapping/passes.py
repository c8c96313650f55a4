"""The passes from a network to its circuit: each is a function from one draft to the next, in the order of `PASSES`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from vle_analog.cells.fitted import check_measured, fitted_file
from vle_analog.cells.library import cell
from vle_analog.cells.measured_texts import REPLICA
from vle_analog.errors import InputError
from vle_analog.ideal import start_values
from vle_analog.ideal import survey as coarse_solution
from vle_analog.levels import MACROMODEL, TRANSISTOR
from vle_analog.mapping.alignment import noise
from vle_analog.mapping.assemble import Assembly
from vle_analog.mapping.bias import replica_values
from vle_analog.mapping.devices import check_devices
from vle_analog.mapping.draft import Draft
from vle_analog.mapping.leaves import Leaves
from vle_analog.mapping.levels import resolve_levels
from vle_analog.mapping.natural import NATURAL, curved_activations, natural_units
from vle_analog.mapping.place import place
from vle_analog.mapping.refuse import refuse, refuse_draws, refuse_unused
from vle_analog.mapping.scale import headroom, scale
from vle_analog.mapping.size import size
from vle_analog.mapping.trim import trim
from vle_analog.netlist.circuit import Circuit, Replica
from vle_analog.network import Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.noise.paths import with_noise
from vle_analog.study import StudySpec
from vle_analog.study.limits import weight_limits

LOADED_CONDUCTANCE_RATIO = 2.0  # conductance of nodes without a capacitor over others, where devices load them
SMALLER_UNITS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # V per unit of potential that `auto` continues with

Pass = Callable[[Draft], Draft]


def refuse_impossible(it: Draft) -> Draft:
    """Refuse a study with a key that no cell implements, or with an unknown corner."""
    refuse(it.spec)
    it.process.check_corner(it.spec.circuit.corner)
    return it


def place_cells(it: Draft) -> Draft:
    """Choose the kind of every neuron and synapse."""
    return replace(it, placement=place(it.spec.network))


def choose_levels(it: Draft) -> Draft:
    """Choose the level of every cell, and the cells that a composed one is made of."""
    settings = it.spec.circuit
    levels = resolve_levels(it.placement, settings.level, settings.levels, it.poles, it.library, it.spec.source)
    return replace(it, levels=levels)


def choose_devices(it: Draft) -> Draft:
    """Add the device cards of the process where a cell is of transistors."""
    if not any(level == TRANSISTOR for _, level in it.levels.primitives):
        return it
    from vle_analog.process.devices import device_cards

    settings = it.spec.circuit
    cards = device_cards(it.process, settings.corner, mismatch=settings.mismatch_seed is not None)
    return replace(it, devices=cards)


def choose_units(it: Draft) -> Draft:
    """Choose volts, amperes and seconds per model unit, with the headroom that they leave."""
    if not it.levels.composed:
        units, room = scale(it.spec, it.survey, it.target, it.process)
        return replace(it, units=units, headroom=room)
    limit = max(weight_limits(it.spec, it.survey).values())
    units, curves = natural_units(it.spec, it.survey, it.target, it.process, limit, it.library)
    room = headroom(it.spec, units, it.survey, it.target, it.process)
    return replace(it, weight_limit=limit, units=units, curves=curves, headroom=room)


def size_elements(it: Draft) -> Draft:
    """Compute the parameters of every cell: resistors, capacitors, bias currents."""
    network = it.spec.network
    sizes = size(
        network,
        it.placement,
        it.units,
        it.process,
        it.spec.circuit.parasitic_pole,
        it.poles,
        start_values(network, it.target),
        it.library,
        LOADED_CONDUCTANCE_RATIO if it.levels.composed else 1.0,
    )
    return replace(it, sizes=sizes)


def assemble(it: Draft) -> Draft:
    """Connect the cells to modules, the modules to the circuit, and add supplies, stimuli and probes."""
    settings, technology, levels = it.spec.circuit, it.process, it.levels
    leaves = Leaves(
        technology.name,
        it.library,
        held=levels.composed,
        nonidealities=settings.nonidealities,
        scale=settings.area**0.5,
        grid=technology.grid,
    )
    replica = None
    if it.devices:
        replica = Replica(leaves.primitive(REPLICA, TRANSISTOR).name, replica_values(technology))
    network = it.spec.network
    assembly = Assembly(
        network, it.placement, it.sizes, it.units, levels, it.poles, leaves, technology, it.weight_limit
    )
    made = assembly.build(it.spec.name)
    circuit = Circuit(
        name=made.modules[-1].name,
        process=technology.name,
        units=it.units,
        supply=settings.supply or technology.supply,
        temperature=technology.temperature if settings.temperature is None else settings.temperature,
        leaves=leaves.made,
        modules=tuple(made.modules),
        sources=tuple(made.sources),
        stimuli={
            **network.received_stimuli(),
            "target": it.target,
            **{name: samples for name, _, samples in noise(network)},
        },
        rates=tuple(made.rates),
        probes=tuple(made.probes),
        headroom=it.headroom,
        conductance=it.sizes.conductance,
        hold=settings.hold_time * it.units.time if levels.composed else 0.0,
        replica=replica,
        devices=it.devices,
        seed=settings.mismatch_seed if replica else None,
        weight_limit=it.weight_limit if levels.composed_projections else 0.0,
        conductance_ratio=it.sizes.conductance_ratio,
        curves=it.curves,
    )
    return replace(it, circuit=circuit)


def check_cells(it: Draft) -> Draft:
    """Refuse devices out of their range, and numbers that were measured on another text of a cell."""
    if not it.levels.composed:
        return it
    check_devices(it.circuit, it.process, it.library)
    name, own, primitives = it.process.name, it.library, it.levels.primitives
    transistors = {cell_name for cell_name, level in primitives if level == TRANSISTOR and cell(cell_name, own).gain}
    models = {cell_name for cell_name, level in primitives if level == MACROMODEL}
    measured = {model for model in models if fitted_file(model, name, own).is_file()}
    check_measured(sorted({*NATURAL, *transistors, *measured}), it.process, own, transistors)
    return it


def trim_loads(it: Draft) -> Draft:
    """Subtract the capacitance and conductance that devices load nodes with from what is drawn there."""
    return replace(it, circuit=trim(it.circuit, it.library)) if it.levels.composed else it


def refuse_unused_settings(it: Draft) -> Draft:
    """Refuse a corner, a mismatch seed or a folder of cells that the circuit has no use for."""
    if not it.circuit.devices:
        refuse_draws(it.spec)
    refuse_unused(it.spec, it.circuit)
    return it


def correct_sizes(it: Draft) -> Draft:
    """Replace the sizes by those that were corrected on a bench, where the study has closed-loop sizing."""
    if not it.spec.circuit.closed_loop or it.tune is None:
        return it
    tuned = it.tune().circuit
    return replace(it, circuit=replace(it.circuit, modules=tuned.modules, tuned=tuned.tuned))


def add_noise(it: Draft) -> Draft:
    """Add the noise of the devices as currents over time, where the study has noise."""
    simulate = it.spec.simulate
    if not simulate.noise:
        return it
    noisy = with_noise(it.circuit, it.spec.duration, simulate.noise_spacing, simulate.noise_seed, library=it.library)
    return replace(it, circuit=noisy)


PASSES: tuple[Pass, ...] = (
    refuse_impossible,
    place_cells,
    choose_levels,
    choose_devices,
    choose_units,
    size_elements,
    assemble,
    check_cells,
    trim_loads,
    refuse_unused_settings,
    correct_sizes,
    add_noise,
)
DRAWING = PASSES[: PASSES.index(refuse_unused_settings)]  # what makes the circuit from the study alone
CHECKED = PASSES[: PASSES.index(correct_sizes)]  # and what else needs no simulator


def run_passes(begun: Draft, passes: Sequence[Pass] = PASSES) -> Circuit:
    """Apply passes in their order.

    Where a pass refuses a unit of potential that the kit chose, the passes are applied again with smaller units.

    **Arguments:** `passes`: a part of `PASSES` from the first on.

    **Returns:** The circuit.

    **Raises:** `InputError` where the study needs what no circuit can do or does not fit the process, or a cell
    lacks the requested level.
    """
    try:
        return _applied(begun, passes)
    except InputError as refusal:
        for smaller in _smaller(begun, refusal):
            with suppress(InputError):
                circuit = _applied(smaller, passes)
                curves = (replace(c, fixed=c.quantity == "error" and c.fixed) for c in circuit.curves)
                return replace(circuit, curves=tuple(curves))
        raise


def build_circuit(spec: StudySpec, target: Stimulus, survey: Traces | None = None) -> Circuit:
    """Draw the circuit of a study, sized by formulas and without noise.

    **Arguments:** `target`: the stimulus of the output population, a teacher already solved. `survey`: a coarse
    solution, if there is one.

    **Raises:** `InputError` as `run_passes`.
    """
    solution = partial(coarse_solution, spec.network, target, spec.duration) if survey is None else lambda: survey
    return run_passes(Draft(spec, target, solution), DRAWING)


def _applied(it: Draft, passes: Sequence[Pass]) -> Circuit:
    for step in passes:
        it = step(it)
    return it.circuit


def _smaller(begun: Draft, refusal: InputError) -> Iterator[Draft]:
    """The study with smaller units of potential, where the kit may choose it and a smaller one may help."""
    settings = begun.spec.circuit
    free = settings.voltage_unit == "auto" and not curved_activations(begun.spec.network)
    if free and all("voltage_unit" in problem.remedies for problem in refusal.problems):
        for volts in SMALLER_UNITS:
            yield replace(begun, spec=replace(begun.spec, circuit=replace(settings, voltage_unit=volts)))
