"""Whatever is given as a study: it is read and checked through and through, or refused with an `InputError`."""

import copy
import dataclasses
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vle_analog.errors import InputError
from vle_analog.levels import LEVELS
from vle_analog.network import ACTIVATIONS, RULES
from vle_analog.resources import shipped_studies
from vle_analog.study import CircuitSettings, StudySpec, read_study, study_from_document
from vle_analog.study.names import why_not

TEXTS = [path.read_text(encoding="utf-8") for path in shipped_studies().values()]
DOCUMENTS = [tomllib.loads(text) for text in TEXTS]
WORDS = {
    "U",
    "B",
    "wire",
    "lead",
    "trap",
    "gear",
    "libngspice",
    "ngspice",
    "auto",
    "zero",
    "settled",
    "none",
    "process",
    "mismatch",
    "all",
    "random",
    "latin",
    "sobol",
    *ACTIVATIONS,
    *LEVELS,
    *RULES,
}
FREE = {
    StudySpec: ("title", "source", "document", "digest", "folder"),
    CircuitSettings: ("cells",),
}  # never part of a deck

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 3),
    st.floats(),
    st.floats(0, 2),
    st.text(max_size=8),
    st.sampled_from([*sorted(WORDS), ".control", "x\n.end", "sines", "steps", "samples", "teacher", "drive.csv"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def outcome(read: Callable[[], Any]) -> Any:
    """What `read` returns, or the `InputError` that it raises; anything else goes through."""
    try:
        return read()
    except InputError as error:
        return error


def contents(value: Any) -> Iterator[Any]:
    """Every text, number and array inside a study but the free texts."""
    if dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            if item.name not in FREE.get(type(value), ()):
                yield from contents(getattr(value, item.name))
    elif isinstance(value, Mapping):
        yield from contents([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from contents(item)
    else:
        yield value


def assert_checked(study: StudySpec) -> None:
    """Texts are identifiers or known words, numbers are finite."""
    for value in contents(study):
        if isinstance(value, str):
            path = re.fullmatch(r"[a-z][a-z0-9_]*(\[\d+(,\d+)?\])?(\.[a-z][a-z0-9_]*)*", value, re.ASCII)
            assert value in WORDS or path, value
        elif isinstance(value, np.ndarray | float | int):
            assert np.isfinite(value).all()
        else:
            assert value is None
    network = study.network
    assert not any(why_not(item.name) for item in (*network.populations, *network.projections))
    assert not any(why_not(name) for name in network.stimuli)


def paths(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Every place inside nested dicts and lists."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from paths(item, (*path, key))


@st.composite
def bent_documents(draw) -> dict:
    """A shipped study with up to three values replaced, dropped or added."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 3))):
        places = list(paths(document))
        if not places:
            break
        *outer, last = draw(st.sampled_from(places))
        table = document
        for part in outer:
            table = table[part]
        action = draw(st.sampled_from(["replace", "drop", "rename", "add"]))
        if action == "replace":
            table[last] = draw(values)
        elif action == "drop":
            del table[last]
        elif isinstance(table, dict):
            table[draw(st.text(max_size=10) | st.sampled_from(["kind", "weights", "size", "eta", "gnd", "a_1"]))] = (
                table.pop(last) if action == "rename" else draw(values)
            )
    return document


@pytest.mark.parametrize("document", DOCUMENTS)
def test_shipped_studies_are_checked_through_and_through(document):
    assert_checked(study_from_document(document))


@given(bent_documents())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_bent_documents_are_read_or_refused(document):
    result = outcome(lambda: study_from_document(document))
    if isinstance(result, InputError):
        assert result.problems
        assert str(result).replace("\n", "").isprintable()
    else:
        assert_checked(result)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_are_refused(study_file, content):
    with pytest.raises(InputError):
        read_study(study_file(content))


@given(
    st.sampled_from(TEXTS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 12), st.text(max_size=6)), min_size=1, max_size=4),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_with_random_damage_are_read_or_refused(study_file, text, damages):
    for position, length, inserted in damages:
        position %= len(text) + 1
        text = text[:position] + inserted + text[position + length :]
    path = study_file(text.encode("utf-8", "surrogatepass"))
    result = outcome(lambda: read_study(path))
    if isinstance(result, InputError):
        assert all(str(path) in problem.where for problem in result.problems)
    else:
        assert_checked(result)


@given(
    st.text(max_size=30)
    | st.sampled_from(["x\n.control\nshell id\n.endc", "$(id)", "`id`", "../x", "a;b", "{a}", "a b"])
)
def test_names_never_pass_unchecked(name):
    document = copy.deepcopy(DOCUMENTS[list(shipped_studies()).index("online_chain")])
    populations, projections = document["network"]["populations"], document["network"]["projections"]
    populations[name] = populations.pop("hidden")
    projections["drive_hidden"]["target"] = projections["hidden_readout"]["source"] = name
    result = outcome(lambda: study_from_document(document, name=name))
    if isinstance(result, InputError):
        assert why_not(name) or "the same name" in str(result)
    else:
        assert_checked(result)
