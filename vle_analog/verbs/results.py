"""The results that a study has so far, as files: kept where a verb fails or is interrupted."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vle_analog.api import Simulation, Study
from vle_analog.ideal.limits import UnsolvedError
from vle_analog.mapping.excursions import Excursion
from vle_analog.netlist import Deck
from vle_analog.network import Traces
from vle_analog.output import MARK, write_json
from vle_analog.provenance import provenance
from vle_analog.simulator.failure import SimulationError
from vle_analog.verbs.kept import Files, deck_files, kept, run_files, traces_file

ENCODED = "encoded.nc"


@contextmanager
def kept_on_failure(study: Study, folder: Path) -> Iterator[None]:
    """Keeps in `DIR-failed` what a study has when the block fails or is interrupted, and adds to the failure where."""

    def marked(failure: BaseException) -> dict[str, Any]:
        return mark(study, provenance(study.spec, getattr(failure, "deck", None)))

    with kept(folder, lambda failure: results(study, failure), marked):
        yield


def results(study: Study, failure: BaseException | None = None) -> Files:
    """Return the files of everything that a study has simulated or solved so far, and those of the failure."""
    done, files = study.done, {}
    if "ideal" in done:
        files["ideal.nc"] = traces_file(done["ideal"])
    if "encoded ideal" in done:
        files[ENCODED] = traces_file(done["encoded ideal"])
    if "simulation" in done:
        files |= simulation_files(done["simulation"])
    for step, name, content in (
        ("gradient", "gradient.json", _gradient),
        ("analysis", "analysis.json", _analysis),
        ("tuned", "sizes.json", _sizes),
    ):
        if step in done:
            files[name] = lambda path, content=content, step=step: write_json(path, content(study, done[step]))
    if "tuned" not in done:
        files |= run_files(done.get("benches", ()))
    if isinstance(failure, SimulationError):
        files |= deck_files(failure.deck, failure.log)
        if failure.traces is not None:
            files["circuit.nc"] = traces_file(failure.traces)
    if isinstance(failure, UnsolvedError):
        name = "teacher.nc" if failure.key == "target" else ENCODED if "ideal" in done else "ideal.nc"
        files[name] = traces_file(failure.traces)
    return files


def _gradient(study: Study, found: Any) -> dict[str, Any]:
    return {"study": study.spec.name, **found.to_json()}


def _analysis(study: Study, found: Any) -> dict[str, Any]:
    from vle_analog.stability import summary

    return summary(study.spec, found)


def _sizes(study: Study, found: Any) -> dict[str, Any]:
    return {"study": study.spec.name, **found.to_json()}


def simulation_files(simulation: Simulation) -> Files:
    """Deck, log and traces of a run."""
    traces = {"circuit.nc": traces_file(simulation.traces)}
    return {**deck_files(simulation.deck, simulation.result.log), **traces}


def write_mark(study: Study, stage: Path, deck: Deck | None = None, simulator: str = "") -> None:
    """Write `run.json`: what made the folder."""
    write_json(stage / MARK, mark(study, provenance(study.spec, deck, simulator)))


def mark(study: Study, entries: dict[str, str]) -> dict[str, Any]:
    """Return what made a folder: versions and hashes, and the study itself with its overrides and seeds."""
    return {**entries, "document": study.spec.document}


def excursions_json(found: Iterable[Excursion]) -> list[dict[str, Any]]:
    """Numbers and sentence of every signal that left the range of its stage."""
    return [asdict(excursion) | {"over": excursion.over, "sentence": str(excursion)} for excursion in found]


def simulator_json(simulation: Simulation) -> dict[str, Any]:
    """Return simulator, time points, attempts and power of a simulation, as part of a JSON object."""
    result, power = simulation.result, simulation.power
    return {
        **({} if power is None else {"power": power.to_json()}),
        "simulator": result.simulator,
        "time_points": len(result.time),
        "attempts": [{"rung": a.rung, "changes": list(a.changes), "outcome": a.outcome} for a in result.attempts],
    }


def write_simulation(study: Study, simulation: Simulation, stage: Path) -> None:
    """Write netlist, deck, log and traces of a simulation, and `run.json`."""
    if not study.circuit().deviations:  # else it is a chip, whose deck is its netlist
        write_netlist_files(study, stage)
    for name, write in simulation_files(simulation).items():
        write(stage / name)
    write_mark(study, stage, simulation.deck, simulation.result.simulator)


def write_netlist_files(study: Study, folder: Path) -> list[str]:
    """Write the files of the hierarchical netlist and return their names."""
    files = study.netlist()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return list(files)


def made_by(study: Study, simulation: Simulation) -> dict[str, str]:
    """Return versions, hashes and the command that made a simulation."""
    return provenance(study.spec, simulation.deck, simulation.result.simulator)


def rows(traces: Traces):
    """Return pairs of a signal and its values over time."""
    return zip(traces.signals, traces.values, strict=True)
