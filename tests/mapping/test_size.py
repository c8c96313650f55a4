"""Element values give back the time constants, the gains and the units they were made from."""

import numpy as np
import pytest

from tests.support.learning_studies import placed
from vle_analog import Study
from vle_analog.process.process import process


def document(**network):
    """All kinds of neurons in one hidden population: lead, wire, weighted sum; an output that hears its target."""
    return {
        "duration": 2.0,
        "network": {
            "output": "readout",
            "gamma": 0.2,
            "beta": 0.8,
            **network,
            "populations": {
                "hidden": {
                    "size": 4,
                    "tau_m": [1.0, 0.5, 0.37, 0.2],
                    "tau_r": [0.3, 0.5, 0.81, 0.05],
                    "activation": "tanh",
                    "bias": 0.3,
                    "bias_plastic": True,
                    "bias_eta": 0.07,
                },
                "readout": {
                    "size": 2,
                    "tau_m": [0.4, 0.9],
                    "tau_r": [0.4, 0.2],
                    "activation": "linear",
                    "realisation": "lead",
                    "bias": [0.1, 0.0],
                },
            },
            "projections": {
                "drive_hidden": {
                    "source": "drive",
                    "target": "hidden",
                    "plastic": True,
                    "eta": 0.13,
                    "weights": [[0.5], [-0.3], [0.2], [0.7]],
                },
                "hidden_readout": {
                    "source": "hidden",
                    "target": "readout",
                    "weights": {"init": "uniform", "scale": 0.5, "seed": 2},
                },
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 1.0}]]}},
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.5, "omega": 0.5}], []]},
        "simulate": {"points": 101},
    }


@pytest.fixture(scope="module")
def study():
    return Study.from_document(document())


@pytest.fixture(scope="module")
def parts(study):
    return placed(study.circuit())


NEURONS = [("hidden", k) for k in range(4)] + [("readout", k) for k in range(2)]
MEMBRANES = {"hidden": ["lead", "wire", "sum", "lead"], "readout": ["sum", "lead"]}


