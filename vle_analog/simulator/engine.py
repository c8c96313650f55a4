"""The control of libngspice inside a worker process: load a deck, run it, copy its vectors.

Uses PySpice's `NgSpiceShared` for the library and its callbacks, but neither its Simulator (slow, leaks) nor its
search for the word "error" (rejects good runs): success is decided by the parent. Import this only in a worker.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, cast

import numpy as np

from vle_analog.simulator.result import POINT, SCALES

# Before the import: PySpice logs every message of ngspice as an error.
logging.getLogger("PySpice").setLevel(logging.CRITICAL + 1)

from PySpice.Spice.NgSpice.Shared import NgSpiceShared, ffi  # noqa: E402

COMPLEX = 2  # VF_COMPLEX of ngspice's sim.h
REFUSALS = ("circuit not parsed", "aren't any circuits loaded")
# `destroy` frees the vectors, `remcirc` the circuit: leaving one out leaks about 0.6 MB for each deck. The option
# cshunt lives on as a shell variable and would add its capacitors to every later deck.
CLEAN_UP = ("destroy all", "remcirc", "unset cshunt_value")
HISTORY = 400  # number of commands after which the command history of ngspice is cleared


class Library(NgSpiceShared):
    """The shared library, with its output recorded in order and its progress forwarded."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.on_progress: Callable[[float], None] | None = None
        super().__init__()

    def send_char(self, message: str, ngspice_id: int) -> Literal[0]:  # noqa: ARG002
        """Record one printed line, prefixed by `stdout` or `stderr`."""
        line = message.partition(" ")[2]
        if "Reference value" not in line:  # repeated progress, several times a second
            self.lines.append(line)
        return 0

    def send_stat(self, message: str, ngspice_id: int) -> Literal[0]:  # noqa: ARG002
        """Forward `tran: 12.3%` during a transient."""
        analysis, _, percent = message.partition(":")
        if self.on_progress is not None and analysis.strip() == "tran" and percent.strip().endswith("%"):
            self.on_progress(float(percent.strip()[:-1]) / 100)
        return 0


class Engine:
    """One loaded libngspice; a process can have only one."""

    def __init__(self) -> None:
        self._ngspice = Library()
        self._library: Any = self._ngspice._ngspice_shared  # its functions are known at run time only
        self._commands = 0
        self.version = self._version()
        self.command("set num_threads=1")
        self.command("set noinit")  # otherwise every run prints the start value of every node

    def command(self, text: str) -> int:
        """Run one ngspice command; its output is appended to the log.

        **Returns:** 0, or non-zero after a fatal error, when the process must be replaced.
        """
        self._commands += 1
        if self._commands % HISTORY == 0:
            self._library.ngSpice_Command(ffi.NULL)
        return self._library.ngSpice_Command(text.encode())

    def run(
        self, text: str, saves: Iterable[str], progress: Callable[[float], None]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Run a deck in the current folder.

        **Returns:** the status, the printed lines, the seconds of processor time and whether the library can be used
        again; and the saved arrays, the scale under the empty name.
        """
        self._ngspice.lines, self._ngspice.on_progress = [], progress
        start = time.process_time()
        status = self._load(text) or self.command("run")
        lines = tuple(self._ngspice.lines)
        healthy = not status and not any(refusal in line for refusal in REFUSALS for line in lines)
        arrays = {} if status else self._vectors(saves)
        if healthy:
            healthy = not any(self.command(text) for text in CLEAN_UP)
        self._ngspice.clear_output()
        cpu_seconds = time.process_time() - start
        return {"status": status, "lines": lines, "cpu_seconds": cpu_seconds, "healthy": healthy}, arrays

    def _load(self, text: str) -> int:
        lines = [ffi.new("char[]", line.encode()) for line in text.splitlines() if line.strip()]
        return self._library.ngSpice_Circ(ffi.new("char*[]", [*lines, ffi.NULL]))

    def _vectors(self, saves: Iterable[str]) -> dict[str, np.ndarray]:
        plot = cast(bytes, ffi.string(self._library.ngSpice_CurPlot())).decode()
        if plot == "const":
            return {}
        found = {name: self._vector(plot, name) for name in saves}
        arrays = {name: array for name, array in found.items() if array is not None}
        scales = (self._vector(plot, name) for name in SCALES)
        return {"": next((scale for scale in scales if scale is not None), POINT), **arrays}

    def _vector(self, plot: str, name: str) -> np.ndarray | None:
        info = self._library.ngGet_Vec_Info(f"{plot}.{name}".encode())
        if info == ffi.NULL:
            return None
        if info.v_flags & COMPLEX:
            return np.frombuffer(ffi.buffer(info.v_compdata, 16 * info.v_length)[:], dtype="<c16")
        return np.frombuffer(ffi.buffer(info.v_realdata, 8 * info.v_length)[:], dtype="<f8")

    def _version(self) -> str:
        self.command("version -f")
        words = next((line for line in self._ngspice.lines if "ngspice-" in line), "ngspice-?").split("ngspice-")[1]
        return words.split()[0]


def features(engine: Engine) -> Mapping[str, Any]:
    """Return version and extensions as printed by the library."""
    return {"version": engine.version, "xspice": bool(engine._ngspice.has_xspice)}
