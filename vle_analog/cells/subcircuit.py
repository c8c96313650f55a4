"""Reads the `.cir` file of one level of a cell into a `Subcircuit`: cards as templates with named nodes and parameters.

One `.subckt` ... `.ends`, comments, continuations, and R C L V I G E B D M Q X cards. What an X card may be depends on
the kind of file: nothing in a behavioural one, a transistor in that of a primitive, a primitive in a composed one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Call, Card, Piece, Subcircuit

Kind = Literal["behavioural", "primitive", "composed"]
NODES = {"R": 2, "C": 2, "L": 2, "V": 2, "I": 2, "B": 2, "D": 2, "G": 4, "E": 4, "M": 4, "Q": 3}
COMPOSED = "CVX"  # letters that a composed cell may use: capacitors, ammeters and ideal voltages, primitives
DEVICES = {"nch": "d g s b", "pch": "d g s b"}  # transistors of a process, with their terminals
DEVICE_PARAMETERS = ("w", "l", "m")
FUNCTIONS = ("abs", "exp", "ln", "log", "max", "min", "pow", "sqrt", "tanh", "cosh", "sinh", "atan", "ceil", "floor")
CONSTANTS = ("temper", "time", "hertz", "pi")
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_PARAMETER = re.compile(r"\{(?!f_)(\w+)\}")  # `{f_...}` is a function bound by `_bind`
_VOLTAGE = re.compile(r"\bV\((\w+)(?:,(\w+))?\)")
_BRACES = re.compile(r"\{([^{}]*)\}")
_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)(meg|[tgkmunpfa])?(?!\w)|([a-z_]\w*)|([-+*/(),]))",
    re.IGNORECASE,
)


@dataclass
class _File:
    """What has been read of a file so far."""

    path: Path
    kind: Kind
    functions: tuple[str, ...]
    name: str = ""
    pins: tuple[str, ...] = ()
    parameters: dict[str, float] = field(default_factory=dict)
    derived: list[str] = field(default_factory=list)  # names that `.param` lines give
    cards: list[Card] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    line: int = 1  # of the header

    @property
    def known(self) -> list[str]:
        return [*self.parameters, *self.derived]


def read_subcircuit(path: Path, functions: tuple[str, ...] = (), kind: Kind = "behavioural") -> Subcircuit:
    """The subcircuit in a `.cir` file.

    **Arguments:**

    - `functions`: names that cards may call and that placement binds (`phi`, `slope`).
    - `kind`: "behavioural" (elements), "primitive" (also transistors, `.param` and expressions in braces) or "composed"
      (primitives and capacitors).

    **Raises:** `InputError` naming file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem("the cell's netlist cannot be read", str(path), got=str(error))) from None
    file, ended = _File(path, kind, functions), False
    for number, text in _logical_lines(lines):
        where = f"{path}:{number}"
        word = text.split()[0].lower()
        if word == ".subckt":
            if file.name:
                raise InputError(Problem("a cell's file holds one subcircuit", where, got=text))
            file.name, file.pins, file.parameters = _header(text, where)
            file.line = number
        elif word == ".ends":
            ended = True
        elif not file.name or ended or (word.startswith(".") and (word != ".param" or kind != "primitive")):
            raise InputError(
                Problem(
                    "a card outside the subcircuit",
                    where,
                    got=text,
                    expected=".subckt NAME PINS params: ... / cards / .ends",
                )
            )
        else:
            if word == ".param":
                file.derived.append(_derived(file, text, where))
            else:
                file.cards.append(_card(file, text, number, where))
            file.source.append(text)
    if not file.name or not ended:
        raise InputError(Problem("no complete .subckt ... .ends found", str(path)))
    internal = tuple(dict.fromkeys(node for node in file.nodes if node not in file.pins))
    return Subcircuit(
        file.name, file.pins, file.parameters, internal, tuple(file.cards), file.calls, tuple(file.source),
        tuple(file.pieces), file.line,
    )  # fmt: skip


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


def _derived(file: _File, text: str, where: str) -> str:
    """The name that a line `.param NAME={...}` gives."""
    name, _, value = text.split(None, 1)[-1].partition("=")
    if not _NAME.match(name.strip()) or not _BRACES.fullmatch(value.strip()):
        raise InputError(Problem("a .param line that cannot be read", where, got=text, expected=".param NAME={...}"))
    _check_expressions(file, text, where)
    return name.strip()


