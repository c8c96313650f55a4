"""Reading of a study: file -> plain data -> checked tables -> frozen data, with every problem reported at once."""

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vle_analog.errors import InputError
from vle_analog.levels import BEHAVIOURAL
from vle_analog.network.model import Network
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import process
from vle_analog.study import build, inputs
from vle_analog.study.circuit_table import CircuitTable
from vle_analog.study.compare_table import CompareTable
from vle_analog.study.document import Document, load, locate, plain
from vle_analog.study.file_arrays import with_numbers
from vle_analog.study.findings import Findings, closest, key_text, near, shown
from vle_analog.study.lines import key_lines, line_of
from vle_analog.study.messages import check, in_known_spelling
from vle_analog.study.names import check_name, study_name
from vle_analog.study.network_table import NetworkKeys
from vle_analog.study.overrides import apply_overrides
from vle_analog.study.own_cells import own_cells
from vle_analog.study.schema import StudyKeys, StudyTable
from vle_analog.study.simulate_table import SimulateTable
from vle_analog.study.spec import (
    Bounds,
    CircuitSettings,
    CompareSettings,
    SimulateSettings,
    StudySpec,
    Teacher,
    VariationSettings,
)
from vle_analog.study.stimulus_tables import StimulusTable, TargetTable, TeacherTable
from vle_analog.study.teacher import teacher
from vle_analog.study.variation_table import VariationTable

MAX_STEPS = 1e7
_OWNER = re.compile(r"([a-z][a-z0-9_]*)(?:\[(\d{1,9})(?:,(\d{1,9}))?\])?((?:\.[a-z][a-z0-9_]*)*)", re.ASCII)


def read_study(path_or_name: str | Path, overrides: Iterable[str] = ()) -> StudySpec:
    """Read a study.

    **Arguments:**

    - `path_or_name`: a TOML file, or the name of a shipped study.
    - `overrides`: texts `KEY=VALUE` that change single keys, such as `network.rule=le`.

    **Raises:** `InputError` with every problem that was found.
    """
    path = locate(path_or_name)
    return _checked(load(path), path.stem, overrides)


def study_from_document(
    document: Mapping[str, Any], name: str = "study", base_folder: str | Path = ".", overrides: Iterable[str] = ()
) -> StudySpec:
    """Build a study from nested dicts with the keys of the file; NumPy arrays may stand for lists.

    **Arguments:**

    - `document`: the tables. `name`: of the study.
    - `base_folder`: where relative names of files start.

    **Raises:** `InputError` with every problem that was found.
    """
    return _checked(Document(plain(document, name), name, Path(base_folder)), name, overrides)


def _checked(document: Document, stem: str, overrides: Iterable[str]) -> StudySpec:
    data, applied = apply_overrides(document.data, overrides)
    data = in_known_spelling(data)
    lines = functools.cache(lambda: key_lines(document.text))
    findings = Findings(document.label, lambda path: line_of(path, lines()), applied)
    return _spec(data, document, stem, findings)


