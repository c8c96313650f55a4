"""The ngspice interface: a job is run, and the result is returned or a `SimulatorError` with the reason is raised.

Names are imported on first use: a worker process, a module of this package, loads only what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vle_analog.simulator.backend import Backend, open_backend
    from vle_analog.simulator.diagnostics import Diagnostic
    from vle_analog.simulator.doctor import DoctorFacts, doctor_facts
    from vle_analog.simulator.failure import SimulationError
    from vle_analog.simulator.job import Job
    from vle_analog.simulator.result import Attempt, SimulationResult

__all__ = [
    "Attempt",
    "Backend",
    "Diagnostic",
    "DoctorFacts",
    "Job",
    "SimulationError",
    "SimulationResult",
    "doctor_facts",
    "open_backend",
]

HOMES = {
    "Attempt": "result",
    "Backend": "backend",
    "Diagnostic": "diagnostics",
    "DoctorFacts": "doctor",
    "Job": "job",
    "SimulationError": "failure",
    "SimulationResult": "result",
    "doctor_facts": "doctor",
    "open_backend": "backend",
}


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
