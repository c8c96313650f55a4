"""Every shipped study is proven, cell by cell, connection by connection, equation by equation."""

from itertools import product

import pytest

from vle_analog import Study
from vle_analog.resources import shipped_studies

SHORT = {"duration": 1.0}  # the circuit is the same, but for its units


@pytest.mark.parametrize("name", shipped_studies())
def test_circuit_of_a_shipped_study_has_its_equations(name):
    study = Study.load(name, SHORT)
    proof = study.verify()
    assert proof.holds, proof.failed
    network = study.spec.network
    covered = [one for names in proof.covers.values() for one in names]
    neurons = [f"{p.name}[{k}]" for p in network.populations for k in range(p.size)]
    places = {q.name: product(*map(range, q.weights.shape)) for q in network.projections}
    synapses = [f"{name}[{i},{j}]" for name, pairs in places.items() for i, j in pairs]
    assert sorted(covered) == sorted(neurons + synapses)
    assert {s.kind for s in proof.statements if s.name == "netlist"} == set(study.circuit().count())


def test_every_law_of_the_chain_is_a_statement():
    proof = Study.load("online_chain", SHORT).verify()
    hidden = {s.name: s for s in proof.of("hidden_neuron")}
    assert {"u", "U", "h", "B", "v", "e"} <= set(hidden)
    assert hidden["u"].equation == "u̇ᵢ = (Sᵢ + γ eᵢ − uᵢ)/τₘᵢ"
    assert r"\tau" in hidden["u"].latex
    readout = {s.name for s in proof.of("readout_neuron")}
    assert not {"u", "v"} & readout  # a wire has no states
    synapse = {s.name for s in proof.of("hidden_readout_synapse")}
    assert {"S", "h", "W"} <= synapse


def test_the_proof_is_the_same_object_the_second_time():
    study = Study.load("online_chain", SHORT)
    assert study.verify() is study.verify()
    assert "all hold" in repr(study.verify())
