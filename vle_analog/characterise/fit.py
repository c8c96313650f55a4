"""Fits of the macromodel's numbers to transfer curves: least squares on the laws of `laws.py`.

The gain is that of small signals at a pair, and that of the best product over the range in use at a multiplier; the
macromodel has the shape besides. All currents are in A per A of bias.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.characterise.laws import LAWS, top, unbalance
from vle_analog.characterise.least_squares import least_squares
from vle_analog.characterise.primitives import Primitive
from vle_analog.errors import Problem, SimulatorError

SMALL = 0.02  # V around balance in which a pair counts as linear
MULTIPLIED = 0.1001  # V of both inputs over which the gain of a multiplier is fitted
OFFSET = 0.05  # V: largest offset of an amplifier
FARTHEST = 0.1  # of full scale: a larger residual is another kind of cell, or not a solution
USED = 0.1201  # V of all inputs over which law and cell are compared


@dataclass(frozen=True)
class Shape:
    """A fitted law.

    **Arguments:**

    - `parameters`: of the law, with `gain` and the values fixed at their defaults.
    - `residual`: largest difference in the range of use, as a fraction of the full scale there.
    """

    parameters: dict[str, float]
    residual: float

    @property
    def macromodel(self) -> dict[str, float]:
        """Parameters of `macromodel.cir`; the gain is set where the cell is placed."""
        return {key: value for key, value in self.parameters.items() if key != "gain"}


def start(primitive: Primitive) -> dict[str, float]:
    """Return the initial values of a fit of a primitive; values that are not fitted are at their defaults."""
    doublet = primitive.linear or primitive.name == "ota_wide"
    pair = {"vs": 0.12 if primitive.linear else 0.07, "d": 0.07 if doublet else 0.0, "dt": 0.0}
    if primitive.name == "bump_ota":
        return {"gain": 5.0, "dg": 0.0, "vos": 0.0, "on": 0.0, "ios": 0.0, "sn": 0.07, "q": 0.0, **pair}
    if primitive.name == "floating_resistor":
        return {"gain": 30.0, "dg": 0.0, "vs": 0.06, "d": 0.0, "dt": 0.0, "c1": 0.0, "c2": 0.0}
    if primitive.gain == "gm":
        return {"gain": 10.0, "dg": 0.0, "vos": 0.0, "ios": 0.0, **pair}
    offsets = dict.fromkeys(("ox", "oy", "ios", "fy", "od"), 0.0)
    return {"gain": 1.0, "dg": 0.0, **offsets, "sx": 0.07, "sy": 0.07, **(pair if primitive.linear else {})}


LOWEST = {"gain": 1e-6, "vs": 0.02, "u": 0.0, "sx": 0.02, "sy": 0.02, "sn": 0.02, "q": -0.5, "dt": -0.5}
LARGEST = {"vs": 1.0, "u": 0.9, "sx": 1.0, "sy": 1.0, "sn": 1.0, "q": 10.0, "dt": 0.5}
SPLIT = (0.05, 0.35)  # initial values of u: almost one pair, and the flattest two
PRIOR = 1e-4  # of full scale, weight of unequal tails: the curve of almost one pair does not determine them


def least_squares_fit(
    primitive: Primitive,
    x: np.ndarray,
    y: np.ndarray,
    current: np.ndarray,
    free: Sequence[str],
    begin: Mapping[str, float],
) -> dict[str, float]:
    """Fit the `free` parameters, starting from `begin`.

    Two pairs d and -d apart are the same, so that every curve is stationary at d = 0: instead of d, u = tanh(d/vs)^2 is
    fitted, in which the law is a quotient of polynomials and which ends at 0 where one pair fits better.

    **Arguments:** `x`, `y`, `current`: of the same shape; every point has the same weight.

    **Returns:** `begin` with the fitted parameters.

    **Raises:** `SimulatorError` where no fit is found.
    """
    law, scale = LAWS[primitive.name], float(np.max(np.abs(current))) or 1.0
    names = ["u" if name == "d" else name for name in free]
    first = {**begin, "u": unbalance(begin) ** 2}
    units = np.array([max(abs(first[name]), 0.01) for name in names])  # none is far from 1
    lowest = np.array([LOWEST.get(name, -np.inf) for name in names]) / units
    largest = np.array([LARGEST.get(name, np.inf) for name in names]) / units

    def parameters(values: np.ndarray) -> dict[str, Any]:
        moved = {**begin, **dict(zip(names, values * units, strict=True))}
        split = {"d": moved["vs"] * np.arctanh(np.sqrt(moved.pop("u")))} if "u" in moved else {}
        return moved | split

    def difference(values: np.ndarray) -> np.ndarray:
        moved = parameters(values)
        rest = (law(x, y, moved) - current) / scale
        return np.append(rest, PRIOR * moved.get("dt", 0.0))

    given = np.array([first[name] for name in names]) / units
    begins = [np.where(np.array(names) == "u", u / units, given) for u in SPLIT] if "u" in names else [given]
    try:
        found = least_squares(difference, begins, lowest, largest)
    except SimulatorError as error:
        raise _no_fit(primitive, error.problem.got) from None
    ended = {name: float(value) for name, value in parameters(found).items()}
    if ended.get("d") == 0 and "dt" in free:  # one pair has one tail
        rest = [name for name in free if name not in ("d", "dt")]
        return least_squares_fit(primitive, x, y, current, rest, {**begin, "d": 0.0})
    return ended


def _no_fit(primitive: Primitive, got: str, expected: str = "") -> SimulatorError:
    what = f"no macromodel fits the transfer curves of {primitive.name}"
    return SimulatorError(Problem(what, "", got, expected, "look at the curves: is it the same kind of cell?"))


def fit_shape(primitive: Primitive, x: np.ndarray, y: np.ndarray, current: np.ndarray) -> Shape:
    """Fit the law to a transfer, shape (len(y), len(x)), at the preferred unit current.

    **Raises:** `SimulatorError` where the offset or the residual is too large.
    """
    ys, xs = np.meshgrid(y, x, indexing="ij")
    begin = start(primitive)
    if primitive.name == "floating_resistor":
        begin["gain"] = _slope(x, current[len(y) // 2])
        found = least_squares_fit(primitive, xs, ys, current, ("vs", "d", "c1", "c2"), begin)
    elif primitive.name == "bump_ota":
        found = _fit_bump(primitive, xs, ys, current, begin)
    elif primitive.gain == "gm":
        begin["gain"] = _slope(x, current[0])
        begin["vos"] = -_zero(x, current[0])
        if abs(begin["vos"]) > OFFSET:
            raise _no_fit(primitive, f"an offset of {begin['vos']:+.3g} V", f"less than {OFFSET:g} V")
        found = least_squares_fit(primitive, xs, ys, current, ("vs", "d", *_offsets(primitive)), begin)
    else:
        found = _fit_product(primitive, xs, ys, current, begin)
    rest = residual(primitive, x, y, current, found)
    if rest > FARTHEST:
        raise _no_fit(primitive, f"{100 * rest:.3g} % of full scale", f"at most {100 * FARTHEST:g} %")
    return Shape(found, rest)


def _offsets(primitive: Primitive) -> tuple[str, ...]:
    return (*(name for name in primitive.drawn if name != "dg"), *primitive.more)


def _fit_bump(
    primitive: Primitive, xs: np.ndarray, ys: np.ndarray, current: np.ndarray, begin: dict[str, float]
) -> dict[str, float]:
    """Fit the shape first; then the gain of the pure bump over the range, and the shape's own amplitude as `dg`."""
    offsets = _offsets(primitive)
    shape = least_squares_fit(primitive, xs, ys, current, ("gain", "sn", "q", "vs", "d", *offsets), begin)
    pure = least_squares_fit(primitive, xs, ys, current, ("gain", *offsets), shape | {"q": 0.0})
    return shape | {"gain": pure["gain"], "dg": shape["gain"] / pure["gain"] - 1}


