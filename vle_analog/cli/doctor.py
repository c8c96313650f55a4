"""`vle-analog doctor`: which simulator is there, which processes can be used, and what is wrong."""

import importlib
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vle_analog.process.devices import unusable
from vle_analog.process.process import process, process_names
from vle_analog.provenance import kit_version
from vle_analog.simulator import doctor_facts
from vle_analog.simulator.doctor import TESTED


def examine() -> dict[str, Any]:
    """All facts as plain data; `problems` is empty where nothing is wrong."""
    facts = asdict(doctor_facts())
    problems = [{key: text for key, text in problem.items() if text} for problem in facts.pop("problems")]
    if (root := os.environ.get("PDK_ROOT")) and not Path(root).expanduser().is_dir():
        problems.append(
            {"what": "PDK_ROOT is not a folder", "got": root, "hint": "set it to where the kits are, or not"}
        )
    return {
        "kit": f"vle-analog {kit_version()}", "python": platform.python_version(), **facts,
        "tested": list(TESTED), "numba": _numba(),
        "PDK_ROOT": os.environ.get("PDK_ROOT"), "processes": processes(facts["osdi"]),
        "problems": problems,
    }  # fmt: skip


def _numba() -> str:
    """The version of numba, or why the equations are solved without it."""
    try:
        return str(importlib.import_module("numba").__version__)
    except ImportError as error:
        return f"not found: {error}"


def processes(osdi: bool) -> dict[str, str]:
    """Process -> why its transistors cannot be used here; empty where they can."""
    return {name: unusable(process(name), osdi) for name in process_names()}


def _other_version(facts: dict[str, Any]) -> str:
    """What is to be said where the version that is here is none of them."""
    others = {facts[key] for key in ("library_version", "program_version") if facts[key]} - {*facts["tested"]}
    return f"; not with {' and '.join(sorted(others))}, which is here" if others else ""


def show(facts: dict[str, Any]) -> None:
    """Prints the facts, one line each."""
    found = {True: "yes", False: "no", None: "not found"}
    print(f"{facts['kit']}, Python {facts['python']}, PySpice {facts['pyspice_version'] or 'not found'}")
    print(f"libngspice    {facts['library'] or 'not found'}  {facts['library_version'] or ''}".rstrip())
    print(f"ngspice       {facts['program'] or 'not found'}  {facts['program_version'] or ''}".rstrip())
    print(f"tested with   ngspice {', '.join(facts['tested'])}{_other_version(facts)}")
    print(f"code models   {found[facts['code_models']]}")
    print(f"OSDI          {found[facts['osdi']]}")
    print(f"numba         {facts['numba']}")
    root = facts["PDK_ROOT"] or "not set (only needed for gf180mcu and sky130)"
    print(f"PDK_ROOT      {root}")
    for name, why_not in facts["processes"].items():
        print(f"  {name:<12}{'no: ' + why_not if why_not else 'can be used'}")
    for problem in facts["problems"]:
        print("problem: " + "; ".join(f"{key}: {text}" if key != "what" else text for key, text in problem.items()))
    print("nothing is wrong" if not facts["problems"] else f"{len(facts['problems'])} problem(s)")
