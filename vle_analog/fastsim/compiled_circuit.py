"""A circuit compiled for the simulation of many samples at once, as in Monte Carlo runs.

Blocks of samples are independent: results depend neither on their size nor on the number of threads.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.fastsim.block import NOWHERE, Block, BlockPlan
from vle_analog.fastsim.kernels import CircuitKernel, kernel_of
from vle_analog.fastsim.schedule import schedule, usual_step
from vle_analog.fastsim.values import Deviations, Numbers
from vle_analog.fastsim.wiring import CircuitWiring, wire
from vle_analog.netlist.circuit import Circuit, Probe

LANES = 32  # full vectors, yet few enough lanes that a large circuit stays in the caches


@dataclass(frozen=True, eq=False)
class CompiledRun:
    """The results of every sample.

    **Arguments:**

    - `time`: model time, shape (times,). `values`: the probes in model units, shape (probes, times, samples).
    - `final`: last values of the probes in `final`, shape (probes, samples).
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
        """The samples that have an operating point, shape (samples,), bool."""
        return np.array([status != NOWHERE for status in self.status])


@dataclass(frozen=True, eq=False)
class CompiledCircuit:
    """A compiled circuit and its wiring."""

    circuit: Circuit
    wiring: CircuitWiring
    dtype: str = "float64"

    @cached_property
    def kernel(self) -> CircuitKernel:
        """The compiled functions."""
        return kernel_of([group.law for group in self.wiring.groups], self.dtype)

    @cached_property
    def numbers(self) -> Numbers:
        """The formulas of the numbers of its parts."""
        return Numbers(self.wiring, self.dtype)

    @cached_property
    def general(self) -> "CompiledCircuit":
        """The same circuit with any parameter individual per sample; slower."""
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
        """Simulate every sample from its operating point to `duration`.

        **Arguments:**

        - `deviations`: (path, parameter) -> added values, shape (samples,).
        - `duration`, `times`, `step`: model time; `step` is the longest.
        - `record`: probes recorded at `times`; None: all probes of the circuit. `final`: probes recorded at the end.
        - `progress`: called with the completed fraction.
        - `threads`: None: all cores. `lanes`: samples in a block.

        **Raises:** `InputError` for deviations, times or probes that do not fit the circuit.
        """
        step = usual_step(self.circuit.stimuli.values()) if step is None else step
        grid = np.asarray(times, float)
        _check(samples, duration, grid, step)
        everything = _together(self.circuit.deviations, deviations, samples)
        drawn = self.numbers.drawn(everything, samples)
        if not everything.keys() <= self.numbers.free:
            settings = {"step": step, "record": record, "final": final, "progress": progress}
            return self.general.run(
                deviations, samples, duration, times=times, threads=threads, lanes=lanes, **settings
            )
        probes = self.circuit.probes if record is None else tuple(record)
        steps = schedule(tuple(self.circuit.stimuli.values()), duration, step, held=self.circuit.hold > 0)
        plan = BlockPlan(self.numbers, probes, tuple(final), steps, grid)
        lanes = lanes or LANES
        blocks = range(0, samples, lanes)
        # the numbers of a sample are contiguous in memory
        result = np.empty((samples, len(probes), len(grid)), self.dtype)
        ends = np.empty((len(plan.final), samples), self.dtype)
        error, status, done = np.empty(samples), [""] * samples, 0

        kernel, values = self.kernel, self.numbers.values(drawn)  # compiled before threads start

        def work(first: int) -> None:
            # the last block is padded with copies of its last sample
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
    """Compile a circuit of behavioural cells and macromodels.

    **Arguments:** `dtype`: `float64` or `float32`.

    **Raises:** `InputError` naming the card that cannot be compiled, or where numba is not installed.
    """
    if dtype not in ("float64", "float32"):
        raise InputError(Problem("unknown number type", "dtype", repr(dtype), "float64 | float32"))
    if circuit.noise is not None:
        raise InputError(Problem("noise of devices cannot be compiled", circuit.name, hint="--engine ngspice"))
    return CompiledCircuit(circuit, wire(circuit), dtype)


def _together(nominal, deviations: Deviations, samples: int) -> dict[tuple[str, str], np.ndarray]:
    """Add the deviations to those of the circuit itself."""
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
