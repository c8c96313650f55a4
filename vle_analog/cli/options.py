"""The options that several verbs share, and the study they are about."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vle_analog.api import Study
from vle_analog.network import LEVELS
from vle_analog.network.findings import OptionText


def output_folder(default: str, what: str = "Folder for the results.") -> Any:
    """The option `--output` of a verb; `default` says what is taken without it."""
    return typer.Option("--output", "-o", metavar="DIR", help=what, show_default=default)


StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="A study file (TOML) or the name of a shipped study.")
]
OutputOption = Annotated[Path | None, output_folder("out/STUDY")]
LevelOption = Annotated[
    str | None, typer.Option("--level", metavar="LEVEL", help=f"{' | '.join(LEVELS)}, for all cells.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the study, e.g. network.rule=le; repeatable."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")]


def of_level(level: str | None) -> list[str]:
    """What the option `--level` changes in a study."""
    return [] if level is None else [OptionText("--level", "circuit.level", level)]


def load(study: str, output: Path | None, level: str | None, overrides: list[str] | None) -> tuple[Study, Path]:
    """A study with the changes asked for, and the folder of its results."""
    loaded = Study.load(study, [*(overrides or ()), *of_level(level)])
    return loaded, output or Path("out") / loaded.spec.name
