"""The numbers of a chip's row, held against their definitions computed by hand."""

import numpy as np
import pytest

from vle_analog.network import Signal, Traces
from vle_analog.study import read_study
from vle_analog.variation.metrics import Metrics, unusual

TIME = np.linspace(0.0, 60.0, 61)
SIGNALS = (
    Signal("hidden", "u", (0,)),
    Signal("hidden", "r", (0,)),
    Signal("hidden", "e", (0,)),
    Signal("readout", "r", (0,)),
    Signal("drive_hidden", "W", (0, 0)),
)
IDEAL = np.stack([np.sin(TIME), np.tanh(np.sin(TIME)), np.cos(TIME), 0.5 * np.sin(TIME), TIME / 60])
TAUGHT = np.ones((1, len(TIME)))


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    return Metrics(read_study("online_chain").network, TAUGHT, Traces(TIME, SIGNALS, IDEAL), 1e-3, SIGNALS)


def test_the_ideal_itself_has_no_errors_and_no_bias(metrics: Metrics):
    row = metrics.row(IDEAL)
    assert (row["nrmse_forward"], row["nrmse_forward_ac"], row["nrmse_error"]) == (0.0, 0.0, 0.0)
    assert (row["bias.readout.r[0]"], row["bias.drive_hidden.W[0,0]"]) == (0.0, 0.0)
    assert tuple(row) == metrics.columns


def test_a_constant_shift_is_an_error_but_none_without_means(metrics: Metrics):
    shifted = IDEAL.copy()
    shifted[0] += 0.1
    row = metrics.row(shifted)
    assert row["nrmse_forward"] == pytest.approx(0.1 / np.ptp(IDEAL[0]))
    assert row["nrmse_forward_ac"] == pytest.approx(0.0, abs=1e-8)
    assert row["nrmse_error"] == 0.0


def test_errors_are_those_of_the_worst_signal_of_each_group(metrics: Metrics):
    other = IDEAL.copy()
    other[1] += 0.01 * np.cos(3 * TIME)
    other[3] += 0.2 * np.cos(3 * TIME)
    other[2] *= 1.5
    row = metrics.row(other)
    assert row["nrmse_forward"] == pytest.approx(np.sqrt(np.mean((other[3] - IDEAL[3]) ** 2)) / np.ptp(IDEAL[3]))
    assert row["nrmse_error"] == pytest.approx(np.sqrt(np.mean((0.5 * IDEAL[2]) ** 2)) / np.ptp(IDEAL[2]))


def test_the_mean_shift_of_the_output_keeps_its_sign(metrics: Metrics):
    other = IDEAL.copy()
    other[3] -= 0.25
    assert metrics.row(other)["dc.readout.r[0]"] == pytest.approx(-0.25)
    assert metrics.row(IDEAL)["dc.readout.r[0]"] == 0.0


def test_losses_are_means_over_the_first_tenth_and_the_last_sixth(metrics: Metrics):
    other = IDEAL.copy()
    other[3] = np.where(TIME <= 30, 0.0, 0.9)
    row = metrics.row(other)
    assert (row["loss_first"], row["loss_last"]) == (pytest.approx(0.5), pytest.approx(0.005))
    assert row["loss_ratio"] == pytest.approx(100.0)


def test_final_values_and_biases_are_those_of_output_and_weights(metrics: Metrics):
    other = IDEAL.copy()
    other[4, -1], other[3, -1] = 1.25, 0.75
    row = metrics.row(other)
    assert row["final.drive_hidden.W[0,0]"] == 1.25
    assert row["bias.drive_hidden.W[0,0]"] == 0.25
    assert row["bias.readout.r[0]"] == pytest.approx(0.75 - IDEAL[3, -1])
    assert "final.hidden.u[0]" not in row


def test_a_failed_chip_has_the_same_columns_without_numbers(metrics: Metrics):
    assert tuple(metrics.failed()) == metrics.columns
    assert np.isnan([float(value) for value in metrics.failed().values()]).all()


def test_disagreement_is_the_largest_difference_over_the_range(metrics: Metrics):
    other = IDEAL.copy()
    other[2, 17] += 0.05
    apart, signal = metrics.disagreement(other, IDEAL)
    assert (apart, signal) == (pytest.approx(0.05 / np.ptp(IDEAL[2])), SIGNALS[2])


def test_a_chip_that_leaves_the_range_of_the_ideal_has_a_range_of_its_own(metrics: Metrics):
    far = 3 * IDEAL
    other = far.copy()
    other[0, 5] += 0.01
    assert metrics.disagreement(other, far)[0] == pytest.approx(0.01 / (3 * np.ptp(IDEAL[0])))
    assert metrics.disagreement(IDEAL, 0 * IDEAL)[0] == pytest.approx(
        max(np.max(np.abs(row)) / np.ptp(row) for row in IDEAL)
    )


def test_draws_are_told_by_group_and_do_not_depend_on_who_else_is_drawn():
    z = np.random.default_rng(1).standard_normal((5, 7))
    groups = ("a.offset", "b.gain", "a.offset", "b.gain", "b.gain")
    rows = unusual(z, groups)
    assert rows[3]["draw.a.offset"] == pytest.approx(np.sqrt((z[0, 3] ** 2 + z[2, 3] ** 2) / 2))
    assert rows[3]["draw.b.gain"] == pytest.approx(np.sqrt(np.mean(z[[1, 3, 4], 3] ** 2)))
    assert [unusual(z[:, k : k + 1], groups)[0] for k in range(7)] == rows
