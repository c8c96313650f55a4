"""The parts of a gradient: agreement, the choice of parameters, extrapolation, the integrator, what is refused."""

import json
import math

import numpy as np
import pytest

from vle_analog import InputError, Study
from vle_analog.gradient import gradients
from vle_analog.gradient.agreement import agreement
from vle_analog.gradient.finite_differences import STEPS, chosen, extrapolated, moved, parameters, value
from vle_analog.gradient.integrate import integrate
from vle_analog.gradient.loss import compiled_loss, loss
from vle_analog.gradient.motion import Motion
from vle_analog.gradient.path import causal_system, exact_system
from vle_analog.network.kinks import kinks
from vle_analog.network.stimuli import Samples, Step, Steps


def test_agreement_of_vectors():
    close = agreement(np.array([0.0, 2.0]), np.array([1.0, 0.0]))
    assert (close.cosine, close.ratio, close.relative_error) == (0.0, 2.0, pytest.approx(math.sqrt(5)))


def test_agreement_with_nothing_is_none():
    assert set(vars(agreement(np.ones(2), np.zeros(2))).values()) == {None}
    nothing = agreement(np.zeros(2), np.ones(2))
    assert (nothing.cosine, nothing.ratio, nothing.relative_error) == (None, 0.0, 1.0)


def test_a_choice_of_parameters_keeps_all_of_a_small_kind():
    every = parameters(Study.load("wide").spec.network)
    kept = chosen(every, 60)
    assert len(every) == 64 + 3 * 12
    assert [sum(p.kind == kind for p in kept) for kind in ("W", "b", "tau_m", "tau_r")] == [24, 12, 12, 12]
    assert len(set(kept)) == 60
    assert kept == chosen(every, 60)
    assert chosen(every, 1000) == every


def test_a_moved_parameter_moves_alone():
    network = Study.load("two_layer").spec.network
    for parameter in parameters(network):
        other = moved(network, parameter, 0.01)
        assert value(other, parameter) == pytest.approx(value(network, parameter) + 0.01)
        changed = [p for p in parameters(network) if value(other, p) != value(network, p)]
        assert changed == [parameter]


def test_extrapolation_takes_the_lowest_orders_away():
    """Central differences of sin at 1 to 1e-12, far better than any single one."""
    slopes = np.array([[(math.sin(1 + h) - math.sin(1 - h)) / (2 * h) for h in STEPS]])
    assert abs(slopes[0, -1] - math.cos(1)) > 1e-8
    assert extrapolated(slopes) == pytest.approx(math.cos(1), abs=1e-12)


def test_the_integrator_is_of_order_seven_in_between():
    solved = integrate(
        lambda _, y: np.array([y[1], -y[0]]), np.array([0.0, 1.0]), [0.0, 1.0, 3.0], rtol=1e-10, what="", between=True
    )
    assert solved.state == pytest.approx([math.sin(3), math.cos(3)], abs=1e-9)
    for time in (0.3, 1.0, 2.7):
        assert solved.between(time) == pytest.approx([math.sin(time), math.cos(time)], abs=1e-9)


def test_the_integrator_runs_backwards_and_sees_each_side_of_a_jump():
    def change(time, _):
        return np.array([1.0 if time < 1 else -2.0])

    for ends in ([0.0, 1.0, 3.0], [3.0, 1.0, 0.0]):
        sign = 1 if ends[0] == 0 else -1
        assert integrate(change, np.zeros(1), ends, rtol=1e-10, what="").state == pytest.approx(-3.0 * sign, abs=1e-8)


def test_steps_end_on_kinks_and_edges():
    samples = Samples(np.array([-1.0, 0.0, 0.5, 3.0]), np.zeros((4, 1)))
    steps = Steps(((Step(1.0, 1.0),),), (0.0,), 0.1)
    assert kinks([samples, steps], 2.0) == pytest.approx([0.4, 0.5, 1.0, 1.6, 2.0])


@pytest.mark.parametrize("cost", ["prospective", "membrane"])
@pytest.mark.parametrize("rule", ["vle", "le", "backprop", "adjoint"])
def test_states_move_as_the_system_says(rule: str, cost: str):
    study = Study.load("two_layer", {"network.cost": cost, "target.spacing": 1.0})
    network, target = study.spec.network, study.target
    system = exact_system(network, target) if rule == "adjoint" else causal_system(network, rule, target)
    state = np.random.default_rng(0).normal(size=system.states)
    now, motion = system.algebraic(0.3, state), Motion(system)
    u, v = np.split(state, 2)
    both = np.concatenate([motion.u(now, u), motion.v(0.3, now, u, v)])
    np.testing.assert_allclose(both, system.derivative(0.3, state), rtol=1e-13, atol=1e-14)


def test_a_network_that_diverges_is_refused():
    study = Study.load(
        "recurrent_pair",
        {
            "network.projections.loop.weights": [[1.5, 0.0], [0.0, 1.5]],
            "network.populations.pair.activation": "linear",
            "duration": 60,
            "target": {"kind": "sines", "channels": [[], []]},
        },
    )
    with pytest.raises(InputError, match="at model time"):
        study.gradient()


def test_a_gradient_that_is_zero_has_no_angle():
    study = Study.load(
        "two_layer",
        {
            "duration": 1,
            "network.projections.hidden_readout.weights": [[0.0, 0.0, 0.0]],
            "target.spacing": 0.5,
        },
    )
    found = gradients(study.spec.network, study.target, 1.0, finite_differences=False)
    assert not found.exact["W"]["drive_hidden"].any()
    entry = json.loads(json.dumps(found.to_json(), allow_nan=False))["local"]["W"]["drive_hidden"]
    assert (entry["cosine"], entry["ratio"], entry["relative_error"]) == (None, None, None)


def test_the_duration_must_be_positive():
    study = Study.load("two_layer")
    with pytest.raises(InputError, match="duration"):
        gradients(study.spec.network, Samples(np.array([0.0, 1.0]), np.zeros((2, 1))), 0.0)


def test_the_compiled_loss_is_the_other_loss():
    pytest.importorskip("numba", reason="the engine is an optional extra")
    for changes in ({}, {"network.cost": "membrane"}, {"network.start": "settled", "target.spacing": 0.3}):
        study = Study.load("recurrent_pair", {"duration": 1, **changes})
        network, target = study.spec.network, study.target
        wanted = loss(network, target, 1.0, rtol=1e-12)
        assert compiled_loss(network, target, 1.0, rtol=1e-12) == pytest.approx(wanted, rel=1e-11)


def test_without_the_engine_differences_are_taken_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vle_analog.codegen.load.available", lambda: False)
    study = Study.load("nudged_linear", {"duration": 0.5})
    errors = gradients(study.spec.network, study.target, 0.5, most=8).finite_difference_error
    assert errors is not None
    assert max(errors.values()) < 1e-6


def test_progress_tells_every_stage():
    study = Study.load("nudged_linear", {"duration": 0.5})
    told: dict[str, list[float]] = {}
    gradients(study.spec.network, study.target, 0.5, most=4, progress=lambda s, f: told.setdefault(s, []).append(f))
    assert {name: values[-1] for name, values in told.items()} == dict.fromkeys(told, 1.0)
    assert {"solving forward", "exact error, backwards", "finite differences"} <= set(told)
