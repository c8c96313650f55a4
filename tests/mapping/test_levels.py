"""Which level every cell has: the finest key wins, a synapse is of one kind, and what cannot be is refused."""

import pytest

from tests.support.learning_studies import document
from vle_analog import InputError, Study
from vle_analog.mapping.levels import resolve_levels
from vle_analog.mapping.parts import neuron_parts, synapse_parts
from vle_analog.mapping.place import place


def plan(**changes):
    study = Study.from_document(document(**changes), "levels")
    return place(study.spec.network)


def resolved(level="behavioural", levels=(), placement=None):
    """Owner, index -> {part: composition}."""
    placement = placement or plan()
    found, levels = {}, resolve_levels(placement, level, dict(levels))
    for neurons in placement.neurons:
        for k, made in enumerate(levels.neurons[neurons.population.name]):
            names = [part for part, *_ in neuron_parts(neurons, k, ())[0]]
            found[neurons.population.name, k] = dict(zip(names, made, strict=True))
    for synapses in placement.synapses:
        names, name = [part for part, *_ in synapse_parts(synapses)[0]], synapses.projection.name
        for row, column in [(r, c) for r in range(2) for c in range(2)]:
            found[name, row, column] = dict(zip(names, levels.synapse(name, row, column), strict=True))
    return found, levels


def test_nothing_is_composed_where_nothing_asks_for_it():
    found, levels = resolved()
    assert not levels.composed
    assert not levels.composed_projections
    assert all(made is None for parts in found.values() for made in parts.values())


@pytest.mark.parametrize("level", ["macromodel", "transistor"])
def test_the_level_of_the_circuit_is_that_of_every_cell_and_primitive(level):
    found, levels = resolved(level)
    assert levels.composed
    assert set(levels.composed_projections) == {"drive_hidden", "hidden_readout"}
    assert {made.level for parts in found.values() for made in parts.values()} == {level}
    assert {given for _, given in levels.primitives} == {level}
    assert {name for name, _ in levels.primitives} == {
        "ota_linear",
        "floating_resistor",
        "bump_ota",
        "hold_switch",
        "multiplier",
        "multiplier_linear",
        "update_multiplier",
        "update_multiplier_linear",
    }


def test_one_neuron_may_differ_from_the_others_of_its_population():
    found, _ = resolved(levels={"hidden[1]": "transistor"})
    assert set(found["hidden", 0].values()) == {None}
    assert {made.label for made in found["hidden", 1].values()} == {"transistor"}
    assert set(found["readout", 0].values()) == {None}


def test_one_synapse_may_differ_from_the_others_of_its_projection():
    found, levels = resolved(levels={"hidden_readout[0,1]": "transistor"})
    assert set(found["hidden_readout", 0, 0].values()) == {None}
    assert {made.label for made in found["hidden_readout", 0, 1].values()} == {"transistor"}
    assert levels.composed_projections == ("hidden_readout",)


def test_a_population_and_a_projection_may_differ():
    found, _ = resolved("transistor", {"hidden": "behavioural", "drive_hidden": "behavioural"})
    assert set(found["hidden", 0].values()) == set(found["drive_hidden", 0, 0].values()) == {None}
    assert {made.level for made in found["readout", 0].values()} == {"transistor"}


def test_the_finest_key_wins():
    keys = {
        "membrane_lead": "macromodel",
        "hidden": "transistor",
        "hidden[0]": "macromodel",
        "hidden[0].slope": "behavioural",
        "readout[0]": "behavioural",
    }
    found, _ = resolved("transistor", keys)
    assert found["hidden", 0]["membrane"].level == "macromodel"
    assert found["hidden", 0]["slope"] is None
    assert found["hidden", 1]["membrane"].level == "transistor"
    assert set(found["readout", 0].values()) == {None}


