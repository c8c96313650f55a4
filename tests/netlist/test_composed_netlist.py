"""Netlist and deck of circuits that are made of primitives: what stands in them, and that both are the same circuit."""

import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from tests.support.grammar import strange_lines
from tests.support.net_names import check_names
from vle_analog import Study
from vle_analog.netlist import flat_vector
from vle_analog.netlist.hierarchical import hierarchical_vector
from vle_analog.simulator import Job, open_backend
from vle_analog.simulator.rawfile import read_raw

PRIMITIVES = (
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
UNITS = {
    "circuit.voltage_unit": "auto",
    "circuit.weight_unit": "auto",
    "circuit.error_unit": 0.12,
    "circuit.time_unit": 1e-3,
    "duration": 1.0,
    "simulate.points": 51,
}


def chain(level, changes=()):
    levels = dict.fromkeys(PRIMITIVES, "behavioural") if level == "behavioural" else {}
    return Study.load("online_chain", UNITS | {"circuit.level": level, "circuit.levels": levels} | dict(changes))


@pytest.fixture(scope="module")
def ideal():
    return chain("behavioural")


@pytest.fixture(scope="module")
def transistors():
    return chain("transistor")


def definitions(text):
    return re.findall(r"^\.subckt (\w+)", text, re.MULTILINE)


def test_primitives_are_defined_once_and_before_what_they_are_in(ideal, transistors):
    for study in (ideal, transistors):
        deck, netlist = study.deck().text(), study.netlist()["online_chain.cir"].decode()
        primitives = [leaf.name for leaf in study.circuit().leaves.values() if leaf.primitive]
        for text in (deck, netlist):
            found = definitions(text)
            assert len(found) == len(set(found))
            assert set(primitives) <= set(found)
        composed = [leaf.name for leaf in study.circuit().leaves.values() if leaf.primitives]
        assert composed
        names = definitions(netlist)
        assert max(map(names.index, primitives)) < names.index("hidden_neuron")
        assert not set(composed) & set(definitions(deck))  # taken apart in the deck
        for name, leaf in study.circuit().leaves.items():
            assert all(names.index(inner) < names.index(name) for inner in leaf.primitives.values())


def test_devices_are_there_where_there_are_transistors_and_only_there(ideal, transistors):
    assert "devices.cir" not in ideal.netlist()
    assert ".model" not in re.sub(r"\.model \w+_file", "", ideal.deck().text())
    files = transistors.netlist()
    assert files["online_chain.cir"].count(b".include devices.cir") == 1
    assert definitions(files["devices.cir"].decode()) == ["nch", "pch"]
    assert definitions(transistors.deck().text()).count("nch") == 1
    mixed = Study.load("online_chain", UNITS | {"circuit.levels": {"hidden[0]": "transistor"}})
    assert "devices.cir" in mixed.netlist()


def test_a_behavioural_circuit_has_neither_hold_nor_operating_point():
    deck = Study.load("online_chain", {"duration": 1.0}).deck()
    assert deck.transient is not None
    assert deck.transient.card().endswith(" uic")
    assert "hold" not in deck.text()


def test_names_are_unique_and_every_line_is_known(ideal, transistors):
    for study in (ideal, transistors):
        check_names(study)
        primitives = [leaf for leaf in study.circuit().leaves.values() if leaf.primitive]
        inner = {line for leaf in primitives for line in leaf.subcircuit.source} | set(study.circuit().devices)
        deck = "".join(f"{line}\n" for line in study.deck().text().splitlines() if line not in inner)
        assert strange_lines(deck, composed=True) == []


def test_hold_falls_at_model_time_zero_and_the_run_is_longer_by_it(ideal):
    circuit, deck = ideal.circuit(), ideal.deck()
    card = next(card for card in deck.cards if card.startswith("Vhold"))
    high, low, begin, _, fall = (float(word) for word in re.split(r"[( ]", card)[4:9])
    assert (high, low) == (circuit.supply, 0)
    assert begin + fall == pytest.approx(circuit.hold) == pytest.approx(1e-3)
    assert deck.transient is not None
    assert deck.transient.stop == pytest.approx(2e-3)
    assert "uic" not in deck.transient.card()


STIMULI = {
    "sines": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 5.0, "phase": 0.4}]]},
    "steps": {"kind": "steps", "channels": [[{"time": 0.02, "value": 1.0}]], "initials": 0.5, "rise": 0.1},
    "samples": {"kind": "samples", "times": [0.0, 0.5, 2.0], "values": [0.7, -0.2, 0.4]},
}


@pytest.mark.parametrize("kind", STIMULI)
def test_inputs_are_held_at_their_values_of_model_time_zero(kind):
    document = dict(chain("behavioural").spec.document)
    study = Study.from_document(document | {"stimuli": {"drive": STIMULI[kind]}}, "held")
    circuit, deck = study.circuit(), study.deck()
    with open_backend("ngspice") as backend:
        result = backend.run(Job(replace(deck, saves=("drive_0", "hold", "vss")), 60.0, {}))
    signal = study.spec.network.received_stimuli()["drive"]
    model = np.maximum(result.time - circuit.hold, 0) / circuit.units.time
    wanted = signal(model)[0] * circuit.units.potential
    assert np.max(np.abs(result.vectors["drive_0"] - wanted)) < 1e-6
    assert np.all(result.vectors["drive_0"][result.time < circuit.hold] == pytest.approx(wanted[0]))
    high = result.vectors["hold"] - result.vectors["vss"]
    assert np.all(high[result.time < 0.98 * circuit.hold] == pytest.approx(circuit.supply))
    assert np.all(np.abs(high[result.time >= circuit.hold * (1 + 1e-9)]) < 1e-9)


@pytest.mark.parametrize("level", ["behavioural", "transistor"])
def test_the_netlist_is_the_deck(level, tmp_path, ideal, transistors):
    """The testbench in the ngspice program, the deck in the library."""
    study = ideal if level == "behavioural" else transistors
    for name, content in study.netlist().items():
        (tmp_path / name).write_bytes(content)
    subprocess.run(["ngspice", "-b", "-r", "out.raw", "testbench.cir"], cwd=tmp_path, check=True, capture_output=True)
    plot, result, circuit = read_raw(tmp_path / "out.raw"), study.simulate().result, study.circuit()
    assert plot is not None
    for probe in circuit.probes:
        vector = plot.values[:, plot.names.index(hierarchical_vector(circuit, probe))]
        flat = np.interp(plot.values[:, 0], result.time, result.vectors[flat_vector(probe)])
        assert np.max(np.abs(flat - vector)) < 1e-6 * max(np.max(np.abs(flat)), 1e-12), probe


def test_the_rails_follow_the_replica(transistors):
    circuit, deck = transistors.circuit(), transistors.deck()
    with open_backend("ngspice") as backend:
        result = backend.run(Job(replace(deck, saves=("vdd", "vss", "frame_cm")), 60.0, {}))
    assert result.vectors["vdd"] - result.vectors["vss"] == pytest.approx(circuit.supply)
    assert result.vectors["vss"] == pytest.approx(-result.vectors["frame_cm"])
    assert 0.4 < result.vectors["frame_cm"][0] < 0.6 * circuit.supply  # three gate-source voltages
