"""Every primitive of a circuit, and every capacitor, with its path.

Sums over devices start here: capacitance on nets, power, area.
"""

import re
from collections.abc import Iterator

from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.elements import Element, elements

_FARADS = re.compile(r"\s\{p_(\w+)\}")  # the value of a capacitor's card is a parameter of its cell


def placed(circuit: Circuit) -> Iterator[Element]:
    """Yield all primitives of a circuit, in the order of the netlist."""
    return (element for element in elements(circuit) if element.leaf.primitive)


def placed_capacitors(circuit: Circuit, behavioural: bool = False) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the path (neuron or synapse, cell, element) and farads of every capacitor in a cell with primitives.

    **Arguments:** `behavioural`: in every cell.
    """
    for element in elements(circuit):
        inside = element.leaf.subcircuit
        for card in inside.cards if inside.pieces or (behavioural and not element.leaf.primitive) else ():
            if card.name.lower().startswith("c") and (match := _FARADS.search(card.template)):
                yield (*element.path, card.name), element.parameters[match.group(1)]
