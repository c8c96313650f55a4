"""Units: chosen so that everything fits, or refused with the reason."""

import re

import numpy as np
import pytest

from vle_analog import InputError, Study
from vle_analog.netlist.circuit import nice
from vle_analog.process.process import process

SHIPPED = ("depth", "nudged_linear", "online_chain", "recurrent_pair", "two_layer", "wide")
TEACHERS = ("online_chain", "recurrent_pair", "two_layer")


def load(name, overrides=()):
    """A shipped study, shortened."""
    short = {"duration": 3.0, "simulate.points": 201} | ({"target.spacing": 0.1} if name in TEACHERS else {})
    return Study.load(name, short | dict(overrides))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_study_fits_with_room_to_spare(name):
    study = load(name, {"circuit.voltage_unit": "auto"})
    circuit = study.circuit()
    swing = process("generic180").swing(1.8)
    assert circuit.headroom
    for room in circuit.headroom:
        assert room.limit == pytest.approx(swing)
        assert 0 < room.used <= 0.5 * (1 + 1e-3)  # an automatic unit leaves half of the swing


@pytest.mark.parametrize("name", ["nudged_linear", "two_layer"])
def test_headroom_is_the_largest_voltage_of_the_signal(name):
    study = load(name)
    circuit, ideal = study.circuit(), study.ideal()
    units = {"u": circuit.units.potential, "U": circuit.units.potential, "v": circuit.units.error}
    units |= {"e": circuit.units.error, "W": circuit.units.weight, "b": circuit.units.weight}
    seen = {(room.owner, room.kind): room for room in circuit.headroom}
    compared = 0
    for signal in ideal.signals:
        if signal.kind in units:
            rows = [
                row
                for s, row in zip(ideal.signals, ideal.values, strict=True)
                if (s.owner, s.kind) == (signal.owner, signal.kind)
            ]
            peak = float(np.max(np.abs(rows))) * units[signal.kind]
            assert seen[signal.owner, signal.kind].peak == pytest.approx(peak, rel=0.01)
            compared += 1
    assert compared > 5


@pytest.mark.parametrize("name", SHIPPED)
def test_automatic_units_are_round_numbers(name):
    units = load(name).circuit().units
    for unit in (units.potential, units.weight, units.error):
        assert re.fullmatch(r"[125]e[+-]\d+", f"{unit:.0e}")
        assert float(f"{unit:.0e}") == pytest.approx(unit, rel=1e-12)


@pytest.mark.parametrize(
    "value, below", [(1.0, 1.0), (0.99, 0.5), (4.9, 2.0), (5.0, 5.0), (0.0021, 0.002), (3e-9, 2e-9)]
)
def test_nice_is_the_next_round_number_below(value, below):
    assert nice(value) == pytest.approx(below, rel=1e-12)


def test_units_that_are_given_are_taken():
    keys = {
        "circuit.voltage_unit": 0.03,
        "circuit.weight_unit": 0.07,
        "circuit.error_unit": 0.11,
        "circuit.time_unit": 3e-5,
    }
    units = load("online_chain", keys).circuit().units
    assert (units.potential, units.weight, units.error, units.time) == (0.03, 0.07, 0.11, 3e-5)


@pytest.mark.parametrize(
    "key, owner", [("voltage_unit", "hidden.U"), ("weight_unit", "drive_hidden.W"), ("error_unit", "readout.e")]
)
def test_a_unit_that_is_too_large_is_refused_and_the_proposal_fits(key, owner):
    with pytest.raises(InputError, match=rf"(?s)circuit\.{key}.*{re.escape(owner)}.*at most 0\.6 V") as caught:
        load("online_chain", {f"circuit.{key}": 20.0}).circuit()
    for problem in caught.value.problems:
        assert problem.advice[0].overrides == (f'circuit.{key}="auto"',)
        assert str(problem.advice[0]) in problem.hint
    assert load("online_chain", {f"circuit.{key}": "auto"}).circuit()


