"""Python values as text of inline TOML values."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from vle_analog.errors import InputError, Problem


def toml(value: Any) -> str:
    """Format a value as `{ scale = 0.4, seed = 1 }`, `[1.0, 2.0]` or `"tanh"`; NumPy arrays become lists.

    **Raises:** `InputError` for a value that TOML cannot express.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(name))} = {toml(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if not isinstance(value, str | int | float):
        kinds = "numbers, texts, truth values, lists, dictionaries and arrays of NumPy"
        raise InputError(Problem("a study cannot hold this value", got=repr(value)[:80], expected=kinds))
    return repr(value) if isinstance(value, float) else json.dumps(value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else json.dumps(name)
