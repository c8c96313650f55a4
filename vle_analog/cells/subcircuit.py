"""The parser of a `.cir` file into a `Subcircuit`: cards as templates with named nodes and parameters.

One `.subckt` ... `.ends`, comments, continuations, and cards every word of which is understood; any other is refused
with file and line. Capital letters do not matter but in the names of elements and cells.
"""

import keyword
import math
import re
from collections.abc import Iterator
from pathlib import Path

from vle_analog.cells import refused_cards
from vle_analog.cells.card_values import (
    NAME,
    CellFile,
    Kind,
    checked,
    law_words,
    piece_words,
    transistor_words,
    value_words,
)
from vle_analog.cells.expressions import ARITY, BRACES, compact
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Call, Card, Subcircuit

_INLINE = re.compile(r";|(?:^|(?<=\s))\$|//")  # start of a comment at the end of a line


def card_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield (number of its first line, text) of every card; a continuation of no card stays a card of its own."""
    pending: tuple[int, str] | None = None
    for number, raw in enumerate(lines, start=1):
        text = _INLINE.split(raw, maxsplit=1)[0].strip()
        if not text or text.startswith("*"):
            continue
        if text.startswith("+") and pending:
            pending = (pending[0], f"{pending[1]} {text[1:].strip()}")
            continue
        if pending:
            yield pending
        pending = (number, text)
    if pending:
        yield pending


NODES = {"R": 2, "C": 2, "L": 2, "V": 2, "I": 2, "B": 2, "G": 4, "E": 4}
COMPOSED = "CVX"  # letters that a composed cell may use: capacitors, ammeters and ideal voltages, primitives
_PARAMETER = re.compile(r"\{(\w+)\}")
_VOLTAGE = re.compile(r"\bV\((\w+)(?:,(\w+))?\)")
_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\Z", re.IGNORECASE | re.ASCII)
_GROUND = ("0", "gnd")


def read_subcircuit(path: Path, functions: tuple[str, ...] = (), kind: Kind = "behavioural") -> Subcircuit:
    """Read the subcircuit in a `.cir` file.

    **Arguments:**

    - `functions`: names that cards may call and that placement binds (`phi`, `slope`).
    - `kind`: "behavioural" (elements), "primitive" (also transistors, `.param` and expressions in braces) or "composed"
      (primitives and capacitors).

    **Raises:** `InputError` naming file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem("the cell's netlist cannot be read", str(path), got=str(error))) from None
    file, ended = CellFile(path, kind, functions), False
    for number, raw in card_lines(lines):
        where, text = f"{path}:{number}", compact(raw)
        word = text.split()[0].lower()
        if word == ".subckt":
            if file.name:
                raise InputError(Problem("a cell's file holds one subcircuit", where, got=text))
            file.line = number
            _header(file, text, where)
        elif word == ".ends":
            _end(file, text, where)
            ended = True
        elif word.startswith(".") and (word != ".param" or kind != "primitive"):
            raise refused_cards.dot_card(word, text, where)
        elif not file.name or ended:
            expected = ".subckt NAME PINS params: ... / cards / .ends"
            raise InputError(Problem("a card outside the subcircuit", where, got=text, expected=expected))
        elif word == ".param":
            _derive(file, text, where)
        else:
            _add(file, text, number, where)
    if not file.name or not ended:
        raise InputError(Problem("no complete .subckt ... .ends found", str(path)))
    internal = tuple(dict.fromkeys(node for node in file.nodes if node not in file.pins))
    for node, where in file.read:
        if node not in (*file.pins, *internal):
            raise InputError(
                Problem(f"no card is at node {node!r}", where, expected=", ".join((*file.pins, *internal)))
            )
    return Subcircuit(
        file.name,
        file.pins,
        file.parameters,
        internal,
        tuple(file.cards),
        file.calls,
        tuple(file.source),
        tuple(file.pieces),
        file.line,
    )


def _header(file: CellFile, text: str, where: str) -> None:
    words = [word for word in text.split()[1:] if word.lower() != "params:"]
    first = next((k for k, word in enumerate(words) if "=" in word), len(words))
    first = min(first, text.lower().partition("params:")[0].count(" ") - 1 if "params:" in text.lower() else first)
    names, pins = words[:first], [word.lower() for word in words[1:first]]
    if not names or not all(map(NAME.match, names)):
        expected = ".subckt NAME PIN PIN ... params: NAME=NUMBER ..."
        raise InputError(Problem("a subcircuit header that cannot be read", where, text, expected))
    if len(set(pins)) < len(pins):
        raise InputError(Problem("a pin is given twice", where, got=text))
    file.name, file.pins = names[0], tuple(pins)
    for pair in words[first:]:
        key, _, value = pair.partition("=")
        if not _PLAIN.match(value) or not math.isfinite(float(value)):
            what, expected = f"the default of parameter {key!r} is not a number", "NAME=NUMBER without a unit suffix"
            raise InputError(Problem(what, where, pair, expected))
        file.parameters[_new_name(file, key, where)] = float(value)


