"""Reads the `.cir` file of one level of a cell into a `Subcircuit`: cards as templates with named nodes and parameters.

The subset: one `.subckt` ... `.ends`, comments, continuations, and R C L V I G E B D M Q X cards.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Call, Card, Subcircuit

NODES = {"R": 2, "C": 2, "L": 2, "V": 2, "I": 2, "B": 2, "D": 2, "G": 4, "E": 4, "M": 4, "Q": 3}
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_PARAMETER = re.compile(r"\{(?!f_)(\w+)\}")  # `{f_...}` is a function bound by `_bind`
_VOLTAGE = re.compile(r"\bV\((\w+)(?:,(\w+))?\)")


def read_subcircuit(path: Path, functions: tuple[str, ...] = ()) -> Subcircuit:
    """The subcircuit in a `.cir` file.

    **Arguments:**

    - `functions`: names that cards may call and that placement binds (`phi`, `slope`).

    **Raises:** `InputError` naming file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem("the cell's netlist cannot be read", str(path), got=str(error))) from None
    name, pins, parameters, cards, calls, source = "", (), {}, [], {}, []
    ended = False
    for number, text in _logical_lines(lines):
        where = f"{path}:{number}"
        word = text.split()[0]
        if word.lower() == ".subckt":
            if name:
                raise InputError(Problem("a cell's file holds one subcircuit", where, got=text))
            name, pins, parameters = _header(text, where)
        elif word.lower() == ".ends":
            ended = True
        elif not name or ended or word.startswith("."):
            raise InputError(
                Problem(
                    "a card outside the subcircuit",
                    where,
                    got=text,
                    expected=".subckt NAME PINS params: ... / cards / .ends",
                )
            )
        else:
            cards.append(_card(text, number, where, functions, parameters, calls))
            source.append(text)
    if not name or not ended:
        raise InputError(Problem("no complete .subckt ... .ends found", str(path)))
    nodes = [node for card in cards for node in re.findall(r"\{n_(\w+)\}", card.template)]
    internal = tuple(dict.fromkeys(node for node in nodes if node not in pins))
    return Subcircuit(name, pins, parameters, internal, tuple(cards), calls, tuple(source))


def _logical_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines without comments, continuations joined, with the number of their first line."""
    pending: tuple[int, str] | None = None
    for number, raw in enumerate(lines, start=1):
        text = raw.split(";")[0].rstrip()
        if not text.strip() or text.lstrip().startswith("*"):
            continue
        if text.lstrip().startswith("+") and pending:
            pending = (pending[0], f"{pending[1]} {text.lstrip()[1:].strip()}")
            continue
        if pending:
            yield pending
        pending = (number, text.strip())
    if pending:
        yield pending


def _header(text: str, where: str) -> tuple[str, tuple[str, ...], dict[str, float]]:
    head, _, tail = text.partition("params:")
    words = head.split()[1:]
    if not words or not all(_NAME.match(word) for word in words):
        raise InputError(
            Problem(
                "a subcircuit header that cannot be read",
                where,
                got=text,
                expected=".subckt NAME PIN PIN ... params: NAME=NUMBER ...",
            )
        )
    parameters = {}
    for pair in tail.split():
        key, _, value = pair.partition("=")
        try:
            parameters[key] = float(value)
        except ValueError:
            raise InputError(
                Problem(
                    f"the default of parameter {key!r} is not a number",
                    where,
                    got=pair,
                    expected="NAME=NUMBER without a unit suffix",
                )
            ) from None
    return words[0], tuple(words[1:]), parameters


def _card(
    text: str, number: int, where: str, functions: tuple[str, ...], parameters: dict[str, float], calls: dict[str, Call]
) -> Card:
    words = text.split()
    letter = words[0][0].upper()
    count = NODES.get(letter)
    if letter == "X":
        positional = [word for word in words[1:] if "=" not in word and word.lower() != "params:"]
        count = len(positional) - 1
    if count is None or len(words) < count + 2 or not _NAME.match(words[0]):
        raise InputError(
            Problem(
                "a card that cannot be read",
                where,
                got=text,
                expected=f"one of {' '.join(NODES)} X with its nodes and value",
            )
        )
    nodes, rest = words[1 : 1 + count], " ".join(words[1 + count :])
    bad = [node for node in nodes if not _NAME.match(node)]
    if bad:
        raise InputError(
            Problem(
                f"{bad[0]!r} is not a node name",
                where,
                got=text,
                hint="nodes are pins or inner nodes; refer to cm, not to 0",
            )
        )
    unknown = [p for p in _PARAMETER.findall(rest) if p not in parameters]
    if unknown:
        raise InputError(
            Problem(
                f"parameter {unknown[0]!r} is not declared", where, got=text, expected="one of " + ", ".join(parameters)
            )
        )
    rest = _bind(rest, functions, calls, where)
    rest = _voltages(_PARAMETER.sub(r"{p_\1}", rest))
    pins = " ".join(f"{{n_{node}}}" for node in nodes)
    return Card(words[0], f"{letter}{{path}}{words[0][1:]} {pins} {rest}", number)


def _voltages(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        first, second = match.groups()
        return f"V({{n_{first}}},{{n_{second}}})" if second else f"V({{n_{first}}})"

    return _VOLTAGE.sub(replace, text)


def _bind(text: str, functions: tuple[str, ...], calls: dict[str, Call], where: str) -> str:
    """Replaces `phi(ARGUMENT)` by `{f_KEY}` and records the call."""
    for function in functions:
        while (match := re.search(rf"(?<![\w{{]){function}\(", text)) is not None:
            depth, end = 1, match.end()
            while depth and end < len(text):
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            if depth:
                raise InputError(Problem(f"unbalanced parentheses after {function}", where, got=text))
            argument = text[match.end() : end - 1]
            simple = re.fullmatch(r"V\((\w+),cm\)/\{vu\}", argument)
            key = f"{function}{len(calls)}"
            calls[key] = Call(function, _voltages(_PARAMETER.sub(r"{p_\1}", argument)), simple[1] if simple else "")
            text = f"{text[: match.start()]}{{f_{key}}}{text[end:]}"
    return text