def _spec(data: dict[str, Any], document: Document, stem: str, findings: Findings) -> StudySpec:
    """Build the study; every step records its problems and continues with the valid parts."""
    data = with_numbers(data, document.folder, findings)
    for name in data:
        if name not in StudyTable.model_fields:
            findings.add((name,), "unknown key", hint=near(name, StudyTable.model_fields))
    head = check(StudyKeys, {k: v for k, v in data.items() if k in StudyKeys.model_fields}, (), findings)
    circuit = check(CircuitTable, data.get("circuit", {}), ("circuit",), findings)
    simulate = check(SimulateTable, data.get("simulate", {}), ("simulate",), findings)
    compare = check(CompareTable, data.get("compare", {}), ("compare",), findings)
    variation = check(VariationTable, data.get("variation", {}), ("variation",), findings)
    duration = head.duration if head else None

    read = functools.partial(inputs.stimulus, folder=document.folder, duration=duration, findings=findings)
    network, stimulus_bytes = _network(data, duration, read, findings)
    target, target_bytes = _target(data, network, read, findings)
    if head and simulate:
        _check_steps(head.duration, simulate.tmax, target, findings)
    cells, cell_bytes = own_cells(circuit.cells, document.folder, findings) if circuit else ("", b"")
    if circuit:
        _check_levels(circuit.levels, network, findings)
        _check_process(circuit, findings)
    if findings.problems or network is None or target is None or circuit is None:
        raise findings.error()
    devices = circuit.level != BEHAVIOURAL
    if devices and circuit.output_bias:
        network = network.with_output_bias()
    return StudySpec(
        study_name(stem),
        head.title,
        head.duration,
        network,
        target,
        CircuitSettings(**circuit.model_dump() | {"cells": cells, **_tuples(circuit)}),
        SimulateSettings(**simulate.model_dump()),
        CompareSettings(Bounds(**(compare.device_bounds if devices else compare.bounds).model_dump()), compare.floor),
        document.label,
        data,
        _digest(data, [*stimulus_bytes, target_bytes, cell_bytes]),
        VariationSettings(**variation.model_dump()),
        str(document.folder.absolute()),
        tuple(findings.warnings),
    )


def _check_process(circuit: CircuitTable, findings: Findings) -> None:
    """Record a problem where the process, or its corner, does not exist."""
    try:
        corners = process(circuit.process).corners
    except InputError as error:
        problem = error.problems[0]
        findings.add(("circuit", "process"), problem.what, problem.got, problem.expected, problem.hint)
        return
    if circuit.corner is not None and circuit.corner not in corners:
        what = f"{circuit.process} has no corner {shown(circuit.corner)}"
        expected = " | ".join(corners)
        findings.add(("circuit", "corner"), what, shown(circuit.corner), expected, closest(circuit.corner, corners))


def _tuples(circuit: CircuitTable) -> dict[str, tuple[str, ...]]:
    return {key: tuple(getattr(circuit, key)) for key in ("parasitic_nodes", "nonidealities")}


def _network(
    data: dict[str, Any], duration: float | None, read: Any, findings: Findings
) -> tuple[Network | None, list[bytes]]:
    """Return the network with its stimuli, and the bytes of their sample files."""
    table = _table(data, ("network",), findings)
    keys, parts = None, {"populations": {}, "projections": {}}
    if isinstance(data.get("network"), dict):
        keys = check(NetworkKeys, {k: v for k, v in table.items() if k not in parts}, ("network",), findings)
        parts = {name: _table(table, ("network", name), findings) for name in parts}
    population_tables, projection_tables = parts["populations"], parts["projections"]
    stimulus_tables = _table(data, ("stimuli",), findings)
    if data.get("stimuli") == {}:
        findings.add(("stimuli",), "a study needs a stimulus", "none", "[stimuli.NAME] with a kind")

    signals, contents = {}, []
    for name, value in stimulus_tables.items():
        path = ("stimuli", name)
        check_name(name, path, findings)
        stimulus = check(StimulusTable, value, path, findings)
        signal, content = read(stimulus, path) if stimulus else (None, b"")
        contents.append(content)
        if signal is not None:
            signals[name] = signal
    populations = build.populations(population_tables, findings)
    receivers = {name: populations[name].size if name in populations else None for name in population_tables}
    senders = {name: signals[name].size if name in signals else None for name in stimulus_tables} | receivers
    for name in population_tables:
        if name in stimulus_tables:
            findings.add(
                ("stimuli", name), "a population has the same name", repr(name[:60]), hint="rename one of them"
            )
    for name in projection_tables:
        if name in senders:
            path = ("network", "projections", name)
            what = "a population or stimulus has the same name"
            findings.add(path, what, repr(name[:60]), hint="for example the names of its source and target, joined")
    feedback = keys.feedback if keys else "transpose"
    projections = build.projections(projection_tables, senders, receivers, stimulus_tables, feedback, findings)
    output = table.get("output")
    if isinstance(output, str) and output not in population_tables:
        what = "the output is not a population"
        findings.add(("network", "output"), what, repr(output[:60]), hint=near(output, population_tables))
    if keys is None or findings.touches(("network",)) or findings.touches(("stimuli",)):
        return None, contents
    return build.network(keys, populations, projections, signals, duration or 0.0, findings), contents


