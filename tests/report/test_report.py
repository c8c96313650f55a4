"""The report is one file that holds everything, and no text of a study becomes markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from types import MappingProxyType

import numpy as np
import pytest

from vle_analog.compare.loss import Learning
from vle_analog.report import ReportContent, pictures, write_report
from vle_analog.report.figures import populations_drawn
from vle_analog.report.html import render
from vle_analog.report.tables import all_signals, quantity, worst_signals
from vle_analog.simulator import Attempt, Diagnostic, SimulationResult
from vle_analog.style import svg
from vle_analog.theory.circuit_ready import neuron_lines
from vle_analog.theory.derivation import Derivation
from vle_analog.theory.step import DerivationStep, Setting

VOID = {"meta", "img", "link", "br", "hr", "input"}


class _Page(HTMLParser):
    """Tags and references of a page; fails where a tag is closed that was not open."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.references = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [
            value for name, value in attrs if name in ("src", "href", "srcset", "data", "action", "poster")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _result(*attempts):
    diagnostic = Diagnostic("warning", "convergence", "singular-matrix", "singular matrix", where=("hidden.u[0]",))
    return SimulationResult(
        np.zeros(7), {}, (diagnostic, diagnostic), attempts, 1.3, 0.7, "ngspice 39 (libngspice)", ""
    )


def _complete(content: ReportContent) -> ReportContent:
    step = DerivationStep("Circuit-ready system, rule vle", "Every signal of neuron `i`.", neuron_lines("vle"))
    attempts = (
        Attempt("as given", (), "time step too small", 0.4),
        Attempt("gear", ("method: trap -> gear",), "good", 0.9),
    )
    return replace(
        content,
        derivation=Derivation(
            Setting("vle", "prospective"),
            (DerivationStep("Energy", "Before.", ()), step, DerivationStep("After", "", ())),
        ),
        result=_result(*attempts),
        provenance={"digest": content.spec.digest, "command": "vle-analog compare online_chain"},
        seconds={"simulate": 1.3},
        files=MappingProxyType({"testbench.cir": "the testbench", "deck.cir": "the deck that ran"}),
    )


def test_everything_is_in_one_file(make, tmp_path):
    path = write_report(tmp_path / "new" / "folder", _complete(make()))
    text = path.read_text(encoding="utf-8")
    page = _Page(text)
    assert path.name == "report.html"
    assert {"script", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert all(reference.startswith(("data:", "#")) for reference in page.references)
    assert not re.search(r"url\(|@import", text)
    assert set(re.findall(r"https?://[^\s\"'<>]+", text)) <= {"http://www.w3.org/1998/Math/MathML"}
    names = {"network", "agreement", "weights", "learning_curve", "traces_hidden", "traces_readout", "headroom"}
    assert {p.name for p in (path.parent / "figures").iterdir()} == {f"{n}.{e}" for n in names for e in ("svg", "png")}
    assert page.tags.count("img") == len(names)


def test_it_says_what_happened(make):
    text = render(_complete(make()), {})
    for words in (
        "Passed.",
        "all 12 signals",
        "needed 2 attempts",
        "method: trap -&gt; gear",
        "singular matrix",
        "hidden.u[0]",
        "ngspice -b -r deck.raw deck.cir",
        "1 ms",
        "synapse_update",
        "v(readout_0_n)",
        "vle-analog compare online_chain",
        "in 1 step<",
        "<math",
    ):
        assert words in text, words


def test_verdict_worst_signal_and_loss_stand_before_everything_else(make):
    ideal, circuit = Learning(0.31, 0.0021), Learning(0.32, 0.0025)
    content = _complete(make())
    content = replace(content, comparison=replace(content.comparison, learning=(ideal, circuit)))
    head = render(content, {}).split("<header>")[1].split("</header>")[0]
    worst = content.comparison.worst
    places = [
        head.index(words)
        for words in (
            "Passed.",
            f"{worst.signal}</code>, NRMSE {worst.nrmse:.2e}, bound {worst.bound:.0e}",
            f"Loss, ideal: {ideal.first:.3g} in the first tenth of the run, {ideal.last:.3g} in the last sixth",
            f"Loss, circuit: {circuit.first:.3g} in the first tenth of the run, {circuit.last:.3g} in the last sixth",
        )
    ]
    assert places == sorted(places)


def test_every_table_and_picture_scrolls_within_its_own_box(make, tmp_path):
    text = write_report(tmp_path, _complete(make())).read_text(encoding="utf-8")
    boxed = re.findall(r'<div class="wide" tabindex="0"><(table|img)', text)
    assert boxed.count("table") == text.count("<table>") > 5
    assert boxed.count("img") == text.count("<img") > 5
    assert ".wide { overflow-x: auto; }" in text


def test_the_verdict_of_a_signal_stands_in_the_first_columns(make):
    table = worst_signals(make(noise=0.02).comparison)
    assert table.head[:4] == ("signal", "NRMSE", "bound", "verdict")
    assert {row[3] for row in table.rows} <= {"pass", "outside"}
    assert set(table.head) < set(all_signals(make().comparison).head)


def test_outside_the_bounds_comes_first(make):
    content = make(noise=0.02)
    text = render(content, {})
    assert "Outside the bounds." in text
    assert "Passed." not in text
    assert str(content.comparison.worst.signal) in text
    assert text.count('<tr class="bad">') >= sum(not s.passed for s in content.comparison.worst_of_kinds())


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "{{ 7 * 191 }}", "</title><b>"]
)
def test_text_from_outside_is_text(make, evil):
    content = make()
    document = replace(content.spec, title=evil)
    text = render(replace(content, spec=document, provenance={evil: evil}, files={evil: evil}), {})
    page = _Page(text)
    assert {"script", "b", "img"}.isdisjoint(page.tags)
    assert "1337" not in text


def test_without_simulation_derivation_and_target(make):
    text = render(replace(make(), target=None), {})
    _Page(text)
    assert "<math" not in text
    assert "The simulation" not in text
    assert "learning_curve" not in [p.name for p in pictures_of(replace(make(), target=None))]


def pictures_of(content):
    return list(pictures(content.spec, content.circuit, content.comparison, content.target))


def test_without_plasticity_no_weights(make):
    names = [picture.name for picture in pictures_of(make("nudged_linear"))]
    assert names == ["network", "agreement", "learning_curve", "traces_hidden", "traces_readout", "headroom"]


def test_wires_only_and_no_more_than_four_populations(make, tmp_path):
    content = make("depth")
    drawn = populations_drawn(content.spec, content.comparison)
    assert len(drawn) == 4
    assert (drawn[0], drawn[-1]) == ("first", "readout")
    _Page(write_report(tmp_path, content).read_text(encoding="utf-8"))


def test_many_neurons_and_weights(make, tmp_path):
    text = write_report(tmp_path, make("wide")).read_text(encoding="utf-8")
    _Page(text)
    assert "hidden_readout.W[3,7]" in text
    assert "64 of them plastic" in text


def test_the_same_study_gives_the_same_pictures(make):
    first, second = ([svg(picture.figure) for picture in pictures_of(make())] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "value, unit, text", [(1e-4, "s", "100 µs"), (0.02, "V", "20 mV"), (1e-9, "A", "1 nA"), (1.8, "V", "1.8 V")]
)
def test_quantities_in_engineering_notation(value, unit, text):
    assert quantity(value, unit) == text
