"""The equations compiled: one engine for adaptive solutions, fixed steps, and batches of many samples.

Names are looked up when first used; numba, an optional extra, is loaded when a kernel is.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vle_analog.engine.batch import Batch, BatchResult
    from vle_analog.engine.engine import Engine
    from vle_analog.engine.load import available
    from vle_analog.engine.outcome import Outcome

__all__ = ["Batch", "BatchResult", "Engine", "Outcome", "available"]

HOMES = {
    "Batch": "batch", "BatchResult": "batch", "Engine": "engine", "Outcome": "outcome", "available": "load",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
