"""The facade: what a person types in a script or a notebook."""

import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest

from vle_analog import InputError, Study
from vle_analog.api import Simulation
from vle_analog.ideal import solve


@pytest.fixture(scope="module")
def short() -> Study:
    return Study.load("online_chain", {"duration": 4, "simulate.points": 201})


def test_overrides_as_a_mapping_and_as_texts_are_the_same(short: Study):
    other = Study.load("online_chain", ["duration=4", "simulate.points=201"])
    assert other.spec.digest == short.spec.digest


def test_overrides_may_be_nested_and_arrays():
    channels = [[{"amplitude": 0.5, "omega": 2.0}]]
    study = Study.load("online_chain", {"stimuli.drive.channels": channels, "network.populations.hidden.tau_m": 2.0})
    assert study.spec.network.stimuli["drive"](np.pi / 4) == pytest.approx([0.5])
    weights = Study.load("online_chain", {"network.projections.drive_hidden.weights": np.array([[0.25]])})
    assert weights.spec.network.projections[0].weights == 0.25


def test_compare_holds_the_circuit_against_the_ideal(short: Study):
    comparison = short.compare()
    assert comparison.passed
    assert 0 < comparison.worst_nrmse < 1e-3
    assert {str(s.signal) for s in comparison.signals} == {str(s) for s in short.ideal().signals}


def test_every_step_is_done_once(short: Study):
    assert short.circuit() is short.circuit()
    assert short.ideal() is short.ideal()
    assert short.simulate() is short.simulate()


def test_traces_become_xarray_with_units(short: Study):
    data = short.ideal().to_xarray()
    assert data["time"].attrs["units"] == "model time"
    assert data["hidden.U[0]"].attrs["kind"] == "U"
    np.testing.assert_array_equal(data["hidden.U[0]"].values, short.ideal()["hidden.U[0]"])


def test_a_study_shows_itself_in_a_notebook(short: Study):
    assert "hidden" in short._repr_html_()
    assert "<table>" in short.compare()._repr_html_()
    assert "tau" in short.derive()._repr_latex_()


def test_the_title_is_escaped_in_a_notebook():
    study = Study.load("depth", {"title": "<script>alert(1)</script>"})
    assert "<script>" not in study._repr_html_()


@pytest.mark.parametrize("step", ["ideal", "circuit", "netlist", "simulate", "compare"])
def test_the_adjoint_has_no_circuit(step: str):
    study = Study.load("depth", {"network.rule": "adjoint"})
    with pytest.raises(InputError, match="backwards in time"):
        getattr(study, step)()


@pytest.mark.parametrize("level", ["behavioural", "macromodel"])
def test_without_transistors_there_is_no_draw_and_no_corner(level: str):
    asked = {"circuit.level": level, "circuit.mismatch_seed": 7, "circuit.corner": "ss", "duration": 1}
    with pytest.raises(InputError) as caught:
        Study.load("online_chain", asked).circuit()
    draw, corner = caught.value.problems
    assert (draw.where.split()[-1], draw.got) == ("circuit.mismatch_seed", f"7 at level {level}")
    assert (corner.where.split()[-1], corner.got) == ("circuit.corner", f"ss at level {level}")
    assert 'circuit.level = "transistor"' in draw.hint
    assert 'circuit.level = "transistor"' in corner.hint
    Study.load("online_chain", {"circuit.level": level, "circuit.corner": "tt", "duration": 1}).circuit()


def test_one_transistor_is_enough_to_draw():
    asked = {"circuit.levels": {"hidden": "transistor"}, "circuit.mismatch_seed": 7, "duration": 1}
    assert Study.load("online_chain", asked).circuit().seed == 7


def test_the_adjoint_can_be_derived():
    assert "backward" in str(Study.load("depth", {"network.rule": "adjoint"}).derive()).lower()


def test_a_plain_script_without_a_main_guard_works(tmp_path):
    script = tmp_path / "plain.py"
    script.write_text(
        textwrap.dedent("""
        from vle_analog import Study

        study = Study.load("depth", {"duration": 1})
        print(study.compare().passed)
    """)
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_the_ideal_of_a_circuit_without_bounds_is_the_ideal():
    study = Study.load("online_chain", {"duration": 2.0})
    assert study.encoded_ideal() is study.ideal()


def test_weights_that_the_circuit_bounds_are_bounded_in_the_ideal_it_is_held_against():
    study = Study.load("online_chain", {"duration": 20.0})
    circuit = study.circuit()
    probes = tuple(replace(p, bound=2.0) if p.signal.kind == "W" else p for p in circuit.probes)
    study._done["circuit"] = replace(circuit, probes=probes)
    bounded = study.spec.network.with_limits({"drive_hidden": 2.0, "hidden_readout": 2.0})
    expected = solve(bounded, study.target, 20.0, study.spec.simulate.points)
    assert np.array_equal(study.encoded_ideal().values, expected.values)
    assert not np.array_equal(study.ideal().values, expected.values)
    study._done["simulation"] = Simulation(None, None, expected)  # a circuit that does just this
    comparison = study.compare()
    assert comparison.passed
    assert comparison.worst_nrmse == 0.0
    assert all(s.nrmse_plain is not None for s in comparison.signals)
    assert max(s.nrmse_plain or 0.0 for s in comparison.signals) > 1e-3
    assert comparison.learning is not None
    assert comparison.learning[0] == comparison.learning[1]
