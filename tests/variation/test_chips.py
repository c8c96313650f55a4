"""Chips: deviations are sigma times the draw, the process moves macromodels as it moved the transistors in them."""

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.cells.fitted import fitted
from vle_analog.characterise.laws import LAWS
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.placed import placed
from vle_analog.variation.chips import CORNERS, chip, deviations, process_slopes
from vle_analog.variation.draws import normals
from vle_analog.variation.sites import sites

SAMPLES = 4000
CLOSE = 4 / np.sqrt(2 * (SAMPLES - 1))  # four standard errors of a standard deviation


@pytest.fixture(scope="module")
def macromodels() -> Circuit:
    return Study.load("online_chain", {"circuit.level": "macromodel"}).circuit()


@pytest.fixture(scope="module")
def mixed() -> Circuit:
    """A neuron in transistors among macromodels."""
    levels = {"slope": "transistor"}
    return Study.load("online_chain", {"circuit.level": "macromodel", "circuit.levels": levels}).circuit()


def test_mismatch_is_sigma_times_the_draw(macromodels):
    found = sites(macromodels, "mismatch")
    z = normals(found, 1, range(7))
    drawn = deviations(macromodels, found, z, scale=2.0)
    assert drawn.keys() == {(site.path, site.parameter) for site in found}
    for site, row in zip(found, z, strict=True):
        np.testing.assert_allclose(drawn[site.path, site.parameter], 2 * site.sigma * row)


def test_a_chip_is_a_sample(mixed):
    found = sites(mixed, "all")
    z = normals(found, 1, range(5))
    drawn, one = deviations(mixed, found, z), chip(mixed, found, z[:, 3])
    told = {(path, key): value for path, values in one.deviations.items() for key, value in values.items()}
    assert told == pytest.approx({key: values[3] for key, values in drawn.items()})
    assert mixed.deviations == {}


def test_transistors_and_macromodels_of_a_chip_feel_the_same_process(mixed):
    found = sites(mixed, "process")
    assert [site.parameter for site in found] == ["n", "p", "c"]
    drawn = deviations(mixed, found, np.array([[3.0], [0.0], [0.0]]))  # n at its slow corner
    assert drawn["process", "n_slower"] == pytest.approx(0.03)
    assert drawn["process", "n_mobility"] == pytest.approx(-0.08)
    assert drawn["process", "p_slower"] == drawn["process", "p_mobility"] == drawn["process", "c"] == 0.0
    expected = process_slopes("floating_resistor", "generic180")["dg"][0]
    assert drawn["hidden_0.membrane.series", "dg"] == pytest.approx(expected)


@pytest.mark.parametrize("cell", ["floating_resistor", "multiplier", "update_multiplier", "ota_linear"])
def test_the_plane_is_the_least_squares_one(cell):
    """Its residual is orthogonal to 1, n and p, over the corners where the transistors were measured."""
    rows = fitted(cell, "generic180").corners
    found = process_slopes(cell, "generic180")
    assert "dg" in found
    for parameter, (n, p) in found.items():
        measured = np.array([rows[name]["gain_ratio" if parameter == "dg" else parameter] for name in CORNERS])
        if parameter == "dg":
            measured = measured / measured.mean()
        at = np.array(list(CORNERS.values()))
        residual = measured - measured.mean() - at @ [n, p]
        np.testing.assert_allclose(residual @ at, 0.0, atol=1e-12)


def test_process_and_mismatch_add_up(macromodels):
    both, alone = sites(macromodels, "all"), sites(macromodels, "mismatch")
    z = normals(both, 3, range(4))
    common = len(both) - len(alone)
    together = deviations(macromodels, both, z)
    process = deviations(macromodels, both[:common], z[:common])
    mismatch = deviations(macromodels, alone, z[common:])
    assert any(key in process for key in mismatch)
    for key, values in together.items():
        np.testing.assert_allclose(values, process.get(key, 0.0) + mismatch.get(key, 0.0), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["ota", "ota_linear", "ota_wide"])
def test_offset_and_gm_of_an_ota_spread_as_its_law_says(macromodels, name):
    """In I/ib = gain (1 + dg) (x + vos) + ios, to first order, sigma(offset)^2 = sigma(vos)^2 + (sigma(ios)/gain)^2 and
    sigma(gm)/gm = sigma(dg): over samples, with the nonlinear law."""
    drawn, sigma = _drawn(macromodels, "ota_linear"), fitted("ota_linear", "generic180").mismatch
    drawn = {key: values * fitted(name, "generic180").mismatch[key] / sigma[key] for key, values in drawn.items()}
    numbers = fitted(name, "generic180")
    sigma, gain = numbers.mismatch, float(np.median(numbers.sizing.gain_per_amp))
    x = np.linspace(-0.03, 0.03, 121)
    parameters = {**numbers.macromodel, "gain": gain}
    cell = {key: (parameters[key] + values)[:, None] for key, values in drawn.items()}
    currents = LAWS[name](x, np.zeros(1), {**parameters, **cell})
    offsets = np.array([np.interp(0.0, row, x) for row in currents])
    slopes = np.gradient(currents, x, axis=1)[:, len(x) // 2]
    expected = np.hypot(sigma["vos"], sigma["ios"] / gain)
    assert np.std(offsets, ddof=1) == pytest.approx(expected, rel=CLOSE)
    assert np.std(slopes, ddof=1) / np.mean(slopes) == pytest.approx(sigma["dg"], rel=CLOSE + 0.01)  # compression


def _drawn(circuit: Circuit, cell: str) -> dict[str, np.ndarray]:
    """Deviations of the first primitive of this kind that has one unit."""
    path = next(p.path for p in placed(circuit) if p.cell == cell and p.parameters["k"] == 1)
    found = [site for site in sites(circuit, "mismatch") if site.path == ".".join(path)]
    drawn = deviations(circuit, found, normals(found, 8, range(SAMPLES)))
    return {parameter: values for (_, parameter), values in drawn.items()}
