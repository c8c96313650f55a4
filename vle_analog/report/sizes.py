"""The table of sizes: every primitive and every capacitor of each kind of neuron and synapse."""

from collections.abc import Iterable

from vle_analog.netlist import Circuit
from vle_analog.netlist.placed import placed, placed_capacitors
from vle_analog.process.plate import PlateLaw
from vle_analog.process.process import process
from vle_analog.report.tables import TextTable, quantity

IDEAL = {"gm": "S", "i": "A", "g": "S"}  # the property by which an ideal primitive is specified
MOST_ROWS = 500

Row = dict[str, list[float]]


def sizes(circuit: Circuit) -> TextTable:
    """Tabulate gain, bias current and units of every primitive, and value and plate of every capacitor.


    Where members of a kind differ, the range is given. No rows where all cells are ideal.
    """
    kinds = {instance.name: instance.of for instance in circuit.top.instances}
    made: dict[tuple[str, str, str], Row] = {}

    def note(path: tuple[str, ...], what: str, values: Iterable[tuple[str, float]]) -> None:
        row = made.setdefault((kinds[path[0]], ".".join(path[1:]), what), {})
        for key, value in values:
            row.setdefault(key, []).append(value)

    for primitive in placed(circuit):
        note(primitive.path, primitive.cell, primitive.parameters.items())
    for path, farads in placed_capacitors(circuit):
        note(path, "capacitor", (("farads", farads),))
    plates = process(circuit.process).plates
    order = list(dict.fromkeys(kinds.values()))
    rows = sorted(made.items(), key=lambda item: order.index(item[0][0]))
    return TextTable(
        ("kind", "part", "primitive", "value", "bias current", "units, or plate"),
        tuple((*key, _gain(row), _span(row.get("ib"), "A"), _drawn(row, plates)) for key, row in rows[:MOST_ROWS]),
        frozenset({3, 4, 5}),
        note=f"The first {MOST_ROWS} of {len(rows)}." if len(rows) > MOST_ROWS else "",
    )


def _gain(row: Row) -> str:
    if "farads" in row:
        return _span(row["farads"], "F")
    return next((_span(row[key], unit) for key, unit in IDEAL.items() if key in row), "")


def _drawn(row: Row, law: PlateLaw) -> str:
    """Write the number of parallel units; for a capacitor width and length of the smallest and the largest plate."""
    if "farads" not in row:
        return _span(row.get("k"), "")
    plates = [law.plate(farads) for farads in sorted({min(row["farads"]), max(row["farads"])})]
    return " to ".join(f"{1e6 * plate.width:.10g} × {1e6 * plate.length:.10g} µm" for plate in plates)


def _span(values: list[float] | None, unit: str) -> str:
    if not values:
        return ""
    low, high = (quantity(float(f"{value:.3g}"), unit).strip() for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"
