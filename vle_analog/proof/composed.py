"""The proof of composed cells: with ideal primitives, a cell has its law, pin by pin, and its stored quantities.

Two functions are specific to this level: the effective weight is vy tanh(v(w)/vy), the curve of the multiplier's pair
(which is the bounded weight W = wmax tanh(v/vy) of the equations), and tanh is the curve of the pair whose scale is vu.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from vle_analog.cells.library import COMPOSED_ACTIVATIONS, Cell
from vle_analog.cells.sizing import sized
from vle_analog.netlist.circuit import Subcircuit
from vle_analog.netlist.formula import evaluate
from vle_analog.proof.law import Currents, Reader, cards, exactly, law, voltage

ENCODED = {"synapse_forward": "w", "synapse_backward": "w"}  # pins whose voltage a multiplier uses as a weight
vx, vy, vn = sp.symbols("vx vy vn", positive=True)
PAIR = "ota"  # a plain pair is used for its curve: gm vn tanh(v/vn), which is gm v for small signals


def composed_against_law(cell: Cell, read: Subcircuit, find: Callable[[str], Cell]) -> str:
    """Return the difference between the law and the composition; "0" where they agree."""
    activation = activation_of(cell, read)
    given = {key: sp.Symbol(key, positive=True) for key in cell.parameters}
    nodes = {node: node for node in (*cell.pins, *cell.internal, *read.internal)}
    declared, made = Currents(), Currents()
    law(cell, Reader("", nodes, given, dict.fromkeys(cell.functions, activation), declared.calls), declared)
    _pieces(cell, read, nodes, given, find, made)
    values = {call.symbol: _value(call.function, activation, call.argument) for call in declared.calls.values()}
    encoded = (
        {voltage(ENCODED[cell.name]): vy * sp.tanh(voltage(ENCODED[cell.name]) / vy)} if cell.name in ENCODED else {}
    )
    scale = given.get("vu", sp.Symbol("vu", positive=True))
    same = (
        {vx: scale, vn: scale, voltage("hold"): voltage("vss")}
        if activation == "tanh"
        else {voltage("hold"): voltage("vss")}
    )
    inner = {key[1:]: e for key, e in declared.vanish.items() if key[1:] in cell.internal}
    sizes = {given[key]: formula for key, formula in _sizes(cell).items() if key in given}
    left = []
    for node in dict.fromkeys((*declared.into, *inner, *made.into)):
        wanted = {**declared.into, **inner}.get(node, sp.S.Zero).xreplace(values).xreplace(encoded)
        difference = _simple((wanted - made.into.get(node, sp.S.Zero)).xreplace(same))
        if difference != 0:  # as sized: parts of a weighted sum are related
            difference = _simple(difference.xreplace(sizes))
        left += [f"{node}: {difference}"] if difference != 0 else []
    declared_currents = {key[1:]: e for key, e in declared.vanish.items() if key.startswith(".i(")}
    held = {key: e for key, e in made.vanish.items() if key.startswith("i(")}
    for key in dict.fromkeys((*declared_currents, *held)):
        a, b = declared_currents.get(key, sp.S.Zero), held.get(key, sp.S.Zero)
        left += [] if 0 in (_simple(a - b), _simple(a + b)) else [key]
    return "; ".join([*left, *_starts(cell, read)]) or "0"


def activation_of(cell: Cell, read: Subcircuit) -> str:
    """Return the activation of a composition; "" where it does not depend on one."""
    if not cell.functions:
        return ""
    return next((a for a in COMPOSED_ACTIVATIONS if cell.composes(a) and cell.composition(a).source == read.source), "")


def _pieces(
    cell: Cell,
    read: Subcircuit,
    nodes: dict[str, str],
    given: dict[str, sp.Expr],
    find: Callable[[str], Cell],
    made: Currents,
) -> None:
    """Add the laws of the primitives and the currents of the plain cards."""
    plain = [k for k, source in enumerate(read.source) if source[0] not in "Xx"]
    rest = replace(read, cards=tuple(read.cards[k] for k in plain), source=tuple(read.source[k] for k in plain))
    path = str(cell.folder / "composed.cir")
    cards(rest, Reader("", nodes, given, {}, made.calls), made, path)
    known = {"vx": vx, "vy": vy, "vn": vn, "wmax": sp.Symbol("wmax", positive=True), **given}
    for piece in read.pieces:
        primitive = find(piece.cell)
        inside = {}
        for key in primitive.parameters:
            name = piece.given.get(key, "")
            where = f"{cell.folder / 'cell.toml'}: composed.{name}"
            formula = cell.composed.get(name)
            value = known.get(name, sp.Symbol(name or f"{piece.name}_{key}", positive=True))
            inside[key] = value if formula is None else evaluate(formula, where, known.__getitem__, number=exactly)
        joined = {pin: nodes[net] for pin, net in zip(primitive.pins, piece.nodes, strict=True)}
        reader, sent = Reader(piece.name, joined, inside, {}, made.calls), Currents()
        law(primitive, reader, sent)
        for net, current in sent.into.items():
            bent = piece.cell == PAIR
            made.add(net, inside["gm"] * vn * sp.tanh(current / (inside["gm"] * vn)) if bent else current)
    made.into.pop("cm", None)


def _value(function: str, activation: str, argument: sp.Expr) -> sp.Expr:
    if activation == "tanh":
        return sp.tanh(argument) if function == "phi" else 1 - sp.tanh(argument) ** 2
    return argument if function == "phi" else sp.S.One


def _simple(expression: sp.Expr) -> sp.Expr:
    return sp.cancel(sp.together(sp.expand(expression)))


def _sizes(cell: Cell) -> dict[str, sp.Expr]:
    """Return the formulas of the cell's parameters."""

    def drawn(_: sp.Expr) -> sp.Symbol:
        return sp.Symbol("C", positive=True)

    return {k: sp.sympify(v) for k, v in sized(cell, lambda key: sp.Symbol(key, positive=True), drawn, exactly).items()}


def _starts(cell: Cell, read: Subcircuit) -> list[str]:
    """List nodes that are not held at the start value declared by the cell."""
    got = {piece.nodes[0]: piece.given.get("v", "") for piece in read.pieces if piece.cell == "hold_switch"}
    wrong = [node for node in dict.fromkeys((*got, *cell.start)) if got.get(node) != cell.start.get(node)]
    return [f"start of {node}" for node in wrong]
