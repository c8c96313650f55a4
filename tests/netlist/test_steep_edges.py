"""Steep edges and close samples: as accurate as others, for about as many time points."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.errors import InputError
from vle_analog.simulator import Job, open_backend

RISES = (1e-2, 1e-4, 1e-6, 1e-7)


def document(stimulus, level="behavioural", **network):
    hid = {"size": 2, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh"}
    out = {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear"}
    ways = {
        "drive_hid": {"source": "drive", "target": "hid", "weights": [[0.5], [-0.4]], "plastic": True},
        "hid_out": {"source": "hid", "target": "out", "weights": [[0.5, 0.3]], "plastic": True},
    }
    return {
        "duration": 4.0,
        "network": {"output": "out", "populations": {"hid": hid, "out": out}, "projections": ways, **network},
        "stimuli": {"drive": stimulus},
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.4, "omega": 1.5, "phase": 0.5}]]},
        "circuit": {"level": level},
    }


def steps(rise, *edges):
    return {"kind": "steps", "rise": rise, "channels": [[{"time": t, "value": v} for t, v in edges]]}


@cache
def run(rise, level="behavioural"):
    study = Study.from_document(document(steps(rise, (1.0, 0.8), (2.5, -0.5)), level))
    return study, study.simulate()


@pytest.mark.parametrize("rise", RISES)
def test_a_circuit_with_steep_edges_is_its_ideal(rise):
    study, _ = run(rise)
    assert study.compare().worst_nrmse < 3e-4


@pytest.mark.parametrize("level", ["behavioural", "macromodel"])
def test_time_points_do_not_grow_with_the_slope(level):
    points = [len(run(rise, level)[1].result.time) for rise in RISES]
    assert max(points) < 2 * min(points)
    assert max(points) < 1000


@pytest.mark.parametrize("rise, width", [(1e-5, 1e-3), (1e-7, 1e-5), (1e-7, 1e-3)])
def test_a_short_pulse_is_not_jumped_over(rise, width):
    study = Study.from_document(document(steps(rise, (1.0, 1.0), (1.0 + width, 0.0))))
    with open_backend() as backend:
        found = backend.run(Job(replace(study.deck(), saves=("drive_0",))))
    assert float(found.vectors["drive_0"].max()) == pytest.approx(study.circuit().units.potential, rel=1e-3)
    assert study.compare().worst_nrmse < 3e-4


def test_one_close_pair_of_samples_costs_a_few_time_points():
    jump = {"kind": "samples", "times": [0.0, 1.0, 1.000001, 4.0], "values": [0.1, 0.1, 0.9, 0.9]}
    study = Study.from_document(document(jump))
    assert len(study.simulate().result.time) < 400
    assert study.compare().worst_nrmse < 3e-4


def test_the_testbench_for_people_has_the_same_breaks():
    study = run(1e-6)[0]
    (card,) = [card for card in study.deck().cards if card.startswith("Vbreaks")]
    bench = study.netlist()["testbench.cir"].decode().replace("\n+ ", " ")
    assert card in bench


def test_the_gradient_takes_no_longer_for_a_steep_edge():
    from vle_analog.gradient.loss import panels

    spec = run(1e-7)[0].spec
    times, weights = panels(spec.network, spec.target, spec.duration)
    assert len(times) < 2000
    assert weights.sum() == pytest.approx(spec.duration)
    signal = spec.network.stimuli["drive"](times)[0]
    assert signal @ weights == pytest.approx(0.8 * 1.5 - 0.5 * 1.5, abs=1e-6)


def test_what_is_lost_in_the_rounding_of_times_is_refused():
    far = document(steps(1e-9, (1.0, 0.8))) | {"duration": 1e4}
    with pytest.raises(InputError, match="changes too fast"):
        Study.from_document(far)


def test_a_signal_that_takes_many_steps_is_a_warning():
    fast = {"kind": "sines", "channels": [[{"amplitude": 0.1, "omega": 1e6}]]}
    (warning,) = Study.from_document(document(fast)).warnings
    assert "steps of time" in warning.got
    assert np.isclose(float(warning.got.split()[1]), 4e6 / (2 * np.pi) * 8, rtol=0.3)


@pytest.mark.parametrize("height", [1.0, 5.0])
def test_a_spike_between_samples_as_close_as_steps_is_within_the_usual_bounds(height):
    """Rows every 0.02, as the longest step: the sharp kinks get steps of their own, and none is read across."""
    times = np.arange(0.0, 2.0001, 0.02)
    values = height * np.exp(-(((times - 1.0) / 0.012) ** 2)) - 0.25 * height
    found = document({"kind": "samples", "times": times.tolist(), "values": values.tolist()})
    comparison = Study.from_document(found | {"duration": 2.0}).compare()
    assert comparison.passed
    assert comparison.worst_nrmse < 1e-3
