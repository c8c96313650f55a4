"""Macromodels of larger cells: their poles and capacitances grow as those of the transistors do, not as the area."""

from dataclasses import replace

import pytest

from vle_analog import Study
from vle_analog.cells.fitted import fitted
from vle_analog.cells.library import cell
from vle_analog.cells.nonideal import GROWTH
from vle_analog.characterise.bench import Bench
from vle_analog.characterise.growth import growth
from vle_analog.characterise.laws import unbalance
from vle_analog.characterise.measure import dynamics
from vle_analog.characterise.numbers import dynamic_numbers
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.netlist import flat_deck, solver_settings
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process
from vle_analog.simulator import open_backend

MADE = process("generic180")
NAMES = ("ota_linear", "update_multiplier", "update_multiplier_linear")


@pytest.fixture(scope="module")
def backend():
    with open_backend() as opened:
        yield opened


def bench_of(name: str, level: str, **parameters: float) -> Bench:
    return Bench(
        PRIMITIVES[name],
        cell(name).subcircuit(level),
        cell("common_mode").subcircuit("transistor"),
        device_cards(MADE),
        MADE.supply,
        1e-9,
        27.0,
        parameters=parameters,
    )


def moving(backend, name: str, level: str, size: float, bias: float, **more: float) -> dict[str, float]:
    """Poles and capacitances of a cell of this size, measured in ngspice."""
    known, kind = fitted(name, "generic180"), PRIMITIVES[name]
    model = {**known.macromodel, kind.gain: known.gain(bias) * bias, **more} if level == "macromodel" else {}
    bench = bench_of(name, level, **model, s=size)
    return dynamic_numbers(kind, dynamics(backend, bench, bias, unbalance(known.macromodel)))


@pytest.mark.parametrize("share", [0.05, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_a_cell_of_nine_times_the_area_is_followed(backend, name: str, share: float):
    bias = share * fitted(name, "generic180").sizing.unit_current
    transistors, model = (moving(backend, name, level, 3.0, bias) for level in ("transistor", "macromodel"))
    assert model == pytest.approx(transistors, rel=0.1)


def test_poles_and_outputs_would_be_far_off_with_the_area(backend):
    name, bias = "ota_linear", fitted("ota_linear", "generic180").sizing.unit_current
    transistors = moving(backend, name, "transistor", 3.0, bias)
    squares = moving(backend, name, "macromodel", 3.0, bias, **dict.fromkeys(("etp", "eci", "eco"), 2.0))
    assert squares["tp"] > 1.5 * transistors["tp"]
    assert squares["cout"] > 2.5 * transistors["cout"]


@pytest.mark.parametrize("name", NAMES)
def test_the_powers_are_those_of_the_file(backend, name: str):
    known = fitted(name, "generic180")
    path = cell(name).file("transistor.cir")
    found = growth(backend, bench_of(name, "transistor"), known.sizing.unit_current, known.macromodel, MADE, path)
    assert set(found) == {power for key, power in GROWTH.items() if key in known.macromodel}
    assert found == pytest.approx({key: known.macromodel[key] for key in found}, rel=1e-3)


def test_a_process_that_ends_before_is_measured_as_far_as_it_goes(backend):
    name, known = "ota_linear", fitted("ota_linear", "generic180")
    (least, longest), path = MADE.devices.length, cell("ota_linear").file("transistor.cir")
    bench, bias = bench_of(name, "transistor"), known.sizing.unit_current
    powers = []
    for most in (longest, 3.3e-5, 1.6e-5):  # the longest of its transistors has 16 um
        short = replace(MADE, devices=replace(MADE.devices, length=(least, most)))
        powers.append(growth(backend, bench, bias, known.macromodel, short, path))
    assert powers[1] != powers[0]
    assert powers[1] == pytest.approx(powers[0], abs=0.1)
    assert powers[2] == {}


def test_as_drawn_no_power_changes_a_netlist():
    assert cards(1.0, 1.3) == cards(1.0, 2.0)
    assert cards(2.0, 1.3) != cards(2.0, 2.0)


def cards(area: float, power: float) -> tuple[str, ...]:
    """Of a deck whose macromodels have this power of the size everywhere."""
    study = Study.load("online_chain", {"circuit.level": "macromodel", "circuit.area": area})
    circuit = study.circuit()
    leaves = {
        name: replace(
            leaf,
            subcircuit=replace(
                leaf.subcircuit,
                parameters={
                    key: power if key in GROWTH.values() else value for key, value in leaf.subcircuit.parameters.items()
                },
            ),
        )
        for name, leaf in circuit.leaves.items()
    }
    circuit = replace(circuit, leaves=leaves)
    return flat_deck(circuit, *solver_settings(study.spec, circuit)).cards
