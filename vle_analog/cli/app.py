"""The command line: its verbs, in the order in which they are listed."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from vle_analog.cli.analyse import analyse
from vle_analog.cli.characterise import characterise
from vle_analog.cli.gradient import gradient
from vle_analog.cli.mnist1d import mnist1d
from vle_analog.cli.montecarlo import montecarlo
from vle_analog.cli.new import new
from vle_analog.cli.replay import replay
from vle_analog.cli.size import size
from vle_analog.cli.solve import solve
from vle_analog.cli.studies import studies
from vle_analog.cli.verbs import compare, derive, doctor, netlist, schema, simulate
from vle_analog.cli.verify import verify
from vle_analog.provenance import kit_version

VERBS = (
    compare,
    simulate,
    netlist,
    derive,
    solve,
    gradient,
    analyse,
    verify,
    size,
    characterise,
    montecarlo,
    replay,
    mnist1d,
    new,
    studies,
    schema,
    doctor,
)


class Verbs(TyperGroup):
    """Lists the verbs with whole summaries: a narrow terminal gets more lines, not fewer words."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (typer's own signature)
        """Writes the list into `formatter`."""
        whole = 1000  # characters
        rows = [(name, verb.get_short_help_str(whole)) for name, verb in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


app = typer.Typer(
    name="vle-analog",
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From the equations of networks that learn in time to analog circuits: derive, map, simulate, compare.",
)


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


for verb in VERBS:
    app.command()(verb)
