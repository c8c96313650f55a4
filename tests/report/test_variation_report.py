"""The page of a Monte Carlo run: one file, in words that fit the numbers, with pictures that show them."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from vle_analog.report.variation.content import LossBand, VariationContent, YieldPoint, fan
from vle_analog.report.variation.corners import corners_figure
from vle_analog.report.variation.fan import MOST_PANELS, fan_figure, widest
from vle_analog.report.variation.histograms import Histogram, edges, histogram_figure
from vle_analog.report.variation.page import devices, render, write_variation_report
from vle_analog.report.variation.pictures import loss_figure, variation_pictures
from vle_analog.report.variation.tornado import tornado_figure
from vle_analog.report.variation.words import (
    bound_words,
    contribution,
    contributions,
    group_name,
    is_conclusive,
    metric_name,
    number,
    percent,
    verdict,
)
from vle_analog.report.variation.yields import AREA, MISMATCH, yield_figure
from vle_analog.style import svg
from vle_analog.variation.sensitivity import design, indices, linear, together
from vle_analog.variation.sites import Site
from vle_analog.variation.statistics import statistics, wilson, works

GROUPS = {
    ("ota_linear", "offset"): (40, 1.0),
    ("update_multiplier", "offset"): (24, 0.8),
    ("multiplier_linear", "gain"): (12, 0.35),
    ("ota", "output"): (12, 0.25),
    ("capacitor", "capacitor"): (20, 0.15),
    ("process", "process"): (3, 0.3),
}
SITES = [Site(f"{cell}_{k}", "x", 1.0, cell, kind) for (cell, kind), (count, _) in GROUPS.items() for k in range(count)]
WEIGHTS = np.concatenate([np.full(count, share / np.sqrt(count)) for count, share in GROUPS.values()])


def _ranking(metric):
    z = design(SITES, 128, 1)

    def measured(z):
        bias = WEIGHTS @ z
        return 0.05 * bias if metric.startswith("bias") else 0.02 * np.abs(bias) + 0.002 * np.abs(z[3])

    alone = np.random.default_rng(2).standard_normal((len(SITES), 400))
    return together(linear(SITES, alone, measured(alone), metric), indices(SITES, measured(z), 128, 1, metric))


def _curve(half, steepness, places, samples=1000):
    return [
        YieldPoint(at, wilson(round(samples * norm.cdf(steepness * (half - np.log2(at)))), samples), samples)
        for at in places
    ]


def make_content(samples=600):
    random = np.random.default_rng(3)
    z = random.standard_normal((len(SITES), samples))
    bias = WEIGHTS @ z
    weights = [f"drive_hidden.W[{k},{m}]" for k in range(2) for m in range(2)]
    biases = {
        f"bias.{w}": 0.02 + 0.05 * (k + 1) / 4 * bias + 0.02 * random.standard_normal(samples)
        for k, w in enumerate(weights)
    }
    ratio = np.exp(4.2 - 0.9 * np.abs(bias) + 0.3 * random.standard_normal(samples))
    table = pd.DataFrame(
        {
            "sample": np.arange(samples),
            "status": "ok",
            "loss_first": 0.2 + 0.01 * random.standard_normal(samples),
            "loss_last": 0.2 / ratio,
            "loss_ratio": ratio,
            "nrmse_forward": 0.02 * np.abs(bias) + 0.004,
            "nrmse_forward_ac": 0.01 * np.abs(bias) + 0.002,
            "nrmse_error": 0.06 * np.abs(bias) + 0.01,
            **{f"final.{w}": 0.8 + biases[f"bias.{w}"] for w in weights},
            **biases,
            **{
                f"draw.{group}": np.sqrt(np.mean(z[[s.group == group for s in SITES]] ** 2, axis=0))
                for group in dict.fromkeys(s.group for s in SITES)
            },
        }
    )
    numbers = [name for name in table if name not in ("sample", "status") and not name.startswith("draw.")]
    table.loc[[4, 90, 91], "status"] = ["no convergence", "left the rails", "left the rails"]
    table.loc[[4, 90, 91], numbers] = np.nan
    times = np.linspace(0, 100, 401)
    names = [*weights, "readout.r[0]", "hidden.U[0]", "hidden.e[0]"]
    learned = [0.8 * (1 - np.exp(-times / (10 + 5 * k))) for k in range(4)]
    forward = [np.sin(times), 1.4 * np.sin(times + 0.3), 0.3 * np.exp(-times / 20) * np.sin(1.3 * times)]
    ideal = np.array([*learned, *forward])
    off = bias[:200, None, None] * np.array([1, 1, 1, 1, 0.2, 0.2, 0.3])[None, :, None]
    traces = ideal + 0.05 * off * (1 - np.exp(-times / 15)) * (1 + 0.3 * np.sin(times))
    corners = pd.DataFrame(
        [
            (c, t, v, "ok", 60 * f * (1 - 0.4 * (t > 50)) * v / 1.8, 0.01 / f * (1.9 - v + 0.5))
            for c, f in (("tt", 1.0), ("ff", 0.9), ("ss", 0.35), ("fs", 0.7), ("sf", 0.8))
            for t in (-40, 27, 85)
            for v in (1.62, 1.98)
        ],
        columns=["corner", "temperature", "supply", "status", "loss_ratio", "nrmse_forward"],
    )
    corners.loc[12, ["status", "loss_ratio", "nrmse_forward"]] = ["no convergence", np.nan, np.nan]
    sigma = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.5])
    return VariationContent(
        name="two_layer",
        title="Two layers that learn online",
        table=table,
        statistics=statistics(table, works(table, 10.0), "loss_ratio", 8),
        bounds={"loss_ratio": 10.0},
        facts={"variations": "mismatch", "sampling": "random", "seed": "1", "engine": "compiled"},
        nominal={"loss_ratio": 70.0, "loss_last": 0.2 / 70, "nrmse_forward": 0.004, "nrmse_error": 0.01},
        fan=fan(names, times, traces, ideal),
        rankings=(_ranking("nrmse_forward"), _ranking("bias.drive_hidden.W[0,0]")),
        corners=corners,
        yield_mismatch={
            "online_chain": _curve(1.6, 1.4, (0.25, 0.5, 1, 1.5, 2, 3, 4)),
            "two_layer": _curve(0.6, 1.5, (0.25, 0.5, 1, 1.5, 2, 3, 4)),
        },
        yield_area={"two_layer": [replace(p, at=1 / p.at) for p in _curve(0.6, 0.75, (0.0625, 0.25, 0.5, 1, 2, 4))]},
        loss_sigma={
            "latent equilibrium": LossBand(sigma, 0.002 + sigma**2 / 20, 0.001 + sigma**2 / 50, 0.003 + sigma**2 / 5),
            "without look-ahead": LossBand(sigma, 0.05 + 0.1 * sigma, 0.03 + 0.05 * sigma, 0.07 + 0.3 * sigma),
        },
        messages=("Chunk 12 was damaged and was computed again.",),
        provenance={"kit": "0.1", "digest": "abc"},
        files={"results.parquet": "one row per chip"},
        seconds={"samples": 12.3},
    )


@pytest.fixture(scope="module")
def content():
    return make_content()


class _Page(HTMLParser):
    """Tags, references and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.references, self.text = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]

    def handle_data(self, data):
        self.text += data.replace("\u00a0", " ")


