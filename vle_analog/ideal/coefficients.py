"""The coefficients of a network's neurons: SymPy's expressions, evaluated for all neurons at once.

The expressions come from `printed`, the numbers from a network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from vle_analog.ideal.printed import PARAMETERS, coefficient_texts, numeric
from vle_analog.network.model import Network, Population


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The coefficients of all neurons, shape `(N,)` each, in the order of the populations.

    **Arguments:**

    - `drive_S`, `drive_e`, `drive_u`: `U = drive_S S + drive_e e + drive_u u`.
    - `membrane_S`, `membrane_e`, `membrane_u`: du/dt likewise; zero for a wire.
    - `error_B`, `error_v`: `e = error_B B + error_v v`, and with a cost of the membrane potential, in the output,
      `+ error_S S + error_e e + error_u u + error_y y* + error_dy dy*/dt`.
    - `state_B`, `state_v`: dv/dt likewise; zero where the error has no memory. `state_u`, `state_y`: what the exact
      error has of a cost of the membrane potential.
    - `target`: `h += target (y* - r)`; zero outside the output population, and where the cost is not of the rate.
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
    error_S: np.ndarray
    error_e: np.ndarray
    error_u: np.ndarray
    error_y: np.ndarray
    error_dy: np.ndarray
    state_B: np.ndarray
    state_v: np.ndarray
    state_u: np.ndarray
    state_y: np.ndarray
    target: np.ndarray
    has_u: np.ndarray
    has_v: np.ndarray

    def revise(self, network: Network, population: Population, at: slice, tau_m: np.ndarray, tau_r: np.ndarray) -> None:
        """Update, in place, the coefficients of the neurons `at` for these time constants; wires are not allowed."""
        functions = _functions(*_kind(network, population), wire=False)
        parameters = _parameters(network, tau_m, tau_r)
        for name in VARYING:
            getattr(self, name)[at] = functions[name](*parameters)


VARYING = tuple(field.name for field in fields(Coefficients) if not field.name.startswith("has_"))


def coefficients(network: Network, *, settled: bool = False) -> Coefficients:
    """Compute the coefficients of every neuron.

    **Arguments:**

    - `settled`: coefficients of the rest state (u = S + gamma e, v = B), which has no states. For the exact error,
      which does not act on the potentials, they cover the potentials only.

    **Returns:** arrays of shape (neurons,).
    """
    columns: dict[str, list[np.ndarray]] = {field.name: [] for field in fields(Coefficients)}
    for population in network.populations:
        wire = np.ones(population.size, bool) if settled else population.wire
        rule, *rest = _kind(network, population)
        kind = ("backprop" if settled and rule == "adjoint" else rule, *rest)
        parameters = _parameters(network, population.tau_m, population.tau_r)
        slow, fast = (_functions(*kind, wire=is_wire) for is_wire in (False, True))
        for name, column in columns.items():
            column.append(np.where(wire, fast[name](*parameters), slow[name](*parameters)))
    if settled:  # inputs are constant at rest
        columns["error_dy"] = [np.zeros(population.size) for population in network.populations]
    return Coefficients(**{name: np.concatenate(parts).astype(float) for name, parts in columns.items()})


def _kind(network: Network, population: Population) -> tuple[str, bool, str, bool]:
    return network.rule, population.name == network.output, network.cost, network.gain_correction is not None


def _parameters(network: Network, tau_m: np.ndarray, tau_r: np.ndarray) -> tuple[np.ndarray | float, ...]:
    return tau_m, tau_r, network.gamma, network.beta, network.gain_correction or 0.0


@cache
def _functions(rule: str, nudged: bool, cost: str, corrected: bool, *, wire: bool) -> Mapping[str, Callable]:
    """Return every coefficient as a function of `PARAMETERS`."""
    texts = coefficient_texts(rule, nudged, wire, cost, corrected)
    return {name: numeric(text, PARAMETERS) for name, text in texts.items()}
