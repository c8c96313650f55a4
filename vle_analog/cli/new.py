"""The verb `new`: a commented study to start from."""

from pathlib import Path
from typing import Annotated

import typer

from vle_analog.cli.options import JsonOption, QuietOption
from vle_analog.cli.show import Shown


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the study, a plain identifier.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Folder for the study, or a file that ends in .toml.",
            show_default="the current folder",
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a commented study to start from: NAME.toml."""
    from vle_analog.verbs.new import new_study, typed

    path = new_study(name, output)
    summary = {"study": name, "file": str(path)}
    Shown(as_json, quiet).result(summary, lambda: print(f"{path}: run it with vle-analog compare {typed(path)}"))