def _fit_product(
    primitive: Primitive, xs: np.ndarray, ys: np.ndarray, current: np.ndarray, begin: dict[str, float]
) -> dict[str, float]:
    """Fit the scales with the shape; the gain is that of the ideal product over the range in use."""
    offsets = _offsets(primitive)
    inner = (np.abs(xs) <= MULTIPLIED) & (np.abs(ys) <= MULTIPLIED)
    x, y, i = xs[inner], ys[inner], current[inner]
    first = ("vs", "d") if primitive.linear else ("sx",)
    # without `vr` the law has a tanh at y, whose scale is the natural one there, also where y is meant to be linear
    shape = least_squares_fit(primitive, x, y, i, ("gain", *first, "sy", *offsets), begin)
    if primitive.linear:  # the scale of a linear pair is where it saturates; offsets are in that scale, too
        scale = float(top(shape))
        shape |= {"gain": shape["gain"] * scale / shape["sx"], "sx": scale}
        shape = least_squares_fit(primitive, x, y, i, ("gain", *offsets), shape)
    if not primitive.update:
        return shape
    # the gain is that of the line through the tanh, over the range in use: the tanh is steeper than it at the origin
    near = np.linspace(-1.0, 1.0, 25) * primitive.reach[1] / shape["sy"]
    line = float(np.tanh(near) @ near / (near @ near))
    return shape | {"vr": shape["sy"], "gain": shape["gain"] * line, "dg": 1 / line - 1}


