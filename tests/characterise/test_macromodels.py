"""Macromodels in ngspice: ideal by default, equal to the laws of the fits, with the poles and noise they are given."""

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.cells.library import cell
from vle_analog.cells.nonideal import SCALES_MOVE
from vle_analog.characterise.bench import ZERO, Bench, Grid, noise, output, small_signal, transfer
from vle_analog.characterise.fit import start
from vle_analog.characterise.laws import LAWS, moved
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.simulator import open_backend

BIAS = 1e-9
X, Y = Grid(0.15, 7), Grid(0.1, 5)
MOVES = (0.03, 5e-3, 4e-4, 0.04, 7e-3, 4e-4, 0.035, 6e-3, 4e-4)  # of a real one


@pytest.fixture(scope="module")
def backend():
    with open_backend() as opened:
        yield opened


def bench_of(name: str, level: str = "macromodel", **parameters: float) -> Bench:
    primitive, replica = PRIMITIVES[name], cell("common_mode").subcircuit("macromodel")
    gain = {primitive.gain: BIAS * (1.0 if primitive.gain == "i" else 3.0)}
    return Bench(primitive, cell(name).subcircuit(level), replica, (), 1.8, BIAS, 27.0, parameters=gain | parameters)


def second(name: str) -> Grid:
    return Y if PRIMITIVES[name].y or name == "floating_resistor" else ZERO


@pytest.mark.parametrize("name", LAWS)
def test_without_faults_it_is_the_ideal_cell(backend, name: str):
    ideal = transfer(backend, bench_of(name, "behavioural"), X, second(name), [BIAS])
    given = transfer(backend, bench_of(name), X, second(name), [BIAS])
    assert np.max(np.abs(ideal)) > 0.1
    assert given == pytest.approx(ideal, abs=1e-6 * np.max(np.abs(ideal)))


@pytest.mark.parametrize("name", LAWS)
def test_with_faults_it_is_the_law_that_is_fitted(backend, name: str):
    primitive = PRIMITIVES[name]
    generator = np.random.default_rng(5)
    faults = start(primitive) | ({"vr": 0.065} if primitive.update else {})
    faults |= {key: 0.01 * generator.standard_normal() for key in primitive.drawn}
    faults |= {key: value for key, value in {"c1": -0.1, "c2": 0.3, "q": 0.1}.items() if key in faults}
    faults["gain"] = 1.0 if primitive.gain == "i" else 3.0
    y = second(name)
    expected = LAWS[name](*reversed(np.meshgrid(y.values, X.values, indexing="ij")), faults)
    bench = bench_of(name, **{key: value for key, value in faults.items() if key != "gain"})
    assert transfer(backend, bench, X, y, [BIAS])[0] == pytest.approx(expected, abs=1e-6 * np.max(np.abs(expected)))


@pytest.mark.parametrize("name", [name for name in LAWS if PRIMITIVES[name].gain == "i"])
def test_scales_move_with_the_current_of_a_unit_as_in_the_law(backend, name: str):
    faults = start(PRIMITIVES[name]) | ({"vr": 0.065} if PRIMITIVES[name].update else {})
    faults |= {"iu": 4 * BIAS, "ox": 1e-3, "dg": 0.02, "od": 1e-3} | dict(zip(SCALES_MOVE, MOVES, strict=True))
    expected = LAWS[name](*reversed(np.meshgrid(Y.values, X.values, indexing="ij")), moved(faults, BIAS))
    still = LAWS[name](*reversed(np.meshgrid(Y.values, X.values, indexing="ij")), faults)
    bench = bench_of(name, **{key: value for key, value in faults.items() if key != "gain"})
    found = transfer(backend, bench, X, Y, [BIAS])[0]
    assert found == pytest.approx(expected, abs=1e-6 * np.max(np.abs(expected)))
    assert np.max(np.abs(found - still)) > 0.01


def test_at_the_current_of_the_fit_nothing_moves():
    faults = start(PRIMITIVES["multiplier"]) | {"iu": BIAS} | dict(zip(SCALES_MOVE, MOVES, strict=True))
    assert moved(faults, BIAS) == pytest.approx(faults)


def test_the_pole_moves_with_the_bias_current_of_a_unit(backend):
    bench = bench_of("ota", tp=1e-14)
    for bias in (1e-9, 4e-9):
        frequency, out, _ = small_signal(backend, bench, ("inp",), {}, bias)
        corner = bias / (2 * np.pi * 1e-14)
        assert np.interp(corner, frequency, np.abs(out / out[0])) == pytest.approx(np.sqrt(0.5), rel=2e-3)


def test_capacitances_grow_with_the_units(backend):
    bench = bench_of("multiplier", cin=3e-14, ciny=5e-14, cout=2e-14)
    for units in (1.0, 3.0):
        for pin, farad in (("xp", 3e-14), ("yn", 5e-14), ("out", 2e-14)):
            several = replace(bench, parameters={**bench.parameters, "k": units})
            frequency, _, into = small_signal(backend, several, (pin,), {}, BIAS)
            assert np.imag(into[0]) / (2 * np.pi * frequency[0]) == pytest.approx(units * farad, rel=1e-3)


def test_noise_is_what_its_formula_says(backend):
    white = 8 * 1.602e-19
    measured = noise(backend, bench_of("ota", white=white), {}, BIAS, (10.0, 110.0))
    assert measured == pytest.approx(white * BIAS * 100.0, rel=0.01)


def test_an_output_ends_before_its_rails(backend):
    bench = bench_of("ota", hp=0.2, rp=0.02, hn=0.1, rn=0.02, vs=0.06, go=1e-3)
    volts, source = output(backend, bench, 0.2, 0.0, BIAS)
    _, sink = output(backend, bench, -0.2, 0.0, BIAS)
    full = np.interp(0.0, volts, source)
    assert np.interp(volts[-1] - 0.2, volts, source) == pytest.approx(full / 2, rel=0.05)
    assert np.interp(volts[0] + 0.1, volts, sink) == pytest.approx(-full / 2, rel=0.05)
    _, idle = output(backend, bench, 0.0, 0.0, BIAS)
    assert np.interp(0.1, volts, idle) - np.interp(-0.1, volts, idle) == pytest.approx(-0.2e-3, rel=1e-3)
