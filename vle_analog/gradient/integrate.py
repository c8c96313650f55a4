"""Explicit Runge-Kutta integration of order 8 (Dormand and Prince; SciPy's DOP853) with steps that end at given stops.

The order is high because gradients need an accuracy of 1e-6 or better; a step ends on every kink of the inputs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import DOP853, OdeSolution

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.algebra import LoopError
from vle_analog.ideal.compiled.outcome import EVALUATIONS, EVALUATIONS_PER_STOP, EVALUATIONS_PER_TIME

LARGEST = 1e12  # beyond this a state is divergent; its square must be finite
INSIDE = 1e-9  # relative distance from the ends of a piece at which inputs are read, on the correct side of a kink


@dataclass(frozen=True, eq=False)
class Integrated:
    """The state at the last stop, and on request as a function of time."""

    state: np.ndarray
    between: Callable[[float], np.ndarray]


def integrate(
    change: Callable[[float, np.ndarray], np.ndarray],
    initial: np.ndarray,
    stops: Sequence[float],
    *,
    rtol: float,
    what: str,
    between: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Integrated:
    """Solve `y' = change(t, y)` from the first stop to the last, which may be earlier.

    **Arguments:**

    - `rtol`: relative tolerance of one step; the absolute one is a hundredth of it.
    - `what`: name of the solved equations in messages.
    - `between`: whether the solution is kept as a function of time (interpolation of order 7).
    - `progress`: called with the completed fraction.

    **Returns:** the state at the last stop, and its interpolation if `between`.

    **Raises:** `InputError` where the solution diverges, or the equations are too stiff.
    """
    first, last = stops[0], stops[-1]
    budget = EVALUATIONS + EVALUATIONS_PER_TIME * abs(last - first) + EVALUATIONS_PER_STOP * len(stops)
    low, high = _inside(first, stops[1])
    unsolved: LoopError | None = None

    def inside(time: float, state: np.ndarray) -> np.ndarray:
        nonlocal unsolved
        if np.all(np.isfinite(state)):
            try:
                return change(min(max(time, low), high), state)
            except LoopError as loop:  # possibly only because the step was too long: a shorter one is tried
                unsolved = loop
        return np.full(len(state), np.nan)

    times, pieces = [first], []
    with np.errstate(all="ignore"):  # non-finite values are detected and reported at the end of a step
        solver = DOP853(inside, first, initial, stops[1], rtol=rtol, atol=rtol / 100)
        for start, stop in pairwise(stops):
            low, high = _inside(start, stop)
            solver.t_bound, solver.status = stop, "running"
            solver.f = inside(start, solver.y)
            if not np.all(np.isfinite(solver.f)):
                raise unsolved or InputError(_diverges(what, start, "a change that is not finite"))
            while solver.status == "running":
                message = solver.step()
                unsolved = unsolved if solver.status == "failed" else None
                if solver.status == "failed" or not np.abs(solver.y).max(initial=0.0) < LARGEST:
                    raise unsolved or InputError(_diverges(what, float(solver.t), message))
                if solver.nfev > budget:
                    raise InputError(_stiff(what, float(solver.t), int(solver.nfev)))
                if between:
                    times.append(solver.t)
                    pieces.append(solver.dense_output())
            if progress is not None:
                progress(abs(stop - first) / abs(last - first))
    return Integrated(solver.y, OdeSolution(times, pieces) if between else lambda _: solver.y)


def _inside(start: float, stop: float) -> tuple[float, float]:
    edge = INSIDE * abs(stop - start)
    return min(start, stop) + edge, max(start, stop) - edge


def _diverges(what: str, time: float, message: str | None) -> Problem:
    return Problem(
        f"{what} diverges at model time {time:.6g}",
        "network",
        got=message or f"a state beyond {LARGEST:g}",
        hint="lower the weights of recurrent projections, or the ratio tau_m / tau_r inside the loop",
    )


def _stiff(what: str, time: float, evaluations: int) -> Problem:
    return Problem(
        f"{what}: the equations are too stiff to be solved in reasonable time",
        "network",
        got=f"{evaluations} evaluations up to model time {time:.3g}",
        hint="raise the shortest tau_r and tau_m, or lower the weights",
    )
