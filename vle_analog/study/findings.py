"""Problems and warnings of a study: problems are collected while reading and raised together; warnings are kept.

Each names the file, the line, and the key; a key that was set by an option names that option instead.
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vle_analog.errors import InputError, Problem

KeyPath = tuple[str | int, ...]
MAX_PROBLEMS = 50


def key_text(path: KeyPath) -> str:
    """Format a key path as `network.populations.hidden.tau_m[0]`; names that are not bare TOML keys are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part.replace("_", "").replace("-", "").isalnum() and part.isascii()
            text += ("." if text else "") + (part if bare else shown(part))
    return text


def shown(value: Any) -> str:
    """Format a value on one short printable line."""
    text = f"{value:g}" if isinstance(value, float) else repr(_trimmed(value))
    return text if len(text) <= 60 else text[:57] + "..."


def plainly(text: str, length: int = 200) -> str:
    """Format external text on one printable line, without quotes."""
    return repr(text[:length])[1:-1]


def _trimmed(value: Any) -> Any:
    # Long lists are cut before they are printed: only their beginning is shown anyway.
    if isinstance(value, str):
        return value[:80]
    return [_trimmed(item) for item in value[:8]] if isinstance(value, list) else value


def closest(name: Any, names: Iterable[str]) -> str:
    """Return a hint with the name most similar to `name`; empty where none is similar."""
    close = difflib.get_close_matches(str(name)[:80], list(names), n=1)
    return f"did you mean {plainly(close[0], 60)}?" if close else ""


def near(name: Any, names: Iterable[str]) -> str:
    """Return a hint as `closest` does, or all the names where none is similar."""
    known = list(names)
    listed = ", ".join(plainly(item, 60) for item in known[:30])
    return closest(name, known) or (f"there is {listed}" if known else "")


class OptionText(str):
    """An override `KEY=VALUE` that has an option of its own, as `circuit.level=transistor` has `--level transistor`."""

    def __new__(cls, option: str, key: str, value: object) -> "OptionText":
        """Create the text.

        **Arguments:** `option`: as it was typed.
        """
        made = super().__new__(cls, f"{key}={value}")
        made.typed = f"{option} {value}"
        return made

    typed: str


def typed(override: str) -> str:
    """Format an override as it was typed on the command line, on one printable line."""
    return plainly(override.typed) if isinstance(override, OptionText) else f"--set {plainly(override)}"


@dataclass
class Findings:
    """The problems and warnings found so far in one document.

    **Arguments:**

    - `label`: the file as shown to the user.
    - `line_of`: number of the line in which a key is set; `None` where it cannot be found.
    - `overrides`: `(key path, text)` of every override, in order.
    - `read_from`: by key, the file that its numbers were read from.
    """

    label: str
    line_of: Callable[[KeyPath], int | None]
    overrides: Sequence[tuple[KeyPath, str]] = ()
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    read_from: dict[KeyPath, str] = field(default_factory=dict)
    _paths: set[KeyPath] = field(default_factory=set)

    def add(self, path: KeyPath, what: str, got: str = "", expected: str = "", hint: str = "") -> None:
        """Record a problem of the key `path`."""
        self._paths.add(path)
        self.problems.append(Problem(what, self.where(path), got, expected, hint))

    def warn(self, path: KeyPath, what: str, got: str = "", expected: str = "", hint: str = "") -> None:
        """Record a warning of the key `path`: the study is valid, but probably not as intended."""
        self.warnings.append(Problem(what, self.where(path), got, expected, hint))

    def extend(self, path: KeyPath, error: InputError, hint: str = "") -> None:
        """Record problems found in the value of the key `path`, with one more hint."""
        self._paths.add(path)
        for problem in error.problems:
            self.problems.append(replace(problem, hint="; ".join(text for text in (problem.hint, hint) if text)))

    def touches(self, path: KeyPath) -> bool:
        """True where a problem of this key, or of one inside it, was recorded."""
        return any(found[: len(path)] == path for found in self._paths)

    def where(self, path: KeyPath) -> str:
        """Return file, line and key, or the option that set the key; with the file of its numbers, if any."""
        file = next((name for key, name in self.read_from.items() if path[: len(key)] == key), "")
        return self._place(path) + (f" (of {file})" if file else "")

    def _place(self, path: KeyPath) -> str:
        for key, text in reversed(self.overrides):
            if path[: len(key)] == key:
                return typed(text) + (f" ({key_text(path)})" if path != key else "")
        line = self.line_of(path)
        place = f"{self.label}:{line}" if line else self.label
        return f"{place}, {key_text(path)}" if path else place

    def error(self) -> InputError:
        """Return all problems as one `InputError`."""
        kept = self.problems[:MAX_PROBLEMS]
        rest = len(self.problems) - len(kept)
        if rest:
            kept.append(Problem(f"and {rest} more problems", where=self.label))
        return InputError(*kept)
