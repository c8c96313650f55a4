"""The proof does fail: one wrong sign, swapped pin, gain or net in a cell or a circuit, and it no longer comes out.

By default a part of the mutants; MUTANTS=all makes some twice as many, which takes minutes.
"""

import os
from dataclasses import replace

import pytest

from tests.support.mutants import STUDIES, Case, card_mutants, law_mutants, net_mutants, sizing_mutants, top_mutants
from vle_analog.cells.library import cell, cell_names
from vle_analog.errors import InputError
from vle_analog.mapping import assemble
from vle_analog.mapping.parts import neuron_parts
from vle_analog.proof.prove import Verifier

THOROUGH = os.environ.get("MUTANTS") == "all"

SOURCE = "the current of a source is what its net asks for, of either sign and in any unit"
AMMETER = "B is the current through the ammeter: nothing listens to the voltage of b"
ALONE = "all that is on this node comes from this line: twice as much of everything is the same voltage"
ANY = "any capacitor does: the conductance beside it follows from it"
LEVEL = "the level of impedance is free: all that feeds the node takes its conductance from this line"
PRODUCT = "two factors of a product"
# mutants that are the same circuit, as far as its equations go
EQUIVALENT_LAWS = {
    "weight_fixed.w: sign": SOURCE,
    "weight_fixed.w: gain": SOURCE,
    "time_constant_fixed.t: sign": SOURCE,
    "time_constant_fixed.t: gain": SOURCE,
    **{
        f"{name}.i(b): {what}": AMMETER
        for name in ("error_lead", "error_lag", "error_follow", "error_wire")
        for what in ("sign of v(b)", "sign of -(v(e))", "without -(v(e))", "b for e")
    },
    "membrane_plastic.d: gain": ALONE,
    "highpass.a: gain": ALONE,
}
EQUIVALENT_SIZES = {
    **{
        f"{name}.c: {what}": ANY
        for name in (
            "membrane_lead",
            "membrane_sum",
            "membrane_plastic",
            "error_lead",
            "error_lag",
            "error_follow",
            "error_plastic",
            "highpass",
        )
        for what in ("gain", "tau_r for tau_m")
    },
    **{
        f"{name}: gain": LEVEL
        for name in ("slope.gh", "pole_stage.g", "membrane_sum.g", "membrane_wire.g", "membrane_plastic.g")
    },
    "noise_forward.g: g0 for g_s": "of a membrane whose g_s is g0",
}
EQUIVALENT_CARDS = {
    f"{name}.i(b): b for e": "either way round, the same voltage"
    for name in ("error_lead", "error_lag", "error_follow", "error_wire")
}
EQUIVALENT_NETS = {
    f"{name}: net of {a} and of {b}": PRODUCT
    for name, a, b in (
        ("synapse_backward", "e", "w"),
        ("time_constant_update", "a", "d"),
        ("feedback_update", "x", "a"),
        ("target_membrane", "l", "tm"),
    )
}


@pytest.fixture(scope="module", params=STUDIES)
def case(request):
    return Case(request.param)


def survivors(mutants, fails, equivalent):
    """Names of the mutants that were not noticed, but for those that are no mutants."""
    found = []
    for name, *what in mutants:
        try:
            noticed = fails(*what)
        except InputError:
            noticed = True
        if not noticed and name not in equivalent:
            found.append(name)
    return found


def network_cells():
    return [name for name in cell_names() if not cell(name).primitive]


PLAIN = (
    "membrane_lead",
    "membrane_sum",
    "membrane_wire",
    "error_lead",
    "error_lag",
    "error_wire",
    "slope",
    "target_error",
    "nudge",
    "bias_forward",
    "bias_update",
    "weight",
    "weight_fixed",
    "synapse_forward",
    "synapse_backward",
    "synapse_update",
    "pole",
    "pole_stage",
)
LEARNS = (
    "membrane_plastic",
    "error_plastic",
    "time_constant",
    "time_constant_update",
    "noise_forward",
    "highpass",
    "feedback_update",
)


def own(case):
    """The cells that are looked at in this study: every cell in the first study that places it."""
    before = {"plain": (), "equal": PLAIN, "learns": PLAIN, "taught": PLAIN + LEARNS}[case.name]
    return [name for name in case.modules if name not in before]


def test_the_right_circuit_is_proven(case):
    assert case.whole.holds, case.whole.failed


def test_every_cell_is_in_some_study(case):
    assert set(case.modules) <= set(network_cells())
    assert set(PLAIN) | set(LEARNS) | {"error_follow", "error_copy", "target_membrane", "time_constant_fixed"} == set(
        network_cells()
    )


def test_no_wrong_law_survives_in_the_composed_equations(case):
    for name in own(case):
        mutants = law_mutants(cell(name), THOROUGH)
        found = survivors(mutants, lambda made, n=name: case.fails(made, module=case.modules[n]), EQUIVALENT_LAWS)
        assert not found


def test_no_wrong_law_and_no_wrong_card_survives_beside_the_other(case):
    for name in own(case):
        made, leaf = cell(name), next(leaf for leaf in case.circuit.leaves.values() if leaf.cell == name)
        laws = law_mutants(made, thorough=True)
        assert not survivors(laws, lambda wrong, leaf=leaf: case.cards_fail(wrong, leaf), EQUIVALENT_CARDS)
        wrong_cards = card_mutants(made, leaf)
        assert not survivors(wrong_cards, lambda wrong, made=made: case.cards_fail(made, wrong), {})


def test_no_wrong_size_survives(case):
    for name in own(case):
        mutants = sizing_mutants(cell(name), THOROUGH)
        found = survivors(mutants, lambda made, n=name: case.fails(made, module=case.modules[n]), EQUIVALENT_SIZES)
        assert not found


def test_no_swapped_nets_survive(case):
    for module in case.circuit.modules[:-1]:
        if THOROUGH or case.name != "taught":
            mutants = net_mutants(case.circuit, module)
            wrong = survivors(mutants, lambda c, m=module.name: case.fails(circuit=c, module=m), EQUIVALENT_NETS)
            assert not wrong


def test_no_wrong_connection_survives(case):
    def fails(circuit):
        wrong = Verifier(case.study.spec, circuit, case.study.target)
        wrong.__dict__["start"] = case.right.start
        if not wrong.connections()[0].holds:
            return True
        found = [*wrong.neurons(to_the_end=False), *wrong.synapses(to_the_end=False)]
        return not all(statement.holds for statement in found)

    assert not survivors(top_mutants(case.circuit), fails, {})


def test_a_number_that_is_not_its_formula_does_not_survive(case):
    module = next(m for m in case.circuit.modules if m.name == "readout_neuron")
    wrong = replace(
        module, parameters={**module.parameters, "membrane_c": module.parameters["membrane_c"] * (1 + 1e-6)}
    )
    modules = tuple(wrong if m.name == module.name else m for m in case.circuit.modules)
    assert case.fails(circuit=replace(case.circuit, modules=modules), module=module.name)


def test_a_pass_that_swaps_two_nets_is_noticed(case, monkeypatch):
    def swapped(plan, k, *rest):
        parts, ports = neuron_parts(plan, k, *rest)
        turned = [(part, name, phi, nets[::-1] if part == "slope" else nets) for part, name, phi, nets in parts]
        return turned, ports

    monkeypatch.setattr(assemble, "neuron_parts", swapped)
    study = type(case.study)(case.study.spec)
    assert not study.verify().holds
