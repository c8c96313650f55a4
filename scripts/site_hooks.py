"""Hooks of MkDocs: notebooks become pages, formulas become MathML; the site needs no script from elsewhere."""

import html
import re
from pathlib import Path
from typing import Any

import nbformat
from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

from scripts.notebooks import notebook_page

FORMULA = re.compile(r'<(div|span) class="arithmatex">\\[\[(](.*?)\\[\])]</\1>', re.DOTALL)
UPRIGHT = re.compile(r"\\mathrm\{([\w\\]+)\}")  # browsers slant the letters of `mi` elements
ESCAPED = r"\_"  # which is a plain character in a text


def on_files(files: Files, config: Any) -> Files:
    """Puts a page in the place of every notebook."""
    for file in tuple(files):
        if file.src_uri.endswith(".ipynb"):
            notebook = nbformat.read(file.abs_src_path, as_version=4)
            folder, name = Path(file.src_uri).parent, Path(file.src_uri).stem
            text, pictures = notebook_page(notebook, name)
            files.remove(file)
            files.append(File.generated(config, f"{folder}/{name}.md", content=text))
            for picture, content in pictures.items():
                files.append(File.generated(config, f"{folder}/{picture}", content=content))
    return files


def on_page_content(text: str, **_: Any) -> str:
    """Writes formulas, which `arithmatex` has marked, as MathML."""
    return FORMULA.sub(_mathml, text)


def _mathml(found: re.Match[str]) -> str:
    block = found[1] == "div"
    text = UPRIGHT.sub(_upright, html.unescape(found[2]))
    formula = convert(text, display="block" if block else "inline")
    return f'<div class="formula">{formula}</div>' if block else formula


def _upright(found: re.Match[str]) -> str:
    return rf"\text{{{found[1].replace(ESCAPED, '_')}}}"
