"""Circuits whose cells are made of primitives: with ideal primitives they solve the same equations, with transistors
they come near, and they begin where the ideal begins."""

from dataclasses import replace

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.netlist import flat_deck, solver_settings
from vle_analog.simulator import Job, open_backend

UNITS = {
    "circuit.voltage_unit": "auto",
    "circuit.weight_unit": "auto",
    "circuit.error_unit": 0.12,
    "circuit.time_unit": 1e-3,
    "simulate.points": 201,
}
IDEAL = (
    "ota",
    "ota_linear",
    "multiplier",
    "multiplier_linear",
    "update_multiplier",
    "update_multiplier_linear",
    "bump_ota",
    "floating_resistor",
    "hold_switch",
)
COMPOSED = {"circuit.levels": dict.fromkeys(IDEAL, "behavioural")}


def nrmse(study, kinds):
    """Largest error of the signals of these kinds over their span."""
    ideal, traces = study.ideal(), study.simulate().traces
    found = [
        np.sqrt(np.mean((row - ideal[str(signal)]) ** 2)) / max(np.ptp(ideal[str(signal)]), 1e-3)
        for signal, row in zip(traces.signals, traces.values, strict=True)
        if signal.kind in kinds
    ]
    assert found
    return max(found)


@pytest.mark.parametrize("name, bound", [("depth", 1e-3), ("online_chain", 5e-3), ("nudged_linear", 5e-3)])
def test_cells_made_of_ideal_primitives_solve_the_equations(name, bound):
    """Errors less well: kinds of multipliers have scales of the weight that differ by a few per mille, per layer."""
    study = Study.load(name, UNITS | COMPOSED | {"duration": 6.0, "network.plasticity": False})
    circuit = study.circuit()
    assert circuit.hold > 0
    assert circuit.replica is None
    assert not circuit.devices
    assert nrmse(study, ("u", "U", "r")) < bound
    assert nrmse(study, ("v", "B", "e")) < 2e-2


def test_stored_values_begin_where_the_ideal_begins():
    """Behavioural cells, too, are held where a circuit has composed ones."""
    study = Study.load(
        "online_chain",
        UNITS
        | {
            "duration": 2.0,
            "network.start": "settled",
            "circuit.levels": {"slope": "behavioural", "ota": "behavioural"},
            "circuit.level": "behavioural",
            "stimuli.drive.channels": [[{"amplitude": 1.0, "omega": 1.0, "phase": 1.2}]],
            "network.populations.readout.activation": "tanh",
        },
    )
    assert study.circuit().hold > 0
    ideal, traces = study.ideal(), study.simulate().traces
    assert abs(ideal["hidden.u[0]"][0]) > 0.1
    for signal, row in zip(traces.signals, traces.values, strict=True):
        assert row[0] == pytest.approx(ideal[str(signal)][0], abs=2e-3), signal


def test_a_chain_of_transistors_resembles_the_ideal():
    study = Study.load("online_chain", UNITS | {"circuit.level": "transistor", "duration": 6.0})
    circuit = study.circuit()
    assert circuit.replica is not None
    assert circuit.devices
    ideal, traces = study.ideal(), study.simulate().traces
    for name in ("hidden.u[0]", "hidden.U[0]", "hidden.r[0]", "readout.U[0]", "readout.e[0]"):
        assert np.corrcoef(ideal[name], traces[name])[0, 1] > 0.95, name
    assert traces["drive_hidden.W[0,0]"][0] == pytest.approx(0.5, abs=0.02)


def test_one_transistor_neuron_in_a_behavioural_network():
    study = Study.load("two_layer", UNITS | {"circuit.levels": {"hidden[0]": "transistor"}, "duration": 1.0})
    circuit = study.circuit()
    made = {module.name: module for module in circuit.modules}
    neurons = [
        instance.of
        for instance in circuit.top.instances
        if instance.name.startswith("hidden_") and instance.name.removeprefix("hidden_").isdigit()
    ]
    assert len(set(neurons)) == 2
    assert neurons.count(neurons[0]) == 1
    assert "transistor" in neurons[0]
    assert all(instance.of.endswith("_transistor") for instance in made[neurons[0]].instances)
    assert not any(instance.of.endswith("_transistor") for instance in made[neurons[1]].instances)
    behavioural = circuit.leaves["weight"].subcircuit
    assert behavioural.cards[-1].name == "Bhold_w"


def test_mismatch_is_drawn_by_its_seed():
    changes = {"circuit.level": "transistor", "duration": 0.2, "circuit.mismatch_seed": 1}
    study = Study.load("online_chain", UNITS | changes)
    circuits = [replace(study.circuit(), seed=seed) for seed in (1, 1, 2)]
    decks = [flat_deck(circuit, *solver_settings(study.spec, circuit)) for circuit in circuits]
    with open_backend("libngspice") as backend:
        one, again, other = (backend.run(Job(deck, 60.0, {})).vectors["hidden_0_n"] for deck in decks)
    assert np.array_equal(one, again)
    assert abs(one[-1] - other[-1]) > 1e-4
