"""The whole of it: a cell on a process, measured, fitted, spread, at corners and temperatures."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from vle_analog.cells.device_sizes import device_sizes
from vle_analog.cells.fitted import Fitted, Sizing
from vle_analog.cells.library import Cell, cell
from vle_analog.cells.measured_texts import DEVICES, REPLICA, digest, text_digests
from vle_analog.characterise.area import gate_area
from vle_analog.characterise.bench import ZERO, Bench, Grid, common_mode, supply_current, transfer
from vle_analog.characterise.check_model import check_model
from vle_analog.characterise.fit import Shape, fit_gain, fit_shape
from vle_analog.characterise.growth import growth
from vle_analog.characterise.laws import unbalance
from vle_analog.characterise.measure import OutputCurves, dynamics, noise_density, output_curves
from vle_analog.characterise.mismatch import Spread, spread
from vle_analog.characterise.numbers import largest_current, macromodel_numbers, measured_numbers
from vle_analog.characterise.others import STACK, drawn_heights, stack_heights, switch
from vle_analog.characterise.primitives import Primitive, primitive
from vle_analog.characterise.scales import moving_scales
from vle_analog.errors import InputError, Problem, SimulatorError
from vle_analog.network.levels import MACROMODEL, TRANSISTOR
from vle_analog.process.devices import device_cards
from vle_analog.process.process import Process, process
from vle_analog.provenance import kit_version
from vle_analog.simulator import Backend, open_backend

CURRENTS = 12
MOST_STEP = 0.2  # of the gain per ampere, from one unit current of the sweep to the next
CELSIUS = (0.0, 27.0, 60.0, 85.0)
SAMPLES, SEED = 400, 1
Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Characterised:
    """A characterised primitive with what its figures show.

    **Arguments:**

    - `x`, `y`: V of the inputs. `current`: of the transistors at the preferred unit current, shape (len(y), len(x)), A
      per A of bias. `shape`: the law that follows it.
    - `output`, `spread`, `shape`: `None` where the cell has none, as the switch and the replica stack.
    """

    primitive: Primitive
    fitted: Fitted
    x: np.ndarray
    y: np.ndarray
    current: np.ndarray
    shape: Shape | None
    output: OutputCurves | None
    spread: Spread | None


def characterise(
    name: str, process_name: str, *, samples: int = SAMPLES, unit_current: float | None = None, own: Path | None = None,
    seed: int = SEED, progress: Progress | None = None, backend: Backend | None = None,
) -> Characterised:  # fmt: skip
    """Measures a primitive in ngspice and fits its macromodel.

    **Arguments:**

    - `samples`: cells drawn with mismatch; 0 draws none. `seed`: of the draws.
    - `unit_current`: A per unit at which the macromodel is fitted; the cell's own where it is `None`.
    - `own`: a folder of the user's own cells, looked at before the shipped one.

    **Raises:** `InputError` for an unknown cell or process, or one that does not fit; `SimulationError`.
    """
    kind = primitive(name)
    if samples == 1 or samples < 0:
        raise InputError(
            Problem("a standard deviation needs samples", "--samples", got=str(samples), expected="2 or more")
        )
    found, made_for = cell(name, own), process(process_name)
    bias = unit_current or kind.share * made_for.unit_current
    first, last = kind.currents
    if not first <= bias <= last:
        raise InputError(Problem("a unit current outside the sweep", "--unit-current", got=f"{bias:g} A",
                                 expected=f"{first:g} to {last:g} A"))  # fmt: skip
    bench = _bench(kind, found, made_for, own)
    with contextlib.nullcontext(backend) if backend is not None else open_backend() as opened:
        course = _Course(kind, found, made_for, bench, bias, progress or _silent, opened)
        special = {"common_mode": course.stack, "hold_switch": course.switch}
        try:
            return special.get(name, course.run)(samples, seed)
        except SimulatorError as error:
            error.add_note(f"  cell:     {found.file('transistor.cir')}")
            raise


def _silent(stage: str, done: float) -> None:
    """Tells nobody."""


def _bench(kind: Primitive, found: Cell, made_for: Process, own: Path | None) -> Bench:
    subcircuit = found.subcircuit(TRANSISTOR)
    for device in device_sizes(subcircuit, {}, found.file("transistor.cir")):
        place = f"{device.where}: {device.name}"
        made_for.check_size(device.width, device.length, place)
        made_for.check_grid(device.width, device.length, place)
    replica = cell(REPLICA, own).subcircuit(TRANSISTOR)
    return Bench(kind, subcircuit, replica, device_cards(made_for), made_for.supply, made_for.replica_current,
                 made_for.temperature)  # fmt: skip


@dataclass(frozen=True)
class _Course:
    """One cell on its way through the bench."""

    kind: Primitive
    cell: Cell
    process: Process
    bench: Bench
    bias: float
    progress: Progress
    backend: Backend

    def run(self, samples: int, seed: int) -> Characterised:
        two = bool(self.kind.y) or self.kind.name == "floating_resistor"
        x, y = (Grid(0.15, 31), Grid(0.12, 25)) if two else (Grid(0.15, 61), ZERO)
        self.progress("transfer", 0.0)
        height = common_mode(self.backend, self.bench)
        current = transfer(self.backend, self.bench, x, y, [self.bias])[0]
        shape = fit_shape(self.kind, x.values, y.values, current)
        gain = shape.parameters["gain"]
        if gain <= 0:
            raise InputError(Problem(
                "the output of the cell falls where its law rises", str(self.cell.file("transistor.cir")),
                got=f"{self.kind.gain} = {gain:.3g} A/V per A of bias", hint="are two of its inputs exchanged?",
            ))  # fmt: skip
        self.progress("transfer", 1.0)
        currents, gains, offsets = self._sweep(shape)
        self.progress("output", 0.0)
        curves = None if self.kind.name == "floating_resistor" else output_curves(self.backend, self.bench, self.bias)
        moves = dynamics(self.backend, self.bench, self.bias, float(unbalance(shape.parameters)))
        noise = noise_density(self.backend, self.bench, self.bias, moves.tp, gain)
        supply = supply_current(self.backend, self.bench, self.bias)
        self.progress("output", 1.0)
        corners, temperatures = self._conditions(shape, gain)
        drawn = None
        if samples:
            drawing = replace(self.bench, devices=device_cards(self.process, mismatch=True))
            drawn = spread(
                self.backend, drawing, shape, self.bias, samples, seed, lambda d: self.progress("mismatch", d)
            )
        largest = largest_current(currents, gains, offsets, self.bias)
        sizing = self._sizing(
            tuple(map(float, currents)), tuple(map(float, gains)), largest, moves.input, moves.output, supply
        )
        values = macromodel_numbers(self.kind, shape, curves, moves, noise)
        file = self.cell.file("transistor.cir")
        values |= growth(self.backend, self.bench, self.bias, values, self.process, file)
        if self.kind.gain == "i":
            used = currents <= largest
            values |= moving_scales(
                self.backend, self.bench, shape, x, y, list(currents[used]), list(gains[used]), self.bias
            )
        model, file = self.cell.subcircuit(MACROMODEL), self.cell.file(f"{MACROMODEL}.cir")
        check_model(self.backend, self.bench, model, values, shape, (x, y), self.bias, file)
        fitted = self._fitted(
            sizing, height, values,
            {} if drawn is None else dict(drawn.sigmas), measured_numbers(shape, curves, moves, noise, offsets, drawn),
            (corners, temperatures), samples, seed,
        )  # fmt: skip
        return Characterised(self.kind, fitted, x.values, y.values, current, shape, curves, drawn)

    def stack(self, samples: int, seed: int) -> Characterised:
        """The replica of the common mode: its height over the current, and how it spreads."""
        self.progress("sweep", 0.0)
        currents = np.geomspace(*self.kind.currents, CURRENTS)
        heights = stack_heights(self.backend, self.bench, list(currents))
        height = float(stack_heights(self.backend, self.bench, [self.bias])[0])
        self.progress("sweep", 1.0)
        conductance = np.gradient(np.log(currents), heights)  # (dI/dV)/I
        tables: list[dict[str, Mapping[str, float]]] = []
        for benches in (
            {name: self._at(name, None) for name in self.process.corners},
            {f"{celsius:g}": self._at(None, celsius) for celsius in CELSIUS},
        ):
            rows = {key: float(stack_heights(self.backend, bench, [self.bias])[0]) for key, bench in benches.items()}
            tables.append({key: {"common_mode": value, "vgs": value / STACK} for key, value in rows.items()})
        sigmas: dict[str, float] = {}
        if samples:
            drawing = replace(self.bench, devices=device_cards(self.process, mismatch=True))
            drawn = drawn_heights(self.backend, drawing, self.bias, samples, seed)
            sigmas["vgs"] = float(np.std(drawn, ddof=1)) / STACK
        sizing = self._sizing(
            tuple(map(float, currents)), tuple(map(float, conductance)), float(currents[-1]), 0.0, 0.0, 1.0
        )
        measured: dict[str, float | list[float]] = {"swept_common_mode": [float(value) for value in heights]}
        fitted = self._fitted(
            sizing, height, {"vgs": height / STACK}, sigmas, measured, (tables[0], tables[1]), samples, seed
        )
        return Characterised(self.kind, fitted, currents, ZERO.values, heights[None, :], None, None, None)

    def switch(self, samples: int, seed: int) -> Characterised:  # noqa: ARG002 - nothing in it is drawn
        """The switch: conductances and couplings."""
        self.progress("transfer", 0.0)
        found = switch(self.backend, self.bench)
        height = common_mode(self.backend, self.bench)
        self.progress("transfer", 1.0)
        sizing = self._sizing((), (), 0.0, found.node, found.node, 0.0)
        values = {"gon": found.on, "goff": found.off, "ch": found.gate, "cn": found.node}
        fitted = self._fitted(sizing, height, values, {}, {}, ({}, {}), 0, seed)
        return Characterised(self.kind, fitted, ZERO.values, ZERO.values, np.zeros((1, 1)), None, None, None)

    def _sizing(
        self,
        currents: tuple[float, ...],
        gains: tuple[float, ...],
        largest: float,
        pins: float,
        out: float,
        supply: float,
    ) -> Sizing:
        area = gate_area(self.bench.subcircuit, self.cell.file("transistor.cir"))
        return Sizing(currents, gains, self.bias if currents else 0.0, largest, pins, out, supply, area)

    def _fitted(
        self, sizing: Sizing, height: float, values: Mapping[str, float], sigmas: Mapping[str, float],
        measured: Mapping[str, float | list[float]],
        tables: tuple[dict[str, Mapping[str, float]], dict[str, Mapping[str, float]]], samples: int, seed: int,
    ) -> Fitted:  # fmt: skip
        conditions = {
            "supply": self.process.supply, "common_mode": height, "temperature": self.process.temperature,
            "corner": self.process.corners[0], "unit_current": sizing.unit_current, "samples": samples, "seed": seed,
        }  # fmt: skip
        return Fitted(
            self.cell.name, self.process.name, self._made_by(), conditions, sizing, values, sigmas, measured, *tables
        )

    def _sweep(self, shape: Shape) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
        """Gain per ampere and offsets over the unit currents."""
        self.progress("sweep", 0.0)
        two = bool(self.kind.y) or self.kind.name == "floating_resistor"
        x, y = Grid(0.12, 25), Grid(0.12, 9) if two else ZERO
        currents = np.geomspace(*self.kind.currents, CURRENTS)
        each = self.bench.copies
        decks = [list(currents[first : first + each]) for first in range(0, CURRENTS, each)]
        swept = [row for deck in decks for row in transfer(self.backend, self.bench, x, y, deck)]
        rows = [fit_gain(self.kind, x.values, y.values, row, shape) for row in swept]
        working = _working([row[0] for row in rows], currents, self.bias)
        rows, currents = rows[working], currents[working]
        self.progress("sweep", 1.0)
        offsets = {key: [row[1][key] for row in rows] for key in rows[0][1]}
        return currents, np.array([row[0] for row in rows]), offsets

    def _conditions(
        self, shape: Shape, gain: float
    ) -> tuple[dict[str, Mapping[str, float]], dict[str, Mapping[str, float]]]:
        """Gain, offsets and range at every corner, and at every temperature with the same bias current."""
        corners = [(name, self._at(name, None)) for name in self.process.corners]
        warm = [(f"{celsius:g}", self._at(None, celsius)) for celsius in CELSIUS]
        rows: list[dict[str, Mapping[str, float]]] = []
        for stage, benches in (("corners", corners), ("temperatures", warm)):
            self.progress(stage, 0.0)
            table: dict[str, Mapping[str, float]] = {}
            for number, (name, bench) in enumerate(benches, start=1):
                table[name] = self._row(bench, shape, gain)
                self.progress(stage, number / len(benches))
            rows.append(table)
        return rows[0], rows[1]

    def _at(self, corner: str | None, celsius: float | None) -> Bench:
        devices = self.bench.devices if corner is None else device_cards(self.process, corner)
        return replace(self.bench, devices=devices, temperature=self.bench.temperature if celsius is None else celsius)

    def _row(self, bench: Bench, shape: Shape, gain: float) -> dict[str, float]:
        two = bool(self.kind.y) or self.kind.name == "floating_resistor"
        x, y = Grid(0.12, 25), Grid(0.12, 9) if two else ZERO
        current = transfer(self.backend, bench, x, y, [self.bias])[0]
        value, offsets = fit_gain(self.kind, x.values, y.values, current, shape)
        row = {"gain_per_amp": value, "gain_ratio": value / gain, **offsets}
        if self.kind.name != "floating_resistor":
            curves = output_curves(self.backend, bench, self.bias)
            row |= {"output_low": curves.low, "output_high": curves.high}
        return row | {"common_mode": common_mode(self.backend, bench)}

    def _made_by(self) -> dict[str, str]:
        return {
            "kit": f"vle-analog {kit_version()}",
            "simulator": _simulator(self.backend, self.bench),
            **text_digests(self.cell, self.process),
            DEVICES: digest(self.bench.devices),
        }


def _simulator(backend: Backend, bench: Bench) -> str:
    from vle_analog.characterise.bench import run

    return run(backend, bench.deck([".op"], ["cmr"])).simulator


def _working(gains: list[float], currents: np.ndarray, bias: float) -> slice:
    """The stretch of unit currents around the preferred one in which the cell works: neighbours differ little."""
    fine = np.array([later / earlier for earlier, later in pairwise(gains)])
    broken = np.flatnonzero((fine < 1 - MOST_STEP) | (fine > 1 + MOST_STEP))
    at = int(np.searchsorted(currents, bias))
    before, after = broken[broken < at - 1], broken[broken >= at]
    return slice(int(before[-1]) + 1 if before.size else 0, int(after[0]) + 1 if after.size else len(gains))
