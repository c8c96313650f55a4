"""A coarse estimate of the range of every signal, for the scaling of a circuit."""

from dataclasses import fields

import numpy as np

from vle_analog.cache import by_value
from vle_analog.ideal.algebra import LoopError
from vle_analog.ideal.collect import collect
from vle_analog.ideal.limits import limits
from vle_analog.ideal.system import Algebraic, System
from vle_analog.network import Network, Traces
from vle_analog.network.stimuli import Sines, Stimulus

SPAN = 100.0  # length of the preview, model time; later extremes are found in the actual run (mapping/scale.py)
MOST_STEPS = 4000
TOLERANCE = 1e-8  # of algebraic loops: far below what the method itself gets wrong
UNLIKELY = 1e6  # a signal beyond this is attributed to the method, and solved with error control


@by_value(most=8)
def survey(network: Network, target: Stimulus, duration: float) -> Traces:
    """Integrate the beginning of a run by the classical Runge-Kutta method, half the shortest time constant a step.

    Circuits of one network that differ in their settings share it; its values cannot be written to.
    """
    coarse = _survey(network, target, duration)
    coarse.values.flags.writeable = False
    return coarse


def _survey(network: Network, target: Stimulus, duration: float) -> Traces:
    system = System(network, target, TOLERANCE)
    step = _step(system, duration)
    grid = np.arange(0.0, min(duration, SPAN, MOST_STEPS * step) + step / 2, step)
    states = np.empty((system.states, len(grid)))
    signals = {field.name: np.empty((system.size, len(grid))) for field in fields(Algebraic)}

    def record(k: int, now: Algebraic) -> None:
        for name, rows in signals.items():
            rows[:, k] = getattr(now, name)

    state = states[:, 0] = system.initial()
    low, high = limits(system, state)
    narrow = bool(system.tau_m_state or system.tau_r_state)  # a time constant may leave its range long before the end
    with np.errstate(all="ignore"):
        for k, time in enumerate(grid[:-1].tolist()):
            try:
                first, now = system.instant(time, state)
                second = system.derivative(time + step / 2, state + step / 2 * first)
                third = system.derivative(time + step / 2, state + step / 2 * second)
                fourth = system.derivative(time + step, state + step * third)
            except LoopError:
                return _solved(network, target, float(grid[-1]))
            record(k, now)
            state = states[:, k + 1] = state + step / 6 * (first + 2 * (second + third) + fourth)
            likely = np.abs(state).max(initial=0.0) < UNLIKELY
            if not likely or (narrow and not np.all((low <= state) & (state <= high))):
                return _solved(network, target, float(grid[-1]))
        record(len(grid) - 1, system.algebraic(float(grid[-1]), state))
    return collect(system, grid, states, Algebraic(**signals))


def _solved(network: Network, target: Stimulus, span: float) -> Traces:
    from vle_analog.ideal.solver import solve  # SciPy's integrators are loaded only where needed

    return solve(network, target, span, 501, rtol=1e-4, kinks=False)


def _step(system: System, duration: float) -> float:
    populations = system.network.populations
    constants = [
        np.concatenate([getattr(p, name) for p in populations])[has]
        for name, has in (("tau_m", system.has_u), ("tau_r", system.has_v))
    ]
    inputs = [*system.network.received_stimuli().values(), system.target]
    steps = [0.5 * float(np.concatenate(constants).min(initial=np.inf))]
    steps += [stimulus.resolution / 2 for stimulus in inputs if isinstance(stimulus, Sines)]
    return max(min(*steps, duration / 500), duration * 1e-9)
