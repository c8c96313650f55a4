"""The time before the simulation, from 1024 to 16384 plastic synapses: its growth, and its value at 1024."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.measure import ROOT, exponent, ngspice_seconds, time_points
from benchmarks.result import Check, Result

LAYERS = {1024: (16, 32, 16), 2048: (16, 64, 16), 4096: (32, 64, 32), 8192: (32, 128, 32), 16384: (64, 128, 64)}
DURATION = 20.0  # about 1000 time points at the default largest step of 0.02
REPEATS = 3
POINTS = 1000
# A fit over noisy times of a linear law gives 1 within a few hundredths.
LINEAR = 1.05
STAGES = ("import", "read", "derive", "target", "map", "deck", "netlist")


def main() -> Result:
    """Measure processor time per stage in a fresh process each, all sizes in turn, as medians."""
    with tempfile.TemporaryDirectory() as name:
        folders = {size: _study(size, Path(name)) for size in LAYERS}
        _stages(folders[min(folders)])  # fills the cache of derivations
        runs: dict[int, list[dict[str, float]]] = {size: [] for size in folders}
        surveys: dict[int, list[float]] = {size: [] for size in folders}
        for _ in range(REPEATS):
            for size, folder in folders.items():
                stages, survey = _stages(folder)
                runs[size].append(stages)
                surveys[size].append(survey)
        smallest = folders[min(folders)]
        simulations = [ngspice_seconds(smallest) * POINTS / time_points(smallest) for _ in range(REPEATS)]

    seconds = {size: {stage: median(run[stage] for run in of) for stage in STAGES} for size, of in runs.items()}
    total = {size: median(sum(run.values()) for run in of) for size, of in runs.items()}
    work = {size: median(sum(run.values()) - run["import"] for run in of) for size, of in runs.items()}
    last, largest = sorted(work)[-2:]
    grows = exponent(list(work), list(work.values()))
    at_end = float(np.log2(work[largest] / work[last]))
    against = total[min(total)] / median(simulations)
    least = min(total)
    rows = tuple(
        (
            *(f"{size}", f"{size / least:g}", f"{total[size] / total[least]:.1f}", f"{work[size] / work[least]:.1f}"),
            *(f"{100 * of[stage] / total[size]:.0f} %" for stage in STAGES),
        )
        for size, of in seconds.items()
    )
    checks = (
        Check("exponent of the growth, imports included", exponent(list(total), list(total.values())), LINEAR),
        Check("exponent of the growth, imports excluded", grows, LINEAR),
        Check(f"exponent from {last} to {largest} synapses, imports excluded", at_end, LINEAR),
        Check(
            f"all of it at {min(total)} synapses, against ngspice for {POINTS} time points of that deck", against, 1.0
        ),
    )
    details = tuple(
        f"{size}: {total[size]:.2f} s = "
        + " + ".join(f"{stage} {of[stage]:.3f}" for stage in STAGES)
        + f" (map includes a survey of {median(surveys[size]):.3f})"
        for size, of in seconds.items()
    )
    columns = ("plastic synapses", "size", "CPU time", "without imports", *STAGES)
    return Result(columns, rows, checks, (*details, f"ngspice, {POINTS} points: {median(simulations):.2f} s"))


def _study(size: int, parent: Path) -> Path:
    """Write a study of `size` plastic synapses in three layers; return its folder."""
    inputs, hidden, outputs = LAYERS[size]
    folder = parent / f"s{size}"
    folder.mkdir()
    (folder / "study.toml").write_text(f"""\
duration = {DURATION}

[network]
rule = "vle"
beta = 1.0
output = "readout"

[network.populations.hidden]
size = {hidden}
tau_m = 0.8
tau_r = 0.4
activation = "tanh"

[network.populations.readout]
size = {outputs}
tau_m = 0.5
tau_r = 0.3
activation = "linear"

[network.projections.drive_hidden]
source = "drive"
target = "hidden"
weights = {{ init = "normal", scale = {0.5 / np.sqrt(inputs):.4f}, seed = 1 }}
plastic = true
eta = 0.01

[network.projections.hidden_readout]
source = "hidden"
target = "readout"
weights = {{ init = "normal", scale = {0.5 / np.sqrt(hidden):.4f}, seed = 2 }}
plastic = true
eta = 0.01

[stimuli.drive]
kind = "sines"
channels = {_sines(inputs)}

[target]
kind = "sines"
channels = {_sines(outputs)}
""")
    return folder


def _sines(channels: int) -> str:
    """Return this number of channels, each with its own frequency and phase."""
    texts = (f"[{{ amplitude = 0.5, omega = {0.5 + k / channels:.4f}, phase = {k / 7:.4f} }}]" for k in range(channels))
    return f"[{', '.join(texts)}]"


def _stages(folder: Path) -> tuple[dict[str, float], float]:
    """Return seconds per stage, and of the survey inside `map`, in a separate process; leaves the deck in `folder`."""
    command = [sys.executable, "-m", "benchmarks.stages", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return answer["stages"], answer["survey"]
