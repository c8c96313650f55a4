"""Circuits in which time constants or feedback weights learn, errors are corrected or potentials taught, in ngspice."""

import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.learning_studies import ALIGNMENT, PLASTIC, document
from vle_analog import Study
from vle_analog.compare import align
from vle_analog.netlist.hierarchical import hierarchical_vector
from vle_analog.simulator.rawfile import read_raw

EDGES = {"kind": "steps", "channels": [[{"time": 2.0, "value": 0.8}, {"time": 5.0, "value": -0.3}]], "rise": 0.3}
LEARNED = {"feedback": "learned", "alignment": ALIGNMENT}
CASES = {
    "gain corrected": {"gain_correction": 1.5, "gamma": 0.2},
    "time constants": {"hidden": PLASTIC, "readout": PLASTIC},
    "time constants, nudged, at rest": {"hidden": PLASTIC, "readout": PLASTIC, "gamma": 0.3, "start": "settled"},
    "time constants, le": {"hidden": PLASTIC, "readout": PLASTIC, "rule": "le"},
    "learned feedback": {**LEARNED, "start": "settled"},
    "learned feedback and time constants": {**LEARNED, "hidden": PLASTIC, "gamma": 0.1},
    "taught potential": {"cost": "membrane", "gamma": 0.2, "target": EDGES, "gain_correction": 2.0},
    "taught potential, backprop": {"cost": "membrane", "rule": "backprop"},
    "taught potential and time constants, le": {"cost": "membrane", "rule": "le", "readout": PLASTIC},
    "taught potential and time constants": {"cost": "membrane", "gamma": 0.2, "hidden": PLASTIC, "readout": PLASTIC},
}


def compared(**changes):
    study = Study.from_document(document(**changes))
    comparison = study.compare()
    assert {str(s) for s in comparison.circuit.signals} == {str(s) for s in study.ideal().signals}
    return comparison


@pytest.mark.parametrize("case", CASES)
def test_circuit_is_within_the_usual_bounds_and_ten_times_better_at_the_finest_settings(case):
    usual = compared(**CASES[case])
    assert usual.passed, usual.worst
    assert usual.worst_nrmse <= 1e-3
    finest = compared(**CASES[case], simulate={"finest": True})
    assert finest.worst_nrmse <= 1e-4, finest.worst


def test_time_constants_really_move():
    circuit = compared(**CASES["time constants"]).circuit
    for kind in ("tau_m", "tau_r"):
        for owner in ("hidden.{}[0]", "hidden.{}[1]", "readout.{}[0]"):
            trace = circuit[owner.format(kind)]
            assert np.ptp(trace) > 0.05 * trace[0]


def test_hierarchical_netlist_is_the_same_circuit(tmp_path):
    """The testbench, run by hand, of all that learns at once."""
    study = Study.from_document(document(**CASES["learned feedback and time constants"], simulate={"finest": True}))
    circuit = study.circuit()
    for file, content in study.netlist().items():
        (tmp_path / file).write_bytes(content)
    done = subprocess.run(
        ["ngspice", "-b", "-r", "out.raw", "testbench.cir"], cwd=tmp_path, capture_output=True, check=True
    )
    assert b"rror" not in done.stderr
    plot = read_raw(tmp_path / "out.raw")
    assert plot is not None
    vectors = dict(zip(plot.names, plot.values.T, strict=True))
    names = [hierarchical_vector(circuit, probe) for probe in circuit.probes]
    ideal = study.ideal()
    kinks = study.spec.network.noise()["hidden"].times
    nested = align(vectors["time"], vectors, circuit.probes, names, circuit.units.time, ideal.time, kinks)
    for signal in nested.signals:
        assert np.max(np.abs(nested[signal] - ideal[signal])) <= 1e-3 * max(np.ptp(ideal[signal]), 0.1), signal


times = st.floats(0.2, 1.5)
weights = st.floats(-1.2, 1.2)


@st.composite
def networks(draw):
    """Time constants that may or may not learn, any rule, any of the extras that go together."""

    def table(size):
        learns = {name: draw(st.booleans()) for name in ("tau_m_plastic", "tau_r_plastic")}
        constants = {name: [draw(times) for _ in range(size)] for name in ("tau_m", "tau_r")}
        activation = draw(st.sampled_from(["tanh", "logistic", "softplus", "linear"]))
        return {"activation": activation, **constants, **learns, "tau_m_eta": 0.1, "tau_r_eta": 0.1}

    rule = draw(st.sampled_from(["vle", "le", "backprop"]))
    network = {
        "hidden": table(2),
        "readout": table(1),
        "rule": rule,
        "gamma": draw(st.sampled_from([0.0, 0.2])),
        "start": draw(st.sampled_from(["zero", "settled"])),
        "cost": draw(st.sampled_from(["prospective", "membrane"])),
        "beta": draw(st.floats(0.2, 1.0)),
    }
    if draw(st.booleans()):
        network |= LEARNED
    held = not any(network[name][key] for name in ("hidden", "readout") for key in ("tau_m_plastic", "tau_r_plastic"))
    if rule == "vle" and held:
        network["gain_correction"] = draw(st.floats(0.3, 3.0))
    made = document(**network, simulate={"finest": True}, duration=3.0)
    made["compare"] = {"floor": 0.1}  # what hardly moves within so short a run is held against this
    made["network"]["projections"]["drive_hidden"]["weights"] = [[draw(weights)], [draw(weights)]]
    made["network"]["projections"]["hidden_readout"]["weights"] = [[draw(weights), draw(weights)]]
    return made


@settings(max_examples=5, deadline=None)
@given(networks())
def test_any_such_circuit_solves_the_equations(made):
    comparison = Study.from_document(made).compare()
    assert comparison.worst_nrmse <= 1e-4, comparison.worst
