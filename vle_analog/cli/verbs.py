"""The main verbs. Each reads its options, calls one function of `run.py` or `api.py`, and shows what came back."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from vle_analog.cli.options import JsonOption, LevelOption, OutputOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import Shown


class Format(StrEnum):
    """The form in which a derivation is printed."""

    text = "text"
    latex = "latex"
    markdown = "markdown"


def compare(
    study: StudyArgument,
    output: OutputOption = None,
    level: LevelOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Simulate a circuit, compare it with its equations, report.

    The traces of the circuit are held against the exact solution of the study's equations, signal by signal.
    """
    from vle_analog.verbs.compare import compare_study

    loaded, folder = load(study, output, level, overrides)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        done = compare_study(loaded, folder, shown.progress)
    shown.result(done.summary, lambda: shown.comparison(loaded, done.comparison, folder, done.summary.get("power")))
    return 0 if done.comparison.passed else 1


def simulate(
    study: StudyArgument,
    output: OutputOption = None,
    level: LevelOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Simulate a circuit; write netlist, deck, log and traces."""
    from vle_analog.verbs.simulate import simulate_study

    loaded, folder = load(study, output, level, overrides)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        summary = simulate_study(loaded, folder, shown.progress)
    shown.result(summary, lambda: shown.simulation(summary))
    return 1 if summary["excursions"] else 0


def netlist(
    study: StudyArgument,
    output: OutputOption = None,
    level: LevelOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write the hierarchical netlist, with its testbench."""
    from vle_analog.verbs.netlist import netlist_study

    loaded, folder = load(study, output, level, overrides)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        summary = netlist_study(loaded, folder, shown.progress)
    shown.result(summary, lambda: shown.files(summary))


def derive(
    study: Annotated[
        str | None, typer.Argument(metavar="[STUDY]", help="Add the equations of this study, by population.")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="RULE", help="vle | le | backprop | adjoint")] = None,
    form: Annotated[Format, typer.Option("--format", case_sensitive=False, help="How to print it.")] = Format.text,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the derivation of the equations, step by step."""
    from vle_analog.api import Study
    from vle_analog.theory import derive as derive_rule
    from vle_analog.theory.laws import canonical_rule

    rule = None if rule is None else canonical_rule(rule, "--rule")
    derivation = derive_rule(rule or "vle") if study is None else Study.load(study, overrides or ()).derive(rule)
    written = {
        Format.text: derivation.to_text,
        Format.latex: derivation.to_latex,
        Format.markdown: derivation.to_markdown,
    }
    text = written[form]()
    typer.echo(json.dumps({"rule": rule or "vle", "format": form.value, "derivation": text}) if as_json else text)


def schema() -> None:
    """Print the JSON Schema of the study file."""
    from vle_analog.study import study_schema

    typer.echo(json.dumps(study_schema(), indent=2))


def doctor(as_json: JsonOption = False) -> int:
    """Report which ngspice and kits were found, and what is wrong."""
    from vle_analog.cli.doctor import show
    from vle_analog.verbs.doctor import examine

    facts: dict[str, Any] = examine()
    typer.echo(json.dumps(facts, indent=2)) if as_json else show(facts)
    return 0 if not facts["problems"] else 3
