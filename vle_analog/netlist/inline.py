"""Macromodels expanded into the cards of a flat deck: elements on the deck's own nets with numbers in them.

ngspice differentiates an expression by every node in it, so constant nodes cost as much as others. Rails of ideal
sources are therefore written as volts, and inner nodes with resistors only (they carry the noise of `.noise`) as zero:
the same waveforms in less than half the time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from vle_analog.levels import MACROMODEL
from vle_analog.netlist.circuit import COMMON_PINS, GROUND, Circuit, Leaf, Subcircuit
from vle_analog.netlist.deck import number

_VOLTAGE = re.compile(r"\bV\(([^(),]+)(?:,([^(),]+))?\)")
_NODE = re.compile(r"\{n_(\w+)\}")


def inlined(circuit: Circuit, cards: Iterable[str]) -> Iterator[str]:
    """Yield the cards of a flat deck, with macromodels replaced by elements."""
    known: dict[tuple[str, ...], _Elements] = {}
    fixed = {GROUND: 0.0}
    if circuit.replica is None:
        fixed |= {"vdd": circuit.supply / 2, "vss": -circuit.supply / 2}
    for card in cards:
        if card[0] != "X":
            yield card
            continue
        words = card.split()
        name, *nodes, of = (word for word in words if "=" not in word)
        leaf = circuit.leaves.get(of)  # None for a transistor of an expanded primitive
        if leaf is None or leaf.level != MACROMODEL:
            yield card
            continue
        given = {key: value for key, _, value in (word.partition("=") for word in words if "=" in word)}
        alike = (net if net in fixed else f"pin {nodes.index(net)}" for net in nodes)
        case = (of, *given, "", *alike)
        if case not in known:
            known[case] = _Elements(leaf, given, nodes, fixed)
        yield from known[case].cards(name[1:].lstrip("."), nodes, given)


class _Elements:
    """A macromodel at all places with the same given parameters and the same pins fixed or joined.

    **Arguments:** `given`: names of parameters. `nodes`: nets of one of the places. `fixed`: net -> volts.
    """

    def __init__(self, leaf: Leaf, given: Iterable[str], nodes: Sequence[str], fixed: Mapping[str, float]):
        from vle_analog.netlist.device_sizes import numbered_cards

        inside = self.inside = leaf.subcircuit
        self.numbered = numbered_cards(inside, given)
        quiet = quiet_nodes(inside)
        nets = dict(zip(inside.pins, nodes, strict=True)) | {node: f".{node}" for node in inside.internal}
        still = {GROUND: 0.0, **{f"{{n_{node}}}": 0.0 for node in quiet}}
        still |= {f"{{n_{pin}}}": fixed[net] for pin, net in zip(inside.pins, nodes, strict=True) if net in fixed}
        templates = []
        for card, template in self.numbered.templates:
            ends = {*_NODE.findall(card.template.partition("=")[0])}
            joined = len({nets[node] for node in ends}) == 1
            if card.name[0] in "RrCc" and (ends & quiet or joined):  # no current
                continue
            templates.append(_VOLTAGE.sub(lambda found: _volts(found[1], found[2] or GROUND, still), template))
        self.template = "\n".join(templates)

    def cards(self, path: str, nodes: Iterable[str], given: Mapping[str, str]) -> list[str]:
        """Return the cards of one place."""
        fields = self.numbered.texts({key: float(value) for key, value in given.items()})
        fields |= {f"n_{node}": f"{path}.{node}" for node in self.inside.internal}
        fields |= {f"n_{pin}": net for pin, net in zip(self.inside.pins, nodes, strict=True)}
        return self.template.format(path=f".{path}.", **fields).splitlines()


def quiet_nodes(inside: Subcircuit) -> set[str]:
    """Return inner nodes connected to cm by resistors only: without a source they are at zero."""
    touched = {node: set[str]() for node in inside.internal}
    for card in inside.cards:
        ends = _NODE.findall(card.template.partition("=")[0])
        for node in ends:
            if node in touched:
                alone = card.name[0] in "Rr" and set(ends) <= {node, COMMON_PINS[0]}
                touched[node].add("resistor" if alone else "other")
    return {node for node, kinds in touched.items() if kinds == {"resistor"}}


def _volts(first: str, second: str, still: Mapping[str, float]) -> str:
    """Return V(first,second) with numbers for constant nodes."""
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
