"""The whole text of a kernel: head, mathematical functions, the sweep of a law set, Newton's method, a driver."""

from importlib.resources import files
from typing import Literal

from vle_analog.engine.laws import LawSet

Driver = Literal["adaptive", "fixed"]
HEAD = '''"""Written by the engine, for the compiler; one text for all networks of a law set."""

import math

import numba
import numpy as np

real, bits = np.float{size}, np.int{size}
MANTISSA, BIAS, MAGIC = bits({mantissa}), bits({bias}), real({magic!r})
LOG2_HIGH, LOG2_LOW, MOST = real({high!r}), real({low!r}), real({most!r})
OPTIONS = {{"error_model": "numpy", "nogil": True, "cache": True, "_nrt": False}}  # allocates nothing: no counting
try:
    from numba.core.compiler import Compiler, Flags

    Flags().noalias = True

    class NoAlias(Compiler):
        """Tells the compiler that arrays given to a function do not overlap."""

        def define_pipelines(self):
            self.state.flags.noalias = True
            return super().define_pipelines()

    OPTIONS["pipeline_class"] = NoAlias
except (ImportError, AttributeError):
    pass  # slower, and nothing else
# not a number stays one: faults must be found
LOOSE, STRICT = {{"reassoc", "contract", "nsz", "arcp"}}, {{"contract"}}
INSIDE = OPTIONS | {{"cache": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}}
entry = numba.njit(fastmath=LOOSE, **OPTIONS)
jit = numba.njit(fastmath=LOOSE, **INSIDE)
exact = numba.njit(fastmath=STRICT, **INSIDE)


@jit
def lanes(array):
    return {lanes}
'''
NUMBERS = {
    "float64": {"size": 64, "mantissa": 52, "bias": 1023, "magic": 1.5 * 2.0**52, "most": 700.0,
                "high": 0.6931471803691238, "low": 1.9082149292705877e-10},
    "float32": {"size": 32, "mantissa": 23, "bias": 127, "magic": 1.5 * 2.0**23, "most": 87.0,
                "high": 0.693359375, "low": -2.12194440e-4},
}  # fmt: skip
PARTS = {"adaptive": ("newton", "stimuli", "adaptive"), "fixed": ("newton", "fixed")}


def kernel_text(law: LawSet, driver: Driver, dtype: str = "float64") -> str:
    """The text of a kernel: `adaptive` for one sample, `fixed` for many."""
    from vle_analog.engine.generate import Generator

    many = driver == "fixed"
    head = HEAD.format(**NUMBERS[dtype], lanes="array.shape[array.ndim - 1]" if many else "1")
    parts = [head, _part("functions"), Generator(law, many).text(), *map(_part, PARTS[driver])]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def _part(name: str) -> str:
    """What stands below the mark in a file of `kernel`."""
    source = files("vle_analog.engine.kernel").joinpath(f"{name}.py").read_text(encoding="utf-8")
    return source.split("# --- kernel ---\n", 1)[1]
