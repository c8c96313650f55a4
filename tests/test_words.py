"""Docstrings, comments and messages are in plain engineering English: no personified code, no riddles."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import vle_analog

PACKAGE = Path(vle_analog.__file__).parent

WORDS = (
    "ask|asks|asked|asking",
    "bring|brings|brought",
    "feel|feels|felt",
    "hear|hears|heard|hearing",
    "heavy|swift",
    "know|knows|knew",
    "nobody|anybody|somebody|whoever",
    "say|says|said|saying",
    "sees|seen",
    "takes|took|taken",
    "tell|tells|told|telling",
    "want|wants|wanted",
    "weigh|weighs|weighed",
)
"""Words of people: signals are received, messages reported, values read or set, quantities have names of their own."""

OPENINGS = ("How", "Nothing", "What", "When", "Where", "Whether", "Which", "Who", "Why", "**")
"""A docstring opens with a sentence in the imperative, or with a noun."""

NAMES = {"told", "hear", "hears", "heard", "sees", "seen", "felt", "brought", "heavy", "swift", "weigh", "whoever"}
"""Words that no name in the code consists of, alone or between underscores."""

_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)
ROOMS = sorted(
    path.name
    for path in PACKAGE.iterdir()
    if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")) and path.name != "__pycache__")
)


def _words(text: str) -> Iterator[str]:
    yield from (found[0] for found in _WORD.finditer(text))


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg | ast.keyword):
        yield node.arg or ""
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Attribute):
        yield node.attr


def findings(source: str) -> Iterator[str]:
    """Yield `line: word` for every word in docstrings, comments, messages and names that is to be replaced."""
    docstrings = set()
    for node in ast.walk(tree := ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text is not None:
                docstrings.add(node.body[0].value)  # pyright: ignore[reportAttributeAccessIssue]
                opening = next((word for word in OPENINGS if re.match(rf"{re.escape(word)}(\b|$|(?<=\*))", text)), "")
                yield from [f"{node.body[0].lineno}: opens with {opening}"] if opening else []
                yield from (f"{node.body[0].lineno}: {word}" for word in _words(text))
        yield from (
            f"{getattr(node, 'lineno', 0)}: name {name}"
            for name in _names(node)
            if NAMES.intersection(name.lower().split("_"))
        )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            message = node.value if " " in node.value else ""  # keys, names and options are single words
            yield from (f"{node.lineno}: {word}" for word in _words(message))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from (f"{token.start[0]}: {word}" for word in _words(token.string))


def _of_room(room: str) -> list[str]:
    files = [PACKAGE / room] if room.endswith(".py") else sorted((PACKAGE / room).rglob("*.py"))
    return [
        f"{path.relative_to(PACKAGE)}:{finding}"
        for path in files
        for finding in findings(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_in_plain_words(room: str):
    assert _of_room(room) == []


@pytest.mark.parametrize(
    "source, found",
    [
        ('"""What a neuron hears."""', ["1: opens with What", "1: hears"]),
        ('def f():\n    """**Raises:** an error."""', ["2: opens with **"]),
        ('raise ValueError(f"{x} asks for too much")', ["1: asks"]),
        ("x = 1  # so it was told\n", ["1: told"]),
        ("SWIFT = heard(seen=1)", ["1: name SWIFT", "1: name heard", "1: name seen"]),
        ('"""Howitzers and whatnot; see `known`, unless unknown."""\nkey = "takes"\n', []),
    ],
)
def test_words_are_found_wherever_they_stand(source: str, found: list[str]):
    assert sorted(findings(source)) == sorted(found)
