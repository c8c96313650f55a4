"""Everything a report is written from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vle_analog.compare import Comparison
from vle_analog.compare.power import Power
from vle_analog.errors import Problem
from vle_analog.netlist import Circuit
from vle_analog.network import StudySpec
from vle_analog.network.stimuli import Stimulus
from vle_analog.simulator.result import SimulationResult

if TYPE_CHECKING:
    from vle_analog.stability import Analysis
    from vle_analog.theory.derivation import Derivation


@dataclass(frozen=True, eq=False)
class ReportContent:
    """One study, compared.

    **Arguments:**

    - `target`: what the output was taught, a teacher already solved; `None` leaves out the learning curve.
    - `derivation`: of the study's rule; `None` leaves out the equations.
    - `result`: what the simulator gave back; `None` leaves out its part.
    - `provenance`: what this came from (versions, digest, command), in the order in which it is shown.
    - `seconds`: processor or wall-clock time per stage.
    - `files`: names of the files beside the report, and what each of them is.
    - `power`: of the simulated circuit; `None` where nothing draws from the supply.
    - `analysis`: loops and frequency response; `None` leaves out their part.
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
