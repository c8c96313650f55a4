"""The verb `verify`: the proof that a study's circuit has the study's equations."""

from typing import TYPE_CHECKING

from vle_analog.cli.options import JsonOption, LevelOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import NARROWEST, Shown

if TYPE_CHECKING:
    from vle_analog.proof import Proof

MOST_COVERED, MOST_ERRORS = 6, 20


def verify(
    study: StudyArgument, level: LevelOption = None, overrides: SetOption = None, as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:  # fmt: skip
    """Prove that the cells of a study, put together by Kirchhoff's laws, have the derived equations."""
    loaded, _ = load(study, None, level, overrides)
    with Shown(as_json, quiet) as shown:
        proof = loaded.verify()
    shown.result(proof.as_json(), lambda: show(proof))
    return 0 if proof.holds else 1


def show(proof: "Proof") -> None:
    """A table per kind of neuron and synapse; what does not hold is said with what is left of it."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    wide = Console(width=max(console.width, NARROWEST))
    for kind in dict.fromkeys(statement.kind for statement in proof.statements if statement.kind in proof.covers):
        covered = proof.covers[kind]
        more = f" and {len(covered) - MOST_COVERED} more" if len(covered) > MOST_COVERED else ""
        title = escape(f"{kind}: {', '.join(covered[:MOST_COVERED])}{more}")
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for column in ("of", "must hold", "numbers", ""):
            table.add_column(column, justify="right" if column == "numbers" else "left", overflow="fold")
        for statement in proof.of(kind):
            numbers = "" if statement.deviation is None else f"{statement.deviation:.0e}"
            verdict = "[green]proven[/]" if statement.holds else f"[bold red]FAILS[/] {escape(statement.verdict)}"
            table.add_row(escape(statement.name), escape(statement.equation), numbers, verdict)
        wide.print(table)
    for statement in proof.statements:
        if statement.kind not in proof.covers and not statement.holds:
            print(f"{statement.kind}: {statement.equation}: {statement.verdict}")
    cells = [s for s in proof.statements if s.name == "netlist"]
    if cells and all(s.holds for s in cells):
        print(f"laws and netlists agree: {', '.join(s.kind for s in cells)}")
    for statement in proof.of("network"):
        if statement.holds:
            print(statement.equation)
    if proof.errors:
        title = "leading error terms of the devices, at the largest signals"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for column in ("where", "primitive", "what", "size", "mismatch", "term"):
            table.add_column(column, justify="right" if column in ("size", "mismatch") else "left", overflow="fold")
        for term in proof.errors[:MOST_ERRORS]:
            spread = f"{term.spread:.1e}" if term.spread else ""
            table.add_row(term.where, term.primitive, term.name, f"{term.size:+.1e}", spread, escape(term.term))
        wide.print(table)
    for note in proof.notes:
        print(f"note: {note}")
    count = len(proof.statements)
    if proof.holds:
        print(f"{proof.study}: {count} statements, all proven: every difference simplifies to 0")
    else:
        print(f"{proof.study}: {len(proof.failed)} of {count} statements do not hold")
