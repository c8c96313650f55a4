"""The whole characterisation: a cell on a process, measured, fitted, with its spread, corners and temperatures."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import Fitted, Sizing
from vle_analog.cells.library import Cell, cell
from vle_analog.cells.measured_texts import DEVICES, REPLICA, digest, text_digests
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
from vle_analog.levels import MACROMODEL, TRANSISTOR
from vle_analog.netlist.circuit import Subcircuit
from vle_analog.netlist.device_sizes import device_sizes
from vle_analog.process.devices import device_cards
from vle_analog.process.process import Process, process
from vle_analog.progress import StageProgress
from vle_analog.provenance import kit_version
from vle_analog.simulator import Backend, open_backend


def gate_area(subcircuit: Subcircuit, path: Path, units: int = 1) -> float:
    """Sum w l m over the transistors of a cell, m^2.

    **Arguments:** `path`: the cell's file, for messages. `units`: in parallel.

    **Raises:** `InputError` naming file and line of a size that has no value.
    """
    return sum(device.area for device in device_sizes(subcircuit, {"k": float(units)}, path))


def shared(one: float, two: float) -> float:
    """Return the part that units share of a quantity per unit, from its values with one and with two units.

    With a part a of every unit and a shared part b, n units have a + b/n per unit.
    """
    found = 2 * (one - two)
    return 0.0 if abs(found) < NEGLIGIBLE * one else found


CURRENTS = 12
NEGLIGIBLE = 1e-3  # share of a quantity below which units share nothing of it
MOST_STEP = 0.2  # of the gain per ampere, from one unit current of the sweep to the next
CELSIUS = (0.0, 27.0, 60.0, 85.0)
SAMPLES, SEED = 400, 1


@dataclass(frozen=True, eq=False)
class Characterisation:
    """A characterised primitive with the data of its figures.

    **Arguments:**

    - `x`, `y`: V of the inputs. `current`: of the transistors at the preferred unit current, shape (len(y), len(x)), A
      per A of bias. `shape`: the law fitted to it.
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
    name: str,
    process_name: str,
    *,
    samples: int = SAMPLES,
    unit_current: float | None = None,
    own: str | Path | None = None,
    seed: int = SEED,
    progress: StageProgress | None = None,
    backend: Backend | None = None,
) -> Characterisation:
    """Measure a primitive in ngspice and fit its macromodel.

    **Arguments:**

    - `samples`: cells drawn with mismatch; 0 draws none. `seed`: of the draws.
    - `unit_current`: A per unit at which the macromodel is fitted; the cell's own where it is `None`.
    - `own`: a folder of the user's own cells, which override the shipped ones.

    **Raises:** `InputError` for an unknown cell or process, or one that does not fit; `SimulationError`.
    """
    kind = primitive(name)
    if samples == 1 or samples < 0:
        raise InputError(
            Problem("a standard deviation needs samples", "--samples", got=str(samples), expected="2 or more")
        )
    own = None if own is None else Path(own)
    found, made_for = cell(name, own), process(process_name)
    bias = unit_current or kind.share * made_for.unit_current
    first, last = kind.currents
    if not first <= bias <= last:
        raise InputError(
            Problem(
                "a unit current outside the sweep",
                "--unit-current",
                got=f"{bias:g} A",
                expected=f"{first:g} to {last:g} A",
            )
        )
    bench = _bench(kind, found, made_for, own)
    with contextlib.nullcontext(backend) if backend is not None else open_backend() as opened:
        course = _CellState(kind, found, made_for, bench, bias, progress or _silent, opened)
        special = {"common_mode": course.stack, "hold_switch": course.switch}
        try:
            return special.get(name, course.run)(samples, seed)
        except SimulatorError as error:
            error.add_note(f"  cell:     {found.file('transistor.cir')}")
            raise


def _silent(stage: str, done: float) -> None:
    """Ignore the progress."""


def _bench(kind: Primitive, found: Cell, made_for: Process, own: Path | None) -> Bench:
    subcircuit = found.subcircuit(TRANSISTOR)
    for device in device_sizes(subcircuit, {}, found.file("transistor.cir")):
        place = f"{device.where}: {device.name}"
        made_for.check_size(device.width, device.length, place)
        made_for.check_grid(device.width, device.length, place)
    replica = cell(REPLICA, own).subcircuit(TRANSISTOR)
    return Bench(
        kind,
        subcircuit,
        replica,
        device_cards(made_for),
        made_for.supply,
        made_for.replica_current,
        made_for.temperature,
    )


