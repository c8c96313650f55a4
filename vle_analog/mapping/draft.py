"""A circuit under construction: the study it is for, and the results of the passes so far."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vle_analog.mapping.levels import Levels
from vle_analog.mapping.place import Placement
from vle_analog.mapping.size import Sizes
from vle_analog.netlist.circuit import Circuit, Headroom, Units
from vle_analog.netlist.unit_curve import UnitCurve
from vle_analog.network import Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import Process, process
from vle_analog.study import StudySpec

if TYPE_CHECKING:
    from vle_analog.mapping.closed_loop import Tuned

LATER: Any = None  # until a pass sets it


@dataclass(frozen=True, eq=False)
class Draft:
    """A circuit under construction.

    **Arguments:**

    - `spec`: the study. `target`: the stimulus of the output population, a teacher already solved.
    - `solution`: returns the `survey`, a coarse solution of the equations, from which the ranges of signals are read;
      called by the first pass that needs it, after what can be refused without it.
    - `tune`: the sizes of a circuit's cells, measured on a bench; called where the study has closed-loop sizing.
    - the others: set by the pass that is named after them, in `vle_analog/mapping/passes.py`.
    """

    spec: StudySpec
    target: Stimulus
    solution: Callable[[], Traces]
    tune: "Callable[[], Tuned] | None" = None
    placement: Placement = LATER
    levels: Levels = LATER
    devices: tuple[str, ...] = ()
    weight_limit: float = 0.0
    units: Units = LATER
    headroom: tuple[Headroom, ...] = ()
    curves: tuple[UnitCurve, ...] = ()
    sizes: Sizes = LATER
    circuit: Circuit = LATER

    @property
    def survey(self) -> Traces:
        """The coarse solution."""
        return self.solution()

    @property
    def process(self) -> Process:
        """The process of the study."""
        return process(self.spec.circuit.process)

    @property
    def library(self) -> Path | None:
        """The folder of the user's cells."""
        return Path(self.spec.circuit.cells) if self.spec.circuit.cells else None

    @property
    def poles(self) -> tuple[str, ...]:
        """Nodes that get a parasitic pole."""
        return tuple(self.spec.circuit.parasitic_nodes) if self.spec.circuit.parasitic_pole > 0 else ()
