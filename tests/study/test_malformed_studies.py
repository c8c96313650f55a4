"""A table of malformed studies: each gives a message that names file, line and key, and says what to do."""

import re

import pytest

from vle_analog.errors import InputError
from vle_analog.study import read_study

# (what is replaced, by what, key that must be named, what the message must say)
CASES = [
    # head of the file
    ("duration = 10.0", "", "duration", "the key is missing"),
    ("duration = 10.0", "duration = 0", "duration", "must be positive"),
    ("duration = 10.0", "duration = -3.0", "duration", "must be positive"),
    ("duration = 10.0", "duration = inf", "duration", "not finite"),
    ("duration = 10.0", "duration = nan", "duration", "not finite"),
    ("duration = 10.0", 'duration = "10"', "duration", "expected: a number"),
    ("duration = 10.0", "duration = true", "duration", "wrong type"),
    ("duration = 10.0", "duration = 1979-05-27", "duration", "wrong type"),
    ("duration = 10.0", "duration = 1e300", "duration", "too large"),
    ("duration = 10.0", "duration = 99999999999999999999999", "duration", "at most 64 bits"),
    ("duration = 10.0", "duration = 1e7", "simulate.tmax", "too many time points"),
    ("duration = 10.0", "durations = 10.0", "durations", "did you mean duration?"),
    ('title = "A study to bend"', "title = 3", "title", "a text"),
    ("[compare]", "[comparison]", "comparison", "did you mean compare?"),
    # network
    ('rule = "vle"', 'rule = "lee"', "network.rule", "one of vle, gle, le, backprop, adjoint"),
    ('rule = "vle"', 'rule = "backprob"', "network.rule", "did you mean backprop?"),
    ('rule = "vle"', 'rules = "vle"', "network.rules", "did you mean rule?"),
    ("beta = 1.0", "beta = -1.0", "network.beta", "negative"),
    ("gamma = 0.1", "gamma = nan", "network.gamma", "not finite"),
    ('output = "readout"', "", "network.output", "the key is missing"),
    ('output = "readout"', 'output = "readuot"', "network.output", "did you mean readout?"),
    ('output = "readout"', 'output = "drive"', "network.output", "not a population"),
    ('start = "zero"', 'start = "setled"', "network.start", "did you mean settled?"),
    ("plasticity = true", 'plasticity = "yes"', "network.plasticity", "true or false"),
    ('feedback = "transpose"', 'feedback = "learnt"', "network.feedback", "did you mean learned?"),
    ('feedback = "transpose"', "alignment = 3", "network.alignment", "a table"),
    ('feedback = "transpose"', 'cost = "potential"', "network.cost", "one of prospective, membrane"),
    ('feedback = "transpose"', "gain_correction = -1.0", "network.gain_correction", "a number > 0"),
    ('feedback = "transpose"', 'feedback = "transposed"', "network.feedback", "did you mean transpose?"),
    # populations
    ("size = 2", "size = 0", "network.populations.hidden.size", "too small"),
    ("size = 2", "size = 2.0", "network.populations.hidden.size", "a whole number"),
    ("size = 2", "size = 3000000000", "network.populations.hidden.size", "too large"),
    ("size = 2", "", "network.populations.hidden.size", "the key is missing"),
    ("tau_r = 0.2", "tau_r = 0.0", "network.populations.hidden.tau_r", "must be positive"),
    ("tau_r = 0.2", "tau_r = -0.2", "network.populations.hidden.tau_r", "must be positive"),
    ("tau_r = 0.2", "tau_r = 1e-30", "network.populations.hidden.tau_r", "out of range"),
    ("tau_r = 0.2", "", "network.populations.hidden.tau_r", "the key is missing"),
    ("tau_r = 0.2", 'tau_r = "0.2"', "network.populations.hidden.tau_r", "wrong type"),
    ("tau_m = [1.0, 0.8]", "tau_m = [1.0, 0.0]", "network.populations.hidden.tau_m[1]", "must be positive"),
    ("tau_m = [1.0, 0.8]", "tau_m = [1.0, nan]", "network.populations.hidden.tau_m[1]", "not finite"),
    ("tau_m = [1.0, 0.8]", "tau_m = [1.0, true]", "network.populations.hidden.tau_m[1]", "wrong type"),
    ("tau_m = [1.0, 0.8]", "tau_m = [1.0]", "network.populations.hidden.tau_m", "a list of 2"),
    ("tau_m = [1.0, 0.8]", "tau_m = [[1.0], [0.8]]", "network.populations.hidden.tau_m[0]", "wrong type"),
    ("tau_m = [1.0, 0.8]", "taum = 1.0", "network.populations.hidden.taum", "did you mean tau_m?"),
    ("bias = [0.1, -0.1]", "bias = [0.1, -inf]", "network.populations.hidden.bias[1]", "not finite"),
    ("bias = [0.1, -0.1]", "bias_plastic = true\nbias_eta = 0", "network.populations.hidden.bias_eta", "a number > 0"),
    ('activation = "tanh"', 'activation = "tan"', "network.populations.hidden.activation", "did you mean tanh?"),
    ('activation = "tanh"', "activation = 1", "network.populations.hidden.activation", "a text"),
    ('activation = "tanh"', 'activation = "tanh"\nrealisation = "wire"', "hidden.realisation", "equal time constants"),
    (
        "[network.populations.readout]",
        "[network.populations.Readout]",
        "network.populations.Readout",
        "plain identifier",
    ),
    ("[network.populations.readout]", "[network.populations.read-out]", "network.populations.read-out", "read_out"),
    ("[network.populations.readout]", "[network.populations.vdd]", "network.populations.vdd", "is reserved"),
    ("[network.populations.readout]", "[network.populations.exp]", "network.populations.exp", "function or constant"),
    (
        "[network.populations.readout]",
        "[network.populations.hidden_1]",
        "network.populations.hidden_1",
        "single neurons",
    ),
    ("[network.populations.readout]", '[network.populations.""]', "network.populations", "empty"),
    ("[network.populations.readout]", '[network.populations."x\\n.control"]', r"x\n.control", "plain identifier"),
    ("[network.populations.readout]", "[network.populations." + "x" * 41 + "]", "x" * 41, "longer than 40"),
    ("[network.populations.readout]", "[network.populations.drive]", "stimuli.drive", "the same name"),
    # projections
    ('source = "drive"', 'source = "driver"', "network.projections.drive_hidden.source", "did you mean drive?"),
    ('target = "hidden"', 'target = "hiden"', "network.projections.drive_hidden.target", "did you mean hidden?"),
    ('target = "hidden"', 'target = "drive"', "network.projections.drive_hidden.target", "cannot receive"),
    ('target = "hidden"', "", "network.projections.drive_hidden.target", "the key is missing"),
    ("[[0.5], [0.4]]", "[[0.5, 0.4]]", "network.projections.drive_hidden.weights", "transpose the matrix"),
    ("[[0.5], [0.4]]", "[[0.5], [0.4, 1.0]]", "network.projections.drive_hidden.weights", "2 x 1 or 2"),
    ("[[0.5], [0.4]]", "[0.5, 0.4]", "network.projections.drive_hidden.weights[0]", "[[0.5]]"),
    ("[[0.5], [0.4]]", "[[0.5], [nan]]", "network.projections.drive_hidden.weights[1][0]", "not finite"),
    ("[[0.5], [0.4]]", "[[0.5], [inf]]", "network.projections.drive_hidden.weights[1][0]", "not finite"),
    ("[[0.5], [0.4]]", '[["0.5"], [0.4]]', "network.projections.drive_hidden.weights[0][0]", "wrong type"),
    ("[[0.5], [0.4]]", "[]", "network.projections.drive_hidden.weights", "0 x 0"),
    ("[[0.5], [0.4]]", "0.5", "network.projections.drive_hidden.weights", "init, scale, seed"),
    (
        'init = "normal"',
        'init = "gauss"',
        "network.projections.hidden_readout.weights.init",
        "normal, uniform, constant",
    ),
    ('init = "normal", ', "", "network.projections.hidden_readout.weights.init", "the key is missing"),
    ("scale = 0.3", "sclae = 0.3", "network.projections.hidden_readout.weights.sclae", "did you mean scale?"),
    ("scale = 0.3", "scale = inf", "network.projections.hidden_readout.weights.scale", "not finite"),
    ("seed = 1", "seed = -1", "network.projections.hidden_readout.weights.seed", "negative"),
    ("eta = 0.1", "eta = 0.0", "network.projections.drive_hidden.eta", "needs a learning rate"),
    ("eta = 0.1", "eta = -0.1", "network.projections.drive_hidden.eta", "negative"),
    ("plastic = true", "plastik = true", "network.projections.drive_hidden.plastik", "did you mean plastic?"),
    ("eta = 0.1", "feedback_weights = [[1.0], [1.0]]", "drive_hidden.feedback_weights", "receives no error"),
    ("[network.projections.hidden_readout]", "[network.projections.hidden]", "projections.hidden", "the same name"),
    ("[network.projections.hidden_readout]", "[network.projections.b]", "projections.b", "kind of signal"),
    # stimuli
    ("[stimuli.drive]", "[stimulus.drive]", "stimuli", "without stimuli"),
    ('kind = "sines"', 'kind = "sinus"', "stimuli.drive.kind", "did you mean sines?"),
    ('kind = "sines"', "", "stimuli.drive.kind", "one of sines, steps, samples"),
    ('kind = "sines"', 'kind = "teacher"', "stimuli.drive.kind", "one of sines, steps, samples"),
    ('kind = "sines"', 'kind = "steps"', "stimuli.drive.rise", "the key is missing"),
    ('kind = "sines"', 'kind = "samples"', "stimuli.drive.channels", "unknown key"),
    (
        "channels = [[{ amplitude = 1.0, omega = 1.0 }]]",
        "channels = []",
        "stimuli.drive.channels",
        "number of channels",
    ),
    ("channels = [[{ amplitude = 1.0, omega = 1.0 }]]", "channels = [{}]", "stimuli.drive.channels[0]", "a list"),
    ("omega = 1.0", "omga = 1.0", "stimuli.drive.channels[0][0].omga", "did you mean omega?"),
    ("omega = 1.0", "omega = 1e9", "stimuli.drive", "too fast"),
    ("amplitude = 1.0", "amplitude = nan", "stimuli.drive.channels[0][0].amplitude", "not finite"),
    ("[[{ amplitude = 1.0, omega = 1.0 }]]", "[[]]\noffsets = [1.0, 2.0]", "stimuli.drive.offsets", "a list of 1"),
    # target
    ('kind = "teacher"', 'kind = "techer"', "target.kind", "did you mean teacher?"),
    ("{ drive_hidden = [[1.2], [0.9]] }", "{ drive_hiden = [[1.2], [0.9]] }", "target.weights", "mean drive_hidden?"),
    ("{ drive_hidden = [[1.2], [0.9]] }", "{ drive_hidden = [[1.2]] }", "target.weights.drive_hidden", "2 x 1"),
    ("biases = { readout = 0.1 }", "biases = { readout = [0.1, 0.2] }", "target.biases.readout", "a list of 1"),
    ("biases = { readout = 0.1 }", "tau_m = { readout = 0.0 }", "target.tau_m.readout", "must be positive"),
    ("biases = { readout = 0.1 }", "tau_r = { hiden = 1.0 }", "target.tau_r", "did you mean hidden?"),
    ("biases = { readout = 0.1 }", "spacing = 0", "target.spacing", "must be positive"),
    ("biases = { readout = 0.1 }", "channels = []", "target.channels", "unknown key"),
    # circuit, simulate, compare
    ('process = "generic180"', 'process = "x;.control"', "circuit.process", "there is no process"),
    ('process = "generic180"', 'level = "transistors"', "circuit.level", "did you mean transistor?"),
    ('process = "generic180"', "time_unit = 0.0", "circuit.time_unit", "must be positive"),
    ('process = "generic180"', "temperature = -300.0", "circuit.temperature", "too small"),
    ('process = "generic180"', "parasitic_pole = -1e-3", "circuit.parasitic_pole", "negative"),
    ("voltage_unit = 0.02", 'voltage_unit = "automatic"', "circuit.voltage_unit", '"auto"'),
    ("voltage_unit = 0.02", "voltage_unit = -0.02", "circuit.voltage_unit", "a number > 0"),
    ("voltage_unit = 0.02", "volt_unit = 0.02", "circuit.volt_unit", "did you mean voltage_unit?"),
    ('multiplier = "macromodel"', 'multiplier = "macro"', "circuit.levels.multiplier", "unknown level"),
    ('multiplier = "macromodel"', '"hiden[0]" = "macromodel"', "circuit.levels", "did you mean hidden?"),
    ('multiplier = "macromodel"', '"x;y" = "macromodel"', "circuit.levels", "names no cell"),
    ('multiplier = "macromodel"', '"hidden[2]" = "macromodel"', "circuit.levels", "no neuron"),
    ("voltage_unit = 0.02", "weight_limit = 0.0", "circuit.weight_limit", "a number > 0"),
    ("voltage_unit = 0.02", 'weight_limit = "none"', "circuit.weight_limit", '"auto"'),
    ("voltage_unit = 0.02", "hold_time = 0.05", "circuit.hold_time", "a number >= 0.1"),
    ("voltage_unit = 0.02", "mismatch_seed = -1", "circuit.mismatch_seed", "negative"),
    ("voltage_unit = 0.02", "mismatch_seed = 1.5", "circuit.mismatch_seed", "a whole number"),
    ("voltage_unit = 0.02", 'cells = "not_there"', "circuit.cells", "there is no such folder"),
    ("voltage_unit = 0.02", 'cells = "a\\u0000b"', "circuit.cells", "there is no such folder"),
    ("voltage_unit = 0.02", 'cells = "."', "circuit.cells", "there are no cells in this folder"),
    ("reltol = 1e-5", "reltol = 0", "simulate.reltol", "must be positive"),
    ("tmax = 0.02", "tmax = 10.0", "simulate.tmax", "not smaller than the duration"),
    ("tmax = 0.02", "tmax = 0", "simulate.tmax", "must be positive"),
    ("tmax = 0.02", 'method = "euler"', "simulate.method", "one of trap, gear"),
    ("tmax = 0.02", "points = 1", "simulate.points", "too small"),
    ("tmax = 0.02", 'backend = "ngspice-b"', "simulate.backend", "did you mean ngspice?"),
    ("forward = 1e-3", "forwards = 1e-3", "compare.bounds.forwards", "did you mean forward?"),
    ("bounds = { forward = 1e-3 }", "floor = 0", "compare.floor", "must be positive"),
    ("bounds = { forward = 1e-3 }", "bounds = 1e-3", "compare.bounds", "a table"),
    ("[compare]", '[variation]\nvariations = "mismach"\n[compare]', "variation.variations", "did you mean mismatch?"),
    ("[compare]", '[variation]\nsampling = "lhs"\n[compare]', "variation.sampling", "one of random, latin, sobol"),
    ("[compare]", "[variation]\nseed = 1.5\n[compare]", "variation.seed", "a whole number"),
    ("[compare]", "[variation]\nscale = -1\n[compare]", "variation.scale", "negative"),
    ("[compare]", "[variation]\nloss_ratio = 0\n[compare]", "variation.loss_ratio", "must be positive"),
]


