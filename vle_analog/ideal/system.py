"""The circuit-ready equations of one network, numerically: states, algebraic signals, right-hand side.

States are u and v of every neuron (of the exact adjoint w, in the place of v), then all learned quantities: W, b,
tau_m, tau_r, F, and the low-passed rates rbar that F needs. `algebra` computes the other signals.
"""

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.algebra import NEWTON_TOLERANCE, Algebra, Algebraic
from vle_analog.ideal.coefficients import Coefficients, coefficients
from vle_analog.ideal.layout import layout
from vle_analog.ideal.printed import numeric, saturation_text
from vle_analog.network.model import Network
from vle_analog.network.stimuli import Samples, Stimulus

__all__ = ["Algebraic", "System"]


class System:
    """The differential-algebraic system of a network with a given target.

    **Arguments:**

    - `target`: target of the output population; `None` leaves the error path out (`e = 0` everywhere).

    - `tolerance`: of algebraic loops, relative to 1 + the largest signal.

    Under rule `adjoint` nothing may learn, and the derivative of w is stable only backwards in time.

    **Raises:** `InputError` where an adjoint network learns.
    """

    def __init__(self, network: Network, target: Stimulus | None, tolerance: float = NEWTON_TOLERANCE):
        self.network, self.target = network, target
        self.layout = layout(network)
        self.size, self.states, self.slices = self.layout.size, self.layout.states, self.layout.neurons
        self.weight_state, self.bias_state = self.layout.weights, self.layout.biases
        self.tau_m_state, self.tau_r_state = self.layout.tau_m, self.layout.tau_r
        self.feedback_state, self.highpass_state = self.layout.feedback, self.layout.highpass
        if network.rule == "adjoint" and self.states > 2 * self.size:
            what = "the exact adjoint is defined for parameters that hold still"
            raise InputError(Problem(what, "network.plasticity", "true", "false"))
        self._moving, self._resting = coefficients(network), coefficients(network, settled=True)
        self.has_u, self.has_v = self._moving.has_u.astype(bool), self._moving.has_v.astype(bool)
        reaches = bool(np.any(self._moving.drive_e) or np.any(self._moving.error_e))
        self._algebra = Algebra(network, target, self.layout, target is not None and reaches, tolerance)
        self.has_loop = self._algebra.has_loop
        # the slope of samples jumps, and with it an error that depends on the slope of the target
        self.jumps = isinstance(target, Samples) and bool(np.any(self._moving.error_dy))
        self._saturation = numeric(saturation_text(), ("W", "limit")) if network.bounded else None
        self._biases = [(at, network.population(name)) for name, at in self.bias_state.items()]
        self._constants = [
            (p, self.slices[p.name], self.tau_m_state.get(p.name), self.tau_r_state.get(p.name))
            for p in network.populations
            if p.name in self.tau_m_state or p.name in self.tau_r_state
        ]

    def initial(self) -> np.ndarray:
        """Return the state at time 0 by `network.start`: u = v = 0, or at rest with the inputs of time 0 held."""
        state = np.zeros(self.states)
        for projection in self.network.projections:
            if (at := self.weight_state.get(projection.name)) is not None:
                state[at] = projection.weights.ravel()
            if (at := self.feedback_state.get(projection.name)) is not None and projection.feedback_weights is not None:
                state[at] = projection.feedback_weights.ravel()
        for at, population in self._biases:
            state[at] = population.bias
        for population, _, tau_m, tau_r in self._constants:
            if tau_m is not None:
                state[tau_m] = population.tau_m
            if tau_r is not None:
                state[tau_r] = population.tau_r
        if self.network.start == "settled":
            rest = self._algebra.solve(0.0, state, self._resting)
            state[: self.size] = np.where(self.has_u, rest.U, 0.0)
            if self.network.rule != "adjoint":  # w is given at the end of the run, not at its start
                state[self.size : 2 * self.size] = np.where(self.has_v, rest.B, 0.0)
            for name, at in self.highpass_state.items():
                state[at] = rest.r[self.slices[name]]
        return state

    def derivative(self, time: float, state: np.ndarray) -> np.ndarray:
        """Compute d(state)/dt, shape `(states,)`.

        **Raises:** `LoopError` where an algebraic loop has no solution.
        """
        return self.instant(time, state)[0]

    def instant(self, time: float, state: np.ndarray) -> tuple[np.ndarray, Algebraic]:
        """The derivative, and the signals that it follows from.

        **Raises:** `LoopError` where an algebraic loop has none.
        """
        n, algebra = self.size, self._algebra
        c = self._coefficients(state)
        rates = [read(time) for _, read in algebra.inputs]
        added = None if algebra.disturbing is None else algebra.disturbing(time)
        now = algebra.solve(time, state, c, rates, added)
        change = np.empty(self.states)
        change[:n] = c.membrane_S * now.S + c.membrane_e * now.e + c.membrane_u * state[:n]
        change[n : 2 * n] = c.state_B * now.B + c.state_v * state[n : 2 * n]
        if added is not None:  # additions to e affect v as B does, through e
            through_e = np.divide(c.state_B, c.error_B, out=np.zeros(n), where=c.error_B != 0)
            change[n : 2 * n] += through_e * added.e
            change[: 2 * n] += added.change[: 2 * n]
        if algebra.target is not None and self.network.cost == "membrane" and self.network.rule == "adjoint":
            out = algebra.out
            w = slice(n + out.start, n + out.stop)
            change[w] += c.state_u[out] * state[out] + c.state_y[out] * algebra.target(time)
        outside = iter(rates)
        for q in algebra.paths:
            pre = next(outside) if isinstance(q.source, str) else now.r[q.source]
            if q.state is not None:
                change[q.state] = (q.projection.eta * now.e[q.target, None] * pre).ravel()
        for at, population in self._biases:
            change[at] = population.bias_eta * now.e[self.slices[population.name]]
        for population, at, tau_m, tau_r in self._constants:
            if tau_m is not None:
                change[tau_m] = -population.tau_m_eta * now.e[at] * change[at]
            if tau_r is not None:
                change[tau_r] = population.tau_r_eta * now.B[at] * change[at]
        if self.highpass_state:
            self._align(time, state, now, change)
        if added is not None:
            change[2 * n :] += added.change[2 * n :]
        if self._saturation is not None:
            for q in algebra.paths:
                for at in (q.state, q.back):
                    if at is not None and q.projection.limit is not None:
                        change[at] *= self._saturation(state[at], q.projection.limit.ravel())
        return change, now

    def algebraic(self, time: float, state: np.ndarray) -> Algebraic:
        """Compute U, r, B and e of a state."""
        return self._algebra.solve(time, state, self._coefficients(state))

    def restart(self) -> None:
        """Reset the initial guess of algebraic loops before a distant time."""
        self._algebra.restart()

    def _align(self, time: float, state: np.ndarray, now: Algebraic, change: np.ndarray) -> None:
        """Add dF/dt = eta (rhat xi^T - decay F) and drbar/dt."""
        alignment = self.network.alignment
        if alignment is None:
            return
        high = {name: now.r[self.slices[name]] - state[at] for name, at in self.highpass_state.items()}
        for name, at in self.highpass_state.items():
            change[at] = high[name] / alignment.tau_highpass
        for q in self._algebra.paths:
            if q.back is not None:
                xi = self._algebra.noise[q.projection.source](time)
                correlation = np.outer(high[q.projection.target], xi).ravel()
                change[q.back] = alignment.eta * (correlation - alignment.decay * state[q.back])

    def _coefficients(self, state: np.ndarray) -> Coefficients:
        """Return the coefficients of this state, which follow the plastic time constants."""
        for p, at, tau_m, tau_r in self._constants:
            slow = p.tau_m if tau_m is None else state[tau_m]
            fast = p.tau_r if tau_r is None else state[tau_r]
            self._moving.revise(self.network, p, at, slow, fast)
        return self._moving
