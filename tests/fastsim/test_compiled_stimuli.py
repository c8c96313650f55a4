"""Both engines agree to a thousandth of a signal's range for whatever drives a circuit, well within it for most."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.compare.simulated import circuit_deck, simulate_circuit
from vle_analog.fastsim import compile_circuit
from vle_analog.fastsim.schedule import schedule
from vle_analog.network import Samples, Step, Steps
from vle_analog.simulator import open_backend

DRAWS = np.random.default_rng(3)


def sampled(spacing, signal):
    times = np.arange(0.0, 4.0 + spacing / 2, spacing)
    return {"kind": "samples", "times": times.tolist(), "values": signal(times).tolist()}


def sine(times):
    return np.sin(1.5 * times)


def noise(times):
    return 0.5 * DRAWS.standard_normal(times.shape)


def triangle(times):
    return 2 * np.abs(2 * (times % 1.0) - 1) - 1


def steps(rise, *edges):
    return {"kind": "steps", "rise": rise, "channels": [[{"time": t, "value": v} for t, v in edges]]}


SQUARE = {"kind": "samples", "times": [0, 1, 1.001, 2, 2.001, 4], "values": [0, 0, 1, 1, -1, -1]}
CASES = {
    "sampled sine": (sampled(0.05, sine), "zero", 4.0),
    "sampled sine, short": (sampled(0.05, sine), "settled", 1.0),
    "coarse samples": (sampled(0.5, sine), "settled", 4.0),
    "triangle": (sampled(0.5, triangle), "zero", 4.0),
    "noise": (sampled(0.05, noise), "zero", 2.0),
    "square": (SQUARE, "zero", 4.0),
    "edges": (steps(0.01, (1.0, 0.8), (2.5, -0.5)), "settled", 4.0),
    "steep pulse": (steps(1e-6, (1.0, 0.8), (1.3, 0.0)), "zero", 2.0),
    "very short": (sampled(0.02, sine), "settled", 0.1),
    "fast sine": ({"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 20.0}]]}, "settled", 2.0),
}


@pytest.mark.parametrize("name", CASES)
def test_engines_agree(name, disagreement):
    stimulus, start, duration = CASES[name]
    hid = {"size": 2, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh"}
    out = {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear"}
    ways = {
        "drive_hid": {"source": "drive", "target": "hid", "weights": [[0.5], [-0.4]], "plastic": True},
        "hid_out": {"source": "hid", "target": "out", "weights": [[0.5, 0.3]], "plastic": True},
    }
    study = Study.from_document(
        {
            "duration": duration,
            "network": {
                "output": "out",
                "start": start,
                "populations": {"hid": hid, "out": out},
                "projections": ways,
            },
            "stimuli": {"drive": stimulus},
            "target": {"kind": "sines", "channels": [[{"amplitude": 0.4, "omega": 1.5, "phase": 0.5}]]},
            "circuit": {"level": "macromodel"},
            "simulate": {"points": 401},
        }
    )
    circuit = study.circuit()
    times = np.linspace(0.0, duration, 401)
    compiled = compile_circuit(circuit).run({}, 1, duration, times=times)
    deck = circuit_deck(study.spec, circuit, finest=True)
    with open_backend() as backend:
        _, traces = simulate_circuit(study.spec, circuit, deck, backend)
    assert disagreement(circuit, compiled.values[:, :, 0], traces.values) < 1e-3


@given(rise=st.floats(-9, -2).map(lambda power: 10**power))
def test_the_number_of_steps_does_not_grow_with_the_slope(rise):
    edges = Steps(((Step(1.0, 0.8), Step(2.5, -0.5)),), (0.0,), rise)
    found = schedule([edges], 4.0, 0.05, held=True)
    lengths = np.diff(found.times)
    assert lengths.min() > 0
    assert len(lengths) < 800
    inside = np.abs(found.times[:-1] - 1.0) < 5 * rise
    assert lengths[inside].max() <= rise / 4


@given(st.lists(st.integers(0, 4_000_000), min_size=2, max_size=20, unique=True))
def test_steps_end_on_every_sample_and_at_the_end(millionths):
    times = [1e-6 * k for k in sorted(millionths)]
    found = schedule([Samples(np.array(times), np.cos(np.arange(len(times)))[:, None])], 4.0, 0.05, held=False)
    assert np.diff(found.times).min() > 0
    assert np.diff(found.times).max() <= 0.05 + 1e-12
    assert {time for time in times if time > 0} <= {*found.times.tolist()}
    assert found.times[-1] == 4.0
