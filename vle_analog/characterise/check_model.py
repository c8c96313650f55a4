"""The check that a `macromodel.cir` computes the law to which its numbers are fitted; a user's own may not."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from vle_analog.characterise.bench import Bench, Grid, transfer
from vle_analog.characterise.fit import Shape
from vle_analog.characterise.laws import LAWS
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Subcircuit
from vle_analog.simulator import Backend

BOUND = (
    2e-3  # of the largest current: above the contribution of rails and conductance in the middle, far below a wrong law
)


def check_model(
    backend: Backend,
    bench: Bench,
    model: Subcircuit,
    values: Mapping[str, float],
    shape: Shape,
    grids: tuple[Grid, Grid],
    bias: float,
    path: Path,
) -> None:
    """Check that the macromodel follows the fitted law.

    **Arguments:**

    - `model`: the macromodel, with parameters `values`. `shape`: the fitted law. `grids`: V of x and y.
    - `bias`: A of one unit. `path`: of the macromodel.

    **Raises:** `InputError` with the largest difference; `SimulatorError`.
    """
    kind, (x, y) = bench.primitive, grids
    given = {**values, kind.gain: shape.parameters["gain"] * bias}
    found = transfer(backend, replace(bench, subcircuit=model, parameters=given), x, y, [bias])[0]
    ys, xs = np.meshgrid(y.values, x.values, indexing="ij")
    expected = LAWS[kind.name](xs, ys, shape.parameters)
    worst = float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))
    if not worst <= BOUND:
        raise InputError(
            Problem(
                "the macromodel does not compute the law to which its numbers are fitted",
                str(path),
                got=f"{worst:.2g} of the largest current off",
                expected=f"at most {BOUND:g}",
                hint=f"leave {path.name} out: the shipped one computes it",
            )
        )
