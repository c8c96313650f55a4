"""Deviations of a chip from the nominal circuit, in the cards of its flat deck.

A path of `Circuit.deviations` names a macromodel (added to its parameters), a transistor of a primitive (`dvt`: volts
of threshold, towards slower; `db`: relative current), a capacitor (`c`: relative), or all of them: `process`.
"""

from collections.abc import Iterable, Iterator, Mapping

from vle_analog.errors import InputError, Problem
from vle_analog.levels import TRANSISTOR
from vle_analog.netlist.circuit import Card, Circuit, Leaf
from vle_analog.netlist.deck import number
from vle_analog.process.devices import deviating_cards

PROCESS, CAPACITOR = "process", "c"
DEVICE = ("dvt", "db")  # parameters of the wrappers `nch` and `pch` in a deck whose devices deviate


def deviating_devices(circuit: Circuit) -> tuple[str, ...]:
    """Return the cards of the process, with transistors that can deviate one by one and, where needed, all together."""
    shifts = {key: value for key, value in circuit.deviations.get(PROCESS, {}).items() if key != CAPACITOR}
    single = any(key in DEVICE for values in circuit.deviations.values() for key in values)
    if shifts and not circuit.devices:
        raise InputError(_unknown(circuit, PROCESS, next(iter(shifts))))
    return deviating_cards(circuit.devices, shifts, single) if shifts or single else circuit.devices


def deviating(circuit: Circuit, cards: Iterable[str]) -> Iterator[str]:
    """Yield the cards of network and testbench with deviations; primitives with deviating transistors are expanded.

    **Raises:** `InputError` naming a deviation of an element that the circuit does not have.
    """
    left = {(path, key) for path, values in circuit.deviations.items() for key in values if path != PROCESS}
    network = _Network(circuit)
    for card in cards:
        yield from network.deviated(card, left)
    for path, key in sorted(left):
        raise InputError(_unknown(circuit, path, key))


class _Network:
    def __init__(self, circuit: Circuit):
        self.leaves, self.deviations = circuit.leaves, circuit.deviations
        self.together = 1 + circuit.deviations.get(PROCESS, {}).get(CAPACITOR, 0.0)
        self.owners = {path.rpartition(".")[0] for path, values in circuit.deviations.items() if {*DEVICE} & {*values}}
        self.known: dict[tuple, tuple[tuple[tuple[Card, str], ...], dict[str, str]]] = {}

    def deviated(self, card: str, left: set[tuple[str, str]]) -> Iterator[str]:
        """Yield the cards that replace a card; the deviations used are removed from `left`."""
        if card[0] not in "CX":
            yield card
            return
        name, *words = card.split()
        path = name[1:].lstrip(".")
        if card[0] == "C":
            yield self._capacitor(name, words, path, left)
        else:
            yield from self._primitive(card, name, words, path, left)

    def _capacitor(self, name: str, words: list[str], path: str, left: set[tuple[str, str]]) -> str:
        own = self.deviations.get(path, {}).get(CAPACITOR, 0.0)
        left.discard((path, CAPACITOR))
        first, last, farads, *rest = words
        return " ".join([name, first, last, number(float(farads) * (1 + own) * self.together), *rest])

    def _primitive(
        self, card: str, name: str, words: list[str], path: str, left: set[tuple[str, str]]
    ) -> Iterator[str]:
        *nodes, of = (word for word in words if "=" not in word)
        leaf = self.leaves[of]
        given = {key: value for key, _, value in (word.partition("=") for word in words if "=" in word)}
        if leaf.level == TRANSISTOR:
            yield from self._apart(leaf, nodes, given, path, left) if path in self.owners else (card,)
            return
        defaults = leaf.subcircuit.parameters
        for key, deviation in self.deviations.get(path, {}).items():
            if key in defaults and (path, key) in left:
                given[key] = number(float(given.get(key, defaults[key])) + deviation)
                left.discard((path, key))
        yield " ".join([name, *nodes, of, *(f"{key}={value}" for key, value in given.items())])

    def _apart(
        self, leaf: Leaf, nodes: list[str], given: Mapping[str, str], path: str, left: set[tuple[str, str]]
    ) -> Iterator[str]:
        """Yield the cards of a primitive on nodes of the flat circuit, every transistor with its deviations."""
        inside = leaf.subcircuit
        nets = dict(zip(inside.pins, nodes, strict=True)) | {node: f"{path}.{node}" for node in inside.internal}
        fields = {f"n_{node}": net for node, net in nets.items()}
        templates, numbers = self._numbered(leaf, given)
        for card, template in templates:
            place = f"{path}.{card.name}"
            own = {key: value for key, value in self.deviations.get(place, {}).items() if key in DEVICE}
            left -= {(place, key) for key in own if card.name[0] in "xX"}
            text = template.format(path=f".{path}.{card.name[0]}", **fields, **numbers)
            yield " ".join([text, *(f"{key}={number(value)}" for key, value in own.items())])

    def _numbered(self, leaf: Leaf, given: Mapping[str, str]) -> tuple[tuple[tuple[Card, str], ...], dict[str, str]]:
        from vle_analog.netlist.device_sizes import numbered_cards

        case = (leaf.name, *given.items())
        if case not in self.known:
            cards = numbered_cards(leaf.subcircuit, given)
            self.known[case] = cards.templates, cards.texts({key: float(value) for key, value in given.items()})
        return self.known[case]


def _unknown(circuit: Circuit, path: str, parameter: str) -> Problem:
    return Problem(
        "a deviation of an element that this circuit does not have",
        f"{circuit.name}: {path}",
        got=parameter,
        hint="deviations belong to the circuit that they were drawn for",
    )
