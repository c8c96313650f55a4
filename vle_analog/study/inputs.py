"""Stimuli and target signals from their tables, with limits on channels, sizes and rates of change."""

from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.errors import InputError
from vle_analog.network.pace import pace
from vle_analog.network.stimuli import Samples, Sine, Sines, Step, Steps, Stimulus
from vle_analog.study.arrays import vector
from vle_analog.study.coverage import warn_uncovered
from vle_analog.study.findings import Findings, KeyPath, shown
from vle_analog.study.number_files import MAX_VALUES
from vle_analog.study.samples import read_samples, samples
from vle_analog.study.stimulus_tables import SamplesTable, SinesTable, StepsTable

MAX_CHANNELS = 10_000
MAX_EDGES = 200  # per channel; ngspice evaluates all of them at every time point
MAX_CHANGES = 1e7  # largest number of time steps needed by the stimuli of a run
COSTLY = 1e6  # number of steps from which on there is a warning
STEEPEST = 1e-11  # of the duration: faster changes are lost in the rounding of times


def stimulus(
    table: Any, path: KeyPath, folder: Path, duration: float | None, findings: Findings
) -> tuple[Stimulus | None, bytes]:
    """Build the signal of a checked table.

    **Returns:** the signal, `None` where it was refused, and the bytes of its sample file.
    """
    before, content = len(findings.problems), b""
    signal: Stimulus | None = None
    if isinstance(table, SamplesTable):
        signal, content = _samples(table, path, folder, findings)
    elif not 1 <= len(table.channels) <= MAX_CHANNELS:
        findings.add((*path, "channels"), "wrong number of channels", str(len(table.channels)), f"1 to {MAX_CHANNELS}")
    elif isinstance(table, SinesTable):
        signal = _sines(table, path, findings)
    elif isinstance(table, StepsTable):
        signal = _steps(table, path, findings)
    if len(findings.problems) > before or signal is None:
        return None, content
    if duration is not None:
        warn_uncovered(signal, duration, path, findings)
        signal = signal.within(duration) if isinstance(signal, Samples) else signal
        steps = pace([signal], duration, duration).steps
        if too_fast := _too_fast(signal, duration, steps):
            findings.add(path, "the signal changes too fast for this duration", *too_fast)
            return None, content
        if steps > COSTLY:
            what = "the signal changes so often that the run is long"
            findings.warn(
                path, what, f"about {steps:.1g} steps of time", hint="shorten duration, or slow the signal down"
            )
    return signal, content


def _too_fast(signal: Stimulus, duration: float, steps: float) -> tuple[str, ...]:
    """Return got and expected where a signal is too steep for the clock of a run, or needs too many steps."""
    if signal.resolution < STEEPEST * duration and not isinstance(signal, Sines):
        return (
            f"changes within {signal.resolution:g} of model time",
            f"{STEEPEST * duration:g} or more, for {duration:g}",
        )
    if steps > MAX_CHANGES:
        return f"{steps:.2g} steps of time for a duration of {duration:g}", f"at most {MAX_CHANGES:g}"
    return ()


def _sines(table: SinesTable, path: KeyPath, findings: Findings) -> Sines:
    offsets = vector(table.offsets, len(table.channels), (*path, "offsets"), findings)
    for index, channel in enumerate(table.channels):
        if len(channel) > MAX_EDGES:
            findings.add((*path, "channels", index), "too many sines", str(len(channel)), f"at most {MAX_EDGES}")
    channels = tuple(tuple(Sine(s.amplitude, s.omega, s.phase) for s in channel) for channel in table.channels)
    return Sines(channels, tuple(offsets.tolist()))


def _steps(table: StepsTable, path: KeyPath, findings: Findings) -> Steps:
    initials = vector(table.initials, len(table.channels), (*path, "initials"), findings)
    for index, channel in enumerate(table.channels):
        where = (*path, "channels", index)
        if len(channel) > MAX_EDGES:
            findings.add(where, "too many edges", str(len(channel)), f"at most {MAX_EDGES}", 'use kind = "samples"')
        for k in range(1, len(channel)):
            if channel[k].time <= channel[k - 1].time:
                got = f"{channel[k].time:g} after {channel[k - 1].time:g}"
                findings.add((*where, k, "time"), "the times do not increase", got, "later than the edge before")
                break
    channels = tuple(tuple(Step(s.time, s.value) for s in channel) for channel in table.channels)
    return Steps(channels, tuple(initials.tolist()), table.rise)


def _samples(table: SamplesTable, path: KeyPath, folder: Path, findings: Findings) -> tuple[Samples | None, bytes]:
    inline = table.times is not None or table.values is not None
    if (table.file is not None) == inline:
        got = "both" if inline else "neither"
        findings.add(path, "samples come from a file or are written here", got, "`file`, or `times` and `values`")
        return None, b""
    if table.file is not None:
        try:
            return read_samples(folder / table.file)
        except InputError as error:
            where = (*path, "file")
            findings.extend(where, error, hint=f"the file is named in {findings.where(where)}")
            return None, b""
    times = _rows(table.times, (*path, "times"), findings)
    values = _rows(table.values, (*path, "values"), findings)
    if times is None or values is None:
        return None, b""
    if len(times) != len(values) or times.shape[1] != 1:
        got = f"{len(times)} times and {len(values)} rows of values"
        findings.add((*path, "values"), "wrong number of rows", got, "one row of values per time")
        return None, b""
    try:
        return samples(np.column_stack([times, values]), findings.where(path)), b""
    except InputError as error:
        findings.extend(path, error)
        return None, b""


def _rows(value: Any, path: KeyPath, findings: Findings) -> np.ndarray | None:
    """Convert a rectangular list of lists of numbers (or one list: a column) to an array, values unchecked."""
    expected = "a list of numbers, one per time"
    if isinstance(value, list) and value and not any(isinstance(item, list) for item in value):
        value = [[item] for item in value]
    if not isinstance(value, list) or not value or not all(isinstance(row, list) and row for row in value):
        findings.add(path, "wrong type" if value is not None else "the key is missing", expected=expected)
        return None
    for index, row in enumerate(value):
        if len(row) != len(value[0]) or not {type(item) for item in row} <= {int, float}:
            findings.add(
                (*path, index), "this row cannot be used", shown(row), f"{len(value[0])} numbers, as in the first row"
            )
            return None
    if len(value) * len(value[0]) > MAX_VALUES:
        findings.add(path, "too many values", str(len(value) * len(value[0])), f"at most {MAX_VALUES}")
        return None
    return np.array(value, dtype=float)
