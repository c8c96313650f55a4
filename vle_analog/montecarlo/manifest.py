"""The dependencies of a run, and the differences of two runs."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

GROWING = ("samples",)  # may grow: existing chips do not change
SHOWN = 6
DOCUMENT = "document."  # follow from the study, whose keys are named instead
HASHES = ("digest", "deck", "traces")
EXPLAINED_BY = {"total": ("sampling",), "level": ("document.circuit.level",), "points": ("document.simulate.points",)}


def plain(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest as JSON restores it: tuples become lists, keys become strings."""
    return json.loads(json.dumps(manifest, allow_nan=False))


def key_of(manifest: Mapping[str, Any]) -> str:
    """Hash everything that the row of a chip depends on."""
    about = {name: value for name, value in manifest.items() if name not in GROWING}
    return hashlib.sha256(json.dumps(about, sort_keys=True, allow_nan=False).encode()).hexdigest()


def as_written(record: Mapping[str, Any]) -> bool:
    """Return whether the key of a record is that of its manifest."""
    try:
        return record["key"] == key_of(record["manifest"])
    except ValueError:  # not a number
        return False


def understood(record: Mapping[str, Any], table: str) -> bool:
    """Return whether a record has all entries of a valid run.

    **Arguments:** `table`: the file that a complete run has.
    """
    if not isinstance(record.get("manifest"), dict) or not isinstance(record.get("key"), str):
        return False
    if record.get("state") != "complete":
        return record.get("state") == "running"
    files, samples = record.get("files"), record.get("samples")
    return (
        isinstance(record.get("summary"), dict)
        and isinstance(files, dict)
        and isinstance(files.get(table), str)
        and isinstance(samples, list)
        and all(map(_is_range, samples))
        and all(first[1] <= second[0] for first, second in pairwise(samples))
    )


def differences(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (entry, value there, value now) of all differences, entries of tables by their dotted names.

    Hashes and what follows from other entries are named only where no setting explains them.
    """
    old, new = (dict(_entries(each)) for each in (there, now))
    names = [name for name in dict.fromkeys([*old, *new]) if name not in GROWING]
    apart = [n for n in names if (n in old, old.get(n)) != (n in new, new.get(n))]
    settings = [n for n in apart if n not in HASHES and not any(other in apart for other in EXPLAINED_BY.get(n, ()))]
    return [(n.removeprefix(DOCUMENT), _shown(old, n), _shown(new, n)) for n in settings or apart]


def texts(found: list[tuple[str, str, str]]) -> tuple[str, str, str]:
    """Write names, values there and values now for a message."""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    names = ", ".join(name for name, _, _ in found[:SHOWN]) + more
    there, now = (", ".join(f"{entry[0]} = {entry[k]}" for entry in found[:SHOWN]) for k in (1, 2))
    return names, there, now


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and [type(end) for end in value] == [int, int] and 0 <= value[0] < value[1]


def _entries(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _entries(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _shown(entries: Mapping[str, Any], name: str) -> str:
    if name not in entries:
        return "(none)"
    text = json.dumps(entries[name], ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
