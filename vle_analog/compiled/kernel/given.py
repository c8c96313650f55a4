"""What these texts may take for granted: the names that the rest of the kernel defines.

For the eyes of type checkers only: nothing here is ever run.
"""

from collections.abc import Callable
from typing import Any

real: Any
END: Any
bits: Any
jit: Callable[[Callable], Callable]
entry: Callable[[Callable], Callable]
lanes: Callable[..., int]
tanh: Callable[..., Any]
stamps: Callable[..., Any]
factor: Callable[..., Any]
solve: Callable[..., Any]
