"""The verb `replay`: one chip of a Monte Carlo run as a netlist of its own, held against its row of the table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vle_analog.cli.options import JsonOption, QuietOption, output_folder
from vle_analog.cli.show import Shown

if TYPE_CHECKING:
    from vle_analog.verbs.replay import Replayed


def replay(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a Monte Carlo run.")],
    sample: Annotated[int, typer.Option("--sample", "-k", metavar="K", help="Number of the chip.")],
    output: Annotated[Path | None, output_folder("RUN/chip_K")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Make one chip of a Monte Carlo run again, with a report.

    The chip gets a netlist, a deck and a simulation of its own, and its row of the table is checked.
    """
    from vle_analog.api import Study
    from vle_analog.verbs.replay import replay_chip

    with Shown(as_json, quiet) as shown:
        done = replay_chip(run, sample, output, shown.progress)
    shown.warn(Study(done.replay.lot.spec).warnings)
    shown.result(done.summary, lambda: _show(done, shown))
    return 0 if done.replay.reproduced else 1


def _show(done: "Replayed", shown: Shown) -> None:
    from vle_analog.api import Study
    from vle_analog.montecarlo.engines import OK

    again = done.replay
    if again.reproduced and again.row["status"] != OK:
        print(f"chip {again.sample}: failed as in its row: {again.row['status']} ({again.engine})")
    elif again.reproduced:
        exact = "to the last bit" if again.difference == 0 else f"to {again.difference:.1g}"
        print(f"chip {again.sample}: its row of the run came out again {exact} ({again.engine})")
    elif again.row["status"] != again.again["status"]:
        print(f"chip {again.sample}: NOT reproduced: {again.row['status']} in the run, {again.again['status']} now")
    else:
        print(f"chip {again.sample}: NOT reproduced: {again.column} differs by {again.difference:.2g}, relative")
    if done.compared is None:
        print(f"ngspice: {done.summary['replay']['failed']}", *done.summary["replay"]["kept"], sep="\n")
        return
    shown.comparison(Study(again.lot.spec), done.compared.comparison, done.compared.folder, done.summary.get("power"))
    again_json = done.summary["replay"]
    asked = " ".join(f"{name} = {bound:g}" for name, bound in again_json["asked"].items())
    verdict = "works" if again_json["works"] else "does not work"
    print(f"the bounds of this table are those of a nominal circuit; by those of the run ({asked}) the chip {verdict}")
    against = again_json.get("against_ngspice")
    if against and against["disagreement"] is not None:
        print(
            f"ngspice and the compiled engine differ by {100 * against['disagreement']:.2g} % of the range of "
            f"{against['signal']}"
        )
    print(f"netlist of its own, flat: {done.compared.folder / 'deck.cir'}")
