"""The printing of SymPy expressions as readable Python that vectorises, without branches or library calls."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportReturnType=false

from collections.abc import Sequence

import sympy as sp
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pycode import PythonCodePrinter


class softplus(sp.Function):  # noqa: N801 - printed under this name
    """The function log(1 + exp x), without overflow of exp."""


class KernelPrinter(PythonCodePrinter):
    """A printer in which every number has the kernel's type `real`, as an int would turn float32 into float64."""

    def __init__(self):
        super().__init__({"fully_qualified_modules": False, "user_functions": {"softplus": "softplus"}})

    def _print_Float(self, expr: sp.Expr) -> str:
        return f"real({float(expr)!r})"

    _print_Integer = _print_Rational = _print_Half = _print_One = _print_NegativeOne = _print_Zero = _print_Float

    def _print_tanh(self, expr: sp.Expr) -> str:
        return f"tanh({self._print(expr.args[0])})"

    def _print_exp(self, expr: sp.Expr) -> str:
        return f"exp({self._print(expr.args[0])})"

    def _print_Pow(self, expr: sp.Expr, rational: bool = False) -> str:  # noqa: ARG002 - SymPy's own signature
        base, exponent = expr.as_base_exp()
        if not exponent.is_Integer or abs(exponent) > 4:
            raise ValueError(f"no way to print {expr}")
        product = "*".join([self.parenthesize(base, PRECEDENCE["Pow"])] * abs(int(exponent)))
        return f"({product})" if exponent > 0 else f"(real(1.0)/({product}))"

    def _print_Mul(self, expr: sp.Expr) -> str:
        numerator, denominator = sp.fraction(expr)
        if denominator == 1 or expr.is_Rational:
            return super()._print_Mul(expr)
        if denominator.is_Number:
            return super()._print_Mul(sp.Mul(sp.Float(1 / denominator), numerator, evaluate=False))
        above = self.parenthesize(numerator, PRECEDENCE["Mul"])
        return f"{above}/{self.parenthesize(denominator, PRECEDENCE['Pow'])}"


def safe(expression: sp.Expr) -> sp.Expr:
    """Rewrite an expression so that exp does not overflow."""
    x = sp.Wild("x")
    return expression.replace(sp.log(1 + sp.exp(x)), softplus(x))


def straight_line(assignments: Sequence[tuple[str, sp.Expr]]) -> list[str]:
    """Return lines `name = expression`, in order, with common subexpressions computed once.

    A name may occur only after its own line.
    """
    printer = KernelPrinter()
    taken = {str(symbol) for _, value in assignments for symbol in value.free_symbols}
    taken.update(name for name, _ in assignments)
    fresh = (sp.Symbol(name) for k in range(10_000) if (name := f"q{k}") not in taken)
    shared, values = sp.cse([safe(value) for _, value in assignments], symbols=fresh, order="canonical")
    pending = dict(shared)
    lines: list[str] = []

    def need(value: sp.Expr) -> None:
        for symbol in sorted(value.free_symbols & set(pending), key=str):
            part = pending.pop(symbol)
            need(part)
            lines.append(f"{symbol} = {printer.doprint(part)}")

    for (name, _), value in zip(assignments, values, strict=True):
        need(value)
        lines.append(f"{name} = {printer.doprint(value)}")
    return lines
