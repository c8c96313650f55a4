"""The proof of cells: the law of each cell equals the behaviour of its cards in the netlist."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Callable, Iterable
from functools import cache

import sympy as sp

from vle_analog.cells.library import Cell
from vle_analog.errors import InputError
from vle_analog.levels import BEHAVIOURAL
from vle_analog.netlist.circuit import Leaf
from vle_analog.netlist.expression import ARGUMENT, activation_text
from vle_analog.netlist.formula import evaluate
from vle_analog.proof.claims import simplified
from vle_analog.proof.composed import composed_against_law
from vle_analog.proof.law import Currents, Reader, cards, exactly, law
from vle_analog.proof.result import Statement
from vle_analog.theory import activation
from vle_analog.theory.symbols import x

SPICE = {"tanh": sp.tanh, "exp": sp.exp, "ln": sp.log}


def prove_cells(leaves: Iterable[Leaf], find: Callable[[str], Cell]) -> list[Statement]:
    """Compare law and cards of every placed cell, one statement each."""
    found: dict[str, Statement] = {}
    for leaf in leaves:
        if leaf.primitive or leaf.name in found:
            continue
        cell = find(leaf.cell)
        if leaf.level == BEHAVIOURAL:
            residual, name, what = law_against_cards(cell, leaf), "netlist", "the cards send the currents of the law"
        else:
            residual, name = composed_against_law(cell, leaf.subcircuit, find), "composition"
            what = "ideal primitives send the currents of the law"
        equation = f"{what}: {cell.equation}"
        found[leaf.name] = Statement(leaf.cell, name, equation, rf"\text{{{cell.equation}}}", residual)
    return list({(s.kind, s.name, s.residual): s for s in found.values()}.values())


def law_against_cards(cell: Cell, leaf: Leaf) -> str:
    """Return the difference between the law and the cards; "0" where they agree."""
    nodes = {node: node for node in (*cell.pins, *cell.internal)}
    nodes |= {node: node for node in leaf.subcircuit.internal}
    given = {key: sp.Symbol(key, positive=True) for key in cell.parameters}
    declared, placed = Currents(), Currents()
    functions = dict.fromkeys(cell.functions, "f")
    law(cell, Reader("", nodes, given, functions, declared.calls), declared)
    path = str(cell.file(f"{leaf.level}.cir"))
    try:
        cards(leaf.subcircuit, Reader("", nodes, given, functions, placed.calls), placed, path)
    except InputError as error:
        return str(error.problems[0].what)
    into = {**declared.into, **{key[1:]: e for key, e in declared.vanish.items() if key[1:] in cell.internal}}
    differences = [f"v({node})" for node in cell.internal if f".{node}" not in declared.vanish]
    for node in dict.fromkeys((*into, *placed.into)):
        difference = simplified(into.get(node, sp.S.Zero) - placed.into.get(node, sp.S.Zero))
        if difference != "0":
            differences.append(f"{node}: {difference}")
    held = {key: e for key, e in placed.vanish.items() if key.startswith("i(")}
    declared_currents = {key[1:]: e for key, e in declared.vanish.items() if key.startswith(".i(")}
    for key in dict.fromkeys((*held, *declared_currents)):
        a, b = declared_currents.get(key, sp.S.Zero), held.get(key, sp.S.Zero)
        if simplified(a - b) != "0" and simplified(a + b) != "0":
            differences.append(f"{key}: {simplified(a - b)}")
    differences += _starts(cell, leaf)
    return "; ".join(differences) or "0"


def _starts(cell: Cell, leaf: Leaf) -> list[str]:
    """List capacitors whose initial voltage differs from the parameter declared by the cell."""
    got, turned = {}, []
    for name, first, second, *rest in (source.split() for source in leaf.subcircuit.source):
        for word in (word for word in rest if name[0] in "Cc" and word.startswith("ic=")):
            got[first] = word.removeprefix("ic=").strip("{}")
            turned += [f"start of {first}"] if second != "cm" else []
    wrong = [
        node for node in dict.fromkeys((*got, *cell.start)) if cell.start and got.get(node) != cell.start.get(node)
    ]
    return [*turned, *(f"start of {node}" for node in wrong)]


def prove_activations(leaves: Iterable[Leaf]) -> list[Statement]:
    """Compare the text of every activation in the netlist, and its slope, with the function of the theory."""
    return [_written(*pair) for pair in sorted({pair for leaf in leaves for pair in leaf.functions.items()})]


@cache
def _written(function: str, name: str) -> Statement:
    known = activation(name)
    text = activation_text(function, name)
    written = evaluate(text, f"{function} of {name}", _argument, _call, exactly)
    expected = known.rate if function == "phi" else sp.diff(known.rate, x)
    what = f"{function} of {name} is written as {text.replace(ARGUMENT, 'x')}"
    return Statement(name, function, what, sp.latex(expected), _vanishes(sp.sympify(written) - expected))


def _argument(name: str) -> sp.Expr:
    if name != ARGUMENT:
        raise KeyError(name)
    return x


def _call(function, arguments, inner):
    return SPICE[function](inner(arguments[0]))


def _vanishes(difference: sp.Expr) -> str:
    exponentials = sp.cancel(sp.together(difference.rewrite(sp.exp).expand()))
    return "0" if exponentials == 0 or sp.simplify(exponentials) == 0 else str(difference)
