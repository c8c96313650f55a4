"""Pass 5, trim: subtracts the capacitance of transistors from the capacitors on their nets.

In a lead cell with C' and device capacitances Cn on n and Cu on u, tau_m = (C' + Cn + Cu)/g + rs C' to first order: so
C' = g (tau_m - tau_r) - Cn - Cu, rounded to the drawing grid, and the floating resistor, which charges C' and Cu,
follows: rs = tau_r/(C' + Cu).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vle_analog.cells.fitted import fitted
from vle_analog.cells.nonideal import grown
from vle_analog.errors import InputError, Problem
from vle_analog.levels import BEHAVIOURAL, TRANSISTOR
from vle_analog.netlist.circuit import COMMON_PINS, Circuit, Instance, Module
from vle_analog.netlist.elements import cell_nets
from vle_analog.netlist.placed import placed
from vle_analog.process.process import Process, process

# cell -> its capacitor, its node, other nodes whose capacitance counts, parameters scaled with the node's total
TRIMMED: Mapping[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "membrane_lead": ("c", "u", ("n",), ("series_g", "series_ib")),
    "membrane_sum": ("c", "u", (), ()),
    "error_lead": ("c", "v", (), ()),
    "error_lag": ("c", "v", (), ()),
    "error_follow": ("c", "v", (), ()),
    "weight": ("c", "w", (), ()),
}
PIN_CAPACITANCES = {"out": "cout", "yp": "ciny", "yn": "ciny", "n": "ciny"}  # of the macromodel; others: cin
REMEDIES = ("slower", "smaller devices", "faster", "voltage_unit", "larger error_unit", "slower learning")
MIN_CAPACITOR_SHARE = 0.3  # of a capacitor that must be left: below, the devices determine the time constant


@dataclass(frozen=True)
class DeviceCapacitance:
    """The capacitance of devices, in farads.

    **Arguments:** `nets`: total on every net of the circuit. `own`: (neuron or synapse, cell, net) -> that of one cell.
    """

    nets: Mapping[str, float]
    own: Mapping[tuple[str, str, str], float]


def trim(circuit: Circuit, library: Path | None = None) -> Circuit:
    """Return the circuit with the capacitance of its devices subtracted from its capacitors.

    **Raises:** `InputError` naming a capacitor of which the devices on its node leave too little, or less than the
    process can draw.
    """
    extra = device_capacitance(circuit, library).nets
    modules = {module.name: module for module in circuit.modules}
    technology, top = process(circuit.process), circuit.top
    instances = tuple(_trimmed(circuit, outer, modules[outer.of], extra, technology) for outer in top.instances)
    return replace(circuit, modules=(*circuit.modules[:-1], replace(top, instances=instances)))


def device_capacitance(circuit: Circuit, library: Path | None = None) -> DeviceCapacitance:
    """Sum the capacitance of devices on every net, in farads."""
    nets: dict[str, float] = defaultdict(float)
    own: dict[tuple[str, str, str], float] = defaultdict(float)
    for primitive in placed(circuit):
        if primitive.level == BEHAVIOURAL or "k" not in primitive.parameters:  # that of a switch is negligible
            continue
        # of a macromodel its own parameters: zero where its capacitances are switched off
        devices = primitive.level == TRANSISTOR
        capacitances = fitted(primitive.cell, circuit.process, library).macromodel if devices else primitive.parameters
        units, size = primitive.parameters["k"], primitive.parameters.get("s", 1.0)
        owner, inner, *_ = primitive.path
        for pin, net in primitive.pins.items():
            if pin not in COMMON_PINS:
                farads = grown(capacitances, PIN_CAPACITANCES.get(pin, "cin"), size) * units
                nets[net] += farads
                own[owner, inner, net] += farads
    return DeviceCapacitance(dict(nets), dict(own))


def restored(name: str, parameters: Mapping[str, float], extra: Mapping[str, float]) -> dict[str, float]:
    """Return the parameters of a cell before `trim`.

    **Arguments:** `extra`: device capacitance per node of the cell, F.
    """
    if name not in TRIMMED:
        return dict(parameters)
    capacitor, node, others, followers = TRIMMED[name]
    here = parameters[capacitor] + extra.get(node, 0.0)
    drawn = here + sum(extra.get(other, 0.0) for other in others)
    followed = {key: parameters[key] * drawn / here for key in followers if key in parameters}
    return {**parameters, capacitor: drawn, **followed}


def _trimmed(
    circuit: Circuit, outer: Instance, module: Module, devices: Mapping[str, float], technology: Process
) -> Instance:
    values = {**module.parameters, **outer.parameters}
    changed: dict[str, float | str] = {}
    for inner in module.instances:
        leaf = circuit.leaves[inner.of]
        if leaf.cell not in TRIMMED or not leaf.subcircuit.pieces:
            continue
        capacitor, node, others, followers = TRIMMED[leaf.cell]
        nets = cell_nets(outer, module, inner, leaf)
        elsewhere = sum(devices.get(nets[other], 0.0) for other in others)
        extra = elsewhere + devices.get(nets[node], 0.0)
        name = inner.parameters.get(capacitor)
        if extra == 0.0 or not isinstance(name, str):
            continue
        drawn = float(values[name])
        left = (drawn - extra) / drawn
        if left < MIN_CAPACITOR_SHARE:
            raise InputError(_too_little(f"{outer.name}.{inner.name}", drawn, extra))
        if drawn - extra < technology.capacitor.minimum:
            raise InputError(_too_small(f"{outer.name}.{inner.name}", drawn - extra, technology))
        changed[name] = plate = float(technology.on_grid(drawn - extra))
        for follower in followers:
            key = str(inner.parameters[follower])
            changed[key] = float(values[key]) * (plate + extra - elsewhere) / drawn
    return replace(outer, parameters={**outer.parameters, **changed}) if changed else outer


def _crowded(where: str) -> tuple[str, ...]:
    """Return the remedies for a capacitor; `where`: `hidden_0.membrane`."""
    return (*REMEDIES, f"time constants:{where.partition('.')[0].rpartition('_')[0]}", "ideal circuit")


def _too_little(where: str, drawn: float, extra: float) -> Problem:
    return Problem(
        f"the devices on the node of the capacitor of {where} have too large a capacitance",
        "circuit.time_unit",
        got=f"{extra:.2g} F of devices on a capacitor of {drawn:.2g} F",
        expected=f"at most {1 - MIN_CAPACITOR_SHARE:.0%} of it",
        remedies=_crowded(where),
    )


def _too_small(where: str, farads: float, technology: Process) -> Problem:
    return Problem(
        f"the capacitor of {where} is smaller than {technology.name} can draw",
        "circuit.time_unit",
        got=f"{farads:.2g} F beside its devices",
        expected=f"at least {technology.capacitor.minimum:.2g} F",
        remedies=_crowded(where),
    )
