"""Translation of pydantic's errors into problems: what, where, got, expected, and the nearest match."""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from vle_analog.study.findings import Findings, KeyPath, closest, near, shown
from vle_analog.study.schema import StudyTable

Schema = dict[str, Any]


def spelled(value: Any, node: Schema, root: Schema) -> Any:
    """Copy plain data with every such word in the schema's spelling; other values are unchanged.

    **Arguments:** `node`: the JSON Schema of the data. `root`: the schema whose `$defs` it refers to.
    """
    nodes = list(_alternatives(node, root))
    if isinstance(value, str):
        return spelling(value, [word for entry in nodes for word in _words(entry)])
    if isinstance(value, list):
        items = {"anyOf": [entry["items"] for entry in nodes if "items" in entry]}
        nested = items["anyOf"] and any(isinstance(item, str | list | dict) for item in value)
        return [spelled(item, items, root) for item in value] if nested else value
    if isinstance(value, dict):
        return {key: spelled(item, {"anyOf": list(_of_key(key, value, nodes))}, root) for key, item in value.items()}
    return value


def spelling(word: str, words: Iterable[str]) -> str:
    """Return the one of `words` that differs from `word` in case at most; `word` itself if there is not exactly one.

    Where several differ in case alone, as `U` and `u`, only the exact spelling matches.
    """
    known = list(dict.fromkeys(words))
    alike = [entry for entry in known if entry.casefold() == word.casefold()]
    return alike[0] if word not in known and len(alike) == 1 else word


def _alternatives(node: Any, root: Schema) -> Iterator[Schema]:
    if "$ref" in node:
        yield from _alternatives(root["$defs"][node["$ref"].rsplit("/", 1)[-1]], root)
    else:
        yield node
    for entry in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _alternatives(entry, root)


def _words(node: Schema) -> Iterator[str]:
    yield from (word for word in (*node.get("enum", ()), node.get("const")) if isinstance(word, str))


def _of_key(key: str, table: dict[str, Any], nodes: list[Schema]) -> Iterator[Schema]:
    """Yield the alternatives of one key of a table; only those of the table's kind, where each has a kind."""
    tables = [node for node in nodes if "properties" in node or "additionalProperties" in node]
    kinds = [[*_words(node.get("properties", {}).get("kind", {}))] for node in tables]
    kind = table.get("kind")
    if key != "kind" and isinstance(kind, str) and all(kinds):
        kind = spelling(kind, [word for words in kinds for word in words])
        tables = [node for node, words in zip(tables, kinds, strict=True) if kind in words]
    for node in tables:
        yield node.get("properties", {}).get(key) or node.get("additionalProperties") or {}


_TYPES = {
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_BOUNDS = {"greater_than": ">", "greater_than_equal": ">=", "less_than": "<", "less_than_equal": "<="}


def check(model: Any, value: Any, path: KeyPath, findings: Findings) -> Any:
    """Validate `value` as an instance of `model` (pydantic model or union).

    **Returns:** the instance, or `None` after recording the problems.
    """
    try:
        return _adapter(model).validate_python(value)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=True):
            _record(item, value, path, findings)
        return None


@functools.cache
def _adapter(model: Any) -> TypeAdapter:
    return TypeAdapter(model)


def _record(item: Any, value: Any, path: KeyPath, findings: Findings) -> None:
    location = item["loc"]
    if path[:1] in (("stimuli",), ("target",)) and isinstance(value, dict) and location[:1] == (value.get("kind"),):
        location = location[1:]  # pydantic puts the kind of a stimulus before everything inside it
    where = path + location
    kind, got, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "extra_forbidden":
        known = _known_keys(where[:-1], value)
        findings.add(where, "unknown key", hint=near(where[-1], known))
    elif kind == "missing":
        findings.add(where, "the key is missing", expected=_meaning(where, value))
    elif kind in _TYPES:
        findings.add(where, "wrong type", shown(got), _TYPES[kind])
    elif kind == "finite_number":
        findings.add(where, "the number is not finite", shown(got), "a finite number")
    elif kind in _BOUNDS:
        limit = next(iter(context.values()))
        what = "the number is too small" if kind.startswith("greater") else "the number is too large"
        if kind.startswith("greater") and 0 <= limit < 1e-6 and isinstance(got, int | float) and got <= 0:
            what = "the number must be positive" if kind == "greater_than" or limit else "the number is negative"
        findings.add(where, what, shown(got), f"a number {_BOUNDS[kind]} {limit:g}")
    elif kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        what = "unknown level" if where[:-1] == ("circuit", "levels") else f"unknown {where[-1]}"
        findings.add(where, what, shown(got), "one of " + ", ".join(choices), closest(got, choices))
    elif kind == "union_tag_not_found":
        findings.add((*where, "kind"), "the key is missing", expected="one of " + ", ".join(_kinds(where)))
    elif kind == "union_tag_invalid":
        kinds = _kinds(where)
        got = value.get("kind") if isinstance(value, dict) else value
        findings.add((*where, "kind"), "unknown kind", shown(got), "one of " + ", ".join(kinds), closest(got, kinds))
    elif kind == "auto_or_positive":
        findings.add(where, 'neither a size nor "auto"', shown(got), item["msg"])
    elif kind == "string_pattern_mismatch":
        findings.add(where, "this is not a plain name", shown(got), "letters a-z, digits and _, starting with a letter")
    else:
        findings.add(where, item["msg"], shown(got))


def _kinds(where: KeyPath) -> list[str]:
    return ["sines", "steps", "samples"] + (["teacher"] if where == ("target",) else [])


def in_known_spelling(data: dict[str, Any]) -> dict[str, Any]:
    """Copy a study's data with every word that is one of a few, such as a kind, in the case that its key expects."""
    schema = _study_schema()
    return spelled(data, schema, schema)


def _known_keys(path: KeyPath, value: Any) -> list[str]:
    return list(_schema_at(path, value).get("properties", {}))


def _meaning(path: KeyPath, value: Any) -> str:
    return _schema_at(path, value).get("description", "")


@functools.cache
def _study_schema() -> dict[str, Any]:
    return StudyTable.model_json_schema()


def _schema_at(path: KeyPath, value: Any) -> dict[str, Any]:
    """Return the JSON Schema of the key `path`; among kinds that of `value`."""
    root = _study_schema()
    node: dict[str, Any] = root
    for part in path:
        node = _resolved(node, root, value)
        if part in node.get("properties", {}):
            node = node["properties"][part]
        else:
            node = node.get("items" if isinstance(part, int) else "additionalProperties") or {}
    return {**_resolved(node, root, value), **{k: v for k, v in node.items() if k == "description"}}


def _resolved(node: dict[str, Any], root: dict[str, Any], value: Any) -> dict[str, Any]:
    if "discriminator" in node:
        kind = value.get("kind") if isinstance(value, dict) else None
        node = {"$ref": node["discriminator"]["mapping"].get(kind, "#/$defs/SinesTable")}
    if "anyOf" in node:  # drawn weights are the one alternative that has keys
        inner = [_resolved(alternative, root, value) for alternative in node["anyOf"]]
        node = next((alternative for alternative in inner if "properties" in alternative), node)
    if "$ref" in node:
        return root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node
