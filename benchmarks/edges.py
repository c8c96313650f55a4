"""The cost of steep edges in ngspice, the ideal and compiled chips: time points and processor time."""

from time import process_time
from typing import Any

import numpy as np

from benchmarks.result import Check, Result
from vle_analog import Study
from vle_analog.fastsim import compile_circuit
from vle_analog.fastsim.schedule import schedule

RISES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
DURATION, REPEATS = 4.0, 3
MOST = 3.0


def main() -> Result:
    """Simulate two edges, from 1e-2 to 1e-7 of model time wide; report the largest cost over the smallest."""
    rows, costs = [], []
    for rise in RISES:
        edges = [{"time": 1.0, "value": 0.8}, {"time": 2.5, "value": -0.5}]
        stimulus: dict[str, Any] = {"kind": "steps", "rise": rise, "channels": [edges]}
        studies = {level: _study(stimulus, level) for level in ("behavioural", "macromodel")}
        points = {level: len(study.simulate().result.time) for level, study in studies.items()}
        circuit = studies["macromodel"].circuit()
        steps = len(schedule(tuple(circuit.stimuli.values()), DURATION, 0.05, held=True).times)
        compiled, grid = compile_circuit(circuit), np.linspace(0.0, DURATION, 101)
        run = _seconds(lambda compiled=compiled, grid=grid: compiled.run({}, 1, DURATION, times=grid, threads=1))
        ideal = _seconds(lambda stimulus=stimulus: _study(stimulus, "behavioural").ideal())
        costs.append((*points.values(), steps, run, ideal))
        rows.append((f"{rise:g}", *(f"{value}" for value in (*points.values(), steps))))
    names = ("time points, behavioural", "time points, macromodel", "steps, compiled", "compiled", "ideal")
    ratios = np.max(costs, axis=0) / np.min(costs, axis=0)
    checks = tuple(Check(f"{name}, most over least", float(r), MOST) for name, r in zip(names, ratios, strict=True))
    details = tuple(
        f"{rise:g}: compiled {run:.4f} s, ideal {ideal:.4f} s"
        for rise, (*_, run, ideal) in zip(RISES, costs, strict=True)
    )
    return Result(("rise", *names[:3]), tuple(rows), checks, details)


def _seconds(work) -> float:
    work()  # compiles, and fills caches
    times = []
    for _ in range(REPEATS):
        begin = process_time()
        work()
        times.append(process_time() - begin)
    return min(times)


def _study(stimulus: dict[str, Any], level: str) -> Study:
    hid = {"size": 2, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh"}
    out = {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear"}
    ways = {
        "drive_hid": {"source": "drive", "target": "hid", "weights": [[0.5], [-0.4]], "plastic": True},
        "hid_out": {"source": "hid", "target": "out", "weights": [[0.5, 0.3]], "plastic": True},
    }
    return Study.from_document(
        {
            "duration": DURATION,
            "network": {"output": "out", "populations": {"hid": hid, "out": out}, "projections": ways},
            "stimuli": {"drive": stimulus},
            "target": {"kind": "sines", "channels": [[{"amplitude": 0.4, "omega": 1.5, "phase": 0.5}]]},
            "circuit": {"level": level},
        }
    )
