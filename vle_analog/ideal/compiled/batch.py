"""The simulation of many samples of one network with individual parameters: fixed steps, vector lanes, threads.

Steps end on every kink of the stimuli and on every time of the record. External signals are computed beforehand and
shared by all samples. Blocks of lanes are independent, so results do not depend on their size.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.compiled.channels import at_times, stops
from vle_analog.ideal.compiled.engine import refuse
from vle_analog.ideal.compiled.kernels import NetworkKernel, kernel, loop
from vle_analog.ideal.compiled.start import initial_states
from vle_analog.ideal.compiled.tableau import fixed
from vle_analog.ideal.compiled.wiring import NetworkWiring, wire
from vle_analog.network.model import Network
from vle_analog.network.signals import Signal
from vle_analog.network.stimuli import Stimulus

KINDS = ("W", "b", "tau_m", "tau_r")


def sample_count(parameters: Mapping[str, np.ndarray], samples: int | None) -> int:
    """Return the number of samples.

    **Raises:** `InputError` where parameters disagree.
    """
    counts = {name: np.shape(array)[-1] if np.ndim(array) else 0 for name, array in parameters.items()}
    if samples is not None:
        counts["samples"] = samples
    if len(set(counts.values())) > 1:
        got = ", ".join(f"{name}: {count}" for name, count in counts.items())
        raise InputError(Problem("parameters of different numbers of samples", "parameters", got))
    count = next(iter(counts.values()), 1)
    if count < 1:
        raise InputError(Problem("a batch needs at least one sample", "parameters", f"{count}"))
    return count


def spread(wiring: NetworkWiring, parameters: Mapping[str, np.ndarray], samples: int) -> np.ndarray:
    """Return all rows of every sample, shape (rows, samples), with u = v = 0.

    **Raises:** `InputError` for a name, shape or number that does not fit the network.
    """
    values = np.repeat(wiring.values[:, None], samples, axis=1)
    problems: list[Problem] = []
    limits = {f"{q.name}.W": q.limit for q in wiring.network.projections if q.limit is not None}
    for name, array in parameters.items():
        rows = wiring.rows.get(name)
        if rows is None or name.rpartition(".")[2] not in KINDS:
            known = [key for key in wiring.rows if key.rpartition(".")[2] in KINDS]
            problems.append(Problem("no such parameter in this network", name, expected=" | ".join(known)))
        elif np.shape(array) != (*rows.shape, samples):
            problems.append(Problem("wrong shape", name, f"{np.shape(array)}", f"{(*rows.shape, samples)}"))
        elif not np.isfinite(array).all():
            problems.append(Problem("not a finite number", name))
        elif name.endswith((".tau_m", ".tau_r")) and not (np.asarray(array) > 0).all():
            problems.append(Problem("time constants must be positive", name, f"{np.min(array):g}"))
        elif name in limits and not (np.abs(array) < limits[name][..., None]).all():
            problems.append(Problem("a bounded weight must start inside of its limit", name))
        else:
            values[rows.ravel()] = np.reshape(array, (-1, samples))
    for p in wiring.network.populations if not problems else ():
        slow, fast = values[wiring.rows[f"{p.name}.tau_m"]], values[wiring.rows[f"{p.name}.tau_r"]]
        if not np.array_equal(slow[p.wire], fast[p.wire]):
            problems.append(
                Problem("a wire has equal time constants", p.name, hint='give the population realisation = "lead"')
            )
    if problems:
        raise InputError(*problems)
    return values


LANES = (16, 32, 64)
L2 = 1_000_000  # bytes of a core's cache available to a block
MOST_EXTERNAL = 4_000_000  # number of external values computed at a time


@dataclass(frozen=True, eq=False)
class BatchResult:
    """The results of every sample.

    **Arguments:**

    - `time`: times of the record. `signals`: their names. `values`: shape (signals, times, samples).
    - `states`: at the end, shape (states, samples). `loss`: int C dt of every sample.
    - `status`: per sample `done`, `diverged` or `loop` (an algebraic loop without a solution).
    """

    time: np.ndarray
    signals: tuple[Signal, ...]
    values: np.ndarray
    states: np.ndarray
    loss: np.ndarray
    status: tuple[str, ...]

    def __getitem__(self, name: str | Signal) -> np.ndarray:
        """Return the traces of one signal, shape (times, samples); KeyError if it was not recorded."""
        names = [str(signal) for signal in self.signals]
        if str(name) not in names:
            raise KeyError(str(name))
        return self.values[names.index(str(name))]


@dataclass(frozen=True, eq=False)
class Batch:
    """A network with the settings of its integration.

    **Arguments:**

    - `step`: the longest step, model time. `method`: `rk4`, `dop853` or `euler`.
    - `lanes`: samples per block, a multiple of 16; None: as many as fit into fast memory. `threads`: None: all cores.
    - `dtype`: `float64` or `float32`.

    **Raises:** `InputError` where numba is not installed, and for an invalid setting.
    """

    network: Network
    target: Stimulus | None
    step: float
    method: str = "rk4"
    dtype: str = "float64"
    lanes: int | None = None
    threads: int | None = None

    def __post_init__(self):
        refuse(self.network)
        fixed(self.method)
        if not 0 < self.step < np.inf:
            raise InputError(Problem("a step must be a positive number", "step", f"{self.step!r}"))
        if self.dtype not in ("float64", "float32"):
            raise InputError(Problem("unknown number type", "dtype", repr(self.dtype), "float64 | float32"))
        if self.lanes is not None and (self.lanes < 16 or self.lanes % 16):
            raise InputError(Problem("lanes come in multiples of 16", "lanes", f"{self.lanes!r}"))

    def run(
        self,
        parameters: Mapping[str, np.ndarray] | None = None,
        duration: float = 0.0,
        *,
        record: Sequence[str | Signal] = (),
        times: np.ndarray | Sequence[float] = (),
        samples: int | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> BatchResult:
        """Integrate every sample from time 0 to `duration`.

        **Arguments:**

        - `parameters`: what differs from the network, the sample last: `hidden_readout.W` of shape (rows, columns,
          samples), `hidden.b`, `hidden.tau_m`, `hidden.tau_r` of shape (size, samples).
        - `record`: signals to be returned at `times`.
        - `samples`: number of samples, where `parameters` does not define it.

        **Raises:** `InputError` for parameters, signals or times that do not fit the network.
        """
        parameters = parameters or {}
        wiring = wire(self.network, self.target)
        count = sample_count(parameters, samples)
        values = spread(wiring, parameters, count)
        at = np.unique(np.asarray(times, dtype=float))
        if not 0 < duration < np.inf:
            raise InputError(Problem("a duration must be a positive number", "duration", f"{duration!r}"))
        if at.size and not (at[0] >= 0 and at[-1] <= duration * (1 + 1e-12)):
            raise InputError(
                Problem(
                    "times of the record must lie in the run", "times", f"{at[0]:g} .. {at[-1]:g}", f"0 .. {duration:g}"
                )
            )
        compiled = kernel("fixed", self.dtype, bounded=self.network.bounded)
        signals = tuple(_signal(name) for name in record)
        places = [_place(signal, self.network, wiring, compiled) for signal in signals]
        kinds, rows = (
            (np.array(column, dtype=np.int64) for column in zip(*places, strict=True))
            if places
            else (np.zeros(0, np.int64), np.zeros(0, np.int64))
        )
        values[: wiring.states] = initial_states(wiring, values, "float64")

        # padded to whole blocks with copies of the last sample
        table = fixed(self.method)
        lanes = self.lanes or self._fitting(wiring.states, len(values), len(table.B))
        padded = -(-count // lanes) * lanes
        index = np.minimum(np.arange(padded), count - 1)
        blocks = [
            _Block(wiring, compiled, values[:, index[k : k + lanes]], len(table.B), (len(at), len(rows)), self.dtype)
            for k in range(0, padded, lanes)
        ]
        number = np.dtype(self.dtype).type
        method = table.A.astype(number), table.B.astype(number)
        begins, lengths, records = _schedule(stops(wiring.channels, duration), at, self.step)
        size = max(1, MOST_EXTERNAL // (len(table.C) * (1 + sum(s.size for s, _ in wiring.channels))))
        with ThreadPoolExecutor(self.threads or os.cpu_count() or 1) as pool:
            for k in range(0, len(begins), size):
                piece = slice(k, k + size)
                # slopes are those within the step, also at its end
                instants = begins[piece, None] + lengths[piece, None] * table.C
                external = at_times(wiring.channels, instants, begins[piece] + lengths[piece] / 2).astype(number)
                steps = lengths[piece].astype(number), external, records[piece]
                for done in [pool.submit(block.march, *steps, method, kinds, rows) for block in blocks]:
                    done.result()
                if progress is not None:
                    progress(min(1.0, (k + size) / len(begins)))

        end = np.concatenate([block.y for block in blocks], axis=1)[:, :count].astype(float)
        traces = np.concatenate([block.out for block in blocks], axis=2)[:, :, :count].astype(float)
        lost = np.concatenate([block.loop[12] for block in blocks])[:count]
        good = np.isfinite(end).all(axis=0) & np.isfinite(traces).all(axis=(0, 1))
        status = tuple(np.where(lost, "loop", np.where(good, "done", "diverged")).tolist())
        return BatchResult(
            at, signals, traces.transpose(1, 0, 2).copy(), end[: wiring.states], end[wiring.states], status
        )

    def accuracy(self, parameters: Mapping[str, np.ndarray] | None = None, duration: float = 0.0, **options) -> float:
        """Estimate the accuracy by halving the step: the largest change of the results, relative to the range of each
        signal.

        **Arguments:** as for `run`; without `record`, of the states at the end.
        """
        whole = self.run(parameters, duration, **options)
        half = replace(self, step=self.step / 2).run(parameters, duration, **options)
        if len(whole.signals) and len(whole.time):
            scale = np.maximum(np.ptp(half.values, axis=1, keepdims=True), 1e-9)
            return float((np.abs(whole.values - half.values) / scale).max())
        return float(np.abs(whole.states - half.states).max())

    def _fitting(self, states: int, rows: int, stages: int) -> int:
        each = np.dtype(self.dtype).itemsize * (rows + (stages + 1) * states)
        return max((lanes for lanes in LANES if lanes * each <= L2), default=LANES[0])


class _Block:
    """The arrays of one block of lanes."""

    def __init__(
        self, wiring, compiled: NetworkKernel, values: np.ndarray, stages: int, record: tuple[int, int], dtype: str
    ):
        lanes = values.shape[1]
        moving = wiring.states + 1  # the cost is integrated as well
        self.kernel = compiled
        self.z = np.ascontiguousarray(values, dtype)
        self.y = self.z[:moving].copy()
        self.K = np.zeros((stages, moving, lanes), dtype)
        self.out = np.zeros((*record, lanes), dtype)
        self.net, self.work = compiled.net(wiring), compiled.work(wiring, dtype, lanes)
        self.loop = loop(wiring, dtype, lanes)

    def march(self, lengths, external, records, method, kinds, rows) -> None:
        self.kernel.module.march(
            lengths,
            external,
            records,
            self.out,
            method,
            self.y,
            self.K,
            self.z,
            kinds,
            rows,
            self.net,
            self.work,
            self.loop,
        )


def _schedule(kinks: np.ndarray, record: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return begin and length of every step, and the record at its begin (-1: none); the last has length zero."""
    end = kinks[-1]
    ends = np.union1d(kinks, np.minimum(record[record > 0], end))
    ends = ends[np.append(np.diff(ends) > 1e-12 * end, True)]
    starts = np.concatenate([[0.0], ends[:-1]])
    counts = np.maximum(1, np.ceil((ends - starts) / step - 1e-9)).astype(int)
    lengths = np.repeat((ends - starts) / counts, counts)
    within = np.arange(len(lengths)) - np.repeat(np.cumsum(counts) - counts, counts)
    begins = np.append(np.repeat(starts, counts) + within * lengths, end)
    records = np.full(len(begins), -1, np.int64)
    nearest = np.searchsorted(begins, np.minimum(record, end) - 1e-12 * end)
    records[nearest] = np.arange(len(record))
    return begins, np.append(lengths, 0.0), records


def _signal(name: str | Signal) -> Signal:
    if isinstance(name, Signal):
        return name
    owner, _, rest = name.partition(".")
    kind, _, index = rest.partition("[")
    try:
        return Signal(owner, kind, tuple(int(part) for part in index.removesuffix("]").split(",")))
    except ValueError:
        raise InputError(Problem("not the name of a signal", "record", repr(name), "like hidden.u[0]")) from None


def _place(signal: Signal, network: Network, wiring, compiled: NetworkKernel) -> tuple[int, int]:
    """Return (-1, row of z) or (number of the array, neuron)."""
    problem = Problem(
        "no such signal in this network", "record", str(signal), "like hidden.u[0] or hidden_readout.W[0,1]"
    )
    rows = wiring.rows.get(f"{signal.owner}.{signal.kind}")
    try:
        if rows is not None and len(signal.index) == rows.ndim and min(signal.index) >= 0:
            return -1, int(rows[signal.index])
        if signal.kind in compiled.signals and len(signal.index) == 1:
            size = network.population(signal.owner).size
            if 0 <= signal.index[0] < size:
                return compiled.signals.index(signal.kind), wiring.slices[signal.owner].start + signal.index[0]
    except (IndexError, StopIteration):
        pass
    raise InputError(problem)
