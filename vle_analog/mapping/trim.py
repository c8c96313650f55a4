"""Pass 5, trim: capacitors give up what the transistors on their nets already bring.

In a lead cell with C' and what hangs on n (Cn) and on u (Cu), tau_m = (C' + Cn + Cu)/g + rs C' to first order: so
C' = g (tau_m - tau_r) - Cn - Cu, as near as the drawing grid comes, and the floating resistor, which charges C' and Cu,
follows: rs = tau_r/(C' + Cu).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vle_analog.cells.fitted import fitted
from vle_analog.cells.nonideal import grown
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import COMMON_PINS, Circuit, Instance, Module
from vle_analog.netlist.elements import cell_nets
from vle_analog.netlist.placed import placed
from vle_analog.network.levels import BEHAVIOURAL, TRANSISTOR
from vle_analog.process.process import Process, process

# cell -> its capacitor, its node, other nodes whose capacitance it gives up, and what follows all that is on its node
TRIMMED: Mapping[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "membrane_lead": ("c", "u", ("n",), ("series_g", "series_ib")),
    "membrane_sum": ("c", "u", (), ()),
    "error_lead": ("c", "v", (), ()),
    "error_lag": ("c", "v", (), ()),
    "error_follow": ("c", "v", (), ()),
    "weight": ("c", "w", (), ()),
}
AT_PIN = {"out": "cout", "yp": "ciny", "yn": "ciny", "n": "ciny"}  # of the macromodel; others: cin
CROWDED = ("slower", "smaller devices", "faster", "voltage_unit", "larger error_unit", "slower learning")
LEAST = 0.3  # of a capacitor that must be left: below, the devices decide the time constant


@dataclass(frozen=True)
class Brought:
    """Farads that devices bring.

    **Arguments:** `nets`: to every net of the circuit. `own`: (neuron or synapse, cell, net) -> those of one cell.
    """

    nets: Mapping[str, float]
    own: Mapping[tuple[str, str, str], float]


def trim(circuit: Circuit, library: Path | None = None) -> Circuit:
    """The circuit with smaller capacitors, where its cells are made of devices.

    **Raises:** `InputError` naming a capacitor of which the devices on its node leave too little, or less than the
    process can draw.
    """
    extra = brought(circuit, library).nets
    modules = {module.name: module for module in circuit.modules}
    technology, top = process(circuit.process), circuit.top
    instances = tuple(_trimmed(circuit, outer, modules[outer.of], extra, technology) for outer in top.instances)
    return replace(circuit, modules=(*circuit.modules[:-1], replace(top, instances=instances)))


def brought(circuit: Circuit, library: Path | None = None) -> Brought:
    """Farads that the devices bring to every net."""
    nets: dict[str, float] = defaultdict(float)
    own: dict[tuple[str, str, str], float] = defaultdict(float)
    for primitive in placed(circuit):
        if primitive.level == BEHAVIOURAL or "k" not in primitive.parameters:  # a switch brings next to nothing
            continue
        # a macromodel brings what it has: nothing where its capacitances are switched off
        devices = primitive.level == TRANSISTOR
        brings = fitted(primitive.cell, circuit.process, library).macromodel if devices else primitive.parameters
        units, size = primitive.parameters["k"], primitive.parameters.get("s", 1.0)
        owner, inner, *_ = primitive.path
        for pin, net in primitive.pins.items():
            if pin not in COMMON_PINS:
                farads = grown(brings, AT_PIN.get(pin, "cin"), size) * units
                nets[net] += farads
                own[owner, inner, net] += farads
    return Brought(dict(nets), dict(own))


def restored(name: str, parameters: Mapping[str, float], extra: Mapping[str, float]) -> dict[str, float]:
    """The parameters of a cell as they were before `trim`; `extra`: farads that devices bring to its nodes."""
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
        if left < LEAST:
            raise InputError(_too_little(f"{outer.name}.{inner.name}", drawn, extra))
        if drawn - extra < technology.capacitor.minimum:
            raise InputError(_too_small(f"{outer.name}.{inner.name}", drawn - extra, technology))
        changed[name] = plate = float(technology.on_grid(drawn - extra))
        for follower in followers:
            key = str(inner.parameters[follower])
            changed[key] = float(values[key]) * (plate + extra - elsewhere) / drawn
    return replace(outer, parameters={**outer.parameters, **changed}) if changed else outer


def _crowded(where: str) -> tuple[str, ...]:
    """What may help a capacitor; `where`: `hidden_0.membrane`."""
    return (*CROWDED, f"time constants:{where.partition('.')[0].rpartition('_')[0]}", "ideal circuit")


def _too_little(where: str, drawn: float, extra: float) -> Problem:
    return Problem(
        f"the devices on the capacitor of {where} outweigh it", "circuit.time_unit",
        got=f"{extra:.2g} F of devices on a capacitor of {drawn:.2g} F", expected=f"at most {1 - LEAST:.0%} of it",
        remedies=_crowded(where),
    )  # fmt: skip


def _too_small(where: str, farads: float, technology: Process) -> Problem:
    return Problem(
        f"the capacitor of {where} is smaller than {technology.name} can draw", "circuit.time_unit",
        got=f"{farads:.2g} F beside its devices", expected=f"at least {technology.capacitor.minimum:.2g} F",
        remedies=_crowded(where),
    )  # fmt: skip
