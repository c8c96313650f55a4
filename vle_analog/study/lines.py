"""Line numbers of the keys of a TOML file, for messages: a scan of headers and keys, not a second parser."""

import re
import tomllib

from vle_analog.study.findings import KeyPath

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n|[^"\'#\[\]{}\n]+|.',
    re.DOTALL,
)
_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*\[\[?\s*({_DOTTED})\s*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*({_DOTTED})\s*=")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map key paths to lines (from 1) of their header or assignment; keys inside inline tables are not listed."""
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, start in _statements(text):
        if header := _HEADER.match(text, start):
            table = _parts(header.group(1))
            found.setdefault(table, line)
        elif assignment := _ASSIGNMENT.match(text, start):
            found.setdefault((*table, *_parts(assignment.group(1))), line)
    return found


def line_of(path: KeyPath, lines: dict[KeyPath, int]) -> int | None:
    """Return the line of a key, or of the innermost table around it that has one."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _statements(text: str) -> list[tuple[int, int]]:
    """List `(line, position)` of every line that starts outside of brackets and strings."""
    starts, line, depth = [(1, 0)], 1, 0
    for token in _TOKEN.finditer(text):
        word = token.group()
        line += word.count("\n")
        if word in "[{":
            depth += 1
        elif word in "]}":
            depth -= 1
        elif word == "\n" and depth == 0:
            starts.append((line, token.end()))
    return starts


def _parts(dotted: str) -> KeyPath:
    value, path = tomllib.loads(f"{dotted} = 0"), []
    while isinstance(value, dict):
        key, value = next(iter(value.items()))
        path.append(key)
    return tuple(path)
