"""The deviating parameters of every device, with their standard deviations.

Pelgrom, Duinmaijer and Welbers, IEEE J. Solid-State Circuits 24 (1989): sigma = A / sqrt(area), for transistors and
capacitors from their drawn sizes, for macromodels from the sigmas that were characterised on one unit.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vle_analog.cells.fitted import command, fitted, fitted_file
from vle_analog.cells.library import cell
from vle_analog.errors import InputError, Problem
from vle_analog.levels import MACROMODEL, TRANSISTOR
from vle_analog.netlist.circuit import Circuit, Leaf
from vle_analog.netlist.device_sizes import DeviceSize, device_sizes
from vle_analog.netlist.elements import Element
from vle_analog.netlist.placed import placed, placed_capacitors
from vle_analog.netlist.rails import FRAME
from vle_analog.process.devices import CHANNELS
from vle_analog.process.process import Process, process

VARIATIONS = ("none", "process", "mismatch", "all")
PROCESS, CAPACITOR = "process", "capacitor"
THIRD = 1 / 3  # a corner is three standard deviations
KINDS = {"dg": "gain", "ios": "output"}  # parameters of a macromodel; the remaining ones are offsets


@dataclass(frozen=True)
class Site:
    """One number that differs from chip to chip.

    **Arguments:**

    - `path`, `parameter`: as in `Circuit.deviations`; of the process `n` and `p`, how slow all transistors of a channel
      are, 1 at the slow corner and -1 at the fast one, and `c`, of all capacitors.
    - `sigma`: standard deviation, in the unit of the parameter.
    - `cell`: name of the primitive, `capacitor` or `process`.
    - `kind`: offset | output | gain (macromodels), threshold | factor (transistors), capacitor | process.
    """

    path: str
    parameter: str
    sigma: float
    cell: str
    kind: str

    @property
    def group(self) -> str:
        """The group in rankings: `ota.gain`."""
        return f"{self.cell}.{self.kind}"


def sites(circuit: Circuit, variations: str, library: Path | None = None) -> tuple[Site, ...]:
    """Return all deviating parameters, in the order of the netlist.

    Macromodels have the parameters under `[mismatch]` of their characterised numbers, the offsets of update multipliers
    always among them; transistors a threshold and a current factor each, those of the replica of the common mode too;
    capacitors their value. Behavioural cells are ideal, so only their capacitors deviate.

    **Arguments:**

    - `variations`: `mismatch` (device by device), `process` (all devices of a chip together), `all` or `none`.
    - `library`: a folder of the user's own cells.

    **Raises:** `InputError` where nothing can be drawn, or not in this process.
    """
    if variations not in VARIATIONS:
        problem = Problem(
            "what shall vary?", "variation.variations", got=repr(variations), expected=" | ".join(VARIATIONS)
        )
        raise InputError(problem)
    if variations == "none":
        return ()
    _refuse(circuit)
    technology = process(circuit.process)
    found: list[Site] = []
    if variations in ("process", "all"):
        found += _process_sites(circuit, technology)
    if variations in ("mismatch", "all"):
        found += _mismatch_sites(circuit, technology, library)
    if not found:
        raise InputError(_ideal(circuit))
    return tuple(found)


def _refuse(circuit: Circuit) -> None:
    if not any(leaf.level in (MACROMODEL, TRANSISTOR) for leaf in circuit.leaves.values()):
        raise InputError(_ideal(circuit))
    if circuit.seed is not None:
        raise InputError(
            Problem(
                "the deviations of this circuit are already drawn by the simulator",
                "circuit.mismatch_seed",
                got=str(circuit.seed),
                hint="leave circuit.mismatch_seed out where chips are drawn",
            )
        )


def _ideal(circuit: Circuit) -> Problem:
    return Problem(
        "mismatch has no effect in a circuit of ideal cells",
        "circuit.level",
        got=" and ".join(circuit.levels),
        expected="macromodel | transistor",
        hint='set circuit.level = "macromodel" or "transistor"',
    )


def _process_sites(circuit: Circuit, technology: Process) -> Iterator[Site]:
    """Yield the sites of the process; thresholds and mobilities of a channel vary together, as in the corners."""
    if circuit.devices and technology.devices.kind != "card":
        raise InputError(
            Problem(
                f"the process variation of {technology.name} cannot be drawn for transistors",
                "variation.variations",
                expected="mismatch | none",
                hint=f"use its corners: {', '.join(technology.corners)}",
            )
        )
    yield from (Site(PROCESS, channel, THIRD, PROCESS, PROCESS) for channel in CHANNELS)
    if technology.capacitor_spread > 0:
        yield Site(PROCESS, "c", technology.capacitor_spread, PROCESS, CAPACITOR)


def _mismatch_sites(circuit: Circuit, technology: Process, library: Path | None) -> Iterator[Site]:
    sizes = _Sizes(circuit, library)
    if circuit.replica is not None:
        leaf = circuit.leaves[circuit.replica.leaf]
        yield from _transistors((FRAME,), leaf.cell, sizes(leaf.cell, circuit.replica.parameters), technology)
    for primitive in placed(circuit):
        if primitive.level == TRANSISTOR:
            devices = sizes(primitive.cell, primitive.parameters)
            yield from _transistors(primitive.path, primitive.cell, devices, technology)
        elif primitive.level == MACROMODEL:
            yield from _macromodel(primitive, circuit.process, library)
    for path, farads in placed_capacitors(circuit, behavioural=True):
        sigma = technology.capacitor_matching / math.sqrt(technology.plates.area(farads))
        if sigma > 0:
            *owner, element = path
            yield Site(".".join([*owner, element[1:]]), "c", sigma, CAPACITOR, CAPACITOR)


def _macromodel(primitive: Element, process_name: str, library: Path | None) -> Iterator[Site]:
    """Yield the sites of a macromodel: sigmas of one unit averaged over k units, for widths and lengths scaled by s."""
    if "k" not in primitive.parameters:  # a switch carries no signal
        return
    units, scale = primitive.parameters["k"], primitive.parameters.get("s", 1.0)
    sigmas = fitted(primitive.cell, process_name, library).mismatch
    if not sigmas:
        what = f"the mismatch of {primitive.cell} on {process_name} was not measured"
        where = str(fitted_file(primitive.cell, process_name, library))
        hint = command(primitive.cell, process_name, library)
        raise InputError(Problem(what, where, got="numbers of a run with --samples 0", hint=hint))
    for parameter, sigma in sigmas.items():
        if sigma > 0 and parameter in primitive.parameters:
            kind = KINDS.get(parameter, "offset")
            spread = sigma / (scale * math.sqrt(units))
            yield Site(".".join(primitive.path), parameter, spread, primitive.cell, kind)


def _transistors(
    path: tuple[str, ...], name: str, devices: tuple[DeviceSize, ...], technology: Process
) -> Iterator[Site]:
    """Yield threshold and current factor of every device: sigma = A / sqrt(W L m)."""
    channels = {wrapper: channel for channel, wrapper in CHANNELS.items()}
    for device in devices:
        law, place = technology.matching[channels[device.model]], ".".join([*path, device.name])
        for parameter, kind, constant in (("dvt", "threshold", law.threshold), ("db", "factor", law.beta)):
            if constant > 0:
                yield Site(place, parameter, constant / math.sqrt(device.area), name, kind)


class _Sizes:
    """The transistor sizes of primitives, each case evaluated once."""

    def __init__(self, circuit: Circuit, library: Path | None):
        self.leaves: dict[str, Leaf] = {
            leaf.cell: leaf for leaf in circuit.leaves.values() if leaf.primitive and leaf.level == TRANSISTOR
        }
        self.library = library
        self.known: dict[tuple[str, tuple[float, ...]], tuple[DeviceSize, ...]] = {}

    def __call__(self, name: str, parameters: Mapping[str, float]) -> tuple[DeviceSize, ...]:
        subcircuit = self.leaves[name].subcircuit
        values = {**subcircuit.parameters, **parameters}
        case = name, tuple(value for key, value in values.items() if key in ("k", "s"))
        if case not in self.known:
            path = cell(name, self.library).file(f"{TRANSISTOR}.cir")
            self.known[case] = tuple(device_sizes(subcircuit, parameters, path))
        return self.known[case]