def _card(file: _File, text: str, number: int, where: str) -> Card:
    words = text.split()
    letter = words[0][0].upper()
    count = NODES.get(letter)
    if letter == "X":
        positional = [word for word in words[1:] if "=" not in word and word.lower() != "params:"]
        count = len(positional) - 1
    fits = file.kind != "composed" or letter in COMPOSED
    if count is None or not fits or len(words) < count + 2 or not _NAME.match(words[0]):
        letters = " ".join(COMPOSED if file.kind == "composed" else [*NODES, *"X" * (file.kind == "primitive")])
        raise InputError(
            Problem("a card that cannot be read", where, text, expected=f"one of {letters} with its nodes and value")
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
    if any(rest.count(first) != rest.count(last) for first, last in ("()", "{}")):
        raise InputError(Problem("unbalanced parentheses or braces", where, got=text))
    called = ""
    if letter == "X":
        called, rest = _instance(file, words, nodes, number, where)
    _check_expressions(file, rest, where)
    file.nodes += nodes
    rest = _bind(file, rest, where)
    rest = called + _voltages(_PARAMETER.sub(r"{p_\1}", rest))
    pins = " ".join(f"{{n_{node}}}" for node in nodes)
    return Card(words[0], f"{letter}{{path}}{words[0][1:]} {pins} {rest}", number)


def _instance(file: _File, words: list[str], nodes: list[str], number: int, where: str) -> tuple[str, str]:
    """What an X card calls, as a template, and its parameters; a primitive of a composed cell is noted."""
    text, name = " ".join(words), words[1 + len(nodes)]
    pairs = [word.partition("=") for word in words[2 + len(nodes) :] if word.lower() != "params:"]
    given = {key: value for key, _, value in pairs}
    if len(given) < len(pairs):
        raise InputError(Problem("a parameter is given twice", where, got=text))
    if file.kind == "behavioural":
        raise InputError(Problem(
            "a behavioural cell has no instances", where, got=text, expected=f"one of {' '.join(NODES)}",
            hint="a cell made of others has them in composed.cir",
        ))  # fmt: skip
    if file.kind == "primitive":
        unknown = [key for key in given if key not in DEVICE_PARAMETERS]
        if name not in DEVICES or len(nodes) != len(DEVICES[name].split()) or unknown:
            expected = "X... " + " | ".join(f"{pins} {model}" for model, pins in DEVICES.items()) + " w=.. l=.. m=.."
            raise InputError(Problem("a device that no process has", where, got=text, expected=expected))
        return f"{name} ", " ".join(f"{key}={value}" for key, value in given.items())
    for key, value in given.items():
        if not _PARAMETER.fullmatch(value):
            raise InputError(Problem(
                f"{key} of {words[0]} is not a parameter of the cell", where, got=f"{key}={value}",
                expected=f"{key}={{NAME}} with a NAME of the .subckt line",
            ))  # fmt: skip
    known = {key: value[1:-1] for key, value in given.items()}
    file.pieces.append(Piece(words[0][1:], name, tuple(nodes), known, number))
    return f"{{c_{name}}} ", " ".join(f"{key}={value}" for key, value in given.items())


def _check_expressions(file: _File, text: str, where: str) -> None:
    """**Raises:** `InputError` where a brace holds a name that is not declared, or what is no expression."""
    for inside in _BRACES.findall(text):
        names = [inside] if _NAME.match(inside) else _names(inside) if file.kind == "primitive" else None
        if names is None:
            expected = (
                "numbers with a unit suffix or without, names, + - * / ( )" if file.kind == "primitive" else "{NAME}"
            )
            raise InputError(Problem("what stands in braces cannot be read", where, f"{{{inside}}}", expected))
        unknown = [name for name in names if name not in file.known]
        if unknown:
            raise InputError(
                Problem(
                    f"parameter {unknown[0]!r} is not declared",
                    where,
                    got=text,
                    expected="one of " + ", ".join(file.known),
                )
            )


def _names(text: str) -> list[str] | None:
    """The parameters of an expression; `None` where it is none."""
    at, depth, names, operand = 0, 0, [], False
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        number, _, name, sign = token.groups()
        following = text[token.end() :].lstrip()[:1]
        calls = name is not None and following == "("
        if (calls and name not in FUNCTIONS) or ((number or name) and operand):
            return None
        if sign is None:
            operand = not calls
            names += [name] if name is not None and not calls and name not in CONSTANTS else []
        else:
            if sign in "*/,)" and not operand:
                return None
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                return None
            operand = sign == ")"
        at = token.end()
    return names if depth == 0 and operand else None


def _voltages(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        first, second = match.groups()
        return f"V({{n_{first}}},{{n_{second}}})" if second else f"V({{n_{first}}})"

    return _VOLTAGE.sub(replace, text)


def _bind(file: _File, text: str, where: str) -> str:
    """Replaces `phi(ARGUMENT)` by `{f_KEY}` and records the call."""
    for function in file.functions if file.kind == "behavioural" else ():
        while (match := re.search(rf"(?<![\w{{]){function}\(", text)) is not None:
            depth, end = 1, match.end()
            while depth and end < len(text):
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            if depth:
                raise InputError(Problem(f"unbalanced parentheses after {function}", where, got=text))
            argument = text[match.end() : end - 1]
            simple = re.fullmatch(r"V\((\w+),cm\)/\{vu\}", argument)
            key = f"{function}{len(file.calls)}"
            call = Call(function, _voltages(_PARAMETER.sub(r"{p_\1}", argument)), simple[1] if simple else "")
            file.calls[key] = call
            text = f"{text[: match.start()]}{{f_{key}}}{text[end:]}"
    return text
