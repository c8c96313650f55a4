"""Gradients of the loss: exact by the adjoint method, and by the causal rules for comparison.

Names are imported on first use: SciPy's integrators are loaded only where a gradient is computed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vle_analog.gradient.agreement import Agreement
    from vle_analog.gradient.compute import gradients
    from vle_analog.gradient.result import Gradients

__all__ = ["Agreement", "Gradients", "gradients"]

HOMES = {"Agreement": "agreement", "Gradients": "result", "gradients": "compute"}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
