"""`vle-analog doctor`: which simulator and which design kits are there, and what is wrong."""

import importlib
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vle_analog.provenance import kit_version
from vle_analog.simulator import doctor_facts

# Where open_pdks and ciel put the ngspice models of a process, under PDK_ROOT.
DESIGN_KITS = {
    "gf180mcu": ("gf180mcuD/libs.tech/ngspice", "gf180mcuC/libs.tech/ngspice"),
    "sky130": ("sky130A/libs.tech/combined/continuous", "sky130A/libs.tech/ngspice"),
}


def examine() -> dict[str, Any]:
    """All facts as plain data; `problems` is empty where nothing is wrong."""
    facts = asdict(doctor_facts())
    problems = [{key: text for key, text in problem.items() if text} for problem in facts.pop("problems")]
    return {
        "kit": f"vle-analog {kit_version()}", "python": platform.python_version(), **facts,
        "numba": _numba(), "PDK_ROOT": os.environ.get("PDK_ROOT"), "design_kits": design_kits(), "problems": problems,
    }  # fmt: skip


def _numba() -> str:
    """The version of numba, or why the equations are solved without it."""
    try:
        return str(importlib.import_module("numba").__version__)
    except ImportError as error:
        return f"not found: {error}"


def design_kits() -> dict[str, str | None]:
    """Process -> folder of its ngspice models under PDK_ROOT, or `None`."""
    root = os.environ.get("PDK_ROOT")
    if not root:
        return dict.fromkeys(DESIGN_KITS)
    return {
        name: next((str(Path(root) / place) for place in places if (Path(root) / place).is_dir()), None)
        for name, places in DESIGN_KITS.items()
    }


def show(facts: dict[str, Any]) -> None:
    """Prints the facts, one line each."""
    found = {True: "yes", False: "no", None: "not found"}
    print(f"{facts['kit']}, Python {facts['python']}, PySpice {facts['pyspice_version'] or 'not found'}")
    print(f"libngspice    {facts['library'] or 'not found'}  {facts['library_version'] or ''}".rstrip())
    print(f"ngspice       {facts['program'] or 'not found'}  {facts['program_version'] or ''}".rstrip())
    print(f"code models   {found[facts['code_models']]}")
    print(f"numba         {facts['numba']}")
    root = facts["PDK_ROOT"] or "not set (only needed for gf180mcu and sky130)"
    print(f"PDK_ROOT      {root}")
    for name, place in facts["design_kits"].items():
        print(f"  {name:<12}{place or 'not found'}")
    for problem in facts["problems"]:
        print("problem: " + "; ".join(f"{key}: {text}" if key != "what" else text for key, text in problem.items()))
    print("nothing is wrong" if not facts["problems"] else f"{len(facts['problems'])} problem(s)")
