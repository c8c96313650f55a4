"""The algebraic signals of one instant, as functions of the states: S, U, r, h, B and e of every neuron.

They are evaluated in signal order without a loop, and by Newton's method with one: recurrence, errors that drive
membranes, errors that depend on themselves.
"""

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.coefficients import Coefficients
from vle_analog.ideal.disturbed import Added, Disturbing
from vle_analog.ideal.inputs import at_instant, slope_at_instant
from vle_analog.ideal.layout import Layout
from vle_analog.ideal.paths import Pathway, pathways, stages
from vle_analog.network.model import Network
from vle_analog.network.signals import Algebraic
from vle_analog.network.stimuli import Stimulus

NEWTON_STEPS = 50
NEWTON_TOLERANCE = 1e-13
LONGEST_STEP = (
    2.0  # limit of one Newton step, in units of potential, or relative to the largest signal where that exceeds one
)


class LoopError(InputError):
    """An error for an algebraic loop without a numerical solution."""

    def __init__(self, time: float, residual: float):
        super().__init__(
            Problem(
                f"the algebraic loop has no solution that could be found at model time {time:g}",
                "network",
                got=f"a residual of {residual:.2g} where Newton's method ended",
                hint="lower the recurrent weights, or gamma * beta, or the ratio tau_m / tau_r inside the loop",
            )
        )


