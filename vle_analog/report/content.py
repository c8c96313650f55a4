"""The content of the report of one study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vle_analog.compare import Comparison
from vle_analog.compare.power import Power
from vle_analog.errors import Problem
from vle_analog.netlist import Circuit
from vle_analog.network.stimuli import Stimulus
from vle_analog.simulator.result import SimulationResult
from vle_analog.study import StudySpec

if TYPE_CHECKING:
    from vle_analog.stability import Analysis
    from vle_analog.theory.derivation import Derivation


@dataclass(frozen=True, eq=False)
class ReportContent:
    """The results of one compared study, from which its report is written.

    **Arguments:**

    - `target`: target of the output, a teacher already solved; `None` leaves out the learning curve.
    - `derivation`: of the study's rule; `None` leaves out the equations.
    - `result`: result of the simulator; `None` leaves out its section.
    - `provenance`: versions, digest, command and the like, in the order of the report.
    - `seconds`: processor or wall-clock time per stage.
    - `files`: name and description of each file beside the report.
    - `power`: of the simulated circuit; `None` where no cell draws current from the supply.
    - `analysis`: loops and frequency response; `None` leaves out their section.
    - `warnings`: of the study.
    """

    spec: StudySpec
    circuit: Circuit
    comparison: Comparison
    target: Stimulus | None
    derivation: "Derivation | None"
    result: SimulationResult | None
    provenance: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    analysis: "Analysis | None" = None
    power: Power | None = None
    warnings: tuple[Problem, ...] = ()
