"""Messages for cards that a cell cannot have: the reason, and a card to write instead."""

import re

from vle_analog.errors import InputError, Problem

TRANSISTOR_CARD = "Xname d g s b nch|pch w=.. l=.. m=.."
_MODELS = (
    "leave it out: the deck includes the models of the process, whose transistors are called nch and pch in every cell"
)
_DOTS = {
    **dict.fromkeys((".model", ".lib", ".include", ".inc", ".endl"), _MODELS),
    ".param": 'numbers of such a cell come from its cell.toml: a line NAME = "..." in [sizing]',
    ".end": "leave it out: the file ends with .ends",
}
_ALONE = "leave it out: a cell is one subcircuit, and options and analyses are those of the testbench"
_LETTERS = {
    "D": "no process has it for every cell; a transistor with its gate on its drain is a diode",
    "Q": "no process has it for every cell",
    "J": "no process has it for every cell",
    "Z": "no process has it for every cell",
    "H": "write a B card: Bname n+ n- V=..., with a voltage that carries the current",
    "F": "write a B card: Bname n+ n- I=..., with a voltage that carries the current",
    "S": "a switch is a transistor, or the primitive hold_switch",
    "W": "a switch is a transistor, or the primitive hold_switch",
}
_DRAWN = ("ad", "as", "pd", "ps", "nrd", "nrs", "sa", "sb", "sd")
_PAIR = re.compile(r"(\w+)=(\S+)")


def dot_card(word: str, text: str, where: str) -> InputError:
    """Return the error for a card that begins with a dot."""
    hint = _DOTS.get(word, _ALONE)
    return InputError(Problem(f"{word} belongs outside a cell", where, got=text, hint=hint))


def letter(text: str, where: str, letters: str) -> InputError:
    """Return the error for a card of an element that a cell of this kind cannot have."""
    first, hint = text[0].upper(), _LETTERS.get(text[0].upper(), "")
    if first == "M" and "X" in letters.split():
        hint = f"transistors are X cards: write {transistor(text)}"
    return InputError(Problem("a card that cannot be read", where, text, f"one of {letters} with its nodes", hint))


def device(text: str, where: str, unknown: list[str]) -> InputError:
    """Return the error for an X card that is not a transistor; `unknown`: parameters that it cannot have."""
    what, hint = "a device that no process has", f"write {transistor(text)}"
    if unknown:
        key = unknown[0]
        what = f"a parameter that no process has on nch and pch: {key}"
        if key in _DRAWN:
            hint = f"leave {key} out: the process draws source and drain; {hint}"
        elif key in ("mult", "nf"):
            more = "" if key == "mult" else ", each with w / nf"
            hint = f"m is the number of parallel devices{more}; {hint}"
        else:
            hint = f"leave {key} out; {hint}"
    return InputError(Problem(what, where, got=text, expected=TRANSISTOR_CARD, hint=hint))


def transistor(text: str) -> str:
    """Return the transistor card nearest to the given text."""
    words = text.split()
    positional = [word for word in words[1:] if "=" not in word]
    given = {key.lower(): value for key, value in _PAIR.findall(text)}
    name = words[0] if words[0][0] in "xX" else f"X{words[0][1:] or 'name'}"
    nodes = positional[:4] if len(positional) > 4 else ["d", "g", "s", "b"]
    model = positional[4] if len(positional) > 4 else ""
    channel = "pch" if re.search(r"p(?:ch|fet|mos)|\Ap", model, re.IGNORECASE) else "nch"
    width, parallel = given.get("w", ".."), given.get("m", given.get("mult", ""))
    if (fingers := given.get("nf")) is not None:
        width, plain = f"{{{_bare(width)}/{_bare(fingers)}}}", _bare(fingers)
        parallel = f"{{{_bare(parallel)}*{plain}}}" if parallel else fingers
    pairs = [f"w={width}", f"l={given.get('l', '..')}", *([f"m={parallel}"] if parallel else [])]
    return " ".join([name, *nodes, channel, *pairs])


def _bare(value: str) -> str:
    inside = value.strip("{}'")
    return inside if re.fullmatch(r"[\w.]+", inside) else f"({inside})"
