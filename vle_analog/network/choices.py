"""Words that are one of a few, as `kind = "Sines"`: accepted in any case, spelled from here on as in the schema."""

from collections.abc import Iterable, Iterator
from typing import Any

Schema = dict[str, Any]


def spelled(value: Any, node: Schema, root: Schema) -> Any:
    """A copy of plain data with every such word in its own spelling; what is no such word stays as it is.

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
    """The one of the words that differs from this one in case at most; the word itself where it is there, or none is.

    Where several differ in case alone, as `U` and `u`, case says which one is meant.
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
    """What the alternatives say of a key of a table; only those of its kind, where each has a kind."""
    tables = [node for node in nodes if "properties" in node or "additionalProperties" in node]
    kinds = [[*_words(node.get("properties", {}).get("kind", {}))] for node in tables]
    kind = table.get("kind")
    if key != "kind" and isinstance(kind, str) and all(kinds):
        kind = spelling(kind, [word for words in kinds for word in words])
        tables = [node for node, words in zip(tables, kinds, strict=True) if kind in words]
    for node in tables:
        yield node.get("properties", {}).get(key) or node.get("additionalProperties") or {}
