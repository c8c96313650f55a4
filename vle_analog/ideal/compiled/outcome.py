"""The outcome of a solution."""

from dataclasses import dataclass

import numpy as np

# an explicit method needs ever smaller steps on stiff equations; beyond this number it is an error of the study
EVALUATIONS, EVALUATIONS_PER_TIME, EVALUATIONS_PER_STOP = 200_000, 2000, 50

STATUS = ("running", "done", "range", "diverged", "stiff", "loop")


@dataclass(frozen=True, eq=False)
class Outcome:
    """The states over time, up to the end of the solution.

    **Arguments:**

    - `states`: shape (states, reached), on the first `reached` points of the grid.
    - `status`: `done`, or why it ended early: `range` (a state left its range), `diverged`, `stiff` (too many
      evaluations), `loop` (an algebraic loop without a solution).
    - `time`: model time at which it ended. `worst`: the state that left its range, else -1. `value`: its value, else 0.
    - `evaluations`: number of evaluations of the right-hand side.
    """

    states: np.ndarray
    status: str
    time: float
    worst: int = -1
    value: float = 0.0
    evaluations: int = 0

    @property
    def reached(self) -> int:
        """The number of reached grid points."""
        return self.states.shape[1]
