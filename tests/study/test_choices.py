"""Words that are one of a few: accepted in any case, and wrong ones refused with the list."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.errors import InputError
from vle_analog.study import read_study, study_schema
from vle_analog.study.messages import spelled, spelling

STUDY = "two_layer"
KEYS = {
    "circuit.level": ("behavioural", "macromodel", "transistor"),
    "circuit.levels.ota": ("behavioural", "transistor"),
    "circuit.voltage_unit": ("auto",),
    "circuit.weight_limit": ("auto",),
    "network.rule": ("vle", "gle", "le"),
    "network.start": ("zero", "settled"),
    "network.feedback": ("transpose",),
    "network.cost": ("prospective", "membrane"),
    "network.populations.hidden.activation": ("tanh", "logistic", "softplus", "linear"),
    "simulate.method": ("trap", "gear"),
    "simulate.backend": ("libngspice", "ngspice"),
    "simulate.unstable": ("refuse", "warn"),
    "variation.variations": ("none", "process", "mismatch", "all"),
    "variation.sampling": ("random", "latin", "sobol"),
}
chosen = st.sampled_from([(key, word) for key, words in KEYS.items() for word in words])


def in_some_case(word: str, upper: list[bool]) -> str:
    return "".join(letter.upper() if big else letter for letter, big in zip(word, upper, strict=True))


@given(data=st.data(), choice=chosen)
def test_a_word_in_any_case_is_the_same_study(data: st.DataObject, choice: tuple[str, str]):
    key, word = choice
    other = in_some_case(word, data.draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word))))
    plain, found = (read_study(STUDY, [f"{key}={text}"]) for text in (word, other))
    assert found.digest == plain.digest
    assert found.document == plain.document


@pytest.mark.parametrize("corner", ["TT", "Tt", "tt", "SS"])
@pytest.mark.parametrize("process", ["generic180", "Generic180", "GF180MCU"])
def test_process_and_corner_in_any_case(process: str, corner: str):
    spec = read_study(STUDY, [f"circuit.process={process}", f"circuit.corner={corner}"])
    assert (spec.circuit.process, spec.circuit.corner) == (process.lower(), corner.lower())


@pytest.mark.parametrize("corner", ["Typical", "slow", "t t", "TT2", "ss;.control", "\u00e9"])
def test_another_corner_is_refused_with_the_list(corner: str):
    with pytest.raises(InputError) as caught:
        read_study(STUDY, [f'circuit.corner="{corner}"'])
    (problem,) = caught.value.problems
    assert problem.expected == "tt | ff | ss | fs | sf"
    assert "generic180 has no corner" in problem.what
    assert problem.where.startswith("--set circuit.corner=")


def test_kinds_and_their_keys():
    def of(word: str, init: str) -> dict[str, Any]:
        return {
            "stimuli": {"a": {"kind": word, "channels": []}},
            "target": {
                "kind": word.replace("sines", "teacher").replace("Sines", "Teacher"),
                "weights": {"p": {"init": init, "scale": 1.0, "seed": 1}},
            },
        }

    schema = study_schema()
    assert spelled(of("Sines", "Uniform"), schema, schema) == of("sines", "uniform")


def test_names_and_texts_stay_as_they_are():
    schema = study_schema()
    data = {
        "title": "Auto",
        "network": {"output": "Readout", "populations": {"Linear": {"activation": "Linear"}}},
        "stimuli": {"a": {"kind": "Samples", "file": "Sines"}},
    }
    found = spelled(data, schema, schema)
    assert (found["title"], found["network"]["output"]) == ("Auto", "Readout")
    assert found["network"]["populations"] == {"Linear": {"activation": "linear"}}
    assert found["stimuli"]["a"] == {"kind": "samples", "file": "Sines"}


def test_words_that_differ_in_case_alone_keep_it():
    potentials = ("U", "u", "B", "b", "h")
    assert [spelling(word, potentials) for word in ("U", "u", "B", "b", "H", "x")] == ["U", "u", "B", "b", "h", "x"]
    assert spelling("u", ("U", "h")) == "U"
