"""Solves the equations of a study: what an error-free circuit would do.

Explicit Runge-Kutta of order 5 with error control (Dormand and Prince 1980, SciPy's RK45), with steps that end on
every kink of the inputs, so that no step straddles one. Sampled inputs bound the step, so a higher order gains nothing.
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.integrate import RK45

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.collect import collect
from vle_analog.ideal.system import System
from vle_analog.network.model import Network
from vle_analog.network.signals import Traces
from vle_analog.network.stimuli import Samples, Steps, Stimulus

RTOL = 1e-10
# an explicit method takes ever smaller steps on stiff equations: beyond so many evaluations it is a fault of the study
EVALUATIONS, EVALUATIONS_PER_TIME, EVALUATIONS_PER_STOP = 200_000, 2000, 50


def solve(
    network: Network,
    target: Stimulus | None,
    duration: float,
    points: int,
    *,
    rtol: float = RTOL,
    kinks: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Traces:
    """All signals of a network on `points` equidistant times from 0 to `duration`.

    **Arguments:**

    - `target`: the signal the output population is taught; `None` leaves the error path out.
    - `rtol`: relative tolerance of one step; the absolute one is a hundredth of it.
    - `kinks`: whether a step ends on every kink of the inputs; without, a sampled input is integrated more coarsely.
    - `progress`: called with the fraction done.

    **Raises:** `InputError` where an algebraic loop has no solution or the trajectory diverges.
    """
    system = System(network, target)
    grid = np.linspace(0.0, duration, points)
    states = np.empty((system.states, points))
    states[:, 0] = system.initial()
    reached = 1
    stops = _stops(system, duration) if kinks else [duration]
    with np.errstate(all="ignore"):  # what is not finite is found, and said, where a step ends
        for times, values in _steps(system, stops, grid, rtol):
            states[:, reached : reached + len(times)] = values
            reached += len(times)
            if progress is not None and len(times):
                progress(float(times[-1]) / duration)
        return collect(system, grid, states)


def _steps(
    system: System, stops: list[float], grid: np.ndarray, rtol: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Grid times passed in each step, and the states there."""
    solver = RK45(system.derivative, 0.0, system.initial(), stops[0], rtol=rtol, atol=rtol / 100)
    budget = EVALUATIONS + EVALUATIONS_PER_TIME * stops[-1] + EVALUATIONS_PER_STOP * len(stops)
    at = 1
    for stop in stops:
        solver.t_bound, solver.status = stop, "running"
        while solver.status == "running":
            message = solver.step()
            if solver.status == "failed" or not np.all(np.isfinite(solver.y)):
                raise InputError(Problem(
                    f"the equations diverge at model time {solver.t:.6g}", "network",
                    got=message or "a state that is not finite",
                    hint="lower the learning rates, the weights of recurrent projections, or gamma * beta",
                ))  # fmt: skip
            if solver.nfev > budget:
                raise InputError(Problem(
                    "the equations are too stiff to be solved in reasonable time", "network",
                    got=f"{solver.nfev} evaluations up to model time {solver.t:.3g}",
                    expected=f"at most {budget:.0f} for a duration of {stops[-1]:g}",
                    hint="raise the shortest tau_r and tau_m, or lower eta, beta and the weights",
                ))  # fmt: skip
            end = int(np.searchsorted(grid, solver.t, side="right"))
            if end > at:
                times = grid[at:end]
                inside = end - at > 1 or times[0] != solver.t
                yield times, solver.dense_output()(times) if inside else solver.y[:, None]
                at = end
    if at < len(grid):  # the last grid time may exceed the last stop by rounding
        yield grid[at:], np.repeat(solver.y[:, None], len(grid) - at, axis=1)


def _stops(system: System, duration: float) -> list[float]:
    """Times at which a step must end: kinks and edges of the inputs, and the end."""
    inputs = [*system.network.heard().values(), *([system.target] if system.target is not None else [])]
    stops: list[np.ndarray] = []
    for stimulus in inputs:
        if isinstance(stimulus, Samples):
            stops.append(stimulus.times)
        elif isinstance(stimulus, Steps):
            edges = np.array([edge for k in range(stimulus.size) for edge, _ in stimulus.jumps(k)])
            stops += [edges + offset * stimulus.rise for offset in (-6, 0, 6)]
    times = np.concatenate([*stops, [duration]])
    times = np.unique(times[(times > 0) & (times <= duration)])
    apart = np.concatenate([np.diff(times) > 1e-9 * duration, [True]])
    return [float(time) for time in times[apart]]
