"""The numbers of a primitive on a process, measured by `vle-analog characterise`: CELL/fitted/PROCESS.toml.

They are data, and are never measured during mapping: a netlist does not change with the simulator.
"""

import math
import shlex
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.cells.library import cell as find_cell
from vle_analog.cells.measured_texts import DEVICES, TEXTS, models_digest, text_digests
from vle_analog.errors import InputError, Problem
from vle_analog.process.process import Process
from vle_analog.resources import shipped
from vle_analog.stamp import stamp

FOLDER = "fitted"
Number = float | str | Sequence[float]


@dataclass(frozen=True)
class Sizing:
    """The numbers that size a primitive, at corner and temperature of the fit; currents in A per parallel unit (`k`).

    **Arguments:**

    - `unit_currents`, `gain_per_amp`: the same length; gm/ib, i/ib or g/ib at each unit current; for the replica of the
      common mode its conductance. Empty for a cell without a bias current.
    - `unit_current`: the preferred one; `unit_current_max`: at which the gain per ampere has clearly fallen.
    - `input_capacitance`, `output_capacitance`: F per unit. `supply_per_amp`: A from vdd per A of bias, of one unit.
    - `gate_area`: m^2 of one unit, the sum of w l m of its transistors.
    - `shared_supply`, `shared_area`: the part of both that a cell has once, however many units it has: gate lines.
    """

    unit_currents: tuple[float, ...]
    gain_per_amp: tuple[float, ...]
    unit_current: float
    unit_current_max: float
    input_capacitance: float
    output_capacitance: float
    supply_per_amp: float
    gate_area: float
    shared_supply: float = 0.0
    shared_area: float = 0.0

    def supply_current(self, bias: float, units: float) -> float:
        """Return the current from vdd of a cell, in A: that of its units, and that of what they share.

        **Arguments:** `bias`: A, of all units.
        """
        return bias * (self.supply_per_amp - self.shared_supply * (1 - 1 / units))

    def drawn_area(self, units: float) -> float:
        """Return the gate area of a cell in m^2: that of its units, and that of what they share."""
        return units * self.gate_area - (units - 1) * self.shared_area


@dataclass(frozen=True)
class Fitted:
    """A characterised primitive.

    **Arguments:**

    - `macromodel`: parameter of `macromodel.cir` -> value. `mismatch`: parameter -> standard deviation.
    - `measured`: other numbers of the table and the figures. `corners`, `temperatures`: name -> gain, offset, range.
    - `made_by`, `conditions`: versions and hashes; supply, common mode, temperature, corner, unit current.
    """

    cell: str
    process: str
    made_by: Mapping[str, str]
    conditions: Mapping[str, Number]
    sizing: Sizing
    macromodel: Mapping[str, float]
    mismatch: Mapping[str, float]
    measured: Mapping[str, Number] = field(default_factory=dict)
    corners: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    temperatures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def gain(self, unit_current: float) -> float:
        """Interpolate gm/ib, i/ib or g/ib at a bias current of one unit, monotone in log(current).

        Fritsch and Carlson, SIAM J. Numer. Anal. 17 (1980): no overshoot between the points.

        **Arguments:** `unit_current`: A.

        **Raises:** `InputError` outside the measured currents.
        """
        from scipy.interpolate import PchipInterpolator

        currents = np.array(self.sizing.unit_currents or (np.inf, 0.0))
        if not currents[0] * (1 - 1e-9) <= unit_current <= currents[-1] * (1 + 1e-9):
            raise InputError(
                Problem(
                    f"{self.cell} was not measured at this bias current",
                    got=f"{unit_current:.3g} A per unit",
                    expected=f"{currents[0]:.3g} to {currents[-1]:.3g} A",
                )
            )
        inside = np.clip(np.log(unit_current), np.log(currents[0]), np.log(currents[-1]))
        return float(PchipInterpolator(np.log(currents), np.array(self.sizing.gain_per_amp))(inside))


def fitted_path(cell: str, process: str, library: Path | None = None) -> Path:
    """Return the path of the numbers of a cell on a process."""
    return (library or shipped("circuits")) / cell / FOLDER / f"{process}.toml"


def fitted_file(cell: str, process: str, library: Path | None = None) -> Path:
    """Return the file of the numbers in use: that of the user's library where it exists, otherwise the shipped path."""
    own = None if library is None else fitted_path(cell, process, library)
    return own if own is not None and own.is_file() else fitted_path(cell, process)


def fitted(cell: str, process: str, library: Path | None = None) -> Fitted:
    """Return the characterised numbers of a primitive; `check_measured` checks that they are up to date.

    **Arguments:** `library`: a folder of the user's own cells, which override the shipped ones.

    **Raises:** `InputError` where they are missing, naming the command that measures them, or cannot be read.
    """
    path = fitted_file(cell, process, library)
    if not path.is_file():
        what = f"the cell {cell!r} was not characterised on {process}"
        raise InputError(Problem(what, str(path), hint=command(cell, process, library)))
    found = _remembered(path, stamp(path))
    if (found.cell, found.process) != (cell, process):
        got, expected = f"{found.cell} on {found.process}", f"{cell} on {process}"
        raise InputError(Problem("numbers of another cell or process", str(path), got, expected))
    return found


