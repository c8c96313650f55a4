"""A circuit taken apart: every leaf where it sits, with the nets at all its nodes and its parameters as numbers.

Composed cells come apart into the primitives that they are made of and what cards they have besides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vle_analog.netlist.circuit import GROUND, Circuit, Leaf
from vle_analog.netlist.placed import cell_nets


@dataclass(frozen=True)
class Element:
    """A leaf in its place.

    **Arguments:**

    - `path`: instance names from the top down, as in the flat deck.
    - `nets`: node of the leaf, inner ones too -> net of the flat circuit, in which cm is ground.
    - `parameters`: all of the leaf's, as numbers: what the instance gives, or else the defaults.
    """

    path: tuple[str, ...]
    leaf: Leaf
    nets: Mapping[str, str]
    parameters: Mapping[str, float]

    @property
    def name(self) -> str:
        """The path as one text."""
        return ".".join(self.path)


def elements(circuit: Circuit) -> Iterator[Element]:
    """Every leaf of a circuit, in the order of the netlist; a composed cell comes before its primitives."""
    modules = {module.name: module for module in circuit.modules}
    for outer in circuit.top.instances:
        module = modules[outer.of]
        values = {**module.parameters, **outer.parameters}
        for inner in module.instances:
            leaf = circuit.leaves[inner.of]
            nets = {node: _net(net) for node, net in cell_nets(outer, module, inner, leaf).items()}
            given = {key: values[value] if isinstance(value, str) else value for key, value in inner.parameters.items()}
            numbers = {key: float(value) for key, value in {**leaf.subcircuit.parameters, **given}.items()}
            whole = Element((outer.name, inner.name), leaf, nets, numbers)
            yield whole
            yield from _primitives(circuit, whole)


def _primitives(circuit: Circuit, whole: Element) -> Iterator[Element]:
    for piece in whole.leaf.subcircuit.pieces:
        leaf = circuit.leaves[whole.leaf.primitives[piece.cell]]
        path = (*whole.path, piece.name)
        outside = dict(zip(leaf.subcircuit.pins, (whole.nets[node] for node in piece.nodes), strict=True))
        inside = {node: ".".join((*path, node)) for node in leaf.subcircuit.internal}
        given = {key: whole.parameters[name] for key, name in piece.given.items()}
        yield Element(path, leaf, outside | inside, {**leaf.subcircuit.parameters, **given})


def _net(net: str) -> str:
    return GROUND if net == "cm" else net