def test_every_signal_that_goes_beyond_is_named():
    with pytest.raises(InputError) as caught:
        load("nudged_linear", {"circuit.voltage_unit": 100.0, "circuit.error_unit": 100.0}).circuit()
    said = str(caught.value)
    for owner in ("hidden.u", "hidden.U", "readout.U", "drive.input", "target.input", "hidden.e", "readout.e"):
        assert f"{owner} goes beyond" in said


def test_a_supply_without_room_is_refused():
    with pytest.raises(InputError, match=r"(?s)circuit\.supply.*0\.5 V.*more than 0\.6 V"):
        load("online_chain", {"circuit.supply": 0.5}).circuit()


def test_a_low_supply_asks_for_smaller_units():
    assert load("online_chain", {"circuit.supply": 1.0, "circuit.voltage_unit": "auto"}).circuit().supply == 1.0
    with pytest.raises(InputError, match=r"goes beyond the swing[^$]*try: +set circuit\.voltage_unit = "):
        load("online_chain", {"circuit.supply": 0.65, "circuit.voltage_unit": 0.2}).circuit()


@pytest.mark.parametrize("seconds", [10.0, 1e-12])
def test_a_unit_of_time_that_no_capacitor_can_hold_is_refused(seconds):
    with pytest.raises(
        InputError, match=r"(?s)circuit\.time_unit.*no current makes.*hidden.*capacitors of 2e-14 to 1e-10"
    ):
        load("online_chain", {"circuit.time_unit": seconds}).circuit()


def test_time_constants_too_far_apart_for_one_process_are_refused():
    far = {
        "network.populations.hidden.tau_m": 1e4,
        "network.populations.hidden.tau_r": 1.2e4,
        "network.populations.readout.tau_m": 0.05,
        "network.populations.readout.tau_r": 0.06,
    }
    with pytest.raises(InputError, match="no current makes capacitors"):
        load("nudged_linear", far).circuit()


def test_a_resistor_that_cannot_be_made_is_refused():
    with pytest.raises(InputError, match=r"(?s)network\.populations\.hidden\.tau_r.*ohm.*1e\+11 ohm"):
        load("online_chain", {"network.populations.hidden.tau_r": 0.9995, "circuit.time_unit": 1e-2}).circuit()


@pytest.mark.parametrize(
    "key, kinds", [("voltage_unit", ("u", "U", "input")), ("weight_unit", ("W", "b")), ("error_unit", ("v", "e"))]
)
def test_a_signal_may_use_the_whole_swing_and_no_more(key, kinds):
    rooms = [room for room in load("online_chain").circuit().headroom if room.kind in kinds]
    largest = max(rooms, key=lambda room: room.peak)
    whole = largest.unit * largest.limit / largest.peak
    full = load("online_chain", {f"circuit.{key}": whole * 0.9999}).circuit().headroom
    assert max(room.used for room in full if room.kind in kinds) == pytest.approx(0.9999)
    with pytest.raises(InputError, match=f"{largest.owner}.{largest.kind} goes beyond"):
        load("online_chain", {f"circuit.{key}": whole * 1.0001}).circuit()


def test_a_supply_beyond_what_the_process_bears_is_refused():
    with pytest.raises(InputError, match=r"supply cannot be used[^$]*at most 2 V"):
        Study.load("depth", {"circuit.supply": 1000}).circuit()


def test_a_corner_that_the_process_does_not_have_is_refused():
    with pytest.raises(InputError, match=r"no corner 'xx'[^$]*tt | ff"):
        Study.load("depth", {"circuit.corner": "xx"}).circuit()


@pytest.mark.parametrize("amplitude", [1e-4, 1e-6, 1e-9])
def test_signals_that_are_all_but_nothing_get_the_unit_of_the_floor(amplitude):
    one = {"kind": "sines", "channels": [[{"amplitude": amplitude, "omega": 2.0}]]}
    units = Study.load("online_chain", {"duration": 1.0, "stimuli.drive": one, "target": one}).circuit().units
    assert units.potential <= 1e3
