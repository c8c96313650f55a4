"""A process: what can be made, between which voltages, with which currents."""

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.resources import shipped


@dataclass(frozen=True)
class Limits:
    """Smallest, typical and largest value, SI units."""

    minimum: float
    nominal: float
    maximum: float


@dataclass(frozen=True)
class Process:
    """What the sizing and scaling passes need to know of a process.

    **Arguments:**

    - `supply`, `supply_maximum`: volts between the rails, nominal and at most.
    - `overhead`: volts each output stage needs towards its rail.
    - `current`: amperes in one branch. `capacitor`, `resistor`: farad, ohm.
    - `grid`: capacitors are multiples of this. `weight_capacitor`: what a weight is stored on.
    """

    name: str
    supply: float
    supply_maximum: float
    overhead: float
    temperature: float
    corners: tuple[str, ...]
    current: Limits
    capacitor: Limits
    resistor: Limits
    grid: float
    weight_capacitor: float

    def check_corner(self, corner: str | None) -> None:
        """**Raises** `InputError` where the process has no such corner; `None` is the nominal one."""
        if corner is not None and corner not in self.corners:
            raise InputError(Problem(f"{self.name} has no corner {corner!r}", "circuit.corner", got=corner,
                                     expected=" | ".join(self.corners)))  # fmt: skip

    def on_grid(self, capacitance: np.ndarray) -> np.ndarray:
        """The capacitors nearest to these that can be drawn."""
        return np.maximum(np.round(capacitance / self.grid), 1) * self.grid

    def swing(self, supply: float) -> float:
        """Volts a signal may swing around cm, half way between the rails."""
        return supply / 2 - self.overhead


def process_names() -> tuple[str, ...]:
    """Names of all processes of the library."""
    return tuple(sorted(path.stem for path in (shipped("circuits") / "processes").glob("*.toml")))


def process(name: str) -> Process:
    """The process called `name`; **raises** `InputError` where there is none."""
    path: Path = shipped("circuits") / "processes" / f"{name}.toml"
    if name not in process_names():
        near = difflib.get_close_matches(name, process_names(), n=1)
        raise InputError(
            Problem(
                f"there is no process {name!r}",
                "circuit.process",
                got=name,
                expected=" or ".join(process_names()),
                hint=f"did you mean {near[0]!r}?" if near else "",
            )
        )
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    supply, capacitor, resistor = document["supply"], document["capacitor"], document["resistor"]
    return Process(
        name,
        supply["nominal"],
        supply["maximum"],
        supply["overhead"],
        document["temperature"]["nominal"],
        tuple(document["corners"]["names"]),
        Limits(**document["current"]),
        Limits(capacitor["minimum"], capacitor["weight"], capacitor["maximum"]),
        Limits(resistor["minimum"], resistor["maximum"], resistor["maximum"]),
        capacitor["grid"],
        capacitor["weight"],
    )
