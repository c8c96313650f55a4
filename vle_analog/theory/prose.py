"""Prose with mathematics between backticks, such as "`tau_m` of neuron `i`", for text, LaTeX, Markdown and HTML."""

import html
import re
from collections.abc import Callable
from dataclasses import replace

from vle_analog.theory import emit
from vle_analog.theory.layout import Name, split_name

SYMBOL = re.compile(r"([A-Za-z][A-Za-z_0-9]*)('?)")


def _symbols(phrase: str, write: Callable[[Name], str]) -> str:
    def written(match: re.Match[str]) -> str:
        name = split_name(match[1])
        primed = {"prime": True} if name.base == "phi" else {"dots": 1}
        return write(replace(name, **primed) if match[2] else name)

    return SYMBOL.sub(written, phrase)


def _phrases(words: str, plain: Callable[[str], str], math: Callable[[str], str]) -> str:
    parts = words.split("`")
    return "".join(math(part) if odd % 2 else plain(part) for odd, part in enumerate(parts))


def _unicode(phrase: str) -> str:
    return _symbols(phrase.replace("^2", "²").replace("-", "−"), emit.text)


def text(words: str) -> str:
    """Return Unicode."""
    return _phrases(words, str, _unicode)


def latex(words: str) -> str:
    """Return LaTeX with the mathematics between dollars."""
    return _phrases(words, _escaped, lambda phrase: f"${_symbols(phrase, _latex_symbol)}$")


def _latex_symbol(name: Name) -> str:
    if name.base in ("d", "dt"):
        return rf"\mathrm{{d}}{name.base[1:]}"
    written = emit.latex(name)
    # a blank ends a control word, so that a letter may follow
    return f"{written} " if re.search(r"\\[A-Za-z]+$", written) else written


def markdown(words: str) -> str:
    """Return Markdown with the mathematics between dollars."""
    return _phrases(words, str, lambda phrase: f"${_symbols(phrase, _latex_symbol)}$")


def web(words: str) -> str:
    """Return HTML with the mathematics in italics."""
    return _phrases(words, html.escape, lambda phrase: f"<i>{html.escape(_unicode(phrase))}</i>")


def _escaped(words: str) -> str:
    return re.sub(r"([_&%#$])", r"\\\1", words)
