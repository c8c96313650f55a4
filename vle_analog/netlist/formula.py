"""Formulas as text: sizes and laws of cells, parsed by a small grammar of our own and never by Python's `eval`.

Numbers, names, + - * / ** ( ) and calls. The same text is evaluated with NumPy (sizes) and with SymPy (the proof): the
caller supplies the values of numbers, names and calls.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from vle_analog.errors import InputError, Problem

BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
UNARY: dict[type, Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
LONGEST = 1000  # characters: far more than in any formula of a cell, and too few to exhaust the parser
Call = Callable[[str, Sequence[ast.expr], Callable[[ast.expr], Any]], Any]


@cache
def parse(text: str, where: str) -> ast.expr:
    """Parse a formula into a tree of the grammar.

    **Raises:** `InputError` naming `where` (file and key) and the part that cannot be read.
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        raise InputError(Problem("not a formula", where, got=repr(text)[:60], expected='a text such as "c/tau_m"'))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(_unreadable(text, text, where)) from None
    for node in ast.walk(tree):
        if not _known(node):
            part = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
            raise InputError(_unreadable(text, part, where))
    return tree


def _known(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return type(node.op) in BINARY
    if isinstance(node, ast.UnaryOp):
        return type(node.op) in UNARY
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and not node.keywords
    return isinstance(node, ast.Name | ast.Load | ast.operator | ast.unaryop)


def _unreadable(text: str, part: str, where: str) -> Problem:
    got = repr(text) if part == text else f"{part!r} in {text!r}"
    return Problem("a formula that cannot be read", where, got=got, expected="numbers, names, calls, + - * / ** ( )")


def evaluate(
    text: str, where: str, name: Callable[[str], Any], call: Call | None = None, number: Callable[[Any], Any] = float
) -> Any:
    """Evaluate a formula.

    **Arguments:**

    - `name`: returns the value of a name. `number`: converts a number.
    - `call`: `call(function, arguments, inner)` with the arguments as trees; `inner(tree)` evaluates one.

    **Raises:** `InputError` naming `where`, for text outside the grammar, names or functions that `name` or `call`
    refuse, and for a division by zero or a number out of range.
    """

    def inner(node: ast.expr) -> Any:
        if isinstance(node, ast.BinOp):
            return BINARY[type(node.op)](inner(node.left), inner(node.right))
        if isinstance(node, ast.UnaryOp):
            return UNARY[type(node.op)](inner(node.operand))
        if isinstance(node, ast.Constant):
            return number(node.value)
        try:
            if isinstance(node, ast.Name):
                return name(node.id)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and call is not None:
                return call(node.func.id, node.args, inner)
        except KeyError as missing:
            problem = Problem(f"unknown name {str(missing.args[0])!r}", where, got=repr(text))
            raise InputError(problem) from None
        raise InputError(_unreadable(text, ast.unparse(node), where))

    try:
        return inner(parse(text, where))
    except ArithmeticError as error:
        raise InputError(Problem("a formula without a value", where, got=repr(text), hint=str(error))) from None


def function(
    text: str, where: str, functions: Mapping[str, Callable[..., float]]
) -> Callable[[Mapping[str, float]], float]:
    """Compile a formula of plain numbers to a function of the values of its names, for repeated evaluation.

    **Raises:** `InputError` naming `where`, for text outside the grammar or unknown functions.
    """

    def build(node: ast.expr) -> Callable[[Mapping[str, float]], float]:
        if isinstance(node, ast.BinOp):
            act, left, right = BINARY[type(node.op)], build(node.left), build(node.right)
            return lambda values: act(left(values), right(values))
        if isinstance(node, ast.UnaryOp):
            sign, inner = UNARY[type(node.op)], build(node.operand)
            return lambda values: sign(inner(values))
        if isinstance(node, ast.Constant):
            constant = float(cast("int | float", node.value))
            return lambda values: constant  # noqa: ARG005 - independent of the values
        if isinstance(node, ast.Name):
            return operator.itemgetter(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            call, arguments = functions[node.func.id], [build(argument) for argument in node.args]
            return lambda values: call(*[argument(values) for argument in arguments])
        raise InputError(_unreadable(text, ast.unparse(node), where))

    return build(parse(text, where))


@cache
def names(text: str, where: str) -> tuple[str, ...]:
    """List every name in a formula that is not that of a function."""
    tree = parse(text, where)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return tuple(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions)
