"""Intervals hold what they promise, failed chips count, and tables say what happened."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vle_analog.errors import InputError
from vle_analog.variation.statistics import (
    deviation,
    envelope,
    failures,
    mean,
    metrics,
    narrow_enough,
    quantile,
    statistics,
    summary,
    wilson,
    works,
    worst_chips,
)


def _table(samples=200, seed=0):
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "sample": np.arange(samples),
            "status": "ok",
            "loss_ratio": np.exp(random.normal(3.0, 1.0, samples)),
            "nrmse_forward": np.abs(random.normal(0.0, 0.02, samples)),
            "bias.drive.W[0,0]": random.normal(0.1, 0.05, samples),
            "draw.ota.offset": random.normal(1.0, 0.1, samples),
            "draw.capacitor.capacitor": random.normal(1.0, 0.2, samples),
        }
    )
    failed = [sample for sample in (3, 50, 51) if sample < samples]
    table.loc[failed, "status"] = ["no convergence", "diverged", "diverged"][: len(failed)]
    table.loc[failed, ["loss_ratio", "nrmse_forward", "bias.drive.W[0,0]"]] = np.nan
    return table


@pytest.mark.parametrize(
    "successes, total, low, high",
    [  # R. G. Newcombe, Stat. Med. 17, 857-872 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(successes, total, low, high):
    found = wilson(successes, total)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 5000), st.floats(0.0, 1.0), st.floats(0.5, 0.999))
@settings(deadline=None, max_examples=50)
def test_the_bounds_of_wilson_solve_the_score_equation(total, share, confidence):
    successes = round(share * total)
    found = wilson(successes, total, confidence)
    z = stats.norm.ppf((1 + confidence) / 2)
    for bound in (found.low, found.high):
        assert (successes / total - bound) ** 2 == pytest.approx(z**2 * bound * (1 - bound) / total, rel=1e-6, abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("truth", [0.5, 0.9, 0.97])
def test_wilson_covers(truth):
    counts = np.random.default_rng(4).binomial(100, truth, 4000)
    inside = [wilson(int(k), 100).low <= truth <= wilson(int(k), 100).high for k in counts]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.025)


def test_the_exact_bootstrap_is_the_limit_of_resampling():
    values = np.random.default_rng(5).lognormal(size=101)
    resampled = stats.bootstrap(
        (values,), np.median, n_resamples=20000, method="percentile", vectorized=True, rng=np.random.default_rng(6)
    ).confidence_interval
    found = quantile(values, 0.5)
    ordered = np.sort(values)
    for exact, drawn in ((found.low, resampled.low), (found.high, resampled.high)):
        assert abs(np.searchsorted(ordered, exact) - np.searchsorted(ordered, drawn)) <= 1
    assert found.value == np.median(values)


@pytest.mark.parametrize("level", [0.05, 0.25, 0.5, 0.95])
def test_intervals_of_quantiles_cover(level):
    random = np.random.default_rng(7)
    truth = stats.norm.ppf(level)
    found = [quantile(random.standard_normal(200), level) for _ in range(1000)]
    assert np.mean([item.low <= truth <= item.high for item in found]) == pytest.approx(0.95, abs=0.035)


@pytest.mark.parametrize("draw, truth", [("standard_normal", 1.0), ("standard_exponential", 1.0)])
def test_intervals_of_mean_and_deviation_cover(draw, truth):
    random = np.random.default_rng(8)
    samples = [getattr(random, draw)(400) for _ in range(500)]
    centre = 0.0 if draw == "standard_normal" else 1.0
    assert np.mean([mean(v).low <= centre <= mean(v).high for v in samples]) == pytest.approx(0.95, abs=0.035)
    assert np.mean([deviation(v).low <= truth <= deviation(v).high for v in samples]) == pytest.approx(0.93, abs=0.05)


def test_few_and_equal_values_have_intervals_too():
    one = np.array([2.5])
    assert [mean(one), deviation(one), quantile(one, 0.05)] == [
        type(mean(one))(*v) for v in ((2.5, 2.5, 2.5), (0.0, 0.0, 0.0), (2.5, 2.5, 2.5))
    ]
    assert deviation(np.full(50, 0.1)).high == 0.0
    assert quantile(np.arange(5.0), 0.95).high == 4.0


def test_failed_chips_do_not_work():
    table = _table()
    working = works(table, 10.0)
    assert not working[[3, 50, 51]].any()
    assert working.sum() == (table["loss_ratio"] >= 10).sum()
    assert works(table, None, 0.02).sum() == (table["nrmse_forward"] <= 0.02).sum()
    assert works(table, None).sum() == 197


def test_a_bound_on_what_was_not_measured_is_refused():
    with pytest.raises(InputError, match="no loss_ratio"):
        works(_table().drop(columns="loss_ratio"), 10.0)


def test_a_run_stops_when_the_yield_is_known():
    table = _table(1000)
    enough = partial(narrow_enough, working=partial(works, loss_ratio=10.0))
    assert enough(table, half_width=0.05)
    assert not enough(table.head(50), half_width=0.05)
    assert not enough(table.head(0), half_width=0.5)


def test_a_summary_of_every_metric():
    table = _table()
    found = summary(table)
    assert list(found.index) == ["loss_ratio", "nrmse_forward", "bias.drive.W[0,0]"] == metrics(table)
    row, values = found.loc["loss_ratio"], table["loss_ratio"].dropna()
    assert row["count"] == 197
    assert row["mean"] == pytest.approx(values.mean())
    assert row["sd"] == pytest.approx(values.std())
    assert row["median"] == pytest.approx(values.median())
    assert row["q05_low"] <= row["q05"] <= row["q05_high"] < row["median_low"] < row["q95_low"] <= row["q95_high"]
    assert (row["least"], row["most"]) == (values.min(), values.max())
    assert np.isfinite(found.to_numpy()).all()


def test_reasons_are_counted():
    found = failures(_table())
    assert found.to_dict("records") == [
        {"reason": "diverged", "count": 2, "first": 50},
        {"reason": "no convergence", "count": 1, "first": 3},
    ]
    assert failures(_table().query("status == 'ok'")).empty


def test_the_worst_chips_with_their_largest_draw():
    table = _table()
    table.loc[17, ["loss_ratio", "draw.ota.offset"]] = [0.01, 5.0]
    found = worst_chips(table, "loss_ratio", 4)
    assert found["sample"].iloc[0] == 17
    assert found["largest_draw"].iloc[0] == "ota.offset"
    assert found["deviations"].iloc[0] > 5
    assert list(found["loss_ratio"]) == sorted(table["loss_ratio"].dropna())[:4]
    largest = worst_chips(table, "nrmse_forward", 1)
    assert largest["nrmse_forward"].iloc[0] == table["nrmse_forward"].max()
    far = worst_chips(table, "bias.drive.W[0,0]", 1)["bias.drive.W[0,0]"].iloc[0]
    values = table["bias.drive.W[0,0]"].dropna()
    assert abs(far - values.median()) == np.max(np.abs(values - values.median()))


def test_everything_at_once():
    table = _table()
    found = statistics(table, works(table, 10.0), "loss_ratio", 3)
    assert found.passing == wilson(found.working, 200)
    assert (found.samples, len(found.worst), found.failures["count"].sum()) == (200, 3, 3)
    with pytest.raises(InputError, match="need samples"):
        statistics(table.head(0), np.zeros(0, dtype=bool), "loss_ratio")


def test_a_run_in_which_every_chip_failed():
    table = _table(6).assign(status="diverged", loss_ratio=np.nan, nrmse_forward=np.nan)
    table["bias.drive.W[0,0]"] = np.nan
    found = statistics(table, works(table, 10.0), "loss_ratio")
    assert (found.working, len(found.worst), len(found.summary)) == (0, 0, 0)
    assert found.passing.high < 0.5
    assert list(found.summary["median"]) == []


def test_bands_of_traces():
    traces = np.random.default_rng(9).standard_normal((4000, 2, 3)).astype(np.float32) + np.array([[0.0], [5.0]])
    traces[7, 1, 2] = np.nan
    use = np.ones(4000, dtype=bool)
    use[:10] = False
    bands = envelope(traces, use)
    assert bands.shape == (5, 2, 3)
    assert bands[:, 1] == pytest.approx(np.quantile(traces[10:, 1], [0.05, 0.25, 0.5, 0.75, 0.95], axis=0))
    assert np.isfinite(envelope(traces)).all()
    with pytest.raises(InputError, match="no sample has traces"):
        envelope(traces, np.zeros(4000, dtype=bool))
