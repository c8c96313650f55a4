"""The laws of one neuron under each rule."""

import pytest
import sympy as sp

from vle_analog.errors import InputError
from vle_analog.theory import canonical_rule, laws
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


def test_adjoint_is_refused_because_it_runs_backwards():
    with pytest.raises(InputError, match=r"backwards in time.*only `derive` and `gradient`"):
        laws("adjoint")


def test_unknown_rule_names_the_near_match():
    with pytest.raises(InputError, match="did you mean 'backprop'"):
        laws("backprob")