def test_everything_is_in_one_file_with_the_pictures_beside_it(content, tmp_path):
    small = replace(content.fan, signals=content.fan.signals[:2])
    content = replace(content, fan=replace(small, bands=small.bands[:, :2]), rankings=content.rankings[1:])
    path = write_variation_report(tmp_path / "new" / "folder", content)
    text = path.read_text(encoding="utf-8")
    page = _Page(text)
    names = {
        "fan",
        "histograms",
        "yield_mismatch",
        "yield_area",
        "tornado_bias_drive_hidden_W_0_0",
        "corners",
        "loss_sigma",
    }
    assert {p.name for p in (path.parent / "figures").iterdir()} == {f"{n}.{e}" for n in names for e in ("svg", "png")}
    assert page.tags.count("img") == len(names)
    assert {"script", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert all(reference.startswith("data:") for reference in page.references)
    assert not re.search(r"url\(|@import|https?://", text)


def test_it_says_what_came_out(content):
    text = _Page(render(content, {})).text
    found = content.statistics
    for words in (
        f"{found.working} of 600 chips work: a yield of {100 * found.passing.value:.3g} % (",
        "A chip works when its loss falls at least 10 times.",
        "In the median chip the loss falls",
        "3 samples failed. They count as chips that do not work",
        "left the rails",
        "input offset of ota_linear",
        "Chunk 12 was damaged",
        "results.parquet",
        "no convergence",
    ):
        assert words in text, words
    assert "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", text.lower())