@pytest.mark.parametrize("owner, k", NEURONS)
def test_membrane_has_the_time_constants_of_the_neuron(study, parts, owner, k):
    population = study.spec.network.population(owner)
    tau_m, tau_r = population.tau_m[k] * 1e-3, population.tau_r[k] * 1e-3
    cell, p = parts[f"{owner}_{k}"]["membrane"]
    assert cell == f"membrane_{MEMBRANES[owner][k]}"
    if cell == "membrane_lead":
        assert p["rs"] * p["c"] == pytest.approx(tau_r, rel=1e-12)
        assert p["c"] / p["g"] + p["rs"] * p["c"] == pytest.approx(tau_m, rel=1e-12)
    elif cell == "membrane_sum":
        assert p["c"] / p["gu"] == pytest.approx(tau_m, rel=1e-12)
        assert p["gs"] / p["g"] == pytest.approx(tau_r / tau_m, rel=1e-12)
        assert p["gl"] / p["g"] == pytest.approx(1 - tau_r / tau_m, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("owner, k", NEURONS)
def test_error_cell_has_the_inverse_of_the_membrane(study, parts, owner, k):
    population = study.spec.network.population(owner)
    tau_m, ratio = population.tau_m[k] * 1e-3, population.tau_m[k] / population.tau_r[k]
    cell, p = parts[f"{owner}_{k}"]["error"]
    slope = parts[f"{owner}_{k}"]["slope"][1]
    assert slope["g"] == pytest.approx(ratio * slope["gh"], rel=1e-12)
    if MEMBRANES[owner][k] == "wire":
        assert cell == "error_wire"
        assert slope["g"] == pytest.approx(p["g"], rel=1e-12)
        return
    assert cell == ("error_lead" if ratio > 1 else "error_lag" if ratio < 1 else "error_follow")
    back = p["gb"] if ratio > 1 else -p["gl"] if ratio < 1 else 0.0
    assert p["c"] / p["gv"] == pytest.approx(tau_m, rel=1e-12)
    assert 1 + back / p["g"] == pytest.approx(ratio, rel=1e-12)
    assert slope["g"] == pytest.approx(p["g"] + back, rel=1e-12)  # unit gain at rest


def test_currents_are_weights_and_errors_in_their_units(study, parts):
    network, units = study.spec.network, study.circuit().units
    for q in network.projections:
        for (i, j), weight in np.ndenumerate(q.weights):
            synapse, membrane = parts[f"{q.name}_{i}_{j}"], parts[f"{q.target}_{i}"]["membrane"][1]
            assert synapse["weight"][1]["w0"] == pytest.approx(weight * units.weight, rel=1e-12)
            # weight 1 at rate 1 gives S one unit of potential across g
            forward = synapse["forward"][1]
            assert forward["g"] * units.weight / membrane["g"] == pytest.approx(units.potential, rel=1e-12)
            assert forward["vu"] == units.potential
            if q.source == "hidden":
                back = synapse["backward"][1]["g"] * units.weight * units.error
                assert back / parts[f"hidden_{j}"]["slope"][1]["gh"] == pytest.approx(units.error, rel=1e-12)


def test_nudge_target_and_bias_have_their_gains(study, parts):
    network, units = study.spec.network, study.circuit().units
    for owner, k in NEURONS:
        neuron = parts[f"{owner}_{k}"]
        g = neuron["membrane"][1]["g"]
        assert neuron["nudge"][1]["g"] * units.error / g == pytest.approx(network.gamma * units.potential, rel=1e-12)
        assert neuron["bias"][1]["w0"] == pytest.approx(network.population(owner).bias[k] * units.weight, abs=1e-18)
        assert neuron["bias_forward"][1]["g"] * units.weight / g == pytest.approx(units.potential, rel=1e-12)
        if owner == "readout":
            h = neuron["target"][1]["g"] / neuron["slope"][1]["gh"]
            assert h == pytest.approx(network.beta * units.error, rel=1e-12)
        else:
            assert "target" not in neuron


def test_learning_rates_are_currents_onto_the_weight_capacitors(study, parts):
    units = study.circuit().units
    for i in range(4):
        synapse = parts[f"drive_hidden_{i}_0"]
        rate = synapse["update"][1]["g"] * units.error / synapse["weight"][1]["c"]  # volts per second, error 1, rate 1
        assert rate * units.time / units.weight == pytest.approx(0.13, rel=1e-12)
        neuron = parts[f"hidden_{i}"]
        rate = neuron["bias_update"][1]["g"] * units.error / neuron["bias"][1]["c"]
        assert rate * units.time / units.weight == pytest.approx(0.07, rel=1e-12)
    assert parts["hidden_readout_0_0"]["weight"][0] == "weight_fixed"
    assert "update" not in parts["hidden_readout_0_0"]


SHIPPED = {
    "depth": 2.0,
    "nudged_linear": 2.0,
    "online_chain": 2.0,
    "recurrent_pair": 1.0,
    "two_layer": 2.0,
    "wide": 2.0,
}


@pytest.mark.parametrize("name", SHIPPED)
def test_capacitors_lie_on_the_grid_and_elements_can_be_made(name):
    made = process("generic180")
    circuit = Study.load(name, {"duration": SHIPPED[name]}).circuit()
    for neuron in placed(circuit).values():
        for cell, p in neuron.values():
            if "c" in p:
                plate = made.plates.plate(p["c"])
                assert p["c"] == pytest.approx(made.capacitor_density * plate.width * plate.length, rel=1e-9)
                assert made.capacitor.minimum * 0.999 <= p["c"] <= made.capacitor.maximum * 1.001
            if cell == "membrane_lead":
                assert made.resistor.minimum <= p["rs"] <= made.resistor.maximum
            assert all(np.isfinite(value) for value in p.values())


@pytest.mark.parametrize("rule, error", [("vle", "error_lead"), ("le", "error_wire"), ("backprop", "error_wire")])
def test_rule_decides_the_error_cell_and_the_nudge(rule, error):
    parts = placed(Study.from_document(document(rule=rule)).circuit())
    assert parts["hidden_0"]["error"][0] == error
    assert ("nudge" in parts["hidden_0"]) == (rule != "backprop")


def test_frozen_plasticity_needs_no_learning_cells():
    count = Study.from_document(document(plasticity=False)).circuit().count()
    assert not {"weight", "bias_update", "synapse_update"} & set(count)
    assert count["weight_fixed"] == 4 + 8 + 4 + 2


def test_random_feedback_has_weights_of_its_own():
    circuit = Study.from_document(document(feedback="random")).circuit()
    network = Study.from_document(document(feedback="random")).spec.network
    parts, unit = placed(circuit), circuit.units.weight
    back = network.projections[1].feedback_weights
    for (i, j), weight in np.ndenumerate(back):
        assert parts[f"hidden_readout_{i}_{j}"]["feedback"][1]["w0"] == pytest.approx(weight * unit, rel=1e-12)
    assert circuit.count()["weight_fixed"] == 8 + 8 + 2


@pytest.mark.parametrize("pole", [0.0, 1e-3])
def test_a_parasitic_pole_is_there_only_where_it_is_asked_for(pole):
    changed = document() | {"circuit": {"parasitic_pole": pole}}
    circuit = Study.from_document(changed).circuit()
    assert circuit.count().get("pole", 0) == (18 if pole else 0)
    if pole:
        for neuron in list(placed(circuit).values())[:6]:
            cell, membrane = neuron["membrane"]
            load = membrane["g"] + (
                1 / membrane["rs"] if cell == "membrane_lead" else 0.0
            )  # all that hangs on the node
            assert neuron["pole_u"][1]["c"] / load == pytest.approx(pole * 1e-3, rel=1e-12)
            assert neuron["pole_h"][1]["c"] / neuron["slope"][1]["gh"] == pytest.approx(pole * 1e-3, rel=1e-12)


def test_parasitic_nodes_say_where_the_poles_are():
    changed = document() | {"circuit": {"parasitic_pole": 1e-3, "parasitic_nodes": ["h", "B", "B"]}}
    circuit = Study.from_document(changed).circuit()
    assert circuit.count()["pole"] == 6
    assert circuit.count()["pole_stage"] == 12
    for neuron in list(placed(circuit).values())[:6]:
        assert "pole_u" not in neuron
        for part in ("pole_b_1", "pole_b_2"):
            assert neuron[part][1]["c"] / neuron[part][1]["g"] == pytest.approx(1e-6, rel=1e-12)
            assert neuron[part][1]["g"] == pytest.approx(neuron["slope"][1]["g"], rel=1e-12)


def test_start_values_are_the_settled_ones():
    study = Study.from_document(document(start="settled"))
    parts, ideal, units = placed(study.circuit()), study.ideal(), study.circuit().units
    started = 0
    for owner, k in NEURONS:
        for part, key, kind, unit in (("membrane", "u0", "u", units.potential), ("error", "v0", "v", units.error)):
            if f"{owner}.{kind}[{k}]" in ideal:
                value = parts[f"{owner}_{k}"][part][1][key]
                assert value == pytest.approx(ideal[f"{owner}.{kind}[{k}]"][0] * unit, rel=1e-9, abs=1e-15)
                started += abs(value) > 0
    assert started >= 8
