"""The laws of a network's neurons as numbers: SymPy's coefficients, evaluated for every neuron at once.

The texts come from `printed`; here they meet the numbers of a network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from vle_analog.ideal.printed import PARAMETERS, coefficient_texts, numeric
from vle_analog.network.model import Network


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
    return {name: numeric(text, PARAMETERS) for name, text in coefficient_texts(rule, nudged, wire).items()}
