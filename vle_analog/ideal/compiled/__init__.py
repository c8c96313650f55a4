"""The compiled equations: one engine for adaptive solutions, fixed steps, and batches of many samples.

Names are imported on first use; numba, an optional extra, is loaded when a kernel is.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vle_analog.ideal.compiled.batch import Batch, BatchResult
    from vle_analog.ideal.compiled.engine import CompiledNetwork
    from vle_analog.ideal.compiled.outcome import Outcome

__all__ = ["Batch", "BatchResult", "CompiledNetwork", "Outcome"]

HOMES = {"Batch": "batch", "BatchResult": "batch", "CompiledNetwork": "engine", "Outcome": "outcome"}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
