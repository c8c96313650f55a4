"""The memory of a Monte Carlo run: peak of the whole command against the number of chips."""

import os
import subprocess
import tempfile

from benchmarks.measure import KIT, ROOT
from benchmarks.result import Check, Result

STUDY, CHANGES = "online_chain", ('circuit.level="macromodel"', "duration=20.0")
SAMPLES = (1000, 2500, 5000, 10_000)
BOUND = 1.10


def main() -> Result:
    """Measure the peak of resident memory of ever longer runs, the first of which has every chunk shape."""
    _peak(SAMPLES[0])  # compiles, or loads what was compiled
    peaks = {samples: _peak(samples) for samples in SAMPLES}
    first, last = peaks[SAMPLES[0]], peaks[SAMPLES[-1]]
    rows = tuple((f"{samples}", f"{peak / first:.3f}") for samples, peak in peaks.items())
    check = Check(f"peak memory of {SAMPLES[-1]} chips of {STUDY}, against {SAMPLES[0]}", last / first, BOUND)
    details = (", ".join(f"{samples} chips: peak {peak}" for samples, peak in peaks.items()),)
    return Result(("chips", "peak memory, 1000 chips = 1"), rows, (check,), details)


def _peak(samples: int) -> int:
    """Return the largest resident size of `vle-analog montecarlo` in the unit of the system's `rusage`."""
    changes = [text for change in CHANGES for text in ("--set", change)]
    with tempfile.TemporaryDirectory() as name:
        run = ["montecarlo", STUDY, "--samples", str(samples), "--engine", "compiled", "-o", f"{name}/run", "--quiet"]
        with subprocess.Popen([*KIT, *run, *changes], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"montecarlo {STUDY} of {samples} chips ended with {process.returncode}")
    return usage.ru_maxrss
