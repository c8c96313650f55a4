"""libngspice and the ngspice program give the same numbers and the same errors."""

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from vle_analog.errors import InputError, SimulatorError
from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator import Backend, Job, SimulationError, open_backend
from vle_analog.simulator.pool import WorkerPool

LOOP = Deck(
    "a product in a loop, samples, a subcircuit",
    (
        "A1 %v([x]) source",
        '.model source filesource (file="samples.txt" amploffset=[0] amplscale=[1])',
        ".subckt lag a b g=1",
        "B1 0 b I=tanh(V(a))*V(a) m={g}",
        "R1 b 0 1k",
        "C1 b 0 10n ic=0.1",
        ".ends",
        "Xdut x y lag g=1e-3",
        "B2 0 z I=V(y)-V(z)*V(z)-V(z)",
        "V1 k 0 sin(0 1 20k)",
        "R2 k 0 1k",
    ),
    {"reltol": 1e-6, "trtol": 7},
    Transient(1e-7, 1e-4, 1e-7),
    ("x", "y", "z", "v1#branch"),
    {"samples.txt": b"0 0\n3e-5 1\n6e-5 -1\n2e-4 0.5\n"},
)


@pytest.fixture(scope="module")
def program() -> Iterator[Backend]:
    with open_backend("ngspice", workers=2) as backend:
        yield backend


def test_both_give_the_same_waveforms(pool: WorkerPool, program: Backend, rc_deck: Callable[..., Deck]):
    for deck in (LOOP, rc_deck()):
        ours, theirs = pool.run(Job(deck)), program.run(Job(deck))
        assert tuple(ours.vectors) == tuple(theirs.vectors) == deck.saves
        np.testing.assert_allclose(ours.time, theirs.time, rtol=1e-9)
        for name in deck.saves:
            np.testing.assert_allclose(ours.vectors[name], theirs.vectors[name], rtol=1e-9, atol=1e-9)
        assert theirs.simulator.endswith("(program)")
        assert theirs.cpu_seconds > 0


def test_both_read_a_small_signal_analysis(pool: WorkerPool, program: Backend):
    cards = ("V1 a 0 dc 0 ac 1", "R1 a b 1k", "C1 b 0 1n", ".ac dec 5 1k 1meg")
    deck = Deck("low pass", cards, {}, None, ("b",))
    for backend in (pool, program):
        result = backend.run(Job(deck))
        expected = 1 / (1 + 2j * np.pi * result.time * 1e-6)
        np.testing.assert_allclose(result.vectors["b"], expected, rtol=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "singular_vloop",
        "timestep",
        "op_noconv",
        "nan_expr",
        "sqrt_negative",
        "vloop_uic",
        "bexpr",
        "undef_subckt",
        "undef_model",
        "undef_param",
        "missing_include",
        "missing_data_file",
        "bad_save",
        "too_few_pins",
        "duplicate_name",
    ],
)
def test_both_fail_alike(pool: WorkerPool, program: Backend, recorded_deck: Callable[[str], Deck], name: str):
    errors = []
    for backend in (pool, program):
        with pytest.raises(SimulationError) as caught:
            backend.run(Job(recorded_deck(name), timeout=20))
        errors.append(caught.value)
    assert errors[0].code == errors[1].code
    assert errors[0].problem.where == errors[1].problem.where
    assert len(errors[0].attempts) == len(errors[1].attempts)


@pytest.mark.parametrize("name", ["floating_node", "fixed_resistor_loop", "word_error_in_title"])
def test_both_accept_what_only_looks_bad(
    pool: WorkerPool, program: Backend, recorded_deck: Callable[[str], Deck], name: str
):
    for backend in (pool, program):
        assert [attempt.outcome for attempt in backend.run(Job(recorded_deck(name))).attempts] == ["ok"]


def test_the_program_is_stopped_at_the_timeout(program: Backend, rc_deck: Callable[..., Deck]):
    seen: list[float] = []
    start = time.monotonic()
    with pytest.raises(SimulationError) as caught:
        program.run(Job(rc_deck(100.0), timeout=3.0), seen.append)
    assert time.monotonic() - start < 10
    assert caught.value.code == "timeout"
    assert seen == sorted(seen)
    assert seen[-1] > 0


def test_the_program_runs_jobs_side_by_side_in_order(program: Backend, rc_deck: Callable[..., Deck]):
    stops = [1e-3, 1e-4, 5e-4]
    results = program.map([Job(rc_deck(stop)) for stop in stops])
    np.testing.assert_allclose([result.time[-1] for result in results], stops)


def test_closing_ends_a_running_program(rc_deck: Callable[..., Deck]):
    with open_backend("ngspice") as backend:
        future = backend.submit(Job(rc_deck(100.0)))
        time.sleep(0.3)
    assert isinstance(future.exception(5), RuntimeError)


def test_an_unknown_backend():
    with pytest.raises(InputError, match="libngspice or ngspice"):
        open_backend("spectre")


def test_no_workers():
    with pytest.raises(InputError, match="1 or more"):
        open_backend(workers=0)


def test_a_missing_program(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SimulatorError, match="the ngspice program was not found"):
        open_backend("ngspice")
