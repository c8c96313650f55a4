"""Bias currents and numbers of units of the primitives in composed cells, from the characterised primitives.

The measured gain at the bias current is the gain that is asked for; units in parallel keep the current of each near the
preferred one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.cells.composition import IDEAL, SCALES
from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.cells.formula import evaluate
from vle_analog.cells.library import Cell
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Units
from vle_analog.process.process import Process

LEAST = 2e-12  # A: so far down, the cells that move weights are measured, and gain is still a power of the current
NOTHING = 1e-15  # A: below, the number itself would say nothing
_UPDATE = (
    "circuit.time_unit",
    "lower time_unit, raise the learning rate, or take a process with a larger weight capacitor; what shall not "
    "learn at all: plastic = false",
)
REMEDIES = {  # cell -> the key that makes a bias current too small, and what to do
    "synapse_update": _UPDATE,
    "bias_update": _UPDATE,
    "nudge": ("network.gamma", "raise gamma, or set it to 0"),
    "target_error": ("network.beta", "raise beta"),
    "membrane_sum": ("network.populations", "bring tau_r closer to tau_m"),
    "membrane_lead": (
        "network.populations",
        "make tau_r equal to tau_m, or more different from it, or lower time_unit",
    ),
    "error_lead": ("network.populations", "make tau_r equal to tau_m, or more different from it"),
    "error_lag": ("network.populations", "make tau_r equal to tau_m, or more different from it"),
}
Values = Mapping[tuple[str, str], np.ndarray]


@dataclass(frozen=True)
class Context:
    """What the numbers of composed cells hang on besides the ideal ones.

    **Arguments:** `weight_limit`: in model units, of weights that multipliers read, W = limit tanh(v/vy); 0 where none
    of this owner's are.
    """

    technology: Process
    units: Units
    weight_limit: float


def composed_values(
    cell: Cell, activation: str, part: str, values: Values, count: int, context: Context
) -> dict[str, np.ndarray]:
    """All parameters of one part's composition, arrays of length `count`.

    **Raises:** `InputError` where a primitive would need a bias current that it was not measured at.
    """
    composition, process = cell.composition(activation), context.technology.name
    own = {key: np.broadcast_to(values[part, key], count) for key in cell.parameters if (part, key) in values}
    found = dict(own)
    for piece in composition.pieces:
        ideal = next((key for key in IDEAL if key in piece.given), None)
        if ideal is None:
            continue
        primitive = fitted(piece.cell, process, cell.own)
        scales = {key: primitive.macromodel[key] for key in SCALES if key in piece.given}
        found |= {piece.given[key]: np.full(count, value) for key, value in scales.items()}
        name, where = piece.given[ideal], f"{cell.folder / 'cell.toml'}: composed"
        known = {**scales, "wmax": context.weight_limit, **own}
        asked = np.broadcast_to(evaluate(cell.composed[name], f"{where}.{name}", known.__getitem__), count)
        found[name] = asked
        most = context.technology.current.maximum
        found[piece.given["ib"]], found[piece.given["k"]] = biased(primitive, np.abs(asked), cell.name, part, most)
    if context.weight_limit and "w0" in own:
        full = context.units.weight * context.weight_limit
        found["w0"] = full * np.arctanh(own["w0"] / full)
    return {key: np.asarray(found[key], float) for key in composition.parameters}


def biased(primitive: Fitted, gain: np.ndarray, cell: str, part: str, most: float) -> tuple[np.ndarray, np.ndarray]:
    """Bias current (A, of all units) and number of units at which the measured gain is this one.

    In logarithms gain over current is a line between the measured points, and below the first, down to `LEAST`.

    **Arguments:** `cell`, `part`: where the primitive is. `most`: A in a branch, where weak inversion ends.

    **Raises:** `InputError` naming cell and part, for currents at which leakage decides, and beyond weak inversion.
    """
    sizing = primitive.sizing
    currents = np.array(sizing.unit_currents)
    reached = currents * np.array(sizing.gain_per_amp)  # by one unit
    preferred = np.interp(sizing.unit_current, currents, reached)
    units = np.maximum(np.ceil(gain / preferred), 1.0)
    per_unit = np.maximum(gain / units, 1e-30)
    order = np.log(reached[1] / reached[0]) / np.log(currents[1] / currents[0])
    below = currents[0] * np.minimum(per_unit / reached[0], 1.0) ** (1 / order)
    found = np.where(
        per_unit < reached[0], below, np.exp(np.interp(np.log(per_unit), np.log(reached), np.log(currents)))
    )
    least, most = min(LEAST, float(currents[0])), min(most, sizing.unit_current_max)
    if np.any(found < least * (1 - 1e-9)):
        at = int(np.argmin(found))
        raise InputError(_too_little(primitive, float(gain[at]), float(found[at]), least, cell, part))
    if np.any((found > most * (1 + 1e-9)) | (per_unit > reached[-1] * (1 + 1e-9))):
        raise InputError(_too_much(primitive, float(np.max(found)), most, cell, part))
    return units * found, units


def _too_little(primitive: Fitted, gain: float, current: float, least: float, cell: str, part: str) -> Problem:
    unit = "A" if "multiplier" in primitive.cell else "S"
    asked = f"{current:.2g} A of bias current" if current >= NOTHING else "no current that can be told from none"
    where, hint = REMEDIES.get(cell, ("circuit.process", "bring the gains of the network's cells closer together"))
    return Problem(
        f"{cell} ({part}) asks its {primitive.cell} for so little that leakage decides on {primitive.process}", where,
        got=f"{asked}, for a gain of {gain:.2g} {unit}", expected=f"at least {least:.2g} A of bias current", hint=hint,
    )  # fmt: skip


def _too_much(primitive: Fitted, current: float, most: float, cell: str, part: str) -> Problem:
    return Problem(
        f"{cell} ({part}) takes its {primitive.cell} out of weak inversion on {primitive.process}",
        f"{primitive.cell}: sizing.unit_current", got=f"{current:.2g} A in one unit", expected=f"at most {most:.2g} A",
        hint=f"characterise {primitive.cell} with a smaller unit current: it takes more units, or raise time_unit",
    )  # fmt: skip


def replica_values(technology: Process) -> dict[str, float]:
    """Parameters of the cell that makes the common mode."""
    return {"ib": technology.replica_current, "k": 1.0}
