"""Bias currents stay where they were measured, and trimmed capacitors where they can be drawn; or it is said."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import InputError, Study
from vle_analog.cells.fitted import fitted
from vle_analog.mapping import trim as trimming
from vle_analog.mapping.bias import MIN_BIAS_CURRENT, biased
from vle_analog.netlist.placed import placed, placed_capacitors
from vle_analog.process.process import Limits, process

OTA = fitted("ota_linear", "generic180")
CEILING = process("generic180").current.maximum


def sized(gain: float, primitive=OTA) -> tuple[float, float]:
    currents, units = biased(primitive, np.array([gain]), "nudge", "push", CEILING)
    return float(currents[0]), float(units[0])


def test_a_measured_gain_takes_its_measured_current():
    for current, per_amp in zip(OTA.sizing.unit_currents, OTA.sizing.gain_per_amp, strict=True):
        if current <= OTA.sizing.unit_current:
            assert sized(current * per_amp) == pytest.approx((current, 1.0), rel=1e-9)


@settings(max_examples=50)
@given(st.floats(np.log(1e-11), np.log(1e-5)))
def test_current_grows_as_gain_does(logarithm: float):
    gain = np.exp(logarithm)
    (less, _), (more, units) = sized(gain), sized(1.001 * gain)
    assert 1.0003 < more / less < 1.005
    assert more / units <= OTA.sizing.unit_current * (1 + 1e-9)


def test_below_the_measured_currents_gain_is_still_a_power_of_them():
    first, per_amp = OTA.sizing.unit_currents[0], OTA.sizing.gain_per_amp[0]
    current, _ = sized(first * per_amp / 4)
    assert MIN_BIAS_CURRENT < current < first / 4  # gain per ampere grows a little towards small currents
    assert current == pytest.approx(first / 4, rel=0.02)


@pytest.mark.parametrize("gain", [0.0, 1e-13, 4 * MIN_BIAS_CURRENT])
def test_what_leakage_decides_is_refused(gain: float):
    with pytest.raises(InputError, match=r"network\.gamma: nudge \(push\) biases its ota_linear so low") as refusal:
        sized(gain)
    assert "at least 2e-12 A" in str(refusal.value)


def test_weak_inversion_has_an_end():
    eager = replace(OTA, sizing=replace(OTA.sizing, unit_current=2e-8, unit_current_max=1e-8))
    with pytest.raises(InputError, match=r"nudge \(push\) biases its ota_linear beyond weak inversion") as refusal:
        sized(8e-8, eager)
    assert "at most 1e-08 A" in str(refusal.value)
    with pytest.raises(InputError, match="at most 1e-09 A"):
        biased(OTA, np.array([1.5e-8]), "nudge", "push", 1e-9)


@pytest.mark.parametrize(
    "study, changes, named",
    [
        ("online_chain", {"network.projections.drive_hidden.eta": 1e-3}, "circuit.time_unit: synapse_update"),
        ("nudged_linear", {"network.gamma": 1e-6}, "network.gamma: nudge"),
    ],
)
def test_a_study_names_the_cell_and_the_key(study: str, changes: dict, named: str):
    with pytest.raises(InputError, match=named) as refusal:
        Study.load(study, {"circuit.level": "macromodel", "duration": 1.0} | changes).circuit()
    assert all(words in str(refusal.value) for words in ("leakage", "generic180", "try:"))


def test_a_capacitor_that_devices_leave_too_little_of_is_refused(monkeypatch: pytest.MonkeyPatch):
    def coarse(name: str):
        return replace(process(name), capacitor=Limits(1.2e-11, 1e-11, 1e-10))

    monkeypatch.setattr(trimming, "process", coarse)
    with pytest.raises(InputError, match=r"hidden_0\.membrane is smaller than generic180 can draw") as refusal:
        Study.load("online_chain", {"circuit.level": "macromodel"}).circuit()
    assert "at least 1.2e-11 F" in str(refusal.value)


@pytest.mark.parametrize("level", ["macromodel", "transistor"])
def test_larger_devices_bring_what_was_measured_of_them(level: str):
    changes = {"circuit.level": level, "circuit.area": 9.0, "circuit.time_unit": 4e-3}
    circuit = Study.load("online_chain", changes).circuit()
    found, expected = (
        trimming.device_capacitance(circuit).nets,
        dict.fromkeys(("hidden_readout_0_0.w", "readout_0.b"), 0.0),
    )
    for primitive in placed(circuit):
        known = fitted(primitive.cell, circuit.process).macromodel
        for pin, farads, power in (("yp", "ciny", "ecy"), ("out", "cout", "eco")):
            if (net := primitive.nets.get(pin)) in expected:
                expected[net] += known[farads] * primitive.parameters["k"] * 3.0 ** known[power]
    assert {net: found[net] for net in expected} == pytest.approx(expected, rel=1e-9)
    weight = ("hidden_readout_0_0", "weight")
    (drawn,) = [farads for path, farads in placed_capacitors(circuit) if path[:2] == weight]
    ideal = Study.load("online_chain", {"circuit.time_unit": 4e-3}).circuit()
    (asked,) = [farads for path, farads in placed_capacitors(ideal, behavioural=True) if path[:2] == weight]
    assert drawn + expected["hidden_readout_0_0.w"] == pytest.approx(asked, rel=1e-6)


def test_the_trim_can_be_undone():
    circuit = Study.load("online_chain", {"circuit.level": "macromodel"}).circuit()
    extra = trimming.device_capacitance(circuit).nets
    hidden = next(instance for instance in circuit.top.instances if instance.name == "hidden_0")
    module = next(module for module in circuit.modules if module.name == hidden.of)
    values = {**module.parameters, **hidden.parameters}
    trimmed = {key: float(values[f"membrane_{key}"]) for key in ("c", "series_g", "load_gm")}
    nodes = {"n": extra["hidden_0_n"], "u": extra["hidden_0.membrane.u"]}
    drawn = trimming.restored("membrane_lead", trimmed, nodes)
    assert drawn == pytest.approx({key: module.parameters[f"membrane_{key}"] for key in trimmed}, rel=1e-6)  # the grid
    assert drawn["c"] / drawn["series_g"] == pytest.approx(0.2e-3, rel=1e-6)  # tau_r
