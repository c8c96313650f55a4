"""The verb `verify`: the proof that a study's circuit has the study's equations."""

from typing import TYPE_CHECKING

from vle_analog.cli.options import JsonOption, LevelOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import Shown
from vle_analog.cli.table import show_table

if TYPE_CHECKING:
    from vle_analog.proof import Proof

MOST_COVERED, MOST_ERRORS = 6, 20


def verify(
    study: StudyArgument,
    level: LevelOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Prove that the cells together have the derived equations.

    The laws of the cells are put together by Kirchhoff's laws and compared, in symbols, with what was derived.
    """
    from vle_analog.verbs.folder import warned

    loaded, _ = load(study, None, level, overrides)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        proof = loaded.verify()
    shown.result(proof.as_json() | warned(loaded), lambda: show(proof))
    return 0 if proof.holds else 1


def show(proof: "Proof") -> None:
    """Print a table per kind of neuron and synapse; a statement that fails is printed with its remainder."""
    from rich.text import Text

    for kind in dict.fromkeys(statement.kind for statement in proof.statements if statement.kind in proof.covers):
        covered = proof.covers[kind]
        more = f" and {len(covered) - MOST_COVERED} more" if len(covered) > MOST_COVERED else ""
        rows = []
        for statement in proof.of(kind):
            numbers = "" if statement.deviation is None else f"{statement.deviation:.0e}"
            fails = Text.assemble(("FAILS", "bold red"), f" {statement.verdict}")
            verdict = Text("proven", "green") if statement.holds else fails
            rows.append((statement.name, statement.equation, numbers, verdict))
        title = f"{kind}: {', '.join(covered[:MOST_COVERED])}{more}"
        show_table(title, ("of", "must hold", "numbers", ""), rows, left=(0, 1, 3), fold=True)
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
        rows = [
            (
                term.where,
                term.primitive,
                term.name,
                f"{term.size:+.1e}",
                f"{term.spread:.1e}" if term.spread else "",
                term.term,
            )
            for term in proof.errors[:MOST_ERRORS]
        ]
        columns = ("where", "primitive", "what", "size", "mismatch", "term")
        show_table(title, columns, rows, left=(0, 1, 2, 5), fold=True)
    for note in proof.notes:
        print(f"note: {note}")
    count = len(proof.statements)
    if proof.holds:
        print(f"{proof.study}: {count} statements, all proven: every difference simplifies to 0")
    else:
        print(f"{proof.study}: {len(proof.failed)} of {count} statements do not hold")
