"""The laws of one neuron under each rule."""

import pytest
import sympy as sp

from vle_analog.errors import InputError
from vle_analog.theory import RULES, canonical_rule, gain_correction, laws
from vle_analog.theory import symbols as sy


def equal(left, right):
    return sp.simplify(left - right) == 0


def test_vle_has_two_states_and_their_equations():
    law, rho = laws("vle"), sy.tau_r / sy.tau_m
    assert len(law.states()) == 2
    assert equal(law.membrane, (-sy.u + sy.S + sy.gamma * sy.e) / sy.tau_m)
    assert equal(law.prospective, rho * (sy.S + sy.gamma * sy.e) + (1 - rho) * sy.u)
    assert equal(law.error_state, (sy.B - sy.v) / sy.tau_r)
    assert equal(law.error, sy.B / rho + (1 - 1 / rho) * sy.v)


def test_le_takes_the_error_at_once():
    law = laws("le")
    assert law.error == sy.B
    assert law.error_state is None
    assert law.membrane == laws("vle").membrane


def test_backprop_does_not_drive_the_membrane_by_the_error():
    law = laws("backprop")
    assert law.error == sy.B
    assert sy.e not in law.membrane.free_symbols | law.prospective.free_symbols


@pytest.mark.parametrize("rule", ["vle", "le", "backprop"])
def test_a_wire_has_no_state(rule):
    law = laws(rule, wire=True)
    assert law.states() == ()
    assert law.error == sy.B
    assert equal(law.prospective, sy.S + (0 if rule == "backprop" else sy.gamma * sy.e))


def test_only_nudged_neurons_hear_the_target():
    assert laws("vle").target_error == 0
    assert equal(laws("vle", nudged=True).arriving, sy.feedback + sy.beta * (sy.y_star - sy.r))


def test_plasticity_has_the_signs_of_descent():
    law = laws("vle")
    assert law.weight == sy.eta * sy.e * sy.r
    assert law.bias == sy.eta * sy.e
    assert law.membrane_constant == -sy.eta * sy.e * sy.du
    assert law.prospective_constant == sy.eta * sy.B * sy.du


def test_laws_are_made_once_and_gle_is_vle():
    assert laws("gle") is laws("vle")
    assert canonical_rule("gle") == "vle"


def test_adjoint_runs_backwards_with_w_in_the_place_of_v():
    law, rho = laws("adjoint"), sy.tau_r / sy.tau_m
    assert law.backwards
    assert not any(laws(rule).backwards for rule in ("vle", "le", "backprop"))
    assert equal(law.error_state, (sy.v - sy.B) / sy.tau_m)
    assert equal(law.error, rho * sy.B + (1 - rho) * sy.v)
    assert law.membrane == laws("backprop").membrane


AHEAD = sy.beta * (sy.y_star + sy.tau_m * sy.dy_star - sy.S - sy.gamma * sy.e)  # D+ (y* - u), with u + tau_m u'


@pytest.mark.parametrize("wire", [False, True])
@pytest.mark.parametrize("rule", ["vle", "le"])
def test_cost_on_the_membrane_is_looked_ahead(rule, wire):
    law = laws(rule, nudged=True, wire=wire, cost="membrane")
    assert law.target_error == 0
    assert equal(law.error - laws(rule, wire=wire).error, AHEAD)
    assert equal(law.outside, AHEAD)


def test_backprop_takes_the_cost_on_the_membrane_as_it_is():
    assert equal(laws("backprop", nudged=True, cost="membrane").error, sy.B + sy.beta * (sy.y_star - sy.u))
    wire = laws("backprop", nudged=True, wire=True, cost="membrane")
    assert equal(wire.error, sy.B + sy.beta * (sy.y_star - sy.S))


@pytest.mark.parametrize("wire", [False, True])
def test_exact_error_of_a_cost_on_the_membrane_has_a_state_whether_wire_or_not(wire):
    law, rho = laws("adjoint", nudged=True, wire=wire, cost="membrane"), sy.tau_r / sy.tau_m
    assert equal(law.error, rho * sy.B + sy.v)
    change = sy.v - (1 - rho) * sy.B - sy.beta * (sy.y_star - sy.u)
    assert equal(law.error_state * sy.tau_m, change)
    assert len(law.states()) == 2


