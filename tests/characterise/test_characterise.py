"""A cell on generic180: its macromodel in ngspice against its transistors, its sizing, its spread."""

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.cells.library import cell
from vle_analog.cells.nonideal import SCALES_MOVE
from vle_analog.characterise.bench import ZERO, Bench, Grid, output, small_signal, supply_current, transfer
from vle_analog.characterise.characterise import Characterisation, characterise, gate_area
from vle_analog.characterise.fit import fit_gain
from vle_analog.characterise.mismatch import draw_currents, spread
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.errors import InputError
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process
from vle_analog.simulator import open_backend

MEASURED = ("ota_linear", "multiplier")


@pytest.fixture(scope="module")
def backend():
    with open_backend() as opened:
        yield opened


@pytest.fixture(scope="module")
def characterised(backend) -> dict[str, Characterisation]:
    return {name: characterise(name, "generic180", samples=0, backend=backend) for name in MEASURED}


def bench_of(name: str, level: str = "transistor", mismatch: bool = False, **parameters: float) -> Bench:
    made_for = process("generic180")
    return Bench(
        PRIMITIVES[name],
        cell(name).subcircuit(level),
        cell("common_mode").subcircuit("transistor"),
        device_cards(made_for, mismatch=mismatch),
        made_for.supply,
        1e-9,
        27.0,
        parameters=parameters,
    )


def macromodel(fitted: Fitted, bias: float = 0.0) -> Bench:
    """The cell with its fitted numbers, given the gain that the transistors have at that bias current."""
    primitive, bias = PRIMITIVES[fitted.cell], bias or fitted.sizing.unit_current
    gain = {primitive.gain: fitted.gain(bias) * bias}
    known = cell(fitted.cell).subcircuit("macromodel").parameters
    assert set(fitted.macromodel) <= set(known)
    return bench_of(fitted.cell, "macromodel", **fitted.macromodel, **gain)


@pytest.mark.parametrize("name", MEASURED)
def test_the_macromodel_follows_the_transistors(backend, characterised, name: str):
    fitted = characterised[name].fitted
    bias, two = fitted.sizing.unit_current, bool(PRIMITIVES[name].y)
    x, y = Grid(0.12, 13), Grid(0.12, 7) if two else ZERO
    transistors = transfer(backend, bench_of(name), x, y, [bias])[0]
    model = transfer(backend, macromodel(fitted), x, y, [bias])[0]
    assert np.max(np.abs(model - transistors)) < 0.02 * np.max(np.abs(transistors))


@pytest.mark.parametrize("share", [0.05, 0.25, 1.0])
@pytest.mark.parametrize("name", ["multiplier", "multiplier_linear"])
def test_a_multiplier_is_followed_at_other_currents_where_it_is_used(backend, name: str, share: float):
    """A product of a tenth to a half of the full scale: what the synapses of a network work with."""
    measured = fitted(name, "generic180")
    bias, x, y = share * measured.sizing.unit_current, Grid(0.06, 7), Grid(0.03, 5)
    transistors = transfer(backend, bench_of(name), x, y, [bias])[0]
    model = transfer(backend, macromodel(measured, bias), x, y, [bias])[0]
    assert np.max(np.abs(model - transistors)) < 0.015 * np.max(np.abs(transistors))
    still = {key: value for key, value in measured.macromodel.items() if key not in SCALES_MOVE}
    other = transfer(backend, macromodel(replace(measured, macromodel=still), bias), x, y, [bias])[0]
    assert share == 1.0 or np.max(np.abs(other - transistors)) > 0.02 * np.max(np.abs(transistors))


@pytest.mark.parametrize("name", ["multiplier", "multiplier_linear"])
def test_what_flows_without_an_input_is_that_of_the_transistors(backend, name: str):
    measured = fitted(name, "generic180")
    bias, near = measured.sizing.unit_current, Grid(0.02, 3)
    rest = [transfer(backend, bench, near, near, [bias])[0, 1, 1] for bench in (bench_of(name), macromodel(measured))]
    assert abs(rest[1] - rest[0]) < 1e-3  # per A of bias: 0.1 % of full scale


@pytest.mark.parametrize("name", MEASURED)
def test_the_output_of_the_macromodel_ends_where_that_of_the_transistors_does(backend, characterised, name: str):
    fitted = characterised[name].fitted
    low, high = fitted.measured["output_low"], fitted.measured["output_high"]
    second = 0.2 if PRIMITIVES[name].y else 0.0
    for x, end in ((0.2, high), (-0.2, low)):
        for bench in (bench_of(name), macromodel(fitted)):
            volts, current = output(backend, bench, x, second, fitted.sizing.unit_current)
            middle, near, beyond = np.interp([0.0, 0.9 * end, 1.25 * end], volts, current)
            assert near / middle > 0.9
            assert beyond / middle < 0.95


