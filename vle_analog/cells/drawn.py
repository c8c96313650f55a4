"""Rounding of a primitive's transistors to the drawing grid of the process."""

import re
from dataclasses import replace

from vle_analog.netlist.circuit import Subcircuit

_SIDE = re.compile(r"(?<!\S)([wl])=\{([^{}]*)\}", re.IGNORECASE)


def drawn(subcircuit: Subcircuit, grid: float) -> Subcircuit:
    """Return the primitive with every width and length that is an expression rounded to the grid (metres)."""

    def rounded(found: re.Match[str]) -> str:
        inside = found[2].removeprefix("p_") if found[2].isidentifier() else found[2]  # a parameter in a template
        return f"{found[1]}={{{grid:g}*nint(({inside})/{grid:g})}}"

    cards = tuple(
        replace(card, template=_SIDE.sub(rounded, card.template)) if card.name[0] in "xX" else card
        for card in subcircuit.cards
    )
    source = tuple(_SIDE.sub(rounded, text) if text[0] in "xX" else text for text in subcircuit.source)
    return replace(subcircuit, cards=cards, source=source)
