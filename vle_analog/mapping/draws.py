"""Corners and mismatch that a circuit without transistors does not have."""

from vle_analog.errors import InputError, Problem
from vle_analog.network import StudySpec
from vle_analog.process.process import process


def refuse_draws(spec: StudySpec) -> None:
    """Nothing where a study whose circuit has no transistors asks for no corner and no draw.

    **Raises:** `InputError` naming what such a circuit cannot do.
    """
    seed, corner = spec.circuit.mismatch_seed, spec.circuit.corner
    problems = []
    if seed is not None:
        problems.append(Problem(
            "there is nothing to draw: this seed is of the mismatch of transistors, and the circuit has none",
            f"{spec.source}: circuit.mismatch_seed", got=f"{seed} at level {spec.circuit.level}",
            expected="cells at level transistor", remedies=("transistors",),
            hint="leave mismatch_seed out; vle-analog montecarlo draws macromodels too",
        ))  # fmt: skip
    if corner not in (None, process(spec.circuit.process).corners[0]):
        problems.append(Problem(
            "cells that are no transistors are those of the nominal corner: only transistors have others",
            f"{spec.source}: circuit.corner", got=f"{corner} at level {spec.circuit.level}",
            expected="cells at level transistor", remedies=("transistors",), hint="leave the corner out",
        ))  # fmt: skip
    if problems:
        raise InputError(*problems)
