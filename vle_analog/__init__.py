"""From the equations of networks that learn in time to analog circuits: derive, map to SPICE, simulate, compare.

Names are looked up when first used, so that a worker process of the simulator, which lives in here, starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vle_analog.api import Simulation, Study
    from vle_analog.errors import InputError, SimulatorError, VleAnalogError

__all__ = ["InputError", "Simulation", "SimulatorError", "Study", "VleAnalogError"]

HOMES = {
    "Simulation": "api", "Study": "api",
    "InputError": "errors", "SimulatorError": "errors", "VleAnalogError": "errors",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
