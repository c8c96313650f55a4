"""A study with one of everything: a lead neuron that learns, a wire that hears the target, a sampled stimulus."""

TINY = {
    "title": "A chain\n.control\nshell true\n.endc",
    "duration": 2.0,
    "network": {
        "output": "readout",
        "gamma": 0.1,
        "populations": {
            "hidden": {"size": 1, "tau_m": 1.0, "tau_r": 0.25, "activation": "tanh"},
            "readout": {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "logistic", "bias": 0.2},
        },
        "projections": {
            "drive_hidden": {"source": "drive", "target": "hidden", "weights": [[0.5]], "plastic": True, "eta": 0.1},
            "hidden_readout": {"source": "hidden", "target": "readout", "weights": [[-0.2]]},
        },
    },
    "stimuli": {"drive": {"kind": "samples", "times": [0.0, 0.5, 2.0], "values": [0.0, 1.0, -0.5]}},
    "target": {"kind": "sines", "channels": [[{"amplitude": 0.4, "omega": 1.5, "phase": -0.3}]], "offsets": 0.5},
    "circuit": {"voltage_unit": 0.1, "weight_unit": 0.2, "error_unit": 0.1},
    "simulate": {"points": 101},
}
