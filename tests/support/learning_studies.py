"""A small network for the tests of what learns in a circuit, and a look at the cells that it is made of."""

PLASTIC = {"tau_m_plastic": True, "tau_m_eta": 0.3, "tau_r_plastic": True, "tau_r_eta": 0.3}
ALIGNMENT = {"eta": 1.0, "decay": 0.01, "sigma": 0.1, "tau_noise": 0.2, "tau_highpass": 1.0, "seed": 3}


def document(hidden=(), readout=(), target=(), simulate=(), duration=5.0, **network):
    """Two hidden neurons, one with tau_r > tau_m, and a readout; tables are changed by the arguments of their name."""
    sines = [{"amplitude": 1.0, "omega": 1.0}, {"amplitude": 0.5, "omega": 2.7}]
    return {
        "duration": duration,
        "network": {
            "output": "readout",
            **network,
            "populations": {
                "hidden": {
                    "size": 2,
                    "tau_m": [1.0, 0.7],
                    "tau_r": [0.2, 0.9],
                    "activation": "tanh",
                    "bias": [0.2, -0.1],
                }
                | dict(hidden),
                "readout": {"size": 1, "tau_m": 0.6, "tau_r": 0.3, "activation": "linear"} | dict(readout),
            },
            "projections": {
                "drive_hidden": {
                    "source": "drive",
                    "target": "hidden",
                    "plastic": True,
                    "eta": 0.1,
                    "weights": [[0.8], [-0.5]],
                },
                "hidden_readout": {
                    "source": "hidden",
                    "target": "readout",
                    "plastic": True,
                    "eta": 0.1,
                    "weights": [[0.5, 0.9]],
                },
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [sines]}},
        "target": dict(target)
        or {
            "kind": "sines",
            "channels": [[{"amplitude": 0.6, "omega": 1.0, "phase": -0.5}]],
        },
        "simulate": {"points": 401, **dict(simulate)},
    }


def placed(circuit):
    """Instance of the network -> part -> (cell, parameter -> value), defaults of the modules filled in."""
    modules = {module.name: module for module in circuit.modules}
    result = {}
    for instance in circuit.top.instances:
        module = modules[instance.of]
        values = {**module.parameters, **instance.parameters}
        result[instance.name] = {
            part.name: (circuit.leaves[part.of].cell, {key: values[given] for key, given in part.parameters.items()})
            for part in module.instances
        }
    return result
