"""The options that several verbs share, and the study they are about."""

from pathlib import Path
from typing import Annotated

import typer

from vle_analog.api import Study

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="A study file (TOML) or the name of a shipped study.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.", show_default="out/STUDY")
]
LevelOption = Annotated[
    str | None, typer.Option("--level", metavar="LEVEL", help="behavioural | macromodel | transistor, for all cells.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the study, e.g. network.rule=le; repeatable."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")]


def load(study: str, output: Path | None, level: str | None, overrides: list[str] | None) -> tuple[Study, Path]:
    """A study with the changes asked for, and the folder of its results."""
    changes = [*(overrides or ()), *([f"circuit.level={level}"] if level else [])]
    loaded = Study.load(study, changes)
    return loaded, output or Path("out") / loaded.spec.name
