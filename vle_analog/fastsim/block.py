"""The plan of a run, shared by all samples, and the integration of one block of samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.fastsim.branches import COMMON
from vle_analog.fastsim.kernels import CircuitKernel
from vle_analog.fastsim.outside import outside
from vle_analog.fastsim.schedule import Schedule
from vle_analog.fastsim.values import NOMINAL, FormulaTable, Numbers, Values
from vle_analog.fastsim.wiring import Ammeter, CircuitWiring, recorded
from vle_analog.netlist.circuit import Probe
from vle_analog.theory.activation import activation

NEIGHBOURS = 6


def weights(time: np.ndarray, at: np.ndarray, edges: np.ndarray, *, slope: bool = False) -> tuple[np.ndarray, ...]:
    """Return, for each of `at`, the indices of the interpolated times and their weights, each (len(at), NEIGHBOURS).

    **Arguments:** `edges`: times that no polynomial crosses. `slope`: weights of the slope instead of the value.
    """
    near = np.zeros((len(at), NEIGHBOURS), np.int64)
    share = np.zeros((len(at), NEIGHBOURS))
    bounds = np.unique(np.concatenate([[0], np.searchsorted(time, edges - 1e-12), [len(time) - 1]]))
    after = np.clip(np.searchsorted(time, at - 1e-12, side="right"), 1, len(time) - 1)
    piece = np.clip(np.searchsorted(bounds, after, side="left"), 1, len(bounds) - 1)
    low, high = bounds[piece - 1], bounds[piece] + 1
    count = np.minimum(NEIGHBOURS, high - low)
    first = np.clip(after - count // 2, low, high - count)
    for size in np.unique(count):
        rows = np.flatnonzero(count == size)
        near[rows, :size] = first[rows, None] + np.arange(size)
        points = time[near[rows, :size]] - at[rows, None]
        scale = np.abs(points).max(axis=1)
        powers = (points / scale[:, None])[:, None, :] ** np.arange(size)[None, :, None]
        wanted = np.zeros((len(rows), size, 1))
        wanted[:, int(slope), 0] = 1.0 / scale**slope
        share[rows, :size] = np.linalg.solve(powers, wanted)[:, :, 0]
    return near, share


ORDER = 4
SAME = 2  # steps with one matrix
ALIKE = 0.05  # relative difference of the leading coefficients of such steps
GREATEST_GROWTH = 1.1  # growth per step: above 1.28, permanently, the fourth order is unstable
ALONE, KEEPING, RENEWING = range(3)  # a single step; a multistep with the previous matrix; one with a new matrix


@dataclass(frozen=True, eq=False)
class Multistep:
    """The steps that use earlier ones, and their coefficients.

    **Arguments:**

    - `kind`: ALONE, KEEPING or RENEWING, per step. `pace`: what a correction at the end of the step adds to the speed
      there, per second and volt.
    - `shares`: shape (steps, 2, ORDER), of the voltages' last differences, the newest first: the next difference, and
      the speed at its end (per second).
    """

    kind: np.ndarray
    pace: np.ndarray
    shares: np.ndarray


def multistep(steps: Schedule, unit: float) -> Multistep:
    """Classify the steps of a schedule; `unit`: seconds per unit of model time."""
    times, lengths = steps.times, np.diff(steps.times)
    count = len(times)  # the last one has length zero
    kind, pace, shares = np.zeros(count, np.uint8), np.zeros(count), np.zeros((count, 2, ORDER))
    bent = np.isin(times, [0.0, *steps.stops])
    age, last = SAME, -np.inf
    for s in range(ORDER, count - 1):
        growth = lengths[s - ORDER + 1 : s + 1] / lengths[s - ORDER : s]
        if times[s] <= 0 or bent[s - ORDER + 1 : s + 1].any() or growth.max() > GREATEST_GROWTH:
            age = SAME
            continue
        ahead = times[s + 1] - times[s - ORDER : s + 1][::-1]
        pace[s] = np.sum(1.0 / ahead[:-1])
        powers = (-ahead / ahead[0])[None, :] ** np.arange(ORDER + 1)[:, None]
        wanted = np.zeros((ORDER + 1, 2))
        wanted[0, 0], wanted[1, 1] = 1.0, 1.0 / ahead[0]
        points = np.linalg.solve(powers, wanted)
        shares[s] = -np.cumsum(points[::-1], axis=0)[::-1][1:].T
        new = age >= SAME or not np.isclose(pace[s], last, rtol=ALIKE)
        kind[s], age = (RENEWING, 1) if new else (KEEPING, age + 1)
        last = pace[s] if new else last
    return Multistep(kind, pace / unit, shares / np.array([1.0, unit])[:, None])


TURNS = 200  # iterations of Newton's method
NEAR = {"float64": 1e-10, "float32": 2e-6}  # V, tolerance of an operating point
CUT = 0.15  # V, largest change of a node in one iteration
FAR = 5.0  # times the supply: beyond this, a voltage is considered divergent
FLOOR = 1e-3  # model units: least range by which an error is divided
NOWHERE = "no operating point"  # the status of a sample without an operating point


class BlockPlan:
    """The parts of a run shared by all blocks: steps, external signals, rows, and the recorded quantities."""

    def __init__(
        self, numbers: Numbers, probes: Sequence[Probe], final: Sequence[Probe], steps: Schedule, grid: np.ndarray
    ):
        self.numbers, self.wiring, self.dtype = numbers, numbers.wiring, numbers.dtype
        self.probes, self.final = probes, final
        wiring, number = self.wiring, np.dtype(self.dtype).type
        unit = wiring.circuit.units.time
        self.lengths = (np.append(np.diff(steps.times), 0.0) * unit).astype(number)
        known = multistep(steps, unit)
        self.before = (known.kind, known.pace.astype(number), known.shares.astype(number))
        self.external, self.slopes = (part.astype(number) for part in outside(wiring.circuit, steps.times))
        found = [recorded(wiring, probe) for probe in probes]
        self.place: dict[int, int] = {}  # of a row of V among the recorded ones
        meters: dict[int, int] = {}
        for row, ammeter, _ in found:
            ends = [] if ammeter is None else [end for k, _ in ammeter.stored for end in wiring.capacitors[k].ends]
            for end in [row, *ends] if ammeter is None else ends:
                self.place.setdefault(end, len(self.place))
            if ammeter is not None:
                meters.setdefault(ammeter.row, len(meters))
        self.recorded_rows, self.meters = np.array([*self.place], np.uint64), np.array([*meters], np.uint64)
        self.reads = [(ammeter, name) for _, ammeter, name in found]
        self.rows = np.array(
            [self.place[row] if a is None else len(self.place) + meters[a.row] for row, a, _ in found], np.uint64
        )
        scales = [_scale(wiring, probe, *read) for probe, read in zip(probes, self.reads, strict=True)]
        self.scales = np.array(scales, number)
        self.ends = [(recorded(wiring, probe), probe) for probe in final]
        for (_, ammeter, _), probe in self.ends:
            if ammeter is not None:
                raise InputError(Problem("a current has no final value of its own", "final", ".".join(probe.path)))
        self.read, self.slope = (
            (near.astype(np.uint64), share.astype(number))
            for near, share in (weights(steps.times, grid, steps.edges, slope=slope) for slope in (False, True))
        )
        self.unit, self.begin = unit, int(np.searchsorted(steps.times, 0.0))


class Block:
    """The arrays of one block of samples."""

    def __init__(self, plan: BlockPlan, kernel: CircuitKernel, numbers: Values):
        self.plan, self.driver = plan, kernel.driver
        wiring, dtype = plan.wiring, plan.dtype
        lanes = numbers.fixed.shape[1]
        n = wiring.unknown

        def zeros(*shape: int) -> np.ndarray:
            return np.zeros((*shape, lanes), dtype)

        self.lanes, self.numbers = lanes, numbers
        self.V = zeros(len(set(wiring.rows.values())))
        self.F, self.G, self.A = zeros(wiring.flows), zeros(wiring.flows), zeros(wiring.places)
        tables = plan.numbers.tables
        self.M = (tables.signs * numbers.own[tables.masses]).astype(dtype)
        self.Q = numbers.own[tables.drives].astype(dtype)
        most = max((len(g.law.arguments) for g in wiring.groups), default=0)
        widest = max((len(g.law.flows) + len(g.law.changes) for g in wiring.groups), default=0)
        work = (zeros(most), zeros(most), zeros(widest))
        parts = zip(plan.numbers.same, numbers.constants, tables.groups, strict=True)
        # kept as long as the block: laws have their addresses only
        self.given = [(same, constants, *work, *group) for same, constants, group in parts]
        self.laws = kernel.calls(lanes, self.given)
        self.space = (zeros(n), zeros(n), zeros(), zeros(n), zeros(n))
        self.stages = tuple(zeros(n) for _ in range(5))
        self.past = tuple(zeros(n) for _ in range(ORDER))
        self.out = zeros(len(plan.lengths), len(plan.recorded_rows) + len(plan.meters))
        self.worst, self.missed = zeros(n), np.full(lanes, np.inf, dtype)
        supply = wiring.circuit.supply / 2
        for rail, volts in (("vdd", supply), ("vss", -supply)):
            self.V[wiring.rows[rail]] = volts
        for k, (_, _, row) in enumerate(wiring.fixed):
            self.V[row] = numbers.fixed[k]

    def run(self) -> None:
        """Compute the operating point and integrate to the end; afterwards `error` and `status` are set."""
        plan, dtype = self.plan, np.dtype(self.plan.dtype).type
        pattern, known, drives, couplings, gauges, masses = plan.numbers.tables.arrays
        held = self._start()
        self.driver.march(
            TURNS,
            dtype(CUT),
            dtype(NEAR[plan.dtype]),
            held,
            self.missed,
            plan.lengths,
            plan.begin,
            plan.external,
            plan.slopes,
            plan.recorded_rows,
            plan.meters,
            self.out,
            self.worst,
            self.V,
            self.F,
            self.G,
            self.A,
            self.M,
            self.Q,
            self.laws,
            pattern,
            self.space,
            self.stages,
            plan.before,
            self.past,
            known,
            drives,
            couplings,
            gauges,
            masses,
        )
        self.status, self.error = self._judged()

    def _start(self) -> np.ndarray:
        """Return the initial guess of the operating point, and which unknowns are given."""
        wiring = self.plan.wiring
        held = np.zeros(wiring.unknown, np.uint8)
        if wiring.circuit.hold:
            return held
        for capacitor in wiring.capacitors:
            if capacitor.branch.start is None:
                continue
            row = capacitor.ends[0]
            if capacitor.branch.ends[1] != COMMON or not 0 < row <= wiring.unknown:
                raise InputError(
                    Problem(
                        "a start value between two nodes cannot be compiled",
                        capacitor.element.name,
                        got=capacitor.branch.element,
                        expected="a capacitor between a node and cm",
                    )
                )
            held[row - 1] = 1
            self.V[row] = FormulaTable([capacitor.branch.start], [capacitor.element])(NOMINAL)[0, 0]
        return held

    def read(self, result: np.ndarray, final: np.ndarray) -> None:
        """Write the probes at the requested times, and the final values, of the first samples.

        **Arguments:** `result`: (samples, probes, times). `final`: (final probes, samples).
        """
        plan, count = self.plan, len(result)
        work = np.empty((len(plan.read[0]), self.lanes), self.out.dtype)
        self.driver.look(self.out, *plan.read, plan.rows, plan.scales, work, result)
        for k, (probe, (ammeter, name)) in enumerate(zip(plan.probes, plan.reads, strict=True)):
            if ammeter is not None:
                for number, sign in ammeter.stored:
                    result[:, k] -= probe.scale * sign * self._stored(number, work, count)
            if name:
                result[:, k] = probe.scale * _rate(name)(result[:, k])
            if probe.bound:
                result[:, k] = probe.bound * np.tanh(result[:, k] / probe.bound)
        for k, ((row, _, name), probe) in enumerate(plan.ends):
            volts = self.V[row, :count]
            final[k] = probe.value(_rate(name)(volts / plan.wiring.circuit.units.potential) if name else volts)

    def _stored(self, number: int, work: np.ndarray, count: int) -> np.ndarray:
        """Return the current through a capacitor, from its first end to its second: (samples, times)."""
        plan, values = self.plan, self.numbers
        first, second = (plan.place[end] for end in plan.wiring.capacitors[number].ends)
        row = values.row[number]
        farads = values.own[row, :count, None] if row >= 0 else values.farads[number]
        across = np.ascontiguousarray((self.out[:, first] - self.out[:, second])[:, None])
        rate = np.empty((count, 1, len(plan.slope[0])), across.dtype)
        one = np.ones(1, across.dtype)
        self.driver.look(across, *plan.slope, np.zeros(1, np.uint64), one, work, rate)
        return farads / plan.unit * rate[:, 0]

    def _judged(self) -> tuple[list[str], np.ndarray]:
        """Return the status and the step error of every sample."""
        plan, wiring = self.plan, self.plan.wiring
        settled = self.missed <= NEAR[plan.dtype]
        inside = np.abs(self.V).max(axis=0) < FAR * wiring.circuit.supply
        most, least = self.out.max(axis=0, initial=-np.inf), self.out.min(axis=0, initial=np.inf)
        whole = np.isfinite(most).all(axis=0) & np.isfinite(least).all(axis=0)
        fine = inside & whole & np.isfinite(self.worst).all(axis=0)
        after = self.out[plan.begin :]
        span = np.ptp(after, axis=0) if len(after) else most - least
        error = np.zeros(self.lanes)
        for probe, place, (ammeter, _) in zip(plan.probes, plan.rows, plan.reads, strict=True):
            row = int(plan.recorded_rows[place]) if ammeter is None else 0
            if 0 < row <= wiring.unknown:
                scale = abs(probe.scale)
                error = np.maximum(error, scale * self.worst[row - 1] / np.maximum(scale * span[place], FLOOR))
        words = np.where(settled, np.where(fine, "ok", "diverged"), NOWHERE)
        return words.tolist(), error


def _rate(name: str):
    import sympy as sp

    from vle_analog.theory.symbols import x

    return np.tanh if name == "tanh" else sp.lambdify(x, activation(name).rate, "numpy")


def _scale(wiring: CircuitWiring, probe: Probe, ammeter: Ammeter | None, name: str) -> float:
    """Return the factor of a row."""
    if name:
        return 1.0 / wiring.circuit.units.potential
    return probe.scale if ammeter is None else ammeter.sign * probe.scale
