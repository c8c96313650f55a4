"""The verb `compare`: ideal, circuit, comparison, figures and report in one folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vle_analog.api import Simulation, Study
from vle_analog.compare import Comparison, SignalComparison
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.hierarchical import DEVICES
from vle_analog.output import write_json
from vle_analog.progress import StageProgress
from vle_analog.stability import brief
from vle_analog.verbs.folder import Stopwatch, result_folder, warned
from vle_analog.verbs.kept import traces_file
from vle_analog.verbs.results import ENCODED, excursions_json, made_by, simulator_json, write_simulation


@dataclass(frozen=True, eq=False)
class Compared:
    """The outcome of `compare_study`: the comparison, its folder, and the JSON object of the command line."""

    comparison: Comparison
    folder: Path
    summary: dict[str, Any]


def compare_study(study: Study, folder: Path, progress: StageProgress | None = None) -> Compared:
    """Solve the ideal, simulate the circuit, compare them, and write figures and report."""
    from vle_analog.report import ReportContent, write_report

    watch = Stopwatch(progress)
    with result_folder(study, folder) as stage:
        with watch.stage("derive"):
            derivation = study.derive()
        with watch.stage("analyse"):
            study.refuse_unstable()
        with watch.stage("map"):
            circuit = study.circuit()
        with watch.stage("ideal"):  # first: where a parameter diverges, its message is clearer than that of a simulator
            ideal, encoded = study.ideal(progress), study.encoded_ideal(progress)
        with watch.stage("simulate"):
            simulation = study.simulate(progress)
        with watch.stage("compare"):
            comparison = study.compare()
        with watch.stage("report"):
            write_simulation(study, simulation, stage)
            traces_file(ideal)(stage / "ideal.nc")
            if encoded is not ideal:
                traces_file(encoded)(stage / ENCODED)
            write_report(
                stage,
                ReportContent(
                    spec=study.spec,
                    circuit=circuit,
                    comparison=comparison,
                    target=study.target,
                    derivation=derivation,
                    result=simulation.result,
                    power=simulation.power,
                    provenance=made_by(study, simulation),
                    seconds=watch.seconds,
                    files=_files(circuit, simulation, encoded=encoded is not ideal),
                    analysis=study.analyse(),
                    warnings=study.warnings,
                ),
            )
        summary = _summary(study, comparison, simulation) | {
            "seconds": watch.seconds,
            "report": str(folder / "report.html"),
        }
        write_json(stage / "results.json", {k: v for k, v in summary.items() if k not in ("seconds", "report")})
        write_json(stage / "times.json", watch.seconds)
    return Compared(comparison, folder, summary)


FILES = {
    "report.html": "this page",
    "results.json": "the deviations of all signals",
    "testbench.cir": "supplies, stimuli, probes and analysis around the hierarchical netlist",
    DEVICES: "the transistors of the process, which the hierarchical netlist includes",
    "deck.cir": "the deck that ran: the same circuit, flattened",
    "ngspice.log": "what ngspice printed",
    "circuit.nc": "traces of the circuit in model units (NetCDF, opens with xarray)",
    "ideal.nc": "traces of the ideal: the equations as they are in the study",
    ENCODED: "traces of the ideal whose weights are bounded as the circuit's are: what the circuit is compared with",
    "figures/": "the pictures of this page",
    "run.json": "versions, hashes and settings",
    "times.json": "seconds per stage",
}


def _files(circuit: Circuit, simulation: Simulation, *, encoded: bool) -> dict[str, str]:
    """Return the files in the folder of a comparison, for its report."""
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
        "signals": {str(s.signal): _numbers(s) for s in comparison.signals},
        **_losses(comparison),
        "worst_nrmse": None if comparison.worst.below_floor else comparison.worst.nrmse,
        "worst_signal": str(comparison.worst.signal),
        "passed": comparison.passed,
        "excursions": excursions_json(comparison.excursions),
        "stability": brief(study.stability()),
        **warned(study),
        **simulator_json(simulation),
    }


def _numbers(found: SignalComparison) -> dict[str, Any]:
    """Return one signal of `results.json`; numbers without meaning below the floor are null, with the reason."""
    above = not found.below_floor
    return {
        "nrmse": found.nrmse if above else None,
        "max_abs": found.max_abs,
        "delay": None if found.still else found.delay,
        "final": list(found.final),
        "bound": found.bound,
        "passed": found.passed,
        "offset": found.offset,
        "nrmse_no_offset": found.nrmse_no_offset if above else None,
        "correlation": found.correlation,
        **({} if found.nrmse_plain is None else {"nrmse_plain": found.nrmse_plain if above else None}),
        **({"reason": found.reason} if found.reason else {}),
    }


def _losses(comparison: Comparison) -> dict[str, Any]:
    """Losses as the run begins and ends; nothing where nothing learns."""
    if comparison.learning is None:
        return {}
    runs = dict(zip(("ideal", "circuit"), comparison.learning, strict=True))
    return {"loss": {name: {"first": run.first, "last": run.last, "ratio": run.ratio} for name, run in runs.items()}}
