"""Bias currents and numbers of units of the primitives in composed cells, from the characterised primitives.

The bias current is the one at which the measured gain equals the required gain; units in parallel keep the current of
each near the preferred one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.cells.composition import IDEAL, SCALES
from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.cells.library import Cell
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Units
from vle_analog.netlist.formula import evaluate
from vle_analog.process.process import Process

MIN_BIAS_CURRENT = 2e-12  # A: down to here update cells are measured, and gain is still a power of the current
NEGLIGIBLE_CURRENT = 1e-15  # A: a smaller current is reported as zero
_UPDATE = ("circuit.time_unit", ("faster", "faster learning", "no learning"))
REMEDIES: dict[str, tuple[str, tuple[str, ...]]] = {  # cell -> the key that makes a bias current small, remedies
    "synapse_update": _UPDATE,
    "bias_update": _UPDATE,
    "nudge": ("network.gamma", ("gamma", "error_unit", "larger voltage_unit", "faster")),
    "target_error": ("network.beta", ("voltage_unit", "larger error_unit", "beta", "faster")),
    "membrane_sum": ("network.populations", ("closer time constants", "wires", "faster")),
    "membrane_lead": ("network.populations", ("time constants", "faster")),
    "error_lead": ("network.populations", ("time constants", "faster")),
    "error_lag": ("network.populations", ("time constants", "wires", "faster")),
}
OF_POPULATION = ("time constants", "closer time constants", "wires")
ELSEWHERE = ("circuit.time_unit", ("faster", "voltage_unit", "larger error_unit", "faster learning"))
BIAS_TOO_LARGE = ("slower", "faster", "error_unit", "larger voltage_unit", "slower learning", "closer time constants")
Values = Mapping[tuple[str, str], np.ndarray]


@dataclass(frozen=True)
class Context:
    """The quantities besides the ideal ones from which composed cells are sized.

    **Arguments:** `weight_limit`: W_max of weights that multipliers read, W = W_max tanh(v/vy), in model units; 0 where
    no weight of this owner is read by one. `owner`: the population or projection.
    """

    technology: Process
    units: Units
    weight_limit: float
    owner: str = ""


def composed_values(
    cell: Cell, activation: str, part: str, values: Values, count: int, context: Context
) -> dict[str, np.ndarray]:
    """Return all parameters of one part's composition, arrays of shape `(count,)`.

    **Arguments:** `cell`, `activation`, `part`: the composed cell and its name in the module. `values`: ideal
    parameters by (part, parameter). `count`: the number of neurons or synapses.

    **Raises:** `InputError` where a primitive would need a bias current outside the characterised range.
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
        ideal_gain = np.broadcast_to(evaluate(cell.composed[name], f"{where}.{name}", known.__getitem__), count)
        found[name] = ideal_gain
        most = context.technology.current.maximum
        found[piece.given["ib"]], found[piece.given["k"]] = biased(
            primitive, np.abs(ideal_gain), cell.name, part, most, context.owner
        )
    if context.weight_limit and "w0" in own:
        full = context.units.weight * context.weight_limit
        found["w0"] = full * np.arctanh(own["w0"] / full)
    return {key: np.asarray(found[key], float) for key in composition.parameters}


def biased(
    primitive: Fitted, gain: np.ndarray, cell: str, part: str, most: float, owner: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bias current (A, of all units) and the number of units at which the measured gain equals `gain`.

    The logarithm of gain per current is interpolated linearly between measured points, and extrapolated below the first
    down to `MIN_BIAS_CURRENT`.

    **Arguments:** `gain`: S or A, shape `(n,)`. `cell`, `part`, `owner`: where the primitive is. `most`: largest
    current in a branch at which it is still in weak inversion, A.

    **Returns:** two arrays of shape `(n,)`.

    **Raises:** `InputError` naming cell and part, for currents comparable to leakage, and beyond weak inversion.
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
    least, most = min(MIN_BIAS_CURRENT, float(currents[0])), min(most, sizing.unit_current_max)
    if np.any(found < least * (1 - 1e-9)):
        at = int(np.argmin(found))
        raise InputError(_too_little(primitive, float(gain[at]), float(found[at]), least, cell, part, owner))
    if np.any((found > most * (1 + 1e-9)) | (per_unit > reached[-1] * (1 + 1e-9))):
        raise InputError(_too_much(primitive, float(np.max(found)), most, cell, part, owner))
    return units * found, units


def _too_little(
    primitive: Fitted, gain: float, current: float, least: float, cell: str, part: str, owner: str
) -> Problem:
    unit = "A" if "multiplier" in primitive.cell else "S"
    got = (
        f"{current:.2g} A of bias current"
        if current >= NEGLIGIBLE_CURRENT
        else f"less than {NEGLIGIBLE_CURRENT:g} A of bias current"
    )
    where, remedies = REMEDIES.get(cell, ELSEWHERE)
    return Problem(
        f"{cell} ({_place(owner, part)}) biases its {primitive.cell} so low that leakage dominates on "
        f"{primitive.process}",
        where,
        got=f"{got}, for a gain of {gain:.2g} {unit}",
        expected=f"at least {least:.2g} A of bias current",
        remedies=(*_of(remedies, owner), *_ideal(cell)),
    )


def _too_much(primitive: Fitted, current: float, most: float, cell: str, part: str, owner: str) -> Problem:
    return Problem(
        f"{cell} ({_place(owner, part)}) biases its {primitive.cell} beyond weak inversion on {primitive.process}",
        f"{primitive.cell}: sizing.unit_current",
        got=f"{current:.2g} A in one unit",
        expected=f"at most {most:.2g} A",
        remedies=(*_of(BIAS_TOO_LARGE, owner), *_ideal(cell)),
    )


def _place(owner: str, part: str) -> str:
    return f"{owner}.{part}" if owner else part


def _of(remedies: tuple[str, ...], owner: str) -> tuple[str, ...]:
    """Add the owner's name to the remedies that concern a population."""
    return tuple(f"{name}:{owner}" if name in OF_POPULATION else name for name in remedies)


def _ideal(cell: str) -> tuple[str, ...]:
    """Return the remedies of last resort: this cell, or a synapse as a whole, as ideal elements."""
    of_synapse = cell.startswith(("synapse", "feedback")) or cell == "weight"
    return ("ideal synapses" if of_synapse else f"ideal:{cell}", "ideal circuit")


def replica_values(technology: Process) -> dict[str, float]:
    """Return the parameters of the cell that generates the common mode."""
    return {"ib": technology.replica_current, "k": 1.0}
