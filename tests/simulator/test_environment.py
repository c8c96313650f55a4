"""Nothing of the user's environment reaches a run: no variable that any ngspice reads, no start-up file, no locale."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vle_analog.netlist.deck import Deck
from vle_analog.simulator import Job, SimulationResult, doctor_facts, open_backend
from vle_analog.simulator.environment import FIXED, PASSED, simulator_environment

# Strings of the ngspice program and library (39 to 47), of its manual, of what it is linked with; what Python reads.
# Two places stand for folders: HERE for one with start-up files that end ngspice, NOWHERE for one that is not there.
HERE, NOWHERE = "a folder with start-up files", "/nowhere"
HOSTILE = {
    "SPICE_ASCIIRAWFILE": "1",
    "SPICE_BUGADDR": "nobody@nowhere.invalid",
    "SPICE_EDITOR": "/bin/false",
    "SPICE_EXEC_DIR": NOWHERE,
    "SPICE_HELP_DIR": NOWHERE,
    "SPICE_HOST": "nowhere.invalid",
    "SPICE_LIB_DIR": NOWHERE,
    "SPICE_NEWS": "/etc/passwd",
    "SPICE_NO_DATASEG_CHECK": "1",
    "SPICE_OPTION": "abstol=1",
    "SPICE_PATH": "/bin/false",
    "SPICE_SCRIPTS": HERE,
    "SPICE_USERINIT_DIR": HERE,
    "NGSPICE_INPUT_DIR": HERE,
    "NGSPICE_MEAS_PRECISION": "1",
    "NGSPICE_OSDI_DIR": NOWHERE,
    "HOME": HERE,
    "USERPROFILE": HERE,
    "TERM": "no such terminal",
    "DISPLAY": "nowhere.invalid:9",
    "LINES": "2",
    "COLUMNS": "2",
    "SHELL": "/bin/false",
    "LC_ALL": "de_DE.UTF-8",
    "LC_NUMERIC": "de_DE.UTF-8",
    "LANG": "de_DE.UTF-8",
    "OMP_NUM_THREADS": "7",
    "OMP_DYNAMIC": "nonsense",
    "LD_PRELOAD": "/nowhere/libnothing.so",
    "LD_BIND_NOW": "1",
    "PYTHONPATH": NOWHERE,
    "PYTHONSTARTUP": "/nowhere/start.py",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONUTF8": "0",
    "PYTHONIOENCODING": "utf-16",
    "PySpiceLogLevel": "DEBUG",
    "XSPICE_ANYTHING": "1",
}
variables = st.sets(st.sampled_from(sorted(HOSTILE)))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder: every file that ngspice reads when it starts, each of which ends it."""
    folder = tmp_path_factory.mktemp("users")
    for name in (".spiceinit", "spinit", "spice.rc", ".spicerc"):
        (folder / name).write_text("set filetype=ascii\nset num_threads=8\nquit\n")
    (folder / "vle-analog-deck.cir").write_text("* another deck\n.end\n")
    return folder


def hostile(place: Path, names: set[str]) -> dict[str, str]:
    return {name: str(place) if HOSTILE[name] == HERE else HOSTILE[name] for name in names}


def run(backend: str, deck: Deck) -> SimulationResult:
    with open_backend(backend) as simulator:
        return simulator.run(Job(deck, timeout=30))


@given(names=variables, others=st.sets(st.text("ABCXYZ_", min_size=7, max_size=9)))
def test_only_what_is_listed_is_passed_on(place: Path, names: set[str], others: set[str]):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (dict.fromkeys(others, "x") | hostile(place, names)).items():
            patch.setenv(name, value)
        found = simulator_environment(place / "run")
        expected = {name: os.environ[name] for name in PASSED if name in os.environ}
    assert found == {**expected, **FIXED, "HOME": str(place / "run")}
    assert not {*HOSTILE, *others} & {*found} - {*PASSED, *FIXED, "HOME"}


@settings(max_examples=25)
@given(names=variables)
@example(names={"SPICE_ASCIIRAWFILE"})
@example(names=set(HOSTILE))
def test_the_program_gives_the_same_bits(place: Path, rc_deck: Callable[..., Deck], names: set[str]):
    check("ngspice", rc_deck(), hostile(place, names), place)


@settings(max_examples=4)
@given(names=variables)
@example(names=set(HOSTILE))
def test_the_library_gives_the_same_bits(place: Path, rc_deck: Callable[..., Deck], names: set[str]):
    check("libngspice", rc_deck(), hostile(place, names), place)


def check(backend: str, deck: Deck, names: dict[str, str], place: Path) -> None:
    """The same run, with these variables and in a folder that has start-up files."""
    plain = run(backend, deck)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for name, value in names.items():
            patch.setenv(name, value)
        found = run(backend, deck)
    np.testing.assert_array_equal(found.time, plain.time)
    for vector in deck.saves:
        np.testing.assert_array_equal(found.vectors[vector], plain.vectors[vector])
    assert found.simulator == plain.simulator
    assert found.diagnostics == plain.diagnostics


def test_the_doctor_finds_the_same(place: Path, monkeypatch: pytest.MonkeyPatch):
    plain = doctor_facts()
    monkeypatch.chdir(place)
    for name, value in hostile(place, set(HOSTILE)).items():
        monkeypatch.setenv(name, value)
    assert doctor_facts() == plain
