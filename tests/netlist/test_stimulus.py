"""Stimuli of the testbench are the functions of time that the ideal integrates, also where samples end early."""

import tomllib

import pytest

from vle_analog import Study
from vle_analog.resources import shipped


def sampled(times: list[float], duration: float = 8.0) -> Study:
    """The chain, driven by samples at `times`."""
    text = (shipped("sim") / "online_chain.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    values = [[0.5 + 0.3 * k] for k in range(len(times))]
    document["stimuli"]["drive"] = {"kind": "samples", "times": times, "values": values}
    document["duration"] = duration
    document["simulate"]["points"] = 401
    return Study.from_document(document, "sampled")


@pytest.mark.parametrize("times", [[0, 2], [1, 10], [3, 4, 5], [0, 4, 8], [0, 3, 20]])
def test_samples_hold_their_ends_in_the_circuit_as_in_the_ideal(times: list[float]):
    assert sampled(times).compare().worst_nrmse < 1e-3


def test_the_data_file_covers_the_whole_run():
    lines = sampled([1, 2]).deck().files["drive.dat"].decode().splitlines()
    times = [float(line.split()[0]) for line in lines]
    assert times[0] == 0.0
    assert times[-1] > 8.0 * 1e-3
    assert [line.split()[1] for line in lines[:2]] == [lines[0].split()[1]] * 2


def test_a_step_never_jumps_over_an_edge():
    study = Study.load("depth", {"stimuli.drive.rise": 0.002, "duration": 6, "simulate.points": 401})
    deck = study.deck()
    assert deck.transient is not None
    assert deck.transient.max_step <= 0.001 * 1e-2
    assert study.compare().worst_nrmse < 1e-3


def test_a_study_may_be_called_what_ngspice_reserves():
    document = Study.load("depth").spec.document
    files = Study.from_document(document, "gnd").netlist()
    assert "gnd_network.cir" in files
    assert b".subckt gnd_network " in files["gnd_network.cir"]
