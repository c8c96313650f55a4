"""The circuit-ready equations of one network as numbers: states, algebraic signals, right-hand side.

States are u and v of every neuron, then the weights and biases that learn. The algebraic part (U, r, B, e) is taken in
signal order where there is no loop, and by Newton where there is one (recurrence, or errors that drive membranes).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.coefficients import Coefficients, coefficients
from vle_analog.ideal.inputs import at_instant
from vle_analog.ideal.printed import activation_texts, numeric
from vle_analog.network.model import Network, Projection
from vle_analog.network.stimuli import Stimulus

NEWTON_STEPS = 50
NEWTON_TOLERANCE = 1e-13
LONGEST_STEP = 2.0  # of one Newton step, in units of potential


@dataclass(frozen=True, eq=False)
class Algebraic:
    """Signals that follow from the states at one instant, shape `(N,)` each."""

    S: np.ndarray
    U: np.ndarray
    r: np.ndarray
    h: np.ndarray
    B: np.ndarray
    e: np.ndarray


@dataclass(frozen=True, eq=False)
class _Pathway:
    """A projection with its place in the global arrays.

    `source` is a slice of the neurons or the name of a stimulus; `state` is where its weights sit in the state vector,
    or `None` where they do not move.
    """

    projection: Projection
    source: slice | str
    target: slice
    state: slice | None

    def weights(self, state: np.ndarray) -> np.ndarray:
        """The weights in this state of the network."""
        weights = self.projection.weights
        return weights if self.state is None else state[self.state].reshape(weights.shape)

    def feedback(self, state: np.ndarray) -> np.ndarray:
        """The weights that carry the error back."""
        feedback = self.projection.feedback_weights
        return self.weights(state) if feedback is None else feedback


@dataclass(frozen=True, eq=False)
class _Stage:
    """One population in the order of signals: its activation, what arrives from populations, where it sends to."""

    at: slice
    phi: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    curvature: Callable[[np.ndarray], np.ndarray]
    arriving: tuple[tuple[slice, _Pathway], ...]
    leaving: tuple[_Pathway, ...]


class System:
    """The differential-algebraic system of a network that hears `target`.

    **Arguments:**

    - `target`: what the output population should do; `None` leaves the error path out (`e = 0` everywhere).
    """

    def __init__(self, network: Network, target: Stimulus | None):
        self.network, self.target = network, target
        edges = np.cumsum([0, *(p.size for p in network.populations)]).tolist()
        self.size: int = edges[-1]
        names = [p.name for p in network.populations]
        self.slices = {name: slice(a, b) for name, a, b in zip(names, edges, edges[1:], strict=False)}
        self._bias = np.concatenate([p.bias for p in network.populations])
        self._moving, self._resting = coefficients(network), coefficients(network, settled=True)
        self.has_u, self.has_v = self._moving.has_u.astype(bool), self._moving.has_v.astype(bool)
        self.weight_state, self.bias_state, self.states = _layout(network, 2 * self.size)
        self._pathways = [
            _Pathway(
                q, q.source if network.is_stimulus(q.source) else self.slices[q.source], self.slices[q.target],
                self.weight_state.get(q.name),
            )
            for q in network.projections
        ]  # fmt: skip
        self._inputs = [(q, at_instant(network.stimuli[q.source])) for q in self._pathways if isinstance(q.source, str)]
        self._target = None if target is None else at_instant(target)
        order = _forward_order(network)
        self._stages = [self._stage(k) for k in (order or range(len(names)))]
        self.has_loop = order is None or (target is not None and bool(np.any(self._moving.drive_e)))
        self._last = np.zeros(2 * self.size)

    def _stage(self, k: int) -> _Stage:
        population = self.network.populations[k]
        at = self.slices[population.name]
        return _Stage(
            at, *(numeric(text, ("x",)) for text in activation_texts(population.activation)),
            arriving=tuple((q.source, q) for q in self._pathways if q.target == at and isinstance(q.source, slice)),
            leaving=tuple(q for q in self._pathways if q.source == at),
        )  # fmt: skip

    # -- states -----------------------------------------------------------------------------------------------

    def initial(self) -> np.ndarray:
        """The state at time 0, as `network.start` says: u = v = 0, or at rest with the inputs of time 0 held."""
        state = np.zeros(self.states)
        for name, at in self.weight_state.items():
            state[at] = next(q.weights for q in self.network.projections if q.name == name).ravel()
        for name, at in self.bias_state.items():
            state[at] = self.network.population(name).bias
        if self.network.start == "settled":
            rest = self._solve(0.0, state, self._resting)
            state[: self.size] = np.where(self.has_u, rest.U, 0.0)
            state[self.size : 2 * self.size] = np.where(self.has_v, rest.B, 0.0)
        return state

    def derivative(self, time: float, state: np.ndarray) -> np.ndarray:
        """d(state)/dt, shape `(states,)`."""
        c, n = self._moving, self.size
        rates = [read(time) for _, read in self._inputs]
        now = self._solve(time, state, c, rates)
        change = np.empty(self.states)
        change[:n] = c.membrane_S * now.S + c.membrane_e * now.e + c.membrane_u * state[:n]
        change[n : 2 * n] = c.state_B * now.B + c.state_v * state[n : 2 * n]
        outside = iter(rates)
        for q in self._pathways:
            pre = next(outside) if isinstance(q.source, str) else now.r[q.source]
            if q.state is not None:
                change[q.state] = (q.projection.eta * now.e[q.target, None] * pre).ravel()
        for name, at in self.bias_state.items():
            change[at] = self.network.population(name).bias_eta * now.e[self.slices[name]]
        return change

    def algebraic(self, time: float, state: np.ndarray) -> Algebraic:
        """U, r, B and e that belong to a state."""
        return self._solve(time, state, self._moving)

    # -- the algebraic part -----------------------------------------------------------------------------------

    def _solve(
        self, time: float, state: np.ndarray, c: Coefficients, rates: list[np.ndarray] | None = None
    ) -> Algebraic:
        S = self._bias.copy()
        for name, at in self.bias_state.items():
            S[self.slices[name]] = state[at]
        for k, (q, read) in enumerate(self._inputs):
            S[q.target] += q.weights(state) @ (rates[k] if rates is not None else read(time))
        return self._newton(time, state, c, S) if self.has_loop else self._sweep(time, state, c, S)

    def _sweep(self, time: float, state: np.ndarray, c: Coefficients, S: np.ndarray) -> Algebraic:
        """Forward through the populations, then backward: exact where there is no loop (e does not reach U)."""
        n = self.size
        U, r, slope = np.empty(n), np.empty(n), np.empty(n)
        h, B, e = np.zeros(n), np.zeros(n), np.zeros(n)
        u_part, v_part = c.drive_u * state[:n], c.error_v * state[n : 2 * n]
        for stage in self._stages:
            at = stage.at
            for source, q in stage.arriving:
                S[at] += q.weights(state) @ r[source]
            U[at] = c.drive_S[at] * S[at] + u_part[at]
            r[at], slope[at] = stage.phi(U[at]), stage.slope(U[at])
        if self._target is None:
            return Algebraic(S, U, r, h, B, e)
        out = self.slices[self.network.output]
        h[out] = c.target[out] * (self._target(time) - r[out])
        for stage in reversed(self._stages):
            at = stage.at
            for q in stage.leaving:
                h[at] += e[q.target] @ q.feedback(state)
            B[at] = slope[at] * h[at]
            e[at] = c.error_B[at] * B[at] + v_part[at]
        return Algebraic(S, U, r, h, B, e)

    def _newton(self, time: float, state: np.ndarray, c: Coefficients, inputs: np.ndarray) -> Algebraic:
        """U and e of the whole network at once, starting from where they were last."""
        n = self.size
        u_part, v_part = c.drive_u * state[:n], c.error_v * state[n : 2 * n]
        forward, backward = np.zeros((n, n)), np.zeros((n, n))
        for q in self._pathways:
            if isinstance(q.source, slice):
                forward[q.target, q.source] += q.weights(state)
                backward[q.source, q.target] += q.feedback(state).T
        target, hears = np.zeros(n), np.zeros(n)
        if self._target is not None:
            target[self.slices[self.network.output]], hears = self._target(time), c.target

        # d(residual)/d(U, e) = [[1 - drive_S W phi', -drive_e], [-error_B dB/dU, 1 - error_B phi' W^T]]
        jacobian = np.zeros((2 * n, 2 * n))
        upper, lower = jacobian[:n, :n], jacobian[n:, n:]
        diagonal, from_e, from_U = (np.einsum("ii->i", m) for m in (jacobian, jacobian[:n, n:], jacobian[n:, :n]))
        from_e[:] = -c.drive_e
        onward = -c.drive_S[:, None] * forward
        z, residual = self._last, np.empty(2 * n)
        r, slope, curvature = np.empty(n), np.empty(n), np.empty(n)
        worst = np.inf
        for _ in range(NEWTON_STEPS):
            U, e = z[:n], z[n:]
            for stage in self._stages:
                at, there = stage.at, U[stage.at]
                r[at], slope[at], curvature[at] = stage.phi(there), stage.slope(there), stage.curvature(there)
            S = inputs + forward @ r
            h = backward @ e + hears * (target - r)
            B = slope * h
            residual[:n] = U - c.drive_S * S - c.drive_e * e - u_part
            residual[n:] = e - c.error_B * B - v_part
            before, worst = worst, float(np.abs(residual).max())
            tolerance = NEWTON_TOLERANCE * (1 + float(np.abs(z).max()))
            # at the limit of rounding the residual stops falling before it reaches the tolerance
            if worst <= tolerance or (worst <= 1e3 * tolerance and worst >= before / 2):
                self._last = z
                return Algebraic(S, U, r, h, B, e)
            np.multiply(onward, slope, out=upper)
            np.multiply(-(c.error_B * slope)[:, None], backward, out=lower)
            from_U[:] = -c.error_B * (curvature * h - slope * hears * slope)
            diagonal += 1.0
            try:
                step = np.linalg.solve(jacobian, residual)
            except np.linalg.LinAlgError:
                break
            z = z - min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-300)) * step
        raise InputError(Problem(
            f"the algebraic loop has no solution that could be found at model time {time:g}", "network",
            got=f"a residual of {worst:.2g} where Newton's method ended",
            hint="lower the recurrent weights, or gamma * beta, or the ratio tau_m / tau_r inside the loop",
        ))  # fmt: skip


def _layout(network: Network, start: int) -> tuple[dict[str, slice], dict[str, slice], int]:
    """Where learning weights and biases sit in the state, from `start` on, and how long the state is."""
    weights: dict[str, slice] = {}
    biases: dict[str, slice] = {}
    for projection in filter(network.learns, network.projections):
        weights[projection.name] = slice(start, start := start + projection.weights.size)
    for population in filter(network.learns_bias, network.populations):
        biases[population.name] = slice(start, start := start + population.size)
    return weights, biases, start


def _forward_order(network: Network) -> list[int] | None:
    """Indices of populations so that senders come before receivers; `None` where there is a cycle."""
    names = [p.name for p in network.populations]
    senders = {
        name: {q.source for q in network.projections if q.target == name and not network.is_stimulus(q.source)}
        for name in names
    }
    order: list[int] = []
    done: set[str] = set()
    while len(order) < len(names):
        ready = [k for k, name in enumerate(names) if name not in done and senders[name] <= done]
        if not ready:
            return None
        order += ready
        done.update(names[k] for k in ready)
    return order
