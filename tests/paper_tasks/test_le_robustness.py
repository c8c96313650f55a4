"""Latent equilibrium with time constants drawn apart: what mismatch costs, and what learning takes back."""

import numpy as np
import pytest

from experiments.tasks.mismatch import LEAKY, drawn_constants, mismatch_sweep
from vle_analog import Study
from vle_analog.errors import InputError


@pytest.fixture(scope="module")
def study():
    return Study.load("le_robustness")


@pytest.fixture(scope="module")
def sweep(study):
    return mismatch_sweep(study.spec, study.target, (0.005, 0.01, 0.1, 0.2), draws=6)


def test_without_mismatch_the_teacher_s_weights_give_the_teacher_s_output(sweep):
    assert sweep.mismatch[0] == 0.0
    assert np.all(sweep.given[0] < 1e-6)
    assert np.all(sweep.weights[0] == 0.0)


def test_with_given_weights_more_mismatch_costs_more_in_every_draw(sweep):
    assert np.all(np.diff(sweep.given, axis=0) > 0)


def test_a_small_mismatch_costs_in_proportion(sweep):
    assert sweep.given[2] / sweep.given[1] == pytest.approx(2.0, rel=0.02)


def test_after_learning_more_mismatch_costs_more_in_the_median_and_less_than_before(sweep):
    median = np.median(sweep.learned, axis=1)
    assert median[0] < median[3] < median[4]
    assert np.all(median[3:] < np.median(sweep.given, axis=1)[3:])
    assert np.all(np.diff(np.median(sweep.weights, axis=1)) > 0)


def test_mismatch_costs_less_than_doing_without_look_ahead(study, sweep):
    """A leaky chain of three answers too late for this task, whatever its mismatch; its loss is that of its rates."""
    plain = mismatch_sweep(study.spec, study.target, (0.2,), draws=6, look_ahead=LEAKY)
    assert np.all(sweep.loss < 0.1 * plain.loss.min())
    assert np.all(plain.given > 1.0)


def test_the_loss_is_that_of_the_relative_error(study, sweep):
    wanted = study.target(np.linspace(0.0, study.spec.duration, 1001))[:, -250:]
    assert sweep.loss == pytest.approx(sweep.learned**2 * np.mean(np.sum(wanted**2, axis=0)) / 2)


def test_the_shipped_study_is_the_first_draw_at_a_tenth(study):
    drawn = drawn_constants(study.spec.target.network, np.array([0.1]), 3, 0)
    for population in study.spec.network.populations:
        assert population.tau_m == pytest.approx(drawn[f"{population.name}.tau_m"][:, 0], abs=5.1e-4)
        assert population.tau_r == pytest.approx(drawn[f"{population.name}.tau_r"][:, 0], abs=5.1e-4)
        assert not population.wire.any()


def test_fixed_steps_of_many_draws_agree_with_the_solution_of_one(study, sweep):
    """The study's time constants have three decimals: a few thousandths of the error."""
    run = study.ideal()
    late = run.time > 0.75 * study.spec.duration
    wanted = study.target(run.time)[0]
    error = np.sqrt(np.mean((wanted - run["readout.r[0]"])[late] ** 2) / np.mean(wanted[late] ** 2))
    assert error == pytest.approx(sweep.learned[3, 0], rel=0.02)


def test_a_study_without_a_teacher_is_refused():
    other = Study.load("wide")
    with pytest.raises(InputError, match="learn from a teacher"):
        mismatch_sweep(other.spec, other.target)
