"""The bound of weights that are stored as W = limit tanh(V / V0): set by the study, or chosen from traces."""

import math

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network.signals import Traces
from vle_analog.study.spec import StudySpec

ROOM = 1.5  # limit over the largest weight, which then learns 1 - 1/1.5^2 = 0.56 times as fast as a small one
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


def weight_limits(spec: StudySpec, traces: Traces) -> dict[str, float]:
    """Return the bound of the weights of each projection: one number for the whole network.

    **Arguments:**

    - `traces`: a solution of the equations without bounds, accurate enough for the largest weights.

    **Returns:** `circuit.weight_limit`, or for `auto` the first of 1, 1.5, 2, 3, 5, 7 times a power of ten that is at
    least `ROOM` times the largest weight during the run, forward or back.

    **Raises:** `InputError` where a weight starts at the limit that the study sets, or beyond.
    """
    requested, start = spec.circuit.weight_limit, _at_the_start(spec)
    if isinstance(requested, str):
        limit = nice_above(ROOM * max(start, _on_the_way(traces)))
    elif (limit := float(requested)) <= start:
        raise InputError(
            Problem(
                "a weight starts at the largest that the circuit can keep, or beyond",
                f"{spec.source}: circuit.weight_limit",
                f"{limit:g}, and a weight of size {start:g}",
                f"more than {start:g}",
                remedies=("weight_limit",),
            )
        )
    return {q.name: limit for q in spec.network.projections}


def nice_above(value: float) -> float:
    """Return the smallest of `STEPS` times a power of ten that is at least `value`; for zero, one."""
    if value <= 0:
        return 1.0
    power = math.floor(math.log10(value))
    steps = [float(f"{step}e{power + more}") for more in (-1, 0, 1) for step in STEPS]  # parsed from text: no rounding
    return next(step for step in steps if step >= value * (1 - 1e-12))


def _at_the_start(spec: StudySpec) -> float:
    """Return the largest initial magnitude of a weight, forward or back."""
    given = [w for q in spec.network.projections for w in (q.weights, q.feedback_weights) if w is not None]
    return max((float(np.max(np.abs(w), initial=0.0)) for w in given), default=0.0)


def _on_the_way(traces: Traces) -> float:
    moving = [row for signal, row in zip(traces.signals, traces.values, strict=True) if signal.kind in ("W", "F")]
    return max((float(np.max(np.abs(row))) for row in moving), default=0.0)
