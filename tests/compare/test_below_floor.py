"""Signals that are all but zero: no NRMSE and no delay is reported of them, and a bound is one of the error itself."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.cli import run
from vle_analog.compare import compare
from vle_analog.compare.comparison import BELOW_FLOOR, Comparison, nrmse_text
from vle_analog.network import Signal, Traces
from vle_analog.report.bars import nrmse_bars
from vle_analog.report.tables import all_signals
from vle_analog.study.spec import CompareSettings
from vle_analog.verbs.compare import _numbers

TIME = np.linspace(0.0, 10.0, 201)
FLOOR = CompareSettings().floor


def compared(peak_to_peak: float, error: float, level: float = 0.0) -> Comparison:
    """Two neurons: u of the first moves by so much around a level, u of the second not at all; r of both by 2."""
    wave = np.sin(TIME) / np.ptp(np.sin(TIME))
    rows = np.stack([level + peak_to_peak * wave, np.full_like(TIME, level), 2 * wave, np.zeros_like(TIME)])
    signals = tuple(Signal("hid", kind, (k,)) for kind in "ur" for k in (0, 1))
    return compare(Traces(TIME, signals, rows), Traces(TIME, signals, rows + error), CompareSettings())


@given(st.floats(-12, 2), st.floats(-12, 2), st.floats(-3, 3))
def test_below_the_floor_is_what_moves_less_than_it(size: float, error: float, level: float):
    found = compared(FLOOR * 10**size, FLOOR * 10**error, level)
    first, second, third, fourth = found.signals
    below = first.span < FLOOR
    assert first.below_floor == second.below_floor == below
    assert (nrmse_text(first) == BELOW_FLOOR) == below
    assert second.still
    assert fourth.still
    assert not third.below_floor
    assert not third.still
    assert not fourth.below_floor  # its kind moves, so its error has a scale; a delay it has not
    for signal in found.signals:
        shown = _numbers(signal)
        assert (shown["nrmse"] is None) == (shown["nrmse_no_offset"] is None) == signal.below_floor
        assert (shown["delay"] is None) == ("reason" in shown) == signal.still
        # what passes is as before: the error over the floor, or over what moves
        assert signal.passed == (signal.max_abs <= signal.bound * max(signal.span, FLOOR) * (1 + 1e-9)) or (
            signal.max_abs == pytest.approx(signal.bound * max(signal.span, FLOOR), rel=1e-6)
        )
        json.dumps(shown, allow_nan=False)


def test_the_worst_is_what_fails_then_what_has_an_nrmse():
    assert compared(1e-9, 1e-7).worst.signal.kind == "r"
    failed = compared(1e-9, 5e-5)
    assert failed.worst.signal.kind == "u"
    assert not failed.passed
    assert failed.worst_nrmse == pytest.approx(5e-5 / 2, rel=1e-3)  # of r: that of u says nothing
    assert failed.worst_text == "worst rms error 5.0e-05, of a signal below the floor"
    assert "rms error 1e-06" in str(all_signals(failed).rows[0])
    assert BELOW_FLOOR in all_signals(failed).rows[0]
    assert "compare.floor" in all_signals(failed).note


def test_a_picture_draws_no_bar_for_what_has_no_nrmse():
    (axes,) = nrmse_bars(compared(1e-9, 1e-7)).axes
    assert [text.get_text().strip() for text in axes.texts] == [BELOW_FLOOR]
    assert len(axes.patches) == 1


def test_all_below_the_floor_is_said():
    found = compared(1e-9, 1e-12)
    ideal, circuit = (Traces(TIME, t.signals[:2], t.values[:2]) for t in (found.ideal, found.circuit))
    still = compare(ideal, circuit, CompareSettings())
    assert still.all_below_floor
    assert "all below the floor" in repr(still)
    assert still.passed
    assert nrmse_bars(still).axes[0].texts


@pytest.fixture(scope="module")
def depth() -> Comparison:
    return Study.load("depth", {"duration": 2}).compare()


def test_depth_before_its_first_step(depth: Comparison):
    kinds = {s.signal.kind for s in depth.signals if s.below_floor}
    assert kinds == {"U", "r"}
    assert "6.8e-09" not in depth._repr_html_()


def test_the_terminal_json_and_report_say_so(tmp_path, capsys):
    words = ["compare", "depth", "--set", "duration=2", "-o", str(tmp_path / "out")]
    assert run(words) == 0
    shown = capsys.readouterr().out
    (line,) = [row for row in shown.splitlines() if "first.U[0]" in row]
    assert "below the floor" in line
    assert "e-09" not in line
    assert run([*words, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    first = summary["signals"]["first.U[0]"]
    assert first["nrmse"] is None
    assert first["delay"] is None
    assert first["reason"].startswith("below the floor")
    assert first["passed"]
    assert summary["worst_nrmse"] == max(s["nrmse"] for s in summary["signals"].values() if s["nrmse"] is not None)
    assert "below the floor" in (tmp_path / "out" / "report.html").read_text()
