"""The passes over time: one for the membranes, and one per rule for its error, the exact one backward from w(T) = 0.

The integrals of the gradient are additional states, so that the step control includes them.
"""

from collections.abc import Callable

import numpy as np

from vle_analog.gradient.integrands import Integrands, Values
from vle_analog.gradient.integrate import integrate
from vle_analog.gradient.motion import Motion
from vle_analog.ideal import System
from vle_analog.ideal.printed import activation_texts, numeric
from vle_analog.progress import Progress


def settled_part(system: System, state: np.ndarray, integrands: Integrands, values: Values) -> Values:
    """Add the contribution of the start to a gradient.

    With dC/du(0) = -(tau_m e - tau_r B)(0), the boundary term of the variation, and lambda = (1 - W phi')^-T dC/du(0):
    dC/dW_ij += lambda_i r_j(0), dC/db_i += lambda_i. The rest state does not depend on the time constants.

    **Arguments:**

    - `state`: u(0) and w(0).

    **Returns:** the gradient with the contribution of the start, in the form of `values`.
    """
    network, n = system.network, system.size
    now = system.algebraic(0.0, state)
    tau_m, tau_r = (np.concatenate([getattr(p, name) for p in network.populations]) for name in ("tau_m", "tau_r"))
    start_counts = -(tau_m * now.e - tau_r * now.B)
    loop = np.eye(n)
    for q in network.projections:
        if not network.is_stimulus(q.source):
            at = system.slices[q.source]
            slope = numeric(activation_texts(network.population(q.source).activation)[1], ("x",))
            loop[system.slices[q.target], at] -= q.weights * slope(now.U[at])
    counts = np.linalg.solve(loop.T, start_counts)
    sent = integrands.rates(0.0, now)
    weights = {
        q.name: values["W"][q.name] + np.outer(counts[system.slices[q.target]], sent[q.source])
        for q in network.projections
    }
    biases = {name: values["b"][name] + counts[at] for name, at in system.slices.items()}
    return {**values, "W": weights, "b": biases}


Potentials = Callable[[float], np.ndarray]
"""The membrane potentials at a time, shape `(neurons,)`."""


def membranes(system: System, stops: list[float], rtol: float, progress: Progress | None = None) -> Potentials:
    """Solve the membranes of a system without a target, as with gamma = 0 they do not depend on the error."""
    motion, nothing = Motion(system), np.zeros(system.size)

    def change(time: float, u: np.ndarray) -> np.ndarray:
        return motion.u(system.algebraic(time, np.concatenate([u, nothing])), u)

    start = system.initial()[: system.size]
    what = "the network's solution forward in time"
    return integrate(change, start, stops, rtol=rtol, what=what, between=True, progress=progress).between


def error_pass(
    system: System, potentials: Potentials, stops: list[float], rtol: float, progress: Progress | None = None
) -> Values:
    """Compute the gradient with this system's error: v forward from the start, or w backward from w(T) = 0.

    **Arguments:** `stops`: from 0 to the end of the run.

    **Returns:** the gradient: kind -> owner -> array of the shape of the parameter.
    """
    n, motion, integrands = system.size, Motion(system), Integrands(system.network)
    exact = system.network.rule == "adjoint"
    sign = -1.0 if exact else 1.0  # the integral from t to the end grows as t decreases

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
