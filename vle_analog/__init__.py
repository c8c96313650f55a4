"""From the equations of networks that learn in time to analog circuits: derive, map to SPICE, simulate, compare.

Names are imported on first use, so that a worker process of the simulator, a module of this package, starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vle_analog.api import Simulation, Study
    from vle_analog.characterise.characterise import Characterisation
    from vle_analog.compare import Comparison
    from vle_analog.errors import InputError, Problem, SimulatorError, VleAnalogError
    from vle_analog.montecarlo.run import MonteCarlo
    from vle_analog.netlist import Circuit
    from vle_analog.network import Network, Traces

__all__ = [
    "Characterisation",
    "Circuit",
    "Comparison",
    "InputError",
    "MonteCarlo",
    "Network",
    "Problem",
    "Simulation",
    "SimulatorError",
    "Study",
    "Traces",
    "VleAnalogError",
]

HOMES = {
    "Characterisation": "characterise.characterise",
    "Circuit": "netlist",
    "Comparison": "compare",
    "InputError": "errors",
    "MonteCarlo": "montecarlo.run",
    "Network": "network",
    "Problem": "errors",
    "Simulation": "api",
    "SimulatorError": "errors",
    "Study": "api",
    "Traces": "network",
    "VleAnalogError": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
