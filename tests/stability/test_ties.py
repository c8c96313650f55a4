"""Neurons that are alike: what is said about them does not depend on how the last digits are rounded."""

import numpy as np
import pytest

from tests.support.poled import examined, pair
from vle_analog.stability.linear import Linear
from vle_analog.ties import first_largest


@pytest.mark.parametrize(
    "values, expected",
    [
        ([1.0, 2.0, 2.0], 1),
        ([1.0, 2.0, 2.0 + 4e-16], 1),
        ([-1.0, -1.0 + 2e-16, -3.0], 0),
        ([0.0, 0.0], 0),
        ([[1.0, 1.1], [1.2, 1.2]], 2),
        ([3.0], 0),
        ([1.0, 1.0 + 1e-6], 1),
    ],
)
def test_the_first_of_equals(values: list[float], expected: int):
    assert first_largest(values) == expected


def test_neurons_that_are_alike_have_equal_shares():
    """Two neurons that do not hear each other, in one population: every vector of their space is an eigenvector."""
    found = examined(pair(0.6, 4, ["U", "h", "e"], 1e-3, activation="linear")).findings[0]
    assert list(found.neurons) == [0, 1]
    assert list(found.neurons.values()) == pytest.approx([0.5, 0.5], abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_shares_in_a_space_of_equal_eigenvalues_do_not_turn_with_rounding(seed: int):
    generator = np.random.default_rng(seed)
    vectors = np.random.default_rng(0).standard_normal((6, 6))
    matrix = vectors @ np.diag([2.0, 2.0, 2.0, -1.0, -3.0, -100.0]) @ np.linalg.inv(vectors)
    moved = matrix * (1 + 1e-14 * generator.standard_normal(matrix.shape))
    here, there = (Linear(which, np.arange(6)).participation() for which in (matrix, moved))
    assert list(here) == list(there)
    assert list(here.values()) == pytest.approx(list(there.values()), abs=1e-6)


def test_shares_of_a_single_eigenvalue_are_products_of_its_vectors():
    matrix = np.random.default_rng(3).standard_normal((7, 7))
    values, right = np.linalg.eig(matrix)
    worst = int(np.argmax(values.real))
    share = np.abs(right[:, worst] * np.linalg.inv(right)[worst])
    found = Linear(matrix, np.arange(7)).participation()
    assert [found[k] for k in range(7)] == pytest.approx(list(share / share.sum()), abs=1e-5)


def test_of_moments_that_are_alike_the_first_is_the_worst():
    """A linear network has the same eigenvalues all the time."""
    found = examined(pair(4.0, 8, ["U", "h", "e"], 1e-3, activation="linear", drive=1.0, duration=1.0)).findings[0]
    assert np.ptp(found.eigenvalues.real[:, 0]) == pytest.approx(0, abs=1e-6)
    assert found.worst.time == 0.0
