"""One pass over time for the membranes, and one per rule for its error: the exact one back from w(T) = 0, others on.

The integrands of the gradient are states beside the error's own, so that the step control looks after them too.
"""

from collections.abc import Callable

import numpy as np

from vle_analog.gradient.integrands import Integrands, Values
from vle_analog.gradient.integrate import integrate
from vle_analog.gradient.motion import Motion
from vle_analog.gradient.settled import settled_part
from vle_analog.ideal import System

Progress = Callable[[float], None]
Potentials = Callable[[float], np.ndarray]
"""Membrane potentials at a time, shape `(neurons,)`."""


def membranes(system: System, stops: list[float], rtol: float, progress: Progress | None = None) -> Potentials:
    """Solves the membranes of a system that hears no target: with gamma = 0 they hear no error."""
    motion, nothing = Motion(system), np.zeros(system.size)

    def change(time: float, u: np.ndarray) -> np.ndarray:
        return motion.u(system.algebraic(time, np.concatenate([u, nothing])), u)

    start = system.initial()[: system.size]
    what = "the network's solution forward in time"
    return integrate(change, start, stops, rtol=rtol, what=what, between=True, progress=progress).between


def error_pass(
    system: System, potentials: Potentials, stops: list[float], rtol: float, progress: Progress | None = None
) -> Values:
    """The gradient with this system's error: v forward from where the run starts, or w backward from w(T) = 0.

    **Arguments:** `stops`: from 0 to the end of the run.
    """
    n, motion, integrands = system.size, Motion(system), Integrands(system.network)
    exact = system.network.rule == "adjoint"
    sign = -1.0 if exact else 1.0  # the integral from t to the end grows as t falls

    def change(time: float, state: np.ndarray) -> np.ndarray:
        u, v = potentials(time), state[:n]
        now = system.algebraic(time, np.concatenate([u, v]))
        row = integrands.at(time, now, motion.u(now, u))
        return np.concatenate([motion.v(time, now, u, v), sign * row])

    start = np.concatenate([np.zeros(n) if exact else system.initial()[n:], np.zeros(integrands.size)])
    what = "the exact error, backwards in time," if exact else f"the error of rule {system.network.rule}"
    there = integrate(change, start, stops[::-1] if exact else stops, rtol=rtol, what=what, progress=progress).state
    values = integrands.values(there[n:])
    if exact and system.network.start == "settled":
        return settled_part(system, np.concatenate([potentials(0.0), there[:n]]), integrands, values)
    return values
