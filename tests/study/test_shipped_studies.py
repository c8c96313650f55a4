"""The studies that ship with the kit: they load, and they are what their comments say."""

import numpy as np
import pytest

from vle_analog.network import Sines, Steps
from vle_analog.resources import PART_FOR_CIRCUIT, shipped, shipped_studies
from vle_analog.study import Teacher, read_study

NAMES = (
    "depth",
    "lagline",
    "lagnet",
    "le_robustness",
    "nudged_linear",
    "online_chain",
    "recurrent_pair",
    "two_layer",
    "wide",
)


def test_all_are_there():
    assert set(NAMES) <= set(shipped_studies())


@pytest.mark.parametrize("name", shipped_studies())
def test_name_and_path_give_the_same_study(name):
    by_name, by_path = read_study(name), read_study(shipped("sim") / f"{name}.toml")
    assert by_name.name == by_path.name == name
    assert by_name.digest == by_path.digest
    assert by_name.title


@pytest.mark.parametrize("name", NAMES)
def test_signals_are_of_order_one(name):
    study = read_study(name)
    time = np.linspace(0, study.duration, 2000)
    for stimulus in study.network.stimuli.values():
        assert 0.3 < np.abs(stimulus(time)).max() < 3.0
    part = read_study(name, [f"{key}={value}" for key, value in PART_FOR_CIRCUIT.get(name, {}).items()])
    assert part.duration / part.simulate.tmax < 10_000


def test_online_chain():
    study = read_study("online_chain")
    hidden, readout = study.network.populations
    assert (hidden.tau_m[0], hidden.tau_r[0], hidden.activation) == (1.0, 0.2, "tanh")
    assert (readout.tau_m[0], readout.tau_r[0], readout.activation) == (0.5, 0.5, "linear")
    assert not hidden.wire[0]
    assert readout.wire[0]
    assert [p.weights.tolist() for p in study.network.projections] == [[[0.5]], [[0.2]]]
    assert all(study.network.learns(p) and p.eta == 0.1 for p in study.network.projections)
    assert isinstance(study.target, Teacher)
    assert [p.weights.tolist() for p in study.target.network.projections] == [[[1.2]], [[0.8]]]
    assert study.circuit.voltage_unit == "auto"
    assert study.simulate.tmax == 0.02


def test_two_layer_has_a_time_constant_per_neuron_and_learns_everything():
    network = read_study("two_layer").network
    tau_m = np.concatenate([p.tau_m for p in network.populations])
    tau_r = np.concatenate([p.tau_r for p in network.populations])
    assert len(set(tau_m.tolist())) == len(tau_m) == 4
    assert len(set(tau_r.tolist())) > 2
    assert not any(p.wire.any() for p in network.populations)
    assert all(network.learns(p) for p in network.projections)
    assert network.learns_bias(network.population("readout"))


def test_nudged_linear_has_the_gain_of_its_comment():
    study = read_study("nudged_linear")
    network = study.network
    weight = network.projections[1].weights[0, 0]
    assert network.gamma * network.beta * (1 + weight**2) == pytest.approx(0.82)
    assert not network.plasticity
    assert all(p.activation == "linear" and p.size == 1 and not p.wire[0] for p in network.populations)
    assert isinstance(study.target, Sines)


def test_recurrent_pair_is_stable_for_student_and_teacher():
    study = read_study("recurrent_pair")
    assert isinstance(study.target, Teacher)
    for network in (study.network, study.target.network):
        pair, loop = network.population("pair"), network.projections[1]
        assert loop.source == loop.target == "pair"
        # the slopes of tanh are at most 1; the error loop is the stricter one (tau_m / tau_r > 1)
        gains = np.linalg.eigvals(np.diag(pair.tau_m / pair.tau_r) @ loop.weights.T)
        assert np.abs(gains).max() < 0.7


def test_depth_is_a_chain_of_eight_wires():
    study = read_study("depth")
    network = study.network
    assert network.rule == "le"
    assert len(network.populations) == len(network.projections) == 8
    assert all(p.size == 1 and p.wire[0] for p in network.populations)
    assert not network.plasticity
    assert isinstance(network.stimuli["drive"], Steps)
    receivers = {projection.source: projection.target for projection in network.projections}
    name, depth = "drive", 0
    while name in receivers:
        name, depth = receivers[name], depth + 1
    assert (name, depth) == ("readout", 8)


def test_lagline_learns_everything_that_its_teacher_has_otherwise():
    study = read_study("lagline")
    assert isinstance(study.target, Teacher)
    network, teacher = study.network, study.target.network
    assert all(network.learns(p) for p in network.projections)
    assert all(network.learns_tau_m(p) and not network.learns_tau_r(p) for p in network.populations)
    assert [p.tau_m[0] for p in teacher.populations] == [1.0, 2.0]
    assert [p.tau_r[0] for p in teacher.populations] == [p.tau_r[0] for p in network.populations] == [0.1, 0.1]
    assert [p.weights[0, 0] for p in teacher.projections] == [1.0, 2.0]


def test_lagnet_learns_its_first_layer_and_differs_from_its_teacher_there_alone():
    study = read_study("lagnet")
    assert isinstance(study.target, Teacher)
    network, teacher = study.network, study.target.network
    assert [p.name for p in network.projections if network.learns(p)] == ["drive_first"]
    assert [p.wire.tolist() for p in network.populations] == [[True, False], [True, False], [True]]
    mine, taught = ({p.name: p.weights.tolist() for p in each.projections} for each in (network, teacher))
    assert [name for name in mine if mine[name] != taught[name]] == ["drive_first"]
    assert taught == {
        "drive_first": [[-0.5], [1.0]],
        "first_second": [[0.5, 0.0], [0.0, 1.0]],
        "second_readout": [[0.5, 1.0]],
    }


def test_le_robustness_has_no_wires_and_a_teacher_of_nothing_else():
    study = read_study("le_robustness")
    assert isinstance(study.target, Teacher)
    assert study.network.rule == "le"
    assert not any(p.wire.any() for p in study.network.populations)
    assert all(p.wire.all() for p in study.target.network.populations)


def test_wide_has_64_plastic_synapses():
    study = read_study("wide")
    network = study.network
    assert sum(p.weights.size for p in network.projections if network.learns(p)) == 64
    assert [p.weights.shape for p in network.projections] == [(8, 4), (4, 8)]
    assert isinstance(study.target, Sines)
    assert study.target.size == 4
    assert not any(p.wire.any() for p in network.populations)
