"""Stimuli of the testbench are the functions of time that the ideal integrates, also where samples end early."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.netlist.file_source import CHANNELS
from vle_analog.resources import shipped
from vle_analog.simulator import Job, open_backend


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
    assert any(np.isclose(deck.transient.breaks, 3.0 * study.circuit().units.time + study.circuit().hold))
    assert study.compare().worst_nrmse < 1e-3


def test_a_study_may_be_called_what_ngspice_reserves():
    document = Study.load("depth").spec.document
    files = Study.from_document(document, "gnd").netlist()
    assert "gnd_network.cir" in files
    assert b".subckt gnd_network " in files["gnd_network.cir"]


def test_more_channels_than_fit_into_a_line_that_ngspice_reads():
    """In ngspice every net follows its own samples, the last channel too; the lines of all files are short enough."""
    count, times = 40, np.linspace(0.0, 0.5, 6)
    values = -np.cos(np.outer(times, 1.0 + np.arange(count))) / 3
    document = tomllib.loads((shipped("sim") / "online_chain.toml").read_text(encoding="utf-8"))
    document["stimuli"]["drive"] = {"kind": "samples", "times": times.tolist(), "values": values.tolist()}
    document["network"]["projections"]["drive_hidden"]["weights"] = [[0.01] * count]
    document["target"] = {"kind": "sines", "channels": [[]], "offsets": [0.1]}
    document["duration"] = 0.5
    study = Study.from_document(document, "many")
    deck, units = study.deck(), study.circuit().units
    nets = tuple(f"drive_{k}" for k in range(count))
    with open_backend() as backend:
        found = backend.run(Job(replace(deck, saves=nets)))
    wanted = [np.interp(found.time / units.time, times, channel) * units.potential for channel in values.T]
    assert np.abs(np.stack([found.vectors[net] for net in nets]) - wanted).max() < 1e-6 * units.potential
    assert set(deck.files) == {"drive.dat", "drive.1.dat"}
    lines = [line for content in deck.files.values() for line in content.splitlines()]
    assert max(len(line) for line in lines) < 511
    assert {len(line.split()) - 1 for line in lines} == {CHANNELS, count - CHANNELS}
    assert {*deck.files} <= {*study.netlist()}
