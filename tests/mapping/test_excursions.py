"""A circuit that leaves the range of its stages is a result: which stage, when, how far; and nothing is thrown away."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.learning_studies import PLASTIC, document
from vle_analog import Study
from vle_analog.cli import run
from vle_analog.mapping.excursions import CLIPS, IDEAL, excursions
from vle_analog.network import Traces
from vle_analog.process.process import process

SWING = process("generic180").swing(1.8)
SHORT = {"duration": 4.0, "simulate.points": 201, "target.spacing": 0.1}


def chain(**changes: object) -> Study:
    return Study.load("online_chain", SHORT | changes)


def changed(traces: Traces, rows: dict[str, np.ndarray]) -> Traces:
    """The traces with other values for some signals."""
    assert all(name in traces for name in rows)
    return replace(traces, values=np.array([rows.get(str(s), traces[s]) for s in traces.signals]))


@settings(max_examples=30, deadline=None)
@given(
    st.floats(1.001, 1e4), st.floats(0.5, 3.0), st.floats(0.1, 0.4), st.sampled_from(["hidden.e[0]", "readout.U[0]"])
)
def test_when_and_how_far_is_said(study_of_ideal, factor: float, middle: float, width: float, name: str):
    study, ideal = study_of_ideal
    circuit, time = study.circuit(), ideal.time
    unit = circuit.units.error if ".e[" in name else circuit.units.potential
    inside = np.abs(time - middle) < width
    row = np.where(inside, -factor * SWING / unit * (1 - 1e-4 * np.abs(time - middle)), 0.0)
    (found,) = excursions(study.spec, circuit, changed(ideal, {name: row}), study.target)
    assert found.signal == name
    assert found.first == time[inside][0]
    assert abs(found.time - middle) <= np.diff(time)[0]
    assert found.share == pytest.approx(np.mean(np.abs(row) * unit > SWING))
    assert (found.peak, found.limit) == pytest.approx((np.max(np.abs(row)) * unit, SWING))
    assert found.over == pytest.approx(found.peak - SWING)
    assert found.meaning == IDEAL
    assert f"model time {found.first:.4g}" in str(found)


@pytest.fixture(scope="module")
def study_of_ideal() -> tuple[Study, Traces]:
    study = chain()
    return study, study.ideal()


def test_what_stays_within_its_range_is_not_mentioned(study_of_ideal):
    study, ideal = study_of_ideal
    assert excursions(study.spec, study.circuit(), ideal, study.target) == ()


def test_a_time_constant_that_leaves_its_range_is_a_result():
    study = Study.from_document(document(hidden=PLASTIC | {"tau_range": [0.1, 2.0]}))
    ideal = study.ideal()
    row = 1.0 + np.linspace(0, 2.0, len(ideal.time))
    everything = excursions(study.spec, study.circuit(), changed(ideal, {"hidden.tau_m[0]": row}), study.target)
    (found,) = [excursion for excursion in everything if excursion.key.endswith("tau_range")]
    assert (found.signal, found.limit, found.peak) == ("hidden.tau_m[0]", 2.0, 3.0)
    assert found.key == "network.populations.hidden.tau_range"
    assert found.first == pytest.approx(ideal.time[len(ideal.time) // 2], abs=2 * np.diff(ideal.time)[0])


def test_compare_writes_everything_and_says_it(capsys: pytest.CaptureFixture, tmp_path: Path):
    """At 1.5 V per unit of error the survey fits into 0.6 V, and the offsets of the devices do not."""
    keys = [f"{key}={value}" for key, value in SHORT.items()]
    peak = max(h.peak / h.unit for h in chain().circuit().headroom if h.kind == "e")
    keys += ["circuit.level=macromodel", f"circuit.error_unit={0.99 * SWING / peak:.6g}"]
    settings = [word for key in keys for word in ("--set", key)]
    assert run(["compare", "online_chain", *settings, "-o", str(tmp_path / "o")]) == 1
    printed = capsys.readouterr()
    assert "left the range of their stages" in printed.out
    assert "warning: " in printed.err
    assert {"report.html", "circuit.nc", "ideal.nc", "deck.cir", "ngspice.log", "results.json", "testbench.cir"} <= {
        path.name for path in (tmp_path / "o").iterdir()
    }
    found = json.loads((tmp_path / "o" / "results.json").read_text())
    assert not found["passed"]
    for entry in found["excursions"]:
        assert 0 <= entry["first"] <= entry["time"] <= 4.0
        assert entry["peak"] == pytest.approx(entry["limit"] + entry["over"])
        assert entry["limit"] == pytest.approx(SWING)
        assert entry["meaning"] == CLIPS
        assert entry["signal"] in (tmp_path / "o" / "report.html").read_text()
        assert entry["sentence"] in printed.err
    assert run(["simulate", "online_chain", *settings, "--json", "-o", str(tmp_path / "s")]) == 1
    assert json.loads(capsys.readouterr().out)["excursions"] == found["excursions"]


def test_python_returns_the_result_with_its_findings():
    """A circuit whose unit of error is other than its survey asked for: only the simulation knows how far it goes."""
    study = chain(**{"circuit.error_unit": 0.2})
    simulation = study.simulate()
    assert simulation.excursions == ()
    other = study.with_circuit(replace(study.circuit(), units=replace(study.circuit().units, error=20.0)))
    found = other.simulate().excursions
    assert {excursion.key for excursion in found} == {"circuit.error_unit"}
    comparison = other.compare()
    assert comparison.excursions == found
    assert not comparison.passed
    assert "left the range" in repr(comparison)


def test_a_stimulus_that_is_too_large_late_in_the_run_is_bad_input_before_it(tmp_path: Path, capsys):
    late = 'stimuli.drive={kind="steps", rise=0.1, channels=[[{time=150.0, value=100.0}, {time=151.0, value=0.0}]]}'
    arguments = ["--set", late, "--set", "duration=200", "--set", "circuit.voltage_unit=0.1"]
    assert run(["simulate", "depth", *arguments, "-o", str(tmp_path / "o")]) == 2
    assert "drive.input goes beyond" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("activation, name", [("linear", "target[0] - out.U[0]"), ("tanh", "target[0]")])
@pytest.mark.parametrize("amplitude, bent", [(1.0, False), (8.0, True)])
def test_a_pair_that_the_target_bends_is_named(activation, name, amplitude, bent):
    """The difference to the target is no signal of its own: its pair saturates where no output stage does."""
    hid = {"size": 1, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh"}
    out = {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": activation}
    way = {"plastic": False, "weights": [[0.5]]}
    ways = {"in": {"source": "drive", "target": "hid", **way}, "on": {"source": "hid", "target": "out", **way}}
    sines = {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 2.0}]]}
    document = {
        "duration": 1.0,
        "network": {"output": "out", "populations": {"hid": hid, "out": out}, "projections": ways},
        "stimuli": {"drive": sines},
        "target": {"kind": "sines", "channels": [[{"amplitude": amplitude, "omega": 2.0}]]},
        "circuit": {"level": "macromodel"},
    }
    found = Study.from_document(document).simulate().excursions
    assert [excursion.signal for excursion in found] == [name] * bent
    assert all(excursion.peak > excursion.limit for excursion in found)
