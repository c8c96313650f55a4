"""Chips of `wide` made of macromodels: ngspice through PySpice, the package's ngspice engine, and the compiled engine.

All of them simulate the same chips with the same settings, taking turns; seconds are of processors, everything counted:
drawing, decks, simulation, and the numbers of each chip.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import KIT, ROOT, cpu_seconds
from benchmarks.result import Check, Result
from vle_analog.api import Study, nominal
from vle_analog.codegen.load import available
from vle_analog.montecarlo.lot import Lot, on_grid
from vle_analog.netlist import Deck, flat_deck, solver_settings
from vle_analog.simulator.environment import simulator_environment
from vle_analog.simulator.library import VARIABLE, find_library

SETTINGS = {"circuit.level": "macromodel", "network.gamma": 0.1, "duration": 8.6}  # all of theory 3.6, gamma included
LARGE = {"duration": 2.0}
CHIPS = 256  # chips of the compiled engine, in one chunk
PAIRS = 3
PYSPICE, SOLVER, WORKERS = 0.70, 1.10, 1.10
COMPILED, COMPILED_LARGE, APART = 1000.0, 2000.0, 1e-3
QUEUED, SIMULATED = 10_000, 50


def main() -> Result:
    """Measure ratios of CPU seconds per chip."""
    columns = ("what", "ratio", "smallest", "largest")
    if not available():
        return Result(columns, (), details=("numba is not installed: nothing to measure",))
    wide = _Case(Study.load("wide", SETTINGS))
    wide.ngspice(0)  # starts the simulator
    found = [wide.turn(number) for number in range(PAIRS)]
    rows, checks, details = [], [], [wide.description()]

    def add_row(what: str, ratios: list[float], bound: float, least: bool = False) -> None:
        middle = median(ratios)
        rows.append((what, *(f"{value:.3g}" for value in (middle, min(ratios), max(ratios)))))
        checks.append(
            Check(f"{bound:g} over the factor: {what}", bound / middle, 1.0) if least else Check(what, middle, bound)
        )

    add_row("ngspice engine / PySpice", [t["ngspice"] / t["pyspice"] for t in found], PYSPICE)
    add_row("ngspice engine / solver of ngspice alone", [t["ngspice"] / t["solver"] for t in found], SOLVER)
    add_row("ngspice engine / compiled engine", [t["ngspice"] / t["compiled"] for t in found], COMPILED, least=True)
    apart = wide.apart()
    checks.append(Check("compiled engine from ngspice, per cent of range, 2 chips", 100 * apart, 100 * APART))
    add_row("ngspice engine, two workers / one", [wide.workers(2) / wide.workers(1) for _ in range(PAIRS)], WORKERS)
    queue = _queue_seconds()
    add_row(
        f"queueing {QUEUED} chips / simulating {SIMULATED} in ngspice",
        [queue / (SIMULATED * t["ngspice"]) for t in found],
        1.0,
    )
    details += [", ".join(f"{key} {value * 1e3:.3g} ms" for key, value in turn.items()) for turn in found]

    from benchmarks.engine import _network

    study = _network(1024)
    large = _Case(Study.from_document(_deeper(study.spec.document, SETTINGS | LARGE), "large"))
    turn = {"ngspice": large.ngspice(0), "compiled": large.compiled()}
    add_row(
        "ngspice engine / compiled engine, 1024 synapses",
        [turn["ngspice"] / turn["compiled"]],
        COMPILED_LARGE,
        least=True,
    )
    details += [large.description(), ", ".join(f"{key} {value * 1e3:.4g} ms" for key, value in turn.items())]
    return Result(columns, tuple(rows), tuple(checks), tuple(details))


def _deeper(document: Any, overrides: dict[str, Any]) -> dict[str, Any]:
    """Return a study's document with dotted keys set."""
    import copy

    changed = copy.deepcopy(dict(document))
    for key, value in overrides.items():
        table = changed
        *path, last = key.split(".")
        for part in path:
            table = table.setdefault(part, {})
        table[last] = value
    return changed


