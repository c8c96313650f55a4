"""Deviations in the flat deck: every card that they name has them, no other card changes, and ngspice feels them."""

import re
from dataclasses import replace

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.cells.fitted import fitted
from vle_analog.errors import InputError
from vle_analog.netlist import flat_deck, hierarchical_files, solver_settings
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.deck import Deck
from vle_analog.netlist.deviating import deviating, deviating_devices
from vle_analog.netlist.leaf import leaf_cards
from vle_analog.netlist.placed import placed
from vle_analog.simulator import Job, open_backend
from vle_analog.variation.chips import chip
from vle_analog.variation.draws import normals
from vle_analog.variation.sites import sites

OTA = fitted("ota_linear", "generic180")
CURRENT = 4e-9  # A, of one unit
COPIES = 100  # a standard deviation is known to 7 %
FINE = ".options reltol=1e-6 gmin=1e-16 abstol=1e-18 vntol=1e-9"


@pytest.fixture(scope="module")
def studies():
    return {
        level: Study.load("online_chain", {"circuit.level": level, "duration": 0.5})
        for level in ("macromodel", "transistor")
    }


def cards(study: Study, deviations) -> tuple[str, ...]:
    circuit = replace(study.circuit(), deviations=deviations)
    return flat_deck(circuit, *solver_settings(study.spec, circuit)).cards


def changed(study: Study, deviations) -> dict[str, str]:
    """Nominal card -> deviated card."""
    pairs = zip(study.deck().cards, cards(study, deviations), strict=True)
    return {old: new for old, new in pairs if old != new}


def test_an_offset_is_added_to_the_parameter_of_one_macromodel(studies):
    study = studies["macromodel"]
    given = study.circuit().leaves["ota_linear_macromodel"].subcircuit.parameters
    ((old, new),) = changed(study, {"hidden_0.slope.load": {"vos": 2e-3}}).items()
    assert old.startswith("B.hidden_0.slope.load.y ")
    for sign in (1, -1):
        before, after = (f"({given['vos'] + moved + sign * given['d']:.10g})" for moved in (0.0, 2e-3))
        assert before in old
        assert after in new


def test_a_deviation_is_added_to_what_the_instance_was_given(studies):
    study = studies["macromodel"]
    here = next(one for one in placed(study.circuit()) if one.path == ("hidden_0", "slope", "load"))
    found = changed(study, {"hidden_0.slope.load": {"k": 1.0}})
    grown = {
        old.split()[0]: float(new.split()[3]) / float(old.split()[3]) for old, new in found.items() if old[0] == "C"
    }
    units = here.parameters["k"]
    assert set(grown) == {f"C.hidden_0.slope.load.{pin}" for pin in ("n", "o")}
    assert list(grown.values()) == pytest.approx([(units + 1) / units] * 2)


@pytest.mark.parametrize("level", ["macromodel", "transistor"])
def test_capacitors_deviate_one_by_one_and_together(studies, level):
    own = {"hidden_0.membrane.m": {"c": 0.1}}
    found = changed(studies[level], own | {"process": {"c": -0.2}})
    ratios = {old.split()[0]: float(new.split()[3]) / float(old.split()[3]) for old, new in found.items()}
    assert ratios.pop("C.hidden_0.membrane.m") == pytest.approx(1.1 * 0.8)
    assert len(ratios) == 4
    assert list(ratios.values()) == pytest.approx([0.8] * 4)


def test_the_process_moves_the_parameters_of_all_transistors(studies):
    slower = {"n_slower": 0.01, "p_mobility": -0.03}
    ((old, new),) = changed(studies["transistor"], {"process": slower}).items()
    assert old == ".param n_slower=0 p_slower=0 n_mobility=1 p_mobility=1"
    assert new == ".param n_slower=0.01 p_slower=0 n_mobility=1 p_mobility=0.97"


def test_a_primitive_whose_transistors_deviate_is_taken_apart(studies):
    study = studies["transistor"]
    found = cards(study, {"hidden_0.membrane.load.X1": {"dvt": 1e-3, "db": 0.02}})
    nominal = study.deck().cards
    call = next(card for card in nominal if card.startswith("X.hidden_0.membrane.load "))
    bias = re.findall(r" ib=(\S+)", call)[0]
    apart = [card for card in found if card.split()[0][1:].startswith(".hidden_0.membrane.load")]
    leaf = study.circuit().leaves["ota_linear_transistor"]
    assert [card.split()[0] for card in apart] == [
        f"{card.name[0]}.hidden_0.membrane.load.{card.name}" for card in leaf.subcircuit.cards
    ]
    at = "hidden_0.membrane.load"
    assert f"I.{at}.Ib vdd {at}.vb {bias}" in apart
    device = "nch w=4e-06 l=2e-06 m=4"
    assert f"X.{at}.X1 {at}.a 0 {at}.s1 vss {device} dvt=0.001 db=0.02" in apart
    assert f"X.{at}.Xd1 {at}.s1 {at}.s1 {at}.t1 vss {device}" in apart
    others = [card for card in found if card not in apart]
    wrappers = [card for card in others if card not in nominal]
    assert [card.split()[:2] for card in wrappers] == [
        [".subckt", "nch"],
        ["m0", "d"],
        [".subckt", "pch"],
        ["m0", "d"],
    ]
    assert len(others) == len(nominal) - 1


