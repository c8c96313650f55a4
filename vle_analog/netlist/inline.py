"""Macromodels in the cards of a flat deck, taken apart: elements on the deck's own nets with numbers in them.

ngspice differentiates an expression by every node in it, so nodes that never move cost as much as those that do. Rails
of ideal sources are therefore written as volts, and inner nodes on which nothing but resistors hangs (they carry the
noise of `.noise`) as zero: the same waveforms in less than half the time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from vle_analog.netlist.circuit import COMMON_PINS, GROUND, Card, Circuit, Leaf, Subcircuit
from vle_analog.netlist.deck import number

MACROMODEL = "macromodel"
_VOLTAGE = re.compile(r"\bV\(([^(),]+)(?:,([^(),]+))?\)")
_NODE = re.compile(r"\{n_(\w+)\}")


def inlined(circuit: Circuit, cards: Iterable[str]) -> Iterator[str]:
    """The cards of a flat deck, with elements in the place of macromodels."""
    known: dict[tuple[str, ...], tuple[tuple[Card, str], ...]] = {}
    fixed = {GROUND: 0.0}
    if circuit.replica is None:
        fixed |= {"vdd": circuit.supply / 2, "vss": -circuit.supply / 2}
    for card in cards:
        name, *words = card.split()
        if name[0] != "X":
            yield card
            continue
        *nodes, of = (word for word in words if "=" not in word)
        leaf = circuit.leaves.get(of)  # a transistor of a primitive that was taken apart is none
        if leaf is None or leaf.level != MACROMODEL:
            yield card
            continue
        given = tuple(word for word in words if "=" in word)
        if (of, *given) not in known:
            known[of, *given] = _templates(leaf, given)
        yield from _elements(leaf.subcircuit, nodes, name[1:].lstrip("."), known[of, *given], fixed)


def _templates(leaf: Leaf, given: Iterable[str]) -> tuple[tuple[Card, str], ...]:
    from vle_analog.cells.device_sizes import plain_templates  # which itself needs what circuits are made of

    numbers = {key: float(value) for key, _, value in (word.partition("=") for word in given)}
    return plain_templates(leaf.subcircuit, numbers)


def _elements(
    inside: Subcircuit, nodes: Iterable[str], path: str, templates: Iterable[tuple[Card, str]],
    fixed: Mapping[str, float],
) -> Iterator[str]:  # fmt: skip
    quiet = {f"{path}.{node}" for node in quiet_nodes(inside)}
    nets = dict(zip(inside.pins, nodes, strict=True)) | {node: f"{path}.{node}" for node in inside.internal}
    fields = {f"n_{node}": net for node, net in nets.items()}
    still = {**fixed, **dict.fromkeys(quiet, 0.0)}
    for card, template in templates:
        ends = {nets[node] for node in _NODE.findall(card.template.partition("=")[0])}
        if card.name[0] in "RrCc" and (ends & quiet or len(ends) == 1):  # nothing flows
            continue
        text = template.format(path=f".{path}.", **fields)
        yield _VOLTAGE.sub(lambda found: _volts(found[1], found[2] or GROUND, still), text)


def quiet_nodes(inside: Subcircuit) -> set[str]:
    """Inner nodes between which and cm only resistors lie: without a source they are at zero."""
    touched = {node: set[str]() for node in inside.internal}
    for card in inside.cards:
        ends = _NODE.findall(card.template.partition("=")[0])
        for node in ends:
            if node in touched:
                alone = card.name[0] in "Rr" and set(ends) <= {node, COMMON_PINS[0]}
                touched[node].add("resistor" if alone else "other")
    return {node for node, kinds in touched.items() if kinds == {"resistor"}}


def _volts(first: str, second: str, still: Mapping[str, float]) -> str:
    """V(first,second) with numbers for the nodes that do not move."""
    if first in still and second in still:
        return _bracketed(number(still[first] - still[second]))
    if second in still:
        away = still[second]
        return f"V({first})" if not away else f"(V({first}){'-' if away > 0 else '+'}{number(abs(away))})"
    if first in still:
        return f"({number(still[first])}-V({second}))" if still[first] else f"(-V({second}))"
    return f"V({first},{second})"


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
