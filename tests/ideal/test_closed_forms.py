"""Cases that can be solved on paper."""

import numpy as np
import pytest

from vle_analog import InputError, Study
from vle_analog.ideal import solve


def linear_neuron(tau_m, tau_r, **network):
    """One linear neuron, driven by `sin(1.7 t)` with weight 0.8, taught `0.5 sin(0.9 t)`."""
    return Study.from_document(
        {
            "duration": 60.0,
            "network": {
                "output": "cell",
                "beta": 0.7,
                **network,
                "populations": {"cell": {"size": 1, "tau_m": tau_m, "tau_r": tau_r, "activation": "linear"}},
                "projections": {"drive_cell": {"source": "drive", "target": "cell", "weights": [[0.8]]}},
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 1.7}]]}},
            "target": {"kind": "sines", "channels": [[{"amplitude": 0.5, "omega": 0.9}]]},
            "simulate": {"points": 601},
        }
    )


def wave(time, omega, transfer):
    """What a filter makes of `sin(omega t)` once it has settled."""
    return np.imag(transfer(1j * omega) * np.exp(1j * omega * time))


@pytest.mark.parametrize("tau_m, tau_r", [(1.0, 0.2), (0.4, 1.0), (0.7, 0.7)])
def test_linear_neuron_has_the_transfer_functions_of_the_theory(tau_m, tau_r):
    ideal = linear_neuron(tau_m, tau_r).ideal()
    late = ideal.time > 35.0
    time = ideal.time[late]

    def lead(p):  # from B to e
        return (1 + p * tau_m) / (1 + p * tau_r)

    potential = 0.8 * wave(time, 1.7, lambda p: 1 / lead(p))
    error = 0.7 * (0.5 * wave(time, 0.9, lead) - 0.8 * np.sin(1.7 * time))  # lag and lead cancel on the way U, r, B, e
    assert ideal["cell.U[0]"][late] == pytest.approx(potential, abs=1e-7)
    assert ideal["cell.e[0]"][late] == pytest.approx(error, abs=1e-7)
    assert np.ptp(error) > 1.0


def test_a_corrected_gain_is_that_of_the_exact_error_at_its_frequency():
    """At omega the local error then is conj(H) B, H = (1 + p tau_r) / (1 + p tau_m): the exact one, phase and all."""
    tau_m, tau_r, omega = 1.0, 0.2, 0.9
    study = linear_neuron(tau_m, tau_r, gain_correction=omega)
    ideal = study.ideal()
    late = ideal.time > 35.0
    exact = np.conj((1 + 1j * omega * tau_r) / (1 + 1j * omega * tau_m))
    wanted = 0.7 * 0.5 * np.imag(exact * np.exp(1j * omega * ideal.time[late]))
    alone = linear_neuron(tau_m, tau_r, gain_correction=omega).spec.document
    alone["network"]["projections"]["drive_cell"]["weights"] = [[0.0]]  # then B is the target's: one frequency
    assert Study.from_document(alone).ideal()["cell.e[0]"][late] == pytest.approx(wanted, abs=1e-7)


@pytest.mark.parametrize("rule", ["vle", "le", "backprop"])
def test_a_cost_of_the_membrane_potential_nudges_from_outside(rule):
    """e = beta (1 + p tau_m)(y* - u) of the causal rules, with u = S / (1 + p tau_m); of backprop beta (y* - u)."""
    tau_m = 0.6
    ideal = linear_neuron(tau_m, 0.2, cost="membrane", rule=rule).ideal()
    late = ideal.time > 35.0
    time = ideal.time[late]

    def ahead(p):
        return 1 + p * tau_m if rule != "backprop" else 1.0

    potential = 0.8 * wave(time, 1.7, lambda p: ahead(p) / (1 + p * tau_m))
    assert ideal["cell.e[0]"][late] == pytest.approx(0.7 * (0.5 * wave(time, 0.9, ahead) - potential), abs=1e-7)
    assert ideal["cell.u[0]"][late] == pytest.approx(0.8 * wave(time, 1.7, lambda p: 1 / (1 + p * tau_m)), abs=1e-7)


def test_a_cost_of_the_membrane_potential_pulls_it_to_the_target_by_gamma_beta():
    """(1 + p tau_m) u = S + gamma e = S + gamma beta (1 + p tau_m)(y* - u), so u = (u0 + k y*) / (1 + k)."""
    ideal = linear_neuron(0.6, 0.2, cost="membrane", gamma=2.0).ideal()
    late = ideal.time > 35.0
    time = ideal.time[late]
    free, k = 0.8 * wave(time, 1.7, lambda p: 1 / (1 + 0.6 * p)), 2.0 * 0.7
    wanted = (free + k * 0.5 * np.sin(0.9 * time)) / (1 + k)
    assert ideal["cell.u[0]"][late] == pytest.approx(wanted, abs=1e-7)


