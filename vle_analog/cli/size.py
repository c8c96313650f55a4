"""The verb `size`: the sizes of a circuit's cells, measured on a bench and corrected, and the netlist with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vle_analog.cli.options import JsonOption, LevelOption, OutputOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import Shown
from vle_analog.cli.table import show_table

if TYPE_CHECKING:
    from vle_analog.api import Study
    from vle_analog.mapping.closed_loop import CorrectedSize, MeasuredQuantity, Tuned

WIDEST = 132  # columns of the table where all names are long
COLUMNS = ("of", "cell", "part", "ideal", "units", "bias or C", "quantity", "target", "open", "closed")
PREFIXES = ("", "m", "u", "n", "p", "f", "a")


def size(
    study: StudyArgument,
    output: OutputOption = None,
    level: LevelOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Size the cells and correct them on a bench; write the netlist.

    Each cell is simulated on a bench, and its bias currents and capacitors are corrected by what is measured there.
    """
    from vle_analog.verbs.size import size_study

    changes = [*(overrides or ()), "circuit.closed_loop=true"]
    loaded, folder = load(study, output, level, changes)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        tuned, summary = size_study(loaded, folder, shown.progress)
    shown.result(summary, lambda: _show(loaded, tuned, folder))
    return 1 if tuned.outside else 0


def _show(study: "Study", tuned: "Tuned", folder: Path) -> None:
    if not tuned.rows:
        print(f"{study.spec.name}: all cells are ideal elements; --level transistor gives them sizes")
    else:
        title = f"{study.spec.name} on {study.spec.circuit.process}: target, sizes, and deviation from the target"
        show_table(title, COLUMNS, _rows(tuned), left=(0, 1, 2, 6), width=WIDEST)
        rounds = f"{tuned.rounds} round{'s' * (tuned.rounds != 1)}"
        print(f"{len(tuned.rows)} quantities, {rounds} in {tuned.simulator}: {_verdict(tuned)}")
    for name in tuned.unmeasured:
        print(f"not measured: {name}, a composition of its own")
    print(f"results: {folder}")


def _rows(tuned: "Tuned") -> Iterator[tuple[str, ...]]:
    """A line per primitive and capacitor, with the quantities that it answers for."""
    last = ""
    for entry in tuned.sizes:
        rows: list[MeasuredQuantity | None] = [row for row in tuned.rows if _place(row) == _place(entry)]
        for row in rows or [None]:
            owner = _owner(tuned, entry)
            shown, last = ("" if owner == last else owner), owner
            sized = _with_unit(entry.after, "A" if entry.units else "F")
            yield (
                shown,
                entry.cell,
                entry.part,
                _with_unit(entry.ideal, entry.unit),
                str(entry.units or ""),
                sized,
                *_measured(row),
            )


def _owner(tuned: "Tuned", entry: "CorrectedSize") -> str:
    """The kind of neuron or synapse, or where not all of the kind are alike, those that are."""
    alike = sum(instance.of == entry.kind for instance in tuned.circuit.top.instances)
    if len(entry.members) == alike:
        return entry.kind
    first, *more = entry.members
    return f"{first} and {len(more)} more" if more else first


def _place(entry: "MeasuredQuantity | CorrectedSize") -> tuple[str, str, str, tuple[str, ...]]:
    return entry.kind, entry.cell, entry.part, entry.members


def _measured(row: "MeasuredQuantity | None") -> tuple[str, str, str, str]:
    if row is None:
        return "", "", "", ""
    changes = (f"{100 * (value / row.target - 1):+.2f} %" for value in (row.before, row.after))
    before, after = changes
    return row.quantity, _with_unit(row.target, row.unit), before, after


def _verdict(tuned: "Tuned") -> str:
    if not tuned.outside:
        return "all within 1 %"
    names = ", ".join(f"{row.kind}.{row.cell} {row.quantity}" for row in tuned.outside)
    return f"{len(tuned.outside)} not within 1 %: {names}"


def _with_unit(value: float, unit: str) -> str:
    """Engineering notation: 15.08 nS."""
    import numpy as np

    power = int(np.clip(3 * np.floor(np.log10(abs(value)) / 3), -18, 0)) if value else 0
    return f"{value / 10.0**power:.4g} {PREFIXES[-power // 3]}{unit}"
