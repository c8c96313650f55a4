"""Random studies for gradients: chains of one to three populations, side paths, loops, every kind of input."""

import itertools

from hypothesis import strategies as st

amounts = st.floats(-1.0, 1.0).map(lambda x: round(x, 3))
times = st.floats(0.3, 1.0).map(lambda x: round(x, 3))
DURATION = 1.2


def weights(scale):
    return st.integers(0, 999).map(lambda seed: {"init": "uniform", "scale": scale, "seed": seed})


@st.composite
def signals(draw, channels):
    kind = draw(st.sampled_from(["sines", "steps", "samples"]))
    if kind == "sines":
        sine = st.builds(
            lambda a, w, p: {"amplitude": a, "omega": w, "phase": p}, amounts, st.floats(0.2, 6.0), amounts
        )
        rows = st.lists(st.lists(sine, min_size=1, max_size=2), min_size=channels, max_size=channels)
        return {"kind": kind, "channels": draw(rows), "offsets": draw(amounts)}
    if kind == "steps":
        rows = [[{"time": draw(st.floats(0.1, 1.0)), "value": draw(amounts)}] for _ in range(channels)]
        return {"kind": kind, "channels": rows, "initials": draw(amounts), "rise": draw(st.sampled_from([0.05, 0.2]))}
    values = draw(st.lists(st.lists(amounts, min_size=channels, max_size=channels), min_size=4, max_size=4))
    return {"kind": kind, "times": [0.0, 0.13, 0.5, 0.9], "values": values}


@st.composite
def documents(draw, equal=False, costs=("prospective", "membrane"), feedbacks=("transpose", "random")):
    """A study as nested dicts.

    **Arguments:**

    - `equal`: whether tau_m = tau_r everywhere.
    - `costs`, `feedbacks`: what may be drawn.
    """
    names = ["one", "two", "three"][: draw(st.integers(1, 3))]
    sizes = {name: draw(st.integers(1, 2)) for name in names}
    populations = {}
    for name in names:
        tau_m = draw(st.lists(times, min_size=sizes[name], max_size=sizes[name]))
        populations[name] = {
            "size": sizes[name],
            "tau_m": tau_m,
            "bias": draw(amounts),
            "bias_plastic": True,
            "bias_eta": 0.1,
            "tau_r": tau_m if equal else [draw(times) for _ in tau_m],
            "activation": draw(st.sampled_from(["tanh", "logistic", "softplus", "linear"])),
        }
    pairs = [("drive", names[0], 1.0), *((a, b, 0.9) for a, b in itertools.pairwise(names))]
    side = draw(st.sampled_from(["none", "input", "skip"]))
    if side == "input" and len(names) > 1:
        pairs.append(("drive", names[-1], 0.5))
    elif side == "skip" and len(names) > 2:
        pairs.append((names[0], names[-1], 0.7))
    loop = draw(st.sampled_from(["none", "self", "back"]))
    if loop == "self":
        pairs.append((names[-1], names[-1], 0.15))
    elif loop == "back" and len(names) > 1:
        pairs.append((names[-1], names[0], 0.15))
    channels = draw(st.integers(1, 2))
    return {
        "duration": DURATION,
        "network": {
            "rule": draw(st.sampled_from(["vle", "le", "backprop", "adjoint"])),
            "beta": 0.1,
            "gamma": 0.2,
            "output": names[-1],
            "start": draw(st.sampled_from(["zero", "settled"])),
            "cost": draw(st.sampled_from(costs)),
            "feedback": draw(st.sampled_from(feedbacks)),
            "populations": populations,
            "projections": {
                f"{source}_{target}": {"source": source, "target": target, "weights": draw(weights(scale))}
                for source, target, scale in pairs
            },
        },
        "stimuli": {"drive": draw(signals(channels))},
        "target": draw(signals(sizes[names[-1]])),
    }
