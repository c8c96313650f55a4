"""The law of a leaf: the currents into its nodes, and their derivatives by the voltages.

Arguments of tanh are computed first, so that a kernel can skip saturated ones. Expressions of parameters alone are
folded into constants: those common to all chips are one number per instance, the others one per instance and sample, as
few as there are deviating parameters.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportReturnType=false, reportAttributeAccessIssue=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from vle_analog.fastsim.branches import COMMON, Branch, parameter, voltage

RAILS = ("vdd", "vss")  # pins with a constant voltage
DIFFERING = frozenset(
    {"dg", "fy", "ios", "od", "on", "ox", "oy", "vos"}
)  # parameters in which chips made of macromodels differ


@dataclass(frozen=True)
class Law:
    """The equations of a leaf for a kernel; leaves with the same law share its code.

    **Arguments:**

    - `nodes`: nodes whose voltages occur, or into which a current flows.
    - `arguments`: of every tanh, which is called `t0`, `t1` and so on.
    - `flows`: node -> current into it. `changes`: (node, node) -> minus the derivative of the first one's current by
      the second one's voltage.
    - `constants`: `c0`, `c1` ... -> their formulas in the parameters of the leaf; `same`: `s0`, `s1` ... -> formulas in
      those parameters that are the same in every sample.
    """

    nodes: tuple[str, ...]
    arguments: tuple[sp.Expr, ...]
    flows: Mapping[str, sp.Expr]
    changes: Mapping[tuple[str, str], sp.Expr]
    constants: tuple[sp.Expr, ...]
    same: tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Reduced:
    """A leaf's branches and law; `idle` are inner nodes without a source."""

    law: Law
    branches: tuple[Branch, ...]
    idle: frozenset[str]


def reduced(
    branches: Sequence[Branch], internal: Sequence[str], differing: frozenset[str] | None = DIFFERING
) -> Reduced:
    """Return the law of a leaf made of these branches.

    **Arguments:** `differing`: parameters that are individual per sample; None: all of them.
    """
    flows: dict[str, Any] = {}
    for branch in branches:
        if branch.kind == "current":
            for node, sign in zip(branch.ends, (-1, 1), strict=True):
                if node != COMMON:
                    flows[node] = flows.get(node, sp.Integer(0)) + sign * branch.value
    stored = {node for branch in branches if branch.kind != "current" for node in branch.ends}
    idle = frozenset(node for node in internal if node in flows and node not in stored and _idle(node, flows[node]))
    silent = {voltage(node): sp.Integer(0) for node in idle}
    flows = {node: flow.xreplace(silent) for node, flow in flows.items() if node not in idle}
    return Reduced(_law(flows, differing), tuple(branches), idle)


def _idle(node: str, flow: sp.Expr) -> bool:
    others = {symbol for symbol in flow.free_symbols if _moves(symbol)} - {voltage(node)}
    return not others and flow.subs(voltage(node), 0) == 0


def _moves(symbol: sp.Basic) -> bool:
    return str(symbol).startswith(("v_", "t"))


def _law(flows: Mapping[str, sp.Expr], differing: frozenset[str] | None) -> Law:
    found = sorted({part for flow in flows.values() for part in flow.atoms(sp.tanh)}, key=sp.default_sort_key)
    apart = [part for part in found if not part.args[0].has(sp.tanh) and any(map(_moves, part.args[0].free_symbols))]
    names = {part: sp.Symbol(f"t{k}", real=True) for k, part in enumerate(apart)}
    bare = {node: flow.xreplace(names) for node, flow in flows.items()}
    voltages = sorted({s for flow in flows.values() for s in flow.free_symbols if _moves(s)}, key=str)
    changes: dict[tuple[str, str], sp.Expr] = {}
    for node, flow in bare.items():
        for symbol in (s for s in voltages if str(s)[2:] not in RAILS):
            slope = -sp.diff(flow, symbol)
            for part, name in names.items():
                inner = sp.diff(part.args[0], symbol)
                if inner != 0:
                    slope -= sp.diff(flow, name) * inner * (1 - name**2)
            if slope != 0:
                changes[node, str(symbol)[2:]] = slope
    fold = _Fold(differing)
    arguments = tuple(fold(part.args[0]) for part in apart)
    flowing = {node: fold(flow) for node, flow in bare.items()}
    changing = {key: fold(value) for key, value in changes.items()}
    nodes = dict.fromkeys([*flowing, *(str(symbol)[2:] for symbol in voltages)])
    return Law(tuple(nodes), arguments, flowing, changing, tuple(fold.constants), tuple(fold.same))


class _Fold:
    """A substitution of constant expressions by symbols, with a record of the substituted expressions."""

    def __init__(self, differing: frozenset[str] | None):
        self.differing = None if differing is None else {parameter(name) for name in differing}
        self.constants: dict[sp.Expr, sp.Symbol] = {}
        self.same: dict[sp.Expr, sp.Symbol] = {}

    def __call__(self, expression: sp.Expr) -> sp.Expr:
        if expression.is_number or (expression.is_Symbol and _moves(expression)):
            return expression
        if not any(map(_moves, expression.free_symbols)):
            return self._still(expression)
        if expression.is_Add or expression.is_Mul:
            still = [part for part in expression.args if not any(map(_moves, part.free_symbols))]
            moving = [self(part) for part in expression.args if any(map(_moves, part.free_symbols))]
            rest = expression.func(*still)
            return expression.func(*moving, *([self(rest)] if still else []))
        return expression.func(*map(self, expression.args))

    def _still(self, expression: sp.Expr) -> sp.Expr:
        if expression.is_number:
            return expression
        if expression.could_extract_minus_sign():
            return -self._still(-expression)
        if not self._differs(expression):
            return self.same.setdefault(expression, sp.Symbol(f"s{len(self.same)}", real=True))
        if expression.is_Add or expression.is_Mul:
            # individual parts are separated from shared ones, which also occur in other places
            differing = [part for part in expression.args if self._differs(part)]
            rest = expression.func(*(part for part in expression.args if not self._differs(part)))
            apart = expression.func(*differing)
            if apart != expression and not (expression.is_Add and rest.is_number):
                return expression.func(self._still(apart), self._still(rest))
        return self.constants.setdefault(expression, sp.Symbol(f"c{len(self.constants)}", real=True))

    def _differs(self, expression: sp.Expr) -> bool:
        return bool(expression.free_symbols if self.differing is None else expression.free_symbols & self.differing)
