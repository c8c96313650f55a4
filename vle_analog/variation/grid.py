"""Runs side by side: the points of a grid over mismatch, area, corner, temperature and supply, only those asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Circuit
from vle_analog.network.findings import OptionText

Value = float | str
KEYS = {
    "scale": "variation.scale", "area": "circuit.area", "corner": "circuit.corner", "temp": "circuit.temperature",
    "supply": "circuit.supply",
}  # fmt: skip
OF_DEVICES = ("corner", "temp")


@dataclass(frozen=True)
class Point:
    """One run of a grid: its value on every axis."""

    values: Mapping[str, Value]

    @property
    def name(self) -> str:
        """A name for its folder: `scale_0.5-corner_ss`."""
        return "-".join(f"{axis}_{_text(value)}" for axis, value in self.values.items())

    @property
    def overrides(self) -> list[str]:
        """The keys of the study that it changes, as on the command line."""
        return [OptionText(f"--{axis}", KEYS[axis], _text(value)) for axis, value in self.values.items()]


def points(axes: Mapping[str, Sequence[Value]]) -> list[Point]:
    """Every combination of the values of all axes, the last axis fastest; one point without axes.

    **Raises:** `InputError` where a value is given twice.
    """
    there = {axis: tuple(values) for axis, values in axes.items() if values}
    for axis, values in there.items():
        if len(set(values)) < len(values):
            raise InputError(Problem("a value is given twice", f"--{axis}", got=",".join(map(_text, values))))
    return [Point(dict(zip(there, values, strict=True))) for values in product(*there.values())]


def check_axes(axes: Mapping[str, Sequence[Value]], circuit: Circuit) -> None:
    """**Raises** `InputError` for a corner or temperature where there are no transistors that it acts on."""
    wanted = [axis for axis in OF_DEVICES if axes.get(axis)]
    if wanted and not circuit.devices:
        raise InputError(Problem(
            "macromodels are those of the nominal corner and temperature: only transistors have others",
            f"--{wanted[0]}", got=",".join(_text(value) for value in axes[wanted[0]]),
            expected="a circuit with cells at level transistor",
            hint="take --level transistor, or --variations process, which draws between the corners",
        ))  # fmt: skip


def _text(value: Value) -> str:
    """A number as short as it can be and still be that number: other values have other texts."""
    if isinstance(value, str):
        return value
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
