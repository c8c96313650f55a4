"""Each rung rescues a circuit, is visible afterwards, and leaves nothing behind."""

from collections.abc import Callable

import numpy as np
import pytest

from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator.failure import EngineCrashError, SimulationError
from vle_analog.simulator.job import Job
from vle_analog.simulator.ladder import LADDER, PATIENT, changes, looser_tolerances, smaller_steps, tiny_capacitors
from vle_analog.simulator.pool import WorkerPool
from vle_analog.simulator.result import Output
from vle_analog.simulator.solve import solve

ITERATIONS = ("itl1: default -> 1000", "itl2: default -> 1000", "itl4: default -> 500")
SINE = "V1 a 0 sin(0 2 10k)"
# Newton jumps to and fro at a fold of the solution.
FOLD = Deck(
    "a fold",
    (SINE, "B1 0 b I=1m*(V(a)-(V(b)*V(b)*V(b)-V(b)))"),
    {"reltol": 1e-3},
    Transient(1e-6, 2e-4, 1e-6),
    ("b",),
)
# The start value 0 has no derivative.
FAR = Deck(
    "a far start",
    (SINE, "B1 0 b I=1m*(1e5+V(a)-V(b)^9)"),
    {"reltol": 1e-5},
    Transient(1e-6, 2e-4, 1e-6),
    ("b",),
)
# Step control gives up at an edge of a femtosecond.
EDGE = Deck(
    "an edge",
    ("V1 a 0 pulse(0 1 10u 1f 1f 50u 100u)", "B1 0 b I=1m*tanh(1000*V(a)-V(b))", "C1 b 0 1f ic=0"),
    {"reltol": 1e-12, "abstol": 1e-18, "vntol": 1e-12, "chgtol": 1e-22},
    Transient(1e-6, 2e-4, 1e-6),
    ("b",),
)


@pytest.mark.parametrize("deck, rung", [(FOLD, 1), (FAR, 2), (EDGE, 3)], ids=["steps", "capacitors", "tolerances"])
def test_each_rung_rescues_a_circuit(pool: WorkerPool, deck: Deck, rung: int):
    result = pool.run(Job(deck, timeout=20))
    attempts = result.attempts
    if deck is FOLD and not result.simulator.startswith("ngspice 39"):  # 47 needs no help with it
        assert attempts[-1].outcome == "ok"
        return
    assert [attempt.rung for attempt in attempts] == [step.name for step in LADDER[: rung + 1]]
    assert attempts[-1].outcome == "ok"
    assert all("did not converge" in attempt.outcome for attempt in attempts[:-1])
    assert attempts[-1].changes == changes(deck, LADDER[rung].change(deck)) != ()


def test_a_point_that_is_none_is_looked_for_again_with_more_patience():
    """Lines of ngspice in the place of an engine: at first a complete and finite result from a wrong point."""
    stuck = (
        "Note: Starting dynamic gmin stepping",
        "Trying gmin =   9.9996E-04 Warning: Last gmin step failed",
        "Note: Dynamic gmin stepping completed",
    )
    asked: list[Deck] = []

    def engine(deck: Deck, *_) -> Output:
        asked.append(deck)
        lines = stuck if "itl1" not in deck.options else ()
        return Output(0, np.array([0.0, 2e-4]), {"b": np.zeros(2)}, lines, 0.0, "ngspice 39")

    result = solve(Job(FOLD), engine)
    assert [attempt.outcome == "ok" for attempt in result.attempts] == [False, True]
    assert "operating point" in result.attempts[0].outcome
    assert asked[1].options["itl2"] == 1000
    with pytest.raises(SimulationError, match="invalid operating point"):
        solve(Job(FOLD), lambda *_: Output(0, np.array([0.0, 2e-4]), {"b": np.zeros(2)}, stuck, 0.0, "ngspice 39"))


def test_tiny_capacitors_solve_the_same_equation(pool: WorkerPool):
    result = pool.run(Job(FAR, timeout=20))
    b, settled = result.vectors["b"], result.time > 1e-5
    expected = (1e5 + 2 * np.sin(2 * np.pi * 1e4 * result.time)) ** (1 / 9)
    np.testing.assert_allclose(b[settled], expected[settled], rtol=1e-6)


def test_a_retry_leaves_nothing_behind(pool: WorkerPool, rc_deck: Callable[..., Deck]):
    before = pool.run(Job(rc_deck()))
    for deck in (FOLD, FAR, EDGE):
        pool.run(Job(deck, timeout=20))
        after = pool.run(Job(rc_deck()))
        assert np.array_equal(after.time, before.time)
        assert np.array_equal(after.vectors["b"], before.vectors["b"])


def test_a_netlist_error_does_not_climb(pool: WorkerPool, recorded_deck: Callable[[str], Deck]):
    with pytest.raises(SimulationError) as caught:
        pool.run(Job(recorded_deck("bexpr"), timeout=20))
    assert caught.value.code == "netlist"
    assert [attempt.rung for attempt in caught.value.attempts] == ["as given"]


def test_where_nothing_helps_every_attempt_is_told(pool: WorkerPool, recorded_deck: Callable[[str], Deck]):
    with pytest.raises(SimulationError) as caught:
        pool.run(Job(recorded_deck("timestep"), timeout=20, names={"b": "hidden.u[0]", "b1": "hidden.u[0]"}))
    error = caught.value
    assert error.code == "convergence"
    assert [attempt.rung for attempt in error.attempts] == [rung.name for rung in LADDER]
    assert error.problem.where == "hidden.u[0]"
    assert error.deck == recorded_deck("timestep")
    assert "Timestep too small" in error.log
    assert error.diagnostics[0].where == ("hidden.u[0]",)


def test_smaller_steps():
    assert changes(FOLD, smaller_steps(FOLD)) == (*ITERATIONS, "max_step: 1e-06 -> 2.5e-07")


def test_tiny_capacitors_keep_the_tolerances():
    assert changes(FOLD, tiny_capacitors(FOLD)) == (*ITERATIONS, "cshunt: default -> 1e-17")


def test_tolerances_are_never_looser_than_those_of_ngspice():
    options = {"reltol": 1e-4, "vntol": 1e-12, "abstol": 1e-11}
    deck = Deck("x", (), options, Transient(1, 1, 1), ())
    assert looser_tolerances(deck).options == {"reltol": 1e-3, "vntol": 1e-10, "abstol": 1e-11, **PATIENT}


def test_a_crash_after_a_complaint_about_the_deck_is_a_fault_of_the_deck():
    """As ngspice 47 does it; it is not run again."""
    asked: list[Deck] = []

    def engine(deck: Deck, *_) -> Output:
        asked.append(deck)
        raise EngineCrashError("the ngspice program died (signal 11)", "Error: unknown subckt: x1 a b nosuch")

    with pytest.raises(SimulationError, match="there is no subcircuit nosuch") as caught:
        solve(Job(FOLD), engine)
    assert caught.value.code == "netlist"
    assert len(asked) == 1
