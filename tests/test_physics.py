"""The circuits in ngspice against the equations: how far apart, and that it shrinks as it should."""

import itertools
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.compare import align, compare
from vle_analog.netlist import flat_deck, flat_vector, hierarchical_files, solver_settings
from vle_analog.netlist.hierarchical import hierarchical_vector
from vle_analog.resources import PART_FOR_CIRCUIT
from vle_analog.simulator import Job, open_backend
from vle_analog.simulator.rawfile import read_raw

SHIPPED = (
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
# steps limited by tmax alone: an estimate of the truncation error never shortens one, and Newton goes to the end
TIGHT = {"reltol": 1e-7, "abstol": 1e-15, "vntol": 1e-9, "chgtol": 1e-18, "trtol": 1e6}
EXACT = TIGHT | {"reltol": 1e-9, "abstol": 1e-18, "vntol": 1e-12}
WAVEFORMS = 5e-9  # of the largest value of a signal


@pytest.fixture(scope="module")
def backend():
    with open_backend() as opened:
        yield opened


def traces(study, backend, deck=None):
    """A deck of the study, run and read on the study's time grid."""
    circuit, spec = study.circuit(), study.spec
    result = backend.run(Job(deck or study.deck(), 120.0))
    grid = np.linspace(0.0, spec.duration, spec.simulate.points)
    vectors = [flat_vector(probe) for probe in circuit.probes]
    return align(result.time, result.vectors, circuit.probes, vectors, circuit.units.time, grid)


def against_ideal(study, backend, deck=None):
    return compare(study.ideal(), traces(study, backend, deck), study.spec.compare)


def with_step(study, tmax, **options):
    """The study's deck with steps of `tmax` and tight tolerances."""
    deck = study.deck()
    step = tmax * study.circuit().units.time
    assert deck.transient is not None
    return replace(
        deck, options=deck.options | TIGHT | options, transient=replace(deck.transient, step=step, max_step=step)
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_study_is_within_its_bounds_and_ten_times_better_at_the_finest_settings(name, backend):
    part = PART_FOR_CIRCUIT.get(name, {})
    study = Study.load(name, part)
    comparison = against_ideal(study, backend)
    assert comparison.passed
    assert comparison.worst_nrmse <= 1e-3
    kinds = {s.signal.kind for s in comparison.signals}
    assert ("W" in kinds) == any(study.spec.network.learns(q) for q in study.spec.network.projections)
    finest = traces(Study.load(name, {**part, "simulate.finest": True}), backend)
    assert compare(study.ideal(), finest, study.spec.compare).worst_nrmse <= 1e-4


def test_every_signal_of_the_ideal_is_measured(backend):
    study = Study.load("two_layer", {"duration": 1.0})
    assert {str(s) for s in traces(study, backend).signals} == {str(s) for s in study.ideal().signals}


def test_nudged_output_follows_the_closed_form(backend):
    study = Study.load("nudged_linear")
    free = Study.load("nudged_linear", {"network.gamma": 0.0}).ideal()["readout.r[0]"]
    circuit = traces(study, backend)
    k = 0.5 * 1.0 * (1 + 0.8**2)
    wanted = (free + k * study.target(circuit.time)[0]) / (1 + k)
    assert np.max(np.abs(circuit["readout.r[0]"] - wanted)) <= 1e-4
    assert np.ptp(wanted) > 1.0


def test_deep_chain_follows_its_input_at_once(backend):
    circuit = traces(Study.load("depth"), backend)
    ideal = Study.load("depth").ideal()
    delays = [
        s.delay for s in compare(ideal, circuit, Study.load("depth").spec.compare).signals if s.signal.kind == "r"
    ]
    assert len(delays) == 8
    assert max(map(abs, delays)) < 1e-4  # membranes have time constants of 0.5 to 1.2


def test_the_error_is_of_second_order_in_the_step(backend):
    study = Study.load("nudged_linear", {"duration": 10.0})
    errors = []
    for tmax in (0.04, 0.02, 0.01, 0.005):
        comparison = against_ideal(study, backend, with_step(study, tmax))
        errors.append(np.sqrt(np.mean([s.nrmse**2 for s in comparison.signals if s.signal.kind in "uv"])))
    ratios = [a / b for a, b in itertools.pairwise(errors)]
    assert all(3.5 < ratio < 4.5 for ratio in ratios), (errors, ratios)


def learning():
    """The shipped chain with a target of sines: a teacher's samples would have kinks."""
    shipped = Study.load("online_chain").spec.document
    target = {"kind": "sines", "channels": [[{"amplitude": 0.6, "omega": 1.0}, {"amplitude": 0.3, "omega": 2.3}]]}
    return Study.from_document(shipped | {"duration": 8.0, "target": target})


def test_learning_is_of_second_order_in_the_step_too(backend):
    study = learning()
    errors = []
    for tmax in (0.02, 0.01, 0.005):
        comparison = against_ideal(study, backend, with_step(study, tmax))
        errors.append(np.sqrt(np.mean([s.nrmse**2 for s in comparison.signals if s.signal.kind == "W"])))
    assert all(3.5 < a / b < 4.5 for a, b in itertools.pairwise(errors)), errors


def flat_and_nested(study, folder, tight):
    """Time and vectors of the flat deck, and those of the hierarchical netlist run by hand as its first line says."""
    circuit = study.circuit()
    options, transient = solver_settings(study.spec, circuit)
    options |= tight
    for file, content in hierarchical_files(circuit, options, transient).items():
        (folder / file).write_bytes(content)
    done = subprocess.run(
        ["ngspice", "-b", "-r", "out.raw", "testbench.cir"], cwd=folder, capture_output=True, check=True
    )
    assert b"rror" not in done.stderr
    plot = read_raw(folder / "out.raw")
    assert plot is not None
    with open_backend("ngspice") as program:
        flat = program.run(Job(flat_deck(circuit, options, transient)))
    return flat, dict(zip(plot.names, plot.values.T, strict=True))


CASES = {
    "nudged": lambda: Study.load("nudged_linear", {"duration": 3.0}),
    "learning": learning,
    "mixed": lambda: Study.from_document(mixed(gamma=0.2, feedback="random")),
}


@pytest.mark.parametrize("case", CASES)
def test_hierarchical_netlist_has_the_waveforms_of_the_deck_that_runs(case, tmp_path):
    """With steps of one length both forms of the circuit take the very same ones; what remains are ten printed digits
    and the end of Newton's iteration."""
    study = CASES[case]()
    flat, nested = flat_and_nested(study, tmp_path, EXACT)
    assert nested["time"] == pytest.approx(flat.time, rel=1e-12)
    for probe in study.circuit().probes:
        one, other = nested[hierarchical_vector(study.circuit(), probe)], flat.vectors[flat_vector(probe)]
        assert np.max(np.abs(one - other)) <= WAVEFORMS * np.max(np.abs(other)), probe.signal


@pytest.mark.parametrize("name", ["two_layer", "recurrent_pair"])
def test_hierarchical_netlist_of_a_sampled_target_agrees_as_far_as_the_solver_goes(name, tmp_path):
    """With a `filesource` ngspice chooses steps of its own, not quite the same for both: read on the common grid."""
    study = Study.load(name, {"duration": 3.0, "simulate.points": 301})
    flat, nested = flat_and_nested(study, tmp_path, {"reltol": 1e-6, "trtol": 1.0})
    probes, units, grid = study.circuit().probes, study.circuit().units, study.ideal().time
    plain = align(flat.time, flat.vectors, probes, [flat_vector(probe) for probe in probes], units.time, grid)
    names = [hierarchical_vector(study.circuit(), probe) for probe in probes]
    comparison = compare(plain, align(nested["time"], nested, probes, names, units.time, grid), study.spec.compare)
    assert comparison.worst_nrmse <= 1e-5


def test_shared_activations_do_not_change_the_waveforms(backend):
    study = Study.load("wide", {"duration": 3.0})
    circuit = study.circuit()
    options, transient = solver_settings(study.spec, circuit)
    results = [backend.run(Job(flat_deck(circuit, options | EXACT, transient, share=share))) for share in (True, False)]
    assert results[0].time == pytest.approx(results[1].time, rel=1e-9)
    for name, row in results[0].vectors.items():
        assert np.max(np.abs(row - results[1].vectors[name])) <= WAVEFORMS * np.max(np.abs(row)), name


def test_both_backends_give_the_same_numbers(backend):
    deck = Study.load("two_layer", {"duration": 3.0}).deck()
    library = backend.run(Job(deck))
    with open_backend("ngspice") as program:
        batch = program.run(Job(deck))
    assert library.time == pytest.approx(batch.time, rel=1e-12)
    for name, row in library.vectors.items():
        assert row == pytest.approx(batch.vectors[name], rel=1e-9, abs=1e-15), name


def mixed(**network):
    """Leads, wires and weighted sums side by side in one population, pole-zero pairs at the output."""
    return {
        "duration": 8.0,
        "network": {
            "output": "readout",
            **network,
            "populations": {
                "hidden": {
                    "size": 4,
                    "tau_m": [1.0, 0.5, 0.4, 0.6],
                    "tau_r": [0.3, 0.5, 0.8, 0.2],
                    "activation": "tanh",
                    "bias": [0.2, 0.0, -0.1, 0.3],
                    "bias_plastic": True,
                    "bias_eta": 0.1,
                },
                "readout": {"size": 2, "tau_m": 0.5, "tau_r": 0.5, "activation": "logistic", "realisation": "lead"},
            },
            "projections": {
                "drive_hidden": {
                    "source": "drive",
                    "target": "hidden",
                    "plastic": True,
                    "eta": 0.2,
                    "weights": {"init": "uniform", "scale": 0.8, "seed": 1},
                },
                "hidden_readout": {
                    "source": "hidden",
                    "target": "readout",
                    "plastic": True,
                    "eta": 0.2,
                    "weights": {"init": "uniform", "scale": 0.8, "seed": 2},
                },
            },
        },
        "stimuli": {
            "drive": {
                "kind": "sines",
                "channels": [[{"amplitude": 1.0, "omega": 1.0}], [{"amplitude": 0.7, "omega": 2.0, "phase": 0.5}]],
            }
        },
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.3, "omega": 0.7}], []], "offsets": 0.5},
        "simulate": {"points": 401},
    }