class Algebra:
    """The algebraic part of a network with a given target; the states are arranged as in `layout`.

    **Arguments:** `has_loop`: whether errors affect their own neurons instantaneously, other than by recurrence.
    `tolerance`: of Newton's method, relative to 1 + the largest of U and e.
    """

    def __init__(
        self,
        network: Network,
        target: Stimulus | None,
        layout: Layout,
        has_loop: bool,
        tolerance: float = NEWTON_TOLERANCE,
    ):
        self.size, self.tolerance = layout.size, tolerance
        self.paths = pathways(network, layout)
        self.stages, circle = stages(network, layout, self.paths)
        self.has_loop = circle or has_loop
        self.inputs = [(q, at_instant(network.stimuli[q.source])) for q in self.paths if isinstance(q.source, str)]
        self.noise = {name: at_instant(samples) for name, samples in network.noise().items()}
        self._bias = np.concatenate([p.bias for p in network.populations])
        self._bias_state = [(layout.neurons[name], at) for name, at in layout.biases.items()]
        self._noise = [(layout.neurons[name], read) for name, read in self.noise.items()]
        self.disturbing = None if network.disturbance is None else Disturbing(network.disturbance, layout)
        self.out = layout.neurons[network.output]
        self.target = None if target is None else at_instant(target)
        on_membrane = target is not None and network.cost == "membrane"
        self._target_slope = slope_at_instant(target) if target is not None and on_membrane else None
        self._inner = [(q.source, q) for q in self.paths if isinstance(q.source, slice)]
        self._fixed = [np.zeros((self.size, self.size)) for _ in range(2)]  # weights that stay, forward and backward
        for source, q in self._inner:
            if q.state is None:
                self._fixed[0][q.target, source] += q.projection.weights
            if self._stays(q):
                self._fixed[1][source, q.target] += q.feedback(self._bias).T
        self._jacobian = np.zeros((2 * self.size, 2 * self.size))
        self.restart()

    @staticmethod
    def _stays(q: Pathway) -> bool:
        """Return true where the weights that carry the error back are constant."""
        return q.back is None and (q.state is None or q.projection.feedback_weights is not None)

    def solve(
        self,
        time: float,
        state: np.ndarray,
        c: Coefficients,
        rates: list[np.ndarray] | None = None,
        added: Added | None = None,
    ) -> Algebraic:
        """Compute all signals of one instant.

        **Arguments:** `rates`: of the stimuli, in the order of `inputs`, `added`: by a disturbance, where they are
        known already.

        **Raises:** `LoopError` where Newton's method does not converge.
        """
        S = self._bias.copy()
        for at, where in self._bias_state:
            S[at] = state[where]
        for k, (q, read) in enumerate(self.inputs):
            S[q.target] += q.weights(state) @ (rates[k] if rates is not None else read(time))
        for at, read in self._noise:
            S[at] += read(time)
        if added is None and self.disturbing is not None:
            added = self.disturbing(time)
        if added is not None:
            S += added.S
        return (self._newton if self.has_loop else self._sweep)(time, state, c, S, added)

    def restart(self) -> None:
        """Discard the initial guess of Newton's method before a distant time."""
        self._last = np.zeros(2 * self.size)

    def _from_states(
        self, time: float, state: np.ndarray, c: Coefficients, added: Added | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the contributions of states and disturbance to U and e, including a membrane-potential target."""
        n = self.size
        u_part, v_part = c.drive_u * state[:n], c.error_v * state[n : 2 * n]
        if self._target_slope is not None and self.target is not None:
            at = self.out
            direct = c.error_y[at] * self.target(time) + c.error_dy[at] * self._target_slope(time)
            v_part[at] += c.error_u[at] * state[at] + direct
        if added is not None:
            u_part, v_part = u_part + added.U, v_part + added.e
        return u_part, v_part

    def _sweep(self, time: float, state: np.ndarray, c: Coefficients, S: np.ndarray, added: Added | None) -> Algebraic:
        """Sweep forward through the populations, then backward: exact without a loop (e does not affect U)."""
        n = self.size
        U, r, slope = np.empty(n), np.empty(n), np.empty(n)
        h, B, e = np.zeros(n), np.zeros(n), np.zeros(n)
        u_part, v_part = self._from_states(time, state, c, added)
        for stage in self.stages:
            at = stage.at
            for source, q in stage.arriving:
                S[at] += q.weights(state) @ r[source]
            U[at] = c.drive_S[at] * S[at] + u_part[at]
            r[at], slope[at] = stage.phi(U[at]), stage.slope(U[at])
        if self.target is None:
            return Algebraic(S, U, r, h, B, e)
        out = self.out
        if self._target_slope is None:
            h[out] = c.target[out] * (self.target(time) - r[out])
        else:
            v_part[out] += c.error_S[out] * S[out]
        if added is not None:
            h += added.h
        for stage in reversed(self.stages):
            at = stage.at
            for q in stage.leaving:
                h[at] += e[q.target] @ q.feedback(state)
            B[at] = slope[at] * h[at] if added is None else slope[at] * h[at] + added.B[at]
            e[at] = c.error_B[at] * B[at] + v_part[at]
        return Algebraic(S, U, r, h, B, e)

    def _newton(
        self, time: float, state: np.ndarray, c: Coefficients, inputs: np.ndarray, added: Added | None
    ) -> Algebraic:
        """Solve for U and e of the whole network by Newton's method, starting from the last solution."""
        n = self.size
        u_part, v_part = self._from_states(time, state, c, added)
        h_part, b_part = (np.zeros(n), np.zeros(n)) if added is None else (added.h, added.B)
        forward, backward = (fixed.copy() for fixed in self._fixed)
        for source, q in self._inner:
            if q.state is not None:
                forward[q.target, source] += q.weights(state)
            if not self._stays(q):
                backward[source, q.target] += q.feedback(state).T
        target, target_gain = np.zeros(n), np.zeros(n)
        if self.target is not None:
            target[self.out], target_gain = self.target(time), c.target
        on_membrane = self._target_slope is not None

        # d(residual)/d(U, e) = [[1 - drive_S W phi', -drive_e], [-error_B dB/dU, 1 - error_B phi' W^T]], and with a
        # cost of the membrane potential, which enters by S and e, the lower row [-error_S W phi', -error_e] more
        jacobian = self._jacobian
        upper, lower, entries = jacobian[:n, :n], jacobian[n:, n:], jacobian.ravel()
        diagonal, from_e, from_U = (
            entries[:: 2 * n + 1],
            entries[n : 2 * n * n : 2 * n + 1],
            entries[2 * n * n :: 2 * n + 1],
        )
        from_e[:] = -c.drive_e
        onward = -c.drive_S[:, None] * forward
        z, residual = self._last, np.empty(2 * n)
        r, slope, curvature = np.empty(n), np.empty(n), np.empty(n)
        worst = np.inf
        for _ in range(NEWTON_STEPS):
            U, e = z[:n], z[n:]
            for stage in self.stages:
                at, there = stage.at, U[stage.at]
                r[at], slope[at] = stage.phi(there), stage.slope(there)
            S = inputs + forward @ r
            h = backward @ e + target_gain * (target - r) + h_part
            B = slope * h + b_part
            residual[:n] = U - c.drive_S * S - c.drive_e * e - u_part
            residual[n:] = e - c.error_B * B - v_part
            if on_membrane:
                residual[n:] -= c.error_S * S + c.error_e * e
            before, worst = worst, float(np.abs(residual).max())
            if not np.isfinite(worst):
                break
            size = float(np.abs(z).max())
            tolerance = self.tolerance * (1 + size)
            # at the limit of rounding the residual stops decreasing before it reaches the tolerance
            if worst <= tolerance or (worst <= 1e3 * tolerance and worst >= before / 2):
                self._last = z
                return Algebraic(S, U, r, h, B, e)
            for stage in self.stages:
                curvature[stage.at] = stage.curvature(U[stage.at])
            np.multiply(onward, slope, out=upper)
            np.multiply(-(c.error_B * slope)[:, None], backward, out=lower)
            if on_membrane:
                np.multiply(-c.error_S[:, None] * forward, slope, out=jacobian[n:, :n])
                from_U += -c.error_B * (curvature * h)
                diagonal[n:] -= c.error_e
            else:
                from_U[:] = -c.error_B * (curvature * h - slope * target_gain * slope)
            diagonal += 1.0
            try:
                step = np.linalg.solve(jacobian, residual)
            except np.linalg.LinAlgError:
                break
            z = z - min(1.0, LONGEST_STEP * max(1.0, size) / max(float(np.abs(step).max()), 1e-300)) * step
        raise LoopError(time, worst)
