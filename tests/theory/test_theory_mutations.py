"""The checks of the derivation do fail: flip one sign or one filter, and the step concerned does not come out."""

from dataclasses import replace

import pytest

from vle_analog.theory import (
    DerivationError,
    adjoint,
    alignment,
    backward,
    circuit_ready,
    derive,
    energy,
    euler_lagrange,
    family,
    least_action,
    local,
    local_rule,
    plasticity,
    special_cases,
)
from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.laws import FAMILY, laws
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


def twice_where_corrected(*args, **options):
    """`laws` with a corrected error that is too large."""
    law = laws(*args, **options)
    return replace(law, error=2 * law.error) if law.corrected else law


def family_with(name, **parts):
    """The family with other filters of one rule."""
    return dict(FAMILY) | {name: replace(FAMILY[name], **parts)}


EULER_LAGRANGE = euler_lagrange.euler_lagrange_step
REALISATION = local_rule.realisation_step
SPECIAL = special_cases.special_cases_step
PLASTICITY = plasticity.plasticity_step
CIRCUIT = circuit_ready.circuit_ready_step
FAMILY_STEP = family.family_step
LEAST = least_action.least_action_step
ALIGNMENT = alignment.alignment_step
CORRECTION = local_rule.correction_step
BACKWARD = backward.backward_step

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
        local,
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
    "cell of the exact error": (BACKWARD, backward, "exact_transfer", local.local_transfer, "backward state"),
    "state law of adjoint": (
        BACKWARD,
        backward,
        "laws",
        changed_laws(error_state=negative),
        "backward state against the laws",
    ),
    "error law of adjoint": (BACKWARD, backward, "laws", changed_laws(error=negative), "exact error against the laws"),
    "gain taken off twice": (
        CORRECTION,
        local_rule,
        "gain_correction",
        lambda: local.gain_correction() ** 2,
        "corrected and exact error",
    ),
    "correction of the law": (CORRECTION, local_rule, "laws", twice_where_corrected, "corrected error against the err"),
    "family without vle": (
        FAMILY_STEP,
        family,
        "FAMILY",
        family_with("vle", transfer=local.exact_transfer()),
        "vle is adjoint with every look-back replaced",
    ),
    "le that looks ahead": (
        FAMILY_STEP,
        family,
        "FAMILY",
        family_with("le", transfer=local.look_ahead(sy.tau_m)),
        "le where it is exact",
    ),
    "backprop whose error drives": (
        FAMILY_STEP,
        family,
        "FAMILY",
        family_with("backprop", drive=sy.S + sy.gamma * sy.e),
        "membrane of backprop against its drive",
    ),
    "discounted forwards": (LEAST, least_action, "AHEAD", least_action.BACK, "slope of the energy, looked ahead"),
    "nothing comes back": (LEAST, least_action, "returned", lambda n: fi.signal("e", n), "the slope of the energy"),
    "another prospective energy": (
        LEAST,
        least_action,
        "residual",
        lambda n, m: -energy.residual(n, m),
        "against the prospective energy",
    ),
    "another LE": (LEAST, least_action, "laws", changed_laws(error=negative), "with linear phi against LE"),
    "low-pass for a high-pass": (ALIGNMENT, alignment, "laws", changed_laws(highpassed=negative), "high-pass"),
    "noise without memory": (
        ALIGNMENT,
        alignment,
        "autocorrelation",
        lambda: alignment.sigma**2 + 0 * alignment.lag,
        "noise through a low-pass",
    ),
    "response to the square": (
        ALIGNMENT,
        alignment,
        "response",
        lambda: fi.weight(fi.k, fi.i) ** 2,
        "feedback settles in proportion",
    ),
}
MEMBRANE_MUTATIONS = {
    "cost looked ahead under adjoint": (
        local_rule.local_rule_step,
        local_rule,
        "FAMILY",
        family_with("adjoint", outside=local.look_ahead(sy.tau_m)),
        "transfer function of the cost outside of B",
    ),
    "cost not looked ahead": (
        local_rule.local_rule_step,
        local_rule,
        "FAMILY",
        family_with("vle", outside=sy.tau_m / sy.tau_m),
        "local transfer function of the cost outside of B",
    ),
    "cost law": (REALISATION, local_rule, "laws", changed_laws(outside=negative), "error with a cost outside of B"),
    "cost looked back at": (REALISATION, local_rule, "look_ahead", local.look_back, "looked-ahead cost"),
    "error line": (CIRCUIT, circuit_ready, "laws", changed_laws(error=negative), "lines of v and e"),
    "state law of adjoint, cost on u": (
        BACKWARD,
        backward,
        "laws",
        changed_laws(error_state=negative),
        "backward state against the laws",
    ),
}
CASES = [("prospective", *case) for case in MUTATIONS.items()]
CASES += [("membrane", *case) for case in MEMBRANE_MUTATIONS.items()]


@pytest.mark.parametrize(
    "cost, mutation", [(cost, case) for cost, _, case in CASES], ids=[name for _, name, _ in CASES]
)
def test_a_flipped_sign_does_not_come_out(cost, mutation, monkeypatch):
    make, room, attribute, instead, complaint = mutation
    setting = Setting("vle", cost)
    make(setting)
    monkeypatch.setattr(room, attribute, instead)
    with pytest.raises(DerivationError, match=complaint):
        make(setting)


@pytest.mark.usefixtures("cache_folder")
def test_a_step_that_does_not_come_out_stops_the_derivation(monkeypatch):
    monkeypatch.setattr(plasticity, "laws", changed_laws(weight=negative))
    with pytest.raises(DerivationError, match="plasticity of W"):
        derive("vle")
