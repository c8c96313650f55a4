"""Time constants that learn, and what is said where a parameter goes too far."""

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.cli import run
from vle_analog.ideal import solve, survey
from vle_analog.ideal.limits import UnsolvedError

OMEGA = 1.3


def neuron(duration, cell, gain=1.0, **network):
    """A linear neuron that hears `sin(OMEGA t)`, taught what a neuron with tau_m = 2, tau_r = 0.3 says once settled."""
    answer = gain * (1 + 0.3j * OMEGA) / (1 + 2.0j * OMEGA)
    taught = {"amplitude": abs(answer), "omega": OMEGA, "phase": float(np.angle(answer))}
    return Study.from_document(
        {
            "duration": duration,
            "network": {
                "output": "cell",
                **network,
                "populations": {"cell": {"size": 1, "tau_m": 1.0, "tau_r": 0.3, "activation": "linear"} | cell},
                "projections": {"drive_cell": {"source": "drive", "target": "cell", "weights": [[1.0]]}},
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": OMEGA}]]}},
            "target": {"kind": "sines", "channels": [[taught]]},
            "simulate": {"points": 301},
        }
    )


def test_a_membrane_time_constant_becomes_the_teachers():
    study = neuron(120.0, {"tau_m_plastic": True, "tau_m_eta": 1.0})
    tau_m = solve(study.spec.network, study.target, 120.0, 301, rtol=1e-8)["cell.tau_m[0]"]
    assert tau_m[0] == 1.0
    assert tau_m[-1] == pytest.approx(2.0, abs=0.02)


def test_a_prospective_time_constant_becomes_the_teachers():
    study = neuron(120.0, {"tau_m": 2.0, "tau_r": 0.8, "tau_r_plastic": True, "tau_r_eta": 1.0})
    tau_r = solve(study.spec.network, study.target, 120.0, 301, rtol=1e-8)["cell.tau_r[0]"]
    assert tau_r[0] == 0.8
    assert tau_r[-1] == pytest.approx(0.3, abs=0.02)


def test_learning_goes_down_the_exact_gradient_where_the_rule_is_exact():
    """For tau_m = tau_r the local rule is exact: the drift over a period is -eta dC/dtau_m, with C in closed form."""
    period, turns = 2 * np.pi / OMEGA, 14
    eta, tau = 1e-4, 0.5
    study = neuron(turns * period, {"tau_m": tau, "tau_r": tau, "tau_m_plastic": True, "tau_m_eta": eta})
    tau_m = solve(study.spec.network, study.target, turns * period, turns + 1, rtol=1e-9)["cell.tau_m[0]"]
    drift = (tau_m[-1] - tau_m[-11]) / 10

    def loss(tau_m):  # of one settled period
        answers = (1 + 1j * tau * OMEGA) / (1 + 1j * tau_m * OMEGA), (1 + 0.3j * OMEGA) / (1 + 2.0j * OMEGA)
        return abs(answers[0] - answers[1]) ** 2 * period / 4

    slope = (loss(tau + 1e-4) - loss(tau - 1e-4)) / 2e-4
    assert drift == pytest.approx(-eta * slope, rel=5e-3)


def solved(study, duration=30.0):
    return solve(study.spec.network, study.target, duration, 301, rtol=1e-8)


def test_a_time_constant_that_leaves_its_range_is_named_with_the_time():
    learns = {"tau_m_plastic": True, "tau_m_eta": 1.0}
    with pytest.raises(UnsolvedError, match=r"cell\.tau_m\[0\] leaves its range by learning at model time") as caught:
        solved(neuron(30.0, learns | {"tau_range": [0.5, 1.3]}))
    traces, (problem,) = caught.value.traces, caught.value.problems
    assert problem.where == "network.populations.cell.tau_range"
    assert (problem.got, problem.expected) == ("cell.tau_m[0] = 1.3, and rising", "0.5 to 1.3")
    assert "tau_m_eta" in problem.hint
    # the traces are those of the run without the narrow range, up to the last point of the grid before the crossing
    wide = solved(neuron(30.0, learns))
    reached = len(traces.time)
    assert 3 < reached < 301
    np.testing.assert_allclose(traces.values, wide.values[:, :reached], atol=1e-9)
    tau_m = wide["cell.tau_m[0]"]
    assert tau_m[reached - 1] < 1.3 < tau_m[reached]
    assert np.interp(float(problem.what.rsplit(maxsplit=1)[-1]), wide.time, tau_m) == pytest.approx(1.3, abs=1e-3)


def test_a_time_constant_that_learns_towards_zero_ends_in_a_message_and_never_in_nan():
    """The answer asked for is three times as large as the stimulus: tau_m falls as far as it is let."""
    cell = {"tau_m": 0.3, "tau_m_plastic": True, "tau_m_eta": 2.0, "tau_range": [1e-3, 10.0]}
    with pytest.raises(UnsolvedError, match=r"tau_m\[0\] leaves its range by learning") as caught:
        solved(neuron(30.0, cell, gain=9.0))
    assert np.isfinite(caught.value.traces.values).all()
    assert "= 0.001" in caught.value.problems[0].got


def test_a_start_outside_of_the_range_is_refused():
    study = neuron(10.0, {"tau_m_plastic": True, "tau_m_eta": 1.0, "tau_range": [0.5, 1.5]})
    moved = study.spec.network.with_parameters(tau_m={"cell": np.array([1.7])})
    with pytest.raises(UnsolvedError, match="at model time 0"):
        solve(moved, study.target, 10.0, 11)


OUT_OF_RANGE = """
duration = 20.0
[network]
output = "cell"
[network.populations.cell]
size = 1
tau_m = 1.0
tau_r = 0.2
activation = "linear"
tau_m_plastic = true
tau_m_eta = 1.0
tau_range = [0.9, 1.1]
[network.projections.drive_cell]
source = "drive"
target = "cell"
weights = [[1.0]]
[stimuli.drive]
kind = "sines"
channels = [[{amplitude = 1.0, omega = 1.0}]]
[target]
kind = "teacher"
tau_m = {cell = 2.0}
spacing = 0.5
"""


def test_the_command_line_saves_the_trajectory(tmp_path, capsys):
    import xarray

    (tmp_path / "study.toml").write_text(OUT_OF_RANGE)
    assert run(["solve", str(tmp_path / "study.toml"), "--output", str(tmp_path / "results")]) == 2
    said = capsys.readouterr().err
    kept = tmp_path / "results-failed" / "ideal.nc"
    assert "cell.tau_m[0]" in said
    assert "model time" in said
    assert str(kept) in said
    assert not (tmp_path / "results").exists()
    saved = xarray.load_dataset(kept)
    assert float(saved.time[-1]) < 20
    assert np.isfinite(saved["cell.tau_m[0]"]).all()
    assert (
        run(
            [
                "solve",
                str(tmp_path / "study.toml"),
                "--set",
                "network.populations.cell.tau_m_eta=0.01",
                "--quiet",
                "--output",
                str(tmp_path / "results"),
            ]
        )
        == 0
    )
    assert float(xarray.load_dataset(tmp_path / "results" / "ideal.nc").time[-1]) == 20


def test_a_survey_that_goes_out_of_range_is_solved_and_said():
    study = neuron(60.0, {"tau_m_plastic": True, "tau_m_eta": 1.0, "tau_range": [0.5, 1.3]})
    with pytest.raises(UnsolvedError, match=r"cell\.tau_m\[0\] leaves its range by learning"):
        survey(study.spec.network, study.target, 60.0)


RUNAWAY = """
duration = 50.0
[network]
output = "readout"
feedback = "random"
[network.populations]
hidden = { size = 2, tau_m = 1.0, tau_r = 1.0, activation = "linear" }
readout = { size = 1, tau_m = 1.0, tau_r = 1.0, activation = "linear" }
[network.projections]
drive_hidden = { source = "drive", target = "hidden", weights = [[0.1], [0.2]], plastic = true, eta = 3.0 }
[network.projections.hidden_readout]
source = "hidden"
target = "readout"
weights = [[0.0, 1.0]]
feedback_weights = [[0.0, -1.0]]
[stimuli.drive]
kind = "sines"
channels = [[]]
offsets = 1.0
[target]
kind = "sines"
channels = [[]]
"""


def test_weights_that_run_away_are_named_and_the_trajectory_is_saved(tmp_path, capsys):
    """The error comes back with the wrong sign: dW/dt = 3 W, so that W = 0.2 exp(3 t) leaves 1e6 at 5.142."""
    (tmp_path / "study.toml").write_text(RUNAWAY)
    for verb in ("solve", "compare", "netlist"):  # the latter two look at the run before they build the circuit
        assert run([verb, str(tmp_path / "study.toml"), "--output", str(tmp_path / verb)]) == 2
        said = capsys.readouterr().err
        assert f"drive_hidden.W[1,0] leaves all bounds at model time {np.log(1e6 / 0.2) / 3:.2f}" in said
        assert str(tmp_path / f"{verb}-failed" / "ideal.nc") in said
        assert (tmp_path / f"{verb}-failed" / "ideal.nc").is_file()


def with_loop(weight, **changes):
    document = neuron(300.0, {}).spec.document
    document["network"]["projections"]["loop"] = {"source": "cell", "target": "cell", "weights": [[weight]]}
    return Study.from_document(document | changes)


def test_a_state_beyond_all_bounds_is_named():
    """du/dt grows at (W - 1) / (tau_m - W tau_r) = 5, the error at a rate of its own."""
    study = with_loop(1.5)
    with pytest.raises(UnsolvedError, match=r"the equations diverge: cell\.[uv]\[0\] leaves all bounds at model time"):
        solve(study.spec.network, study.target, 300.0, 301, rtol=1e-6)


def test_a_teacher_that_diverges_is_named_as_such():
    study = with_loop(0.0, target={"kind": "teacher", "weights": {"loop": [[1.5]]}})
    with pytest.raises(UnsolvedError, match="target: the equations diverge") as caught:
        study.ideal()
    assert caught.value.key == "target"
