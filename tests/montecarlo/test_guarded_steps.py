"""Chips for which the steps of the compiled engine are too long are run again, and only those."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np

from vle_analog.fastsim import CompiledCircuit, CompiledRun
from vle_analog.montecarlo.engines import LARGEST_ERROR, SHORTER, guarded

STEEP = np.array([0.0, 1.0, 20.0, 0.0])  # how much harder than allowed a chip is at the usual step


class Runs:
    """Stands for a compiled circuit: the error of a chip falls with the step; its values say which step it had."""

    def __init__(self):
        self.asked: list[tuple[float, int]] = []

    def run(self, own, samples: int, _: float, *, step: float = 0.05, **__) -> CompiledRun:
        self.asked.append((step, samples))
        error = LARGEST_ERROR * own["chip", "steep"] * step / 0.05 * 1.5
        values = np.full((1, 2, samples), step)
        run = SimpleNamespace(time=np.zeros(2), values=values, final=values[:, -1].copy(), error=error)
        return CompiledRun(**vars(run), status=tuple(f"{step:g}" for _ in range(samples)))


def ran(short: Runs, long: Runs, steep: np.ndarray) -> CompiledRun:
    """Chips so steep, with stand-ins for the circuit in short and in long numbers."""
    circuit, exact = cast(CompiledCircuit, short), cast(CompiledCircuit, long)
    return guarded(circuit, lambda: exact, {("chip", "steep"): steep}, len(steep), 1.0)


def test_only_chips_that_are_too_hard_are_run_again_with_shorter_steps():
    runs = Runs()
    found = ran(runs, runs, STEEP)
    assert runs.asked == [(0.05, 4), (SHORTER[0], 2), (SHORTER[1], 1)]
    assert found.values[0, 0].tolist() == [0.05, SHORTER[0], SHORTER[1], 0.05]
    assert found.final[0].tolist() == [0.05, SHORTER[0], SHORTER[1], 0.05]
    assert found.status == ("0.05", f"{SHORTER[0]:g}", f"{SHORTER[1]:g}", "0.05")


def test_easy_chips_are_run_once():
    runs = Runs()
    ran(runs, runs, np.zeros(3))
    assert runs.asked == [(0.05, 3)]


class Nowhere(Runs):
    """One that finds no operating point."""

    def run(self, own, samples: int, _: float, **more) -> CompiledRun:
        found = super().run(own, samples, _, **more)
        return replace(found, status=("no operating point",) * samples)


def test_chips_without_an_operating_point_get_longer_numbers():
    short, long = Nowhere(), Runs()
    found = ran(short, long, STEEP)
    assert short.asked == [(0.05, 4)]
    assert long.asked == [(0.05, 4), (SHORTER[0], 2), (SHORTER[1], 1)]
    assert found.status == ("0.05", f"{SHORTER[0]:g}", f"{SHORTER[1]:g}", "0.05")


def test_one_that_has_none_at_all_is_not_run_with_shorter_steps():
    short, long = Nowhere(), Nowhere()
    found = ran(short, long, STEEP)
    assert (short.asked, long.asked) == ([(0.05, 4)], [(0.05, 4)])
    assert set(found.status) == {"no operating point"}
