"""Chips of `wide` made of macromodels: ngspice as PySpice's users run it, the kit's ngspice engine, the compiled one.

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
from vle_analog.engine import available
from vle_analog.netlist import Deck, flat_deck, solver_settings
from vle_analog.simulator.environment import simulator_environment
from vle_analog.simulator.library import VARIABLE, find_library
from vle_analog.variation.lot import Lot, on_grid

SETTINGS = {"circuit.level": "macromodel", "network.gamma": 0.1, "duration": 8.6}  # theory 3.6 whole: gamma, too
LARGE = {"duration": 2.0}
CHIPS = 256  # of the compiled engine, in one chunk
PAIRS = 3
PYSPICE, SOLVER, WORKERS = 0.70, 1.10, 1.10
COMPILED, COMPILED_LARGE, APART = 1000.0, 2000.0, 1e-3
QUEUED, SIMULATED = 10_000, 50


def main() -> Result:
    """Ratios of CPU seconds per chip."""
    columns = ("what", "ratio", "smallest", "largest")
    if not available():
        return Result(columns, (), details=("numba is not installed: nothing to measure",))
    wide = _Case(Study.load("wide", SETTINGS))
    wide.ngspice(0)  # starts the simulator
    found = [wide.turn(number) for number in range(PAIRS)]
    rows, checks, details = [], [], [wide.told()]

    def tell(what: str, ratios: list[float], bound: float, least: bool = False) -> None:
        middle = median(ratios)
        rows.append((what, *(f"{value:.3g}" for value in (middle, min(ratios), max(ratios)))))
        checks.append(Check(f"{bound:g} over the factor: {what}", bound / middle, 1.0) if least
                      else Check(what, middle, bound))  # fmt: skip

    tell("ngspice engine / PySpice", [t["ngspice"] / t["pyspice"] for t in found], PYSPICE)
    tell("ngspice engine / solver of ngspice alone", [t["ngspice"] / t["solver"] for t in found], SOLVER)
    tell("ngspice engine / compiled engine", [t["ngspice"] / t["compiled"] for t in found], COMPILED, least=True)
    apart = wide.apart()
    checks.append(Check("compiled engine from ngspice, per cent of range, 2 chips", 100 * apart, 100 * APART))
    tell("ngspice engine, two workers / one", [wide.workers(2) / wide.workers(1) for _ in range(PAIRS)], WORKERS)
    queue = _queue_seconds()
    tell(f"queueing {QUEUED} chips / simulating {SIMULATED} in ngspice",
         [queue / (SIMULATED * t["ngspice"]) for t in found], 1.0)  # fmt: skip
    details += [", ".join(f"{key} {value * 1e3:.3g} ms" for key, value in turn.items()) for turn in found]

    from benchmarks.engine import _network

    study = _network(1024)
    large = _Case(Study.from_document(_deeper(study.spec.document, SETTINGS | LARGE), "large"))
    turn = {"ngspice": large.ngspice(0), "compiled": large.compiled()}
    tell("ngspice engine / compiled engine, 1024 synapses", [turn["ngspice"] / turn["compiled"]], COMPILED_LARGE,
         least=True)  # fmt: skip
    details += [large.told(), ", ".join(f"{key} {value * 1e3:.4g} ms" for key, value in turn.items())]
    return Result(columns, tuple(rows), tuple(checks), tuple(details))


def _deeper(document: Any, overrides: dict[str, Any]) -> dict[str, Any]:
    """A study's document with dotted keys set."""
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
        """Seconds per chip of every way, one after the other, of another chip each time."""
        return {
            "pyspice": self.child("pyspice", number), "ngspice": self.ngspice(number),
            "solver": self.child("solver", number), "compiled": self.compiled(),
        }  # fmt: skip

    def deck(self, number: int, *, apart: bool) -> Deck:
        """Of one chip."""
        circuit = self.lot.chip(number, self.lot.draws([number])[:, 0])
        return flat_deck(circuit, *solver_settings(self.study.spec, circuit), apart=apart)

    def child(self, way: str, number: int) -> float:
        """PySpice on the netlist of subcircuits, or the solver alone on the deck of the ngspice engine."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            deck = self.deck(number, apart=way == "solver")
            (folder / "deck.cir").write_text(deck.text(), encoding="utf-8")
            for file, content in deck.files.items():
                (folder / file).write_bytes(content)
            return _printed(folder, [sys.executable, "-W", "ignore", "-m", "benchmarks.ngspice_child", way,
                                     str(folder / "deck.cir")])  # fmt: skip

    def ngspice(self, number: int) -> float:
        """A chip through the ngspice engine: this process and its simulator."""
        from vle_analog.variation.engines import NgspiceWork

        _ = self.lot.shared  # what all chips have in common is made once
        begin = time.process_time()
        chunk = NgspiceWork(self.lot)(range(number, number + 1))
        return time.process_time() - begin + (chunk.seconds or 0.0)

    def compiled(self, chips: int = CHIPS) -> float:
        """A chip of many through the compiled engine."""
        from vle_analog.variation.engines import CompiledWork

        begin = time.process_time()
        CompiledWork(self.lot)(range(chips))
        return (time.process_time() - begin) / chips

    def apart(self) -> float:
        """The largest difference of the two engines over the range of a signal's kind."""
        from vle_analog.variation.engines import RefereeWork

        rows = RefereeWork(self.lot)(range(2)).rows
        return max(number for row in rows if isinstance(number := row["disagreement"], float))

    def workers(self, workers: int) -> float:
        """CPU seconds per chip of a whole run in ngspice."""
        with tempfile.TemporaryDirectory() as name:
            changes = [text for key, value in (SETTINGS | {"duration": 4.0}).items()
                       for text in ("--set", f"{key}={value!r}".replace("'", '"'))]  # fmt: skip
            run = ["montecarlo", "wide", "--samples", "8", "--engine", "ngspice", "--workers", str(workers)]
            return cpu_seconds([*KIT, *run, *changes, "-o", f"{name}/run", "--quiet"]) / 8

    def told(self) -> str:
        """What was simulated."""
        spec, circuit = self.study.spec, self.lot.shared.circuit
        _, transient = solver_settings(spec, circuit)
        cells = ", ".join(f"{number} {cell}" for cell, number in circuit.count().items())
        steps = f"largest step {transient.max_step:g} s of {transient.stop:g} s"
        drawn = f"gamma {spec.network.gamma:g}, {len(self.lot.shared.sites)} deviations per chip"
        return f"{spec.name}: duration {spec.duration:g}, {steps}, {drawn}, {cells}"


def _printed(folder: Path, command: list[str]) -> float:
    """The CPU seconds that a child prints, which runs ngspice in this folder."""
    import subprocess

    environment = {**simulator_environment(folder), VARIABLE: find_library()}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return float(done.stdout.rsplit("CPU ", 1)[1])


def _queue_seconds() -> float:
    """Everything about so many chips but their simulation: chunks that do nothing, and their table."""
    from vle_analog.variation.chunk import Chunk
    from vle_analog.variation.engines import NGSPICE_CHUNK, chunks
    from vle_analog.variation.folder import RunFolder
    from vle_analog.variation.runner import run_chunks

    def nothing(samples: range) -> Chunk:
        return Chunk(samples.start, tuple({"sample": k, "status": "ok", "loss_last": 0.1 * k} for k in samples), None)

    begin = time.process_time()
    with tempfile.TemporaryDirectory() as name, RunFolder(Path(name, "run")).open({"study": "nothing"}) as run:
        run_chunks(nothing, chunks(range(QUEUED), NGSPICE_CHUNK), run, workers=1)
        run.finish()
    return time.process_time() - begin
