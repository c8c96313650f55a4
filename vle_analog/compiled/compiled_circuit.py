"""A circuit as one compiled program for many samples at once: what Monte Carlo runs.

Blocks of samples know nothing of each other: results do not depend on how they are cut, nor on threads.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy as np

from vle_analog.compiled.block import NOWHERE, Block, Plan
from vle_analog.compiled.schedule import schedule, usual_step
from vle_analog.compiled.values import Deviations, Numbers
from vle_analog.compiled.wiring import Wiring, wire
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Circuit, Probe

LANES = 32  # whole vectors, and few enough of a large circuit to stay in the caches


@dataclass(frozen=True, eq=False)
class CompiledRun:
    """What became of every sample.

    **Arguments:**

    - `time`: model time, shape (times,). `values`: the probes in model units, shape (probes, times, samples).
    - `final`: those of which only the last value was asked for, shape (probes, samples).
    - `status`: per sample "ok", "no operating point" or "diverged".
    - `error`: per sample the largest difference of two solutions of one step, over the range of the signal.
    """

    time: np.ndarray
    values: np.ndarray
    final: np.ndarray
    status: tuple[str, ...]
    error: np.ndarray

    @property
    def begun(self) -> np.ndarray:
        """Which samples have an operating point, shape (samples,), bool."""
        return np.array([status != NOWHERE for status in self.status])


@dataclass(frozen=True, eq=False)
class CompiledCircuit:
    """A circuit that was compiled; `wiring` is how."""

    circuit: Circuit
    wiring: Wiring
    dtype: str = "float64"

    @cached_property
    def kernel(self) -> ModuleType:
        """The compiled functions."""
        from vle_analog.compiled.text import driver_text, law_text
        from vle_analog.engine.load import load

        laws = [load(law_text(group.law, self.dtype)).__name__ for group in self.wiring.groups]
        return load(driver_text(laws, self.dtype))

    @cached_property
    def numbers(self) -> Numbers:
        """What the numbers of its parts are made from."""
        return Numbers(self.wiring, self.dtype)

    @cached_property
    def general(self) -> "CompiledCircuit":
        """The same where samples may differ by any parameter, slower: every constant is one of every sample."""
        return CompiledCircuit(self.circuit, wire(self.circuit, None), self.dtype)

    def run(
        self,
        deviations: Deviations,
        samples: int,
        duration: float,
        *,
        times: np.ndarray,
        step: float | None = None,
        record: Sequence[Probe] | None = None,
        final: Sequence[Probe] = (),
        progress: Callable[[float], None] | None = None,
        threads: int | None = None,
        lanes: int | None = None,
    ) -> CompiledRun:
        """Every sample from its operating point to `duration`.

        **Arguments:**

        - `deviations`: (path, parameter) -> what is added, shape (samples,).
        - `duration`, `times`, `step`: model time; `step` is the longest.
        - `record`: what is read at `times`; None: all probes of the circuit. `final`: what is read at the end.
        - `progress`: called with the fraction that is done.
        - `threads`: None: all cores. `lanes`: samples in a block.

        **Raises:** `InputError` for deviations, times or probes that do not fit the circuit.
        """
        step = usual_step(self.circuit.stimuli.values()) if step is None else step
        grid = np.asarray(times, float)
        _check(samples, duration, grid, step)
        everything = _together(self.circuit.deviations, deviations, samples)
        drawn = self.numbers.drawn(everything, samples)
        if not everything.keys() <= self.numbers.free:
            asked = {"step": step, "record": record, "final": final, "progress": progress}
            return self.general.run(deviations, samples, duration, times=times, threads=threads, lanes=lanes, **asked)
        probes = self.circuit.probes if record is None else tuple(record)
        steps = schedule(tuple(self.circuit.stimuli.values()), duration, step, held=self.circuit.hold > 0)
        plan = Plan(self.numbers, probes, tuple(final), steps, grid)
        lanes = lanes or LANES
        blocks = range(0, samples, lanes)
        # every sample's numbers lie together: whoever looks at one takes them as they are
        result = np.empty((samples, len(probes), len(grid)), self.dtype)
        ends = np.empty((len(plan.final), samples), self.dtype)
        error, status, done = np.empty(samples), [""] * samples, 0

        kernel, values = self.kernel, self.numbers.values(drawn)  # made before there are threads

        def work(first: int) -> None:
            # the last block is filled up with copies of its last sample
            index = np.minimum(np.arange(first, first + lanes), samples - 1)
            count = min(lanes, samples - first)
            block = Block(plan, kernel, values.part(index))
            block.run()
            block.read(result[first : first + count], ends[:, first : first + count])
            error[first : first + count] = block.error[:count]
            status[first : first + count] = block.status[:count]

        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            for future in [pool.submit(work, first) for first in blocks]:
                future.result()
                done += 1
                if progress is not None:
                    progress(done / len(blocks))
        return CompiledRun(grid, result.transpose(1, 2, 0), ends, tuple(status), error)


def compile_circuit(circuit: Circuit, dtype: str = "float64") -> CompiledCircuit:
    """A circuit made of behavioural cells and macromodels, ready to run.

    **Arguments:** `dtype`: `float64` or `float32`.

    **Raises:** `InputError` naming the card that cannot be compiled, or where numba is not installed.
    """
    if dtype not in ("float64", "float32"):
        raise InputError(Problem("unknown number type", "dtype", repr(dtype), "float64 | float32"))
    if circuit.noise is not None:
        raise InputError(Problem("noise of devices cannot be compiled", circuit.name, hint="--engine ngspice"))
    return CompiledCircuit(circuit, wire(circuit), dtype)


def _together(nominal, deviations: Deviations, samples: int) -> dict[tuple[str, str], np.ndarray]:
    """Those of the circuit itself, and what is added to them."""
    every = {(path, name): np.full(samples, value) for path, given in nominal.items() for name, value in given.items()}
    for key, value in deviations.items():
        every[key] = every[key] + value if key in every else np.asarray(value, float)
    return every


def _check(samples: int, duration: float, times: np.ndarray, step: float) -> None:
    if samples < 1:
        raise InputError(Problem("a run needs samples", "samples", f"{samples}", "1 or more"))
    for name, value in (("duration", duration), ("step", step)):
        if not 0 < value < np.inf:
            raise InputError(Problem(f"the {name} must be a positive number", name, f"{value!r}"))
    if times.ndim != 1 or not times.size or times.min() < 0 or times.max() > duration * (1 + 1e-9):
        raise InputError(Problem("times must lie in the run", "times", expected=f"numbers from 0 to {duration:g}"))
