"""What must hold of the cells themselves: the law that the proof composes is what the cards of the netlist do."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Callable, Iterable
from functools import cache

import sympy as sp

from vle_analog.cells.formula import evaluate
from vle_analog.cells.library import Cell
from vle_analog.errors import InputError
from vle_analog.netlist.circuit import Leaf
from vle_analog.netlist.expression import ARGUMENT, activation_text
from vle_analog.network.levels import BEHAVIOURAL
from vle_analog.proof.claims import simplified
from vle_analog.proof.composed import composed_against_law
from vle_analog.proof.law import Currents, Reader, cards, exactly, law
from vle_analog.proof.result import Statement
from vle_analog.theory import activation
from vle_analog.theory.symbols import x

SPICE = {"tanh": sp.tanh, "exp": sp.exp, "ln": sp.log}


def prove_cells(leaves: Iterable[Leaf], find: Callable[[str], Cell]) -> list[Statement]:
    """One statement per cell that is placed: its law against its cards."""
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
    """What is left of the difference between the law and the cards; "0" where there is none."""
    nodes = {node: node for node in (*cell.pins, *cell.internal)}
    nodes |= {node: node for node in leaf.subcircuit.internal}
    given = {key: sp.Symbol(key, positive=True) for key in cell.parameters}
    told, placed = Currents(), Currents()
    functions = dict.fromkeys(cell.functions, "f")
    law(cell, Reader("", nodes, given, functions, told.calls), told)
    path = str(cell.file(f"{leaf.level}.cir"))
    try:
        cards(leaf.subcircuit, Reader("", nodes, given, functions, placed.calls), placed, path)
    except InputError as error:
        return str(error.problems[0].what)
    into = {**told.into, **{key[1:]: e for key, e in told.vanish.items() if key[1:] in cell.internal}}
    differences = [f"v({node})" for node in cell.internal if f".{node}" not in told.vanish]
    for node in dict.fromkeys((*into, *placed.into)):
        difference = simplified(into.get(node, sp.S.Zero) - placed.into.get(node, sp.S.Zero))
        if difference != "0":
            differences.append(f"{node}: {difference}")
    held = {key: e for key, e in placed.vanish.items() if key.startswith("i(")}
    said = {key[1:]: e for key, e in told.vanish.items() if key.startswith(".i(")}
    for key in dict.fromkeys((*held, *said)):
        a, b = said.get(key, sp.S.Zero), held.get(key, sp.S.Zero)
        if simplified(a - b) != "0" and simplified(a + b) != "0":
            differences.append(f"{key}: {simplified(a - b)}")
    differences += _starts(cell, leaf)
    return "; ".join(differences) or "0"


def _starts(cell: Cell, leaf: Leaf) -> list[str]:
    """Capacitors whose voltage at the start is not the parameter that the cell says."""
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
    """The text of every activation in the netlist is the function of the theory, and its slope the derivative."""
    return [_written(*pair) for pair in sorted({pair for leaf in leaves for pair in leaf.functions.items()})]


@cache
def _written(function: str, name: str) -> Statement:
    known = activation(name)
    text = activation_text(function, name)
    written = evaluate(text, f"{function} of {name}", _argument, _call, exactly)
    wanted = known.rate if function == "phi" else sp.diff(known.rate, x)
    what = f"{function} of {name} is written as {text.replace(ARGUMENT, 'x')}"
    return Statement(name, function, what, sp.latex(wanted), _vanishes(sp.sympify(written) - wanted))


def _argument(name: str) -> sp.Expr:
    if name != ARGUMENT:
        raise KeyError(name)
    return x


def _call(function, arguments, inner):
    return SPICE[function](inner(arguments[0]))


def _vanishes(difference: sp.Expr) -> str:
    exponentials = sp.cancel(sp.together(difference.rewrite(sp.exp).expand()))
    return "0" if exponentials == 0 or sp.simplify(exponentials) == 0 else str(difference)
