"""`--set KEY=VALUE`."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.errors import InputError
from vle_analog.study import read_study
from vle_analog.study.overrides import parse_override


def outcome(read: Callable[[], Any]) -> Any:
    """What `read` returns, or the `InputError` that it raises; anything else goes through."""
    try:
        return read()
    except InputError as error:
        return error


@pytest.mark.parametrize(
    "text, path, value",
    [
        ("network.beta=0.5", ("network", "beta"), 0.5),
        ("network.beta = 1e-3", ("network", "beta"), 1e-3),
        ("network.rule=le", ("network", "rule"), "le"),
        ('network.rule="le"', ("network", "rule"), "le"),
        ("network.plasticity=false", ("network", "plasticity"), False),
        ("title=a = b", ("title",), "a = b"),
        ("network.populations.hidden.tau_m=[1.0, 0.5]", ("network", "populations", "hidden", "tau_m"), [1.0, 0.5]),
        ("circuit.levels.hidden[0]=transistor", ("circuit", "levels", "hidden[0]"), "transistor"),
        ('circuit.levels."a[0].b"=transistor', ("circuit", "levels", "a[0].b"), "transistor"),
        ('circuit.levels."a=b"=transistor', ("circuit", "levels", "a=b"), "transistor"),
        ("target={kind='sines'}", ("target",), {"kind": "sines"}),
        ("stimuli.drive.file=data/x-1.csv", ("stimuli", "drive", "file"), "data/x-1.csv"),
    ],
)
def test_parsed(text, path, value):
    assert parse_override(text) == (path, value)


@pytest.mark.parametrize(
    "text, said",
    [
        ("network.beta", "there is no '='"),
        ("", "there is no '='"),
        ("network.beta=", "there is no value"),
        ("=1", "not a key"),
        ("network..beta=1", "not a key"),
        (".beta=1", "not a key"),
        ("network.beta.=1", "not a key"),
        ("network beta=1", "not a key"),
        ('"network=1', "there is no '='"),
        ("a." * 40 + "b=1", "not a key"),
        ("network.beta=[1", "the value is not TOML"),
        ("network.beta={a=1", "the value is not TOML"),
        ("network.beta=1\nx = 2", "the value is not TOML"),
        ("network.beta=" + "[" * 3000, "the value is not TOML"),
        ("network.beta=" + "9" * 30, "too large"),
    ],
)
def test_malformed(text, said):
    with pytest.raises(InputError, match=said) as caught:
        parse_override(text)
    assert caught.value.problems[0].where.startswith("--set ")


def test_every_kind_of_key_can_be_set():
    study = read_study(
        "online_chain",
        [
            "duration=20",
            "network.rule=le",
            "network.populations.hidden.tau_m=2.0",
            "network.projections.drive_hidden.weights=[[0.7]]",
            "circuit.level=transistor",
            "circuit.levels.hidden[0]=behavioural",
            "simulate.points=101",
            "compare.device_bounds.forward=0.1",
            "target.weights.drive_hidden=[[2.0]]",
        ],
    )
    assert study.duration == 20.0
    assert study.network.rule == "le"
    assert study.network.population("hidden").tau_m[0] == 2.0
    assert study.network.projections[0].weights.tolist() == [[0.7]]
    assert study.circuit.level == "transistor"
    assert study.circuit.levels == {"hidden[0]": "behavioural"}
    assert study.simulate.points == 101
    assert study.compare.bounds.forward == 0.1
    assert study.target.network.projections[0].weights.tolist() == [[2.0]]


def test_later_wins():
    assert read_study("online_chain", ["network.beta=2", "network.beta=3"]).network.beta == 3.0


def test_changes_the_digest():
    assert read_study("online_chain", ["network.beta=2"]).digest != read_study("online_chain").digest
    assert read_study("online_chain", ["network.beta=1.0"]).digest == read_study("online_chain").digest


def test_missing_tables_are_made():
    assert read_study("depth", ["simulate.reltol=1e-6"]).simulate.reltol == 1e-6


@pytest.mark.parametrize(
    "text, said",
    [
        ("network.bta=1", "did you mean beta?"),
        ("netwrk.beta=1", "did you mean network?"),
        ("network.rule=lee", "did you mean le?"),
        ("network.populations.hiden.tau_m=1", "did you mean hidden?"),
        ("network.projections.drive.plastic=true", "there is drive_hidden, hidden_readout"),
        ("stimuli.drve.kind=sines", "did you mean drive?"),
        ("network.beta.x=1", "network.beta is not a table"),
        ("network.beta=x", "expected: a number"),
        ("network.populations.hidden.tau_m=-1", "must be positive"),
        ("simulate.tmx=1", "did you mean tmax?"),
        ("circuit.levels.hiden[0]=transistor", "did you mean hidden?"),
        ("target={kind='sinus'}", "did you mean sines?"),
        ("network=3", "a table"),
    ],
)
def test_refusal_names_the_option(text, said):
    with pytest.raises(InputError, match=said.replace("?", r"\?")) as caught:
        read_study("online_chain", [text])
    assert caught.value.problems[0].where.startswith(f"--set {repr(text)[1:-1]}")


def test_all_malformed_ones_are_reported():
    with pytest.raises(InputError) as caught:
        read_study("online_chain", ["x", "network.beta=", "network.populations.a.b=1"])
    assert len(caught.value.problems) == 3


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    result = outcome(lambda: parse_override(text))
    if isinstance(result, InputError):
        assert str(result).replace("\n", "").isprintable()
    else:
        path, value = result
        assert path
        assert value is not None


@given(st.text(alphabet="network.bta=\"[]{}'\n 1", max_size=30))
def test_any_override_of_a_study_is_taken_or_refused(text):
    result = outcome(lambda: read_study("online_chain", [text]))
    assert result.problems if isinstance(result, InputError) else result.network.populations


@pytest.mark.parametrize("value", [1j, {1.0}, len, None])
def test_values_that_no_study_can_hold_are_refused(value):
    with pytest.raises(InputError, match="a study cannot hold this value"):
        Study.load("depth", {"duration": value})


def test_a_positive_number_that_is_too_small_is_called_that():
    with pytest.raises(InputError, match="the number is too small"):
        Study.load("depth", {"simulate.reltol": 1e-14})
