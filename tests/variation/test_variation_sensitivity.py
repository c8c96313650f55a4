"""Shares of variance against cases whose answer is known in closed form."""

import numpy as np
import pytest
from scipy.special import ndtr

from vle_analog.errors import InputError
from vle_analog.variation.sensitivity import LITTLE, design, groups, indices, linear, needed, together
from vle_analog.variation.sites import Site


def _site(group):
    cell, kind = group.split(".")
    return Site("somewhere", "parameter", 1.0, cell, kind)


NAMES = ["ota.offset"] * 6 + ["capacitor.capacitor"] * 3 + ["multiplier.gain"] * 4 + ["ota.gain"] * 2
SITES = [_site(name) for name in NAMES]
WEIGHTS = np.array([1.0, -2.0, 0.5, 1.5, -1.0, 0.3, 0.7, -0.9, 0.2, 0.4, 0.1, -0.5, 0.6, 0.05, -0.02])
SHARES = {n: float(np.sum(WEIGHTS[[m == n for m in NAMES]] ** 2) / np.sum(WEIGHTS**2)) for n in dict.fromkeys(NAMES)}


def _ishigami(z):
    x = np.pi * (2 * ndtr(z) - 1)
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def test_sobol_indices_of_ishigamis_function():
    """T. Ishigami and T. Homma (1990): V = a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2, with a = 7, b = 0.1."""
    sites = [_site(f"{name}.offset") for name in "abc"]
    table = indices(sites, _ishigami(design(sites, 2048, 7)), 2048, 7, "f").table
    v1 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
    v13 = 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = 7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.1**2 * np.pi**8 / 18 + 0.5
    first = {"a": v1 / total, "b": (7**2 / 8) / total, "c": 0.0}
    for name in "abc":
        assert table.loc[f"{name}.offset", "first"] == pytest.approx(first[name], abs=0.03)
    every = {"a": (v1 + v13) / total, "b": first["b"], "c": v13 / total}
    for name in "abc":
        assert table.loc[f"{name}.offset", "total"] == pytest.approx(every[name], abs=0.03)
        assert table.loc[f"{name}.offset", "total_low"] < every[name] < table.loc[f"{name}.offset", "total_high"]


def test_sobol_indices_of_groups_of_an_additive_gaussian_model():
    found = indices(SITES, 3 + WEIGHTS @ design(SITES, 1024, 0), 1024, 0, "bias").table
    for name, share in SHARES.items():
        assert found.loc[name, "first"] == pytest.approx(share, abs=0.04)
        assert found.loc[name, "total"] == pytest.approx(share, abs=0.04)
    assert list(found.index) == sorted(SHARES, key=lambda name: -SHARES[name])


def test_linear_shares_by_least_squares():
    z = np.random.default_rng(1).standard_normal((len(SITES), 2000))
    noise = np.sqrt(np.sum(WEIGHTS**2)) * np.random.default_rng(2).standard_normal(2000)  # as much as the model
    found = linear(SITES, z, 5 + WEIGHTS @ z + noise, "bias")
    assert found.method == "least squares"
    assert found.r_squared == pytest.approx(0.5, abs=0.04)
    for name, share in SHARES.items():
        assert found.table.loc[name, "linear"] == pytest.approx(share / 2, abs=0.04)


def test_linear_shares_by_correlation_where_samples_are_few():
    sites = [_site(f"cell{k % 2}.offset") for k in range(400)]
    weights = np.where(np.arange(400) % 2, 1.0, 2.0)
    shares = []
    for seed in range(20):
        z = np.random.default_rng(seed).standard_normal((400, 300))
        found = linear(sites, z, weights @ z, "bias")
        assert found.method == "correlation"
        shares.append(found.table.loc["cell0.offset", "linear"])
    assert np.mean(shares) == pytest.approx(0.8, abs=0.05)  # uncorrected it would be 0.8 + 200/300


def test_few_samples_do_not_say_what_a_linear_model_explains():
    sites = [_site(f"cell{k % 2}.offset") for k in range(72)]
    z = np.random.default_rng(1).standard_normal((72, 120))
    few, more = (linear(sites, z[:, :count], z[:, :count].sum(axis=0), "loss") for count in (40, 120))
    assert few.method == more.method == "correlation"
    assert few.r_squared == 0.0
    assert 2 * few.chance > LITTLE
    assert more.r_squared > LITTLE


