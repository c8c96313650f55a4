"""The JSON Schema, and the reference page that is written from it."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from vle_analog.levels import LEVELS
from vle_analog.network import ACTIVATIONS, RULES
from vle_analog.study import study_from_document, study_schema
from vle_analog.study.reference import _SECTIONS, reference_markdown
from vle_analog.theory.activation import ACTIVATIONS as DERIVED

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "study.md"
MODELS = [model for _, _, model in _SECTIONS]


def section(model: type) -> str:
    """The part of the page about one table."""
    heading = next(heading for heading, _, described in _SECTIONS if described is model)
    return reference_markdown().split(f"## {heading}\n")[1].split("\n## ")[0]


def test_committed_page_is_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == reference_markdown()


def test_toml_blocks_of_the_page_are_studies():
    blocks = re.findall(r"(?ms)^```toml\n(.*?)^```", reference_markdown())
    assert blocks
    for block in blocks:
        assert study_from_document(tomllib.loads(block)).network.populations


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_examples_and_defaults_of_every_key_are_accepted_and_on_the_page(model):
    described = model.model_json_schema()
    rows = {line.split("`")[1]: line for line in section(model).splitlines() if line.startswith("| `")}
    assert list(rows) == list(described["properties"])
    examples = {}
    for name, entry in described["properties"].items():
        assert entry["description"] in rows[name]
        assert entry.get("unit", "") in rows[name]
        examples |= tomllib.loads(re.search(rf"`({name} = [^`]*)`", rows[name]).group(1))
    instance = model.model_validate(examples)
    required = {name: examples[name] for name in described.get("required", [])}
    assert set(model.model_validate(required).model_dump()) == set(instance.model_dump()) == set(examples)


def test_schema_is_json_and_describes_every_key():
    text = json.dumps(study_schema(), allow_nan=False)
    described = json.loads(text)
    assert described["$schema"].startswith("https://json-schema.org/")
    assert described["additionalProperties"] is False
    assert set(described["required"]) == {"duration", "network", "stimuli", "target"}
    for name, table in described["$defs"].items():
        assert table["additionalProperties"] is False, name
        for key, entry in table["properties"].items():
            assert "description" in entry, (name, key)


def test_every_table_is_on_the_page():
    inner = {*study_schema()["$defs"], "InitTable", "FileTable"}  # they stand in the place of a matrix
    assert {model.__name__ for model in MODELS} == inner - {"NetworkTable"} | {"NetworkKeys", "StudyKeys"}


def test_words_are_the_same_everywhere():
    assert set(ACTIVATIONS) == set(DERIVED)
    properties = study_schema()["$defs"]["NetworkTable"]["properties"]
    assert set(properties["rule"]["enum"]) == {*RULES, "gle"}
    assert tuple(study_schema()["$defs"]["CircuitTable"]["properties"]["level"]["enum"]) == LEVELS
