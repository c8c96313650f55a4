"""An independent solution of the circuit-ready equations: one neuron and one synapse at a time.

Nothing is shared with the package but the numbers of the network: the algebraic part is Newton on (U, e) with a
Jacobian written by hand, the stimuli are evaluated anew, SciPy integrates in pieces between the kinks of the inputs.
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import solve_ivp

from tests.support.stimulus_values import slope, value
from vle_analog.network.stimuli import Samples, Steps


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
    bias_eta: float | None  # None: does not learn, here and below
    tau_m_eta: float | None
    tau_r_eta: float | None
    heard: bool  # its error is carried back through weights that learn
    inputs: list = field(default_factory=list)  # (weight index, neuron index or (stimulus, channel))
    u: int | None = None  # where the states are
    v: int | None = None
    b: int | None = None
    m: int | None = None
    p: int | None = None
    bar: int | None = None


@dataclass
class Synapse:
    owner: str
    index: tuple
    post: int
    pre: object  # neuron index, or (stimulus, channel)
    weight: float
    eta: float | None
    feedback: float | None
    aligns: bool
    state: int | None = None
    back: int | None = None


class Loops:
    """The right-hand side of one network, and its solution."""

    def __init__(self, network, target):
        self.network, self.target = network, target
        self.neurons, self.synapses, where = [], [], {}
        self.piece = None
        learns = network.plasticity
        self.gamma = 0.0 if network.rule in ("backprop", "adjoint") else network.gamma
        self.alignment = network.alignment if learns else None
        apart = {q.target for q in network.projections if q.feedback_weights is not None}
        for p in network.populations:
            for k in range(p.size):
                where[p.name, k] = len(self.neurons)
                self.neurons.append(
                    Neuron(
                        p.name,
                        k,
                        float(p.tau_m[k]),
                        float(p.tau_r[k]),
                        float(p.bias[k]),
                        bool(p.wire[k]),
                        ACTIVATIONS[p.activation],
                        p.name == network.output,
                        p.bias_eta if p.bias_plastic and learns else None,
                        p.tau_m_eta if p.tau_m_plastic and learns else None,
                        p.tau_r_eta if p.tau_r_plastic and learns else None,
                        self.alignment is not None and p.name in apart,
                    )
                )
        for q in network.projections:
            for i in range(q.weights.shape[0]):
                for j in range(q.weights.shape[1]):
                    pre = (q.source, j) if q.source in network.stimuli else where[q.source, j]
                    eta = q.eta if q.plastic and network.plasticity else None
                    back = None if q.feedback_weights is None else float(q.feedback_weights[i, j])
                    weight = float(q.weights[i, j])
                    aligns = self.alignment is not None and back is not None
                    self.synapses.append(Synapse(q.name, (i, j), where[q.target, i], pre, weight, eta, back, aligns))
        count = 0
        for n in self.neurons:
            if not n.wire:
                n.u, count = count, count + 1
                if network.rule in ("vle", "adjoint"):
                    n.v, count = count, count + 1
            if n.bias_eta is not None:
                n.b, count = count, count + 1
            if n.tau_m_eta is not None:
                n.m, count = count, count + 1
            if n.tau_r_eta is not None:
                n.p, count = count, count + 1
            if n.heard:
                n.bar, count = count, count + 1
        for s in self.synapses:
            if s.aligns:
                s.back, count = count, count + 1
            if s.eta is not None:
                s.state, count = count, count + 1
        self.states = count
        self.guess = [0.0] * (2 * len(self.neurons))

    def outside(self, time):
        """Rates of all stimuli and the target."""
        rates = {name: value(stimulus, time) for name, stimulus in self.network.stimuli.items()}
        return rates, value(self.target, time)

    def constants(self, neuron, y):
        """tau_m and tau_r, which may learn."""
        return (
            neuron.tau_m if neuron.m is None else float(y[neuron.m]),
            neuron.tau_r if neuron.p is None else float(y[neuron.p]),
        )

    def noise(self, neuron, time):
        """xi of a neuron; zero where there is none."""
        samples = None if self.alignment is None else self.alignment.noise.get(neuron.owner)
        return 0.0 if samples is None else value(samples, time)[neuron.index]

    def weighs(self, neuron):
        """Whether the state w holds its own weight, and a cost of the membrane: of the exact error of an output."""
        return self.network.rule == "adjoint" and self.network.cost == "membrane" and neuron.nudged

    def algebraic(self, time, y, rest=False):
        """U, r, S, h, B, e at one instant; `rest` takes u = S + gamma e and v = B in the place of the states."""
        rule, gamma, beta, n = self.network.rule, self.gamma, self.network.beta, len(self.neurons)
        on_membrane = self.network.cost == "membrane"
        rates, goal = self.outside(time)
        rising = [0.0] * len(goal) if rest or not on_membrane else slope(self.target, time, self.piece)
        fixed = [
            (neuron.bias if neuron.b is None else y[neuron.b]) + self.noise(neuron, time) for neuron in self.neurons
        ]
        forward, backward = [], []
        for s in self.synapses:
            w = s.weight if s.state is None else y[s.state]
            if isinstance(s.pre, tuple):
                fixed[s.post] += w * rates[s.pre[0]][s.pre[1]]
            else:
                forward.append((s.post, s.pre, w))
                fixed_back = w if s.feedback is None else s.feedback
                backward.append((s.pre, s.post, fixed_back if s.back is None else y[s.back]))
        rho, ratio, u, v, gain, outer = [], [], [], [], [], []
        for neuron in self.neurons:
            still = rest or neuron.wire
            tau_m, tau_r = self.constants(neuron, y)
            rho.append(1.0 if still else tau_r / tau_m)
            ratio.append(1.0 if rest or neuron.v is None else tau_r / tau_m if rule == "adjoint" else tau_m / tau_r)
            omega = self.network.gain_correction
            gain.append(1.0 if omega is None else (1 + omega**2 * tau_r**2) / (1 + omega**2 * tau_m**2))
            # (S + gamma e, u, y*, y*') of what a cost of the membrane adds to e
            follows = rest or rule in ("vle", "le")
            outer.append(
                beta
                * np.array([-1, 0, 1, tau_m] if follows else [0, -1, 1, 0])
                * float(on_membrane and neuron.nudged and rule != "adjoint")
            )
            u.append(0.0 if still else y[neuron.u])
            v.append(0.0 if rest or neuron.v is None else y[neuron.v])
        U, e = self.guess[:n], self.guess[n:]
        for _ in range(60):
            r = [neuron.phi[0](x) for neuron, x in zip(self.neurons, U, strict=True)]
            steep = [neuron.phi[1](x) for neuron, x in zip(self.neurons, U, strict=True)]
            curve = [neuron.phi[2](x) for neuron, x in zip(self.neurons, U, strict=True)]
            S, h = fixed.copy(), [0.0] * n
            for post, pre, w in forward:
                S[post] += w * r[pre]
            for pre, post, w in backward:
                h[pre] += w * e[post]
            for k, neuron in enumerate(self.neurons):
                if neuron.nudged and not on_membrane:
                    h[k] += beta * (goal[neuron.index] - r[k])
            B = [a * b for a, b in zip(steep, h, strict=True)]
            F = [U[k] - rho[k] * (S[k] + gamma * e[k]) - (1 - rho[k]) * u[k] for k in range(n)]
            for k, neuron in enumerate(self.neurons):
                told = (goal[neuron.index], rising[neuron.index]) if neuron.nudged else (0.0, 0.0)
                added = float(outer[k] @ np.array([S[k] + gamma * e[k], u[k], *told]))
                own = 1.0 if self.weighs(neuron) else 1 - ratio[k]
                F.append(e[k] - gain[k] * (ratio[k] * B[k] + own * v[k] + added))
            size = max(map(abs, F))
            if size <= 1e-14 * (1 + max(map(abs, U + e))):
                break
            J = np.zeros((2 * n, 2 * n))
            for k, neuron in enumerate(self.neurons):
                J[k, k] += 1
                J[k, n + k] -= rho[k] * gamma
                J[n + k, n + k] += 1 - gain[k] * outer[k][0] * gamma
                hears = beta if neuron.nudged and not on_membrane else 0.0
                J[n + k, k] -= gain[k] * ratio[k] * (curve[k] * h[k] - hears * steep[k] ** 2)
            for post, pre, w in forward:
                J[post, pre] -= rho[post] * w * steep[pre]
                J[n + post, pre] -= gain[post] * outer[post][0] * w * steep[pre]
            for pre, post, w in backward:
                J[n + pre, n + post] -= gain[pre] * ratio[pre] * steep[pre] * w
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
            for at, start in ((n.b, n.bias), (n.m, n.tau_m), (n.p, n.tau_r)):
                if at is not None:
                    y[at] = start
        for s in self.synapses:
            for at, start in ((s.state, s.weight), (s.back, s.feedback)):
                if at is not None:
                    y[at] = start
        if self.network.start == "settled":
            now = self.algebraic(0.0, y, rest=True)
            for k, n in enumerate(self.neurons):
                if n.u is not None:
                    y[n.u] = now["U"][k]
                if n.v is not None:
                    y[n.v] = now["B"][k]
                if n.bar is not None:
                    y[n.bar] = now["r"][k]
        return y

    def change(self, time, y):
        now = self.algebraic(time, y)
        backwards = self.network.rule == "adjoint"
        rates, goal = self.outside(time)
        out = np.zeros(self.states)
        for k, n in enumerate(self.neurons):
            tau_m, tau_r = self.constants(n, y)
            u_dot = 0.0 if n.u is None else (-y[n.u] + now["S"][k] + self.gamma * now["e"][k]) / tau_m
            if n.u is not None:
                out[n.u] = u_dot
            if n.v is not None:
                out[n.v] = (y[n.v] - now["B"][k]) / tau_m if backwards else (-y[n.v] + now["B"][k]) / tau_r
            if self.weighs(n):
                nudge = self.network.beta * (goal[n.index] - y[n.u])
                out[n.v] = (y[n.v] - (1 - tau_r / tau_m) * now["B"][k] - nudge) / tau_m
            if n.b is not None:
                out[n.b] = n.bias_eta * now["e"][k]
            if n.m is not None:
                out[n.m] = -n.tau_m_eta * now["e"][k] * u_dot
            if n.p is not None:
                out[n.p] = n.tau_r_eta * now["B"][k] * u_dot
            if n.bar is not None:
                out[n.bar] = (now["r"][k] - y[n.bar]) / self.alignment.tau_highpass
        for s in self.synapses:
            if s.state is not None:
                pre = rates[s.pre[0]][s.pre[1]] if isinstance(s.pre, tuple) else now["r"][s.pre]
                out[s.state] = s.eta * now["e"][s.post] * pre
            if s.back is not None:
                high = now["r"][s.post] - y[self.neurons[s.post].bar]
                told = self.noise(self.neurons[s.pre], time) * high
                out[s.back] = self.alignment.eta * (told - self.alignment.decay * y[s.back])
        return out

    def names(self):
        """What every state is called."""
        found = {}
        for n in self.neurons:
            for kind, at in (("u", n.u), ("v", n.v), ("b", n.b), ("tau_m", n.m), ("tau_r", n.p), ("rbar", n.bar)):
                if at is not None:
                    found[at] = f"{n.owner}.{kind}[{n.index}]"
        for s in self.synapses:
            for kind, at in (("W", s.state), ("F", s.back)):
                if at is not None:
                    found[at] = f"{s.owner}.{kind}[{s.index[0]},{s.index[1]}]"
        return [found[at] for at in range(self.states)]

    def pieces(self, duration):
        """Ends of the pieces in which every input is smooth, and the longest step that does not overlook an edge."""
        kinks, longest = {0.0, duration}, duration
        noise = () if self.alignment is None else self.alignment.noise.values()
        for stimulus in (*self.network.stimuli.values(), *noise, self.target):
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
            inside = np.flatnonzero((grid > a) & (grid <= b))
            if b - a < 1e-12:
                states[inside] = y
                continue
            if self.states == 0:
                continue
            self.piece = (a, b)
            found = solve_ivp(
                self.change,
                (a, b),
                y,
                method,
                t_eval=np.unique([*grid[inside], b]),
                max_step=longest,
                rtol=tolerance,
                atol=tolerance / 10,
            )
            assert found.success, found.message
            states[inside] = found.y.T[: len(inside)]
            y = found.y[:, -1]
        result, self.piece = {}, None
        for k, time in enumerate(grid):
            now = self.algebraic(float(time), states[k])
            for i, n in enumerate(self.neurons):
                for kind in "UrBe":
                    result.setdefault(f"{n.owner}.{kind}[{n.index}]", np.zeros(points))[k] = now[kind][i]
        result |= {name: states[:, at] for at, name in enumerate(self.names()) if ".rbar[" not in name}
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
