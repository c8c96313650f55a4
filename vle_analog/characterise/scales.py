"""The scales and the full current of a multiplier as functions of the current of a unit.

Gain per ampere is measured over the unit currents with the shape of the preferred one. The scale of a pair grows by
some 15 % from weak to moderate inversion, so at a quarter of that current a product differs by several per cent.
"""

from collections.abc import Sequence

import numpy as np

from vle_analog.cells.nonideal import SCALES_MOVE
from vle_analog.characterise.bench import Bench, Grid, transfer
from vle_analog.characterise.fit import Shape, fit_shape
from vle_analog.errors import SimulatorError
from vle_analog.simulator import Backend

POWERS = (1, 2, 3)  # of ln(i/iu): within 0.2 % of scales over three decades


def moving_scales(
    backend: Backend,
    bench: Bench,
    shape: Shape,
    x: Grid,
    y: Grid,
    currents: Sequence[float],
    gains: Sequence[float],
    bias: float,
) -> dict[str, float]:
    """Fit `iu`, `x1` to `g3` of `macromodel.cir`: see `laws.moved`.

    **Arguments:**

    - `shape`: at the preferred unit current `bias`, fitted over `x` and `y`.
    - `currents`, `gains`: A per unit in use, and the gain per ampere that the macromodel must have there.
    """
    decks = [currents[first : first + bench.copies] for first in range(0, len(currents), bench.copies)]
    rows = [row for deck in decks for row in transfer(backend, bench, x, y, deck)]
    logarithms: list[float] = []
    factors: list[tuple[float, float, float]] = []
    whole = 1 + shape.parameters["dg"]
    for current, gain, row in zip(currents, gains, rows, strict=True):
        try:
            here = fit_shape(bench.primitive, x.values, y.values, row).parameters
        except SimulatorError:  # too far from the preferred current to be a multiplier
            continue
        full = here["gain"] * (1 + here["dg"]) / (gain * whole)
        logarithms.append(float(np.log(current / bias)))
        factors.append((here["sx"] / shape.parameters["sx"], here["sy"] / shape.parameters["sy"], full))
    powers = np.array(logarithms)[:, None] ** np.array(POWERS)
    found, *_ = np.linalg.lstsq(powers, np.array(factors) - 1, rcond=None)
    return {"iu": bias, **dict(zip(SCALES_MOVE, map(float, found.T.ravel()), strict=True))}
