"""Closed loop of the sizing: what is off is found, corrected, and then right in a measurement of another kind."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vle_analog import Study, pipeline
from vle_analog.characterise.bench import OPTIONS
from vle_analog.mapping import closed_loop as loop
from vle_analog.mapping.closed_loop import BOUND, MeasuredQuantity, Tuned, closed_loop
from vle_analog.mapping.trim import device_capacitance
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.deck import Deck, Transient, number
from vle_analog.netlist.leaf import leaf_cards
from vle_analog.netlist.rails import rail_cards
from vle_analog.simulator import Job, open_backend

SPOILED, KEY = "readout_0", "target_difference_ib"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "sizing.md"


@pytest.fixture(scope="module")
def backend():
    with open_backend() as opened:
        yield opened


@pytest.fixture(scope="module")
def sized() -> Circuit:
    return Study.load("online_chain", {"circuit.level": "transistor"}).circuit()


@pytest.fixture(scope="module")
def tuned(backend, sized: Circuit) -> Tuned:
    return closed_loop(spoiled(sized), backend=backend)


def spoiled(circuit: Circuit) -> Circuit:
    """With a bias current that is 10 % too large."""
    wrong = {KEY: 1.1 * value(circuit, SPOILED, KEY)}
    instances = tuple(
        replace(instance, parameters={**instance.parameters, **wrong}) if instance.name == SPOILED else instance
        for instance in circuit.top.instances
    )
    return replace(circuit, modules=(*circuit.modules[:-1], replace(circuit.top, instances=instances)))


def value(circuit: Circuit, name: str, key: str) -> float:
    outer = next(instance for instance in circuit.top.instances if instance.name == name)
    module = next(module for module in circuit.modules if module.name == outer.of)
    return float({**module.parameters, **outer.parameters}[key])


def row(tuned: Tuned, kind: str, cell: str, part: str) -> MeasuredQuantity:
    (found,) = [row for row in tuned.rows if (row.kind, row.cell, row.part) == (kind, cell, part)]
    return found


def test_every_gain_and_time_constant_is_within_one_percent(tuned: Tuned):
    assert len(tuned.rows) > 20
    assert {row.quantity for row in tuned.rows} == {"gain", "tau_m", "tau_r", "capacitance"}
    assert not tuned.outside
    assert max(abs(row.after / row.target - 1) for row in tuned.rows) < BOUND
    assert tuned.simulator.startswith("ngspice")


def test_a_wrong_bias_current_is_found_and_put_right(tuned: Tuned, sized: Circuit):
    found = row(tuned, "readout_neuron", "target", "difference")
    assert found.before / found.target == pytest.approx(1.1, rel=0.01)
    right = value(sized, SPOILED, KEY)
    assert value(tuned.circuit, SPOILED, KEY) == pytest.approx(right, rel=0.005)


@pytest.mark.parametrize(
    "cell, part, seconds", [("membrane", "c", 1e-3), ("membrane", "series", 0.2e-3), ("error", "c", 1e-3)]
)
def test_targets_are_the_time_constants_of_the_study(tuned: Tuned, cell: str, part: str, seconds: float):
    assert row(tuned, "hidden_neuron", cell, part).target == pytest.approx(seconds, rel=1e-3)


def test_a_resistor_whose_capacitor_is_not_alone_was_off_before(tuned: Tuned):
    found = row(tuned, "hidden_neuron", "membrane", "series")
    assert found.before / found.target > 1 + BOUND


def test_nothing_but_bias_currents_and_capacitors_changes(tuned: Tuned, sized: Circuit):
    assert tuned.circuit.modules[:-1] == sized.modules[:-1]
    assert tuned.circuit.leaves == sized.leaves
    for before, after in zip(sized.top.instances, tuned.circuit.top.instances, strict=True):
        changed = {key for key, item in after.parameters.items() if before.parameters.get(key) != item}
        assert all(key.endswith(("_ib", "_c")) for key in changed)


def test_a_step_of_current_shows_the_time_constant(backend, tuned: Tuned):
    """The same membrane in time: u follows a step with tau_m, and n is ahead of it by tau_r."""
    circuit = tuned.circuit
    assert circuit.replica is not None
    leaf = circuit.leaves["membrane_lead_transistor"]
    names = [name for name in leaf.subcircuit.parameters if name != "u0"]
    given = " ".join(f"{name}={number(value(circuit, 'hidden_0', f'membrane_{name}'))}" for name in names)
    devices, net = device_capacitance(circuit), "hidden_0_n"
    hung = devices.nets[net] - devices.own["hidden_0", "membrane", net]  # F of the other cells on the net
    current = 1.5e-10  # A: 10 mV
    cards = [*circuit.devices]
    for name in (*leaf.primitives.values(), circuit.replica.leaf):
        cards += leaf_cards(circuit.leaves[name])
    cards += [
        *leaf_cards(leaf),
        *rail_cards(circuit),
        "Vhold hold vss 0",
        f"Cn n 0 {number(hung)}",
        f"Istep 0 n pulse(0 {number(current)} 1e-4 1e-7 1e-7 1 1)",
        f"Xm n 0 vdd vss hold {leaf.name} {given}",
    ]
    deck = Deck("a step", tuple(cards), OPTIONS, Transient(1e-5, 10e-3, 1e-5, hold=1.0), ("xm.u", "n"))
    result = backend.run(Job(deck))
    time, u, n = result.time - 1e-4, result.vectors["xm.u"], result.vectors["n"]
    settled = u[-1]
    inside = (time > 1e-3) & (time < 3e-3)
    slope, _ = np.polyfit(time[inside], np.log(1 - u[inside] / settled), 1)
    assert -1 / slope == pytest.approx(row(tuned, "hidden_neuron", "membrane", "c").target, rel=0.03)
    ahead = (n - u)[inside] / np.gradient(u, time)[inside]
    assert np.median(ahead) == pytest.approx(row(tuned, "hidden_neuron", "membrane", "series").target, rel=0.02)


def test_what_is_alike_is_measured_once(backend):
    circuit = Study.load("two_layer", {"circuit.level": "macromodel"}).circuit()
    tuned = closed_loop(circuit, backend=backend)
    assert not tuned.outside
    weights = [row for row in tuned.rows if row.cell == "weight"]
    assert sorted(len(row.members) for row in weights) == [3, 6]
    slopes = [member for row in tuned.rows if (row.cell, row.part) == ("slope", "bump") for member in row.members]
    assert sorted(slopes) == ["hidden_0", "hidden_1", "hidden_2"]


def test_what_stays_outside_is_told(backend, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loop, "ROUNDS", 0)
    circuit = Study.load("online_chain", {"circuit.level": "macromodel"}).circuit()
    tuned = closed_loop(circuit, backend=backend)
    assert [(row.cell, row.part) for row in tuned.outside] == [("slope", "bump")]  # its top is not that of the law
    assert [i.parameters for i in tuned.circuit.top.instances] == [i.parameters for i in circuit.top.instances]


def test_ideal_cells_are_left_alone():
    circuit = Study.load("online_chain").circuit()
    tuned = closed_loop(circuit)
    assert tuned.circuit is circuit
    assert (tuned.rows, tuned.sizes) == ((), ())


def test_a_study_is_tuned_for_no_corner_and_no_draw(monkeypatch: pytest.MonkeyPatch):
    seen = []

    def record(circuit: Circuit, *_: object) -> Tuned:
        seen.append(circuit)
        return Tuned(replace(circuit, tuned="a bench"))

    monkeypatch.setattr(pipeline, "closed_loop", record)
    changes = {
        "circuit.level": "transistor",
        "circuit.closed_loop": True,
        "circuit.corner": "ff",
        "circuit.mismatch_seed": 3,
        "circuit.temperature": 60,
    }
    study = Study.load("online_chain", changes)
    circuit = study.circuit()
    assert (circuit.seed, circuit.temperature, circuit.tuned) == (3, 60.0, "a bench")
    assert (seen[0].seed, seen[0].temperature) == (None, 27.0)
    assert circuit.devices != seen[0].devices
    assert "corrected on a bench in a bench" in study.netlist()["online_chain.cir"].decode()


def test_the_page_shows_what_is_measured(tuned: Tuned):
    """Cells, parts, quantities and deviations of the table in docs/explanation/sizing.md, except the spoiled one."""
    line = re.compile(r"(\w+) +(\w+) +[\d.]+ \w+ .* (\w+) +[\d.]+ \w+ +([+-][\d.]+) % +([+-][\d.]+) %")
    shown = [match.groups() for match in map(line.search, PAGE.read_text(encoding="utf-8").splitlines()) if match]
    found = sorted((row.cell, row.part, row.quantity, row.before / row.target) for row in tuned.rows)
    assert len(shown) == len(found)
    for (*names, before, after), (*measured, ratio) in zip(sorted(shown), found, strict=True):
        assert names == measured
        assert abs(float(after)) < 100 * BOUND
        assert names[1] == "difference" or float(before) == pytest.approx(100 * (ratio - 1), abs=0.5)
