"""The cards of a leaf as branches: the current between two nodes, as SymPy expressions of voltages and parameters.

The input is the text for ngspice, card by card; unsupported cards are refused.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportReturnType=false, reportAttributeAccessIssue=false

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

from vle_analog.cells.subcircuit import NODES
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Leaf
from vle_analog.netlist.device_sizes import SUFFIXES
from vle_analog.netlist.formula import evaluate
from vle_analog.theory.activation import activation
from vle_analog.theory.symbols import x as argument

COMMON = "cm"
FUNCTIONS: Mapping[str, Callable[..., sp.Expr]] = {
    "tanh": sp.tanh,
    "exp": sp.exp,
    "ln": sp.log,
    "log": sp.log,
    "abs": sp.Abs,
    "sqrt": sp.sqrt,
    "max": sp.Max,
    "min": sp.Min,
    "pow": sp.Pow,
    "cosh": sp.cosh,
    "sinh": sp.sinh,
    "atan": sp.atan,
    "ceil": sp.ceiling,
    "floor": sp.floor,
}
SMOOTH = (
    "tanh",
    "exp",
    "ln",
    "log",
    "phi",
    "slope",
)  # functions of a voltage that a kernel computes and differentiates
KNOWN = "RCGIVB"
_VOLTAGE = re.compile(r"\bV\((\w+)(?:,(\w+))?\)")
_BRACES = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?!\w|\s*\()")
_SUFFIXED = re.compile(r"(?<![\w.])(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)(meg|[tgkmunpfa])(?!\w)", re.IGNORECASE)
_EXTRA = re.compile(r"\s+(m|ic)=(\S+)", re.IGNORECASE)
_PARAM = re.compile(r"\.param\s+(\w+)\s*=\s*\{(.*)\}\s*", re.IGNORECASE)

Kind = Literal["current", "capacitor", "voltage"]


@dataclass(frozen=True)
class Branch:
    """One card of a leaf.

    **Arguments:**

    - `element`: the card's name. `ends`: the nodes between which it lies, cm among them.
    - `value`: amperes from the first end to the second, farads, or volts from the second to the first.
    - `start`: initial voltage of a capacitor, where its card defines it.
    """

    element: str
    kind: Kind
    ends: tuple[str, str]
    value: sp.Expr
    start: sp.Expr | None = None


def voltage(node: str) -> sp.Symbol:
    """Return the symbol of the potential of a node relative to cm."""
    return sp.Symbol(f"v_{node}", real=True)


def parameter(name: str) -> sp.Symbol:
    """Return the symbol of a parameter of the leaf."""
    return sp.Symbol(f"p_{name}", real=True)


def branches(leaf: Leaf, path: str) -> Iterator[Branch]:
    """Yield every card of a leaf that is no primitive.

    **Arguments:** `path`: path of the leaf, for messages.

    **Raises:** `InputError` naming path and card, for one that cannot be compiled.
    """
    derived: dict[str, sp.Expr] = {}
    cards = iter(leaf.subcircuit.cards)
    for text in leaf.subcircuit.source:
        if text.lower().startswith(".param"):
            if (match := _PARAM.fullmatch(text)) is None:
                raise _refused(path, text, "a .param line")
            derived[match[1]] = _Reader(leaf, derived, path, text).formula(match[2])
            continue
        card = next(cards)
        if text[0] in "xX" and leaf.subcircuit.pieces:
            continue
        yield _Reader(leaf, derived, path, text).branch(card.name)


def _refused(path: str, text: str, what: str) -> InputError:
    return InputError(
        Problem(
            f"{what} that cannot be compiled",
            path,
            got=text,
            expected=f"cards {' '.join(KNOWN)}, currents of voltages by + - * / ** and {', '.join(SMOOTH)}",
            hint="run this circuit in ngspice: --engine ngspice",
        )
    )


@dataclass(frozen=True)
class _Reader:
    """A parser of cards."""

    leaf: Leaf
    derived: Mapping[str, sp.Expr]
    path: str
    text: str

    def branch(self, element: str) -> Branch:
        words = self.text.split()
        letter = words[0][0].upper()
        if letter not in KNOWN:
            raise _refused(self.path, self.text, "a card")
        count = NODES[letter]
        nodes, rest = words[1 : 1 + count], " ".join(words[1 + count :])
        extra = {key.lower(): value for key, value in _EXTRA.findall(f" {rest}")}
        rest = _EXTRA.sub("", f" {rest}").strip()
        ends = (nodes[0], nodes[1])
        if set(extra) - {"B": {"m"}, "C": {"ic"}}.get(letter, set()):
            raise _refused(self.path, self.text, "a card")
        if letter == "B":
            if not rest.upper().startswith("I="):
                raise _refused(self.path, self.text, "a voltage source")
            value = self.formula(rest[2:])
            return Branch(element, "current", ends, value * self.formula(extra["m"]) if "m" in extra else value)
        value = self.formula(rest)
        if letter == "C":
            start = self.formula(extra["ic"]) if "ic" in extra else None
            return Branch(element, "capacitor", ends, value, start)
        if letter == "V":
            return Branch(element, "voltage", ends, value)
        if letter in "RG":
            across = (_at(nodes[0]) - _at(nodes[1])) if letter == "R" else (_at(nodes[2]) - _at(nodes[3]))
            value = across / value if letter == "R" else across * value
        return Branch(element, "current", ends, value)

    def formula(self, text: str) -> sp.Expr:
        """Parse an expression of SPICE by the grammar of cells; braces are parsed one by one."""
        inside: dict[str, sp.Expr] = {}

        def brace(match: re.Match[str]) -> str:
            name = f"p_{len(inside)}"  # not the name of a parameter: those in braces are parsed separately
            inside[name] = self._read(_NAME.sub(r"p_\1", match[1]), {})
            return f"({name})"

        outside = _BRACES.sub(brace, text)
        if not inside and "V(" not in text:
            outside = _NAME.sub(r"p_\1", outside)
        return self._read(_VOLTAGE.sub(_prefixed, outside), inside)

    def _read(self, text: str, inside: Mapping[str, sp.Expr]) -> sp.Expr:
        def name(word: str) -> sp.Expr:
            if word in inside:
                return inside[word]
            if word.removeprefix("p_") in self.derived:
                return self.derived[word.removeprefix("p_")]
            if word.removeprefix("p_") in self.leaf.subcircuit.parameters and word.startswith("p_"):
                return parameter(word.removeprefix("p_"))
            raise KeyError(word)

        try:
            return sp.sympify(evaluate(_plain(text), f"{self.path}: {self.text}", name, self._call, _number))
        except InputError:
            raise _refused(self.path, self.text, "an expression") from None

    def _call(self, function: str, arguments: Sequence[ast.expr], inner: Callable[[ast.expr], Any]) -> sp.Expr:
        if function == "V":
            ends = [_at(node.id.removeprefix("n_")) for node in arguments if isinstance(node, ast.Name)]
            return ends[0] - (ends[1] if len(ends) == 2 else 0)
        values = [inner(node) for node in arguments]
        moving = any(str(symbol).startswith("v_") for value in values for symbol in sp.sympify(value).free_symbols)
        if moving and function not in SMOOTH:
            raise KeyError(function)
        if function in self.leaf.functions:
            known = activation(self.leaf.functions[function])
            return (known.rate if function == "phi" else known.slope).subs(argument, values[0])
        return FUNCTIONS[function](*values)


def _prefixed(match: re.Match[str]) -> str:
    return f"V({', '.join(f'n_{node}' for node in match.groups() if node)})"


def _plain(text: str) -> str:
    """Expand unit suffixes."""
    return _SUFFIXED.sub(lambda found: repr(float(found[1]) * SUFFIXES[found[2].lower()]), text)


def _at(node: str) -> sp.Expr:
    return sp.Integer(0) if node == COMMON else voltage(node)


def _number(value: float) -> sp.Expr:
    return sp.Integer(int(value)) if float(value).is_integer() and abs(value) < 1e6 else sp.Float(value)
