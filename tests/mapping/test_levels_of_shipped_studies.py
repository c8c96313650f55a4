"""Every shipped study can be made of macromodels and of transistors, or is refused with the reason."""

import shutil
from pathlib import Path

import pytest

from vle_analog import InputError, Study
from vle_analog.resources import shipped, shipped_studies

LEVELS = ("macromodel", "transistor")
REFUSED = {"lagline": "softplus"}


def test_what_is_refused_ships():
    assert set(REFUSED) < set(shipped_studies())


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [name for name in shipped_studies() if name not in REFUSED])
def test_a_shipped_study_has_a_netlist(name: str, level: str):
    study = Study.load(name, {"circuit.level": level})
    files = study.netlist()
    circuit = study.circuit()
    assert {leaf.level for leaf in circuit.leaves.values()} == {level}
    assert circuit.hold > 0
    assert circuit.curves
    assert ("devices.cir" in files) == (level == "transistor")
    text = files[f"{circuit.name}.cir"].decode()
    assert all(f".subckt {leaf} " in text for leaf in circuit.leaves)
    assert study.deck().text()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", REFUSED)
def test_another_activation_is_refused(name: str, level: str):
    with pytest.raises(InputError, match=f"no {level} version of .* for activation '{REFUSED[name]}'"):
        Study.load(name, {"circuit.level": level, "duration": 1.0}).circuit()


def test_a_gain_that_transistors_do_not_have_is_refused(tmp_path: Path):
    shutil.copytree(shipped("circuits") / "error_lag", tmp_path / "error_lag")
    path = tmp_path / "error_lag" / "cell.toml"
    path.write_text(path.read_text().replace('lag_gm = "gl"', 'lag_gm = "-gl"'))
    study = Study.load("nudged_linear", {"circuit.level": "transistor", "circuit.cells": str(tmp_path)})
    with pytest.raises(
        InputError, match=r"(?s)error_lag of readout_0 needs a negative gain \(lag\).*\"error_lag\" = \"beh"
    ):
        study.circuit()


def test_an_error_that_lags_stands_still_where_it_should():
    """tau_r above tau_m: at rest e is B, which a load of R g makes of R g B, and no gain is negative."""
    circuit = Study.load("nudged_linear", {"circuit.level": "transistor"}).circuit()
    numbers = next(module for module in circuit.modules if module.name == "readout_neuron").parameters
    load, lag, arriving = numbers["error_load_gm"], numbers["error_lag_gm"], numbers["slope_out_gm"]
    assert (load + lag) / load == pytest.approx(0.7 / 0.4)
    assert arriving == pytest.approx(load)
