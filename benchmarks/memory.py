"""The memory of a worker over many runs of the same deck."""

import subprocess

from benchmarks.result import Check, Result
from vle_analog.api import Study
from vle_analog.simulator import Job
from vle_analog.simulator.pool import WorkerPool

# study, overrides that shorten it, runs, and the run after which memory use should be constant
CASES = (("online_chain", {"duration": 2.0}, 1000, 100), ("wide", {"duration": 4.0}, 200, 20))
BOUND = 1.10


def main() -> Result:
    """Measure resident memory of the worker early and at the end of many runs."""
    rows, checks, details = [], [], []
    for name, overrides, runs, early in CASES:
        job = Job(Study.load(name, overrides).deck())
        sizes: dict[int, float] = {}
        with WorkerPool() as pool:
            for run in range(1, runs + 1):
                pool.run(job)
                if run in (1, early, runs):
                    sizes[run] = _megabytes(*pool.processes())
        growth = sizes[runs] / sizes[early]
        each = 1024 * (sizes[runs] - sizes[early]) / (runs - early)
        rows.append((name, f"{runs}", f"{early}", f"{growth:.3f}", f"{each:.1f} kB"))
        checks.append(Check(f"memory of the worker after {runs} runs of {name}, against after {early}", growth, BOUND))
        details.append(f"{name}: " + ", ".join(f"{size:.1f} MB after {run}" for run, size in sizes.items()))
    columns = ("study", "runs", "compared with run", "memory ratio", "growth per run")
    return Result(columns, tuple(rows), tuple(checks), tuple(details))


def _megabytes(process: int) -> float:
    """Return the resident size of one process by `ps`, on Linux and macOS."""
    printed = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True)
    return int(printed.stdout) / 1024
