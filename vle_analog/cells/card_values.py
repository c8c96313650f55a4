"""The words after the nodes on a card of a cell: every word is parsed, or refused with file and line.

An X card is refused in a behavioural file, a transistor in that of a primitive, and a primitive in a composed one.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vle_analog.cells import refused_cards
from vle_analog.cells.expressions import ARITY, BRACES, NUMBER, UnreadableError, read_expression
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Call, Card, Piece

Kind = Literal["behavioural", "primitive", "composed"]
NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
DEVICES = ("nch", "pch")  # transistors of a process
TERMINALS = 4  # of a transistor: drain, gate, source, bulk
SIZES = ("w", "l")  # required of every transistor
MORE = {"C": ("ic",), "L": ("ic",), "B": ("m",)}  # options after the value of an element


@dataclass
class CellFile:
    """The content of a cell's file read so far."""

    path: Path
    kind: Kind
    functions: tuple[str, ...]
    name: str = ""
    pins: tuple[str, ...] = ()
    parameters: dict[str, float] = field(default_factory=dict)
    derived: list[str] = field(default_factory=list)  # names that `.param` lines define
    cards: list[Card] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)  # nodes whose voltage an expression reads, and where
    source: list[str] = field(default_factory=list)
    line: int = 1  # of the header

    @property
    def known(self) -> list[str]:
        return [*self.parameters, *self.derived]


def law_words(file: CellFile, text: str, rest: list[str], where: str) -> list[str]:
    """Parse `I=...` or `V=...` of a B card, and `m=...`."""
    joined = " ".join(rest)
    law, *more = re.split(r"\s+(?=\w+=)", joined)
    key, _, expression = law.partition("=")
    if key.upper() not in ("I", "V"):
        raise InputError(Problem("a card that cannot be read", where, text, "Bname n+ n- I=... or V=..."))
    try:
        found = read_expression(expression, file.functions, voltages=True)
    except UnreadableError as error:
        expected = "numbers, {NAME}, V(node), V(node,node), + - * / ** ( ) and " + ", ".join([*ARITY, *file.functions])
        raise InputError(Problem(f"an expression that cannot be read: {error}", where, text, expected)) from None
    file.read += [(node, where) for node in found.nodes]
    _declared(file, found.names, text, where)
    if file.kind != "primitive" and (bad := [b for b in BRACES.findall(found.text) if not NAME.match(b)]):
        raise InputError(Problem("the text in braces cannot be read", where, f"{{{bad[0]}}}", "{NAME}"))
    return [f"{key.upper()}={found.text}", *_options(file, "B", text, more, where)]


def value_words(file: CellFile, letter: str, text: str, rest: list[str], where: str) -> list[str]:
    """Parse the value of an element, and the options after it."""
    if letter in "VI" and rest[0].lower() == "dc" and len(rest) > 1:
        rest = rest[1:]
    key, _, value = rest[0].rpartition("=")
    value = value if letter in "RCL" and key.upper() == letter else rest[0]
    return [checked(file, value, where, text), *_options(file, letter, text, rest[1:], where)]


def _options(file: CellFile, letter: str, text: str, rest: list[str], where: str) -> list[str]:
    """Parse `NAME=VALUE` after the value of an element."""
    found = []
    for word in rest:
        key, _, value = word.partition("=")
        if key.lower() not in MORE.get(letter, ()) or not value:
            expected = " ".join(["nothing", *(f"or {name}=..." for name in MORE.get(letter, ()))]) + " after the value"
            hint = "write a B card: Bname n+ n- I=..." if letter in "GEVI" else "leave it out"
            raise InputError(Problem(f"{word!r} on a card of {letter} is not understood", where, text, expected, hint))
        found.append(f"{key.lower()}={checked(file, value, where, text)}")
    return found


def _given(text: str, words: list[str], where: str) -> dict[str, str]:
    """Parse `NAME=VALUE` of an X card."""
    pairs = [word.partition("=") for word in words if word.lower() != "params:"]
    given = {key.lower(): value for key, _, value in pairs}
    if len(given) < len(pairs):
        raise InputError(Problem("a parameter is given twice", where, got=text))
    return given


def transistor_words(file: CellFile, text: str, nodes: list[str], rest: list[str], where: str) -> list[str]:
    name, given = rest[0].lower(), _given(text, rest[1:], where)
    if name not in DEVICES or len(nodes) != TERMINALS:
        raise refused_cards.device(text, where, [])
    if unknown := [key for key in given if key not in (*SIZES, "m")]:
        raise refused_cards.device(text, where, unknown)
    if missing := [key for key in SIZES if key not in given]:
        expected = refused_cards.TRANSISTOR_CARD
        raise InputError(Problem(f"a transistor without {missing[0]}=", where, got=text, expected=expected))
    return [name, *(f"{key}={checked(file, value, where, text)}" for key, value in given.items())]


def piece_words(
    file: CellFile, name: str, text: str, nodes: list[str], rest: list[str], number: int, where: str
) -> list[str]:
    """Parse the cell of an X card of a composed cell, and its parameters; the primitive is recorded."""
    if not NAME.match(rest[0]):
        raise InputError(Problem(f"{rest[0]!r} is not the name of a cell", where, got=text))
    given = {}
    for key, value in _given(text, rest[1:], where).items():
        if not (inside := BRACES.fullmatch(value)) or not NAME.match(inside[1]):
            raise InputError(
                Problem(
                    f"{key} of {name} is not a parameter of the cell",
                    where,
                    got=f"{key}={value}",
                    expected=f"{key}={{NAME}} with a NAME of the .subckt line",
                )
            )
        given[key] = checked(file, value, where, text)
    file.pieces.append(
        Piece(name[1:], rest[0], tuple(nodes), {key: value[1:-1] for key, value in given.items()}, number)
    )
    return [rest[0], *(f"{key}={value}" for key, value in given.items())]


def checked(file: CellFile, value: str, where: str, text: str = "") -> str:
    """Return a number, or an expression in braces, in lower case.

    **Raises:** `InputError` where it is neither, or needs a name that is not declared.
    """
    if NUMBER.match(value):
        return value.lower()
    inside = BRACES.fullmatch(value)
    numbers = "numbers with a unit suffix or without, names, + - * / ** ( )"
    if inside is None:
        hint = f"write {{{value.strip(chr(39))}}}" if re.fullmatch(r"'[^'{}]*'|[\w.*/+-]+", value) else ""
        raise InputError(Problem("neither a number nor an expression in braces", where, text or value, value, hint))
    try:
        found = read_expression(inside[1])
    except UnreadableError as error:
        expected = numbers if file.kind == "primitive" else "{NAME}"
        what = f"the text in braces cannot be read: {error}"
        raise InputError(Problem(what, where, value, expected)) from None
    if file.kind != "primitive" and not NAME.match(found.text):
        raise InputError(Problem("the text in braces cannot be read", where, value, "{NAME}"))
    _declared(file, found.names, text or value, where)
    return f"{{{found.text}}}"


def _declared(file: CellFile, names: list[str], text: str, where: str) -> None:
    if unknown := [name for name in names if name not in file.known]:
        expected = "one of " + ", ".join(file.known)
        raise InputError(Problem(f"parameter {unknown[0]!r} is not declared", where, text, expected))
