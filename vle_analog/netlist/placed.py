"""Every primitive of a circuit where it sits: its path, the nets at its pins, and its parameters as numbers.

What is counted over devices starts here: capacitance on nets, power, area.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vle_analog.netlist.circuit import Circuit, Instance, Leaf, Module

_FARADS = re.compile(r"\s\{p_(\w+)\}")  # the value of a capacitor's card is a parameter of its cell


@dataclass(frozen=True)
class Placed:
    """A primitive in its place.

    **Arguments:**

    - `path`: names of the instances from the top down: neuron or synapse, cell, primitive.
    - `cell`, `level`: what it is. `nets`: pin -> net of the flat circuit. `parameters`: numbers.
    """

    path: tuple[str, ...]
    cell: str
    level: str
    nets: Mapping[str, str]
    parameters: Mapping[str, float]


def placed(circuit: Circuit) -> Iterator[Placed]:
    """All primitives of a circuit, in the order of the netlist."""
    modules = {module.name: module for module in circuit.modules}
    for outer in circuit.top.instances:
        module = modules[outer.of]
        values = {**module.parameters, **outer.parameters}
        for inner in module.instances:
            yield from _pieces(circuit, outer, module, inner, values)


def placed_capacitors(circuit: Circuit, behavioural: bool = False) -> Iterator[tuple[tuple[str, ...], float]]:
    """The path (neuron or synapse, cell, element) and the farads of every capacitor in a cell that has primitives.

    **Arguments:** `behavioural`: in every cell, of whatever it consists.
    """
    modules = {module.name: module for module in circuit.modules}
    for outer in circuit.top.instances:
        module = modules[outer.of]
        values = {**module.parameters, **outer.parameters}
        for inner in module.instances:
            leaf = circuit.leaves[inner.of]
            given = {**leaf.subcircuit.parameters, **inner.parameters}
            for element, parameter in _capacitors(leaf) if behavioural or leaf.subcircuit.pieces else ():
                yield (outer.name, inner.name, element), _number(given[parameter], values)


def cell_nets(outer: Instance, module: Module, inner: Instance, leaf: Leaf) -> dict[str, str]:
    """Node of a cell -> net of the flat circuit, for the cell `inner` in the neuron or synapse `outer`."""
    ports = dict(zip(module.ports, outer.nets, strict=True))
    pins = {
        pin: ports.get(net, f"{outer.name}.{net}") for pin, net in zip(leaf.subcircuit.pins, inner.nets, strict=True)
    }
    return pins | {node: f"{outer.name}.{inner.name}.{node}" for node in leaf.subcircuit.internal}


def _pieces(
    circuit: Circuit, outer: Instance, module: Module, inner: Instance, values: Mapping[str, float | str]
) -> Iterator[Placed]:
    leaf = circuit.leaves[inner.of]
    nodes = cell_nets(outer, module, inner, leaf)
    given = {**leaf.subcircuit.parameters, **{key: _number(value, values) for key, value in inner.parameters.items()}}
    for piece in leaf.subcircuit.pieces:
        primitive = circuit.leaves[leaf.primitives[piece.cell]]
        nets = dict(zip(primitive.subcircuit.pins, (nodes[node] for node in piece.nodes), strict=True))
        parameters = {**primitive.subcircuit.parameters, **{key: given[name] for key, name in piece.given.items()}}
        yield Placed((outer.name, inner.name, piece.name), piece.cell, primitive.level, nets, parameters)


def _capacitors(leaf: Leaf) -> Iterator[tuple[str, str]]:
    """Elements of a cell that are capacitors, and the parameters with their capacitances."""
    for card in leaf.subcircuit.cards:
        if card.name.lower().startswith("c") and (match := _FARADS.search(card.template)):
            yield card.name, match.group(1)


def _number(value: float | str, values: Mapping[str, float | str]) -> float:
    return float(values[value] if isinstance(value, str) else value)