@pytest.mark.parametrize("rule", RULES)
def test_only_outputs_differ_by_the_place_of_the_cost(rule):
    plain, moved = laws(rule), laws(rule, cost="membrane")
    assert (moved.error, moved.error_state, moved.arriving) == (plain.error, plain.error_state, plain.arriving)


@pytest.mark.parametrize("cost", ["prospective", "membrane"])
@pytest.mark.parametrize("nudged, wire", [(False, False), (False, True), (True, False), (True, True)])
@pytest.mark.parametrize("rule", RULES)
def test_laws_are_linear_in_the_signals(rule, nudged, wire, cost):
    law = laws(rule, nudged=nudged, wire=wire, cost=cost)
    signals = (sy.S, sy.e, sy.u, sy.B, sy.v, sy.r, sy.feedback, sy.y_star, sy.dy_star)
    lines = (*law.states(), law.prospective, law.arriving, law.error, law.outside, law.highpass, law.highpassed)
    constants = {sy.tau_m, sy.tau_r, sy.gamma, sy.beta, sy.tau_highpass, sy.rbar}
    for line in lines:
        parts = [line.diff(signal) for signal in signals]
        assert set().union(*(part.free_symbols for part in parts)) <= constants
        assert equal(line.subs(dict.fromkeys((*signals, sy.rbar), 0)), 0)


def test_equal_time_constants_make_all_rules_one():
    in_step = {sy.tau_r: sy.tau_m}
    assert {laws(rule).error.subs(in_step) for rule in RULES} == {sy.B}
    free = {laws(rule).prospective.subs(in_step).subs(sy.gamma, 0).expand() for rule in RULES}
    assert free == {sy.S}


def test_corrected_error_is_a_multiple():
    for options in ({}, {"wire": True}, {"nudged": True, "cost": "membrane"}):
        assert equal(laws("vle", corrected=True, **options).error, sy.correction * laws("vle", **options).error)
    squares = [1 + (sy.omega * tau) ** 2 for tau in (sy.tau_r, sy.tau_m)]
    assert equal(gain_correction(), squares[0] / squares[1])


@pytest.mark.parametrize("rule", ["le", "backprop", "adjoint"])
def test_only_the_local_rule_is_corrected(rule):
    with pytest.raises(InputError, match="only the local rule has a gain"):
        laws(rule, corrected=True)


def test_learned_feedback_correlates_noise_with_what_changes():
    law = laws("vle")
    assert equal(law.highpass * sy.tau_highpass, sy.r - sy.rbar)
    assert equal(law.highpassed, sy.r - sy.rbar)
    assert equal(law.feedback_weight, sy.eta * (sy.xi * sy.rhat - sy.decay * sy.F))


def test_unknown_place_of_the_cost_names_the_near_match():
    with pytest.raises(InputError, match="did you mean 'membrane'"):
        laws("vle", cost="membran")


def test_unknown_rule_names_the_near_match():
    with pytest.raises(InputError, match="did you mean 'backprop'"):
        laws("backprob")


def test_a_bounded_weight_learns_as_what_it_is_stored_as():
    """With W = limit tanh(V / limit) and dV/dt = eta e r, dW/dt is that of the law, whatever V is."""
    V = sp.Symbol("V", real=True)
    stored = sy.limit * sp.tanh(V / sy.limit)
    law, plain = laws(bounded=True), laws()
    assert equal(stored.diff(V) * plain.weight, law.weight.subs(sy.W, stored))
    assert equal(stored.diff(V) * plain.feedback_weight.subs(sy.F, stored), law.feedback_weight.subs(sy.F, stored))
    assert law.bias == plain.bias


def test_without_bounds_nothing_saturates():
    assert laws().saturation == 1
    assert laws(bounded=True).saturation == 1 - sy.W**2 / sy.limit**2
    assert sp.limit(laws(bounded=True).weight, sy.limit, sp.oo) == laws().weight
