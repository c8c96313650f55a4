"""The verb `gradient`: the exact gradient of a study's loss beside those of the causal rules."""

from pathlib import Path
from typing import TYPE_CHECKING

from vle_analog.cli.options import JsonOption, OutputOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import Shown
from vle_analog.cli.table import show_table

if TYPE_CHECKING:
    from vle_analog.gradient import Gradients

MOST_ROWS = 40
RULES = {"local": "local rule", "le": "LE", "instantaneous": "backprop"}
WORDS = ("cosine", "ratio", "error")


def gradient(
    study: StudyArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compare the exact gradient of the loss with the local rules.

    Beside the exact gradient stand the local rule, LE, backprop and finite differences.
    """
    from vle_analog.verbs.gradient import gradient_study

    loaded, folder = load(study, output, None, overrides)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        found, summary = gradient_study(loaded, folder, shown.progress)
    shown.result(summary, lambda: _show(loaded.spec.name, found, folder))


def _show(name: str, found: "Gradients", folder: Path) -> None:
    """Print the agreement of every rule with the exact gradient by owner, and its check by finite differences."""
    import numpy as np

    title = f"{name}: gradients of the loss {found.loss:.6g} by each rule, against the exact adjoint"
    headings = [
        f"{first}\n{second}" for rule in RULES.values() for first, second in zip((rule, "", ""), WORDS, strict=True)
    ]
    lines = []
    rows = [(kind, owner) for kind, owners in found.exact.items() for owner in owners]
    for kind, owner in rows[:MOST_ROWS]:
        size = float(np.linalg.norm(found.exact[kind][owner]))
        close = [found.agreement(rule, kind, owner) for rule in RULES]
        cells = [
            cell
            for c in close
            for cell in (_number(c.cosine, "+.4f"), _number(c.ratio, ".3g"), _number(c.relative_error, ".2g"))
        ]
        lines.append((f"d{kind} {owner}", f"{size:.2e}", *cells))
    show_table(title, ("", "\nnorm", *headings), lines)
    if len(rows) > MOST_ROWS:
        print(f"and {len(rows) - MOST_ROWS} more in gradient.json")
    _show_differences(found)
    for note in found.notes:
        print(f"note: {note}")
    print(f"results: {folder}")


def _show_differences(found: "Gradients") -> None:
    errors, differences = found.finite_difference_error, found.differences
    if errors is None or differences is None:
        return
    counts = differences.counts()
    checked, there = (sum(count[key] for count in counts.values()) for key in ("checked", "of"))
    by_kind = ", ".join(f"{kind} {error:.1e}" for kind, error in errors.items())
    some = "" if checked == there else f" ({checked} of {there} parameters, drawn with a fixed seed)"
    print(f"exact against central finite differences of the loss, relative: {by_kind}{some}")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