@pytest.mark.parametrize("old, new, key, said", CASES, ids=[f"{n}-{case[2]}"[:60] for n, case in enumerate(CASES)])
def test_malformed_study_is_refused_with_file_key_and_cure(old, new, key, said, good, study_file):
    assert good.count(old) >= 1
    path = study_file(good.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_study(path)
    texts = [str(problem) for problem in caught.value.problems if key in problem.where]
    assert texts, caught.value
    assert any(said in text for text in texts), texts
    assert all(str(path) in problem.where for problem in caught.value.problems)
    assert str(caught.value).replace("\n", "").isprintable()


def test_table_is_large():
    assert len(CASES) >= 60


def without(text: str, header: str) -> str:
    """The text without one table."""
    return re.sub(rf"(?ms)^\[{re.escape(header)}\]\n.*?(?=^\[|\Z)", "", text)


@pytest.mark.parametrize(
    "header, key, said",
    [
        ("network", "network.output", "the key is missing"),
        ("target", "target", "the output has no target"),
        ("stimuli.drive", "stimuli", "without stimuli"),
        ("network.populations.hidden", "network.projections.drive_hidden.target", "unknown population"),
        ("network.projections.drive_hidden", "network.populations.readout", ""),
        ("network.projections.hidden_readout", "network.populations.readout", "no projection reaches"),
    ],
)
def test_missing_table(header, key, said, good, study_file):
    text = without(good, header).replace("bias = [0.1, -0.1]\n", "")
    with pytest.raises(InputError) as caught:
        read_study(study_file(text))
    assert said in str(caught.value)
    if said:
        assert any(key in problem.where for problem in caught.value.problems)


def test_network_that_no_stimulus_drives_is_refused(good, study_file):
    text = without(good, "network.projections.drive_hidden").replace(
        "weights = { drive_hidden = [[1.2], [0.9]] }\n", ""
    )
    with pytest.raises(InputError, match="no projection starts from a stimulus"):
        read_study(study_file(text))


@pytest.mark.parametrize("value", ["3", '"x"', "[]", "[[1]]", "true"])
@pytest.mark.parametrize("table", ["network", "stimuli", "target", "circuit", "simulate", "compare"])
def test_value_in_place_of_a_table(table, value, good, study_file):
    text = f"{table} = {value}\n" + re.sub(rf"(?ms)^\[{table}(\.\w+)*\]\n.*?(?=^\[|\Z)", "", good)
    with pytest.raises(InputError) as caught:
        read_study(study_file(text))
    assert any(table in problem.where for problem in caught.value.problems)


@pytest.mark.parametrize("part", ["populations", "projections"])
def test_value_in_place_of_the_parts_of_a_network(part, good, study_file):
    text = re.sub(rf"(?ms)^\[network\.{part}\.\w+\]\n.*?(?=^\[|\Z)", "", good)
    text = text.replace("[network]\n", f"[network]\n{part} = 3\n")
    with pytest.raises(InputError, match=f"network.{part}: wrong type"):
        read_study(study_file(text))


@pytest.mark.parametrize("entry", ["network.populations.hidden", "network.projections.drive_hidden", "stimuli.drive"])
def test_value_in_place_of_one_part(entry, good, study_file):
    name = entry.rsplit(".", 1)[-1]
    text = without(good, entry) + f"\n[{entry.removesuffix('.' + name)}]\n{name} = [1, 2]\n"
    with pytest.raises(InputError) as caught:
        read_study(study_file(text))
    assert any(entry in problem.where and "a table" in problem.expected for problem in caught.value.problems)


def test_all_problems_are_reported_together_with_their_lines(good, study_file):
    text = good.replace("duration = 10.0", "duration = 0").replace('rule = "vle"', 'rule = "x"')
    text = text.replace("tau_r = 0.2", "tau_r = -1").replace("amplitude = 1.0", "amplitude = true")
    path = study_file(text)
    with pytest.raises(InputError) as caught:
        read_study(path)
    found = {problem.where for problem in caught.value.problems}
    line = {
        key: next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith(key)) for key in ("rule", "tau_r")
    }
    assert f"{path}:2, duration" in found
    assert f"{path}:{line['rule']}, network.rule" in found
    assert f"{path}:{line['tau_r']}, network.populations.hidden.tau_r" in found
    assert any(where.endswith("stimuli.drive.channels[0][0].amplitude") for where in found)


