"""Warnings about supplies, temperatures and corners that the cells of a circuit were not characterised for.

The characterised range is recorded in the fitted files of the cells: `conditions`, `corners` and `temperature`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.errors import InputError, Problem
from vle_analog.levels import BEHAVIOURAL
from vle_analog.mapping.levels import resolve_levels
from vle_analog.mapping.place import place
from vle_analog.process.process import process
from vle_analog.study import StudySpec

EQUAL_TOLERANCE = 1e-6  # relative, or degrees: equal up to rounding
MAX_GAIN_CHANGE = 0.3  # of the gain a cell was sized by: a larger change within the measured range is warned about


def uncharacterised(spec: StudySpec) -> tuple[Problem, ...]:
    """Return warnings for a supply, temperature and corner that cells of the circuit were not characterised for.

    Empty for a circuit of ideal cells, and for a study that cannot be mapped: mapping reports the reason.
    """
    try:
        return tuple(_warnings(spec, _used(spec)))
    except InputError:
        return ()


def _used(spec: StudySpec) -> list[Fitted]:
    """Return the characterised numbers of every primitive that is a macromodel or made of transistors."""
    settings = spec.circuit
    own = Path(settings.cells) if settings.cells else None
    poles = tuple(settings.parasitic_nodes) if settings.parasitic_pole > 0 else ()
    levels = resolve_levels(place(spec.network), settings.level, settings.levels, poles, own, spec.source)
    names = sorted({name for name, level in levels.primitives if level != BEHAVIOURAL})
    return [fitted(name, settings.process, own) for name in names]


def _warnings(spec: StudySpec, cells: list[Fitted]) -> Iterator[Problem]:
    settings, technology = spec.circuit, process(spec.circuit.process)
    supply = settings.supply or technology.supply
    temperature = technology.temperature if settings.temperature is None else settings.temperature
    corner = settings.corner or technology.corners[0]

    measured = {cell.cell: float(str(cell.conditions["supply"])) for cell in cells if "supply" in cell.conditions}
    outside = [name for name, volts in measured.items() if abs(supply - volts) > EQUAL_TOLERANCE * volts]
    if outside:
        volts = sorted({measured[name] for name in outside})
        yield Problem(
            f"no measured numbers for this supply: {_named(outside)} on {technology.name}",
            f"{spec.source}: circuit.supply",
            got=f"{supply:g} V",
            expected=f"{' or '.join(f'{value:g}' for value in volts)} V, at which the cells were characterised",
            hint="leave the supply out, or expect ranges and gains that differ from those the cells were sized by",
        )
    spans = {cell.cell: [float(degrees) for degrees in cell.temperatures] for cell in cells if cell.temperatures}
    outside = [
        name
        for name, span in spans.items()
        if not min(span) - EQUAL_TOLERANCE <= temperature <= max(span) + EQUAL_TOLERANCE
    ]
    if outside:
        low, high = (max(min(spans[name]) for name in outside), min(max(spans[name]) for name in outside))
        yield Problem(
            f"no measured numbers for this temperature: {_named(outside)} on {technology.name}",
            f"{spec.source}: circuit.temperature",
            got=f"{temperature:g} degrees Celsius",
            expected=f"{low:g} to {high:g} degrees Celsius, for which the cells were characterised",
            hint=f"choose a temperature in that range, or expect gains that differ from those sized for at "
            f"{technology.temperature:g} degrees",
        )
    else:
        moved = {cell.cell: _moved(cell.temperatures, temperature) for cell in cells if cell.temperatures}
        worst = max(moved, key=lambda name: abs(moved[name]), default="")
        if worst and abs(moved[worst]) > MAX_GAIN_CHANGE:
            yield Problem(
                f"at this temperature the measured gain of {worst} is far from the one it was sized by",
                f"{spec.source}: circuit.temperature",
                got=f"{moved[worst]:+.0%} at {temperature:g} degrees Celsius",
                expected=f"at most {MAX_GAIN_CHANGE:.0%}; cells are sized for {technology.temperature:g} degrees",
                hint="choose a temperature closer to that",
            )
    outside = [cell.cell for cell in cells if cell.corners and corner not in cell.corners]
    if outside:
        there = sorted({name for cell in cells if cell.cell in outside for name in cell.corners})
        yield Problem(
            f"no measured numbers for this corner: {_named(outside)} on {technology.name}",
            f"{spec.source}: circuit.corner",
            got=corner,
            expected=f"{' | '.join(there)}, for which the cells were characterised",
            hint="choose one of these corners",
        )


def _moved(measured: Mapping[str, Mapping[str, float]], temperature: float) -> float:
    """Return the relative change of the gain at a temperature, interpolated linearly between measured temperatures."""
    rows = sorted((float(degrees), row["gain_ratio"]) for degrees, row in measured.items() if "gain_ratio" in row)
    degrees, ratios = np.array(rows).reshape(-1, 2).T
    return float(np.interp(temperature, degrees, ratios)) - 1 if rows else 0.0


def _named(cells: list[str]) -> str:
    return f"{', '.join(cells[:3])} and {len(cells) - 3} more cells" if len(cells) > 3 else ", ".join(cells)
