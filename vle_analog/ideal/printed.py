"""SymPy's laws and activations as NumPy expressions, cached on disk, so that a run does not need to load SymPy.

All laws but the product B = phi'(U) h are linear in the signals, which is checked.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.cache import remembered

if TYPE_CHECKING:
    import sympy as sp

PARAMETERS = ("tau_m", "tau_r", "gamma", "beta", "omega")


def numeric(text: str, arguments: tuple[str, ...]) -> Callable[..., np.ndarray]:
    """Return a printed expression as a function."""
    return eval(f"lambda {', '.join(arguments)}: {text}", {"numpy": np})  # noqa: S307 - printed by this module


def coefficient_texts(rule: str, nudged: bool, wire: bool, cost: str, corrected: bool) -> Mapping[str, str]:
    """Return the fields of `Coefficients` for one kind of neuron, as texts in `PARAMETERS`; `omega` is
    `gain_correction`."""
    kind = (rule, nudged, wire, cost, corrected)
    return remembered(("coefficients", *kind), lambda: _coefficients(*kind))


def activation_texts(name: str) -> tuple[str, str, str]:
    """Return rate, slope and curvature of an activation, as texts in `x`."""
    return remembered(("activation", name), lambda: _activation(name))


def saturation_text() -> str:
    """Return the slow-down of learning of a bounded weight, as a text in `W` and `limit`."""
    return remembered(("saturation",), _saturation)


def _saturation() -> str:
    from vle_analog.theory import laws

    return _text(laws(bounded=True).saturation)


def _activation(name: str) -> tuple[str, str, str]:
    from vle_analog.theory import activation

    known = activation(name)
    # a constant slope must still have the shape of its argument
    rate, slope, curvature = (f"{_text(part)} + 0.0*x" for part in (known.rate, known.slope, known.curvature))
    return rate, slope, curvature


def _coefficients(rule: str, nudged: bool, wire: bool, cost: str, corrected: bool) -> Mapping[str, str]:
    from vle_analog.theory import laws, symbols
    from vle_analog.theory.laws import canonical_cost
    from vle_analog.theory.local import gain_correction

    law = laws(rule, nudged=nudged, wire=wire, cost=canonical_cost(cost), corrected=corrected)
    S, e, u, B, v, y, dy = (getattr(symbols, name) for name in ("S", "e", "u", "B", "v", "y_star", "dy_star"))
    found = {
        "drive": (law.prospective, {"S": S, "e": e, "u": u}),
        "membrane": (law.membrane, {"S": S, "e": e, "u": u}),
        "error": (law.error, {"B": B, "v": v, "S": S, "e": e, "u": u, "y": y, "dy": dy}),
        "state": (law.error_state, {"B": B, "v": v, "u": u, "y": y}),
    }
    expressions = {
        f"{part}_{name}": coefficient.subs(symbols.correction, gain_correction())
        for part, (expression, signals) in found.items()
        for name, coefficient in zip(signals, linear(expression, *signals.values()), strict=True)
    }
    (expressions["target"],) = linear(law.target_error.subs(symbols.r, 0), symbols.y_star)
    has = {"has_u": law.membrane is not None, "has_v": law.error_state is not None}
    return {name: _text(part) for name, part in expressions.items()} | {name: str(is_so) for name, is_so in has.items()}


def linear(expression: "sp.Expr | None", *signals: "sp.Symbol") -> "list[sp.Expr]":
    """Return the coefficients of `signals` in a purely linear expression; `None` is zero."""
    import sympy as sp

    if expression is None:
        return [sp.S.Zero for _ in signals]
    parts: list[sp.Expr] = [expression.diff(signal) for signal in signals]
    rest = expression - sum(part * signal for part, signal in zip(parts, signals, strict=True))
    if sp.expand(rest) != 0 or any(part.has(*signals) for part in parts):
        raise ValueError(f"{expression} is not linear in {signals}")
    return parts


def _text(expression: "sp.Expr") -> str:
    from sympy.printing.numpy import NumPyPrinter

    return f"({NumPyPrinter().doprint(expression)})"