@cache  # `state` is part of the key
def _remembered(path: Path, state: tuple[int, ...]) -> Fitted:  # noqa: ARG001
    return read_fitted(path)


def check_measured(
    names: Iterable[str], process: Process, library: Path | None = None, transistors: Collection[str] = ()
) -> None:
    """Check that the numbers of these primitives were measured on the present texts.

    **Arguments:** `transistors`: those primitives that are made of transistors, whose device models are compared too.

    **Raises:** `InputError` naming every primitive with missing or outdated numbers, and the command for each.
    """
    models, problems = models_digest(process) if transistors else "", list[Problem]()
    for name in names:
        try:
            made_by = fitted(name, process.name, library).made_by
            texts = text_digests(find_cell(name, library), process)
        except InputError as error:
            problems += error.problems
            continue
        texts |= {DEVICES: models} if name in transistors else {}
        changed = [key for key, text in texts.items() if made_by.get(key) != text]
        if changed:
            problems.append(_outdated(name, process.name, changed, library))
    if problems:
        raise InputError(*dict.fromkeys(problems))


def _outdated(cell: str, process: str, changed: Iterable[str], library: Path | None) -> Problem:
    texts = ", ".join(TEXTS[key].format(cell=cell, process=process) for key in changed)
    return Problem(
        f"the numbers of {cell} on {process} were measured on other texts than the present ones",
        str(fitted_file(cell, process, library)),
        got=f"changed since: {texts}",
        hint=command(cell, process, library),
    )


def command(cell: str, process: str, library: Path | None) -> str:
    """Return the command that measures the numbers of a cell, as a hint."""
    if not (shipped("circuits") / cell / "transistor.cir").is_file():
        return "only shipped primitives can be characterised: put the transistors into a folder with the name of one"
    folder = "" if library is None else f" --cells {shlex.quote(str(library))}"
    return f"run vle-analog characterise {cell} --process {process} --write{folder}"


def read_fitted(path: Path) -> Fitted:
    """Read a file written by `fitted_text`.

    **Raises:** `InputError` naming the file and the key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(Problem("characterised numbers that cannot be read", str(path), got=str(error))) from None
    try:
        table = dict(document["sizing"])
        swept = {key: tuple(map(float, table.pop(key))) for key in ("unit_currents", "gain_per_amp")}
        read = Fitted(
            cell=document["cell"],
            process=document["process"],
            made_by={key: str(text) for key, text in document["made_by"].items()},
            conditions=dict(document["conditions"].items()),
            sizing=Sizing(**swept, **_row(table)),
            macromodel={key: float(value) for key, value in _row(document["macromodel"]).items()},
            mismatch={key: float(value) for key, value in _row(document["mismatch"]).items()},
            measured=dict(document.get("measured", {}).items()),
            corners={name: _row(row) for name, row in document.get("corners", {}).items()},
            temperatures={name: _row(row) for name, row in document.get("temperature", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = Problem(
            "characterised numbers that are not complete",
            str(path),
            got=str(error),
            hint="run vle-analog characterise again, with --write",
        )
        raise InputError(problem) from None
    if len(read.sizing.unit_currents) != len(read.sizing.gain_per_amp):
        raise InputError(Problem("unit_currents and gain_per_amp differ in length", f"{path}: sizing"))
    return read


def _row(table: Any) -> dict[str, Any]:
    """Return a table of finite numbers unchanged."""
    for key, value in table.items():
        if not math.isfinite(value):
            raise ValueError(f"{key} = {value}")
    return dict(table)


def fitted_text(found: Fitted) -> str:
    """Format the file: TOML with seven significant digits, the same bytes for the same numbers."""
    unit = found.sizing.unit_current
    at = f" --unit-current {_value(unit)}" if unit else ""
    lines = [
        f"# {found.cell} on {found.process}, measured in ngspice by: vle-analog characterise {found.cell}"
        f" --process {found.process}{at} --write",
        f'cell = "{found.cell}"',
        f'process = "{found.process}"',
    ]
    tables: dict[str, Mapping[str, Any]] = {
        "made_by": found.made_by,
        "conditions": found.conditions,
        "sizing": {name: getattr(found.sizing, name) for name in Sizing.__dataclass_fields__},
        "macromodel": found.macromodel,
        "mismatch": found.mismatch,
        "measured": found.measured,
        **{f"corners.{name}": row for name, row in found.corners.items()},
        **{f'temperature."{name}"': row for name, row in found.temperatures.items()},
    }
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list | tuple | np.ndarray):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    if isinstance(value, bool | int) or (float(value).is_integer() and abs(value) < 1e6):
        return f"{float(value):.1f}" if isinstance(value, float) else str(int(value))
    return f"{float(value):.7g}"
