"""What the texts of kernels may take for granted: the names that the head of every kernel, or its sweep, defines.

For the eyes of type checkers only: nothing here is ever run.
"""

from collections.abc import Callable
from typing import Any

real: Any
bits: Any
MAGIC: Any
BIAS: Any
MANTISSA: Any
LOG2_HIGH: Any
LOG2_LOW: Any
MOST: Any
entry: Callable[[Callable], Callable]
jit: Callable[[Callable], Callable]
exact: Callable[[Callable], Callable]
lanes: Callable[..., int]
sweep: Callable[..., Any]
put: Callable[..., Any]
take: Callable[..., Any]
report: Callable[..., Any]
settle: Callable[..., Any]
hear: Callable[..., Any]
