"""The deviations of a circuit of devices from its equations: the leading error terms of every primitive.

The law with non-idealities (`[law_macromodel]` of a primitive) is expanded in each of them, and in the signals, to the
lowest order that does not vanish; sizes are those at the largest signals of the study, relative to what is ideal there.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp

from vle_analog.cache import remembered
from vle_analog.cells.fitted import fitted
from vle_analog.cells.key_line import key_line
from vle_analog.cells.library import Cell
from vle_analog.cells.nonideal import AREA, GROWTH
from vle_analog.netlist.circuit import Circuit, Leaf, Module, Piece
from vle_analog.proof.law import Reader, voltage

NAMES = {
    "vos": "offset",
    "ox": "offset",
    "oy": "offset",
    "on": "offset",
    "od": "offset",
    "ios": "offset current",
    "fy": "feedthrough",
    "dt": "unequal pairs",
    "dg": "gain",
    "go": "finite output resistance",
}
COMPRESSION, POLE = "compression", "parasitic pole"
ALL_ORDERS, AT_REST = "compression, all orders", "all offsets together"
ORDER = 5  # order in the signals up to which a term is searched
D, VS, Q = sp.symbols("d vs q", real=True)  # half the distance of the two pairs, their scale, tanh(d/vs)
SIZE = sp.Symbol("size", positive=True)  # common factor of all signals
KINDS = {"n": "U", "s": "U", "post": "U", "pre": "U", "t": "input", "e": "e", "h": "e", "a": "e", "b": "e", "w": "W"}


@dataclass(frozen=True)
class ErrorTerm:
    """One leading term of one primitive, or the sum of several.

    **Arguments:** `where`: module and primitive. `term`: its expression, amperes (seconds of a pole).
    `size`: relative to the ideal current at the largest signals, of a pole to one unit of model time;
    `spread`: the same of one standard deviation of mismatch.
    """

    where: str
    primitive: str
    name: str
    term: str
    size: float
    spread: float

    def as_json(self) -> dict[str, str | float]:
        """Return plain data."""
        return asdict(self)


def leading_terms(cell: Cell) -> Mapping[str, sp.Expr]:
    """Return parameter, `compression` or `parasitic pole` -> leading term; empty without `[law_macromodel]`."""
    texts = (tuple(cell.law_macromodel.items()), tuple(cell.law.items()), (*cell.pins, *cell.internal))
    return _remembered(texts, str(cell.file("cell.toml")))


@cache
def _remembered(texts: tuple, path: str) -> Mapping[str, sp.Expr]:
    return remembered(("error terms", texts), lambda: _expanded(*texts, path))


def _expanded(
    table: tuple[tuple[str, str], ...], law: tuple[tuple[str, str], ...], nodes: tuple[str, ...], path: str
) -> Mapping[str, sp.Expr]:
    found: dict[str, sp.Expr] = {}
    apart = {Q: sp.tanh(D / VS)}
    for key, text in table:
        bent = _read(nodes, text, key_line(Path(path), f"law_macromodel.{key}"))
        if key == "pole":
            found[POLE] = bent
            continue
        rational = bent.subs(D, VS * sp.atanh(Q))  # hyperbolic functions of d/vs become rational in their tanh
        names = sorted((s for s in bent.free_symbols if str(s) in NAMES), key=str)
        nothing = dict.fromkeys(names, sp.S.Zero)
        for symbol in names:
            found[str(symbol)] = symbol * _leading(rational.diff(symbol).subs(nothing)).xreplace(apart)
        found[AT_REST] = bent.xreplace({s: sp.S.Zero for s in bent.free_symbols if str(s).startswith("v(")})
        ideal = _read(nodes, dict(law)[key], key_line(Path(path), f"law.{key}"))
        if (difference := bent.subs(nothing) - ideal) != 0:
            left = _leading(rational.subs(nothing) - ideal)
            found |= {COMPRESSION: left.xreplace(apart), ALL_ORDERS: difference}
    return found


def _read(nodes: tuple[str, ...], text: str, where: str) -> sp.Expr:
    class Anything(dict):
        def __missing__(self, key: str) -> sp.Symbol:
            return sp.Symbol(key, real=True)

    return Reader("", dict(zip(nodes, nodes, strict=True)), Anything(), {}, {}).read(text, where)


def _leading(expression: Any) -> Any:
    """Return the lowest order in the signals that does not vanish."""
    signals = {s: SIZE * s for s in expression.free_symbols if str(s).startswith("v(")}
    scaled = expression.xreplace(signals)
    for order in range(ORDER + 1):
        term = sp.cancel(sp.together((scaled.diff(SIZE, order) if order else scaled).subs(SIZE, 0)))
        if term != 0:
            return sp.factor(term / sp.factorial(order))
    return sp.S.Zero


def error_terms(circuit: Circuit, find: Callable[[str], Cell]) -> tuple[ErrorTerm, ...]:
    """Return the terms of all primitives in a circuit, the largest first, with the numbers of each module's first
    member."""
    found: list[ErrorTerm] = []
    for module in circuit.modules[:-1]:
        for instance in module.instances:
            leaf = circuit.leaves[instance.of]
            given = {key: module.parameters[v] if isinstance(v, str) else v for key, v in instance.parameters.items()}
            nets = dict(zip(leaf.subcircuit.pins, instance.nets, strict=True))
            for piece in leaf.subcircuit.pieces:
                where = f"{module.name}.{instance.name}.{piece.name}"
                found += _terms(
                    where, circuit, module, leaf, piece, {**leaf.subcircuit.parameters, **given}, nets, find
                )
    return tuple(sorted(found, key=lambda term: -abs(term.size) - term.spread))


def _terms(
    where: str,
    circuit: Circuit,
    module: Module,
    leaf: Leaf,
    piece: Piece,
    given: Mapping[str, float],
    nets: Mapping[str, str],
    find: Callable[[str], Cell],
) -> list[ErrorTerm]:
    primitive = find(piece.cell)
    terms = leading_terms(primitive)
    if not terms:
        return []
    known = fitted(piece.cell, circuit.process, primitive.own)
    numbers = {key: float(given[name]) for key, name in piece.given.items()}
    size = circuit.leaves[leaf.primitives[piece.cell]].subcircuit.parameters.get("s", 1.0)
    numbers = {"s": size, **dict.fromkeys(GROWTH.values(), AREA), **known.macromodel, **numbers}
    peaks = {
        voltage(pin): 0.0 if net == "cm" else _peak(circuit, module, nets.get(net, f"{leaf.cell}.{net}"))
        for pin, net in zip(primitive.pins, piece.nodes, strict=True)
    }
    key = next(iter(primitive.law)) if "b" not in primitive.law else "b"
    ideal = abs(
        _number(_read((*primitive.pins, *primitive.internal), primitive.law[key], where), numbers, peaks)
    ) or float("inf")
    found = []
    for name, term in terms.items():
        scale = circuit.units.time if name == POLE else ideal
        size = _number(term, numbers, peaks) / scale
        spread = 0.0
        if name in known.mismatch:
            spread = abs(_number(term, {**numbers, name: known.mismatch[name]}, peaks) / scale)
        if size or spread:
            found.append(
                ErrorTerm(
                    where,
                    piece.cell,
                    NAMES.get(name, name),
                    "" if name in (ALL_ORDERS, AT_REST) else str(term),
                    size,
                    spread,
                )
            )
    return found


def _number(term: sp.Expr, numbers: Mapping[str, float], peaks: Mapping[sp.Symbol, float]) -> float:
    """Evaluate a term at the largest signals; for a difference, the other side is at rest."""
    table = {s: peaks.get(s, numbers.get(str(s), 0.0)) for s in term.free_symbols}
    value = complex(term.subs(table))
    if value == 0 and len(peaks) > 1:  # two nodes that vary together: one of them alone
        for pin in [s for s in term.free_symbols if peaks.get(s)]:
            value = max(value, complex(term.subs({**table, pin: 0.0})), key=abs)
    return float(value.real)


def _peak(circuit: Circuit, module: Module, net: str) -> float:
    """Return the largest expected voltage of a net of a module."""
    kind = KINDS.get(net, {"u": "u", "v": "v"}.get(net.rpartition(".")[2], "U"))
    owner = module.name.split("_neuron")[0]
    own = [h.peak for h in circuit.headroom if h.owner == owner and h.kind == kind]
    return max(own or [h.peak for h in circuit.headroom if h.kind == kind] or [0.0])
