"""Claims about a composed module: two expressions that must be equal, symbolically and numerically."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.proof.compose import Composed, ComposedSystem, loads
from vle_analog.proof.result import TOLERANCE, Statement
from vle_analog.theory.step import Equation

LOADS = "no node has a negative conductance or capacitance of its own"
ONE = "Kirchhoff's laws have one solution"


@dataclass(frozen=True)
class Claim:
    """The claim `left = right`, in the unknowns of a module, its parameters, the units and the symbols of the theory.

    **Arguments:**

    - `name`: of the quantity. `equation`: the corresponding law, or a sentence.
    - `formal`: false where there is nothing to simplify: only the numbers are compared. `counted`: false where there
      are no numbers to compare.
    """

    name: str
    left: sp.Expr
    right: sp.Expr
    equation: Equation | str
    formal: bool = True
    counted: bool = True


Numbers = Mapping[sp.Symbol, np.ndarray]


def statements(
    kind: str,
    claims: Sequence[Claim],
    solved: ComposedSystem,
    formulas: Mapping[sp.Symbol, sp.Expr],
    numbers: Numbers,
    *,
    to_the_end: bool = True,
) -> list[Statement]:
    """Evaluate and simplify every claim.

    **Arguments:**

    - `formulas`: parameter -> formula. `numbers`: symbol -> one number per member of the kind; signals at random.
    - `to_the_end`: false stops at the first claim that does not hold.

    **Returns:** one statement per claim, up to the first false one unless `to_the_end`.
    """
    table = dict(formulas)
    members = max((len(v) for v in numbers.values()), default=1)
    values = solve_numbers(solved, numbers)
    deviations = [None] * len(claims) if values is None else _deviations(claims, values)
    off = [d is not None and not d <= TOLERANCE for d in deviations]
    if any(off) and not to_the_end:
        text, latex = words(claims[off.index(True)].equation)
        return [Statement(kind, claims[off.index(True)].name, text, latex, "0", deviations[off.index(True)], members)]
    solution = None if values is None else solved.substituted(table).solve()
    if solution is None:
        return [Statement(kind, "Kirchhoff", ONE, rf"\text{{{ONE}}}", "no such solution", None, members)]
    found = []
    for claim, deviation in zip(claims, deviations, strict=True):
        residual = simplified((claim.left - claim.right).xreplace(table).xreplace(solution)) if claim.formal else "0"
        text, latex = words(claim.equation)
        found.append(Statement(kind, claim.name, text, latex, residual, deviation, members))
        if not found[-1].holds and not to_the_end:
            break
    return found


def passive(kind: str, composed: Composed, formulas: Mapping[sp.Symbol, sp.Expr], numbers: Numbers) -> Statement:
    """Check that no net has a negative conductance or capacitance, which Kirchhoff's laws cannot detect.

    A node with a negative load has the same equilibrium, but diverges from it. Formulas and numbers are checked.
    """
    members = max((len(v) for v in numbers.values()), default=1)
    found = [(net, load) for net, pair in loads(composed).items() for load in pair if load != 0]
    wrong = []
    for table in ({}, dict(formulas)):
        loaded = [load.xreplace(table) for _, load in found]
        rest = {symbol: np.ones(members) for symbol in _free(loaded) - set(numbers)}  # capacitors, stored voltages
        with np.errstate(all="ignore"):
            computed = evaluated(loaded, {**numbers, **rest})
        wrong += [
            net for (net, _), row in zip(found, computed, strict=True) if not np.all((row > 0) & np.isfinite(row))
        ]
    residual = f"not positive at {', '.join(dict.fromkeys(wrong))}" if wrong else "0"
    return Statement(kind, "loads", LOADS, rf"\text{{{LOADS}}}", residual, None, members)


def words(equation: Equation | str) -> tuple[str, str]:
    """Return text and LaTeX of an equation or a sentence."""
    if isinstance(equation, str):
        return equation, rf"\text{{{equation}}}"
    return equation.text(), equation.latex().replace("&", "", 1)


def simplified(expression: sp.Expr) -> str:
    """Simplify a difference to "0" or the shortest form found."""
    left = sp.cancel(sp.together(expression))
    if left == 0:
        return "0"
    left = sp.factor(left)
    return str(sp.simplify(left)) if left.has(sp.Function) else str(left)


def solve_numbers(solved: ComposedSystem, numbers: Numbers) -> dict[sp.Symbol, np.ndarray] | None:
    """Return the unknowns in numbers, with the numbers themselves; `None` without a solution."""
    known = dict(numbers)
    for equations, unknowns in ((solved.linear, solved.unknowns), (solved.products, solved.last)):
        if len(equations) != len(unknowns):
            return None
        if not unknowns:
            continue
        matrix, right = sp.linear_eq_to_matrix(equations, *unknowns)
        entries = evaluated([*matrix, *right], known)
        n = len(unknowns)
        a = np.moveaxis(entries[: n * n].reshape(n, n, -1), -1, 0)
        b = entries[n * n :].T[..., None]
        scale = np.maximum(np.abs(a).max(axis=2, keepdims=True), 1e-300)  # rows are in siemens, farad, or dimensionless
        try:
            with np.errstate(all="ignore"):
                found = np.linalg.solve(a / scale, b / scale)[..., 0]
        except np.linalg.LinAlgError:
            return None
        if not np.all(np.isfinite(found)):
            return None
        known |= {unknown: found[:, k] for k, unknown in enumerate(unknowns)}
    return known


def evaluated(expressions: Sequence[sp.Expr], known: Numbers) -> np.ndarray:
    """Evaluate expressions, shape `(expressions, members)`; infinite for divisions by zero or missing numbers."""
    expressions = [sp.oo if sp.sympify(e).has(sp.zoo, sp.nan) else e for e in expressions]
    used = sorted(_free(expressions), key=str)
    members = max((np.size(v) for v in known.values()), default=1)
    missing = [symbol for symbol in used if symbol not in known]
    if missing:
        return np.full((len(expressions), members), np.inf)
    computed = sp.lambdify(used, list(expressions), "numpy")(*(known[symbol] for symbol in used))
    return np.array([np.broadcast_to(value, members) for value in computed], dtype=float)


def _deviations(claims: Sequence[Claim], values: Numbers) -> list[float | None]:
    """Return, for every numerical claim, the largest difference of its sides relative to the largest of their terms."""
    rows = [[claim.left, *sp.Add.make_args(sp.expand(claim.right))] for claim in claims]
    known = [claim.counted and _free(row) <= set(values) for claim, row in zip(claims, rows, strict=True)]
    with np.errstate(all="ignore"):
        computed = evaluated([term for row, there in zip(rows, known, strict=True) if there for term in row], values)
        found: list[float | None] = []
        at = 0
        for claim, row, there in zip(claims, rows, known, strict=True):
            if there:
                found.append(_difference(computed[at : at + len(row)]))
                at += len(row)
            else:
                found.append(float("inf") if claim.counted else None)
    return found


def _free(expressions: Sequence[sp.Expr]) -> set[sp.Basic]:
    return set().union(*(sp.sympify(e).free_symbols for e in expressions))


def _difference(terms: np.ndarray) -> float:
    difference, size = np.abs(terms[0] - terms[1:].sum(axis=0)), np.abs(terms).max(axis=0)
    relative = np.where(difference == 0, 0.0, difference / np.where(size > 0, size, 1.0))
    return float(np.nan_to_num(relative, nan=np.inf).max())
