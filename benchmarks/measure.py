"""Processor time of commands including their child processes, as wall time is unreliable on a shared machine."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vle_analog.simulator.environment import simulator_environment

KIT = (sys.executable, "-m", "vle_analog")
ROOT = Path(__file__).resolve().parents[1]
RAW = "benchmark.raw"


def cpu_seconds(command: Sequence[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> float:
    """Return user and system seconds of a command and of the child processes it waited for.


    The environment is that of this process, unless another is given.

    **Raises:** `RuntimeError` with the output of a failed command.
    """
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed: {printed.read().decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime


def simulate_seconds(study: str, folder: Path, *overrides: str) -> float:
    """Return the processor time of `vle-analog simulate`; leaves the deck and its data files in `folder`."""
    changes = [text for override in overrides for text in ("--set", override)]
    return cpu_seconds([*KIT, "simulate", study, *changes, "--output", str(folder), "--quiet"])


def ngspice_seconds(folder: Path, deck: str = "deck.cir") -> float:
    """Return the processor time of the bare program on a deck in `folder`."""
    return cpu_seconds(["ngspice", "-b", "-r", RAW, deck], folder, simulator_environment(folder))


def time_points(folder: Path) -> int:
    """Return the number of points computed by the last run of the bare program."""
    with (folder / RAW).open("rb") as file:
        return next(int(line.split(b":")[1]) for line in file if line.startswith(b"No. Points"))


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Fit the p of `seconds = c sizes^p`, by least squares on the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
