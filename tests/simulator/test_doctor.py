"""The facts about the simulator, and that they are gathered without loading it here."""

import sys
from pathlib import Path

import pytest

from vle_analog.simulator import doctor_facts
from vle_analog.simulator.library import VARIABLE


def test_a_machine_where_all_is_well():
    facts = doctor_facts()
    assert facts.problems == ()
    assert facts.code_models is True
    assert facts.multiplier is True
    assert facts.library_version == facts.program_version != "?"
    assert facts.pyspice_version is not None


def test_the_library_is_never_loaded_into_this_process():
    doctor_facts()
    assert "PySpice" not in sys.modules
    maps = Path("/proc/self/maps")
    assert not maps.exists() or "libngspice" not in maps.read_text()


def test_a_library_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    broken = tmp_path / "libngspice.so"
    broken.write_text("not a library")
    monkeypatch.setenv(VARIABLE, str(broken))
    facts = doctor_facts()
    assert (facts.library, facts.library_version, facts.code_models) == (str(broken), None, False)
    assert [problem.what for problem in facts.problems] == ["the simulator process did not start"]


def test_a_missing_program(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    facts = doctor_facts()
    assert facts.program is None
    assert facts.problems[-1].what == "the ngspice program was not found"
