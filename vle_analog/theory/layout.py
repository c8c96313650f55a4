"""The layout of expressions for text, LaTeX and MathML: a small tree, in conventional order."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false

from dataclasses import dataclass, replace

import sympy as sp

from vle_analog.theory.fields import T, cost_of, cost_slope, phi, phi_slope
from vle_analog.theory.symbols import t


@dataclass(frozen=True)
class Name:
    """An identifier: its `owner`, indices and words below, accent and dots above, prime, star, power."""

    base: str
    below: tuple[str, ...] = ()
    owner: str = ""
    dots: int = 0
    prime: bool = False
    star: bool = False
    varied: bool = False
    power: str = ""
    accent: str = ""


@dataclass(frozen=True)
class Sign:
    """An operator between or before terms: + − = → d ∂."""

    text: str
    binary: bool = True


@dataclass(frozen=True)
class Row:
    """A sequence of nodes."""

    items: tuple["Node", ...]


@dataclass(frozen=True)
class Fraction:
    """A numerator over a denominator; `loose` where factors follow."""

    above: "Node"
    below: "Node"
    loose: bool = False


@dataclass(frozen=True)
class Superscript:
    """A base with an exponent."""

    base: "Node"
    exponent: "Node"


@dataclass(frozen=True)
class Bracketed:
    """Something in brackets."""

    body: "Node"
    left: str = "("
    right: str = ")"


@dataclass(frozen=True)
class Big:
    """A sum over `index` or an integral, from `low` to `high`."""

    sign: str
    low: "Node"
    high: "Node"
    body: "Node"
    index: "Node"


Node = Name | Sign | Row | Fraction | Superscript | Bracketed | Big

# Terms of a sum appear in this order, numbers first and costs last; others come directly after the numbers.
TERM_ORDER = ("S", "e", "w", "B", "lambda", "Lambda", "u", "v", "h", "sum", "y_star", "r", "b", "cost", "order")
ACCENTS = ("bar", "hat", "tilde")  # above the one letter that stands before them, as in rbar
HEADS = {phi: ("phi", False), phi_slope: ("phi", True), cost_of: ("c", False), cost_slope: ("c", True)}


def lay(expression: sp.Basic) -> Node:
    """Return the layout of an expression."""
    match expression:
        case sp.Add():
            return _add(expression)
        case sp.Mul():
            return _mul(expression)
        case sp.Pow():
            return _pow(expression)
        case sp.Sum():
            index, low, high = expression.limits[0]
            return Big(
                "sum", Row((lay(index), Sign("="), lay(low))), lay(high), _factor(expression.function), lay(index)
            )
        case sp.Integral():
            index, low, high = expression.limits[0]
            return Row(
                (
                    Big("integral", lay(low), lay(high), _factor(expression.function), lay(index)),
                    Sign("d", False),
                    lay(index),
                )
            )
        case sp.Derivative():
            return _derivative(expression)
        case sp.Indexed():
            name = split_name(str(expression.base.label))
            return replace(name, below=name.below + tuple(str(index) for index in expression.indices))
        case sp.Order():
            return Row((Name("O"), Bracketed(lay(expression.expr))))
        case sp.Abs():
            return Bracketed(lay(expression.args[0]), "|", "|")
        case sp.Function():
            return _function(expression)
        case sp.Rational() if expression.q != 1:
            return Fraction(Name(str(expression.p)), Name(str(expression.q)))
        case _:
            return split_name(str(expression))


def split_name(name: str) -> Name:
    """Split `hidden.tau_m` into base tau, below m, owner hidden; `rbar` into base r with a bar."""
    owner, _, own = name.rpartition(".")
    varied = own.startswith("delta")
    own = own.removeprefix("delta").lstrip("_ ") if varied else own
    if own == "y_star":
        return Name("y", owner=owner, star=True)
    base, *below = own.split("_")
    accent = next((word for word in ACCENTS if base[1:] == word), "")
    return Name(base.removesuffix(accent), tuple(below), owner, varied=varied, accent=accent)


def _function(expression: sp.Function) -> Node:
    if type(expression) in HEADS:
        index, argument = expression.args
        base, prime = HEADS[type(expression)]
        below = () if base == "phi" else (str(index),)
        return Row((Name(base, below, prime=prime), Bracketed(lay(argument))))
    name = split_name(expression.func.__name__)
    if isinstance(expression, sp.core.function.AppliedUndef) and expression.args[-1] in (t, T):
        *indices, time = expression.args
        name = replace(name, below=name.below + tuple(str(index) for index in indices))
        return name if time == t else Row((name, Bracketed(lay(time))))
    return Row((name, Bracketed(lay(expression.args[0]))))


def _derivative(expression: sp.Derivative) -> Node:
    variable, order = expression.variable_count[0]
    inner = lay(expression.expr)
    if variable == t and isinstance(inner, Name):
        return replace(inner, dots=int(order))
    sign = Sign("d" if expression.expr == sp.Symbol("C") or variable == t else "∂", False)
    return Fraction(Row((sign, inner)), Row((sign, lay(variable))))


def _pow(expression: sp.Pow) -> Node:
    base, exponent = expression.as_base_exp()
    if exponent.is_negative:
        return Fraction(Name("1"), lay(base**-exponent))
    inner = _factor(base)
    if isinstance(inner, Row) and isinstance(inner.items[0], Name) and isinstance(inner.items[-1], Bracketed):
        return Row((replace(inner.items[0], power=str(exponent)), *inner.items[1:]))
    return Superscript(inner, lay(exponent))


def _factor(expression: sp.Expr) -> Node:
    """Lay out a factor: sums of terms in brackets."""
    return Bracketed(lay(expression)) if isinstance(expression, (sp.Add, sp.Order)) else lay(expression)


def _mul(expression: sp.Mul) -> Node:
    if expression.as_coeff_Mul()[0].is_negative:
        return Row((Sign("−", False), _mul_positive(-expression)))
    return _mul_positive(expression)


def _mul_positive(expression: sp.Expr) -> Node:
    numerator, denominator = sp.fraction(expression)
    factors = sorted(sp.Mul.make_args(numerator), key=_factor_rank)
    if denominator == 1:
        return _product(factors)
    fixed = [factor for factor in factors if factor != 1 and not _moving(factor)]
    moving = [factor for factor in factors if _moving(factor)]
    if fixed and moving:
        above = _product(fixed) if len(fixed) > 1 else lay(fixed[0])
        return Row((Fraction(above, lay(denominator), loose=True), _product(moving)))
    return Fraction(_product(factors) if len(factors) > 1 else lay(factors[0]), lay(denominator))


def _product(factors: list[sp.Expr]) -> Node:
    kept = [factor for factor in factors if factor != 1] or [sp.S.One]
    return _factor(kept[0]) if len(kept) == 1 else Row(tuple(_factor(factor) for factor in kept))


def _moving(expression: sp.Expr) -> bool:
    """Return whether an expression contains signals rather than parameters alone."""
    return expression.has(sp.Function, sp.Derivative, sp.Sum) or bool(
        expression.free_symbols & set(sp.symbols("S u U r B v e", real=True))
    )


def _factor_rank(factor: sp.Expr) -> tuple:
    if factor.is_Number:
        rank = 0
    elif isinstance(factor, (sp.Sum, sp.Integral)):
        rank = 6
    elif isinstance(factor, (phi_slope, cost_slope)) or factor.has(sp.tanh):
        rank = 3
    elif isinstance(factor, sp.Add):
        rank = 5 if _moving(factor) else 2
    elif _moving(factor):
        rank = 4
    else:
        rank = 1
    names = str(factor)
    # W r, e r, e u': weight or error first, its factor second
    last = factor.has(sp.Derivative) or names.rpartition(".")[2].startswith("r")
    return (rank, names.startswith("tau") or ".tau" in names, last, names)


def _term_rank(term: sp.Expr) -> tuple:
    def rank(name: str) -> int:
        return TERM_ORDER.index(name)

    changing = term.has(sp.Derivative)
    negative = _negative(term)
    if term.has(sp.Order):
        return (rank("order"), changing, negative)
    if term.is_Number or (term.is_Symbol and str(term) not in TERM_ORDER):
        return (-3 if term.is_Number else -2, changing, negative)
    if term.has(sp.Integral):
        return (-1.5, changing, negative)
    if term.has(cost_of, cost_slope):
        return (rank("cost"), changing, negative)
    if term.has(sp.Sum):
        return (rank("sum"), changing, negative)
    heads = {type(item).__name__ for item in term.atoms(sp.Function)} | {str(item) for item in term.free_symbols}
    heads = {head.rpartition(".")[2] for head in heads} | ({"r"} if term.has(phi) else set())
    return (min((rank(head) for head in heads if head in TERM_ORDER), default=-1), changing, negative)


def _negative(term: sp.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)


def _add(expression: sp.Add) -> Node:
    items: list[Node] = []
    terms = sorted(expression.as_ordered_terms(), key=_term_rank)
    if _negative(terms[0]):
        terms.sort(key=_negative)  # a sum begins with a positive term where possible
    for term in terms:
        negative = _negative(term)
        if items or negative:
            items.append(Sign("−" if negative else "+", bool(items)))
        items.append(lay(-term if negative else term))
    return Row(tuple(items))