def test_a_run_without_extras_has_a_page_too(content):
    plain = replace(
        content,
        fan=None,
        rankings=(),
        corners=None,
        yield_mismatch={},
        yield_area={},
        loss_sigma={},
        nominal={},
        messages=(),
        facts={},
        provenance={},
        files={},
        seconds={},
    )
    assert [picture.name for picture in variation_pictures(plain)] == ["histograms"]
    text = _Page(render(plain, {})).text
    assert "Contribution of devices" not in text
    assert "Corners" not in text


def test_a_run_in_which_every_chip_failed_has_a_page(content):
    table = content.table.assign(status="left the rails")
    numbers = [name for name in table if name not in ("sample", "status") and not name.startswith("draw.")]
    table[numbers] = np.nan
    failed = replace(
        content,
        table=table,
        fan=None,
        rankings=(),
        corners=None,
        statistics=statistics(table, works(table, 10.0), "loss_ratio"),
    )
    assert "histograms" not in [picture.name for picture in variation_pictures(failed)]
    assert "0 of 600 chips work" in _Page(render(failed, {})).text


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "{{ 7 * 191 }}"])
def test_text_from_outside_is_text(content, evil):
    table = content.table.assign(status=evil)
    found = statistics(table, works(table, 10.0), "loss_ratio")
    text = render(replace(content, title=evil, messages=(evil,), facts={evil: evil}, statistics=found), {})
    assert {"script", "img"}.isdisjoint(_Page(text).tags)
    assert "1337" not in text


def test_the_same_run_gives_the_same_pictures(content):
    again = make_content(100)
    first, second = (
        [svg(tornado_figure(c.rankings[0], "t")), svg(corners_figure(c.corners, ["loss_ratio"], {}, "t"))]
        for c in (content, again)
    )
    assert first == second


def test_bands_median_and_ideal_of_the_fan(content):
    found = fan_figure(content.fan, "title")
    assert len(found.axes) == len(content.fan.signals)
    axes = found.axes[0]
    assert np.array_equal(axes.lines[0].get_ydata(), content.fan.bands[2, 0])
    assert np.array_equal(axes.lines[1].get_ydata(), content.fan.ideal[0])
    assert len(axes.collections) == 2
    assert found.axes[-1].get_xlim() == (85.0, 100.0)  # an error over the end of a long run


def test_of_many_signals_every_kind_is_drawn():
    names = [f"p.W[{k},0]" for k in range(20)] + ["p.r[0]", "p.e[0]"]
    traces = np.random.default_rng(0).standard_normal((30, 22, 4)) * np.arange(1, 23)[:, None]
    chosen = widest(fan(names, np.arange(4.0), traces, np.zeros((22, 4))))
    assert len(chosen) == MOST_PANELS
    assert {20, 21} < set(chosen)


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=60), st.one_of(st.none(), st.floats(1e-3, 1e3)), st.booleans()
)
@settings(deadline=None, max_examples=60)
def test_bins_hold_all_values_and_end_at_the_bound(values, bound, logarithmic):
    values = np.array(values)
    at = edges(values, bound, logarithmic)
    assert (np.diff(at) > 0).all()
    assert at[0] <= values.min() * (1 + 1e-9)
    assert at[-1] >= values.max() * (1 - 1e-9)
    if bound is not None and values.min() * 1.01 < bound < values.max() * 0.99:
        assert np.min(np.abs(at / bound - 1)) < 1e-6


def test_chips_beyond_the_bound_are_counted_apart():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    axes = histogram_figure([Histogram("fall", values, nominal=6.0, bound=3.0, large_is_good=True)], "t").axes[0]
    good, bad = (sum(bar.get_height() for bar in bars) for bars in axes.containers)
    assert (good, bad) == (6, 2)
    assert [line.get_xdata()[0] for line in axes.lines] == [3.0, 6.0]


def test_the_yield_stands_where_the_numbers_say():
    points = [YieldPoint(at, wilson(k, 100), 100) for at, k in ((1.0, 90), (0.25, 40), (4.0, 99))]
    axes = yield_figure({"one": points}, AREA, "t").axes[0]
    line = axes.lines[0]
    assert line.get_xdata() == pytest.approx([0.25, 1.0, 4.0])
    assert line.get_ydata() == pytest.approx([40.0, 90.0, 99.0])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1/4", "1", "4"]
    assert len(yield_figure({"one": points, "two": points}, MISMATCH, "t").legends) == 1


