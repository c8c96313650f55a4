"""Random studies of what transistors can do: small networks, and settings of which some cannot be built."""

import numpy as np


def random_document(seed: int) -> dict:
    """A study as nested dicts; the same of the same seed."""
    draw = np.random.default_rng(seed)

    def spread(low: float, high: float) -> float:
        return float(f"{np.exp(draw.uniform(np.log(low), np.log(high))):.3g}")

    def weights(rows: int, columns: int) -> list[list[float]]:
        return draw.normal(0, 0.6, (rows, columns)).round(3).tolist()

    sizes = {"hidden": int(draw.integers(1, 3)), "readout": 1}
    populations = {}
    for name, size in sizes.items():
        tau_m = spread(0.1, 3.0)
        relation = draw.choice(["below", "equal", "near", "above"])
        factor = {"below": draw.uniform(0.05, 0.9), "equal": 1.0, "near": draw.uniform(0.97, 1.03), "above": 1.4}
        table = {"size": size, "tau_m": tau_m, "tau_r": round(tau_m * factor[relation], 4)}
        if relation == "equal" and draw.random() < 0.4:
            table["realisation"] = "lead"
        populations[name] = table | {"activation": str(draw.choice(["tanh", "linear"]))}
    eta = spread(1e-4, 3.0)
    projections = {
        "drive_hidden": {"source": "drive", "target": "hidden", "weights": weights(sizes["hidden"], 1)},
        "hidden_readout": {"source": "hidden", "target": "readout", "weights": weights(1, sizes["hidden"])},
    }
    network = {
        "output": "readout",
        "beta": spread(0.01, 2.0),
        "gamma": float(draw.choice([0.0, spread(1e-6, 0.3)])),
        "populations": populations,
        "projections": {name: table | {"plastic": True, "eta": eta} for name, table in projections.items()},
    }
    tones = [[{"amplitude": spread(0.1, 5.0), "omega": spread(0.3, 3.0)}] for _ in range(2)]
    jumps = [[{"time": 0.5, "value": spread(0.1, 30.0)}, {"time": 1.2, "value": -spread(0.1, 3.0)}]]
    target = {"kind": "sines", "channels": tones[:1]}
    if draw.random() < 0.4:
        target = {"kind": "steps", "channels": jumps, "rise": 0.05}
    circuit = {"level": "transistor", "time_unit": spread(3e-6, 3e-1), "area": spread(0.3, 30.0)}
    if draw.random() < 0.3:
        circuit["error_unit"] = spread(1e-3, 1.0)
    return {
        "duration": 2.0,
        "network": network,
        "circuit": circuit,
        "target": target,
        "stimuli": {"drive": {"kind": "sines", "channels": tones[1:]}},
    }