def test_no_deviation_is_no_change(studies):
    for study in studies.values():
        assert cards(study, {}) == study.deck().cards


@pytest.mark.parametrize(
    "level, deviations",
    [
        ("macromodel", {"hidden_0.membrane.load": {"ox": 1.0}}),
        ("macromodel", {"hidden_7.membrane.load": {"vos": 1.0}}),
        ("macromodel", {"hidden_0.membrane.load.X1": {"dvt": 1.0}}),
        ("macromodel", {"process": {"n_slower": 1.0}}),
        ("macromodel", {"hidden_0.membrane.load": {"c": 0.1}}),
        ("transistor", {"hidden_0.membrane.load": {"vos": 1.0}}),
        ("transistor", {"hidden_0.membrane.load.X99": {"dvt": 1.0}}),
        ("transistor", {"hidden_0.membrane.load.Ib": {"db": 1.0}}),
    ],
)
def test_deviations_of_another_circuit_are_refused(studies, level, deviations):
    with pytest.raises(InputError, match="a deviation of an element that this circuit does not have"):
        cards(studies[level], deviations)


def test_subcircuits_are_refused_where_instances_deviate(studies):
    """They would be those of the nominal circuit, without a word."""
    study = studies["macromodel"]
    chip_of_it = replace(study.circuit(), deviations={"hidden_0.slope.load": {"vos": 2e-3}})
    with pytest.raises(InputError, match="nominal circuit") as refused:
        hierarchical_files(chip_of_it, *solver_settings(study.spec, chip_of_it))
    assert "deck.cir" in str(refused.value)


def test_a_primitive_taken_apart_is_the_same_circuit(studies):
    """All of them, with deviations of nothing: the waveforms are those of the nominal deck."""
    study = studies["transistor"]
    circuit = study.circuit()
    found = sites(circuit, "mismatch")
    apart = chip(circuit, found, np.zeros(len(found)))
    with open_backend() as backend:
        nominal = backend.run(Job(study.deck()))
        taken = backend.run(Job(study.with_circuit(apart).deck()))
    for name, wave in nominal.vectors.items():
        there = np.interp(nominal.time, taken.time, taken.vectors[name])
        assert np.abs(there - wave).max() <= 1e-6 * max(np.ptp(wave), 1e-3 if "#" not in name else 1e-11)


def follower(circuit: Circuit, name: str, deviations) -> tuple[str, ...]:
    """Copies of an OTA as a follower of cm, at transistor or macromodel level; nodes o0, o1, ..."""
    circuit = replace(circuit, deviations=deviations)
    given = f"gm={OTA.gain(CURRENT) * CURRENT} ib={CURRENT} k=1"
    calls = [f"X.copy_{k} 0 o{k} o{k} 0 vdd vss vss {name} {given}" for k in range(COPIES)]
    low = float(str(OTA.conditions["common_mode"]))
    rails = [f"Vvdd vdd 0 {circuit.supply - low}", f"Vvss vss 0 {-low}"]
    definitions = [card for leaf in circuit.leaves.values() if leaf.primitive for card in leaf_cards(leaf)]
    return (*deviating_devices(circuit), *definitions, *rails, *deviating(circuit, calls), FINE, ".op")


@pytest.mark.parametrize("level", ["macromodel", "transistor"])
def test_offsets_of_drawn_cells_spread_as_they_were_characterised(studies, level):
    """sigma^2 = sigma(vos)^2 + (sigma(ios) ib/gm)^2, in ngspice: of the macromodel with its deviations, and of its
    transistors with thresholds and current factors drawn here, where the fit saw draws of the simulator."""
    circuit = studies[level].circuit()
    one = [site for site in sites(circuit, "mismatch") if site.path.startswith("hidden_0.membrane.load")]
    copies = [
        replace(site, path=site.path.replace("hidden_0.membrane.load", f"copy_{k}"))
        for k in range(COPIES)
        for site in one
    ]
    z = normals(copies, 5, [0])[:, 0]
    deviations: dict[str, dict[str, float]] = {}
    for site, value in zip(copies, z, strict=True):
        deviations.setdefault(site.path, {})[site.parameter] = site.sigma * value
    deck = Deck(
        "followers",
        follower(circuit, f"ota_linear_{level}", deviations),
        {},
        None,
        tuple(f"o{k}" for k in range(COPIES)),
    )
    with open_backend() as backend:
        found = backend.run(Job(deck)).vectors
    offsets = np.array([found[f"o{k}"][-1] for k in range(COPIES)])
    expected = np.hypot(OTA.mismatch["vos"], OTA.mismatch["ios"] / OTA.gain(CURRENT))
    assert np.std(offsets, ddof=1) == pytest.approx(expected, rel=0.2)  # 2.5 standard errors, with that of the fit
