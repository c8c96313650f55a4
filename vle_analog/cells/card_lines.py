"""The lines of a `.cir` file as cards: comments gone, continuations joined, with the line each begins at."""

import re
from collections.abc import Iterator

_INLINE = re.compile(r";|(?:^|(?<=\s))\$|//")  # what begins a comment at the end of a line


def card_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of every card; a continuation of nothing stays as it is, for the reader."""
    pending: tuple[int, str] | None = None
    for number, raw in enumerate(lines, start=1):
        text = _INLINE.split(raw, maxsplit=1)[0].strip()
        if not text or text.startswith("*"):
            continue
        if text.startswith("+") and pending:
            pending = (pending[0], f"{pending[1]} {text[1:].strip()}")
            continue
        if pending:
            yield pending
        pending = (number, text)
    if pending:
        yield pending
