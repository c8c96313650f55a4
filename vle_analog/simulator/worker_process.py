"""The parent's side of one worker: start it, send a deck, wait for the result, kill it.

Started as `python -m` over pipes and not through `multiprocessing`, so a plain script without a `__main__` guard and a
notebook can use it. A worker that is late, crashed or interrupted is killed; the next run starts a fresh one.
"""

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from vle_analog.errors import Problem, SimulatorError
from vle_analog.netlist.deck import Deck
from vle_analog.progress import Progress
from vle_analog.simulator import protocol
from vle_analog.simulator.environment import simulator_environment
from vle_analog.simulator.failure import EngineCrashError, EngineTimeoutError
from vle_analog.simulator.library import VARIABLE, find_library
from vle_analog.simulator.result import Output

COMMAND = (sys.executable, "-W", "ignore", "-m", "vle_analog.simulator.worker")
START_SECONDS = 60.0
RECYCLE = 2000  # runs after which a worker is replaced
# In the worker's folder, so that a user's start-up file cannot change results; without printing node start values.
SETTINGS = "set num_threads=1\nset noinit\n"


class WorkerProcess:
    """One process with one libngspice; except for `interrupt`, for one thread at a time."""

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._runs = 0

    @property
    def pid(self) -> int | None:
        """The process id of the worker, or `None` where none is running."""
        return None if self._process is None else self._process.popen.pid

    def run(self, deck: Deck, timeout: float, progress: Progress | None = None) -> Output:
        """Run a deck once.

        **Raises:** `EngineTimeoutError` or `EngineCrashError`; after these, and after an interrupt, the worker has
        ended.
        """
        try:
            facts = self.start()  # not part of a job, as only the first one includes it
            header, block = self._exchange(deck, time.monotonic() + timeout, progress)
        except BaseException:  # an interrupt, too, must end the simulation
            self.kill()
            raise
        self._runs += 1
        if not header["healthy"] or self._runs >= RECYCLE:
            self.kill()
        arrays = protocol.unpack_arrays(header["arrays"], block)
        return Output(
            status=header["status"],
            time=arrays.pop("", protocol.EMPTY),
            vectors=arrays,
            lines=tuple(header["lines"]),
            cpu_seconds=header["cpu_seconds"],
            simulator=f"ngspice {facts['version']} (libngspice)",
        )

    def start(self) -> dict[str, Any]:
        """Start the process where it is not running.

        **Returns:** the properties of the library: `version`, `xspice`.

        **Raises:** `SimulatorError` where libngspice is missing or cannot be loaded.
        """
        if self._process is None:
            library = find_library()
            self._runs, self._process = 0, _launch(library)
            try:
                self._process.facts, _ = self._process.receive(time.monotonic() + START_SECONDS)
            except (EngineCrashError, EngineTimeoutError) as failure:
                self.kill()
                raise SimulatorError(_start_problem(library, getattr(failure, "log", ""))) from None
            except BaseException:
                self.kill()
                raise
        return self._process.facts

    def interrupt(self) -> None:
        """End the process at once, from any thread; a current run ends like after a crash, and its thread cleans up."""
        process = self._process
        if process is not None:
            process.popen.kill()

    def kill(self) -> None:
        """End the process at once and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _exchange(self, deck: Deck, deadline: float, progress: Progress | None) -> tuple[protocol.Header, bytearray]:
        process = self._process
        if process is None:
            raise EngineCrashError("the simulator process is gone")
        table, blocks = protocol.pack_files(deck.files)
        process.send({"text": deck.text(), "saves": deck.saves, "files": table}, blocks)
        reached = 0.0
        while True:
            header, block = process.receive(deadline, reached)
            if header["kind"] == "result":
                return header, block
            reached = header["fraction"]
            if progress is not None:
                progress(reached)


@dataclass
class _Process:
    """A running worker: its pipes, its folder, and the file for its output."""

    popen: subprocess.Popen[bytes]
    requests: IO[bytes]
    replies: IO[bytes]
    folder: tempfile.TemporaryDirectory[str]
    log: IO[bytes]
    facts: dict[str, Any]

    def send(self, header: protocol.Header, blocks: list[bytes]) -> None:
        try:
            for piece in protocol.frame(header, blocks):
                self.requests.write(piece)
            self.requests.flush()
        except BrokenPipeError:
            raise self.crash() from None

    def receive(self, deadline: float, reached: float = 0.0) -> tuple[protocol.Header, bytearray]:
        """Read the next frame; `EngineTimeoutError` after the deadline, `EngineCrashError` where the process ended."""
        pipe = self.replies.fileno()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)

        def read(length: int) -> bytearray:
            data = bytearray(length)
            view = memoryview(data)
            while view:
                if not poll.poll(max(0.0, 1000 * (deadline - time.monotonic()))):
                    raise EngineTimeoutError(reached)
                count = os.readv(pipe, [view])
                if count == 0:
                    raise self.crash()
                view = view[count:]
            return data

        return protocol.read_frame(read)

    def crash(self) -> EngineCrashError:
        self.popen.kill()
        status = self.popen.wait()
        reason = f"signal {-status}" if status < 0 else f"exit status {status}"
        self.log.seek(0)
        return EngineCrashError(
            f"the simulator process died ({reason})", self.log.read().decode(errors="replace")[-4000:]
        )

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        self.replies.close()
        with contextlib.suppress(BrokenPipeError):  # a request half written when the process ended
            self.requests.close()
        self.folder.cleanup()
        self.log.close()


def _launch(library: str) -> _Process:
    folder = tempfile.TemporaryDirectory(prefix="vle-analog-")
    Path(folder.name, ".spiceinit").write_text(SETTINGS)
    log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process lives
    popen = subprocess.Popen(
        (*COMMAND, folder.name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=folder.name,
        env={**simulator_environment(Path(folder.name)), VARIABLE: library, "PYTHONPATH": _search_path()},
        process_group=0,  # Ctrl-C in a terminal reaches the parent only
    )
    if popen.stdin is None or popen.stdout is None:
        raise OSError("the worker has no pipes")
    return _Process(popen, popen.stdin, popen.stdout, folder, log, {})


def _search_path() -> str:
    """Return the search path by which the worker finds this package and PySpice, in absolute paths."""
    package = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(dict.fromkeys([*(str(Path(entry).absolute()) for entry in sys.path), package]))


def _start_problem(library: str, log: str) -> Problem:
    return Problem(
        what="the simulator process did not start",
        where=library,
        got=log.strip().splitlines()[-1] if log.strip() else "no answer",
        hint="see `vle-analog doctor`; PySpice must be installed for this Python, and the library fit this machine",
    )
