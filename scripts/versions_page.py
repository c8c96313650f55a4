"""The dependence of fidelity and speed on the version of ngspice and its linear solver: docs/results/versions.md.

sh scripts/versions.sh bookworm trixie sid    # measures, each in a system of its own, then writes the page
python scripts/versions_page.py measure       # measures the ngspice of this machine; prints JSON
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from vle_analog import Study
from vle_analog.compare import compare
from vle_analog.compare.simulated import simulate_circuit
from vle_analog.simulator import doctor_facts, open_backend

DOCS = Path(__file__).resolve().parents[1] / "docs"
RESULTS = DOCS / "results" / "versions"
DIFFERENCES = RESULTS / "differences.md"  # what the tests of the kit found, and what was done about it
STUDIES: dict[str, tuple[str, dict[str, Any]]] = {
    "`wide`, 64 synapses, ideal cells": ("wide", {"duration": 50}),
    "`wide`, macromodels": ("wide", {"duration": 10, "circuit.level": "macromodel"}),
    "`online_chain`, transistors": ("online_chain", {"duration": 10, "circuit.level": "transistor"}),
    "`two_layer`, transistors": ("two_layer", {"duration": 4, "circuit.level": "transistor"}),
}
SOLVERS: dict[str, dict[str, float]] = {"Sparse 1.3": {}, "KLU": {"klu": 1.0}}
KLU_SAYS = "Using KLU"
RUNS = 3


def measure() -> dict[str, Any]:
    """Measure every study with every solver of this ngspice."""
    facts = doctor_facts()
    found: dict[str, Any] = {"version": facts.program_version, "osdi": facts.osdi, "studies": {}}
    for title, (name, changes) in STUDIES.items():
        study = Study.load(name, {**changes, "simulate.backend": "ngspice", "simulate.timeout": 3600})
        rows = {solver: _row(study, options) for solver, options in SOLVERS.items()}
        found["studies"][title] = {solver: row for solver, row in rows.items() if row is not None}
        print(title, found["studies"][title], file=sys.stderr, flush=True)
    return found


def _row(study: Study, options: dict[str, float]) -> dict[str, float] | None:
    """Return worst NRMSE, time points, least CPU seconds; `None` where ngspice does not have the solver."""
    deck = study.deck()
    deck = replace(deck, options={**deck.options, **options})
    seconds = []
    for _ in range(RUNS):
        with open_backend("ngspice") as backend:
            result, traces = simulate_circuit(study.spec, study.circuit(), deck, backend, None)
        if options and KLU_SAYS not in result.log:
            return None
        seconds.append(result.cpu_seconds)
    worst = compare(study.encoded_ideal(), traces, study.spec.compare).worst_nrmse
    return {"nrmse": float(worst), "points": len(result.time), "seconds": min(seconds)}


def page() -> str:
    """Return the page from the measured values."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    found.sort(key=lambda entry: float(entry["version"]))
    lines = [
        "# Versions of ngspice",
        "",
        "Made by `sh scripts/versions.sh bookworm trixie sid`: the studies below in the ngspice program of Debian",
        f"systems on one machine. CPU seconds are the least of {RUNS} runs, known to some 30 % on a shared machine.",
        "The worst NRMSE is that of all signals, against the solution of the equations.",
        "",
        "| study | ngspice | solver | worst NRMSE | time points | CPU seconds |",
        "|---|---|---|---|---|---|",
    ]
    for title in STUDIES:
        for entry in found:
            for solver, row in entry["studies"][title].items():
                cells = f"{row['nrmse']:.3e} | {row['points']} | {row['seconds']:.2f}"
                lines.append(f"| {title} | {entry['version']} | {solver} | {cells} |")
    compiled = {entry["version"]: "yes" if entry["osdi"] else "no" for entry in found}
    lines += ["", "OSDI (compiled models): " + ", ".join(f"{key} {value}" for key, value in compiled.items()) + "."]
    return "\n".join([*lines, "", DIFFERENCES.read_text(encoding="utf-8")])


def main() -> None:
    """Print the measurements, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["measure", "page"])
    if parser.parse_args().what == "measure":
        print(json.dumps(measure(), indent=1))
    else:
        (DOCS / "results" / "versions.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
