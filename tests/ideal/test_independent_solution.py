"""The ideal against a second solution that shares no code with it, to 1e-6 of the range of every signal."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import Loops, deviation

from vle_analog import Study
from vle_analog.ideal import solve

AGREEMENT = 1e-6
SHIPPED = {
    "depth": 20.0, "nudged_linear": 8.0, "online_chain": 5.0, "recurrent_pair": 3.0, "two_layer": 3.0, "wide": 3.0,
}  # fmt: skip


def both(study, points=41, **options):
    """The ideal and the second solution of a study."""
    duration = study.spec.duration
    ideal = solve(study.spec.network, study.target, duration, points)
    return ideal, Loops(study.spec.network, study.target).solve(duration, points, **options)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_studies_agree_with_a_second_solution(name):
    study = Study.load(name, {"duration": SHIPPED[name]})
    assert deviation(*both(study)) <= AGREEMENT


def test_an_implicit_method_gives_the_same_solution():
    study = Study.load("two_layer", {"duration": 0.6, "network.gamma": 0.2})
    assert deviation(*both(study, points=13, method="Radau", tolerance=1e-9)) <= AGREEMENT


times = st.floats(0.3, 1.0).map(lambda x: round(x, 3))
amounts = st.floats(-1.0, 1.0).map(lambda x: round(x, 3))


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
    values = draw(st.lists(st.lists(amounts, min_size=channels, max_size=channels), min_size=5, max_size=5))
    return {"kind": kind, "times": [0.0, 0.13, 0.5, 0.9, 1.7], "values": values}


def weights(scale):
    return st.integers(0, 999).map(lambda seed: {"init": "uniform", "scale": scale, "seed": seed})


@st.composite
def documents(draw):
    """Networks of one to three populations: chains, with or without loops, in every combination of options."""
    names = ["one", "two", "three"][: draw(st.integers(1, 3))]
    sizes = {name: draw(st.integers(1, 4)) for name in names}
    populations = {}
    for name in names:
        tau_m = draw(st.lists(times, min_size=sizes[name], max_size=sizes[name]))
        tau_r = [m if draw(st.booleans()) else draw(times) for m in tau_m]
        populations[name] = {
            "size": sizes[name], "tau_m": tau_m, "tau_r": tau_r, "bias": draw(amounts),
            "activation": draw(st.sampled_from(["tanh", "logistic", "softplus", "linear"])),
            "bias_plastic": draw(st.booleans()), "bias_eta": 0.2,
        }  # fmt: skip
        realisation = draw(st.sampled_from([None, "lead"]))
        if realisation:
            populations[name]["realisation"] = realisation
    pairs = [("drive", names[0], 0.8), *((a, b, 0.6) for a, b in itertools.pairwise(names))]
    if draw(st.booleans()):
        pairs.append(("drive", names[-1], 0.5) if len(names) > 1 else ("other", names[0], 0.5))
    loops = draw(st.sampled_from(["none", "self", "back"]))
    if loops == "self":
        pairs.append((names[-1], names[-1], 0.06))  # weak: (tau_m / tau_r) phi' W must stay below one
    elif loops == "back" and len(names) > 1:
        pairs.append((names[-1], names[0], 0.04))
    feedback = draw(st.sampled_from(["transpose", "random"]))
    projections = {}
    for source, target, scale in pairs:
        projection = {
            "source": source,
            "target": target,
            "weights": draw(weights(scale)),
            "plastic": draw(st.booleans()),
        }
        projection["eta"] = 0.3
        if feedback == "random" and source in sizes and draw(st.booleans()):
            projection["feedback_weights"] = draw(weights(scale))
        projections[f"{source}_{target}"] = projection
    channels = draw(st.integers(1, 2))
    used = dict.fromkeys(source for source, _, _ in pairs if source not in sizes)
    return {
        "duration": 1.5,
        "network": {
            "rule": draw(st.sampled_from(["vle", "gle", "le", "backprop"])), "beta": draw(st.sampled_from([0.1, 1.0])),
            "gamma": draw(st.sampled_from([0.0, 0.2])), "output": names[-1],
            "start": draw(st.sampled_from(["zero", "settled"])), "plasticity": draw(st.booleans()),
            "feedback": feedback, "populations": populations, "projections": projections,
        },
        "stimuli": {name: draw(signals(channels)) for name in used},
        "target": draw(signals(sizes[names[-1]])),
    }  # fmt: skip


@settings(max_examples=40)
@given(documents())
def test_random_networks_agree_with_a_second_solution(document):
    assert deviation(*both(Study.from_document(document), points=16)) <= AGREEMENT


def test_the_error_falls_with_the_tolerance():
    study = Study.load("online_chain", {"duration": 4.0, "target.spacing": 0.5})
    wanted = Loops(study.spec.network, study.target).solve(4.0, 9)
    errors = [
        deviation(solve(study.spec.network, study.target, 4.0, 9, rtol=rtol), wanted) for rtol in (1e-3, 1e-5, 1e-7)
    ]
    assert errors[0] > 10 * errors[1] > 100 * errors[2] > 0
    assert errors[2] < 1e-6


def test_the_points_of_the_grid_do_not_change_the_solution():
    study = Study.load("two_layer", {"duration": 2.0})
    coarse, fine = (solve(study.spec.network, study.target, 2.0, points) for points in (5, 401))
    assert np.max(np.abs(coarse.values - fine.values[:, ::100])) < 1e-8
