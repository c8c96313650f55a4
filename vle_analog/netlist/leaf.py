"""One `.subckt` of a netlist: the text of a cell at a level, with the names of its own file."""

from collections.abc import Iterator, Mapping

from vle_analog.netlist.circuit import Leaf
from vle_analog.netlist.deck import number
from vle_analog.netlist.expression import ARGUMENT, activation_text

WIDTH = 100


def leaf_cards(leaf: Leaf) -> Iterator[str]:
    """Yield the definition of a leaf, one card per item."""
    subcircuit = leaf.subcircuit
    yield header(leaf.name, subcircuit.pins, subcircuit.parameters)
    fields = {"path": "", **{f"c_{cell}": name for cell, name in leaf.primitives.items()}}
    for key, call in subcircuit.calls.items():
        text = activation_text(call.function, leaf.functions[call.function])
        fields[f"f_{key}"] = text.replace(ARGUMENT, _plain(call.argument))
    if leaf.primitive or not (subcircuit.calls or subcircuit.pieces):
        yield from subcircuit.source
    else:
        yield from (_plain(card.template, fields) for card in subcircuit.cards)
    yield f".ends {leaf.name}"


def header(name: str, pins: tuple[str, ...], parameters: Mapping[str, float]) -> str:
    """Return the `.subckt` card."""
    defaults = [f"{key}={number(value)}" for key, value in parameters.items()]
    return " ".join([f".subckt {name}", *pins, *(["params:", *defaults] if defaults else [])])


def wrap(card: str) -> Iterator[str]:
    """Yield a card over several lines of at most 100 columns, with `+`."""
    line = ""
    for word in card.split(" "):
        if line and len(line) + 1 + len(word) > WIDTH:
            yield line
            line = f"+ {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line


def _plain(template: str, fields: Mapping[str, str] | None = None) -> str:
    """Return a card's template with its own names for nodes and `{name}` for parameters."""

    class Names(dict):
        def __missing__(self, key: str) -> str:
            kind, _, name = key.partition("_")
            return f"{{{name}}}" if kind == "p" else name

    return template.format_map(Names(fields or {}))
