"""Before model time 0 whatever enters from outside stands at its value of model time 0: earlier rows change nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.fastsim import compile_circuit
from vle_analog.netlist.file_source import data_file
from vle_analog.network import Samples

DURATION = 2.0
VALUES = st.floats(-2.0, 2.0).map(lambda value: round(value, 6))
EARLY = st.lists(st.tuples(st.floats(-1e3, -1e-6), VALUES), max_size=4, unique_by=lambda row: row[0]).map(sorted)
AFTER = [(0.7, 0.3), (1.1, -0.2), (DURATION, 0.4)]


def study(rows, level, start="settled", where="stimuli"):
    sines = {"kind": "sines", "channels": [[{"amplitude": 0.4, "omega": 1.5, "phase": 0.5}]]}
    times, values = zip(*rows, strict=True)
    samples = {"kind": "samples", "times": list(times), "values": list(values)}
    neuron = {"size": 1, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh"}
    way = {"source": "drive", "target": "out", "weights": [[0.5]], "plastic": True}
    return Study.from_document(
        {
            "duration": DURATION,
            "network": {
                "output": "out",
                "start": start,
                "populations": {"out": neuron},
                "projections": {"way": way},
            },
            "stimuli": {"drive": samples if where == "stimuli" else sines},
            "target": samples if where == "target" else sines,
            "circuit": {"level": level, "weight_limit": 2.0},
            "simulate": {"points": 21},
        }
    )


@given(early=EARLY)
def test_rows_before_zero_are_not_in_the_study(early):
    for where in ("stimuli", "target"):
        found = []
        for rows in (early, []):
            spec = study([*rows, (0.0, 0.5), *AFTER], "behavioural", where=where).spec
            signal = spec.network.stimuli["drive"] if where == "stimuli" else spec.target
            found.append((signal.times.tobytes(), signal.values.tobytes()))
        assert found[0] == found[1]


@pytest.mark.parametrize("where", ["stimuli", "target"])
@pytest.mark.parametrize("level", ["behavioural", "macromodel", "transistor"])
@settings(max_examples=4)
@given(early=EARLY, start=st.sampled_from(["zero", "settled"]))
def test_rows_before_zero_are_not_in_any_netlist(level, where, early, start):
    with_them, without = (study([*rows, (0.0, 0.5), *AFTER], level, start, where) for rows in (early, []))
    assert with_them.deck() == without.deck()
    assert with_them.netlist() == without.netlist()


@settings(max_examples=6)
@given(early=EARLY, start=st.sampled_from(["zero", "settled"]))
def test_rows_before_zero_change_neither_the_ideal_nor_the_compiled_circuit(early, start):
    runs = []
    for rows in (early, []):
        one = study([*rows, (0.0, 0.5), *AFTER], "macromodel", start)
        times = np.linspace(0.0, DURATION, 21)
        compiled = compile_circuit(one.circuit()).run({}, 1, DURATION, times=times).values
        runs.append((one.ideal().values.tobytes(), compiled.tobytes()))
    assert runs[0] == runs[1]


@given(before=st.floats(-9.0, -0.01), value=VALUES)
def test_between_two_rows_the_value_of_time_zero_is_interpolated(before, value):
    time, after = AFTER[0]
    at_zero = float(np.interp(0.0, [before, time], [value, after]))
    with_it, without = (study([row, *AFTER], "behavioural").spec for row in ((before, value), (0.0, at_zero)))
    one, other = with_it.network.stimuli["drive"], without.network.stimuli["drive"]
    assert one.times.tolist() == other.times.tolist()
    assert one.values.tolist() == other.values.tolist()


def test_samples_that_end_before_the_run_are_their_last_value():
    assert Samples(np.array([-3.0, -1.0]), np.array([[0.2], [0.7]])).within(4.0)(np.array([0.0, 4.0])).tolist() == [
        [0.7, 0.7]
    ]


@given(rows=st.lists(st.tuples(st.floats(-9, 9), VALUES), min_size=2, max_size=6, unique_by=lambda row: row[0]))
def test_within_a_run_the_signal_is_the_same_and_outside_there_is_nothing_left(rows):
    times, values = np.array(sorted(rows)).T
    samples = Samples(times, values[:, None])
    short = samples.within(DURATION)
    inside = np.linspace(0.0, DURATION, 50)
    assert short(inside) == pytest.approx(samples(inside), abs=1e-9)
    assert short.times[0] >= 0
    assert np.count_nonzero(short.times >= DURATION) <= 2
    assert len(short.times) >= 2


def test_a_data_file_holds_the_value_of_time_zero_whoever_made_the_samples():
    samples = Samples(np.array([-1.0, 1.0]), np.array([[0.0], [2.0]]))
    assert data_file(samples, slice(0, 1), 1.0, 0.5, 1.5) == b"0 1\n0.5 1\n1.5 2\n3 2\n"


def test_ngspice_settles_at_the_value_of_time_zero():
    rows = [(-1.0, 1.5), (-0.01, 1.5), (0.0, 0.5), (4.0, 0.5)]
    one = study(rows, "macromodel")
    assert one.simulate().traces["out.U[0]"][0] == pytest.approx(one.ideal()["out.U[0]"][0], rel=0.01)
