"""docs/reference/command_line.md: every command with its options, from the help texts of the command line."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer.main

from vle_analog.cli.app import app

NEGATIVE = (
    "outside the bounds (`compare`, `size`, `replay`), out of range (`simulate`), unstable (`analyse`), "
    "not proven (`verify`), engines disagree (`montecarlo`)"
)
HEAD = f"""\
# The command line

This page is generated from the help texts of the commands, which `vle-analog COMMAND --help` prints; a test keeps
the two equal. `STUDY` is a study file or the name of a shipped study. An option that is repeatable is given once per
value: `--set duration=4 --set network.gamma=0.1`. The keys of `--set` are those of [the study file](study.md).

| Exit code | Meaning |
|---|---|
| 0 | the command succeeded |
| 1 | the result is negative: {NEGATIVE} |
| 2 | the input cannot be used: study, option, cell or folder |
| 3 | the simulator failed |
| 4 | an error in vle-analog itself |
| 130 | interrupted by Ctrl-C |

Results are written to `out/STUDY` or to the folder named by `--output`; [Files](files.md) lists what is in it.
"""


def commands_page() -> str:
    """The page as Markdown."""
    group: Any = typer.main.get_command(app)
    return "\n".join([HEAD, *(line for name, command in group.commands.items() for line in _section(name, command))])


def _section(name: str, command: Any) -> Iterator[str]:
    """Heading, usage, description and table of one command."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["vle-analog", name, *map(_placeholder, arguments), *(["[OPTIONS]"] if options else [])])
    yield from (f"## `{name}`", "", "```text", usage, "```", "")
    yield from (*(" ".join(part.split()) + "\n" for part in str(command.help).split("\n\n")),)
    if command.params:
        yield from ("| Argument or option | Default | Meaning |", "|---|---|---|")
        for parameter in (*arguments, *options):
            yield f"| {_names(parameter)} | {_default(parameter)} | {_meaning(parameter)} |"
        yield ""


def _placeholder(parameter: Any) -> str:
    return parameter.metavar or parameter.opts[0].lstrip("-").upper()


def _names(parameter: Any) -> str:
    """`--output DIR`, `-o DIR`."""
    if parameter.param_type_name == "argument":
        return f"`{_placeholder(parameter)}`"
    value = "" if parameter.is_flag else f" {_placeholder(parameter)}"
    return ", ".join(f"`{name}{value}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _meaning(parameter: Any) -> str:
    """The help text, with the choices of an option that has some."""
    text = " ".join((parameter.help or "").split())
    if isinstance(parameter.default, Enum):
        text = f"{text.removesuffix('.')}: {', '.join(choice.value for choice in type(parameter.default))}."
    return text.replace("|", "\\|")


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return f"`{parameter.show_default}`"
    if parameter.required:
        return "required"
    default = parameter.default
    if default is True:
        return f"`{parameter.opts[0]}`"
    if default is None or default is False:
        return ""
    return f"`{default.value if isinstance(default, Enum) else default}`"


if __name__ == "__main__":
    print(commands_page(), end="")
