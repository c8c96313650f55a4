"""The integration of the states by NumPy and SciPy, in place of the compiled engine where numba is not installed.

Explicit Runge-Kutta of order 5 with error control (Dormand and Prince 1980, SciPy's RK45); a step ends on every kink.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.integrate import RK45

from vle_analog.ideal.algebra import LoopError
from vle_analog.ideal.compiled.outcome import EVALUATIONS, EVALUATIONS_PER_STOP, EVALUATIONS_PER_TIME, Outcome
from vle_analog.ideal.compiled.tableau import adaptive
from vle_analog.ideal.system import System
from vle_analog.ties import first_largest

LOSSES = 20  # limit of trial states without a solution of the loop: beyond it, shorter steps do not help


def steps(
    system: System,
    start: np.ndarray,
    stops: np.ndarray,
    grid: np.ndarray,
    rtol: float,
    low: np.ndarray,
    high: np.ndarray,
    progress: Callable[[float], None] | None,
) -> Outcome:
    """Integrate the states over the run and return them on the grid.

    **Arguments:**

    - `stops`: times at which a step must end, the last one the end of the run; the right-hand side is smooth between.
    - `grid`: increasing, from 0 to the end.
    - `low`, `high`: limits of every state; the run ends where one is left.

    **Returns:** states of shape (states, reached) on the reached points of the grid, with the status.
    """
    states = np.empty((len(start), len(grid)))
    states[:, 0] = start
    before, after, losses = -math.inf, stops[0], 0

    def change(time: float, state: np.ndarray) -> np.ndarray:
        nonlocal losses
        if system.jumps:  # at a stop: the value on this step's side
            time = min(max(time, math.nextafter(before, math.inf)), math.nextafter(after, -math.inf))
        if losses and not np.all(np.isfinite(state)):  # a later stage of a failed step
            return np.full(len(state), np.nan)
        try:
            return system.derivative(time, state)
        except LoopError:  # possibly of a trial step: nan makes the step shorter
            losses += 1
            if losses > LOSSES:
                raise
            return np.full(len(state), np.nan)

    if not np.all(np.isfinite(change(0.0, start))):  # otherwise the solver would search for its first step endlessly
        return Outcome(states[:, :1], "loop" if losses else "diverged", 0.0)
    longest = adaptive("RK45").stable * system.network.shortest
    solver = RK45(change, 0.0, start, stops[0], rtol=rtol, atol=rtol / 100, max_step=longest)
    budget = EVALUATIONS + EVALUATIONS_PER_TIME * stops[-1] + EVALUATIONS_PER_STOP * len(stops)
    at = 1
    for stop in stops.tolist():
        solver.t_bound, solver.status, after = stop, "running", stop
        if system.jumps and before > 0:
            solver.f = change(solver.t, solver.y)
        while solver.status == "running":
            begun, lost = solver.t, losses
            try:
                solver.step()
            except LoopError:
                return Outcome(states[:, :at], "loop", float(solver.t))
            if solver.status == "failed" or not np.all(np.isfinite(solver.y)):
                return Outcome(states[:, :at], "loop" if losses > lost else "diverged", float(solver.t))
            inside = bool(np.all((solver.y >= low) & (solver.y <= high)))
            ended = solver.t if inside else _crossing(solver, begun, low, high)
            end = int(np.searchsorted(grid, ended, side="right"))
            if end > at:
                times = grid[at:end]
                between = end - at > 1 or times[0] != solver.t
                states[:, at:end] = solver.dense_output()(times) if between else solver.y[:, None]
                at = end
                if progress is not None:
                    progress(float(times[-1] / grid[-1]))
            if not inside:
                there = solver.dense_output()(ended)
                k = _furthest(there, low, high)
                return Outcome(states[:, :at], "range", ended, k, float(there[k]))
            if solver.nfev > budget:
                return Outcome(states[:, :at], "stiff", float(solver.t))
        before = stop
    states[:, at:] = solver.y[:, None]  # the last grid time may exceed the last stop by rounding
    return Outcome(states, "done", float(solver.t))


def _crossing(solver: RK45, begun: float, low: np.ndarray, high: np.ndarray) -> float:
    """Return the time in the last step just after the first state left its limits."""
    path, ended = solver.dense_output(), solver.t
    while True:
        middle = (begun + ended) / 2
        if not begun < middle < ended:
            return float(ended)
        there = path(middle)
        if np.all((there >= low) & (there <= high)):
            begun = middle
        else:
            ended = middle


def _furthest(state: np.ndarray, low: np.ndarray, high: np.ndarray) -> int:
    """Return the state furthest outside its limits, in units of their distance."""
    return first_largest(np.maximum(low - state, state - high) / (high - low))
