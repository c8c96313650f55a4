"""The frequency response of neurons and of the error path: the rule of the study beside the exact adjoint."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.cache import remembered
from vle_analog.errors import InputError, Problem
from vle_analog.ideal.printed import numeric
from vle_analog.stability.operating import OperatingPoint
from vle_analog.ties import first_largest

POINTS = 121
MARGIN = 30.0  # the axis extends from the slowest pole divided by this to the fastest times this
LARGEST = 300  # neurons of a network whose whole error path is computed


@dataclass(frozen=True, eq=False)
class NeuronResponse:
    """The responses of every neuron, complex, shape (N, M) for N neurons and M frequencies.

    They are `forward`, U over S, `local`, e over B under the rule, and `exact`, e over B of the adjoint.
    """

    forward: np.ndarray
    local: np.ndarray
    exact: np.ndarray

    @property
    def gain_ratio(self) -> np.ndarray:
        """Ratio g = |local| / |exact|, shape (N, M)."""
        return np.abs(self.local) / np.abs(self.exact)

    @property
    def phase_difference(self) -> np.ndarray:
        """Phase of local over exact, in radians; between -pi and pi."""
        return np.angle(self.local / self.exact)


@dataclass(frozen=True, eq=False)
class PathResponse:
    """The response of e of neuron `target` of a population to the error of output neuron `source` (beta (y* - r)).

    **Arguments:** shape `(M,)` each.

    - `largest_difference`: of the phases of local and exact, over all pairs of neurons. Paths with different g are
      summed here, so that it is not zero in general.
    """

    source: str
    target: str
    local: np.ndarray
    exact: np.ndarray
    largest_difference: np.ndarray


@dataclass(frozen=True, eq=False)
class FrequencyResponse:
    """The responses of neurons and error path at the angular frequencies `omega` (M,).

    **Arguments:**

    - `paths`: by population; empty where the network is too large. `time`: model time of the operating point.
    - `formulas`: the transfer functions in p = i omega, as SymPy prints them.
    """

    omega: np.ndarray
    neurons: tuple[str, ...]
    response: NeuronResponse
    paths: Mapping[str, PathResponse]
    time: float
    formulas: Mapping[str, str]


def transfers(rule: str) -> Mapping[str, tuple[str, str]]:
    """Return name -> the transfer function for NumPy, and for people.

    The names are forward (U over S), local and exact (e over B), and with a cost of the membrane potential
    `..._outside`.
    """
    return remembered(("transfers", rule), lambda: _transfers(rule))


def _transfers(rule: str) -> Mapping[str, tuple[str, str]]:
    from sympy.printing.numpy import NumPyPrinter

    from vle_analog.theory.laws import FAMILY
    from vle_analog.theory.local import forward_transfer

    local, exact = FAMILY[rule], FAMILY["adjoint"]
    found = {
        "forward": forward_transfer(),
        "local": local.transfer,
        "exact": exact.transfer,
        "local_outside": local.outside,
        "exact_outside": exact.outside,
    }
    return {name: (f"{NumPyPrinter().doprint(law)} + 0*p", str(law)) for name, law in found.items()}


def frequency_response(point: OperatingPoint) -> FrequencyResponse:
    """Compute all responses of the network at an operating point."""
    network = point.network
    tau_m, tau_r = (np.concatenate([getattr(p, key) for p in network.populations]) for key in ("tau_m", "tau_r"))
    times = np.concatenate([tau_m, tau_r])
    omega = np.geomspace(1 / (MARGIN * times.max()), MARGIN / times.min(), POINTS)
    printed = transfers(network.rule)
    at = 1j * omega, tau_m[:, None], tau_r[:, None]
    everywhere = np.zeros((len(tau_m), len(omega)))  # also for constant transfer functions
    values = {name: numeric(text, ("p", "tau_m", "tau_r"))(*at) + everywhere for name, (text, _) in printed.items()}
    gain = (point.law.error_B + point.law.error_v)[:, None]  # at rest: one, or the constant gain correction
    response = NeuronResponse(values["forward"], gain * values["local"], values["exact"])
    outside = gain * values["local_outside"], values["exact_outside"]
    names = tuple(f"{p.name}[{k}]" for p in network.populations for k in range(p.size))
    paths = _paths(point, response, outside, names) if len(names) <= LARGEST else {}
    formulas = {name: printed[name][1] for name in ("forward", "local", "exact")}
    return FrequencyResponse(omega, names, response, paths, point.time, formulas)


def _paths(
    point: OperatingPoint, response: NeuronResponse, outside: tuple[np.ndarray, np.ndarray], names: tuple[str, ...]
) -> dict[str, PathResponse]:
    network = point.network
    output = np.arange(len(names))[point.slices[network.output]]
    local, exact = (
        _error_path(point, inner, outer, output)
        for inner, outer in zip((response.local, response.exact), outside, strict=True)
    )
    found = {}
    for population in network.populations:
        at = point.slices[population.name]
        mine, other = local[:, at], exact[:, at]  # frequency, neuron, output neuron
        there = (np.abs(mine) > 0) & (np.abs(other) > 0)
        if not there.any():
            continue  # no error arrives here
        row, column = np.unravel_index(first_largest(np.abs(other).max(axis=0)), other.shape[1:])
        difference = np.angle(np.where(there, mine, 1.0) / np.where(there, other, 1.0))
        found[population.name] = PathResponse(
            names[output[column]],
            names[at.start + int(row)],
            mine[:, row, column],
            other[:, row, column],
            np.abs(difference).max(axis=(1, 2)),
        )
    return found


def _error_path(point: OperatingPoint, transfer: np.ndarray, outside: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Solve e = (1 - T phi' F)^-1 T phi' beta x for a unit x = y* - r at each output neuron; shape `(M, N, outputs)`.

    A cost of the membrane potential enters after T phi' instead, through a transfer function of its own.
    """
    size, network = len(point.U), point.network
    backward = point.backward([p.name for p in network.populations])
    gain = transfer * point.slope[:, None]  # T phi'
    enters = network.beta * (outside if network.cost == "membrane" else gain)
    unit = np.eye(size)
    found = []
    for k in range(transfer.shape[1]):
        into = (unit * enters[:, k])[:, output]
        try:
            found.append(np.linalg.solve(unit - gain[:, k, None] * backward, into))
        except np.linalg.LinAlgError:
            raise InputError(
                Problem(
                    "a loop of errors has a gain of exactly one: it has no response",
                    "network.projections",
                    hint="lower the weights in the loop, or tau_m / tau_r of its neurons",
                )
            ) from None
    return np.array(found)
