"""An independent solution of the circuit-ready equations: one neuron and one synapse at a time.

Nothing is shared with the package but the numbers of the network: the algebraic part is Newton on (U, e) with a
Jacobian written by hand, the stimuli are evaluated anew, SciPy integrates in pieces between the kinks of the inputs.
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import solve_ivp

from vle_analog.network.stimuli import Samples, Sines, Steps


def _logistic(x):
    return 1 / (1 + math.exp(-x))


# rate, slope, curvature
ACTIVATIONS = {
    "tanh": (
        math.tanh,
        lambda x: 1 - math.tanh(x) ** 2,
        lambda x: -2 * math.tanh(x) * (1 - math.tanh(x) ** 2),
    ),
    "logistic": (
        _logistic,
        lambda x: _logistic(x) * (1 - _logistic(x)),
        lambda x: _logistic(x) * (1 - _logistic(x)) * (1 - 2 * _logistic(x)),
    ),
    "softplus": (lambda x: math.log1p(math.exp(x)), _logistic, lambda x: _logistic(x) * (1 - _logistic(x))),
    "linear": (lambda x: x, lambda _: 1.0, lambda _: 0.0),
}


def value(stimulus, time):
    """The channels of a stimulus at one time, from its definition."""
    if isinstance(stimulus, Sines):
        return [
            offset + sum(s.amplitude * math.sin(s.omega * time + s.phase) for s in channel)
            for channel, offset in zip(stimulus.channels, stimulus.offsets, strict=True)
        ]
    if isinstance(stimulus, Steps):
        channels = []
        for channel, initial in zip(stimulus.channels, stimulus.initials, strict=True):
            level, total = initial, initial
            for step in channel:
                total += (step.value - level) * (1 + math.tanh((time - step.time) / stimulus.rise)) / 2
                level = step.value
            channels.append(total)
        return channels
    assert isinstance(stimulus, Samples)
    return [float(np.interp(time, stimulus.times, column)) for column in stimulus.values.T]


@dataclass
class Neuron:
    owner: str
    index: int
    tau_m: float
    tau_r: float
    bias: float
    wire: bool
    phi: tuple
    nudged: bool
    bias_eta: float | None  # None: does not learn
    inputs: list = field(default_factory=list)  # (weight index, neuron index or (stimulus, channel))
    u: int | None = None  # where the states are
    v: int | None = None
    b: int | None = None


@dataclass
class Synapse:
    owner: str
    index: tuple
    post: int
    pre: object  # neuron index, or (stimulus, channel)
    weight: float
    eta: float | None
    feedback: float | None
    state: int | None = None


class Loops:
    """The right-hand side of one network, and its solution."""

    def __init__(self, network, target):
        self.network, self.target = network, target
        self.neurons, self.synapses, where = [], [], {}
        for p in network.populations:
            for k in range(p.size):
                where[p.name, k] = len(self.neurons)
                eta = p.bias_eta if p.bias_plastic and network.plasticity else None
                self.neurons.append(Neuron(
                    p.name, k, float(p.tau_m[k]), float(p.tau_r[k]), float(p.bias[k]), bool(p.wire[k]),
                    ACTIVATIONS[p.activation], p.name == network.output, eta,
                ))  # fmt: skip
        for q in network.projections:
            for i in range(q.weights.shape[0]):
                for j in range(q.weights.shape[1]):
                    pre = (q.source, j) if q.source in network.stimuli else where[q.source, j]
                    eta = q.eta if q.plastic and network.plasticity else None
                    back = None if q.feedback_weights is None else float(q.feedback_weights[i, j])
                    weight = float(q.weights[i, j])
                    self.synapses.append(Synapse(q.name, (i, j), where[q.target, i], pre, weight, eta, back))
        count = 0
        for n in self.neurons:
            if not n.wire:
                n.u, count = count, count + 1
                if network.rule == "vle":
                    n.v, count = count, count + 1
            if n.bias_eta is not None:
                n.b, count = count, count + 1
        for s in self.synapses:
            if s.eta is not None:
                s.state, count = count, count + 1
        self.states = count
        self.guess = [0.0] * (2 * len(self.neurons))

    def outside(self, time):
        """Rates of all stimuli and the target."""
        rates = {name: value(stimulus, time) for name, stimulus in self.network.stimuli.items()}
        return rates, value(self.target, time)

    def algebraic(self, time, y, rest=False):
        """U, r, S, h, B, e at one instant; `rest` takes u = S + gamma e and v = B in the place of the states."""
        gamma = 0.0 if self.network.rule == "backprop" else self.network.gamma
        beta, n = self.network.beta, len(self.neurons)
        rates, goal = self.outside(time)
        fixed = [neuron.bias if neuron.b is None else y[neuron.b] for neuron in self.neurons]
        forward, backward = [], []
        for s in self.synapses:
            w = s.weight if s.state is None else y[s.state]
            if isinstance(s.pre, tuple):
                fixed[s.post] += w * rates[s.pre[0]][s.pre[1]]
            else:
                forward.append((s.post, s.pre, w))
                backward.append((s.pre, s.post, w if s.feedback is None else s.feedback))
        rho, ratio, u, v = [], [], [], []
        for neuron in self.neurons:
            still = rest or neuron.wire
            rho.append(1.0 if still else neuron.tau_r / neuron.tau_m)
            ratio.append(1.0 if rest or neuron.v is None else neuron.tau_m / neuron.tau_r)
            u.append(0.0 if still else y[neuron.u])
            v.append(0.0 if rest or neuron.v is None else y[neuron.v])
        U, e = self.guess[:n], self.guess[n:]
        for _ in range(60):
            r = [neuron.phi[0](x) for neuron, x in zip(self.neurons, U, strict=True)]
            slope = [neuron.phi[1](x) for neuron, x in zip(self.neurons, U, strict=True)]
            curve = [neuron.phi[2](x) for neuron, x in zip(self.neurons, U, strict=True)]
            S, h = fixed.copy(), [0.0] * n
            for post, pre, w in forward:
                S[post] += w * r[pre]
            for pre, post, w in backward:
                h[pre] += w * e[post]
            for k, neuron in enumerate(self.neurons):
                if neuron.nudged:
                    h[k] += beta * (goal[neuron.index] - r[k])
            B = [a * b for a, b in zip(slope, h, strict=True)]
            F = [U[k] - rho[k] * (S[k] + gamma * e[k]) - (1 - rho[k]) * u[k] for k in range(n)]
            F += [e[k] - ratio[k] * B[k] - (1 - ratio[k]) * v[k] for k in range(n)]
            size = max(map(abs, F))
            if size <= 1e-14 * (1 + max(map(abs, U + e))):
                break
            J = np.zeros((2 * n, 2 * n))
            for k, neuron in enumerate(self.neurons):
                J[k, k] += 1
                J[k, n + k] -= rho[k] * gamma
                J[n + k, n + k] += 1
                J[n + k, k] -= ratio[k] * (curve[k] * h[k] - (beta * slope[k] ** 2 if neuron.nudged else 0.0))
            for post, pre, w in forward:
                J[post, pre] -= rho[post] * w * slope[pre]
            for pre, post, w in backward:
                J[n + pre, n + post] -= ratio[pre] * slope[pre] * w
            step = np.linalg.solve(J, F)
            U = [x - float(d) for x, d in zip(U, step[:n], strict=True)]
            e = [x - float(d) for x, d in zip(e, step[n:], strict=True)]
            if float(np.max(np.abs(step))) < 1e-14:
                break
        else:
            raise ArithmeticError(f"Newton is stuck at {size:g}")
        self.guess = U + e
        return {"U": U, "r": r, "S": S, "B": B, "e": e}

    def start(self):
        y = np.zeros(self.states)
        for n in self.neurons:
            if n.b is not None:
                y[n.b] = n.bias
        for s in self.synapses:
            if s.state is not None:
                y[s.state] = s.weight
        if self.network.start == "settled":
            now = self.algebraic(0.0, y, rest=True)
            for k, n in enumerate(self.neurons):
                if n.u is not None:
                    y[n.u] = now["U"][k]
                if n.v is not None:
                    y[n.v] = now["B"][k]
        return y

    def change(self, time, y):
        now = self.algebraic(time, y)
        gamma = 0.0 if self.network.rule == "backprop" else self.network.gamma
        rates, _ = self.outside(time)
        out = np.zeros(self.states)
        for k, n in enumerate(self.neurons):
            if n.u is not None:
                out[n.u] = (-y[n.u] + now["S"][k] + gamma * now["e"][k]) / n.tau_m
            if n.v is not None:
                out[n.v] = (-y[n.v] + now["B"][k]) / n.tau_r
            if n.b is not None:
                out[n.b] = n.bias_eta * now["e"][k]
        for s in self.synapses:
            if s.state is not None:
                pre = rates[s.pre[0]][s.pre[1]] if isinstance(s.pre, tuple) else now["r"][s.pre]
                out[s.state] = s.eta * now["e"][s.post] * pre
        return out

    def pieces(self, duration):
        """Ends of the pieces in which every input is smooth, and the longest step that does not overlook an edge."""
        kinks, longest = {0.0, duration}, duration
        for stimulus in (*self.network.stimuli.values(), self.target):
            if isinstance(stimulus, Samples):
                kinks.update(float(t) for t in stimulus.times if 0 < t < duration)
            if isinstance(stimulus, Steps):
                longest = min(longest, 2 * stimulus.rise)
        return sorted(kinks), longest

    def solve(self, duration, points, method="DOP853", tolerance=1e-11):
        """Signal name -> values on `points` equidistant times."""
        grid = np.linspace(0.0, duration, points)
        ends, longest = self.pieces(duration)
        states, y = np.zeros((points, self.states)), self.start()
        states[0] = y
        for a, b in itertools.pairwise(ends):
            if b - a < 1e-12:
                continue
            inside = np.flatnonzero((grid > a) & (grid <= b))
            if self.states == 0:
                continue
            found = solve_ivp(
                self.change, (a, b), y, method, t_eval=np.unique([*grid[inside], b]), max_step=longest,
                rtol=tolerance, atol=tolerance / 10,
            )  # fmt: skip
            assert found.success, found.message
            states[inside] = found.y.T[: len(inside)]
            y = found.y[:, -1]
        result = {}
        for k, time in enumerate(grid):
            now = self.algebraic(float(time), states[k])
            for i, n in enumerate(self.neurons):
                for kind in "UrBe":
                    result.setdefault(f"{n.owner}.{kind}[{n.index}]", np.zeros(points))[k] = now[kind][i]
        for n in self.neurons:
            for kind, at in (("u", n.u), ("v", n.v), ("b", n.b)):
                if at is not None:
                    result[f"{n.owner}.{kind}[{n.index}]"] = states[:, at]
        for s in self.synapses:
            if s.state is not None:
                result[f"{s.owner}.W[{s.index[0]},{s.index[1]}]"] = states[:, s.state]
        return result


def deviation(ideal, wanted, floor=1e-3):
    """The largest difference of two solutions, relative to the range of all signals of its kind and owner."""
    assert {str(s) for s in ideal.signals} == set(wanted)
    spans = {}
    for s in ideal.signals:
        row = wanted[str(s)]
        low, high = spans.get((s.owner, s.kind), (np.inf, -np.inf))
        spans[s.owner, s.kind] = min(low, row.min()), max(high, row.max())
    worst = 0.0
    for s in ideal.signals:
        low, high = spans[s.owner, s.kind]
        worst = max(worst, float(np.max(np.abs(ideal[s] - wanted[str(s)]))) / max(high - low, floor))
    return worst
