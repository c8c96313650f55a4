"""The points of a grid over the given axes: mismatch, area, corner, temperature, supply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Circuit
from vle_analog.study.findings import OptionText

Value = float | str
KEYS = {
    "scale": "variation.scale",
    "area": "circuit.area",
    "corner": "circuit.corner",
    "temp": "circuit.temperature",
    "supply": "circuit.supply",
}
OF_DEVICES = ("corner", "temp")


@dataclass(frozen=True)
class GridPoint:
    """One run of a grid: its value on every axis."""

    values: Mapping[str, Value]

    @property
    def name(self) -> str:
        """The name of its folder: `scale_0.5-corner_ss`."""
        return "-".join(f"{axis}_{_text(value)}" for axis, value in self.values.items())

    @property
    def overrides(self) -> list[str]:
        """The study keys that it changes, as on the command line."""
        return [OptionText(f"--{axis}", KEYS[axis], _text(value)) for axis, value in self.values.items()]


def points(axes: Mapping[str, Sequence[Value]]) -> list[GridPoint]:
    """Return every combination of the values of all axes, the last axis fastest; one point without axes.

    **Raises:** `InputError` where a value is given twice.
    """
    there = {axis: tuple(values) for axis, values in axes.items() if values}
    for axis, values in there.items():
        if len(set(values)) < len(values):
            raise InputError(Problem("a value is given twice", f"--{axis}", got=",".join(map(_text, values))))
    return [GridPoint(dict(zip(there, values, strict=True))) for values in product(*there.values())]


def check_axes(axes: Mapping[str, Sequence[Value]], circuit: Circuit) -> None:
    """Check the axes against the circuit.


    **Raises:** `InputError` for a corner or temperature without transistors that depend on it.
    """
    wanted = [axis for axis in OF_DEVICES if axes.get(axis)]
    if wanted and not circuit.devices:
        raise InputError(
            Problem(
                "corners and temperatures apply only to transistor-level cells; macromodels are nominal",
                f"--{wanted[0]}",
                got=",".join(_text(value) for value in axes[wanted[0]]),
                expected="a circuit with cells at level transistor",
                hint="use --level transistor, or --variations process, which draws between the corners",
            )
        )


def _text(value: Value) -> str:
    """Write a number with the fewest digits that identify it."""
    if isinstance(value, str):
        return value
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
