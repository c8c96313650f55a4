"""The checks of the derivation do fail: flip one sign or one filter, and the step concerned does not come out."""

from dataclasses import replace

import pytest

from vle_analog.theory import (
    DerivationError,
    adjoint,
    backward,
    circuit_ready,
    derive,
    energy,
    euler_lagrange,
    local,
    local_rule,
    plasticity,
    special_cases,
)
from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.laws import laws
from vle_analog.theory.step import Setting


def changed_laws(only=None, **fields):
    """`laws` with some fields negated, under one rule only or under all."""

    def changed(*args, **options):
        law = laws(*args, **options)
        if only not in (None, law.rule):
            return law
        return replace(law, **{name: change(getattr(law, name)) for name, change in fields.items()})

    return changed


def negative(expression):
    return -expression


EULER_LAGRANGE = euler_lagrange.euler_lagrange_step
REALISATION = local_rule.realisation_step
SPECIAL = special_cases.special_cases_step
PLASTICITY = plasticity.plasticity_step
CIRCUIT = circuit_ready.circuit_ready_step

MUTATIONS = {
    "look-back as look-ahead": (EULER_LAGRANGE, local, "look_back", local.look_ahead, "Euler-Lagrange equation"),
    "membrane runs backwards": (
        EULER_LAGRANGE,
        energy,
        "residual",
        lambda n, m: fi.of_neuron(sy.u - sy.tau_m * sy.du, n) - energy.current(n, m),
        "Euler-Lagrange equation",
    ),
    "cost against the target": (
        EULER_LAGRANGE,
        local,
        "cost",
        lambda: -((sy.y_star - sy.r) ** 2) / 2,
        "backward drive under the quadratic cost",
    ),
    "exact filter upside down": (
        EULER_LAGRANGE,
        local,
        "exact_transfer",
        local.local_transfer,
        "transfer function of Euler-Lagrange",
    ),
    "backward law": (
        EULER_LAGRANGE,
        euler_lagrange,
        "laws",
        changed_laws(backward=negative),
        "Euler-Lagrange equation",
    ),
    "adjoint of another network": (
        adjoint.adjoint_step,
        adjoint,
        "residual",
        lambda n, m: fi.of_neuron(local.mismatch(), n).subs(fi.signal("S", n), -energy.current(n, m)),
        "against adjoint",
    ),
    "local filter upside down": (
        local_rule.local_rule_step,
        local_rule,
        "local_transfer",
        local.forward_transfer,
        "local transfer function",
    ),
    "replaced by a look-ahead": (
        local_rule.local_rule_step,
        local_rule,
        "low_pass",
        local.look_ahead,
        "local transfer function",
    ),
    "gain of another filter": (
        local_rule.gain_step,
        local_rule,
        "local_transfer",
        local.forward_transfer,
        "phase between local and exact",
    ),
    "membrane law": (REALISATION, local_rule, "laws", changed_laws(membrane=negative), "membrane equation"),
    "prospective law": (REALISATION, local_rule, "laws", changed_laws(prospective=negative), "prospective potential"),
    "error law": (REALISATION, local_rule, "laws", changed_laws(error=negative), "error against the error cell"),
    "error law of LE": (SPECIAL, special_cases, "laws", changed_laws("le", error=negative), "LE is VLE"),
    "drive of backprop": (
        SPECIAL,
        special_cases,
        "laws",
        changed_laws("backprop", prospective=negative),
        "backprop is LE",
    ),
    "weights climb": (PLASTICITY, plasticity, "laws", changed_laws(weight=negative), "plasticity of W"),
    "biases climb": (PLASTICITY, plasticity, "laws", changed_laws(bias=negative), "plasticity of b"),
    "tau_m climbs": (PLASTICITY, plasticity, "laws", changed_laws(membrane_constant=negative), "plasticity of tau_m"),
    "tau_r climbs": (PLASTICITY, plasticity, "laws", changed_laws(prospective_constant=negative), "of tau_r"),
    "line of u": (CIRCUIT, circuit_ready, "laws", changed_laws(membrane=negative), "membrane line"),
    "line of U": (CIRCUIT, circuit_ready, "laws", changed_laws(prospective=negative), "line of U"),
    "line of B": (CIRCUIT, circuit_ready, "laws", changed_laws(backward=negative), "line of B"),
    "line of e": (CIRCUIT, circuit_ready, "laws", changed_laws(error=negative), "lines of v and e"),
    "cell of the exact error": (
        backward.backward_step,
        backward,
        "exact_transfer",
        local.local_transfer,
        "backward state",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_flipped_sign_does_not_come_out(name, monkeypatch):
    make, room, attribute, instead, complaint = MUTATIONS[name]
    setting = Setting("vle", "prospective")
    make(setting)
    monkeypatch.setattr(room, attribute, instead)
    with pytest.raises(DerivationError, match=complaint):
        make(setting)


@pytest.mark.usefixtures("cache_folder")
def test_a_step_that_does_not_come_out_stops_the_derivation(monkeypatch):
    monkeypatch.setattr(plasticity, "laws", changed_laws(weight=negative))
    with pytest.raises(DerivationError, match="plasticity of W"):
        derive("vle")
