"""Random networks for the tests of the engine: every rule, cost, loop, realisation and kind of plasticity."""

import itertools

from hypothesis import strategies as st

times = st.floats(0.3, 1.0).map(lambda x: round(x, 3))
amounts = st.floats(-1.0, 1.0).map(lambda x: round(x, 3))


@st.composite
def signals(draw, channels):
    kind = draw(st.sampled_from(["sines", "steps", "samples"]))
    if kind == "sines":
        sine = st.builds(lambda a, w: {"amplitude": a, "omega": w, "phase": 0.4}, amounts, st.floats(0.2, 6.0))
        rows = st.lists(st.lists(sine, min_size=1, max_size=2), min_size=channels, max_size=channels)
        return {"kind": kind, "channels": draw(rows), "offsets": draw(amounts)}
    if kind == "steps":
        rows = [[{"time": draw(st.floats(0.1, 1.0)), "value": draw(amounts)}] for _ in range(channels)]
        return {"kind": kind, "channels": rows, "initials": draw(amounts), "rise": 0.2}
    values = draw(st.lists(st.lists(amounts, min_size=channels, max_size=channels), min_size=4, max_size=4))
    return {"kind": kind, "times": [0.0, 0.13, 0.5, 1.7], "values": values}


def weights(scale):
    return st.integers(0, 999).map(lambda seed: {"init": "uniform", "scale": scale, "seed": seed})


@st.composite
def documents(draw):
    """Studies of one to three populations."""
    names = ["one", "two", "three"][: draw(st.integers(1, 3))]
    rule = draw(st.sampled_from(["vle", "le", "backprop"]))
    feedback = draw(st.sampled_from(["transpose", "random", "learned"]))
    populations = {}
    for name in names:
        size = draw(st.integers(1, 4))
        tau_m = draw(st.lists(times, min_size=size, max_size=size))
        populations[name] = {
            "size": size,
            "tau_m": tau_m,
            "tau_r": [m if draw(st.booleans()) else draw(times) for m in tau_m],
            "bias": draw(amounts),
            "bias_plastic": draw(st.booleans()),
            "bias_eta": 0.2,
            "activation": draw(st.sampled_from(["tanh", "logistic", "softplus", "linear"])),
        }
        if draw(st.booleans()):
            populations[name] |= {"realisation": "lead", "tau_m_plastic": True, "tau_m_eta": 0.02}
            populations[name] |= {"tau_r_plastic": True, "tau_r_eta": 0.01}
    sizes = {name: table["size"] for name, table in populations.items()}
    pairs = [("drive", names[0], 0.8), *((a, b, 0.6) for a, b in itertools.pairwise(names))]
    loops = draw(st.sampled_from(["none", "self", "back"]))
    if loops == "self":
        pairs.append((names[-1], names[-1], 0.06))
    elif loops == "back" and len(names) > 1:
        pairs.append((names[-1], names[0], 0.04))
    projections = {
        f"{a}_{b}": {
            "source": a,
            "target": b,
            "weights": draw(weights(scale)),
            "plastic": draw(st.booleans()),
            "eta": 0.3,
        }
        for a, b, scale in pairs
    }
    network = {
        "rule": rule,
        "beta": draw(st.sampled_from([0.1, 1.0])),
        "gamma": draw(st.sampled_from([0.0, 0.2])),
        "output": names[-1],
        "start": draw(st.sampled_from(["zero", "settled"])),
        "plasticity": draw(st.booleans()),
        "cost": draw(st.sampled_from(["prospective", "membrane"])),
        "feedback": feedback,
        "populations": populations,
        "projections": projections,
    }
    if rule == "vle" and draw(st.booleans()):
        network["gain_correction"] = 1.3
    if feedback == "learned":
        network["alignment"] = {
            "eta": 0.1,
            "decay": 0.1,
            "sigma": 0.1,
            "tau_noise": 0.2,
            "tau_highpass": 0.5,
            "seed": 1,
            "spacing": 0.1,
        }
    channels = draw(st.integers(1, 2))
    return {
        "duration": 1.5,
        "network": network,
        "stimuli": {"drive": draw(signals(channels))},
        "target": draw(signals(sizes[names[-1]])),
    }
