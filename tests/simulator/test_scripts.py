"""The simulator as users meet it: plain scripts, notebooks, Ctrl-C, parents that die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import vle_analog

PROJECT = str(Path(vle_analog.__path__[0]).parent)
SCRIPT = """
import signal

from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator import Job, open_backend

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell starts programs with Ctrl-C ignored
cards = ("V1 a 0 sin(0 1 10k)", "R1 a b 1k", "C1 b 0 10n ic=0")
deck = Deck("sine", cards, {}, Transient(1e-6, STOP, 1e-6), ("b",))
backend = open_backend(BACKEND)
def show(fraction):
    print("pid", *getattr(backend, "processes", lambda: [p.pid for p in backend._running])(), flush=True)
print("points", backend.run(Job(deck), PROGRESS).time.size)
"""


def script(tmp_path: Path, stop: float, progress: str = "None", backend: str = "libngspice") -> Path:
    path = tmp_path / "plain.py"
    path.write_text(SCRIPT.replace("STOP", str(stop)).replace("PROGRESS", progress).replace("BACKEND", repr(backend)))
    return path


def start(path: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": PROJECT}
    return subprocess.Popen(
        [sys.executable, path.name],
        cwd=path.parent,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def running_pid(process: "subprocess.Popen[str]") -> int:
    """The process id of the simulator, once the simulation is under way."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("pid "), line + (process.stderr.read() if process.stderr else "")
    return int(line.split()[1])


def test_a_plain_script_without_a_main_guard(tmp_path: Path):
    with start(script(tmp_path, 1e-4)) as process:
        printed, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert printed.startswith("points ")


def test_code_typed_into_a_notebook(tmp_path: Path):
    path = script(tmp_path, 1e-4)
    cell = path.read_text()
    path.write_text(f"exec(compile({cell!r}, '<cell 1>', 'exec'), {{'__name__': '__main__'}})")
    with start(path) as process:
        printed, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert printed.startswith("points ")


@pytest.mark.parametrize("backend", ["libngspice", "ngspice"])
def test_an_interrupt_ends_an_endless_simulation(tmp_path: Path, is_gone: Callable[[int], bool], backend: str):
    with start(script(tmp_path, 1000.0, "show", backend)) as process:
        worker = running_pid(process)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert time.monotonic() - begun < 5
    assert process.returncode != 0
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert is_gone(worker)


def test_a_worker_does_not_outlive_a_parent_that_was_killed(tmp_path: Path, is_gone: Callable[[int], bool]):
    with start(script(tmp_path, 1000.0, "show")) as process:
        worker = running_pid(process)
        process.kill()
        process.communicate(timeout=10)
    assert is_gone(worker)


def test_a_worker_does_not_outlive_the_interpreter(tmp_path: Path, is_gone: Callable[[int], bool]):
    path = script(tmp_path, 0.2, "show")
    path.write_text(path.read_text() + "print('left open')\n")
    with start(path) as process:
        worker = running_pid(process)
        printed, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert printed.rstrip().endswith("left open")
    assert is_gone(worker)


def test_a_start_up_file_in_the_users_folder_does_no_harm(tmp_path: Path):
    path = script(tmp_path, 1e-4)
    (tmp_path / ".spiceinit").write_text("set num_threads=8\nquit\n")
    with start(path) as process:
        printed, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert printed.startswith("points ")