def fit_gain(
    primitive: Primitive, x: np.ndarray, y: np.ndarray, current: np.ndarray, shape: Shape
) -> tuple[float, dict[str, float]]:
    """Fit gain per A of bias and offsets of another copy of the cell, with the shape fixed."""
    if primitive.name == "floating_resistor":
        return _slope(x, current[len(y) // 2]), {}
    if primitive.gain == "gm" and primitive.name != "bump_ota":
        return _slope(x, current[0]), {"vos": -_zero(x, current[0])}
    ys, xs = np.meshgrid(y, x, indexing="ij")
    offsets = _offsets(primitive)
    begin = shape.parameters
    inside = (np.abs(xs) <= MULTIPLIED) & (
        np.abs(ys) <= (primitive.reach[1] * 1.001 if primitive.update else MULTIPLIED)
    )
    found = least_squares_fit(primitive, xs[inside], ys[inside], current[inside], ("gain", *offsets), begin)
    return found["gain"], {name: found[name] for name in offsets}


def residual(
    primitive: Primitive, x: np.ndarray, y: np.ndarray, current: np.ndarray, parameters: Mapping[str, float]
) -> float:
    """Return the largest difference of law and transfer in the range of use, over the largest current there."""
    ys, xs = np.meshgrid(y, x, indexing="ij")
    inside = (np.abs(xs) <= USED) & (np.abs(ys) <= USED)
    law = LAWS[primitive.name](xs, ys, parameters)
    return float(np.max(np.abs(law - current)[inside]) / np.max(np.abs(current)[inside]))


def _zero(x: np.ndarray, current: np.ndarray) -> float:
    """Return the input at which a rising transfer crosses zero, by a cubic, or the nearest measured input."""
    near = int(np.argmin(np.abs(current)))
    at = int(np.clip(near, 3, len(x) - 4))
    piece = slice(at - 3, at + 4)
    roots = np.roots(np.polyfit(x[piece] - x[at], current[piece], 3))
    found = x[at] + roots[np.argmin(np.abs(roots))].real
    return float(np.clip(found, x[2], x[-3]))


def _slope(x: np.ndarray, current: np.ndarray) -> float:
    """Return the slope of a rising transfer at balance, by a cubic over `SMALL` volts around it."""
    centre, step = _zero(x, current), x[1] - x[0]
    reach = max(SMALL, 2.5 * step)
    # a quarter of a step aside: without an offset, points would be at the edge, and rounding would select those inside
    near = np.abs(x - centre - step / 4) <= reach
    return float(np.polyfit((x[near] - centre) / reach, current[near], 3)[-2] / reach)
