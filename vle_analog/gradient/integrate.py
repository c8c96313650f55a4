"""Explicit Runge-Kutta of order 8 (Dormand and Prince; SciPy's DOP853) with steps that end where they are told to.

The order is high because gradients are held to 1e-6 and better; a step ends on every kink of the inputs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import DOP853, OdeSolution

from vle_analog.engine.outcome import EVALUATIONS, EVALUATIONS_PER_STOP, EVALUATIONS_PER_TIME
from vle_analog.errors import InputError, Problem
from vle_analog.ideal.algebra import LoopError

LARGEST = 1e12  # a state beyond has diverged: its square must still be a number
INSIDE = 1e-9  # of a piece: how far from its ends the inputs are read, so that it sees its own side of a kink


@dataclass(frozen=True, eq=False)
class Integrated:
    """The state at the last stop, and as a function of time where that was asked for (else only of the last stop)."""

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
    """Solves `y' = change(t, y)` from the first of the stops to the last, which may lie before it.

    **Arguments:**

    - `rtol`: relative tolerance of one step; the absolute one is a hundredth of it.
    - `what`: what is being solved, as a message would call it.
    - `between`: whether the solution is kept as a function of time (interpolation of order 7).
    - `progress`: called with the fraction done.

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
            except LoopError as loop:  # perhaps only because the step was too long: a shorter one is tried
                unsolved = loop
        return np.full(len(state), np.nan)

    times, pieces = [first], []
    with np.errstate(all="ignore"):  # what is not finite is found, and said, where a step ends
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
        f"{what} diverges at model time {time:.6g}", "network",
        got=message or f"a state beyond {LARGEST:g}",
        hint="lower the weights of recurrent projections, or the ratio tau_m / tau_r inside the loop",
    )  # fmt: skip


def _stiff(what: str, time: float, evaluations: int) -> Problem:
    return Problem(
        f"{what}: the equations are too stiff to be solved in reasonable time", "network",
        got=f"{evaluations} evaluations up to model time {time:.3g}",
        hint="raise the shortest tau_r and tau_m, or lower the weights",
    )  # fmt: skip
