"""The networks of the proofs, and the same networks as studies: feedforward and recurrent, linear and tanh."""

import numpy as np

from tests.support.action import KINDS, Net
from vle_analog import Study

DRIVE = [
    [{"amplitude": 1.0, "omega": 1.3}, {"amplitude": 0.5, "omega": 2.9, "phase": 1.6}],
    [{"amplitude": 0.8, "omega": 1.7, "phase": 2.0}],
]
TARGET = [[{"amplitude": 0.7, "omega": 1.1, "phase": 0.6}], [{"amplitude": 0.4, "omega": 1.9, "phase": 1.5}]]


def waves(channels):
    """The channels as a function of times, shape `(channels, times)`."""

    def values(time):
        return np.stack(
            [sum(s["amplitude"] * np.sin(s["omega"] * time + s.get("phase", 0.0)) for s in waves) for waves in channels]
        )

    return values


def feedforward(phi: str, **changes) -> Net:
    """Two inputs, two hidden neurons (one of them with tau_r > tau_m), one output."""
    net = {
        "W": np.array([[0, 0, 0], [0, 0, 0], [0.9, -0.7, 0]], float),
        "V": np.array([[0.8, -0.3], [0.5, 0.9], [0, 0]], float),
        "b": np.array([0.1, -0.2, 0.05]),
        "tau_m": np.array([1.0, 0.4, 0.6]),
        "tau_r": np.array([0.3, 0.7, 0.25]),
        "phi": phi,
        "outputs": (2,),
        "drive": waves(DRIVE),
        "target": waves(TARGET[:1]),
        "duration": 4.0,
    }
    return Net(**(net | changes))


def recurrent(phi: str, **changes) -> Net:
    """Three neurons in loops and with self-excitation, two of them outputs, one with equal time constants."""
    net = {
        "W": np.array([[0.2, -0.5, 0.3], [0.6, 0, -0.4], [0.4, 0.3, -0.2]]),
        "V": np.array([[0.8, 0.0], [0.0, 0.9], [0.3, -0.2]]),
        "b": np.array([0.1, -0.2, 0.0]),
        "tau_m": np.array([1.0, 0.7, 0.5]),
        "tau_r": np.array([0.3, 0.4, 0.5]),
        "phi": phi,
        "outputs": (1, 2),
        "drive": waves(DRIVE),
        "target": waves(TARGET),
        "duration": 4.0,
    }
    return Net(**(net | changes))


def parts(net: Net) -> dict[str, list[int]]:
    """The neurons of each population of the study: outputs, and the others."""
    hidden = [k for k in range(len(net.b)) if k not in net.outputs]
    return {"hidden": hidden, "readout": list(net.outputs)}


def study(net: Net, **network) -> Study:
    """The same network as a study; every neuron has states, equal time constants or not."""
    populations = {
        name: {
            "size": len(at),
            "activation": net.phi,
            "bias": net.b[at].tolist(),
            "tau_m": net.tau_m[at].tolist(),
            "tau_r": net.tau_r[at].tolist(),
            "realisation": "lead",
        }
        for name, at in parts(net).items()
    }
    projections = {}
    for name, at in parts(net).items():
        projections[f"drive_{name}"] = {"source": "drive", "target": name, "weights": net.V[at].tolist()}
        for source, columns in parts(net).items():
            weights = net.W[np.ix_(at, columns)]
            if weights.any():
                projections[f"{source}_{name}"] = {"source": source, "target": name, "weights": weights.tolist()}
    return Study.from_document(
        {
            "duration": net.duration,
            "network": {
                "output": "readout",
                "beta": net.beta,
                "cost": net.cost,
                "plasticity": False,
                "populations": populations,
                "projections": projections,
                **network,
            },
            "stimuli": {"drive": {"kind": "sines", "channels": DRIVE}},
            "target": {"kind": "sines", "channels": TARGET[: len(net.outputs)]},
        }
    )


def in_one_list(net: Net, values) -> dict[str, np.ndarray]:
    """A gradient of the package (kind -> owner -> array) with its neurons in the order of the net."""
    result = {kind: np.zeros_like(getattr(net, kind)) for kind in KINDS}
    for name, at in parts(net).items():
        for kind in KINDS[1:]:
            result[kind][at] = values[kind][name]
        for source, columns in parts(net).items():
            if f"{source}_{name}" in values["W"]:
                result["W"][np.ix_(at, columns)] = values["W"][f"{source}_{name}"]
    return result
