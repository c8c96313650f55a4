"""A process: its supply, currents, sizes, devices and matching."""

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.process.plate import PlateLaw
from vle_analog.resources import shipped
from vle_analog.stamp import stamp

NUMBERS = ("supply", "temperature", "current", "capacitor", "resistor", "area", "spread")  # tables of numbers alone
METRES = 1e-2  # a larger width or length was meant in another unit

OFF_GRID = 1e-6  # of a step of the drawing grid: rounding of the numbers, not of the drawing


@dataclass(frozen=True)
class Limits:
    """The smallest, typical and largest value, SI units."""

    minimum: float
    nominal: float
    maximum: float


@dataclass(frozen=True)
class Pelgrom:
    """The matching of devices of one channel: sigma = A / sqrt(W L m) of one device, sqrt(2) times that of a pair.

    Pelgrom, Duinmaijer and Welbers, "Matching properties of MOS transistors", IEEE JSSC 24(5), 1989.

    **Arguments:** `threshold`: A of the threshold voltage, V m. `beta`: A of the current factor, m.
    """

    threshold: float
    beta: float


@dataclass(frozen=True)
class Devices:
    """The source of the transistors' models.

    **Arguments:**

    - `kind`: `card` (a file beside the process), `pdk` (a design kit) or `osdi` (a kit whose models are compiled).
    - `width`, `length`: metres, (smallest, largest) of one device.
    - `names`: names of the `n` and the `p` device in the kit; `multipliers`: their parameters for m.
    - `mismatch`: the kit's parameter that switches mismatch on.
    - `variants`, `folders`: folders under PDK_ROOT, and folders in those, in the order in which they are tried.
    - `files`: file, or file and section; `{corner}` stands for the corner's word in `corners`.
    - `corners`: the corner's word, or for `card` the parameters of the corner. `parameters`: switches of the kit.
    """

    kind: str
    width: tuple[float, float]
    length: tuple[float, float]
    corners: Mapping[str, Any]
    names: Mapping[str, str]
    multipliers: tuple[str, ...]
    mismatch: str
    variants: tuple[str, ...]
    folders: tuple[str, ...]
    files: tuple[tuple[str, ...], ...]
    parameters: Mapping[str, float]


@dataclass(frozen=True)
class Process:
    """The data of a process for the sizing and scaling passes.

    **Arguments:**

    - `supply`, `supply_maximum`: volts between the rails, nominal and at most.
    - `overhead`: volts that each output stage needs towards its rail.
    - `corners`: the first is the nominal one.
    - `current`: amperes in one branch; `unit_current`: preferred bias current of one unit of a cell; `replica_current`:
      of the stack that generates the common mode.
    - `capacitor`, `resistor`: farad, ohm.
    - `grid`: metres; every side of a transistor or a capacitor is a multiple of it. `plates`: capacitance of a plate.
    - `weight_capacitor`: that stores a weight, as drawn.
    - `capacitor_density`: farad per square metre. `capacitor_matching`: m, sigma = A / sqrt(area).
    - `capacitor_spread`: of all capacitors of a chip together, standard deviation relative to nominal.
    - `area_overhead`: area on the chip over the drawn area of gates and capacitors.
    - `matching`: per channel, `n` and `p`. `devices`: the source of the models; `file`: the description of the process.
    """

    name: str
    summary: str
    file: Path
    supply: float
    supply_maximum: float
    overhead: float
    temperature: float
    corners: tuple[str, ...]
    current: Limits
    unit_current: float
    replica_current: float
    capacitor: Limits
    resistor: Limits
    grid: float
    plates: PlateLaw
    weight_capacitor: float
    capacitor_density: float
    capacitor_matching: float
    capacitor_spread: float
    area_overhead: float
    matching: Mapping[str, Pelgrom]
    devices: Devices

    def check_corner(self, corner: str | None) -> None:
        """Check that the process has this corner; `None` is the nominal one.

        **Raises:** `InputError` naming the corners.
        """
        if corner is not None and corner not in self.corners:
            raise InputError(
                Problem(
                    f"{self.name} has no corner {corner!r}",
                    "circuit.corner",
                    got=corner,
                    expected=" | ".join(self.corners),
                )
            )

    def check_size(self, w: float, l: float, where: str) -> None:  # noqa: E741 (the field's letter)
        """Check that a device of this width and length (metres) can be made.

        **Arguments:** `where`: the device, for messages.

        **Raises:** `InputError` with the limits.
        """
        problems = []
        hint = "sizes are in metres: 0.5 um is 0.5u or 5e-7; " if max(w, l) >= METRES else ""
        hint += f"the limits are those of the models, in {self.file.name}; more width: m parallel devices"
        for word, value, (least, most) in (("wide", w, self.devices.width), ("long", l, self.devices.length)):
            if not (math.isfinite(value) and least * (1 - 1e-9) <= value <= most * (1 + 1e-9)):
                problems.append(
                    Problem(
                        f"{self.name} has no transistor that is {1e6 * value:.4g} um {word}",
                        where,
                        got=f"w = {1e6 * w:.4g} um, l = {1e6 * l:.4g} um",
                        expected=f"{1e6 * least:.4g} to {1e6 * most:.4g} um {word}",
                        hint=hint,
                        remedies=("smaller devices", "larger devices"),
                    )
                )
        if problems:
            raise InputError(*problems)

    def check_grid(self, w: float, l: float, where: str) -> None:  # noqa: E741 (the field's letter)
        """Check that a width and length (metres) are on the drawing grid.

        **Arguments:** `where`: the device, for messages.

        **Raises:** `InputError` naming the sides off the grid.
        """
        steps = {"width": w / self.grid, "length": l / self.grid}
        off = [word for word, value in steps.items() if abs(value - round(value)) > OFF_GRID]
        if off:
            raise InputError(
                Problem(
                    f"a {' and a '.join(off)} off the drawing grid of {self.name}",
                    where,
                    got=f"w = {1e6 * w:.10g} um, l = {1e6 * l:.10g} um",
                    expected=f"multiples of {1e6 * self.grid:g} um",
                    hint=f"round it; in an expression: {self.grid:g}*nint(.../{self.grid:g})",
                )
            )

    def on_grid(self, capacitance: np.ndarray | float) -> np.ndarray:
        """Return the nearest capacitances that can be drawn, in farads, same shape."""
        return self.plates.nearest(capacitance)

    def swing(self, supply: float) -> float:
        """Return the volts that a signal may swing around cm, half way between the rails."""
        return supply / 2 - self.overhead


