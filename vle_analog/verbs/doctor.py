"""The verb `doctor`: which simulator is installed, which processes can be used, and what is wrong."""

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
        "kit": f"vle-analog {kit_version()}",
        "python": platform.python_version(),
        **facts,
        "tested": list(TESTED),
        "numba": _numba(),
        "PDK_ROOT": os.environ.get("PDK_ROOT"),
        "processes": processes(facts["osdi"]),
        "problems": problems,
    }


def processes(osdi: bool) -> dict[str, str]:
    """Process -> why its transistors cannot be used here; empty where they can."""
    return {name: unusable(process(name), osdi) for name in process_names()}


def _numba() -> str:
    """The version of numba, or why the equations are solved without it."""
    try:
        return str(importlib.import_module("numba").__version__)
    except ImportError as error:
        return f"not found: {error}"