OPTIONS = {
    "plain": {},
    "nudged": {"gamma": 0.3},
    "settled": {"start": "settled", "gamma": 0.1},
    "le": {"rule": "le"},
    "backprop": {"rule": "backprop"},
    "random feedback": {"feedback": "random"},
    "frozen": {"plasticity": False},
}


@pytest.mark.parametrize("case", OPTIONS)
def test_kinds_of_neurons_mix_in_one_population(case, backend):
    study = Study.from_document(mixed(**OPTIONS[case]))
    comparison = against_ideal(study, backend)
    assert comparison.worst_nrmse <= 1e-3, comparison.worst
    assert {str(s) for s in comparison.circuit.signals} == {str(s) for s in study.ideal().signals}


def test_a_settled_start_stays_at_rest(backend):
    """With inputs that do not move, and nothing learning, no signal moves."""
    rest = {"kind": "sines", "channels": [[], []], "offsets": [0.6, -0.3]}
    document = mixed(start="settled", gamma=0.2, plasticity=False) | {"stimuli": {"drive": rest}, "target": rest}
    study = Study.from_document(document)
    circuit = traces(study, backend)
    assert np.max(np.ptp(circuit.values, axis=1)) < 1e-5
    ideal = study.ideal()
    assert circuit.values[:, -1] == pytest.approx([ideal[s][-1] for s in circuit.signals], abs=1e-5)


