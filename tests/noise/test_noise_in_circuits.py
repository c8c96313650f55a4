"""Noise of a whole circuit: in the deck, in ngspice and in the equations the same path, and as large as its budget."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.errors import InputError
from vle_analog.netlist import flat_deck, flat_vector, solver_settings
from vle_analog.netlist.deck import Deck
from vle_analog.netlist.hierarchical import hierarchical_vector, network_lines
from vle_analog.netlist.rails import rail_cards
from vle_analog.noise.budget import noise_budget
from vle_analog.noise.in_model import disturbed
from vle_analog.noise.paths import with_noise
from vle_analog.noise.sites import noise_sites
from vle_analog.report.noise import noise as noise_table
from vle_analog.simulator import Job, open_backend
from vle_analog.simulator.rawfile import read_raw

QUIET = {"duration": 0.8, "circuit.level": "macromodel", "circuit.nonidealities": ["noise"], "simulate.points": 161}
NOISY = QUIET | {"simulate.noise": True}


@pytest.fixture(scope="module", params=["nudged_linear", "online_chain"])
def pair(request):
    """A study without and with the noise of its devices."""
    steps = {"simulate.tmax": 0.005}  # as many without noise as with it
    return Study.load(request.param, QUIET | steps), Study.load(request.param, NOISY | steps)


@pytest.fixture(scope="module")
def chain():
    return Study.load("online_chain", QUIET)


def test_noise_moves_circuit_and_ideal_alike(pair):
    """Every signal has noise, and the circuit departs from the ideal as little as without it."""
    quiet, noisy = pair
    assert disturbed(noisy.spec.network, noisy.circuit())[1] == ()  # every net has its place in the equations
    before, after = quiet.compare(), noisy.compare()
    for was, found in zip(before.signals, after.signals, strict=True):
        name = str(found.signal)
        moved, meant = (
            traces[1][name] - traces[0][name]
            for traces in (
                [study.simulate().traces for study in pair],
                [study.encoded_ideal() for study in pair],
            )
        )
        size = np.sqrt(np.mean(meant**2))
        assert size > 1e-6
        assert np.sqrt(np.mean((moved - meant) ** 2)) < 0.04 * size, name
        assert found.nrmse < 1.2 * was.nrmse + 2e-4, name


def test_a_deck_without_noise_has_nothing_of_it(chain):
    circuit = chain.circuit()
    settings = solver_settings(chain.spec, circuit)
    quiet, noisy = (flat_deck(c, *settings) for c in (circuit, with_noise(circuit, 0.8, 0.02, 1)))
    assert circuit.noise is None
    assert "noise" not in "".join(card for card in quiet.cards if card.startswith(("A", ".model")))
    kept = [card for card in noisy.cards if not card.startswith(("A_noise", ".model noise_currents"))]
    assert kept == list(quiet.cards)
    assert {name for name in noisy.files if not name.startswith("noise-")} == set(quiet.files)


def test_a_seed_is_a_deck():
    decks = [
        Study.load("online_chain", NOISY | {"simulate.noise_seed": seed, "simulate.noise_spacing": 0.1}).deck()
        for seed in (3, 3, 4)
    ]
    assert decks[0].text() == decks[1].text() == decks[2].text()
    assert decks[0].files == decks[1].files
    assert decks[0].files != decks[2].files


def test_neurons_that_are_added_leave_the_noise_of_the_others():
    def paths(size):
        weights = {
            "network.projections.drive_hidden.weights": [[0.5]] * size,
            "network.projections.hidden_readout.weights": [[0.2] * size],
            "target": {"kind": "sines", "channels": [[]], "offsets": 0.1},
        }
        study = Study.load("online_chain", NOISY | weights | {"network.populations.hidden.size": size})
        noise = with_noise(replace(study.circuit(), noise=None), 0.8, 0.02, 1).noise
        assert noise is not None
        return dict(zip(noise.nets, noise.currents.values.T, strict=True))

    one, two = paths(1), paths(2)
    assert set(one) < set(two)
    # the sizes of these devices do not depend on how many others there are
    for net in ("hidden_0_h", "hidden_0.b", "drive_hidden_0_0.w"):
        assert np.corrcoef(one[net], two[net])[0, 1] > 0.99


def test_the_netlist_for_people_has_the_same_noise(tmp_path):
    study = Study.load("online_chain", NOISY | {"duration": 0.5})
    for name, content in study.netlist().items():
        (tmp_path / name).write_bytes(content)
    subprocess.run(["ngspice", "-b", "-r", "out.raw", "testbench.cir"], cwd=tmp_path, check=True, capture_output=True)
    plot = read_raw(tmp_path / "out.raw")
    assert plot is not None
    flat = study.simulate().result
    for probe in study.circuit().probes:
        there = plot.values[:, plot.names.index(hierarchical_vector(study.circuit(), probe))]
        here = np.interp(plot.values[:, 0], flat.time, flat.vectors[flat_vector(probe)])
        assert np.abs(there - here).max() < 1e-6 * np.abs(here).max(), str(probe.signal)


def test_what_makes_no_noise_is_refused():
    for changes in ({"circuit.level": "behavioural"}, {"circuit.nonidealities": ["offset"]}):
        with pytest.raises(InputError, match="this circuit has no noise sources"):
            Study.load("online_chain", NOISY | changes).circuit()
    assert noise_sites(Study.load("online_chain", QUIET | {"circuit.level": "behavioural"}).circuit()) == ()


def test_transistors_make_the_noise_of_their_macromodels(chain):
    """A transient simulation of transistors knows no noise of its own."""
    transistors = Study.load("online_chain", QUIET | {"circuit.level": "transistor"}).circuit()
    assert [(s.path, s.into) for s in noise_sites(transistors)] == [
        (s.path, s.into) for s in noise_sites(chain.circuit())
    ]
    assert all(site.white > 0 for site in noise_sites(transistors))


def _open_states(circuit):
    """The netlist for people, with the switches of membranes and errors off; weights stay held."""
    inside = ""
    for line in network_lines(circuit):
        inside = line.split()[1] if line.startswith(".subckt") else inside
        is_state = inside.startswith(("membrane", "error")) and line.startswith("Xstart")
        yield line.replace(" vss hold ", " vss vss ") if is_state else line


def _inside(circuit, net):
    *path, last = net.split(".")
    return ".".join(["xdut", *(f"x{step}" for step in path), last]) if path or net not in circuit.top.ports else net


def test_the_budget_is_what_ngspice_integrates():
    """Its own `.noise` of the macromodels at rest: weights and inputs zero, the switches of the states open."""
    at_rest = {
        "network.projections.drive_hidden.weights": [[0.0]],
        "network.projections.hidden_readout.weights": [[0.0]],
    }
    study = Study.load("online_chain", QUIET | at_rest | {"circuit.nonidealities": ["noise", "capacitance"]})
    circuit = study.circuit()
    cards = [
        "Vprobe probe 0 ac 1",
        "Vdrive_0 drive_0 0 0",
        "Vtarget_0 target_0 0 0",
        f"Vhold hold vss {circuit.supply}",
        *rail_cards(circuit),
        "Vcm cm 0 0",
        f"Xdut {' '.join(circuit.top.ports)} {circuit.name}",
        *_open_states(circuit),
    ]
    found = [net for net in noise_budget(circuit, 1.0) if net.kind not in ("W", "b")]
    assert {net.kind for net in found} == {"S", "u", "h", "e", "v"}
    jobs = [
        Job(
            Deck(
                "noise",
                (*cards, ".save all", f".noise v({_inside(circuit, net.net)}) Vprobe dec 20 1e-3 1e8"),
                {"gmin": 1e-18, "reltol": 1e-6, "abstol": 1e-18},
                None,
                ("onoise_total",),
            )
        )
        for net in found
    ]
    with open_backend("libngspice") as backend:
        for net, job in zip(found, jobs, strict=True):
            total = float(np.real(backend.run(job).vectors["onoise_total"][-1]))
            assert net.rms == pytest.approx(total, rel=2e-3), net.net
            assert net.rms > net.limit  # devices make more noise than a resistor in equilibrium
            assert net.limit == pytest.approx(np.sqrt(1.380649e-23 * 300.15 / net.capacitance))


def test_a_weight_gathers_its_noise(chain):
    """A random walk: the mean square of an integral over the run is S T/2, divided by C^2."""
    circuit = chain.circuit()
    weight = next(net for net in noise_budget(circuit, 0.0008) if net.kind == "W")
    ends = []
    for seed in range(200):
        noise = with_noise(circuit, 0.8, 0.05, seed).noise
        assert noise is not None
        current = noise.currents.values[:, noise.nets.index(weight.net)]
        ends.append(np.trapezoid(current, noise.currents.times * circuit.units.time) / weight.capacitance)
    assert np.std(ends) / weight.rms == pytest.approx(1.0, abs=4 / np.sqrt(400) + 0.03)


def test_the_table_of_the_report(chain):
    table = noise_table(chain.circuit(), 1.5)
    assert {row[0] for row in table.rows} >= {"hidden_neuron", "readout_neuron", "drive_hidden_synapse"}
    assert any(row[1] == "membrane potential" and row[3].endswith("V") for row in table.rows)
    assert noise_table(Study.load("online_chain").circuit(), 1.5).rows == ()
