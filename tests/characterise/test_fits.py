"""One minimum for every curve: fits end at the same numbers from other starts and after a change of the last digits."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.cells.fitted import fitted
from vle_analog.cells.library import cell
from vle_analog.characterise import fit
from vle_analog.characterise.bench import ZERO, Bench, Grid, transfer
from vle_analog.characterise.fit import fit_gain, fit_shape
from vle_analog.characterise.laws import LAWS
from vle_analog.characterise.measure import _lead, _rail
from vle_analog.characterise.primitives import PRIMITIVES, Primitive
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process
from vle_analog.simulator import open_backend

PROCESSES = ("generic180", "gf180mcu", "sky130")
SAME = 1e-3  # of itself, in which a number is the same on every machine
CURVE = 1e-6  # or of full scale, by which it moves the curve: what is nearly zero has no digits of its own
ROUNDING = 1e-12
OFFSETS = ("vos", "ox", "oy", "on")


def grids(primitive: Primitive) -> tuple[Grid, Grid]:
    two = bool(primitive.y) or primitive.name == "floating_resistor"
    return (Grid(0.15, 31), Grid(0.12, 25)) if two else (Grid(0.15, 61), ZERO)


def shipped_curve(name: str, process_name: str) -> np.ndarray:
    """The law with the shipped numbers, and what such a law leaves of transistors: smooth, as large as it was there."""
    primitive, numbers = PRIMITIVES[name], fitted(name, process_name)
    x, y = (grid.values for grid in grids(primitive))
    parameters = fit.start(primitive) | numbers.macromodel | {"gain": numbers.gain(numbers.sizing.unit_current)}
    ys, xs = np.meshgrid(y, x, indexing="ij")
    current = LAWS[name](xs, ys, parameters)
    left = np.sin(2 * np.pi * xs / 0.15) * np.cos(2 * np.pi * ys / 0.12) + 0.3 * np.cos(3 * np.pi * xs / 0.15)
    return current + 0.5 * numbers.measured["fit_error"] * np.max(np.abs(current)) * left


def moved_starts(primitive: Primitive, generator: np.random.Generator) -> dict[str, float]:
    """Other starts, of all that any fit of this primitive changes."""
    begin = fit.start(primitive)
    free = {"vs", "sx", "sy", "sn", "c1", "c2", "q", *primitive.drawn, *primitive.more} - {"dg", "gain"}
    free -= {"sx"} if primitive.linear else set()  # where the scale is that of the linear pair
    for key in sorted(free & set(begin)):
        if begin[key] > 0:
            begin[key] *= np.exp(generator.uniform(-0.4, 0.4))
        else:
            begin[key] = generator.uniform(-5e-3, 5e-3)
    return begin


def agree(name: str, found: dict[str, float], expected: dict[str, float]) -> None:
    x, y = (grid.values for grid in grids(PRIMITIVES[name]))
    ys, xs = np.meshgrid(y, x, indexing="ij")
    here = LAWS[name](xs, ys, expected)
    assert set(found) == set(expected)
    for key, value in expected.items():
        step = max(abs(value), 1e-3) * 1e-4
        moves = np.max(np.abs(LAWS[name](xs, ys, {**expected, key: value + step}) - here)) / step
        nearly = CURVE * np.max(np.abs(here)) / moves if moves > 0 else 0.0
        assert found[key] == pytest.approx(value, rel=SAME, abs=nearly), key


@pytest.mark.parametrize("process_name", PROCESSES)
@pytest.mark.parametrize("name", LAWS)
def test_numbers_depend_neither_on_starts_nor_on_rounding(monkeypatch, name: str, process_name: str):
    primitive, generator = PRIMITIVES[name], np.random.default_rng(11)
    x, y = (grid.values for grid in grids(primitive))
    current = shipped_curve(name, process_name)
    expected = fit_shape(primitive, x, y, current).parameters
    for _ in range(4):
        begin = moved_starts(primitive, generator)
        splits = generator.uniform(0.01, 0.2), generator.uniform(0.25, 0.6)
        noisy = current * (1 + ROUNDING * generator.standard_normal(current.shape))
        with monkeypatch.context() as patch:
            patch.setattr(fit, "start", lambda _, begin=begin: dict(begin))
            patch.setattr(fit, "SPLIT", splits)
            agree(name, fit_shape(primitive, x, y, noisy).parameters, expected)


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, np.ndarray]]:
    made_for, replica = process("generic180"), cell("common_mode").subcircuit("transistor")
    with open_backend() as backend:
        yield {
            name: transfer(
                backend,
                Bench(
                    primitive,
                    cell(name).subcircuit("transistor"),
                    replica,
                    device_cards(made_for),
                    made_for.supply,
                    made_for.replica_current,
                    made_for.temperature,
                ),
                *grids(primitive),
                [primitive.share * made_for.unit_current],
            )[0]
            for name, primitive in PRIMITIVES.items()
            if name in LAWS
        }


@pytest.mark.parametrize("name", LAWS)
def test_shipped_numbers_are_found_again_in_measured_curves(measured, name: str):
    primitive, generator = PRIMITIVES[name], np.random.default_rng(2)
    x, y = (grid.values for grid in grids(primitive))
    shipped = fitted(name, "generic180").macromodel
    for _ in range(2):
        noisy = measured[name] * (1 + ROUNDING * generator.standard_normal(measured[name].shape))
        found = fit_shape(primitive, x, y, noisy).parameters
        agree(name, found, {key: shipped.get(key, value) for key, value in found.items()})


@given(
    vs=st.floats(0.04, 0.2),
    u=st.floats(0.0, 0.6),
    vos=st.floats(-5e-3, 5e-3),
    ios=st.floats(-0.01, 0.01),
    flip=st.sampled_from([1, -1]),
)
def test_the_parameters_of_a_pair_come_back(vs: float, u: float, vos: float, ios: float, flip: int):
    """Also at and near d = 0, where the curve is stationary in d, and whatever the sign of d was."""
    primitive, x = PRIMITIVES["ota_wide"], Grid(0.15, 61).values
    d = flip * vs * np.arctanh(np.sqrt(u))
    given = fit.start(primitive) | {"gain": 12.0, "vs": vs, "d": d, "vos": vos, "ios": ios}
    current = LAWS["ota_wide"](x[None], np.zeros((1, 1)), given)
    begin = {**given, "vs": 0.07, "d": 0.03, "vos": 0.0, "ios": 0.0}
    found = fit.least_squares_fit(primitive, x[None], 0 * x[None], current, ("vs", "d", "vos", "ios"), begin)
    assert found["d"] >= 0
    assert found["d"] ** 2 == pytest.approx(d**2, rel=1e-4, abs=1e-9)
    assert [found[key] for key in ("vs", "vos", "ios")] == pytest.approx([vs, vos, ios], rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("bent", [-0.02, -1e-3, 0.0, 0.02])
def test_one_pair_is_no_doublet(bent: float):
    """tanh + bent tanh^3 is that of two pairs, u = bent, to the third order; where that is negative, of one."""
    primitive, x = PRIMITIVES["ota_linear"], Grid(0.15, 61).values
    first = np.tanh(x / 0.12)
    current = 8.0 * (first + bent * first**3)[None]
    found = [fit_shape(primitive, x, np.zeros(1), current * (1 + change)).parameters for change in (0.0, 1e-13)]
    assert found[1] == pytest.approx(found[0], rel=1e-4)
    assert fit.unbalance(found[0]) ** 2 == pytest.approx(max(bent, 0.0), abs=2e-3)  # terms of the fifth order
    if bent < 0:
        assert (found[0]["d"], found[0]["dt"]) == (0.0, 0.0)


@pytest.mark.parametrize("name", ["ota", "ota_linear", "floating_resistor"])
def test_a_slope_does_not_jump_where_there_is_no_offset(name: str):
    """Points at the very edge of what a slope is taken from would be in or out with the last digit of the offset."""
    primitive = PRIMITIVES[name]
    for x in (Grid(0.15, 61).values, Grid(0.12, 25).values, Grid(0.15, 31).values):
        slopes = [
            fit_gain(primitive, x, np.zeros(1), np.tanh((x[None] - offset) / 0.05), fit.Shape({}, 0.0))[0]
            for offset in (-1e-4, -1e-16, 0.0, 1e-16, 1e-4)
        ]
        assert slopes == pytest.approx([slopes[2]] * 5, rel=1e-4)


def test_rails_and_poles_do_not_depend_on_rounding():
    generator = np.random.default_rng(4)
    distance = np.linspace(0, 0.9, 101)
    current = np.clip((1 + np.tanh((distance - 0.02) / 0.022)) / 2 + 0.01 * np.sin(20 * distance), 0, None)
    frequency = np.geomspace(1e-4, 1, 81)
    p = 2j * np.pi * frequency
    response = (1 + 3 * p) * (1 + 2 * p) / (1 + p) / (1 + 4 * p) / (1 + 2 * p) ** 2
    rails, times = [], []
    for _ in range(4):
        rails.append(_rail(distance, current * (1 + ROUNDING * generator.standard_normal(distance.size))))
        times.append(_lead(frequency, response * (1 + ROUNDING * generator.standard_normal(frequency.size)), 0.3))
    assert np.ptp(rails, axis=0) == pytest.approx(0, abs=1e-9)
    assert np.ptp(times, axis=0) == pytest.approx(0, abs=1e-6)
    assert np.min(rails) > 0