class _Case:
    """A study whose chips are simulated in all ways."""

    def __init__(self, study: Study):
        self.study, self.points = study, 0
        self.lot = Lot(on_grid(study.spec), nominal)
        self.compiled(32)  # compiles, or loads what was compiled

    def turn(self, number: int) -> dict[str, float]:
        """Return seconds per chip of every way, one after the other, each with another chip."""
        return {
            "pyspice": self.child("pyspice", number),
            "ngspice": self.ngspice(number),
            "solver": self.child("solver", number),
            "compiled": self.compiled(),
        }

    def deck(self, number: int, *, apart: bool) -> Deck:
        """Return the deck of one chip."""
        circuit = self.lot.chip(number, self.lot.draws([number])[:, 0])
        return flat_deck(circuit, *solver_settings(self.study.spec, circuit), apart=apart)

    def child(self, way: str, number: int) -> float:
        """Return the seconds of PySpice on the hierarchical netlist, or of the solver alone on the deck of the ngspice
        engine."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            deck = self.deck(number, apart=way == "solver")
            (folder / "deck.cir").write_text(deck.text(), encoding="utf-8")
            for file, content in deck.files.items():
                (folder / file).write_bytes(content)
            return _printed(
                folder,
                [sys.executable, "-W", "ignore", "-m", "benchmarks.ngspice_child", way, str(folder / "deck.cir")],
            )

    def ngspice(self, number: int) -> float:
        """Return the seconds of a chip in the ngspice engine: this process and its simulator."""
        from vle_analog.montecarlo.engines import NgspiceWork

        _ = self.lot.shared  # the shared parts of all chips are made once
        begin = time.process_time()
        chunk = NgspiceWork(self.lot)(range(number, number + 1))
        return time.process_time() - begin + (chunk.seconds or 0.0)

    def compiled(self, chips: int = CHIPS) -> float:
        """Return the seconds per chip of a chunk in the compiled engine."""
        from vle_analog.montecarlo.engines import CompiledWork

        begin = time.process_time()
        CompiledWork(self.lot)(range(chips))
        return (time.process_time() - begin) / chips

    def apart(self) -> float:
        """Return the largest difference of the two engines over the range of a signal's kind."""
        from vle_analog.montecarlo.engines import RefereeWork

        rows = RefereeWork(self.lot)(range(2)).rows
        return max(number for row in rows if isinstance(number := row["disagreement"], float))

    def workers(self, workers: int) -> float:
        """Return CPU seconds per chip of a whole run in ngspice."""
        with tempfile.TemporaryDirectory() as name:
            changes = [
                text
                for key, value in (SETTINGS | {"duration": 4.0}).items()
                for text in ("--set", f"{key}={value!r}".replace("'", '"'))
            ]
            run = ["montecarlo", "wide", "--samples", "8", "--engine", "ngspice", "--workers", str(workers)]
            return cpu_seconds([*KIT, *run, *changes, "-o", f"{name}/run", "--quiet"]) / 8

    def description(self) -> str:
        """Describe the simulated chips."""
        spec, circuit = self.study.spec, self.lot.shared.circuit
        _, transient = solver_settings(spec, circuit)
        cells = ", ".join(f"{number} {cell}" for cell, number in circuit.count().items())
        steps = f"largest step {transient.max_step:g} s of {transient.stop:g} s"
        drawn = f"gamma {spec.network.gamma:g}, {len(self.lot.shared.sites)} deviations per chip"
        return f"{spec.name}: duration {spec.duration:g}, {steps}, {drawn}, {cells}"


def _printed(folder: Path, command: list[str]) -> float:
    """Return the CPU seconds printed by a child process that runs ngspice in this folder."""
    import subprocess

    environment = {**simulator_environment(folder), VARIABLE: find_library()}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return float(done.stdout.rsplit("CPU ", 1)[1])


def _queue_seconds() -> float:
    """Return the seconds of everything but the simulation of a run: empty chunks, and their table."""
    from vle_analog.montecarlo.chunk import Chunk
    from vle_analog.montecarlo.engines import NGSPICE_CHUNK, chunks
    from vle_analog.montecarlo.folder import RunFolder
    from vle_analog.montecarlo.runner import run_chunks

    def nothing(samples: range) -> Chunk:
        return Chunk(samples.start, tuple({"sample": k, "status": "ok", "loss_last": 0.1 * k} for k in samples), None)

    begin = time.process_time()
    with tempfile.TemporaryDirectory() as name, RunFolder(Path(name, "run")).open({"study": "nothing"}) as run:
        run_chunks(nothing, chunks(range(QUEUED), NGSPICE_CHUNK), run, workers=1)
        run.finish()
    return time.process_time() - begin