def test_a_type_of_cell_has_its_level_everywhere():
    found, levels = resolved(levels={"membrane_lead": "transistor"})
    assert found["hidden", 0]["membrane"].primitives == (
        ("ota_linear", "transistor"),
        ("floating_resistor", "transistor"),
        ("hold_switch", "transistor"),
    )
    assert found["hidden", 1]["membrane"] is None  # a weighted sum
    assert not levels.composed_projections


def test_a_primitive_has_its_level_in_every_cell_that_it_is_in():
    found, _ = resolved("transistor", {"ota_linear": "macromodel"})
    made = found["hidden", 0]["membrane"]
    assert dict(made.primitives)["ota_linear"] == "macromodel"
    assert dict(made.primitives)["floating_resistor"] == "transistor"
    assert made.label == "transistor_ota_linear_macromodel"


def test_a_key_of_a_primitive_composes_the_cells_that_it_is_in():
    found, _ = resolved(levels={"floating_resistor": "transistor"})
    assert found["hidden", 0]["membrane"].primitives == (
        ("ota_linear", "behavioural"),
        ("floating_resistor", "transistor"),
        ("hold_switch", "behavioural"),
    )
    assert found["hidden", 0]["slope"] is None


def test_a_place_that_is_behavioural_stays_so_whatever_its_primitives():
    found, _ = resolved(levels={"floating_resistor": "transistor", "hidden[0]": "behavioural"})
    assert set(found["hidden", 0].values()) == {None}


def test_all_cells_of_a_synapse_are_composed_or_none():
    found, _ = resolved(levels={"multiplier": "transistor"})
    synapse = found["hidden_readout", 0, 0]
    assert all(synapse.values())
    assert synapse["forward"].label == "behavioural_multiplier_transistor"
    assert synapse["weight"].label == synapse["update"].label == "behavioural"
    assert set(found["drive_hidden", 0, 0].values()) == {None}  # a linear multiplier at its input


@pytest.mark.parametrize(
    "key, word",
    [
        ("multiplyer", "did you mean multiplier"),
        ("hiden", "did you mean hidden"),
        ("hidden[0].slop", "did you mean slope"),
        ("drive_hidden[0,0].updates", "did you mean update"),
    ],
)
def test_a_key_that_names_nothing_is_refused_with_what_is_near(key, word):
    with pytest.raises(InputError, match=r"circuit\.levels") as caught:
        resolved(levels={key: "transistor"})
    assert word in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(InputError) as caught:
        resolved(levels={"multiplyer": "transistor", "hiden": "transistor"})
    assert len(caught.value.problems) == 2


def test_another_activation_is_refused_with_the_reason():
    placement = plan(hidden={"activation": "logistic"})
    with pytest.raises(InputError, match=r"(?s)no transistor version of slope for activation 'logistic'.*tanh"):
        resolved("transistor", placement=placement)
    keys = {"slope": "behavioural", "hidden_readout": "behavioural"}
    found, _ = resolved("transistor", keys, placement)
    assert found["hidden", 0]["slope"] is None
    assert found["hidden", 0]["membrane"].level == "transistor"


def test_cells_without_transistors_are_refused_and_may_stay_behavioural():
    placement = plan(hidden={"tau_m_plastic": True, "tau_m_eta": 0.1})
    with pytest.raises(InputError) as caught:
        resolved("transistor", placement=placement)
    remedies = {name for problem in caught.value.problems for name in problem.remedies}
    cells = ("membrane_plastic", "error_plastic", "time_constant", "time_constant_fixed", "time_constant_update")
    assert {f"ideal:{name}" for name in cells} <= remedies
    found, _ = resolved("transistor", dict.fromkeys(cells, "behavioural"), placement)
    assert found["hidden", 0]["membrane"] is None
    assert found["hidden", 0]["slope"].level == "transistor"


def test_the_study_hands_its_keys_over():
    with pytest.raises(InputError, match="did you mean slope"):
        Study.load("online_chain", {"circuit.levels": {"slopes": "transistor"}}).circuit()
