"""The limits of the states of a run, and the error report where one is exceeded."""

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.compiled.outcome import Outcome
from vle_analog.ideal.system import System
from vle_analog.network.kinks import peak
from vle_analog.network.signals import Traces

LARGE = 10.0  # an input beyond this is the likeliest cause of stiff or diverging equations
FURTHEST = 1e6  # limit of a potential, an error, a weight or a bias, beyond which a run is considered divergent


class UnsolvedError(InputError):
    """An error for a run that ended early.

    **Arguments:**

    - `traces`: all signals up to the end of the run.
    - `key`: the part of the study that was solved: `network`, or `target` for a teacher.
    """

    def __init__(self, problem: Problem, traces: Traces, key: str):
        super().__init__(problem)
        self.traces, self.key = traces, key


def limits(system: System, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lowest and highest value of every state, shape `(states,)` each."""
    high = np.maximum(FURTHEST, 10 * np.abs(start))
    low = -high
    for states in (system.tau_m_state, system.tau_r_state):
        for name, at in states.items():
            low[at], high[at] = system.network.population(name).tau_range
    return low, high


def _blamed(system: System, until: float) -> str:
    """Describe the largest external signal where it is large enough to explain the failure."""
    inputs = {f"the stimulus {name}": signal for name, signal in system.network.received_stimuli().items()}
    inputs |= {} if system.target is None else {"the target": system.target}
    sizes = {name: peak(signal, max(until, 1e-9)) for name, signal in inputs.items()}
    name = max(sizes, key=lambda key: sizes[key], default="")
    return f"{name}, which goes up to {sizes[name]:g}" if name and sizes[name] > LARGE else ""


def unsolved(outcome: Outcome, system: System, low: np.ndarray, high: np.ndarray, key: str, duration: float) -> Problem:
    """Describe why a run ended early."""
    blamed = _blamed(system, outcome.time)
    smaller = f"scale down {blamed}; " if blamed else ""
    when = f"model time {outcome.time:.6g}"
    if outcome.status == "stiff":
        return Problem(
            "the equations are too stiff to be solved in reasonable time",
            key,
            f"a step by step solution up to {when}",
            f"a duration of {duration:g}",
            smaller + "raise the shortest tau_r and tau_m, or lower eta, beta and the weights",
        )
    if outcome.status == "loop":
        return Problem(
            f"the algebraic loop has no solution that could be found at {when}",
            key,
            hint="lower the recurrent weights, or gamma * beta, or the ratio tau_m / tau_r inside the loop",
        )
    rates = smaller + "lower the learning rates, the weights of recurrent projections, or gamma * beta"
    if outcome.status != "range":
        what = f"the equations diverge at {when}"
        return Problem(what, key, "no step in time is short enough to go on", hint=rates)
    k = outcome.worst
    signal = system.layout.signal(system.network, k)
    got, expected = f"{signal} = {outcome.value:.6g}", f"{low[k]:g} to {high[k]:g}"
    if signal.kind in ("tau_m", "tau_r"):
        where = f"network.populations.{signal.owner}.tau_range"
        got += ", and rising" if outcome.value >= high[k] else ", and falling"
        hint = f"lower {signal.kind}_eta or beta, widen tau_range, or start elsewhere"
        return Problem(f"{signal} leaves its range by learning at {when}", where, got, expected, hint)
    return Problem(f"the equations diverge: {signal} leaves all bounds at {when}", key, got, expected, rates)