def test_a_teacher_of_the_membrane_potential_tells_it():
    document = linear_neuron(1.0, 0.3, cost="membrane").spec.document
    document["target"] = {"kind": "teacher", "tau_m": {"cell": 0.5}, "spacing": 0.1}
    study = Study.from_document(document)
    late = np.arange(35.0, 60.0, 0.1)
    wanted = 0.8 * wave(late, 1.7, lambda p: 1 / (1 + 0.5 * p))
    assert study.target(late)[0] == pytest.approx(wanted, abs=1e-8)


def test_the_exact_error_of_a_linear_neuron_backwards_in_time():
    """e = (1 - p tau_r) / (1 - p tau_m) B far from the end of the run, where w = 0; u is set to what it settles on."""
    from scipy.integrate import solve_ivp

    from vle_analog.ideal import System

    tau_m, tau_r, omega, end = 1.0, 0.2, 0.9, 40.0
    document = linear_neuron(tau_m, tau_r, rule="adjoint", plasticity=False).spec.document
    document["network"]["projections"]["drive_cell"]["weights"] = [[0.0]]
    study = Study.from_document(document)
    system = System(study.spec.network, study.target)
    assert not system.initial().any()
    w = solve_ivp(
        lambda t, w: system.derivative(float(t), np.array([0.0, *w]))[1:],
        (end, 0.0),
        [0.0],
        rtol=1e-10,
        atol=1e-12,
        dense_output=True,
    ).sol
    time = np.linspace(0.0, 15.0, 31)
    error = [system.algebraic(float(t), np.array([0.0, *w(t)])).e[0] for t in time]
    exact = (1 - 1j * omega * tau_r) / (1 - 1j * omega * tau_m)
    wanted = 0.7 * 0.5 * np.imag(exact * np.exp(1j * omega * time))
    assert error == pytest.approx(wanted, abs=1e-8)


def test_an_adjoint_network_that_learns_or_runs_forward_is_refused():
    from vle_analog.ideal import System

    study = Study.load("two_layer", {"network.rule": "adjoint", "duration": 1.0})
    with pytest.raises(InputError, match="parameters that hold still"):
        System(study.spec.network, study.target)
    still = Study.load("two_layer", {"network.rule": "adjoint", "duration": 1.0, "network.plasticity": False})
    with pytest.raises(InputError, match="backwards in time"):
        solve(still.spec.network, still.target, 1.0, 11)


def test_linear_neuron_starts_as_the_exact_solution_does():
    tau_m, tau_r, omega = 1.0, 0.2, 1.7
    ideal = linear_neuron(tau_m, tau_r).ideal()
    gain = 0.8 / (1 + 1j * omega * tau_m)
    u = np.imag(gain * (np.exp(1j * omega * ideal.time) - np.exp(-ideal.time / tau_m)))
    slope = np.imag(gain * (1j * omega * np.exp(1j * omega * ideal.time) + np.exp(-ideal.time / tau_m) / tau_m))
    assert ideal["cell.u[0]"] == pytest.approx(u, abs=1e-7)
    assert ideal["cell.U[0]"] == pytest.approx(u + tau_r * slope, abs=1e-7)


def test_nudging_pulls_the_output_of_a_linear_chain_by_the_closed_form():
    nudged = Study.load("nudged_linear", {"simulate.points": 301})
    free = Study.load("nudged_linear", {"simulate.points": 301, "network.gamma": 0.0}).ideal()["readout.r[0]"]
    k = 0.5 * 1.0 * (1 + 0.8**2)
    ideal = nudged.ideal()
    wanted = (free + k * nudged.target(ideal.time)[0]) / (1 + k)
    assert np.max(np.abs(ideal["readout.r[0]"] - wanted)) <= 1e-8
    assert np.max(np.abs(free - wanted)) > 0.1


def test_nudging_is_the_same_for_every_time_constant():
    outputs = []
    short = {"duration": 8.0, "simulate.points": 101}
    for tau_m, tau_r in ((1.0, 0.3), (0.2, 0.9)):
        changed = short | {"network.populations.hidden.tau_m": tau_m, "network.populations.hidden.tau_r": tau_r}
        free = Study.load("nudged_linear", changed | {"network.gamma": 0.0}).ideal()["readout.r[0]"]
        outputs.append(Study.load("nudged_linear", changed).ideal()["readout.r[0]"] - free / 1.82)
    assert outputs[0] == pytest.approx(outputs[1], abs=1e-8)


