"""SymPy's laws and activations as NumPy texts, remembered on disk: a run does not have to load SymPy to use them.

All laws but the product B = phi'(U) h are linear in the signals; that is checked, not assumed.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.cache import remembered

if TYPE_CHECKING:
    import sympy as sp

PARAMETERS = ("tau_m", "tau_r", "gamma", "beta")


def numeric(text: str, arguments: tuple[str, ...]) -> Callable[..., np.ndarray]:
    """A printed expression as a function."""
    return eval(f"lambda {', '.join(arguments)}: {text}", {"numpy": np})  # noqa: S307 - printed by this module


def coefficient_texts(rule: str, nudged: bool, wire: bool) -> Mapping[str, str]:
    """The fields of `Coefficients` for one kind of neuron, as texts in `PARAMETERS`."""
    return remembered(("coefficients", rule, nudged, wire), lambda: _coefficients(rule, nudged, wire))


def activation_texts(name: str) -> tuple[str, str, str]:
    """Rate, slope and curvature of an activation, as texts in `x`."""
    return remembered(("activation", name), lambda: _activation(name))


def _activation(name: str) -> tuple[str, str, str]:
    from vle_analog.theory import activation

    known = activation(name)
    # a constant slope must still have the shape of its argument
    rate, slope, curvature = (f"{_text(part)} + 0.0*x" for part in (known.rate, known.slope, known.curvature))
    return rate, slope, curvature


def _coefficients(rule: str, nudged: bool, wire: bool) -> Mapping[str, str]:
    from vle_analog.theory import laws, symbols

    law = laws(rule, nudged=nudged, wire=wire)
    drive = linear(law.prospective, symbols.S, symbols.e, symbols.u)
    membrane = linear(law.membrane, symbols.S, symbols.e, symbols.u)
    error = linear(law.error, symbols.B, symbols.v)
    state = linear(law.error_state, symbols.B, symbols.v)
    (target,) = linear(law.target_error.subs(symbols.r, 0), symbols.y_star)
    expressions = {
        "drive_S": drive[0], "drive_e": drive[1], "drive_u": drive[2],
        "membrane_S": membrane[0], "membrane_e": membrane[1], "membrane_u": membrane[2],
        "error_B": error[0], "error_v": error[1], "state_B": state[0], "state_v": state[1],
        "target": target,
    }  # fmt: skip
    has = {"has_u": law.membrane is not None, "has_v": law.error_state is not None}
    return {name: _text(part) for name, part in expressions.items()} | {name: str(is_so) for name, is_so in has.items()}


def linear(expression: "sp.Expr | None", *signals: "sp.Symbol") -> "list[sp.Expr]":
    """The coefficients of `signals` in an expression that is linear in them and has no other term; `None` is zero."""
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