def _target(
    data: dict[str, Any], network: Network | None, read: Any, findings: Findings
) -> tuple[Stimulus | Teacher | None, bytes]:
    """Return the target and the bytes of its sample file."""
    if "target" not in data:
        expected = "[target] with a kind: sines, steps, samples or teacher"
        findings.add(("target",), "the output has no target", "no [target]", expected)
        return None, b""
    table = check(TargetTable, data["target"], ("target",), findings)
    if isinstance(table, TeacherTable):
        return (teacher(table, network, findings) if network else None), b""
    signal, content = read(table, ("target",)) if table else (None, b"")
    if signal is not None and network is not None:
        size = network.population(network.output).size
        if signal.size != size:
            what = "the target does not fit the output"
            findings.add(("target",), what, f"{signal.size} channels", f"{size}, the size of {network.output}")
    return signal, content


def _table(parent: dict[str, Any], path: tuple[str, ...], findings: Findings) -> dict[str, Any]:
    """Return the table at the end of `path`; empty after recording that it is missing or not a table."""
    value = parent.get(path[-1])
    if isinstance(value, dict):
        return value
    if value is not None:
        findings.add(path, "wrong type", shown(value), "a table")
    else:
        what = "a study without stimuli has nothing to do" if path == ("stimuli",) else "the table is missing"
        findings.add(path, what, expected=f"[{key_text(path)}]")
    return {}


def _check_steps(duration: float, tmax: float, target: Stimulus | Teacher | None, findings: Findings) -> None:
    if tmax >= duration:
        what = "the largest time step is not smaller than the duration"
        findings.add(("simulate", "tmax"), what, f"{tmax:g} for a duration of {duration:g}", f"less than {duration:g}")
    for path, step in ((("simulate", "tmax"), tmax), (("target", "spacing"), getattr(target, "spacing", tmax))):
        if step * MAX_STEPS < duration:
            findings.add(path, "the run has too many time points", f"{duration / step:g}", f"at most {MAX_STEPS:g}")


def _check_levels(levels: Mapping[str, str], network: Network | None, findings: Findings) -> None:
    """Check the keys of `circuit.levels`: an index, as in `hidden[0]`, must exist; a name may be that of a cell."""
    shapes = {item.name: (item.size,) for item in network.populations} if network else {}
    shapes |= {item.name: item.weights.shape for item in network.projections} if network else {}
    for text in levels:
        path = ("circuit", "levels", text)
        match = _OWNER.fullmatch(text)
        if match is None:
            expected = "a type of cell, or a path such as hidden[0] or drive_hidden[0,1]"
            findings.add(path, "this names no cell", repr(text[:60]), expected)
        elif network and match.group(2):
            owner, index = match.group(1), [int(group) for group in match.groups()[1:3] if group]
            if owner not in shapes:
                findings.add(path, "unknown population or projection", repr(owner[:60]), hint=near(owner, shapes))
            elif len(index) != len(shapes[owner]) or any(i >= n for i, n in zip(index, shapes[owner], strict=True)):
                expected = " x ".join(map(str, shapes[owner]))
                findings.add(path, "there is no neuron or synapse of this index", str(index), f"{owner} is {expected}")


def _digest(data: dict[str, Any], contents: list[bytes]) -> str:
    resolved = StudyTable.model_validate(data).model_dump(mode="python", exclude={"variation"})
    text = json.dumps(_as_floats(resolved), separators=(",", ":"), allow_nan=False)
    parts = [hashlib.sha256(part).hexdigest() for part in (text.encode(), *contents)]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _as_floats(value: Any) -> Any:
    # 1 and 1.0 are the same study.
    if isinstance(value, dict):
        return {key: _as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
