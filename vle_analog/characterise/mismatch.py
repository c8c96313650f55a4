"""Monte Carlo of a cell: many copies in one deck, each with its own devices, and the spread of their parameters.

Pelgrom, Duinmaijer and Welbers, IEEE J. Solid-State Circuits 24 (1989). The macromodel's parameters are then drawn with
the fitted standard deviations, independently, and the spread of its currents must equal that of the transistors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.characterise.bench import ZERO, Bench, Grid, transfer
from vle_analog.characterise.fit import Shape
from vle_analog.characterise.laws import LAWS
from vle_analog.characterise.primitives import Primitive
from vle_analog.progress import Progress
from vle_analog.simulator import Backend

DRAWS = 20000  # of the macromodel
RIDGE = 1e-12
STILL = 1e-3  # of the largest spread: a current that varies less counts as constant
MAX_SAMPLE_SPREAD = (
    1.25  # times its standard deviation: a larger spread of single samples does not resolve the parameter
)
ITERATIONS, STEP = 6, 1e-5  # the laws are nearly linear in the drawn parameters


@dataclass(frozen=True, eq=False)
class Spread:
    """The spread caused by mismatch.

    **Arguments:**

    - `x`, `y`: V of the inputs. `currents`: shape (samples, len(y), len(x)), A per A of bias.
    - `sigmas`: macromodel parameter -> standard deviation.
    - `drawn`: parameter -> its value in each sample, for those that a single sample resolves.
    - `predicted`: standard deviation of the currents, shape (len(y), len(x)), with parameters drawn from `sigmas`.
    """

    x: np.ndarray
    y: np.ndarray
    currents: np.ndarray
    sigmas: Mapping[str, float]
    drawn: Mapping[str, np.ndarray]
    predicted: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        """Spread of the macromodel's currents over that of the transistors; 1 where neither has any."""
        found = np.std(self.currents, axis=0, ddof=1)
        still = found <= STILL * np.max(found)
        return np.where(still, 1.0, self.predicted / np.where(still, 1.0, found))


def grids(primitive: Primitive) -> tuple[Grid, Grid]:
    """Return the input grids on which a drawn cell is measured."""
    if primitive.name == "floating_resistor":
        return Grid(0.04, 9), ZERO
    if not primitive.y:
        return Grid(0.12, 13), ZERO
    return Grid(0.1, 5), Grid(0.06 if primitive.update else 0.1, 3)


def spread(
    backend: Backend, bench: Bench, shape: Shape, bias: float, samples: int, seed: int, progress: Progress
) -> Spread:
    """Draw and measure `samples` cells.

    **Arguments:** `bench`: nominal, but with devices that draw; `seed`: of the first deck, incremented for the next.
    """
    primitive = bench.primitive
    x, y = grids(primitive)
    chunk = bench.copies
    found: list[np.ndarray] = []
    for number, first in enumerate(range(0, samples, chunk)):
        count = min(chunk, samples - first)
        drawing = replace(bench, seed=seed + number)
        found.append(transfer(backend, drawing, x, y, [bias] * count))
        progress((first + count) / samples)
    currents = np.concatenate(found)
    ys, xs = np.meshgrid(y.values, x.values, indexing="ij")
    sigmas = _sigmas(primitive, xs, ys, currents, shape)
    each_sample = _parameters(primitive, x.values, y.values, currents, shape)
    resolved = {
        name: value for name, value in each_sample.items() if np.std(value, ddof=1) <= MAX_SAMPLE_SPREAD * sigmas[name]
    }
    predicted = draw_currents(primitive, xs, ys, shape, sigmas, seed)
    return Spread(x.values, y.values, currents, sigmas, resolved, np.std(predicted, axis=0))


def _sigmas(
    primitive: Primitive, xs: np.ndarray, ys: np.ndarray, currents: np.ndarray, shape: Shape
) -> dict[str, float]:
    """Estimate standard deviations of independent parameters from the covariance of the currents.

    The covariance, normalised, is a sum of variance times outer product of sensitivities (non-negative least squares;
    Lawson and Hanson, Solving Least Squares Problems, 1974). An offset of the input and one of the output, which one
    sample of a linear pair cannot distinguish, share their common part.
    """
    from scipy.optimize import nnls

    law, begin, names = LAWS[primitive.name], shape.parameters, primitive.drawn
    here = law(xs, ys, begin)
    slopes = np.array([((law(xs, ys, {**begin, name: begin[name] + STEP}) - here) / STEP).ravel() for name in names])
    covariance = np.cov(currents.reshape(len(currents), -1).T)
    scale = np.sqrt(np.diag(covariance))
    alive = scale > STILL * np.max(scale)
    slopes, scale = slopes[:, alive] / scale[alive], scale[alive]
    target = covariance[np.ix_(alive, alive)] / np.outer(scale, scale)
    columns = np.array([np.outer(slope, slope).ravel() for slope in slopes]).T
    reach = np.linalg.norm(columns, axis=0)
    variances, _ = nnls(columns / reach, target.ravel())
    return {name: float(np.sqrt(value)) for name, value in zip(names, variances / reach, strict=True)}


def _parameters(
    primitive: Primitive, x: np.ndarray, y: np.ndarray, currents: np.ndarray, shape: Shape
) -> dict[str, np.ndarray]:
    """Fit the macromodel's parameters of each sample: least squares by Gauss and Newton, all samples at once."""
    ys, xs = np.meshgrid(y, x, indexing="ij")
    law, names = LAWS[primitive.name], primitive.drawn
    values = {name: np.full((len(currents), 1, 1), shape.parameters[name]) for name in names}
    for _ in range(ITERATIONS):
        here = law(xs, ys, {**shape.parameters, **values})
        slopes = [
            (law(xs, ys, {**shape.parameters, **values, name: values[name] + STEP}) - here) / STEP for name in names
        ]
        jacobian = np.stack([slope.reshape(len(currents), -1) for slope in slopes], axis=-1)
        rest = (currents - here).reshape(len(currents), -1, 1)
        transposed = jacobian.transpose(0, 2, 1)
        normal = transposed @ jacobian
        damping = RIDGE * np.max(np.abs(normal)) * np.eye(len(names))  # a parameter without effect is unchanged
        move = np.linalg.solve(normal + damping, transposed @ rest)
        for index, name in enumerate(names):
            values[name] = values[name] + move[:, index, :, None]
    return {name: value.ravel() for name, value in values.items()}


def draw_currents(
    primitive: Primitive,
    xs: np.ndarray,
    ys: np.ndarray,
    shape: Shape,
    sigmas: Mapping[str, float],
    seed: int,
    draws: int = DRAWS,
) -> np.ndarray:
    """Return the currents of macromodels with parameters drawn independently, shape (draws, *xs.shape)."""
    generator = np.random.default_rng(seed)
    parameters = {
        name: shape.parameters[name] + sigma * generator.standard_normal((draws, 1, 1))
        for name, sigma in sigmas.items()
    }
    return LAWS[primitive.name](xs, ys, {**shape.parameters, **parameters})
