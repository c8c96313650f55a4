"""The `ngspice -b` program: the second backend, one short-lived process for each run. Needs no PySpice."""

import atexit
import functools
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from vle_analog.errors import Problem, SimulatorError
from vle_analog.netlist.deck import Deck
from vle_analog.progress import Progress
from vle_analog.simulator.environment import answer, simulator_environment
from vle_analog.simulator.failure import EngineCrashError, EngineTimeoutError
from vle_analog.simulator.job import Job
from vle_analog.simulator.job_queue import JobQueue
from vle_analog.simulator.library import INSTALL, find_ngspice_program
from vle_analog.simulator.rawfile import read_raw
from vle_analog.simulator.result import POINT, SCALES, Output, SimulationResult
from vle_analog.simulator.solve import solve
from vle_analog.simulator.worker_process import SETTINGS

DECK = "vle-analog-deck.cir"
REFERENCE = re.compile(r"Reference value :\s*(\S+)")
PAUSES = (0.001, 0.05)  # seconds between checks of the process, first and longest


class BatchBackend:
    """The backend that runs jobs with the ngspice program; safe to use from several threads."""

    name = "ngspice"

    def __init__(self, workers: int = 1):
        self._program = _program()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._queue = JobQueue(workers, self.run)
        self._closed = False
        atexit.register(self.close)

    def run(self, job: Job, progress: Progress | None = None) -> SimulationResult:
        """Run one job in the calling thread.

        **Raises:** `SimulationError`; `KeyboardInterrupt` is passed on after the program was killed.
        """
        return solve(job, self.engine, progress)

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[SimulationResult]":
        """Queue one job; the future gives its result or raises its error."""
        self._check_open()
        return self._queue.submit(job, progress)

    def map(self, jobs: Iterable[Job]) -> list[SimulationResult]:
        """Run jobs side by side; results in the order of the jobs. An interrupt kills all programs and closes."""
        self._check_open()
        try:
            return self._queue.map(jobs)
        except KeyboardInterrupt:
            self.close()
            raise

    def close(self) -> None:
        """Kill running simulations and refuse further jobs; can be called repeatedly."""
        if not self._closed:
            self._closed = True
            atexit.unregister(self.close)
            self._queue.dismiss()
            for process in tuple(self._running):
                _kill(process)  # the thread that runs it waits for its end

    def __enter__(self) -> "BatchBackend":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the backend is closed")

    def engine(self, deck: Deck, seconds: float, progress: Progress | None) -> Output:
        """Run a deck once; raise `EngineTimeoutError` or `EngineCrashError`."""
        self._check_open()
        deadline = time.monotonic() + seconds
        with tempfile.TemporaryDirectory(prefix="vle-analog-") as name:
            results, folder = Path(name), Path(name, "run")
            folder.mkdir()
            for file, content in {**deck.files, DECK: deck.text().encode(), ".spiceinit": SETTINGS.encode()}.items():
                (folder / file).write_bytes(content)
            raw, log = results / "out.raw", results / "log"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [self._program, "-b", "-r", str(raw), DECK],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=simulator_environment(folder),
                    process_group=0,
                )
            self._running.add(process)
            try:
                _limit(process, seconds)
                status, cpu_seconds = _wait(process, deadline, deck, log, progress)
            finally:
                _kill(process)
                process.wait()
                self._running.discard(process)
            text = REFERENCE.sub("", log.read_text(errors="replace"))
            if status < 0:
                raise EngineCrashError(f"the ngspice program died (signal {-status})", text)
            plot = read_raw(raw)
        columns = {} if plot is None else dict(zip(plot.names, np.ascontiguousarray(plot.values.T), strict=True))
        scales = (np.real(columns[name]) for name in SCALES if name in columns)
        return Output(
            status=status,
            time=next(scales, POINT if columns else np.empty(0)),
            vectors={key: columns[key] for key in deck.saves if key in columns},
            lines=tuple(line for line in text.splitlines() if line.strip()),
            cpu_seconds=cpu_seconds,
            simulator=f"ngspice {program_version(self._program)} (program)",
        )


def _program() -> str:
    path = find_ngspice_program()
    if path is None:
        raise SimulatorError(
            Problem(what="the ngspice program was not found", got="not on the search path", hint=INSTALL)
        )
    return path


@functools.cache
def program_version(path: str) -> str:
    """Return the version printed by the ngspice program; `?` without one."""
    match = re.search(r"ngspice-(\S+)", answer(path, "--version"))
    return match[1] if match else "?"


def _wait(
    process: subprocess.Popen[bytes], deadline: float, deck: Deck, log: Path, progress: Progress | None
) -> tuple[int, float]:
    """Wait for the end of the program and return its status and its processor time."""
    pause, longest = PAUSES
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:
            raise EngineTimeoutError(_reached(deck, log))
        if progress is not None and pause == longest:
            progress(_reached(deck, log))
        time.sleep(pause)
        pause = min(2 * pause, longest)


def _reached(deck: Deck, log: Path) -> float:
    """Return the completed fraction at the last output of the program."""
    if deck.transient is None:
        return 0.0
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 200))
        found = REFERENCE.findall(file.read().decode(errors="replace"))
    return min(1.0, float(found[-1]) / deck.transient.stop) if found else 0.0


def _limit(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Make the program end together with its parent, where the system supports it."""
    if hasattr(resource, "prlimit"):
        limit = max(0, int(seconds)) + 2
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (limit, limit))


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
