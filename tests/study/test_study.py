"""What a good study becomes."""

import copy
import tomllib

import numpy as np
import pytest

from vle_analog.errors import InputError
from vle_analog.network import Samples, Steps
from vle_analog.study import Teacher, read_study, study_from_document
from vle_analog.study.arrays import drawn
from vle_analog.study.names import study_name


@pytest.fixture
def document(good):
    """The good study as plain data."""
    return tomllib.loads(good)


def test_values_arrive(good, study_file):
    study = read_study(study_file(good))
    assert (study.name, study.title, study.duration) == ("bent", "A study to bend", 10.0)
    hidden = study.network.population("hidden")
    assert hidden.tau_m.tolist() == [1.0, 0.8]
    assert hidden.tau_r.tolist() == [0.2, 0.2]
    assert hidden.bias.tolist() == [0.1, -0.1]
    assert study.network.gamma == 0.1
    assert study.network.source_size(study.network.projections[0]) == 1
    assert study.circuit.levels == {"multiplier": "macromodel"}
    assert (study.circuit.time_unit, study.circuit.weight_unit, study.circuit.supply) == (1e-3, "auto", None)
    assert (study.simulate.method, study.simulate.timeout, study.simulate.points) == ("trap", 600.0, 2001)
    assert (study.compare.bounds.forward, study.compare.bounds.weights, study.compare.floor) == (1e-3, 1e-3, 1e-3)


def test_keys_of_composed_circuits(good, study_file):
    plain = read_study(study_file(good)).circuit
    assert (plain.weight_limit, plain.hold_time, plain.cells, plain.mismatch_seed) == ("auto", 1.0, "", None)
    keys = "voltage_unit = 0.02\nweight_limit = 2\nhold_time = 0.5\nmismatch_seed = 7"
    given = read_study(study_file(good.replace("voltage_unit = 0.02", keys))).circuit
    assert (given.weight_limit, given.hold_time, given.mismatch_seed) == (2.0, 0.5, 7)


def test_own_cells_are_found_beside_the_study_and_belong_to_its_digest(good, study_file):
    path = study_file(good.replace("voltage_unit = 0.02", 'cells = "mine"'))
    cell = path.parent / "mine" / "ota"
    cell.mkdir(parents=True)
    (cell / "cell.toml").write_text("")
    before = read_study(path)
    assert before.circuit.cells == str(path.parent / "mine")
    (cell / "transistor.cir").write_text("* mine")
    assert read_study(path).digest != before.digest


def test_teacher_differs_only_where_it_says_so(good, study_file):
    study = read_study(study_file(good))
    assert isinstance(study.target, Teacher)
    teacher = study.target.network
    assert (teacher.beta, teacher.gamma, teacher.plasticity) == (0.0, 0.0, False)
    assert teacher.projections[0].weights.tolist() == [[1.2], [0.9]]
    assert teacher.projections[1].weights.tolist() == study.network.projections[1].weights.tolist()
    assert teacher.population("readout").bias.tolist() == [0.1]
    assert teacher.population("hidden").bias.tolist() == [0.1, -0.1]
    assert study.target.spacing == 0.02


def test_teacher_with_other_time_constants_is_no_wire(document):
    document["target"]["tau_m"] = {"readout": 0.9}
    study = study_from_document(document)
    assert study.network.population("readout").wire.all()
    assert not study.target.network.population("readout").wire.any()


def test_gle_is_vle(document):
    document["network"]["rule"] = "gle"
    assert study_from_document(document).network.rule == "vle"


def test_realisation_decides_where_time_constants_are_equal(document):
    document["network"]["populations"]["hidden"] |= {"tau_m": [0.2, 0.8]}
    assert study_from_document(document).network.population("hidden").wire.tolist() == [True, False]
    document["network"]["populations"]["hidden"] |= {"realisation": "lead"}
    assert study_from_document(document).network.population("hidden").wire.tolist() == [False, False]


