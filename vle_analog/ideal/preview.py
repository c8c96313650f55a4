"""A quick look at how far every signal goes, for the scaling of a circuit; no claim to accuracy."""

import numpy as np

from vle_analog.ideal.algebra import LoopError
from vle_analog.ideal.collect import algebraic, collect
from vle_analog.ideal.limits import limits
from vle_analog.ideal.system import System
from vle_analog.network import Network, Traces
from vle_analog.network.stimuli import Sines, Stimulus

SPAN = 100.0  # model time looked at; what goes further only later is found when the run is read (mapping/scale.py)
MOST_STEPS = 4000
UNLIKELY = 1e6  # a signal beyond this is taken for the method's fault, and solved for properly


def survey(network: Network, target: Stimulus, duration: float) -> Traces:
    """The beginning of a run by the classical Runge-Kutta method, in steps of half the shortest time constant."""
    system = System(network, target)
    step = _step(system, duration)
    grid = np.arange(0.0, min(duration, SPAN, MOST_STEPS * step) + step / 2, step)
    states = np.empty((system.states, len(grid)))
    state = states[:, 0] = system.initial()
    low, high = limits(system, state)
    narrow = bool(system.tau_m_state or system.tau_r_state)  # a time constant may leave its range long before
    with np.errstate(all="ignore"):
        for k, time in enumerate(grid[:-1].tolist()):
            try:
                first = system.derivative(time, state)
                second = system.derivative(time + step / 2, state + step / 2 * first)
                third = system.derivative(time + step / 2, state + step / 2 * second)
                fourth = system.derivative(time + step, state + step * third)
            except LoopError:
                return _solved(network, target, float(grid[-1]))
            state = states[:, k + 1] = state + step / 6 * (first + 2 * (second + third) + fourth)
            likely = np.abs(state).max(initial=0.0) < UNLIKELY
            if not likely or (narrow and not np.all((low <= state) & (state <= high))):
                return _solved(network, target, float(grid[-1]))
        return collect(system, grid, states, algebraic(system, grid, states))


def _solved(network: Network, target: Stimulus, span: float) -> Traces:
    from vle_analog.ideal.solver import solve  # SciPy's integrators: only where they are needed

    return solve(network, target, span, 501, rtol=1e-4, kinks=False)


def _step(system: System, duration: float) -> float:
    populations = system.network.populations
    constants = [
        np.concatenate([getattr(p, name) for p in populations])[has]
        for name, has in (("tau_m", system.has_u), ("tau_r", system.has_v))
    ]
    inputs = [*system.network.heard().values(), system.target]
    steps = [0.5 * float(np.concatenate(constants).min(initial=np.inf))]
    steps += [stimulus.resolution / 2 for stimulus in inputs if isinstance(stimulus, Sines)]
    return max(min(*steps, duration / 500), duration * 1e-9)
