"""The runs behind docs/results/fidelity.md, stored one by one in docs/results/fidelity.json.

A run that is there is not done again while the study and every byte that ngspice reads are the same: so the command
goes on where it was stopped, and one section can be measured alone.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from experiments.fidelity import measures
from experiments.fidelity.claims import PROCESSES, STUDIES
from vle_analog import Study
from vle_analog.cells.nonideal import KINDS
from vle_analog.errors import VleAnalogError
from vle_analog.netlist import Deck
from vle_analog.provenance import kit_version

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results" / "fidelity.json"
STILL = {"network.plasticity": False, "duration": 20.0}
FULL = {"duration": 120.0}
POLE = 0.02  # model time, at U, h and e of every neuron
STEP = {
    "duration": 40.0,
    "circuit.parasitic_pole": POLE,
    "stimuli.drive.channels": [[{"time": 3.0, "value": 1.0}]],
}
LEVELS = {
    "behavioural": {"circuit.level": "behavioural"},
    "macromodel, nothing": {"circuit.level": "macromodel", "circuit.nonidealities": []},
    "macromodel": {"circuit.level": "macromodel"},
    "transistor": {"circuit.level": "transistor"},
}
# the stack of three gate-source voltages fits under 1.8 V at a quarter of a nanoampere only: as many more units in
# parallel, whose gates want as much more time
PACE = {"sky130": {"circuit.time_unit": 1e-2, "simulate.timeout": 7200.0}}
# the operating point found by ngspice is far off there: a longer hold is needed before the run starts
SETTLED = {"sky130": {"circuit.hold_time": 4.0}}
SLOW = {"sky130": ("online_chain",)}  # devices of this kit take as many minutes as those of the others take seconds
Overrides = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """One entry of the results: simulated studies, and the quantities extracted from them.

    **Arguments:** `name`: where it stands in its section. `studies`: (name, overrides) of each.
    """

    name: str
    studies: tuple[tuple[str, Overrides], ...]
    measure: Callable[..., dict[str, Any]]


def pairs(studies: tuple[str, ...] = STUDIES) -> Iterator[tuple[str, str]]:
    """Yield every study on every process, except runs of hours."""
    yield from ((s, process) for s in studies for process in PROCESSES if s in SLOW.get(process, studies))


def ideal_runs() -> Iterator[Run]:
    """Yield every study at every level on every process against the equations, without learning."""
    for study, process in pairs():
        for level in ("behavioural", "macromodel, nothing", "transistor"):
            over = {**STILL, **LEVELS[level], "circuit.process": process, **PACE.get(process, {})}
            yield Run(f"{study}/{level}/{process}", ((study, over),), measures.against_ideal)


def fitted_runs() -> Iterator[Run]:
    """Yield the fitted macromodels against the transistors."""
    for study, process in pairs():
        both = [
            (study, {**STILL, **LEVELS[level], "circuit.process": process, **PACE.get(process, {})})
            for level in ("macromodel", "transistor")
        ]
        yield Run(f"{study}/{process}", tuple(both), measures.against_transistors)


def attribution_runs() -> Iterator[Run]:
    """Yield the macromodel with every kind of deviation alone, with all but that, with none and with all."""
    kinds = {"nothing": [], "all": list(KINDS), "saturation + offset": ["saturation", "offset"]}
    for kind in KINDS:
        kinds |= {kind: [kind], f"all but {kind}": [other for other in KINDS if other != kind]}
    for study in STUDIES:
        for name, chosen in kinds.items():
            over = {**STILL, "circuit.level": "macromodel", "circuit.nonidealities": chosen}
            yield Run(f"{study}/{name}", ((study, over),), measures.against_ideal)


def learning_runs() -> Iterator[Run]:
    """Yield both studies that learn, at full length."""
    for study, process in pairs(("online_chain", "two_layer")):
        over = {**FULL, "circuit.level": "transistor", "circuit.process": process, **PACE.get(process, {})}
        yield Run(f"{study}/{process}", ((study, {**over, **SETTLED.get(process, {})}),), measures.learned)


def delay_runs() -> Iterator[Run]:
    """Yield a step through eight layers with a parasitic pole at their nodes."""
    for level in ("behavioural", "transistor"):
        for _, process in pairs(("depth",)):
            over = {**STEP, **LEVELS[level], "circuit.process": process, **PACE.get(process, {})}
            yield Run(f"{level}/{process}", (("depth", over),), measures.delayed)


def cost_runs() -> Iterator[Run]:
    """Yield power and area, from the characterised cells, without simulation."""
    for process in PROCESSES:
        over = {**FULL, "circuit.level": "transistor", "circuit.process": process, **PACE.get(process, {})}
        yield Run(f"online_chain/{process}", (("online_chain", over),), measures.cost)


SECTIONS: Mapping[str, Callable[..., Iterator[Run]]] = {
    "ideal": ideal_runs,
    "fitted": fitted_runs,
    "attribution": attribution_runs,
    "learning": learning_runs,
    "delay": delay_runs,
    "cost": cost_runs,
}


@cache
def opened(name: str, overrides: str) -> Study:
    """Open a study, once for all runs that need it."""
    return Study.load(name, json.loads(overrides))


def done(run: Run, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a run: results and origin, or the reason of a failure; `before` where still valid."""
    made_by: dict[str, Any] = {"kit": kit_version()}
    try:
        studies = [opened(name, json.dumps(over, sort_keys=True)) for name, over in run.studies]
        made_by["studies"] = [study.spec.digest[:16] for study in studies]
        made_by["decks"] = [digest(study.deck()) for study in studies]
        if before.get("made_by") == made_by and not {"refused", "failed"} & before.keys():
            return dict(before)
        return {**run.measure(*studies), "made_by": made_by}
    except VleAnalogError as error:
        reason = str(error).splitlines()[0].replace(f"{RESULTS.parents[2]}/", "")
        if "PDK_ROOT" in reason and not os.environ.get("PDK_ROOT") and "refused" not in before and before:
            return dict(before)  # needs a design kit that is not installed here
        return {"refused": reason, "made_by": made_by}


def digest(deck: Deck) -> str:
    """Hash everything that ngspice reads."""
    data = b"".join(name.encode() + b"\0" + content for name, content in sorted(deck.files.items()))
    return hashlib.sha256(deck.text().encode() + data).hexdigest()[:16]


def measure(sections: list[str]) -> dict[str, dict[str, Any]]:
    """Measure the missing runs of these sections and return all results; the file is written after every run."""
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    found = read()
    text = TextColumn("{task.description}")
    with Progress(text, *Progress.get_default_columns()[1:2], MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        for section in sections:
            runs = list(SECTIONS[section]())
            known = found.setdefault(section, {})
            task = bar.add_task(section, total=len(runs))
            for run in runs:
                known[run.name] = done(run, known.get(run.name, {}))
                write(found)
                bar.advance(task)
    return found


def read() -> dict[str, dict[str, Any]]:
    """Read section -> name -> entry."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}


def write(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Write one line per run, in a fixed order, atomically."""
    blocks = []
    for section in SECTIONS:
        if section in found:
            order = [run.name for run in SECTIONS[section]()]
            names = [name for name in order if name in found[section]]
            lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(found[section][name])}" for name in names)
            blocks.append(f' "{section}": {{\n{lines}\n }}')
    RESULTS.parent.mkdir(exist_ok=True)
    beside = RESULTS.with_suffix(".new")
    beside.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")
    beside.replace(RESULTS)
