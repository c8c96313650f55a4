"""Declarations, for type checkers only, of names that other parts of a kernel define; never executed."""

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
receive: Callable[..., Any]
END: Any
tanh: Callable[..., Any]
stamps: Callable[..., Any]
factor: Callable[..., Any]
solve: Callable[..., Any]
