"""The options that several verbs share, and the study they are about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vle_analog.levels import LEVELS
from vle_analog.study.findings import OptionText

if TYPE_CHECKING:
    from vle_analog.api import Study


def output_folder(default: str, what: str = "Folder for the results.") -> Any:
    """Return the option `--output` of a verb; `default`: shown as the folder without it."""
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
    """Return the change of a study by the option `--level`."""
    return [] if level is None else [OptionText("--level", "circuit.level", level)]


def load(study: str, output: Path | None, level: str | None, overrides: list[str] | None) -> tuple["Study", Path]:
    """Read a study with the given changes, and choose the folder of its results."""
    from vle_analog.api import Study

    loaded = Study.load(study, [*(overrides or ()), *of_level(level)])
    return loaded, output or Path("out") / loaded.spec.name