def test_output_of_a_deep_chain_in_latent_equilibrium_follows_the_input_at_once():
    study = Study.load("depth")
    ideal = study.ideal()
    signal = study.spec.network.stimuli["drive"](ideal.time)[0]
    for weight in (1.2, 1.1, -1.0, 0.9, -1.1, 1.0, 1.1):
        signal = np.tanh(weight * signal)
    assert ideal["readout.r[0]"] == pytest.approx(-0.9 * signal, abs=1e-12)
    assert np.ptp(signal) > 0.1


def test_the_same_chain_built_with_states_is_just_as_fast_once_it_is_settled():
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "readout")
    leads = {f"network.populations.{name}.realisation": "lead" for name in names}
    wires = Study.load("depth", {"duration": 6.0}).ideal()
    states = Study.load("depth", {"duration": 6.0, "network.start": "settled"} | leads).ideal()
    assert "first.u[0]" in states
    assert "first.u[0]" not in wires
    assert states["readout.r[0]"] == pytest.approx(wires["readout.r[0]"], abs=1e-9)


CONSTANT = {"kind": "sines", "channels": [[]], "offsets": 0.6}


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("rule", ["vle", "le", "backprop"])
@pytest.mark.parametrize("gamma", [0.0, 0.3])
def test_nothing_moves_from_a_settled_start_with_constant_inputs(rule, gamma, compiled):
    """Also for long: steps in which no error is seen must not outgrow what the method is stable for."""
    shipped = Study.load("online_chain").spec.document
    network = shipped["network"] | {"rule": rule, "gamma": gamma, "start": "settled", "plasticity": False}
    document = {"duration": 40.0, "network": network, "stimuli": {"drive": CONSTANT}, "target": CONSTANT}
    study = Study.from_document(document)
    ideal = solve(study.spec.network, study.target, 40.0, 2001, compiled=compiled)
    assert np.max(np.ptp(ideal.values, axis=1)) < 1e-9
    assert ideal["hidden.u[0]"][0] == pytest.approx(ideal["hidden.U[0]"][0], abs=1e-12)
    assert abs(ideal["readout.e[0]"][0]) > 0.01
    if rule == "vle":
        assert ideal["hidden.v[0]"][0] == pytest.approx(ideal["hidden.B[0]"][0], abs=1e-12)


def test_a_zero_start_is_zero():
    ideal = Study.load("two_layer", {"duration": 1.0}).ideal()
    states = [row[0] for signal, row in zip(ideal.signals, ideal.values, strict=True) if signal.kind in "uv"]
    assert len(states) == 8
    assert not any(states)


def test_plasticity_false_freezes_every_weight_and_bias():
    learning = Study.load("two_layer", {"duration": 3.0})
    frozen = Study.load("two_layer", {"duration": 3.0, "network.plasticity": False})
    moved = [s for s in learning.ideal().signals if s.kind in "Wb"]
    assert len(moved) == 6 + 3 + 1
    assert not [s for s in frozen.ideal().signals if s.kind in "Wb"]
    # the frozen network is the learning one at learning rate zero, up to what is written down
    still = {f"network.projections.{name}.plastic": False for name in ("drive_hidden", "hidden_readout")}
    still["network.populations.readout.bias_plastic"] = False
    fixed = Study.load("two_layer", {"duration": 3.0} | still)
    assert np.array_equal(frozen.ideal().values, fixed.ideal().values)


def test_weights_start_where_the_study_puts_them():
    study = Study.load("two_layer", {"duration": 1.0})
    ideal = study.ideal()
    for projection in study.spec.network.projections:
        for index, weight in np.ndenumerate(projection.weights):
            assert ideal[f"{projection.name}.W[{index[0]},{index[1]}]"][0] == weight


def test_without_a_target_there_is_no_error():
    study = Study.load("two_layer", {"duration": 1.0})
    kinds = {s.kind for s in solve(study.spec.network, None, 1.0, 11).signals}
    assert kinds == {"u", "U", "r", "W", "b"}


def test_progress_rises_to_one():
    study = Study.load("nudged_linear", {"duration": 3.0})
    seen = []
    solve(study.spec.network, study.target, 3.0, 11, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_recurrent_weights_that_are_too_strong_end_in_an_input_error():
    shipped = Study.load("recurrent_pair").spec.document
    pair = shipped["network"]["populations"]["pair"] | {"activation": "linear", "tau_r": 0.01}
    loop = {"source": "pair", "target": "pair", "weights": [[0.0, 5.0], [5.0, 0.0]]}
    projections = {"drive_pair": shipped["network"]["projections"]["drive_pair"], "loop": loop}
    study = Study.from_document(
        {
            "duration": 300.0,
            "network": shipped["network"] | {"populations": {"pair": pair}, "projections": projections},
            "stimuli": shipped["stimuli"],
            "target": {"kind": "sines", "channels": [[], []]},
        }
    )
    with pytest.raises(InputError, match=r"diverge|no solution"):
        study.ideal()