@pytest.mark.parametrize("kind", ["steps", "samples"])
def test_circuit_hears_the_stimulus_of_the_ideal(kind, backend):
    drive = {
        "steps": {
            "channels": [[{"time": 2.0, "value": 1.0}], [{"time": 3.0, "value": -0.5}, {"time": 6.0, "value": 0.4}]],
            "initials": [0.0, 0.2],
            "rise": 0.2,
        },
        "samples": {
            "times": [0.0, 1.0, 2.5, 4.0, 8.0],
            "values": [[0.0, 0.5], [1.0, 0.0], [-0.5, 0.3], [0.2, 0.2], [0.5, -1.0]],
        },
    }[kind]
    study = Study.from_document(mixed() | {"stimuli": {"drive": {"kind": kind, **drive}}})
    assert against_ideal(study, backend).worst_nrmse <= 1e-3


def test_a_parasitic_pole_costs_in_proportion(backend):
    base = {"duration": 10.0, "simulate.points": 501}
    ideal = Study.load("nudged_linear", base)
    errors = []
    for pole in (0.002, 0.004, 0.008):
        study = Study.load("nudged_linear", base | {"circuit.parasitic_pole": pole})
        circuit = traces(study, backend, with_step(study, 0.01))
        errors.append(compare(ideal.ideal(), circuit, study.spec.compare).worst_nrmse)
    assert errors[0] > 10 * against_ideal(ideal, backend, with_step(ideal, 0.01)).worst_nrmse
    assert all(1.6 < b / a < 2.4 for a, b in itertools.pairwise(errors)), errors
    assert errors[-1] < 0.05


