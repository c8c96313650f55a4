"""Every deck of transistors sets one thread by itself, whatever the start-up files of the machine ask for."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from vle_analog import Study
from vle_analog.cells.library import cell
from vle_analog.characterise.bench import Bench
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.netlist import flat_deck, solver_settings
from vle_analog.netlist.deck import ONE_THREAD, Deck, command_cards
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process

BLOCK = "\n".join(command_cards(ONE_THREAD))


@pytest.fixture(scope="module")
def transistors() -> Study:
    return Study.load("online_chain", {"circuit.level": "transistor", "duration": 0.5})


def chip(study: Study) -> Deck:
    circuit = replace(study.circuit(), deviations={"hidden_0.membrane.load.X1": {"dvt": 1e-3}})
    return flat_deck(circuit, *solver_settings(study.spec, circuit))


def bench(_: Study) -> Deck:
    made_for = process("generic180")
    ota, replica = (cell(name).subcircuit("transistor") for name in ("ota_linear", "common_mode"))
    cards = device_cards(made_for)
    return Bench(PRIMITIVES["ota_linear"], ota, replica, cards, made_for.supply, 1e-9, 27.0).deck((), ())


@pytest.mark.parametrize("make", [Study.deck, chip, bench])
def test_in_one_level(transistors: Study, make):
    assert make(transistors).text().count(BLOCK) == 1


def test_in_the_testbench_alone(transistors: Study):
    files = {name: content.decode() for name, content in transistors.netlist().items()}
    assert {name: text.count(BLOCK) for name, text in files.items() if "num_threads" in text} == {"testbench.cir": 1}


@pytest.mark.parametrize("level", ["behavioural", "macromodel"])
def test_not_where_no_transistor_is(level: str):
    study = Study.load("online_chain", {"circuit.level": level, "duration": 0.5})
    for text in (study.deck().text(), *(content.decode() for content in study.netlist().values())):
        assert "num_threads" not in text


@pytest.mark.parametrize("name", ["testbench.cir", "deck.cir"])
def test_the_simulator_runs_on_one_thread(transistors: Study, tmp_path: Path, name: str):
    """As users run it, with a start-up file at home that asks for eight."""
    home, folder = tmp_path / "home", tmp_path / "netlist"
    home.mkdir()
    folder.mkdir()
    (home / ".spiceinit").write_text("set num_threads=8\n")
    for file, content in (transistors.netlist() | {"deck.cir": transistors.deck().text().encode()}).items():
        (folder / file).write_bytes(content)
    asking = (folder / name).read_text().replace(".endc", "echo threads: $num_threads\n.endc")
    (folder / name).write_text(asking)
    command, home_there = ["ngspice", "-b", "-r", "out.raw", name], os.environ | {"HOME": str(home)}
    done = subprocess.run(command, cwd=folder, env=home_there, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "threads: 1\n" in done.stdout, done.stdout + done.stderr