def test_arrays_are_read_only(document):
    network = study_from_document(document).network
    for array in (network.populations[0].tau_m, network.populations[0].wire, network.projections[1].weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


@pytest.mark.parametrize("init", ["normal", "uniform", "constant", "identity"])
def test_drawn_weights(init, document):
    document["network"]["projections"]["hidden_readout"]["weights"] = {"init": init, "scale": 0.3, "seed": 7}
    weights = study_from_document(document).network.projections[1].weights
    rng = np.random.default_rng(7)
    expected = {
        "normal": 0.3 * rng.standard_normal((1, 2)) if init == "normal" else None,
        "uniform": 0.3 * rng.uniform(-1, 1, (1, 2)) if init == "uniform" else None,
        "constant": np.array([[0.3, 0.3]]),
        "identity": np.array([[0.3, 0.0]]),
    }
    np.testing.assert_array_equal(weights, expected[init])


def test_random_feedback_is_of_the_size_of_the_weights_and_not_equal_to_them(document):
    document["network"]["feedback"] = "random"
    drive, out = study_from_document(document).network.projections
    assert drive.feedback_weights is None
    assert out.feedback_weights is not None
    assert out.feedback_weights.shape == out.weights.shape
    assert not np.allclose(out.feedback_weights, out.weights)
    assert (
        study_from_document(document).network.projections[1].feedback_weights.tolist() == out.feedback_weights.tolist()
    )
    document["network"]["projections"]["hidden_readout"]["feedback_weights"] = [[1.0, 2.0]]
    assert study_from_document(document).network.projections[1].feedback_weights.tolist() == [[1.0, 2.0]]


def test_random_feedback_has_the_scale_of_large_weight_matrices():
    weights = drawn("normal", 0.3, 1, (100, 100))
    assert np.sqrt(np.mean(weights**2)) == pytest.approx(0.3, rel=0.02)


def test_feedback_weights_wait_while_the_transpose_is_used(document):
    document["network"]["projections"]["hidden_readout"]["feedback_weights"] = [[1.0, 2.0]]
    assert study_from_document(document).network.projections[1].feedback_weights is None
    document["network"]["projections"]["hidden_readout"]["feedback_weights"] = [[1.0]]
    with pytest.raises(InputError, match="wrong shape"):
        study_from_document(document)


def test_numpy_arrays_stand_for_lists(document):
    by_lists = study_from_document(document)
    document["network"]["populations"]["hidden"]["tau_m"] = np.array([1.0, 0.8])
    document["network"]["projections"]["drive_hidden"]["weights"] = np.array([[0.5], [0.4]])
    document["duration"] = np.float64(10)
    document["network"]["populations"]["hidden"]["size"] = np.int64(2)
    assert study_from_document(document).digest == by_lists.digest


def test_document_is_not_changed_and_not_shared(document):
    before = copy.deepcopy(document)
    study = study_from_document(document, overrides=["network.beta=0.5"])
    assert document == before
    assert study.document["network"]["beta"] == 0.5


@pytest.mark.parametrize("value", [{1, 2}, object(), b"x", 1j, None])
def test_python_values_that_no_study_can_hold(value, document):
    document["network"]["projections"]["drive_hidden"]["weights"] = value
    with pytest.raises(InputError, match=r"drive_hidden\.weights"):
        study_from_document(document)


def test_python_documents_that_are_none():
    with pytest.raises(InputError, match="a study is a table"):
        study_from_document([1])
    with pytest.raises(InputError, match="keys are texts"):
        study_from_document({1: 2})
    endless = {}
    endless["network"] = endless
    with pytest.raises(InputError, match="nested too deeply"):
        study_from_document(endless)


def test_digest_follows_meaning_not_writing(good, study_file, document):
    first = read_study(study_file(good)).digest
    assert read_study(study_file("# a remark\n" + good.replace("beta = 1.0", "beta = 1"))).digest == first
    assert read_study(study_file(good + "floor = 1e-3\n")).digest == first
    assert read_study(study_file(good.replace("beta = 1.0", "beta = 1.1"))).digest != first
    assert study_from_document(document).digest == first


@pytest.mark.parametrize("stem", ["Online Chain", "größe"])
def test_name_is_a_plain_identifier(stem, document):
    assert study_from_document(document, name=stem).name == study_name(stem)
    assert study_from_document(document, name="online_chain").name == "online_chain"


def test_target_must_fit_the_output(document):
    document["target"] = {"kind": "sines", "channels": [[], []]}
    with pytest.raises(InputError, match="the target does not fit the output"):
        study_from_document(document)


def test_steps_become_smooth_edges(document):
    edges = [{"time": 2, "value": 1.0}, {"time": 4, "value": -0.5}]
    document["stimuli"]["drive"] = {"kind": "steps", "channels": [edges], "initials": 0.25, "rise": 0.05}
    drive = study_from_document(document).network.stimuli["drive"]
    assert isinstance(drive, Steps)
    np.testing.assert_allclose(drive(np.array([0.0, 3.0, 9.0])), [[0.25, 1.0, -0.5]], atol=1e-12)
    assert drive(2.0)[0] == pytest.approx(0.625)


@pytest.mark.parametrize(
    "change, key, said",
    [
        ({"rise": 0.0}, "rise", "must be positive"),
        ({"rise": 1e-9}, "stimuli.drive", "too fast"),
        ({"channels": [[{"time": 4, "value": 1}, {"time": 4, "value": 2}]]}, "channels[0][1].time", "4 after 4"),
        ({"channels": [[{"time": -1, "value": 1}]]}, "channels[0][0].time", "negative"),
        ({"channels": [[{"time": t, "value": 1} for t in range(201)]]}, "channels[0]", 'use kind = "samples"'),
        ({"initials": [1.0, 2.0]}, "initials", "a list of 1"),
    ],
)
def test_steps_that_cannot_be_used(change, key, said, document):
    steps = {"kind": "steps", "channels": [[{"time": 1, "value": 1}]], "rise": 0.1}
    document["stimuli"]["drive"] = steps | change
    with pytest.raises(InputError) as caught:
        study_from_document(document | {"duration": 300.0})
    assert any(key in problem.where and said in str(problem) for problem in caught.value.problems)


def test_inline_samples(document):
    document["stimuli"]["drive"] = {"kind": "samples", "times": [0, 1, 2], "values": [0.0, 1.0, 0.5]}
    drive = study_from_document(document).network.stimuli["drive"]
    assert isinstance(drive, Samples)
    np.testing.assert_allclose(drive(np.array([0.5, 1.5, 9.0])), [[0.5, 0.75, 0.5]])


@pytest.mark.parametrize(
    "change, said",
    [
        ({"values": None}, "the key is missing"),
        ({"times": None}, "the key is missing"),
        ({"file": "x.csv"}, "both"),
        ({"values": None, "times": None}, "neither"),
        ({"values": [1.0]}, "one row of values per time"),
        ({"values": [[1.0], [1.0, 2.0], [1.0]]}, "this row cannot be used"),
        ({"values": [[1.0], ["x"], [1.0]]}, "this row cannot be used"),
        ({"values": [1.0, float("nan"), 2.0]}, "a value is not usable"),
        ({"times": [0.0, 0.0, 1.0]}, "the times do not increase"),
        ({"times": [0.0], "values": [1.0]}, "one row is not enough"),
        ({"times": []}, "a list of numbers"),
        ({"values": "x"}, "wrong type"),
    ],
)
def test_inline_samples_that_cannot_be_used(change, said, document):
    samples = {"kind": "samples", "times": [0.0, 1.0, 2.0], "values": [0.0, 1.0, 0.5]} | change
    document["stimuli"]["drive"] = {key: value for key, value in samples.items() if value is not None}
    with pytest.raises(InputError, match=said) as caught:
        study_from_document(document)
    assert all("stimuli.drive" in problem.where for problem in caught.value.problems)


@pytest.mark.parametrize(
    "change",
    [
        {"network.populations.hidden.size": 70_000, "network.populations.readout.size": 70_000},
        {"network.populations.hidden.size": 5_000, "network.populations.readout.size": 5_000},
    ],
)
def test_networks_beyond_all_measure_are_refused_before_memory_is_taken(change, good, study_file):
    text = good.replace("tau_m = [1.0, 0.8]", "tau_m = 1.0").replace("bias = [0.1, -0.1]", "").replace("biases", "# ")
    overrides = [f"{key}={value}" for key, value in change.items()]
    overrides += ["network.projections.drive_hidden.weights={init = 'constant'}"]
    with pytest.raises(InputError, match="the network is too large"):
        read_study(study_file(text), overrides)