def process_names() -> tuple[str, ...]:
    """List the names of all processes of the library, sorted."""
    return tuple(sorted(path.stem for path in (shipped("circuits") / "processes").glob("*.toml")))


def process(name: str, where: str = "circuit.process") -> Process:
    """Return the process called `name`, in any case.

    **Raises:** `InputError` naming `where` if there is none.
    """
    name = name.lower()
    path = shipped("circuits") / "processes" / f"{name}.toml"
    if name not in process_names():
        near = difflib.get_close_matches(name, process_names(), n=1)
        raise InputError(
            Problem(
                f"there is no process {name[:40]!r}",
                where,
                got=repr(name[:40]),
                expected=" or ".join(process_names()),
                hint=f"did you mean {near[0]}?" if near else "",
            )
        )
    return _remembered(path, stamp(path))


@cache  # `state` is part of the key
def _remembered(path: Path, state: tuple[int, ...]) -> Process:  # noqa: ARG001
    return read_process(path)


def read_process(path: Path) -> Process:
    """Read the process in a file.

    **Raises:** `InputError` naming the file and the key that is missing.
    """
    try:
        return _process(path, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(Problem("the process cannot be read", str(path), got=str(error))) from None
    except KeyError as error:
        raise InputError(Problem(f"the process lacks the key {error.args[0]!r}", str(path))) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(Problem("a value of the process has the wrong type", str(path), got=str(error))) from None


def _process(path: Path, document: dict[str, Any]) -> Process:
    corners = tuple(document["corners"]["names"])
    if not corners or any(corner not in document["devices"]["corners"] for corner in corners):
        raise ValueError("every one of corners.names, at least one, needs its line in devices.corners")
    for name, table in document.items():
        for key, value in table.items() if name in NUMBERS else ():
            if not math.isfinite(value):
                raise ValueError(f"{name}.{key} = {value}")
    supply, capacitor, resistor = document["supply"], document["capacitor"], document["resistor"]
    matching, devices, current = document["matching"], document["devices"], document["current"]
    plates = PlateLaw(document["drawing"]["grid"], capacitor["density"], capacitor["perimeter"])
    return Process(
        name=path.stem,
        summary=document["summary"],
        file=path,
        supply=supply["nominal"],
        supply_maximum=supply["maximum"],
        overhead=supply["overhead"],
        temperature=document["temperature"]["nominal"],
        corners=corners,
        current=Limits(current["minimum"], current["nominal"], current["maximum"]),
        unit_current=current["unit"],
        replica_current=current["replica"],
        capacitor=Limits(capacitor["minimum"], capacitor["weight"], capacitor["maximum"]),
        resistor=Limits(resistor["minimum"], resistor["maximum"], resistor["maximum"]),
        grid=plates.grid,
        plates=plates,
        weight_capacitor=float(plates.nearest(capacitor["weight"])),
        capacitor_density=capacitor["density"],
        capacitor_matching=matching["capacitor"] * 1e-8,  # % um
        capacitor_spread=document["spread"]["capacitor"],
        area_overhead=document["area"]["overhead"],
        matching={
            channel: Pelgrom(matching["threshold"][channel] * 1e-9, matching["beta"][channel] * 1e-8)  # mV um, % um
            for channel in ("n", "p")
        },
        devices=_devices(devices),
    )


def _devices(table: dict[str, Any]) -> Devices:
    card = table["kind"] == "card"
    return Devices(
        kind=table["kind"],
        width=(table["width"]["minimum"], table["width"]["maximum"]),
        length=(table["length"]["minimum"], table["length"]["maximum"]),
        corners=table["corners"],
        names={} if card else {"n": table["n"], "p": table["p"]},
        multipliers=() if card else tuple(table["multipliers"]),
        mismatch="" if card else table["mismatch"],
        variants=() if card else tuple(table["variants"]),
        folders=() if card else tuple(table["folders"]),
        files=((table["file"],),) if card else tuple(tuple(entry) for entry in table["files"]),
        parameters={} if card else table.get("parameters", {}),
    )