@dataclass(frozen=True)
class _CellState:
    """The state of one cell during its characterisation."""

    kind: Primitive
    cell: Cell
    process: Process
    bench: Bench
    bias: float
    progress: StageProgress
    backend: Backend

    def run(self, samples: int, seed: int) -> Characterisation:
        two = bool(self.kind.y) or self.kind.name == "floating_resistor"
        x, y = (Grid(0.15, 31), Grid(0.12, 25)) if two else (Grid(0.15, 61), ZERO)
        self.progress("transfer", 0.0)
        height = common_mode(self.backend, self.bench)
        current = transfer(self.backend, self.bench, x, y, [self.bias])[0]
        shape = fit_shape(self.kind, x.values, y.values, current)
        gain = shape.parameters["gain"]
        if gain <= 0:
            raise InputError(
                Problem(
                    "the output of the cell falls where its law rises",
                    str(self.cell.file("transistor.cir")),
                    got=f"{self.kind.gain} = {gain:.3g} A/V per A of bias",
                    hint="are two of its inputs exchanged?",
                )
            )
        self.progress("transfer", 1.0)
        currents, gains, offsets = self._sweep(shape)
        self.progress("output", 0.0)
        curves = None if self.kind.name == "floating_resistor" else output_curves(self.backend, self.bench, self.bias)
        moves = dynamics(self.backend, self.bench, self.bias, float(unbalance(shape.parameters)))
        noise = noise_density(self.backend, self.bench, self.bias, moves.tp, gain)
        supply, two = (supply_current(self.backend, self.bench, self.bias, units) for units in (1, 2))
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
            tuple(map(float, currents)),
            tuple(map(float, gains)),
            largest,
            moves.input,
            moves.output,
            supply,
            shared(supply, two),
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
            sizing,
            height,
            values,
            {} if drawn is None else dict(drawn.sigmas),
            measured_numbers(shape, curves, moves, noise, offsets, drawn),
            (corners, temperatures),
            samples,
            seed,
        )
        return Characterisation(self.kind, fitted, x.values, y.values, current, shape, curves, drawn)

    def stack(self, samples: int, seed: int) -> Characterisation:
        """Characterise the replica of the common mode: its height over the current, and its spread."""
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
        return Characterisation(self.kind, fitted, currents, ZERO.values, heights[None, :], None, None, None)

    def switch(self, samples: int, seed: int) -> Characterisation:  # noqa: ARG002 - nothing in it is drawn
        """Characterise the switch: conductances and couplings."""
        self.progress("transfer", 0.0)
        found = switch(self.backend, self.bench)
        height = common_mode(self.backend, self.bench)
        self.progress("transfer", 1.0)
        sizing = self._sizing((), (), 0.0, found.node, found.node, 0.0)
        values = {"gon": found.on, "goff": found.off, "ch": found.gate, "cn": found.node}
        fitted = self._fitted(sizing, height, values, {}, {}, ({}, {}), 0, seed)
        return Characterisation(self.kind, fitted, ZERO.values, ZERO.values, np.zeros((1, 1)), None, None, None)

    def _sizing(
        self,
        currents: tuple[float, ...],
        gains: tuple[float, ...],
        largest: float,
        pins: float,
        out: float,
        supply: float,
        shared_supply: float = 0.0,
    ) -> Sizing:
        one, two = (gate_area(self.bench.subcircuit, self.cell.file("transistor.cir"), units) for units in (1, 2))
        bias = self.bias if currents else 0.0
        return Sizing(currents, gains, bias, largest, pins, out, supply, one, shared_supply, shared(one, two / 2))

    def _fitted(
        self,
        sizing: Sizing,
        height: float,
        values: Mapping[str, float],
        sigmas: Mapping[str, float],
        measured: Mapping[str, float | list[float]],
        tables: tuple[dict[str, Mapping[str, float]], dict[str, Mapping[str, float]]],
        samples: int,
        seed: int,
    ) -> Fitted:
        conditions = {
            "supply": self.process.supply,
            "common_mode": height,
            "temperature": self.process.temperature,
            "corner": self.process.corners[0],
            "unit_current": sizing.unit_current,
            "samples": samples,
            "seed": seed,
        }
        return Fitted(
            self.cell.name, self.process.name, self._made_by(), conditions, sizing, values, sigmas, measured, *tables
        )

    def _sweep(self, shape: Shape) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
        """Measure gain per ampere and offsets over the unit currents."""
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
        """Measure gain, offsets and range at every corner, and at every temperature with the same bias current."""
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
    """Return the range of unit currents around the preferred one in which neighbouring gains differ little."""
    fine = np.array([later / earlier for earlier, later in pairwise(gains)])
    broken = np.flatnonzero((fine < 1 - MOST_STEP) | (fine > 1 + MOST_STEP))
    at = int(np.searchsorted(currents, bias))
    before, after = broken[broken < at - 1], broken[broken >= at]
    return slice(int(before[-1]) + 1 if before.size else 0, int(after[0]) + 1 if after.size else len(gains))
