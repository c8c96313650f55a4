"""Studies with loops, and their nonlinear equations with the poles as states, written down neuron by neuron.

Nothing of the analysis is shared: what is analysed linearly there is integrated here by SciPy as it stands.
"""

import numpy as np
from scipy.integrate import solve_ivp

from vle_analog import Study
from vle_analog.stability import Trajectory, examine, follow, poles_of

PHI = {
    "linear": (lambda x: x, np.ones_like),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
}


def silent(size):
    return {"kind": "sines", "channels": [[] for _ in range(size)]}


def pair(mu, lead, nodes, pole, **network):
    """Two neurons with W = [[a, -b], [b, a]], whose eigenvalues are a +- bi = mu; at rest, slopes are one."""
    network = {"activation": "tanh", "drive": 0.0, "duration": 20.0} | network
    return {
        "duration": network["duration"],
        "network": {
            "output": "pair",
            "beta": network.get("beta", 1.0),
            "gamma": network.get("gamma", 0.0),
            "plasticity": False,
            "populations": {
                "pair": {"size": 2, "tau_m": 1.0, "tau_r": 1.0 / lead, "activation": network["activation"]},
            },
            "projections": {
                "drive_pair": {"source": "drive", "target": "pair", "weights": [[1.0], [0.5]]},
                "ring": {
                    "source": "pair",
                    "target": "pair",
                    "weights": [[np.real(mu), -np.imag(mu)], [np.imag(mu), np.real(mu)]],
                },
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": network["drive"], "omega": 1.0}]]}},
        "target": silent(2) | {"offsets": network["drive"]},
        "circuit": {"parasitic_pole": pole, "parasitic_nodes": list(nodes)},
    }


def chain(weight, gamma_beta, nodes, pole, tau=(1.0, 0.5, 1.0, 0.5)):
    """Stimulus, hidden neuron, linear output that is nudged; `tau` = tau_m, tau_r of hidden, then of the output."""
    return {
        "duration": 20.0,
        "network": {
            "output": "readout",
            "beta": gamma_beta,
            "gamma": 1.0,
            "plasticity": False,
            "populations": {
                "hidden": {"size": 1, "tau_m": tau[0], "tau_r": tau[1], "activation": "linear"},
                "readout": {"size": 1, "tau_m": tau[2], "tau_r": tau[3], "activation": "linear"},
            },
            "projections": {
                "drive_hidden": {"source": "drive", "target": "hidden", "weights": [[1.0]]},
                "hidden_readout": {"source": "hidden", "target": "readout", "weights": [[weight]]},
            },
        },
        "stimuli": {"drive": silent(1)},
        "target": silent(1),
        "circuit": {"parasitic_pole": pole, "parasitic_nodes": list(nodes)},
    }


def examined(document):
    """What the analysis says of a study."""
    spec = (document if isinstance(document, Study) else Study.from_document(document)).spec
    target = spec.target

    def look() -> Trajectory:
        from vle_analog.ideal import survey

        return follow(spec.network, target, spec.duration, lambda: survey(spec.network, target, spec.duration))

    return examine(spec.network, look, poles_of(spec), spec.duration)


class Poled:
    """The equations of the circuit with poles on U, on something in every error hop, and inputs held at rest.

    tau_p dU/dt = U* - U; u of a lead is charged from U. tau_p dh/dt = h* - h, B likewise once per stage,
    tau_p de/dt = e* - e; v is charged from e.
    """

    def __init__(self, network, nodes, pole):
        assert "U" in nodes
        assert {"h", "B", "e"} & set(nodes)
        self.network, self.nodes, self.pole, self.stages = network, nodes, pole, nodes.count("B")
        populations = network.populations
        edges = np.cumsum([0, *(p.size for p in populations)])
        at = {p.name: slice(a, z) for p, a, z in zip(populations, edges, edges[1:], strict=False)}
        self.n = n = int(edges[-1])
        self.at, self.tau_m = at, np.concatenate([p.tau_m for p in populations])
        self.tau_r = np.concatenate([p.tau_r for p in populations])
        self.wire = np.concatenate([p.wire for p in populations])
        self.W = np.zeros((n, n))
        for q in network.projections:
            if q.source in at:
                self.W[at[q.target], at[q.source]] += q.weights
        self.bias = np.concatenate([p.bias for p in populations])
        self.rho = np.where(self.wire, 1.0, self.tau_r / self.tau_m)
        self.R = np.where(self.wire | (network.rule != "vle"), 1.0, self.tau_m / self.tau_r)
        self.beta = np.zeros(n)
        self.beta[at[network.output]] = network.beta
        self.states = n * (2 + ("h" in nodes) + self.stages + ("e" in nodes) + 1)

    def phi(self, U, which):
        return np.concatenate([PHI[p.activation][which](U[self.at[p.name]]) for p in self.network.populations])

    def change(self, _time, y):
        parts = iter(y.reshape(-1, self.n))
        U, u, v = next(parts), next(parts), next(parts)
        h = next(parts) if "h" in self.nodes else None
        B = [next(parts) for _ in range(self.stages)]
        e = next(parts) if "e" in self.nodes else None
        slope, r = self.phi(U, 1), self.phi(U, 0)
        last = B[-1] if B else slope * h if h is not None else None
        if e is None:
            e = self.R * last + (1 - self.R) * v
        arriving = self.W.T @ e - self.beta * r
        sent = slope * (arriving if h is None else h)
        last = sent if last is None else last
        S = self.W @ r + self.bias + self.network.gamma * e
        lags = [(self.rho * S + (1 - self.rho) * u - U) / self.pole]
        follows = self.tau_r < self.tau_m
        lags.append(np.where(self.wire, 0.0, np.where(follows, (U - u) / self.tau_r, (S - u) / self.tau_m)))
        lags.append(np.where(self.R == 1.0, 0.0, (e - v) / self.tau_m))
        if h is not None:
            lags.append((arriving - h) / self.pole)
        for before, now in zip([sent, *B], B, strict=False):
            lags.append((before - now) / self.pole)
        if "e" in self.nodes:
            lags.append((self.R * last + (1 - self.R) * v - e) / self.pole)
        return np.concatenate(lags)

    def jacobian(self, y, step=1e-6):
        columns = [
            (self.change(0.0, y + step * d) - self.change(0.0, y - step * d)) / (2 * step) for d in np.eye(self.states)
        ]
        return np.array(columns).T

    def run(self, duration, start=1e-7, seed=0):
        """Times and the norm of the state, from a small random deviation from rest."""
        y = start * np.random.default_rng(seed).standard_normal(self.states)
        y[self.n : 2 * self.n][self.wire] = 0.0  # states that these neurons do not have
        y[2 * self.n : 3 * self.n][self.R == 1.0] = 0.0
        grid = np.linspace(0.0, duration, 400)
        found = solve_ivp(self.change, (0.0, duration), y, "DOP853", t_eval=grid, rtol=1e-8, atol=start * 1e-6)
        return found.t, np.linalg.norm(found.y, axis=0)


def fitted_rate(time, size):
    """Growth rate in the second half of a run, from the slope of the logarithm."""
    half = len(time) // 2
    return float(np.polyfit(time[half:], np.log(size[half:]), 1)[0])
