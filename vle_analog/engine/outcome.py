"""How a solution ended."""

from dataclasses import dataclass

import numpy as np

# an explicit method takes ever smaller steps on stiff equations: beyond so many evaluations it is a fault of the study
EVALUATIONS, EVALUATIONS_PER_TIME, EVALUATIONS_PER_STOP = 200_000, 2000, 50

STATUS = ("running", "done", "range", "diverged", "stiff", "loop")


@dataclass(frozen=True, eq=False)
class Outcome:
    """States over time, as far as it went.

    **Arguments:**

    - `states`: shape (states, reached), on the first `reached` points of the grid.
    - `status`: `done`, or why it ended early: `range` (a state left its range), `diverged`, `stiff` (too many
      evaluations), `loop` (an algebraic loop without a solution).
    - `time`: model time at which it ended. `worst`: the state that left its range, else -1. `value`: its value, else 0.
    - `evaluations`: of the right-hand side.
    """

    states: np.ndarray
    status: str
    time: float
    worst: int = -1
    value: float = 0.0
    evaluations: int = 0

    @property
    def reached(self) -> int:
        """How many points of the grid were reached."""
        return self.states.shape[1]
