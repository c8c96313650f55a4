"""The compiled engine: circuits of behavioural cells and macromodels, many samples at once.

Names are imported on first use; SymPy and numba are loaded when a circuit is compiled.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vle_analog.fastsim.compiled_circuit import CompiledCircuit, CompiledRun, compile_circuit

__all__ = ["CompiledCircuit", "CompiledRun", "compile_circuit"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.compiled_circuit"), name)
