"""The page about versions of ngspice is what was measured, and the scripts that measure can be read by a shell."""

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

from vle_analog.simulator.doctor import TESTED

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_shows_what_was_measured():
    path = ROOT / "scripts" / "versions_page.py"
    spec = importlib.util.spec_from_file_location("versions_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == (ROOT / "docs" / "results" / "versions.md").read_text()


def test_every_tested_version_was_measured():
    files = (ROOT / "docs" / "results" / "versions").glob("*.json")
    measured = {json.loads(path.read_text())["version"] for path in files}
    assert set(TESTED) <= measured


@pytest.mark.parametrize("name", ["other_ngspice.sh", "versions.sh"])
def test_scripts_are_shell(name: str):
    assert subprocess.run(["/bin/sh", "-n", str(ROOT / "scripts" / name)], check=False).returncode == 0
