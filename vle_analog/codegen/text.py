"""The common parts of every kernel text: a head with types, constants and compiler options, and pieces of files."""

from importlib.resources import files

LANES = "array.shape[array.ndim - 1]"  # the number of samples, where they are the last index of every array
HEAD = '''"""Generated for the compiler."""

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
        """Compiles functions whose array arguments do not overlap."""

        def define_pipelines(self):
            self.state.flags.noalias = True
            return super().define_pipelines()

    OPTIONS["pipeline_class"] = NoAlias
except (ImportError, AttributeError):
    pass  # slower, and nothing else
# not a number stays one: faults must be found
LOOSE, STRICT = {{"reassoc", "contract", "nsz", "arcp"}}, {{"contract"}}
INSIDE = OPTIONS | {{"cache": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}}
ENTRIES = []
jit = numba.njit(fastmath=LOOSE, **INSIDE)
exact = numba.njit(fastmath=STRICT, **INSIDE)


def entry(function):
    """Compile a function that Python calls."""
    ENTRIES.append(numba.njit(fastmath=LOOSE, **OPTIONS)(function))
    return ENTRIES[-1]


@jit
def lanes(array):
    return {lanes}
'''
NUMBERS = {
    "float64": {
        "size": 64,
        "mantissa": 52,
        "bias": 1023,
        "magic": 1.5 * 2.0**52,
        "most": 700.0,
        "high": 0.6931471803691238,
        "low": 1.9082149292705877e-10,
    },
    "float32": {
        "size": 32,
        "mantissa": 23,
        "bias": 127,
        "magic": 1.5 * 2.0**23,
        "most": 87.0,
        "high": 0.693359375,
        "low": -2.12194440e-4,
    },
}


def head(dtype: str, lanes: str) -> str:
    """Return the head of a kernel.

    **Arguments:** `dtype`: `float64` or `float32`. `lanes`: an expression for the number of samples of an `array`.
    """
    return HEAD.format(**NUMBERS[dtype], lanes=lanes)


def part(package: str, name: str) -> str:
    """Return the text below the mark `# --- kernel ---` in a file of a package."""
    source = files(package).joinpath(f"{name}.py").read_text(encoding="utf-8")
    return source.split("# --- kernel ---\n", 1)[1]
