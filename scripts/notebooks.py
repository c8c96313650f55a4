"""Notebooks of the documentation: run one, write it with its outputs, and convert it to a page."""

import base64
import os
import re
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat

PICTURE = "image/png"
SHOWN = (PICTURE, "text/markdown", "text/latex", "text/html", "text/plain")
"""Kinds of output, the preferred one first: a page shows one of them."""
DISPLAYED = "\\displaystyle"
INLINE = "module://matplotlib_inline.backend_inline"
TIMEOUT = 600  # seconds for one cell


def run_notebook(path: Path) -> Any:
    """The notebook with the outputs of a new run, in an empty folder.

    **Raises:** `nbclient.exceptions.CellExecutionError` with the traceback of a cell that fails.
    """
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    metadata = deepcopy(notebook.metadata)  # the run adds the version of Python
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", resources=resources)
        client.execute(env={**os.environ, "MPLBACKEND": INLINE})
    notebook.metadata = metadata
    for cell in notebook.cells:
        cell.metadata = {}  # times, which differ from run to run
        if cell.cell_type == "code":
            cell.outputs = _kept(cell.outputs)
    return notebook


def _kept(outputs: list[Any]) -> list[Any]:
    """The outputs without what differs from run to run.

    What is printed arrives in pieces, cut where the time of arrival has it: pieces that follow each other are joined.
    Messages on standard error are left out.
    """
    kept: list[Any] = []
    for output in outputs:
        if output.output_type != "stream":
            kind = next(kind for kind in SHOWN if kind in output.data)
            kept.append(nbformat.v4.new_output("display_data", {kind: output.data[kind]}))
        elif output.name != "stdout":
            continue
        elif kept and kept[-1].output_type == "stream":
            kept[-1].text += output.text
        else:
            kept.append(nbformat.v4.new_output("stream", text=output.text))
    return kept


def write_notebook(path: Path, notebook: Any) -> None:
    """Writes the notebook."""
    nbformat.write(notebook, path)


def texts(notebook: Any) -> list[list[str]]:
    """The outputs of every code cell as texts; a picture is its kind alone, since its bytes depend on fonts."""
    return [
        [kind if kind == PICTURE else content for kind, content in map(_content, cell.outputs)]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _content(output: Any) -> tuple[str, str]:
    """Kind and text of an output."""
    if output.output_type == "stream":
        return "text/plain", output.text
    return next(iter(output.data.items()))


def notebook_page(notebook: Any, name: str) -> tuple[str, dict[str, bytes]]:
    """The notebook as Markdown, and its pictures: file name -> content."""
    pictures: dict[str, bytes] = {}
    parts = [part for cell in notebook.cells for part in _parts(cell, name, pictures)]
    return "\n\n".join(parts) + "\n", pictures


def _parts(cell: Any, name: str, pictures: dict[str, bytes]) -> Iterator[str]:
    if cell.cell_type != "code":
        yield cell.source
        return
    yield f"```python\n{cell.source}\n```"
    for output in cell.outputs:
        kind, content = _content(output)
        if kind == PICTURE:
            file = f"{name}_{len(pictures) + 1}.png"
            pictures[file] = base64.b64decode(content)
            yield f"![Picture made by the code above]({file})"
        elif kind == "text/plain":
            yield f'```text title="Output"\n{content.rstrip()}\n```'
        elif kind == "text/html":
            yield re.sub(r"\n\s*", "", content)  # in one line, which Markdown does not touch
        elif kind == "text/latex":
            yield f"$$\n{content.strip('$').removeprefix(DISPLAYED).strip()}\n$$"  # a block scrolls where it is wide
        else:
            yield content
