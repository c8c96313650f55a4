"""The gradient of the loss by central differences, extrapolated (Ridders 1982): what the exact adjoint is held against.

No error, no adjoint and no rule has a part in it: the network runs forward with one parameter moved, and its loss is
compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vle_analog.gradient.integrands import KINDS, Values
from vle_analog.gradient.loss import losses
from vle_analog.gradient.parameters import Parameter, chosen, moved, parameters, value
from vle_analog.network import Network
from vle_analog.network.stimuli import Stimulus

STEPS = (1.6e-2, 4e-3, 1e-3)  # of weights and biases in units of potential; of a time constant, in units of itself
MOST = 400  # parameters
FLOOR = 1e-3  # least norm that a difference is divided by


@dataclass(frozen=True, eq=False)
class FiniteDifferences:
    """Central differences of the loss for the parameters in `at`; `of` counts by kind all that there are."""

    at: tuple[Parameter, ...]
    slopes: np.ndarray
    of: dict[str, int]

    def error(self, exact: Values) -> dict[str, float]:
        """By kind: norm of the difference to `exact` over the norm of `exact`, or over `FLOOR` where that is more."""
        found = {}
        for kind in KINDS:
            rows = [k for k, parameter in enumerate(self.at) if parameter.kind == kind]
            wanted = np.array([exact[kind][self.at[k].owner].flat[self.at[k].place] for k in rows])
            gap = float(np.linalg.norm(self.slopes[rows] - wanted))
            found[kind] = gap / max(float(np.linalg.norm(wanted)), FLOOR)
        return found

    def counts(self) -> dict[str, dict[str, int]]:
        """By kind: how many parameters were moved, of how many."""
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
    """Moves the parameters one by one; of more than `most`, a choice drawn with a fixed seed."""
    every = parameters(network)
    at = tuple(chosen(every, most))
    sizes = [value(network, p) if p.kind.startswith("tau") else 1.0 for p in at]
    copies = (
        moved(network, p, sign * size * step)
        for p, size in zip(at, sizes, strict=True) for step in STEPS for sign in (1, -1)
    )  # fmt: skip
    found = losses(copies, len(at) * len(STEPS) * 2, target, duration, rtol=rtol, progress=progress)
    up, down = np.moveaxis(found.reshape(len(at), len(STEPS), 2), 2, 0)
    slopes = (up - down) / (2 * np.outer(sizes, STEPS))
    return FiniteDifferences(at, extrapolated(slopes), {kind: sum(p.kind == kind for p in every) for kind in KINDS})


def extrapolated(slopes: np.ndarray) -> np.ndarray:
    """Richardson's table of central differences, and of each row of it the entry that moved least.

    **Arguments:**

    - `slopes`: shape `(parameters, len(STEPS))`, with steps that shrink by one ratio.
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