@pytest.mark.parametrize("count", [1, 3, 12, 72, 400])
def test_so_many_samples_as_are_needed_are_enough_and_one_less_is_not(count):
    least, random = needed(count), np.random.default_rng(1)
    sites = [_site(f"cell{k % 2}.offset") for k in range(count)]
    for samples, few in ((least, False), (least - 1, True)):
        z = random.standard_normal((count, samples))
        assert linear(sites, z, z.sum(axis=0), "loss").few is few
        assert linear(sites, z, z.sum(axis=0), "loss").needed == least


def test_intervals_of_linear_shares_hold_what_they_promise():
    inside = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        z = random.standard_normal((len(SITES), 300))
        row = linear(SITES, z, WEIGHTS @ z + 3 * random.standard_normal(300), "bias").table.loc["ota.offset"]
        true = SHARES["ota.offset"] * np.sum(WEIGHTS**2) / (np.sum(WEIGHTS**2) + 9)
        inside.append(row["linear_low"] <= true <= row["linear_high"])
    assert np.mean(inside) >= 0.9


def test_an_even_function_shows_in_sobol_but_not_in_linear_shares():
    def measured(z):
        return np.abs(z[0]) + 0.01 * z[8]

    z = np.random.default_rng(3).standard_normal((len(SITES), 500))
    sobol = indices(SITES, measured(design(SITES, 256, 3)), 256, 3, "nrmse")
    both = together(linear(SITES, z, measured(z), "nrmse"), sobol)
    assert both.table.index[0] == "ota.offset"
    assert both.table.loc["ota.offset", "total"] > 0.95
    assert both.table.loc["ota.offset", "linear"] < 0.1
    assert both.r_squared < 0.1
    assert (both.samples, both.evaluations, both.shown) == (500, 256 * 6, "total")


def test_failed_samples_take_their_block_along():
    values = WEIGHTS @ design(SITES, 512, 3)
    holed = values.copy()
    holed[[0, 100, 1000]] = np.nan
    found = indices(SITES, holed, 512, 3, "bias")
    assert found.evaluations == (512 - 3) * 6
    assert np.isfinite(found.table.to_numpy(dtype=float)).all()
    assert found.table.loc["ota.offset", "total"] == pytest.approx(SHARES["ota.offset"], abs=0.05)
    assert linear(SITES, design(SITES, 512, 3), holed, "bias").samples == len(values) - 3


def test_a_constant_metric_has_no_contributions():
    z = design(SITES, 64, 3)
    same = np.full(z.shape[1], 0.1)
    both = together(linear(SITES, z, same, "m"), indices(SITES, same, 64, 3, "m"))
    assert both.r_squared == 0.0
    assert not both.table.drop(columns="devices").to_numpy().any()


def test_the_design_is_the_same_for_the_same_seed_and_normal():
    assert groups(SITES) == list(SHARES)
    first, again, other = design(SITES, 256, 5), design(SITES, 256, 5), design(SITES, 256, 6)
    assert first.shape == (len(SITES), 256 * 6)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    chips = first[:, ::6]  # one per block
    assert np.abs(chips.mean(axis=1)).max() < 0.05
    assert chips.std(axis=1) == pytest.approx(np.ones(len(SITES)), abs=0.05)


def test_indices_repeat_for_the_same_seed_even_for_zero():
    values = WEIGHTS @ design(SITES, 64, 0)
    first, again = (indices(SITES, values, 64, 0, "m").table for _ in range(2))
    assert first.equals(again)


@pytest.mark.parametrize("base", [0, -4, 100])
def test_the_base_is_a_power_of_two(base):
    with pytest.raises(InputError, match="power of two"):
        design(SITES, base, 0)


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(InputError, match="two groups or more"):
        design(SITES[:6], 64, 0)
    with pytest.raises(InputError, match="too many deviations"):
        design(SITES * 1000, 64, 0)
    with pytest.raises(InputError, match="not those of the Sobol design"):
        indices(SITES, np.zeros(64), 64, 0, "m")
    with pytest.raises(InputError, match="too few chips were simulated"):
        indices(SITES, np.full(64 * 6, np.nan), 64, 0, "m")
    with pytest.raises(InputError, match="do not fit"):
        linear(SITES, np.zeros((3, 10)), np.zeros(10), "m")
    with pytest.raises(InputError, match="too few samples"):
        linear(SITES, np.zeros((len(SITES), 5)), np.zeros(5), "m")
    z = design(SITES, 64, 0)
    with pytest.raises(InputError, match="not of the same metric"):
        together(linear(SITES, z, z[0], "a"), indices(SITES, z[0], 64, 0, "b"))
