"""Activations in ngspice syntax, printed by SymPy once and cached on disk."""

from functools import cache

from vle_analog.cache import remembered

ARGUMENT = "ARGUMENT"


@cache
def activation_text(function: str, activation: str) -> str:
    """Return `phi` or `slope` of an activation, with `ARGUMENT` in the place of its argument."""
    return remembered(("ngspice", function, activation), lambda: _print(function, activation))


def _print(function: str, name: str) -> str:
    import sympy as sp

    from vle_analog.netlist.printer import NgspicePrinter
    from vle_analog.theory import activation, symbols

    known = activation(name)
    expression = known.rate if function == "phi" else known.slope
    text = NgspicePrinter().doprint(expression.subs(symbols.x, sp.Symbol(ARGUMENT, real=True))).replace(" ", "")
    text = text if expression.is_Atom or expression.is_Function else f"({text})"
    return text.replace(ARGUMENT, f"({ARGUMENT})").replace(f"(({ARGUMENT}))", f"({ARGUMENT})")
