"""Run the tests with perturbed arithmetic, to emulate the rounding of other processors.

    python scripts/perturbed_arithmetic.py tests/characterise tests/stability
    make perturbed TESTS=tests/ideal

Every combination sets environment variables of the libraries below; the column "moves" says in which of them the last
digits then differ from those of this machine, so that a combination without effect is visible. Exit code 1 where a
test fails in any combination.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")
CORES = (
    "Haswell",
    "Sandybridge",
    "Nehalem",
    "SkylakeX",
)  # kernels of OpenBLAS; one that a processor lacks changes none
LIBM = "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F"  # functions of the C library, as ngspice calls them
ROOMS = ("characterise", "stability", "ideal", "gradient", "mapping", "cli/test_characterise_command.py")
SIGNS = """
import hashlib, math
import numpy as np, scipy.linalg
def sign(value):
    return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:8]
g = np.random.default_rng(0)
a, x = g.standard_normal((150, 150)), g.standard_normal(5000)
print("BLAS", sign(np.linalg.solve(a @ a, a)) + sign(scipy.linalg.schur(a)[0]))
print("NumPy", sign(np.tanh(x)) + sign(np.exp(x)) + sign(np.sum(x)) + sign(np.sin(x)))
print("libm", sign(np.array([math.exp(v) + math.sin(v) + abs(v)**1.7 for v in x])))
try:
    import numba
    @numba.njit(fastmath=False)
    def f(x):
        total = 0.0
        for v in x:
            total = total * 0.999 + math.tanh(v) * v
        return total
    print("numba", sign(np.array([f(x[:k]) for k in range(50, 5000, 50)])))
except ImportError:
    pass
"""


def combinations() -> dict[str, dict[str, str]]:
    """Return the environment of every combination by name."""
    one, two = (dict.fromkeys(THREADS, count) for count in ("1", "2"))
    found = {"as it is": {}, "one thread": one, "two threads": two}
    found |= {f"OpenBLAS {core}": {"OPENBLAS_CORETYPE": core} | one for core in CORES}
    features = vectors()
    if features:
        found["NumPy without vectors"] = {"NPY_DISABLE_CPU_FEATURES": features} | one
    found["numba generic"] = {"NUMBA_CPU_NAME": "generic"} | one
    found["libm without FMA"] = {"GLIBC_TUNABLES": LIBM} | one
    found |= {f"hash seed {seed}": {"PYTHONHASHSEED": seed} for seed in ("1", "2")}
    everything = {"OPENBLAS_CORETYPE": CORES[1], "NUMBA_CPU_NAME": "generic", "GLIBC_TUNABLES": LIBM} | two
    found["all of it"] = everything | ({"NPY_DISABLE_CPU_FEATURES": features} if features else {})
    return found


def vectors() -> str:
    """Return the instruction sets of this processor for which NumPy has kernels."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))


def signs(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the last digits of each library."""
    done = subprocess.run(
        [sys.executable, "-c", SIGNS], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


def main() -> int:
    """Print the table; return 1 where a test failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="combinations whose name contains this")
    parser.usage = "%(prog)s [--only NAME] [arguments of pytest, by default the numerical rooms]"
    given, tests = parser.parse_known_args()
    if not any(Path(argument.split("::")[0]).exists() for argument in tests):
        tests = [*(f"tests/{room}" for room in ROOMS), *tests]
    base, failed = signs({}), False
    print(f"{'combination':24} {'moves':24} {'seconds':>8}  outcome", flush=True)
    for name, environment in combinations().items():
        if given.only and not any(part in name for part in given.only):
            continue
        moved = ", ".join(key for key, value in signs(environment).items() if value != base[key]) or "nothing"
        begun = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines() or done.stderr.splitlines() or ["no output"]
        print(f"{name:24} {moved:24} {time.monotonic() - begun:8.0f}  {lines[-1].strip('= ')}", flush=True)
        for line in lines:
            if line.startswith(("FAILED", "ERROR")):
                print(f"  {line}", flush=True)
        failed |= done.returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