def test_bars_of_contributors_end_at_their_shares(content):
    ranking = content.rankings[0]
    left, right = tornado_figure(ranking, "t").axes
    shares = ranking.table["linear"].clip(lower=0)
    assert [bar.get_width() for bar in left.patches] == pytest.approx(list(shares))
    assert left.get_xlim()[1] == right.get_xlim()[1] <= 1.05
    assert [bar.get_width() for bar in right.patches][: len(shares)] == pytest.approx(list(ranking.table["total"]))
    assert left.get_yticklabels()[0].get_text() == "input offset of ota_linear (40)"
    only = linear(SITES, np.random.default_rng(0).standard_normal((len(SITES), 400)), np.arange(400.0), "x")
    assert len(tornado_figure(only, "t").axes) == 1


def test_every_corner_has_its_number_and_the_bad_ones_a_frame(content):
    table = content.corners
    kept = {"loss_ratio": (table["loss_ratio"] >= 20).to_numpy()}
    axes = corners_figure(table, ["loss_ratio"], kept, "t").axes[0]
    assert len(axes.texts) == len(table)
    assert sum(text.get_text() == "failed" for text in axes.texts) == 1
    frames = [patch for patch in axes.patches if not patch.get_fill()]
    assert len(frames) == np.count_nonzero(~kept["loss_ratio"] & (table["status"] == "ok"))


def test_loss_curves_are_medians(content):
    axes = loss_figure(content.loss_sigma, "σ", "t").axes[0]
    for line, band in zip(axes.lines, content.loss_sigma.values(), strict=True):
        assert np.array_equal(line.get_ydata(), band.median)
    assert axes.get_yscale() == "log"


def test_words(content):
    assert metric_name("bias.drive.W[0,0]") == "bias of drive.W[0,0]"
    assert group_name("ota_linear.offset") == "input offset of ota_linear"
    assert (group_name("capacitor.capacitor"), group_name("process.process")) == ("capacitors", "process")
    assert bound_words("nrmse_forward", 0.05) == "its NRMSE of the forward signals is at most 0.05"
    assert verdict(content).startswith(f"{content.statistics.working} of 600 chips work")
    assert "input offset of ota_linear" in contribution(content.rankings[0])
    z = np.random.default_rng(0).standard_normal((len(SITES), 400))
    random = np.random.default_rng(1).standard_normal(400)
    assert "No group of devices stands out" in contribution(linear(SITES, z, random, "x"))


@pytest.mark.parametrize(
    "value, text", [(0.0, "0"), (-0.0213, "-0.0213"), (430.0, "430"), (-2.1e-4, "-2.10e-04"), (1.2e7, "1.20e+07")]
)
def test_numbers_are_written_as_in_every_table(value, text):
    assert number(value) == text
    assert percent(value / 100).split("\u00a0")[0] == f"{value:.3g}"


def test_what_a_linear_model_cannot_tell_is_said_once():
    z = np.random.default_rng(0).standard_normal((len(SITES), 400))
    offset = z[:5].sum(axis=0)
    signed, even, joint = (
        linear(SITES, z, values, name)
        for values, name in ((offset, "bias.w"), (offset**2, "loss_last"), (z[0] * z[1], "dc.r"))
    )
    named, curved, both = contributions([signed, even, joint])
    assert "input offset of ota_linear" in named
    assert "of the variance of the mean shift of r, too little" in curved
    assert "of the variance of the loss at last, too little" in both
    assert "--sobol" in both
    assert [is_conclusive(ranking) for ranking in (signed, even, joint)] == [True, False, False]


def test_a_few_chips_name_no_devices_however_well_a_line_fits():
    z = np.random.default_rng(0).standard_normal((len(SITES), 12))
    few = linear(SITES, z, z[0], "bias.w")
    assert few.method == "correlation"
    assert not is_conclusive(few)
    (said,) = contributions([few])
    assert said.startswith(
        f"12 chips are too few to attribute the bias of w by a linear model of {len(SITES)} deviations"
    )
    assert said.endswith(f"{few.needed} are needed.")


def test_linear_shares_of_too_few_chips_are_not_drawn():
    z = np.random.default_rng(0).standard_normal((len(SITES), 12))
    sobol = indices(SITES, design(SITES, 64, 1)[0], 64, 1, "bias.w")
    ranking = together(linear(SITES, z, z[0], "bias.w"), sobol)
    left, right = tornado_figure(ranking, "t").axes
    assert not left.patches
    assert left.get_title(loc="left") == "linear: too few chips"
    assert left.texts[0].get_text().split("\n")[0] == "12 chips are too few"
    assert left.texts[0].get_text().endswith(f"{ranking.needed} are needed")
    assert len(right.patches) == 2 * len(ranking.table)
    assert [title for title in devices(ranking).head if "linear" in title] == []