@st.composite
def random_documents(draw):
    """Feedforward networks of one to three populations with every rule, kind of neuron and activation."""
    names = ["one", "two", "three"][: draw(st.integers(1, 3))]
    sizes = {name: draw(st.integers(1, 3)) for name in names}
    times = st.sampled_from([0.3, 0.45, 0.6, 1.0])
    populations = {
        name: {
            "size": sizes[name],
            "tau_m": draw(st.lists(times, min_size=sizes[name], max_size=sizes[name])),
            "tau_r": draw(st.lists(times, min_size=sizes[name], max_size=sizes[name])),
            "activation": draw(st.sampled_from(["tanh", "logistic", "softplus", "linear"])),
            "bias": draw(st.sampled_from([0.0, 0.2])),
            "bias_plastic": draw(st.booleans()),
        }
        for name in names
    }
    pairs = [("drive", names[0]), *itertools.pairwise(names)]
    if draw(st.booleans()):
        pairs.append((names[-1], names[-1]))
    projections = {
        f"{a}_{b}": {
            "source": a,
            "target": b,
            "plastic": draw(st.booleans()),
            "eta": 0.2,
            "weights": {"init": "uniform", "scale": 0.08 if a == b else 0.7, "seed": draw(st.integers(0, 99))},
        }
        for a, b in pairs
    }
    channels = [
        [{"amplitude": 0.4, "omega": draw(st.sampled_from([0.5, 1.0, 2.0])), "phase": 0.3 * k}]
        for k in range(sizes[names[-1]])
    ]
    return {
        "duration": 4.0,
        "network": {
            "rule": draw(st.sampled_from(["vle", "le", "backprop"])),
            "gamma": draw(st.sampled_from([0.0, 0.2])),
            "start": draw(st.sampled_from(["zero", "settled"])),
            "feedback": draw(st.sampled_from(["transpose", "random"])),
            "output": names[-1],
            "populations": populations,
            "projections": projections,
        },
        "stimuli": {
            "drive": {
                "kind": "sines",
                "channels": [[{"amplitude": 1.0, "omega": 1.3}], [{"amplitude": 0.8, "omega": 0.6}]],
            }
        },
        "target": {"kind": "sines", "channels": channels, "offsets": 0.1},
        "simulate": {"points": 201},
    }


def test_random_networks_agree_with_their_circuits(backend):
    """The bound: a trapezoidal step of h <= 0.02 errs by h^3/12 times a third derivative; with time constants of 0.3
    and more that adds up to (h / tau)^2 / 12 = 4e-4 of a signal's range, and reltol = 1e-5 may cost as much again."""

    @settings(max_examples=8)
    @given(random_documents())
    def holds(document):
        comparison = against_ideal(Study.from_document(document), backend)
        assert comparison.worst_nrmse <= 1e-3, comparison.worst

    holds()
