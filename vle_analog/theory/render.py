"""The output of a derivation as plain text, LaTeX, Markdown or HTML."""

import html
import textwrap
import unicodedata

from vle_analog.theory import emit, prose
from vle_analog.theory.layout import lay
from vle_analog.theory.step import DerivationStep, Equation

COLUMNS = 100
ORIGIN = (
    "An independent derivation, computed and checked by SymPy. It follows the programme in the abstract of "
    "arXiv:2603.09600 (a prospective energy, extremal action, the adjoint method, a local rule) and is consistent with "
    "it and with the publications on GLE and LE; it does not reproduce the equations of that paper."
)

PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
"""


def to_text(title: str, steps: tuple[DerivationStep, ...]) -> str:
    """Return plain text of at most `COLUMNS` columns."""
    lines = [title, "=" * len(title), *textwrap.wrap(ORIGIN, COLUMNS)]
    for number, step in enumerate(steps, 1):
        heading = f"{number}. {step.title}"
        lines += ["", heading, "-" * len(heading), *textwrap.wrap(prose.text(step.text), COLUMNS), ""]
        for equation in step.equations:
            lines += _equation_lines(equation)
    return "\n".join(lines) + "\n"


def _width(line: str) -> int:
    return sum(not unicodedata.combining(character) for character in line)


def _equation_lines(equation: Equation) -> list[str]:
    """Return an equation, broken before a + or - outside of brackets where it is too wide; the note at the right, or
    below."""
    line = "    " + equation.text()
    margin = " " * (4 + _width(f"{emit.text(lay(equation.left))} {equation.relation} "))
    lines = []
    while _width(line) > COLUMNS and (cut := _last_break(line, len(margin))):
        lines.append(line[:cut])
        line = margin + line[cut + 1 :]
    note = f"({prose.text(equation.note)})" if equation.note else ""
    gap = " " * max(3, 56 - _width(line))
    if note and _width(line + gap + note) > COLUMNS:
        return [*lines, line, f"{'':>{COLUMNS - _width(note)}}{note}"]
    return [*lines, (line + gap + note).rstrip()]


def _last_break(line: str, start: int) -> int:
    """Return the last position for a line break, outside of brackets or else inside of one pair, or 0."""
    depth, cuts = 0, [0, 0]
    for position, character in enumerate(line):
        depth += (character == "(") - (character == ")")
        if _width(line[:position]) > COLUMNS:
            break
        if depth < len(cuts) and position > start + 1 and line[position : position + 3] in (" + ", " − "):
            cuts[depth] = position
    return cuts[0] or cuts[1]


def to_latex(title: str, steps: tuple[DerivationStep, ...], *, document: bool = True) -> str:
    """Return a complete document, or sections for another one."""
    parts = []
    for step in steps:
        rows = " \\\\\n".join(_latex_row(equation) for equation in step.equations)
        parts.append(
            f"\\section{{{prose.latex(step.title)}}}\n{prose.latex(step.text)}\n"
            f"\\begin{{align*}}\n{rows}\n\\end{{align*}}\n"
        )
    body = "\n".join(parts)
    if not document:
        return body
    heading = f"\\title{{{prose.latex(title)}}}\n\\author{{}}\n\\date{{}}\n"
    return f"{PREAMBLE}{heading}\\begin{{document}}\n\\maketitle\n\n\\noindent {ORIGIN}\n\n{body}\n\\end{{document}}\n"


def _latex_row(equation: Equation) -> str:
    if not equation.note:
        return f"  {equation.latex()}"
    note = rf"\text{{\small {prose.latex(equation.note)}}}"
    # beside a short equation, below a long one
    place = "&&" if _width(equation.text()) < 50 else r"\\" + "\n  &\\qquad"
    return f"  {equation.latex()} {place} {note}"


def to_notebook_latex(title: str, steps: tuple[DerivationStep, ...]) -> str:
    """Return one display of MathJax: headings and equations, without the prose."""
    rows = [rf"\textbf{{{title}}}"]
    for number, step in enumerate(steps, 1):
        rows.append(rf"\textbf{{{number}. {prose.latex(step.title)}}}")
        rows += [rf"\quad {_unaligned(equation)}" for equation in step.equations]
    return "$$\\begin{array}{l}\n" + " \\\\\n".join(rows) + "\n\\end{array}$$"


def to_markdown(title: str, steps: tuple[DerivationStep, ...]) -> str:
    """Return Markdown with one `$$` display per equation."""
    lines = [f"# {title}", "", ORIGIN]
    for number, step in enumerate(steps, 1):
        lines += ["", f"## {number}. {step.title}", "", prose.markdown(step.text), ""]
        for equation in step.equations:
            lines += [f"$${_unaligned(equation)}$$", ""]
            lines += [f"({prose.markdown(equation.note)})", ""] if equation.note else []
    return "\n".join(lines).rstrip() + "\n"


def _unaligned(equation: Equation) -> str:
    return equation.latex().replace("&", "", 1)


def to_html(steps: tuple[DerivationStep, ...]) -> str:
    """Return a fragment for a report: a section per step, mathematics as MathML."""
    parts = [f"<p>{html.escape(ORIGIN)}</p>\n"]
    for number, step in enumerate(steps, 1):
        rows = "".join(
            f'<div class="equation">{equation.mathml()}<span class="note">{prose.web(equation.note)}</span></div>\n'
            for equation in step.equations
        )
        heading = f"<h3>{number}. {html.escape(step.title)}</h3>"
        parts.append(f'<section class="step">\n{heading}\n<p>{prose.web(step.text)}</p>\n{rows}</section>\n')
    return "".join(parts)
