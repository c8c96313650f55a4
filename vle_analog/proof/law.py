"""The laws of placed cells, and the cards of their netlists, as SymPy expressions in voltages of nets.

Both are parsed by the grammar of `cells.formula`. `v(x)` is a voltage against cm, `d(v(x))` its derivative, `i(x)` the
current of the voltage source whose first node is x; a function that placement binds becomes a symbol, its call is kept.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from vle_analog.cells.key_line import key_line
from vle_analog.cells.library import Cell
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Subcircuit
from vle_analog.netlist.formula import evaluate

KNOWN = {"tanh": sp.tanh, "cosh": sp.cosh, "exp": sp.exp}  # functions that a law may use directly


def voltage(net: str) -> sp.Symbol:
    """Return the voltage of a net relative to cm, volts."""
    return sp.Symbol(f"v({net})", real=True)


def change(net: str) -> sp.Symbol:
    """Return its time derivative, volts per second."""
    return sp.Symbol(f"dv({net})/dt", real=True)


def branch(name: str) -> sp.Symbol:
    """Return the current of a voltage source, amperes."""
    return sp.Symbol(f"i({name})", real=True)


def exactly(value: Any) -> sp.Expr:
    """Convert a number of a formula without rounding: 0.5 is 1/2."""
    return sp.Rational(str(value))


@dataclass(frozen=True)
class FunctionCall:
    """A call of a cell's function, bound to an activation, with `argument`; `symbol` represents its value."""

    part: str
    function: str
    activation: str
    argument: sp.Expr
    symbol: sp.Symbol


@dataclass
class Currents:
    """The currents of cells: amperes into every net, vanishing expressions (with their owners), calls.

    `files`: origin of the terms of each net or equation, for messages.
    """

    into: dict[str, sp.Expr] = field(default_factory=dict)
    vanish: dict[str, sp.Expr] = field(default_factory=dict)
    calls: dict[sp.Symbol, FunctionCall] = field(default_factory=dict)

    def add(self, net: str, current: sp.Expr) -> None:
        """Add a current into a net."""
        self.into[net] = self.into.get(net, sp.S.Zero) + current


class Reader:
    """A parser of the expressions of one placed cell.

    **Arguments:**

    - `nets`: node of the cell -> net. `given`: parameter -> expression. `functions`: function -> activation.
    """

    def __init__(
        self,
        part: str,
        nets: Mapping[str, str],
        given: Mapping[str, sp.Expr],
        functions: Mapping[str, str],
        calls: dict[sp.Symbol, FunctionCall],
    ):
        self.part, self.nets, self.given, self.functions, self.calls = part, nets, given, functions, calls

    def at(self, node: str) -> sp.Expr:
        """Return the voltage of a node of the cell."""
        return sp.S.Zero if self.nets[node] == "cm" else voltage(self.nets[node])

    def read(self, text: str, where: str) -> sp.Expr:
        """An expression.

        **Raises:** `InputError` naming `where`.
        """
        return sp.sympify(evaluate(text, where, self.given.__getitem__, self._call(where), exactly))

    def _call(self, where: str) -> Callable[[str, Sequence[ast.expr], Callable[[ast.expr], Any]], Any]:
        def node(argument: ast.expr) -> str:
            if not isinstance(argument, ast.Name):
                raise InputError(Problem("v, V and i take the names of nodes", where, got=ast.unparse(argument)))
            return argument.id

        def call(function: str, arguments: Sequence[ast.expr], inner: Callable[[ast.expr], Any]) -> Any:
            if function in ("v", "V") and len(arguments) in (1, 2):
                return sp.Add(*(sign * self.at(node(a)) for sign, a in zip((1, -1), arguments, strict=False)))
            if len(arguments) != 1:
                raise KeyError(function)
            if function == "i":
                return branch(self.nets[node(arguments[0])] if self.part == "" else f"{self.part}.{node(arguments[0])}")
            if function == "d":
                return derivative(inner(arguments[0]), where)
            if function in self.functions:
                return self._bound(function, inner(arguments[0]))
            return KNOWN[function](inner(arguments[0]))

        return call

    def _bound(self, function: str, argument: sp.Expr) -> sp.Symbol:
        activation = self.functions[function]
        symbol = sp.Symbol(f"{function}_{activation}({argument})", real=True)
        self.calls[symbol] = FunctionCall(self.part, function, activation, argument, symbol)
        return symbol


def derivative(expression: sp.Expr, where: str) -> sp.Expr:
    """Differentiate a sum of voltages by time."""
    found = sp.S.Zero
    for term, factor in sp.expand(expression).as_coefficients_dict().items():
        name = str(term)
        if not (isinstance(term, sp.Symbol) and name.startswith("v(")):
            raise InputError(Problem("d() accepts voltages and their sums", where, got=str(expression)))
        found += factor * change(name[2:-1])
    return found


def law(cell: Cell, reader: Reader, currents: Currents) -> None:
    """Add the law of a placed cell.

    **Raises:** `InputError` naming file and key.
    """
    path = cell.file("cell.toml")
    for key, text in cell.law.items():
        where = key_line(path, f"law.{key}")
        current = reader.read(text, where)
        if key in cell.pins:
            currents.add(reader.nets[key], current)
        elif key in cell.internal or (key.startswith("i(") and key.endswith(")")):
            currents.vanish[f"{reader.part}.{key}"] = current
        else:
            expected = ", ".join((*cell.pins, *cell.internal))
            raise InputError(Problem("a law of neither a pin nor an inner node", where, got=key, expected=expected))


def cards(subcircuit: Subcircuit, reader: Reader, currents: Currents, path: str) -> None:
    """Add the cards of a netlist: the current of each into both of its nodes.

    **Raises:** `InputError` naming the card that has no such form.
    """

    def flow(first: str, second: str, current: sp.Expr) -> None:
        for node, signed in ((first, -current), (second, current)):
            if reader.nets[node] != "cm":
                currents.add(reader.nets[node], signed)

    for card, source in zip(subcircuit.cards, subcircuit.source, strict=True):
        name, first, second, *rest = source.split()
        where = f"{path}:{card.line}"

        def value(text: str) -> sp.Expr:
            return reader.read(text.replace("{", "(").replace("}", ")"), where)  # noqa: B023 - used in this iteration only

        across = reader.at(first) - reader.at(second)
        match name[0].upper():
            case "R":
                flow(first, second, across / value(rest[0]))
            case "C":
                flow(first, second, value(rest[0]) * derivative(across, where))
            case "G":
                flow(first, second, (reader.at(rest[0]) - reader.at(rest[1])) * value(rest[2]))
            case "V":
                through = branch(reader.nets[first])
                flow(first, second, through)
                currents.vanish[f"i({first})"] = across - value(rest[0])
            case "B":
                given = re.fullmatch(r"I=(.*?)(?:\s+m=(\S+))?", " ".join(rest))
                if given is None:
                    raise InputError(Problem("a source that is no current", where, got=source, expected="I=... m=..."))
                flow(first, second, value(given[1]) * (value(given[2]) if given[2] else 1))
            case _:
                raise InputError(Problem("a card that has no law", where, got=source, expected="R, C, G, V or B"))
