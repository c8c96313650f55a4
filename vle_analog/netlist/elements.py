"""The leaves of a circuit: every leaf with its path, the nets at all its nodes and its parameters as numbers.

Composed cells are followed by their primitives.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vle_analog.netlist.circuit import GROUND, Circuit, Instance, Leaf, Module


@dataclass(frozen=True)
class Element:
    """A leaf at its place.

    **Arguments:**

    - `path`: names of the instances from the top down, as in the flat deck: neuron or synapse, cell, primitive.
    - `nets`: node of the leaf, inner ones too -> net of the flat circuit, in which cm is ground.
    - `parameters`: all of the leaf's, as numbers: from the instance, or else the defaults.
    """

    path: tuple[str, ...]
    leaf: Leaf
    nets: Mapping[str, str]
    parameters: Mapping[str, float]

    @property
    def name(self) -> str:
        """The path as one text."""
        return ".".join(self.path)

    @property
    def pins(self) -> dict[str, str]:
        """Pin -> net."""
        return {pin: self.nets[pin] for pin in self.leaf.subcircuit.pins}

    @property
    def cell(self) -> str:
        """Name of the cell."""
        return self.leaf.cell

    @property
    def level(self) -> str:
        """Level of the cell."""
        return self.leaf.level


def elements(circuit: Circuit) -> Iterator[Element]:
    """Yield every leaf of a circuit, in the order of the netlist; a composed cell precedes its primitives."""
    modules = {module.name: module for module in circuit.modules}
    for outer in circuit.top.instances:
        module = modules[outer.of]
        values = {**module.parameters, **outer.parameters}
        for inner in module.instances:
            leaf = circuit.leaves[inner.of]
            given = {key: values[value] if isinstance(value, str) else value for key, value in inner.parameters.items()}
            numbers = {key: float(value) for key, value in {**leaf.subcircuit.parameters, **given}.items()}
            whole = Element((outer.name, inner.name), leaf, cell_nets(outer, module, inner, leaf), numbers)
            yield whole
            yield from _primitives(circuit, whole)


def cell_nets(outer: Instance, module: Module, inner: Instance, leaf: Leaf) -> dict[str, str]:
    """Map nodes of a cell to nets of the flat circuit, for the cell `inner` in the neuron or synapse `outer`."""
    ports = {port: GROUND if net == "cm" else net for port, net in zip(module.ports, outer.nets, strict=True)}
    pins = zip(leaf.subcircuit.pins, inner.nets, strict=True)
    nets = {pin: ports.get(net, f"{outer.name}.{net}") for pin, net in pins}
    return nets | {node: f"{outer.name}.{inner.name}.{node}" for node in leaf.subcircuit.internal}


def _primitives(circuit: Circuit, whole: Element) -> Iterator[Element]:
    for piece in whole.leaf.subcircuit.pieces:
        leaf = circuit.leaves[whole.leaf.primitives[piece.cell]]
        path = (*whole.path, piece.name)
        outside = dict(zip(leaf.subcircuit.pins, (whole.nets[node] for node in piece.nodes), strict=True))
        inside = {node: ".".join((*path, node)) for node in leaf.subcircuit.internal}
        given = {key: whole.parameters[name] for key, name in piece.given.items()}
        yield Element(path, leaf, outside | inside, {**leaf.subcircuit.parameters, **given})
