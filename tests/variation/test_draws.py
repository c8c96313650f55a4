"""Draws: numbers that hang on seed, sample and site alone, and are as normal and independent as they should be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vle_analog.errors import InputError
from vle_analog.variation.draws import normals
from vle_analog.variation.sites import Site


def made(count, start=0):
    return tuple(Site(f"cell_{k}", "vos", 1.0, "ota", "offset") for k in range(start, start + count))


@settings(max_examples=30)
@given(st.integers(-(2**70), 2**70), st.lists(st.integers(0, 50_000), max_size=8))
def test_a_number_is_the_same_in_whatever_company_it_is_asked_for(seed, samples):
    together = normals(made(3), seed, samples)
    alone = [[float(normals([site], seed, [sample])[0, 0]) for sample in samples] for site in made(3)]
    assert together.shape == (3, len(samples))
    np.testing.assert_array_equal(together, np.reshape(alone, together.shape))


@given(st.permutations(range(12)))
def test_the_order_of_samples_does_not_matter(order):
    np.testing.assert_array_equal(normals(made(2), 4, order), normals(made(2), 4, range(12))[:, list(order)])


@pytest.mark.parametrize("sampling, total", [("random", None), ("latin", 64)])
def test_old_sites_keep_their_numbers_where_sites_are_added(sampling, total):
    few, many = (normals(sites, 5, range(64), sampling, total) for sites in (made(4, 10), made(20)))
    np.testing.assert_array_equal(few, many[10:14])


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
@given(first=st.integers(0, 31), count=st.integers(0, 32))
@settings(max_examples=20)
def test_a_part_of_a_plan_is_that_part_of_the_whole(sampling, first, count):
    whole, part = (normals(made(5), 2, samples, sampling, 64) for samples in (range(64), range(first, first + count)))
    np.testing.assert_array_equal(part, whole[:, first : first + count])


def test_seed_path_and_parameter_all_count():
    first = normals(made(1), 1, range(20))
    other = Site("cell_0", "ios", 1.0, "ota", "output")
    for found in (normals(made(1), 2, range(20)), normals(made(1, 1), 1, range(20)), normals([other], 1, range(20))):
        assert not np.intersect1d(first, found).size


def test_sigma_cell_and_kind_do_not_count():
    renamed = Site("cell_0", "vos", 7.0, "other", "gain")
    np.testing.assert_array_equal(normals(made(1), 1, range(20)), normals([renamed], 1, range(20)))


def test_numbers_are_what_they_were():
    """Any change here changes every chip that was ever drawn."""
    found = normals(made(2), 1, [0, 1, 1000])
    expected = [
        [-0.6923087524621315, 0.6454406449159199, -0.29280770865177363],
        [0.9713591683736279, -0.1469122966950146, 0.6330776018291262],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_random_numbers_are_normal():
    assert stats.kstest(normals(made(1), 11, range(20_000))[0], "norm").pvalue > 0.01
    assert stats.kstest(normals(made(20_000), 11, [3])[:, 0], "norm").pvalue > 0.01


def test_random_numbers_of_sites_and_of_samples_are_not_correlated():
    found = normals(made(40), 12, range(4000))
    sites, near = np.corrcoef(found), np.corrcoef(found[:, :-1].ravel(), found[:, 1:].ravel())
    assert np.abs(sites[np.triu_indices(40, 1)]).max() < 4.5 / np.sqrt(4000)  # of 780 pairs
    assert abs(near[0, 1]) < 3 / np.sqrt(160_000)


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
def test_a_plan_fills_every_interval_once(sampling):
    found = normals(made(6), 3, range(128), sampling, 128)
    cells = np.sort(np.floor(stats.norm.cdf(found) * 128).astype(int), axis=1)
    np.testing.assert_array_equal(cells, np.tile(np.arange(128), (6, 1)))


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
def test_plans_of_other_seeds_are_others(sampling):
    one, other = (normals(made(2), seed, range(8), sampling, 8) for seed in (1, 2))
    assert not np.intersect1d(one, other).size


def test_a_sobol_sequence_integrates_better_than_random_numbers():
    """The mean of a sum of squares, which is known: 6."""
    errors = {
        sampling: np.sqrt(
            np.mean(
                [
                    (np.sum(normals(made(6), seed, range(256), sampling, 256) ** 2, axis=0).mean() - 6) ** 2
                    for seed in range(20)
                ]
            )
        )
        for sampling in ("random", "latin", "sobol")
    }
    assert max(errors["latin"], errors["sobol"]) < 0.25 * errors["random"]


def test_nothing_asked_for_is_nothing():
    assert normals((), 1, range(5)).shape == (0, 5)
    assert normals(made(3), 1, []).shape == (3, 0)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((1.5, [0]), "variation.seed: not an integer"),
        ((True, [0]), "variation.seed: not an integer"),
        (("1", [0]), "variation.seed: not an integer"),
        ((1, [0.5]), "sample: not an integer"),
        ((1, [3, -1]), r"samples are numbered from 0[\s\S]*got: +-1"),
        ((1, [3, 10**30]), "samples are numbered from 0"),
        ((1, [0], "sorted"), r"unknown sampling[\s\S]*random \| latin \| sobol"),
        ((1, [0], "latin"), "needs the total number of samples"),
        ((1, [0], "sobol", 0), "needs the total number of samples"),
        ((1, [8], "latin", 8), "beyond the plan"),
        ((1, [0], "sobol", 100), r"powers of two[\s\S]*such as 128"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        normals(made(1), *arguments)


def test_more_sites_than_a_sobol_sequence_has_dimensions_are_refused():
    with pytest.raises(InputError, match=r"more deviations than a Sobol sequence has[\s\S]*21201"):
        normals(made(21202), 1, [0], "sobol", 8)
