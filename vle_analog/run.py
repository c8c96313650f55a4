"""What each verb of the command line does and leaves behind: one function per verb, one whole folder each."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vle_analog.api import Progress, Simulation, Study
from vle_analog.compare import Comparison, SignalComparison
from vle_analog.kept import ENCODED, kept_on_failure, mark, simulation_files, traces_file
from vle_analog.mapping.excursions import Excursion
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.hierarchical import DEVICES
from vle_analog.network import Traces
from vle_analog.output import MARK, whole_folder, write_json
from vle_analog.provenance import provenance
from vle_analog.stability import brief


class Stopwatch:
    """Seconds of the wall clock per stage, in the order they were run; tells `progress` where each begins and ends."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress or (lambda *_: None)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times the block under `name`."""
        self._progress(name, 0.0)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)
        self._progress(name, 1.0)


@dataclass(frozen=True, eq=False)
class Compared:
    """The outcome of `compare_study`: the comparison, its folder, and the JSON object of the command line."""

    comparison: Comparison
    folder: Path
    summary: dict[str, Any]


def write_netlist(study: Study, folder: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Writes the hierarchical netlist; returns the JSON object of `netlist`."""
    watch = Stopwatch(progress)
    with kept_on_failure(study, folder):
        with watch.stage("analyse"):
            stability = study.stability()
        with watch.stage("map"):
            circuit = study.circuit()
    with watch.stage("write"), whole_folder(folder) as stage:
        files = _write_netlist(study, stage)
        write_json(stage / MARK, mark(study, provenance(study.spec, study.deck())))
    return {
        "study": study.spec.name, "level": study.spec.circuit.level, "cells": circuit.count(),
        "files": [str(folder / name) for name in files], "stability": brief(stability), **warned(study),
        "seconds": watch.seconds,
    }  # fmt: skip


def solve_study(study: Study, folder: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Solves the equations without a circuit and writes the traces; returns the JSON object of `solve`."""
    watch = Stopwatch(progress)
    with kept_on_failure(study, folder), whole_folder(folder) as stage:
        with watch.stage("ideal"):
            ideal = study.ideal(progress)
        with watch.stage("write"):
            traces_file(ideal)(stage / "ideal.nc")
            write_json(stage / MARK, mark(study, provenance(study.spec)))
        summary = {
            "study": study.spec.name,
            "signals": {str(s): {"start": float(row[0]), "final": float(row[-1])} for s, row in _rows(ideal)},
            "stability": brief(study.stability()), **warned(study), "seconds": watch.seconds, "folder": str(folder),
        }  # fmt: skip
        write_json(stage / "solution.json", {k: v for k, v in summary.items() if k not in ("seconds", "folder")})
        write_json(stage / "times.json", watch.seconds)
    return summary


def simulate_study(study: Study, folder: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Simulates the circuit and writes netlist, deck, log and traces; returns the JSON object of `simulate`."""
    watch = Stopwatch(progress)
    with kept_on_failure(study, folder), whole_folder(folder) as stage:
        with watch.stage("analyse"):
            study.refuse_unstable()
        with watch.stage("map"):
            study.circuit()
        with watch.stage("simulate"):
            simulation = study.simulate(progress)
        with watch.stage("write"):
            _write_simulation(study, simulation, stage)
        summary = {
            "study": study.spec.name, "level": study.spec.circuit.level,
            "signals": {str(s): {"final": float(row[-1])} for s, row in _rows(simulation.traces)},
            "excursions": excursions_json(simulation.excursions), "stability": brief(study.stability()),
            **warned(study),
            **_simulator(simulation), "seconds": watch.seconds, "folder": str(folder),
        }  # fmt: skip
        write_json(stage / "simulation.json", {k: v for k, v in summary.items() if k not in ("seconds", "folder")})
        write_json(stage / "times.json", watch.seconds)
    return summary


def compare_study(study: Study, folder: Path, progress: Progress | None = None) -> Compared:
    """The main job: ideal, circuit, comparison, figures and report, in one folder."""
    from vle_analog.report import ReportContent, write_report

    watch = Stopwatch(progress)
    with kept_on_failure(study, folder), whole_folder(folder) as stage:
        with watch.stage("derive"):
            derivation = study.derive()
        with watch.stage("analyse"):
            study.refuse_unstable()
        with watch.stage("map"):
            circuit = study.circuit()
        with watch.stage("ideal"):  # first: where a parameter runs away, it says so better than a simulator
            ideal, encoded = study.ideal(progress), study.encoded_ideal(progress)
        with watch.stage("simulate"):
            simulation = study.simulate(progress)
        with watch.stage("compare"):
            comparison = study.compare()
        with watch.stage("report"):
            _write_simulation(study, simulation, stage)
            traces_file(ideal)(stage / "ideal.nc")
            if encoded is not ideal:
                traces_file(encoded)(stage / ENCODED)
            write_report(stage, ReportContent(
                spec=study.spec, circuit=circuit, comparison=comparison, target=study.target, derivation=derivation,
                result=simulation.result, power=simulation.power, provenance=_provenance(study, simulation),
                seconds=watch.seconds,
                files=_files(circuit, simulation, encoded=encoded is not ideal), analysis=study.analyse(),
                warnings=study.warnings,
            ))  # fmt: skip
        summary = _summary(study, comparison, simulation) | {
            "seconds": watch.seconds, "report": str(folder / "report.html"),
        }  # fmt: skip
        write_json(stage / "results.json", {k: v for k, v in summary.items() if k not in ("seconds", "report")})
        write_json(stage / "times.json", watch.seconds)
    return Compared(comparison, folder, summary)


def warned(*studies: Study) -> dict[str, list[dict[str, str]]]:
    """The warnings of studies as part of a JSON object, each of them once."""
    found = dict.fromkeys(warning for study in studies for warning in study.warnings)
    return {"warnings": [warning.texts() for warning in found]}


FILES = {
    "report.html": "this page",
    "results.json": "the deviations of all signals",
    "testbench.cir": "supplies, stimuli, probes and analysis around the hierarchical netlist",
    DEVICES: "the transistors of the process, which the hierarchical netlist includes",
    "deck.cir": "the deck that ran: the same circuit, flattened",
    "ngspice.log": "what ngspice printed",
    "circuit.nc": "traces of the circuit in model units (NetCDF, opens with xarray)",
    "ideal.nc": "traces of the ideal: the equations as they are in the study",
    ENCODED: "traces of the ideal whose weights are bounded as the circuit's are: what the circuit is held against",
    "figures/": "the pictures of this page",
    "run.json": "versions, hashes and settings",
    "times.json": "seconds per stage",
}


def _files(circuit: Circuit, simulation: Simulation, *, encoded: bool) -> dict[str, str]:
    """What the folder of a comparison holds, for its report."""
    data = dict.fromkeys(simulation.deck.files, "samples that netlist and deck read")
    nested = {} if circuit.deviations else {f"{circuit.name}.cir": "the hierarchical netlist"}
    missing = {*(() if circuit.devices and nested else (DEVICES,)), *(() if encoded else (ENCODED,))}
    there = {name: what for name, what in FILES.items() if name not in missing}
    if not nested:
        del there["testbench.cir"]
        there["deck.cir"] = "the deck that ran: the netlist of this chip, in one level"
    return {**nested, **there, **data}


def _summary(study: Study, comparison: Comparison, simulation: Simulation) -> dict[str, Any]:
    return {
        "study": study.spec.name,
        "level": study.spec.circuit.level,
        "signals": {
            str(s.signal): _numbers(s) for s in comparison.signals
        },
        **_losses(comparison),
        "worst_nrmse": None if comparison.worst.below_floor else comparison.worst.nrmse,
        "worst_signal": str(comparison.worst.signal),
        "passed": comparison.passed,
        "excursions": excursions_json(comparison.excursions),
        "stability": brief(study.stability()),
        **warned(study),
        **_simulator(simulation),
    }  # fmt: skip


def _numbers(found: SignalComparison) -> dict[str, Any]:
    """One signal of `results.json`; what says nothing of a signal below the floor is null, with the reason."""
    above = not found.below_floor
    return {
        "nrmse": found.nrmse if above else None, "max_abs": found.max_abs,
        "delay": None if found.still else found.delay, "final": list(found.final), "bound": found.bound,
        "passed": found.passed, "offset": found.offset, "nrmse_no_offset": found.nrmse_no_offset if above else None,
        "correlation": found.correlation,
        **({} if found.nrmse_plain is None else {"nrmse_plain": found.nrmse_plain if above else None}),
        **({"reason": found.reason} if found.reason else {}),
    }  # fmt: skip


def excursions_json(found: Iterable[Excursion]) -> list[dict[str, Any]]:
    """Numbers and sentence of every signal that left the range of its stage."""
    return [asdict(excursion) | {"over": excursion.over, "sentence": str(excursion)} for excursion in found]


def _losses(comparison: Comparison) -> dict[str, Any]:
    """Losses as the run begins and ends; nothing where nothing learns."""
    if comparison.learning is None:
        return {}
    runs = dict(zip(("ideal", "circuit"), comparison.learning, strict=True))
    return {"loss": {name: {"first": run.first, "last": run.last, "ratio": run.ratio} for name, run in runs.items()}}


def _simulator(simulation: Simulation) -> dict[str, Any]:
    result, power = simulation.result, simulation.power
    return {
        **({} if power is None else {"power": power.to_json()}),
        "simulator": result.simulator,
        "time_points": len(result.time),
        "attempts": [{"rung": a.rung, "changes": list(a.changes), "outcome": a.outcome} for a in result.attempts],
    }


def _write_simulation(study: Study, simulation: Simulation, stage: Path) -> None:
    if not study.circuit().deviations:  # else it is a chip, whose deck is its netlist
        _write_netlist(study, stage)
    for name, write in simulation_files(simulation).items():
        write(stage / name)
    write_json(stage / MARK, mark(study, _provenance(study, simulation)))


def _write_netlist(study: Study, folder: Path) -> list[str]:
    files = study.netlist()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return list(files)


def _provenance(study: Study, simulation: Simulation) -> dict[str, str]:
    return provenance(study.spec, simulation.deck, simulation.result.simulator)


def _rows(traces: Traces):
    return zip(traces.signals, traces.values, strict=True)