def _end(file: CellFile, text: str, where: str) -> None:
    if [word.lower() for word in text.split()[1:]] not in ([], [file.name.lower()]):
        raise InputError(Problem("the end of another subcircuit", where, got=text, expected=f".ends {file.name}"))


def _new_name(file: CellFile, name: str, where: str) -> str:
    """Check a new parameter name: unused, and not a name with a meaning in expressions."""
    small = name.lower()
    if not NAME.match(name) or small in ARITY or keyword.iskeyword(small):
        raise InputError(Problem(f"{name!r} cannot be the name of a parameter", where, hint="choose another name"))
    if small in file.known:
        raise InputError(Problem(f"parameter {name!r} is given twice", where))
    return small


def _derive(file: CellFile, text: str, where: str) -> None:
    """Parse a line `.param NAME={...}`."""
    words = text.split()
    name, _, value = words[-1].partition("=")
    if len(words) != 2 or not BRACES.fullmatch(value):
        raise InputError(Problem("a .param line that cannot be read", where, got=text, expected=".param NAME={...}"))
    value = checked(file, value, where)
    file.derived.append(_new_name(file, name, where))
    file.source.append(f".param {file.derived[-1]}={value}")


def _add(file: CellFile, text: str, number: int, where: str) -> None:
    """Parse the card of an element."""
    words, letter = text.split(), text[0].upper()
    letters = [*COMPOSED] if file.kind == "composed" else [*NODES, *"X" * (file.kind == "primitive")]
    if letter == "X" and file.kind == "behavioural":
        hint = "a cell made of others has them in composed.cir"
        expected = f"one of {' '.join(NODES)}"
        raise InputError(Problem("a behavioural cell has no instances", where, text, expected, hint))
    if letter not in letters:
        raise refused_cards.letter(text, where, " ".join(letters))
    count = NODES.get(letter, sum("=" not in word and word.lower() != "params:" for word in words[1:]) - 1)
    if not NAME.match(words[0]) or len(words) < count + 2 or (letter == "X" and count < 1):
        expected = f"one of {' '.join(letters)} with its nodes and value"
        raise InputError(Problem("a card that cannot be read", where, text, expected))
    if words[0].lower() in (card.name.lower() for card in file.cards):
        raise InputError(Problem(f"there are two elements {words[0]!r}", where, got=text))
    nodes, rest = [word.lower() for word in words[1 : 1 + count]], words[1 + count :]
    for node in nodes:
        if not NAME.match(node) or node in _GROUND:
            hint = "nodes are pins or inner nodes; refer to cm, not to 0"
            raise InputError(Problem(f"{node!r} is not a node name", where, text, hint=hint))
    if any(text.count(first) != text.count(last) for first, last in ("()", "{}")):
        raise InputError(Problem("unbalanced parentheses or braces", where, got=text))
    if letter == "X":
        rest = (
            transistor_words(file, text, nodes, rest, where)
            if file.kind == "primitive"
            else piece_words(file, words[0], text, nodes, rest, number, where)
        )
        called = rest[0] if file.kind == "primitive" else f"{{c_{rest[0]}}}"
        template = " ".join([called, *rest[1:]])
    else:
        rest = law_words(file, text, rest, where) if letter == "B" else value_words(file, letter, text, rest, where)
        template = " ".join(rest)
    file.source.append(" ".join([words[0], *nodes, *rest]))
    file.nodes += nodes
    called, sep, tail = template.partition(" ") if letter == "X" else ("", "", template)
    template = called + sep + _voltages(_bind(file, _PARAMETER.sub(r"{p_\1}", tail), where))
    pins = " ".join(f"{{n_{node}}}" for node in nodes)
    file.cards.append(Card(words[0], f"{letter}{{path}}{words[0][1:]} {pins} {template}", number))


def _voltages(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        first, second = match.groups()
        return f"V({{n_{first}}},{{n_{second}}})" if second else f"V({{n_{first}}})"

    return _VOLTAGE.sub(replace, text)


def _bind(file: CellFile, text: str, where: str) -> str:
    """Replace `phi(ARGUMENT)` by `{f_KEY}` and record the call."""
    for function in file.functions if file.kind == "behavioural" else ():
        while (match := re.search(rf"(?<![\w{{]){function}\(", text)) is not None:
            depth, end = 1, match.end()
            while depth and end < len(text):
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            if depth:
                raise InputError(Problem(f"unbalanced parentheses after {function}", where, got=text))
            argument = text[match.end() : end - 1]
            simple = re.fullmatch(r"V\((\w+),cm\)/\{p_vu\}", argument)
            key = f"{function}{len(file.calls)}"
            file.calls[key] = Call(function, _voltages(argument), simple[1] if simple else "")
            text = f"{text[: match.start()]}{{f_{key}}}{text[end:]}"
    return text
