"""The ideal against a second solution that shares no code with it, to 1e-6 of the range of every signal."""

import copy
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.independent_solution import Loops, deviation
from vle_analog import Study
from vle_analog.codegen.load import available
from vle_analog.ideal import System, solve

AGREEMENT = 1e-6
SHIPPED = {
    "depth": 20.0,
    "nudged_linear": 8.0,
    "online_chain": 5.0,
    "recurrent_pair": 3.0,
    "two_layer": 3.0,
    "wide": 3.0,
}


WAYS = [False, True] if available() else [False]


def apart(study, points=41, **options):
    """How far the ideal, by NumPy and by the compiled engine, is from the second solution of a study."""
    network, target, duration = study.spec.network, study.target, study.spec.duration
    wanted = Loops(network, target).solve(duration, points, **options)
    return max(deviation(solve(network, target, duration, points, compiled=way), wanted) for way in WAYS)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_studies_agree_with_a_second_solution(name):
    study = Study.load(name, {"duration": SHIPPED[name]})
    assert apart(study) <= AGREEMENT


def test_an_implicit_method_gives_the_same_solution():
    study = Study.load("two_layer", {"duration": 0.6, "network.gamma": 0.2})
    assert apart(study, points=13, method="Radau", tolerance=1e-9) <= AGREEMENT


PATTERN = {"kind": "samples", "times": [0.0, 0.3, 0.7, 1.0, 1.9], "values": [0.2, 0.9, -0.4, 0.1, 0.6]}
NOISE = {"eta": 2.0, "sigma": 0.3, "tau_noise": 0.2, "spacing": 0.1, "decay": 0.3, "tau_highpass": 0.4, "seed": 3}
LEARNS = {"tau_m_plastic": True, "tau_m_eta": 0.3, "tau_r_plastic": True, "tau_r_eta": 0.2}


@pytest.mark.parametrize(
    "network, populations",
    [
        ({"cost": "membrane"}, {}),
        ({"cost": "membrane", "gamma": 0.4, "start": "settled"}, {}),
        ({"cost": "membrane", "rule": "le", "gamma": 0.2}, {}),
        ({"cost": "membrane", "rule": "backprop", "start": "settled"}, {}),
        ({"gain_correction": 2.0, "gamma": 0.2, "start": "settled"}, {}),
        ({"gain_correction": 2.0, "cost": "membrane", "gamma": 0.3, "start": "settled"}, {}),
        ({}, LEARNS),
        ({"gamma": 0.3, "gain_correction": 1.0, "cost": "membrane"}, LEARNS),
        ({"rule": "le"}, LEARNS),
        ({"feedback": "learned", "alignment": NOISE, "start": "settled"}, {}),
        ({"feedback": "learned", "alignment": NOISE, "gamma": 0.2, "rule": "le"}, LEARNS),
    ],
)
def test_every_option_agrees_with_a_second_solution(network, populations):
    document = copy.deepcopy(Study.load("two_layer").spec.document)
    document["network"] |= network
    for population in document["network"]["populations"].values():
        population |= populations
    study = Study.from_document(document | {"duration": 2.0, "target": PATTERN})
    assert apart(study, points=21) <= AGREEMENT
    ideal = solve(study.spec.network, study.target, 2.0, 21)
    kinds = {s.kind for s in ideal.signals}
    assert ("F" in kinds) == ("feedback" in network)
    assert ({"tau_m", "tau_r"} <= kinds) == bool(populations)
    for kind in kinds & {"tau_m", "tau_r", "F"}:
        assert max(np.ptp(ideal[s]) for s in ideal.signals if s.kind == kind) > 1e-3


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


rarely = st.integers(0, 3).map(lambda k: k == 0)
ALIGNMENT = {"eta": 2.0, "sigma": 0.3, "tau_noise": 0.2, "spacing": 0.2, "decay": 0.3, "tau_highpass": 0.4}


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
            "size": sizes[name],
            "tau_m": tau_m,
            "tau_r": tau_r,
            "bias": draw(amounts),
            "activation": draw(st.sampled_from(["tanh", "logistic", "softplus", "linear"])),
            "bias_plastic": draw(st.booleans()),
            "bias_eta": 0.2,
            "tau_m_plastic": draw(rarely),
            "tau_m_eta": 0.1,
            "tau_r_plastic": draw(rarely),
            "tau_r_eta": 0.1,
        }
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
    feedback = draw(st.sampled_from(["transpose", "random", "learned"]))
    projections = {}
    for source, target, scale in pairs:
        projection = {
            "source": source,
            "target": target,
            "weights": draw(weights(scale)),
            "plastic": draw(st.booleans()),
        }
        projection["eta"] = 0.3
        if feedback != "transpose" and source in sizes and draw(st.booleans()):
            projection["feedback_weights"] = draw(weights(scale))
        projections[f"{source}_{target}"] = projection
    channels = draw(st.integers(1, 2))
    used = dict.fromkeys(source for source, _, _ in pairs if source not in sizes)
    rule = draw(st.sampled_from(["vle", "gle", "le", "backprop"]))
    extras = {"alignment": ALIGNMENT | {"seed": draw(st.integers(0, 9))}}
    if rule in ("vle", "gle") and draw(st.booleans()):
        extras["gain_correction"] = draw(st.sampled_from([0.5, 2.0]))
    return {
        "duration": 1.5,
        "network": {
            **extras,
            "rule": rule,
            "cost": draw(st.sampled_from(["prospective", "prospective", "membrane"])),
            "beta": draw(st.sampled_from([0.1, 1.0])),
            "gamma": draw(st.sampled_from([0.0, 0.2])),
            "output": names[-1],
            "start": draw(st.sampled_from(["zero", "settled"])),
            "plasticity": draw(st.booleans()),
            "feedback": feedback,
            "populations": populations,
            "projections": projections,
        },
        "stimuli": {name: draw(signals(channels)) for name in used},
        "target": draw(signals(sizes[names[-1]])),
    }


@settings(max_examples=12)
@given(documents())
def test_random_networks_agree_with_a_second_solution(document):
    assert apart(Study.from_document(document), points=16) <= AGREEMENT


@settings(max_examples=12)
@given(documents(), st.integers(0, 999), st.sampled_from([None, "adjoint"]))
def test_every_change_is_that_of_the_second_solution_in_any_state(document, seed, rule):
    """Also of the exact adjoint, whose state w runs backwards: only its right-hand side can be held against."""
    if rule is not None:
        document["network"] |= {"rule": rule, "plasticity": False}
        document["network"].pop("gain_correction", None)
    study = Study.from_document(document)
    system, loops = System(study.spec.network, study.target), Loops(study.spec.network, study.target)
    names = {str(system.layout.signal(system.network, k)): k for k in range(system.states)}
    where = [names[name] for name in loops.names()]
    state = system.initial()
    state[where] += np.random.default_rng(seed).uniform(-0.05, 0.05, len(where))
    for time in (0.0, 0.37, 1.21):
        change = system.derivative(time, state)
        assert change[where] == pytest.approx(loops.change(time, state[where]), rel=1e-9, abs=1e-9)
        assert not np.delete(change, where).any()
        now, wanted = system.algebraic(time, state), loops.algebraic(time, state[where])
        for kind in "SUrBe":
            assert getattr(now, kind) == pytest.approx(wanted[kind], rel=1e-9, abs=1e-9)


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
