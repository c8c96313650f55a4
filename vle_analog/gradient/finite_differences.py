"""The gradient of the loss by central differences, extrapolated (Ridders 1982), as a check of the exact adjoint.

Only forward solutions with one changed parameter are used, independent of the error, the adjoint and the rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vle_analog.gradient.integrands import KINDS, Values
from vle_analog.gradient.loss import losses
from vle_analog.network import Network
from vle_analog.network.stimuli import Stimulus

SEED = 0  # of the choice among many parameters


@dataclass(frozen=True)
class FreeParameter:
    """One number: its kind, its owner (a projection for W, otherwise a population), its index in the owner's array."""

    kind: str
    owner: str
    place: int


def parameters(network: Network) -> list[FreeParameter]:
    """List all parameters by kind."""
    sizes = {"W": [(q.name, q.weights.size) for q in network.projections]}
    sizes |= {kind: [(p.name, p.size) for p in network.populations] for kind in KINDS[1:]}
    return [FreeParameter(kind, owner, k) for kind in KINDS for owner, size in sizes[kind] for k in range(size)]


def chosen(every: Sequence[FreeParameter], most: int) -> list[FreeParameter]:
    """Select at most `most` parameters: all, or an equal share of each kind, drawn with a fixed seed."""
    random = np.random.default_rng(SEED)
    kept: list[FreeParameter] = []
    by_kind = sorted(([p for p in every if p.kind == kind] for kind in KINDS), key=len)
    for left, group in zip(
        range(len(by_kind), 0, -1), by_kind, strict=True
    ):  # the smallest kind first: others get the remainder
        room = (most - len(kept)) // left
        places = range(len(group)) if len(group) <= room else np.sort(random.choice(len(group), room, replace=False))
        kept += [group[k] for k in places]
    return sorted(kept, key=lambda p: KINDS.index(p.kind))


def value(network: Network, parameter: FreeParameter) -> float:
    """Return the value of the parameter in this network."""
    return float(_array(network, parameter).flat[parameter.place])


def moved(network: Network, parameter: FreeParameter, by: float) -> Network:
    """Return the network with this parameter changed by the given amount."""
    array = np.array(_array(network, parameter))
    array.flat[parameter.place] += by
    argument = {"W": "weights", "b": "biases"}.get(parameter.kind, parameter.kind)
    return network.with_parameters(**{argument: {parameter.owner: array}})


def _array(network: Network, parameter: FreeParameter) -> np.ndarray:
    if parameter.kind == "W":
        return next(q.weights for q in network.projections if q.name == parameter.owner)
    return getattr(network.population(parameter.owner), {"b": "bias"}.get(parameter.kind, parameter.kind))


STEPS = (1.6e-2, 4e-3, 1e-3)  # of weights and biases in units of potential; of a time constant relative to its value
MOST = 400  # parameters
FLOOR = 1e-3  # least norm by which a difference is divided


@dataclass(frozen=True, eq=False)
class FiniteDifferences:
    """Central differences of the loss for the parameters in `at`; `of`: number of all parameters by kind."""

    at: tuple[FreeParameter, ...]
    slopes: np.ndarray
    of: dict[str, int]

    def error(self, exact: Values) -> dict[str, float]:
        """Return, by kind, the norm of the difference to `exact` over the norm of `exact`, or `FLOOR` where that is
        larger."""
        found = {}
        for kind in KINDS:
            rows = [k for k, parameter in enumerate(self.at) if parameter.kind == kind]
            wanted = np.array([exact[kind][self.at[k].owner].flat[self.at[k].place] for k in rows])
            gap = float(np.linalg.norm(self.slopes[rows] - wanted))
            found[kind] = gap / max(float(np.linalg.norm(wanted)), FLOOR)
        return found

    def counts(self) -> dict[str, dict[str, int]]:
        """Return, by kind, the number of checked parameters and of all."""
        return {kind: {"checked": sum(p.kind == kind for p in self.at), "of": self.of[kind]} for kind in KINDS}


def finite_differences(
    network: Network,
    target: Stimulus,
    duration: float,
    *,
    rtol: float,
    most: int = MOST,
    progress: Callable[[float], None] | None = None,
) -> FiniteDifferences:
    """Differentiate by one parameter at a time; of more than `most`, a choice drawn with a fixed seed."""
    every = parameters(network)
    at = tuple(chosen(every, most))
    sizes = [value(network, p) if p.kind.startswith("tau") else 1.0 for p in at]
    copies = (
        moved(network, p, sign * size * step)
        for p, size in zip(at, sizes, strict=True)
        for step in STEPS
        for sign in (1, -1)
    )
    found = losses(copies, len(at) * len(STEPS) * 2, target, duration, rtol=rtol, progress=progress)
    up, down = np.moveaxis(found.reshape(len(at), len(STEPS), 2), 2, 0)
    slopes = (up - down) / (2 * np.outer(sizes, STEPS))
    return FiniteDifferences(at, extrapolated(slopes), {kind: sum(p.kind == kind for p in every) for kind in KINDS})


def extrapolated(slopes: np.ndarray) -> np.ndarray:
    """Extrapolate central differences by Richardson's table, and select the entry of each row that changed least.

    **Arguments:**

    - `slopes`: shape `(parameters, len(STEPS))`, with steps that shrink by one ratio.

    **Returns:** the extrapolated slopes, shape (parameters,).
    """
    ratio = (STEPS[0] / STEPS[1]) ** 2
    best, least = slopes[:, -1].copy(), np.full(len(slopes), np.inf)
    columns: Sequence[np.ndarray] = [slopes[:, k] for k in range(slopes.shape[1])]
    for order in range(1, slopes.shape[1]):
        factor = ratio**order
        finer = [(factor * b - a) / (factor - 1) for a, b in pairwise(columns)]
        for a, b, new in zip(columns, columns[1:], finer, strict=False):
            moved_by = np.maximum(np.abs(new - a), np.abs(new - b))
            best, least = np.where(moved_by < least, new, best), np.minimum(moved_by, least)
        columns = finer
    return best
