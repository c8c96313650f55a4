"""The numerical solution of the equations: the ideal reference of every circuit.

Names are imported on first use: a circuit is built without loading the integrators of SciPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vle_analog.ideal.preview import survey
    from vle_analog.ideal.solver import solve
    from vle_analog.ideal.system import System
    from vle_analog.ideal.target import resolve_target, start_values

__all__ = ["System", "resolve_target", "solve", "start_values", "survey"]

HOMES = {
    "System": "system",
    "resolve_target": "target",
    "solve": "solver",
    "start_values": "target",
    "survey": "preview",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