def test_hundreds_of_problems_are_cut_short(good, study_file):
    many = ", ".join("{ amplitude = true, omega = 1.0 }" for _ in range(150))
    with pytest.raises(InputError) as caught:
        read_study(study_file(good.replace("{ amplitude = 1.0, omega = 1.0 }", many)))
    assert len(caught.value.problems) == 51
    assert "100 more problems" in str(caught.value)


@pytest.mark.parametrize(
    "content, said",
    [
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"duration", "not TOML"),
        (b"duration = \n", "not TOML"),
        (b"duration = 1.0\nduration = 2.0\n", "not TOML"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = " + b"[" * 20 + b"]" * 20, "nested too deeply"),
        (b".".join([b"a"] * 3000) + b" = 1", "nested too deeply"),
        (b"duration = " + b"9" * 5000, "thousands of digits"),
        (b"duration = 0x" + b"f" * 50000, "an integer of"),
        (b'title = "\x00"', "not TOML"),
        (b"", "the key is missing"),
    ],
)
def test_bytes_that_are_no_study(content, said, study_file):
    with pytest.raises(InputError, match=said) as caught:
        read_study(study_file(content))
    assert len(str(caught.value)) < 3000


def test_line_of_a_syntax_error_is_shown(good, study_file):
    path = study_file(good.replace('rule = "vle"', "rule = vle"))
    with pytest.raises(InputError) as caught:
        read_study(path)
    assert caught.value.problems[0].where == f"{path}:5"
    assert caught.value.problems[0].got == "rule = vle"


def test_file_that_is_none(tmp_path):
    for path, said in ((tmp_path, "a folder"), (tmp_path / "x.toml", "no such study"), ("/dev/null", "regular file")):
        with pytest.raises(InputError, match=said):
            read_study(path)
    for name in ("a\0b", "x" * 5000, "", "."):
        with pytest.raises(InputError):
            read_study(name)


def test_near_match_of_a_shipped_study():
    with pytest.raises(InputError, match="did you mean online_chain"):
        read_study("online_chian")


def test_byte_order_mark_and_windows_lines_are_read(good, study_file):
    path = study_file(b"\xef\xbb\xbf" + good.replace("\n", "\r\n").encode())
    assert read_study(path).duration == 10.0
