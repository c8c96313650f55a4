"""The verbs. Each reads its options, calls one function of `run.py` or `api.py`, and shows what came back."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from vle_analog.api import Study
from vle_analog.cli.show import Shown
from vle_analog.provenance import kit_version

app = typer.Typer(
    name="vle-analog", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From the equations of networks that learn in time to analog circuits: derive, map, simulate, compare.",
)  # fmt: skip


class Format(StrEnum):
    """How a derivation is printed."""

    text = "text"
    latex = "latex"
    markdown = "markdown"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vle-analog {kit_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From the equations of networks that learn in time to analog circuits: derive, map, simulate, compare."""


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


@app.command()
def compare(
    study: StudyArgument, output: OutputOption = None, level: LevelOption = None, overrides: SetOption = None,
    as_json: JsonOption = False, quiet: QuietOption = False,
) -> int:  # fmt: skip
    """Simulate the circuit of a study, hold it against its equations, and write a report."""
    from vle_analog.run import compare_study

    loaded, folder = _load(study, output, level, overrides)
    with Shown(as_json, quiet) as shown:
        done = compare_study(loaded, folder, shown.progress)
    shown.result(done.summary, lambda: shown.comparison(loaded, done.comparison, folder))
    return 0 if done.comparison.passed else 1


@app.command()
def simulate(
    study: StudyArgument, output: OutputOption = None, level: LevelOption = None, overrides: SetOption = None,
    as_json: JsonOption = False, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Simulate the circuit of a study; write netlist, deck, log and traces."""
    from vle_analog.run import simulate_study

    loaded, folder = _load(study, output, level, overrides)
    with Shown(as_json, quiet) as shown:
        summary = simulate_study(loaded, folder, shown.progress)
    shown.result(summary, lambda: shown.simulation(summary))


@app.command()
def netlist(
    study: StudyArgument, output: OutputOption = None, level: LevelOption = None, overrides: SetOption = None,
    as_json: JsonOption = False, quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Write the hierarchical netlist of a study, with its testbench."""
    from vle_analog.run import write_netlist

    loaded, folder = _load(study, output, level, overrides)
    with Shown(as_json, quiet) as shown:
        summary = write_netlist(loaded, folder, shown.progress)
    shown.result(summary, lambda: shown.files(summary))


@app.command()
def derive(
    study: Annotated[
        str | None, typer.Argument(metavar="[STUDY]", help="Add the equations of this study, by population.")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="RULE", help="vle | le | backprop | adjoint")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the derivation of the equations, step by step, computed by SymPy."""
    from vle_analog.theory import derive as derive_rule

    derivation = derive_rule(rule or "vle") if study is None else Study.load(study, overrides or ()).derive(rule)
    written = {
        Format.text: derivation.to_text,
        Format.latex: derivation.to_latex,
        Format.markdown: derivation.to_markdown,
    }
    text = written[form]()
    typer.echo(json.dumps({"rule": rule or "vle", "format": form.value, "derivation": text}) if as_json else text)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the study file."""
    from vle_analog.network import study_schema

    typer.echo(json.dumps(study_schema(), indent=2))


@app.command()
def doctor(as_json: JsonOption = False) -> int:
    """Say which ngspice and which process design kits were found, and what is wrong, if anything."""
    from vle_analog.cli.doctor import examine, show

    facts: dict[str, Any] = examine()
    typer.echo(json.dumps(facts, indent=2)) if as_json else show(facts)
    return 0 if not facts["problems"] else 3


def _load(study: str, output: Path | None, level: str | None, overrides: list[str] | None) -> tuple[Study, Path]:
    changes = [*(overrides or ()), *([f"circuit.level={level}"] if level else [])]
    loaded = Study.load(study, changes)
    return loaded, output or Path("out") / loaded.spec.name
