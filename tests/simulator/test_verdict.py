"""Success is decided from what a run produced."""

from pathlib import Path

import numpy as np
import pytest

from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator.diagnostics import classify
from vle_analog.simulator.result import Output
from vle_analog.simulator.verdict import judge

LOGS = Path(__file__).parent / "logs"
DECK = Deck("two nodes", (), {}, Transient(0.1, 1.0, 0.1), ("a", "b"))
TIME = np.linspace(0.1, 1.0, 10)


def output(time=TIME, vectors=None, lines=(), status=0) -> Output:
    vectors = {"a": np.ones(10), "b": np.ones(10)} if vectors is None else vectors
    return Output(status, time, vectors, tuple(lines), 0.0, "ngspice")


def verdict(result: Output):
    return judge(DECK, result, classify(result.lines, {"b": "hidden.u[0]"}))


def test_complete_and_finite_is_success():
    assert verdict(output()) is None


def test_notes_about_stepping_do_not_fail_a_run():
    lines = (LOGS / "library" / "fixed_resistor_loop.txt").read_text().splitlines()
    assert verdict(output(lines=lines)) is None


# as ngspice 39 prints them: the steps of a stepping that gets stuck, and what it says of it
STUCK = (
    "Note: Starting dynamic gmin stepping",
    "Trying gmin =   1.0000E-03 Note: One successful gmin step",
    "Trying gmin =   1.0000E-04 Warning: Further gmin increment",
    "Trying gmin =   9.9996E-04 Warning: Last gmin step failed",
)
COMPLETED, FAILED = "Note: Dynamic gmin stepping completed", "Warning: Dynamic gmin stepping failed"
TRUE = (
    "Note: Starting true gmin stepping",
    "Trying gmin =   1.0000E-03 Note: One successful gmin step",
    "Note: True gmin stepping completed",
)


@pytest.mark.parametrize("between", [(), ("Warning: singular matrix:  check nodes b and a", "")])
def test_a_run_from_a_point_that_is_none_did_not_converge(between):
    failure = verdict(output(lines=(*STUCK, *between, COMPLETED)))
    assert failure is not None
    assert failure.code == "convergence"
    assert "accepted an invalid operating point" in failure.problem.what
    assert failure.problem.hint


@pytest.mark.parametrize("lines", [(*STUCK, FAILED, *TRUE), (*STUCK[:2], COMPLETED), TRUE])
def test_a_stepping_that_ends_well_or_leaves_it_to_the_next_is_success(lines):
    assert verdict(output(lines=lines)) is None


@pytest.mark.parametrize("shortfall, succeeds", [(5e-7, True), (2e-6, False)])
def test_the_end_must_be_reached(shortfall: float, succeeds: bool):
    failure = verdict(output(time=TIME - shortfall))
    assert (failure is None) == succeeds
    if failure is not None:
        assert (failure.code, failure.problem.expected) == ("incomplete", "t = 1 s")


def test_a_missing_vector_is_named():
    failure = verdict(output(vectors={"a": np.ones(10)}))
    assert failure is not None
    assert (failure.code, failure.problem.got) == ("incomplete", "missing: b")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_must_be_finite(value: float):
    failure = verdict(output(vectors={"a": np.ones(10), "b": np.full(10, value)}))
    assert failure is not None
    assert failure.problem.got == "b"


def test_vectors_must_be_as_long_as_the_time():
    failure = verdict(output(vectors={"a": np.ones(9), "b": np.ones(10)}))
    assert failure is not None
    assert failure.problem.what == "vectors differ in length"


def test_nothing_computed():
    empty = np.empty(0)
    failure = verdict(output(time=empty, vectors={"a": empty, "b": empty}))
    assert failure is not None
    assert failure.problem.what == "ngspice computed no point"


def test_a_status_alone_is_the_engine():
    failure = verdict(output(status=1, lines=["something odd"]))
    assert failure is not None
    assert (failure.code, failure.problem.got) == ("engine", "something odd")


def test_convergence_says_when_and_where():
    failure = verdict(output(lines=(LOGS / "library" / "timestep.txt").read_text().splitlines()))
    assert failure is not None
    assert failure.code == "convergence"
    assert failure.problem.where == "hidden.u[0]"
    assert "the time step became too small at t = 7.0461e-10 s" in failure.problem.what


@pytest.mark.parametrize(
    "name, code",
    [
        ("singular_vloop", "convergence"),
        ("nan_expr", "convergence"),
        ("op_noconv", "convergence"),
        ("bexpr", "netlist"),
        ("undef_param", "netlist"),
        ("missing_include", "netlist"),
        ("missing_data_file", "netlist"),
        ("too_few_pins", "netlist"),
        ("bad_save", "netlist"),
    ],
)
@pytest.mark.parametrize("kind", ["library", "program"])
def test_recorded_failures(kind: str, name: str, code: str):
    failure = verdict(output(lines=(LOGS / kind / f"{name}.txt").read_text().splitlines()))
    assert failure is not None
    assert failure.code == code
