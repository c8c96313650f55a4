"""Chips with noise are held against the ideal with the same noise in its equations, path by path."""

from pathlib import Path

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.api import nominal
from vle_analog.montecarlo.lot import Lot, on_grid
from vle_analog.montecarlo.replay import replay
from vle_analog.montecarlo.run import MonteCarlo

KEYS = {
    "circuit.level": "macromodel",
    "circuit.nonidealities": ["noise"],
    "variation.variations": "none",
    "duration": 0.8,
    "simulate.points": 161,
    "simulate.tmax": 0.005,
    "variation.loss_ratio": 1.0,
}
ERRORS = ("nrmse_forward", "nrmse_error")


def study(*, noise: bool) -> Study:
    return Study.load("online_chain", KEYS | {"simulate.noise": noise})


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> MonteCarlo:
    return study(noise=True).montecarlo(3, tmp_path_factory.mktemp("noisy"))


def test_noise_alone_is_no_error(noisy: MonteCarlo, tmp_path: Path):
    quiet = study(noise=False).montecarlo(1, tmp_path, engine="ngspice")
    assert noisy.engine == "ngspice"
    for name in ERRORS:
        assert np.all(noisy.table[name] < 1.5 * quiet.table[name][0]), name
        assert noisy.nominal[name] == pytest.approx(quiet.table[name][0])


def test_every_chip_has_a_path_of_its_own_which_is_not_small(noisy: MonteCarlo):
    lot = Lot(on_grid(noisy.lot.spec), nominal)
    none = np.zeros(len(lot.shared.sites))
    shared, ideals = lot.shared, [lot.shared.disturbed(lot.chip(k, none)) for k in range(2)]
    apart = [np.sqrt(np.mean((one["hidden.e[0]"] - shared.metrics.ideal["hidden.e[0]"]) ** 2)) for one in ideals]
    assert min(apart) > 2 * noisy.nominal["nrmse_error"] * np.ptp(shared.metrics.ideal["hidden.e[0]"])
    assert not np.array_equal(ideals[0]["hidden.e[0]"], ideals[1]["hidden.e[0]"])


def test_a_chip_with_noise_is_made_again_to_its_row(noisy: MonteCarlo):
    again = replay(noisy.folder, 2, nominal)
    assert again.reproduced
    assert again.difference <= 1e-7
