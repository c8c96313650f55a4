"""Conversion of measurements to the tables of the file: parameters of the macromodel, and additional numbers."""

from collections.abc import Mapping

import numpy as np

from vle_analog.characterise.fit import Shape
from vle_analog.characterise.measure import ANGLE, Noise, OutputCurves, PolesAndCapacitances
from vle_analog.characterise.mismatch import Spread
from vle_analog.characterise.primitives import Primitive

FALLEN = 0.85  # of the gain per ampere at a tenth of the current: the end of weak inversion
MOST_OFFSET = 5e-3  # largest systematic offset, of the bias current, or V at an input


def largest_current(currents: np.ndarray, gains: np.ndarray, offsets: Mapping[str, list[float]], bias: float) -> float:
    """Return the largest unit current at which the cell still works, A.

    Up to it, the gain per ampere is at least `FALLEN` of that at a tenth of the current, and no offset exceeds
    `MOST_OFFSET`.
    """
    tenth = np.interp(np.log(currents / 10), np.log(currents), gains)
    fine = gains >= FALLEN * tenth
    for values in offsets.values():
        fine &= np.abs(values) <= MOST_OFFSET
    worse = np.flatnonzero(~fine & (currents > bias))
    return float(max(bias, currents[worse[0] - 1])) if worse.size else float(currents[-1])


def macromodel_numbers(
    kind: Primitive, shape: Shape, curves: OutputCurves | None, moves: PolesAndCapacitances, noise: Noise
) -> dict[str, float]:
    """Return every parameter of `macromodel.cir` but those set by the placement, and the scales vx, vy, vn."""
    values = shape.macromodel
    values.pop("dt", None) if kind.name == "floating_resistor" else None
    scales = {"sx": "vx", "sy": "vy", "sn": "vn"}
    values |= {law: values[own] for own, law in scales.items() if own in values}
    white = noise.formula or noise.white
    if curves is None:
        return values | dynamic_numbers(kind, moves) | {"white": white}
    rails = {
        "go": curves.conductance,
        "hp": curves.positive[0],
        "rp": curves.positive[1],
        "hn": curves.negative[0],
        "rn": curves.negative[1],
    }
    return values | rails | dynamic_numbers(kind, moves) | {"white": white}


def dynamic_numbers(kind: Primitive, moves: PolesAndCapacitances) -> dict[str, float]:
    """Return poles and capacitances by their names in `macromodel.cir`."""
    if kind.name == "floating_resistor":
        return {"cin": moves.input}
    tp, ty = _mirrors(moves) if kind.gain == "i" and not kind.linear else (moves.tp, moves.tpy)
    lead = {}
    if kind.linear and kind.update:  # the delay of the output mirror was removed from `tp` in the measurement
        lead, ty = {"tl": moves.lead}, _output_mirror(moves)
    second = {"ty": ty, "ciny": moves.second} if kind.y else {}
    return {"tp": tp, **lead, **second, "cin": moves.input, "cout": moves.output}


def _mirrors(moves: PolesAndCapacitances) -> tuple[float, float]:
    """Return the poles of the mirrors between the factors of a multiplier, and of its output mirror, seconds times A.

    The output mirror carries half of the output, H = (1 + 1/(1 + j w ty))/2: it delays y, and both delay x. Both delays
    were measured where the phase is `ANGLE`: tan(ANGLE) = a/(2 + a^2), a = w ty.
    """
    slope, ty = np.tan(ANGLE), _output_mirror(moves)
    if not moves.tp:
        return 0.0, ty
    omega = slope / moves.tp
    left = ANGLE - np.arctan(omega * ty) + np.arctan(omega * ty / 2)
    return float(max(0.0, np.tan(left) / omega)), ty


def _output_mirror(moves: PolesAndCapacitances) -> float:
    """Return the pole of the output mirror, seconds times A, from the measured delay of y; see `_mirrors`."""
    return float(4 * moves.tpy / (1 + np.sqrt(1 - 8 * np.tan(ANGLE) ** 2)))


def measured_numbers(
    shape: Shape,
    curves: OutputCurves | None,
    moves: PolesAndCapacitances,
    noise: Noise,
    offsets: Mapping[str, list[float]],
    drawn: Spread | None,
) -> dict[str, float | list[float]]:
    """Return the numbers that are not in the other tables."""
    found: dict[str, float | list[float]] = {"fit_error": shape.residual}
    if curves is not None:
        found |= {"output_low": curves.low, "output_high": curves.high}
        found |= {"pole_per_amp": 1 / (2 * np.pi * moves.tp) if moves.tp else 0.0}
    found |= {"noise_white_simulated": noise.white, "noise_white_formula": noise.formula}
    found |= {"noise_corner_per_amp": noise.corner}
    found |= {f"swept_{name}": values for name, values in offsets.items()}
    if drawn is not None:
        found |= {f"mean_{name}": float(np.mean(values)) for name, values in drawn.drawn.items()}
        found |= {"sigma_ratio_low": float(drawn.ratio.min()), "sigma_ratio_high": float(drawn.ratio.max())}
    return found
