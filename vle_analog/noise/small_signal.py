"""The small-signal circuit at rest: conductances and capacitances between its nets.

At rest all signals and weights are zero: multipliers have zero gain, so neurons are isolated. Nets of behavioural cells
are left out together with their connections, as their load on a net is not defined.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import fitted
from vle_analog.cells.nonideal import grown
from vle_analog.levels import BEHAVIOURAL, TRANSISTOR
from vle_analog.netlist.circuit import COMMON_PINS, GROUND, Card, Circuit
from vle_analog.netlist.elements import Element, elements
from vle_analog.netlist.placed import placed, placed_capacitors

_NODES = re.compile(r"\{n_(\w+)\}")
# pin -> name of its capacitance in the macromodel, per unit and for s = 1
_PIN_CAPACITANCES = {
    **dict.fromkeys(("inp", "inn", "xp", "xn", "h", "a", "b"), "cin"),
    **dict.fromkeys(("yp", "yn", "n"), "ciny"),
    "out": "cout",
}


@dataclass(frozen=True, eq=False)
class SmallSignal:
    """The matrices of `(G + s C) v = i` of the nets, shape `(n, n)` each, in siemens and farads.

    **Arguments:** `nets`: every net of the flat circuit that is not held by a source -> its row; nets that an ammeter
    joins share one.
    """

    nets: dict[str, int]
    G: np.ndarray
    C: np.ndarray


def small_signal(circuit: Circuit, library: Path | None = None) -> SmallSignal:
    """Build the small-signal circuit at rest, with the switches for start values open.

    **Arguments:** `library`: the user's own cells.

    **Returns:** conductances in siemens and capacitances in farads, shape (nets, nets).

    **Raises:** `InputError` where a primitive was not characterised on the process.
    """
    primitives = [p for p in placed(circuit) if p.level != BEHAVIOURAL]
    held, joined, capacitors = {GROUND, *COMMON_PINS, *(source.net for source in circuit.sources)}, [], []
    farads = dict(placed_capacitors(circuit))
    for path, card, nodes, composed in _cards(circuit):
        if not composed:
            held |= set(nodes)
        elif card.name.startswith("V"):
            joined.append(nodes)
        elif (*path, card.name) in farads:
            capacitors.append((nodes, farads[*path, card.name]))
    names = dict.fromkeys(net for p in primitives for net in p.pins.values())
    names |= dict.fromkeys(net for nodes, _ in capacitors for net in nodes)
    rows = _rows([net for net in names if net not in held], held, joined)
    n = max(rows.values(), default=-1) + 1
    G, C = np.zeros((2, n + 1, n + 1))  # the last row is the reference, all nets held by sources

    def at(net: str) -> int:
        return rows.get(net, n)

    for nodes, value in capacitors:
        _between(C, at(nodes[0]), at(nodes[1]), value)
    for primitive in primitives:
        for into, input_net, siemens in _conductances(primitive):
            G[at(into), at(input_net)] -= siemens
        numbers = primitive.parameters
        if primitive.level == TRANSISTOR and "ib" in numbers:
            numbers = {**fitted(primitive.cell, circuit.process, library).macromodel, **numbers}
        for pin, name in _PIN_CAPACITANCES.items():
            if pin in primitive.nets and name in numbers:
                farads = numbers.get("k", 1.0) * grown(numbers, name, numbers.get("s", 1.0))
                _between(C, at(primitive.nets[pin]), n, farads)
    return SmallSignal(rows, G[:n, :n], C[:n, :n])


def _cards(circuit: Circuit) -> Iterator[tuple[tuple[str, ...], Card, tuple[str, ...], bool]]:
    """Yield every card of the cells around primitives, its nets, and whether its cell consists of primitives."""
    for element in elements(circuit):
        for card in () if element.leaf.primitive else element.leaf.subcircuit.cards:
            nodes = tuple(element.nets[node] for node in _NODES.findall(card.template))
            yield element.path, card, nodes, element.level != BEHAVIOURAL


def _rows(nets: list[str], held: set[str], joined: list[tuple[str, ...]]) -> dict[str, int]:
    """Assign a row to every net; nets joined by a voltage source share one, or are held with the other end."""
    same = {net: net for net in nets}
    for one, other in (pair for pair in joined if len(pair) == 2):
        kept, gone = (one, other) if one in held else (other, one)
        same = {net: kept if end == gone else end for net, end in same.items()}
    order = {end: row for row, end in enumerate(dict.fromkeys(end for end in same.values() if end not in held))}
    return {net: order[end] for net, end in same.items() if end in order}


def _between(matrix: np.ndarray, one: int, other: int, value: float) -> None:
    matrix[one, one] += value
    matrix[other, other] += value
    matrix[one, other] -= value
    matrix[other, one] -= value


def _conductances(primitive: Element) -> Iterator[tuple[str, str, float]]:
    """Yield the conductances of one primitive at zero input: current into a net per volt of a net."""
    nets, values = primitive.nets, primitive.parameters
    gain = 1 + values.get("dg", 0.0)
    if "g" in values:
        for one, other in ((nets["a"], nets["b"]), (nets["b"], nets["a"])):
            yield one, other, gain * values["g"]
            yield one, one, -gain * values["g"]
    elif "inp" in nets:
        yield nets["out"], nets["inp"], gain * values["gm"]
        yield nets["out"], nets["inn"], -gain * values["gm"]
    elif "gm" in values:
        yield nets["out"], nets["h"], gain * values["gm"]
    if "out" in nets and "go" in values:
        yield nets["out"], nets["out"], -values["go"] * values["ib"]
