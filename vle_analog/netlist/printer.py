"""The printer of SymPy expressions in ngspice syntax."""

import sympy as sp
from sympy.printing.str import StrPrinter


class NgspicePrinter(StrPrinter):
    """A printer of integer powers as products, since `^` of a B source uses the magnitude of its base."""

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:  # noqa: ARG002 - the signature of StrPrinter
        base, exponent = expr.as_base_exp()
        if exponent.is_Integer and 0 < abs(int(exponent)) <= 4:
            factor = self._print(base) if base.is_Function else f"({self._print(base)})"
            product = "*".join([factor] * abs(int(exponent)))
            return f"({product})" if exponent > 0 else f"(1/({product}))"
        raise ValueError(f"{expr} has no form in ngspice")

    def _print_Float(self, expr: sp.Float) -> str:
        return f"{float(expr):.10g}"

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"{float(expr):.10g}"

    def _print_log(self, expr: sp.log) -> str:
        return f"ln({self._print(expr.args[0])})"
