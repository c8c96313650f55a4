"""The laws of a network's neurons as numbers: SymPy's coefficients, evaluated for every neuron at once.

All laws but the product B = phi'(U) h are linear in the signals; that is checked, not assumed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import sympy as sp

from vle_analog.network.model import Network
from vle_analog.theory import laws, symbols


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Shape `(N,)` each, for all neurons of a network in the order of its populations.

    **Arguments:**

    - `drive_S`, `drive_e`, `drive_u`: `U = drive_S S + drive_e e + drive_u u`.
    - `membrane_S`, `membrane_e`, `membrane_u`: du/dt likewise; zero for a wire.
    - `error_B`, `error_v`: `e = error_B B + error_v v`.
    - `state_B`, `state_v`: dv/dt likewise; zero where the error has no memory.
    - `target`: `h += target (y* - r)`; zero outside the output population.
    - `has_u`, `has_v`: where the neuron has these states.
    """

    drive_S: np.ndarray
    drive_e: np.ndarray
    drive_u: np.ndarray
    membrane_S: np.ndarray
    membrane_e: np.ndarray
    membrane_u: np.ndarray
    error_B: np.ndarray
    error_v: np.ndarray
    state_B: np.ndarray
    state_v: np.ndarray
    target: np.ndarray
    has_u: np.ndarray
    has_v: np.ndarray


def coefficients(network: Network, *, settled: bool = False) -> Coefficients:
    """The coefficients of every neuron.

    **Arguments:**

    - `settled`: those of the rest state (u and v have arrived: u = S + gamma e, v = B), which has no states.
    """
    columns: dict[str, list[np.ndarray]] = {field.name: [] for field in fields(Coefficients)}
    for population in network.populations:
        wire = np.ones(population.size, bool) if settled else population.wire
        nudged = population.name == network.output
        parameters = (population.tau_m, population.tau_r, network.gamma, network.beta)
        slow, fast = (_functions(network.rule, nudged, is_wire) for is_wire in (False, True))
        for name, column in columns.items():
            column.append(np.where(wire, fast[name](*parameters), slow[name](*parameters)))
    return Coefficients(**{name: np.concatenate(parts) for name, parts in columns.items()})


@cache
def _functions(rule: str, nudged: bool, wire: bool) -> Mapping[str, Callable[..., np.ndarray]]:
    """Every coefficient as a function of tau_m, tau_r, gamma and beta."""
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
        "has_u": sp.Integer(law.membrane is not None), "has_v": sp.Integer(law.error_state is not None),
    }  # fmt: skip
    parameters = (symbols.tau_m, symbols.tau_r, symbols.gamma, symbols.beta)
    return {name: sp.lambdify(parameters, expression, modules="numpy") for name, expression in expressions.items()}


def linear(expression: sp.Expr | None, *signals: sp.Symbol) -> list[sp.Expr]:
    """The coefficients of `signals` in an expression that is linear in them and has no other term; `None` is zero."""
    if expression is None:
        return [sp.S.Zero for _ in signals]
    parts: list[sp.Expr] = [expression.diff(signal) for signal in signals]
    rest = expression - sum(part * signal for part, signal in zip(parts, signals, strict=True))
    if sp.expand(rest) != 0 or any(part.has(*signals) for part in parts):
        raise ValueError(f"{expression} is not linear in {signals}")
    return parts