def test_the_macromodel_lags_as_the_transistors_do(backend, characterised):
    fitted = characterised["multiplier"].fitted
    bias = fitted.sizing.unit_current
    turned = []
    for bench in (bench_of("multiplier"), macromodel(fitted)):
        frequency, out, _ = small_signal(backend, bench, ("xp",), {"yp": 0.06}, bias)
        turned.append(np.interp(0.2 * bias / (2 * np.pi * fitted.macromodel["tp"]), frequency, np.angle(out / out[0])))
    assert turned[1] == pytest.approx(turned[0], rel=0.1)


@pytest.mark.parametrize("name", MEASURED)
def test_the_gain_between_the_swept_currents(backend, characterised, name: str):
    found = characterised[name]
    x, y = Grid(0.12, 25), Grid(0.12, 9) if found.primitive.y else ZERO
    currents = np.sqrt(np.array(found.fitted.sizing.unit_currents[1:11]) * found.fitted.sizing.unit_currents[2:12])
    for bias, row in zip(currents, transfer(backend, bench_of(name), x, y, list(currents)), strict=True):
        assert found.shape is not None
        measured, _ = fit_gain(found.primitive, x.values, y.values, row, found.shape)
        assert found.fitted.gain(bias) == pytest.approx(measured, rel=3e-3)


def test_outside_the_sweep_there_is_no_gain(characterised):
    with pytest.raises(InputError, match="not measured at this bias current"):
        characterised["multiplier"].fitted.gain(1e-6)


def test_corners_and_temperatures(characterised):
    fitted = characterised["ota_linear"].fitted
    assert set(fitted.corners) == {"tt", "ff", "ss", "fs", "sf"}
    assert fitted.corners["tt"]["gain_ratio"] == pytest.approx(1.0, abs=1e-3)
    gains = [fitted.temperatures[key]["gain_per_amp"] for key in ("0", "27", "60", "85")]
    # gm/ib = kappa/(2 UT): inversely to the absolute temperature, kappa moves little
    assert np.diff(gains).max() < 0
    assert gains[0] / gains[3] == pytest.approx((273.15 + 85) / 273.15, rel=0.07)


def test_the_spread_of_four_hundred_draws(backend, characterised):
    """Statistics that no fit has seen, of transistors and of drawn macromodels: zero crossing, slope, currents."""
    found = characterised["ota_linear"]
    assert found.shape is not None
    bench, bias = bench_of("ota_linear", mismatch=True), found.fitted.sizing.unit_current
    drawn = spread(backend, bench, found.shape, bias, 400, 7, lambda _: None)
    assert len(drawn.currents) == 400
    assert drawn.ratio == pytest.approx(np.ones_like(drawn.ratio), abs=0.15)
    grid = np.meshgrid(drawn.y, drawn.x, indexing="ij")
    model = draw_currents(found.primitive, grid[1], grid[0], found.shape, drawn.sigmas, 3, 4000)[:, 0]
    assert np.std(zero(drawn.x, model)) == pytest.approx(np.std(zero(drawn.x, drawn.currents[:, 0])), rel=0.15)
    assert np.std(slope(model)) == pytest.approx(np.std(slope(drawn.currents[:, 0])), rel=0.15)


def zero(x: np.ndarray, currents: np.ndarray) -> np.ndarray:
    return np.array([np.interp(0.0, row, x) for row in currents])


def slope(currents: np.ndarray) -> np.ndarray:
    middle = currents.shape[1] // 2
    return currents[:, middle + 1] - currents[:, middle - 1]


def test_draws_follow_their_seed(backend):
    bench, none = bench_of("ota", mismatch=True), Grid(0.02, 3)
    draws = [transfer(backend, replace(bench, seed=seed), none, ZERO, [1e-9] * 3) for seed in (1, 1, 2)]
    assert np.array_equal(draws[0], draws[1])
    assert np.abs(draws[0] - draws[2]).min() > 0
    assert np.std(draws[0][:, 0, 1]) > 0


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("name", ["ota", "ota_linear", "ota_wide", "bump_ota", "multiplier", "update_multiplier"])
def test_supply_current_and_area_of_several_units(backend, name: str, units: int):
    """The numbers come from one unit and two."""
    sizing, bench = fitted(name, "generic180").sizing, bench_of(name)
    bias = sizing.unit_current
    measured = units * bias * supply_current(backend, bench, bias, units)
    assert sizing.supply_current(units * bias, units) == pytest.approx(measured, rel=2e-3)
    area = gate_area(bench.subcircuit, cell(name).file("transistor.cir"), units)
    assert sizing.drawn_area(units) == pytest.approx(area, rel=1e-6)
