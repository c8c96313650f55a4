"""The tables of a report as rows of text: signals, cells, units, headroom, vectors, messages of the simulator."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from matplotlib.ticker import EngFormatter

from vle_analog.cells.library import cell
from vle_analog.compare import Comparison, SignalComparison
from vle_analog.compare.comparison import nrmse_text
from vle_analog.compare.power import Power
from vle_analog.levels import LEVELS
from vle_analog.mapping.budget import budget
from vle_analog.netlist import Circuit, flat_vector
from vle_analog.netlist.hierarchical import hierarchical_vector
from vle_analog.process.process import process
from vle_analog.report.bars import fullest
from vle_analog.simulator.diagnostics import Diagnostic
from vle_analog.stability import Analysis
from vle_analog.stability.words import number
from vle_analog.style import NAMES, name_of

MOST_WORST, MOST_SIGNALS = 60, 2000
WORDED = frozenset({"signal", "verdict", "quantity"})  # columns of text in a table of signals
DETAILS = frozenset({"offset", "NRMSE without offset", "correlation"})  # columns only in the table of all signals
BOUNDED = (
    "The weights of the circuit are bounded, and so are those of the ideal in this comparison; the last NRMSE is "
    "relative to the study's equations with unbounded weights."
)
BELOW = (
    "Below the floor: the ideal varies by less than {floor:g} (compare.floor), so neither NRMSE nor delay is defined; "
    "the bound then applies to the rms error: bound times floor."
)


@dataclass(frozen=True)
class TextTable:
    """A table of text.

    **Arguments:**

    - `head`: column titles; `rows`: cells, one tuple per row.
    - `numeric`: indices of the columns that hold numbers.
    - `marks`: a CSS class per row, or empty.
    - `note`: a remark below the table, for instance on rows left out.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    marks: tuple[str, ...] = ()
    note: str = ""


def quantity(value: float, unit: str) -> str:
    """Write a value with its unit in engineering notation: `20 mV`."""
    return EngFormatter(unit=unit, places=None)(value)


def worst_signals(comparison: Comparison) -> TextTable:
    """Tabulate the main figures of the worst signal of every kind in every population and projection."""
    return _signals(comparison.worst_of_kinds(), MOST_WORST, DETAILS)


def all_signals(comparison: Comparison) -> TextTable:
    """Tabulate every figure of every signal, at most the `MOST_SIGNALS` worst."""
    return _signals(comparison.signals, MOST_SIGNALS)


def _signals(items: Iterable[SignalComparison], most: int, without: frozenset[str] = frozenset()) -> TextTable:
    """Tabulate signals; the verdict stands near the name, where a narrow page shows it without scrolling."""
    found = tuple(items)
    kept = set(sorted(range(len(found)), key=lambda k: -found[k].nrmse / found[k].bound)[:most])
    shown = [found[k] for k in range(len(found)) if k in kept]
    bounded = any(s.nrmse_plain is not None for s in shown)
    columns: dict[str, list[str]] = {
        "signal": [str(s.signal) for s in shown],
        "NRMSE": [nrmse_text(s) for s in shown],
        "bound": [f"{s.bound:.0e}" for s in shown],
        "verdict": ["pass" if s.passed else f"outside, > {s.limit}" if s.below_floor else "outside" for s in shown],
        "quantity": [NAMES[s.signal.kind] for s in shown],
        "largest error": [f"{s.max_abs:.2e}" for s in shown],
        "offset": [f"{s.offset:+.1e}" for s in shown],
        "NRMSE without offset": ["" if s.below_floor else f"{s.nrmse_no_offset:.2e}" for s in shown],
        "correlation": ["" if s.correlation is None else _close_to_one(s.correlation) for s in shown],
        "delay": ["" if s.still else f"{s.delay:+.1e}" for s in shown],
        "last value, ideal": [f"{s.final[0]:.6g}" for s in shown],
        "last value, circuit": [f"{s.final[1]:.6g}" for s in shown],
    }
    if bounded:
        columns["NRMSE, weights unbounded"] = [
            "" if s.nrmse_plain is None or s.below_floor else f"{s.nrmse_plain:.2e}" for s in shown
        ]
    columns = {name: column for name, column in columns.items() if name not in without}
    notes = [f"The {most} worst of {len(found)}."] if len(found) > most else []
    notes += [BOUNDED] if bounded else []
    notes += [BELOW.format(floor=shown[0].floor)] if any(s.still for s in shown) else []
    return TextTable(
        tuple(columns),
        tuple(zip(*columns.values(), strict=True)),
        frozenset(k for k, name in enumerate(columns) if name not in WORDED),
        tuple("" if s.passed else "bad" for s in shown),
        " ".join(notes),
    )


def _close_to_one(value: float) -> str:
    """Write a correlation with enough digits to show its distance from one."""
    return f"{value:.{min(9, max(3, 2 - math.floor(math.log10(max(1 - value, 1e-12)))))}f}"


def losses(comparison: Comparison) -> TextTable:
    """Tabulate the loss of ideal and circuit at both ends of the run; no rows where nothing learns."""
    rows = zip(("ideal", "circuit"), comparison.learning or (), strict=False)
    return TextTable(
        ("", "loss, first tenth", "loss, last sixth", "ratio"),
        tuple(
            (name, f"{run.first:.3g}", f"{run.last:.3g}", "" if run.ratio is None else f"{run.ratio:.3g}")
            for name, run in rows
        ),
        frozenset({1, 2, 3}),
        note="Means over the first tenth and over the last sixth of the run.",
    )


def excursions(comparison: Comparison) -> TextTable:
    """Tabulate the signals that left the range of their stages: when, how far, and the consequence."""
    found = comparison.excursions
    return TextTable(
        (
            "signal",
            "stage",
            "from model time",
            "peak at",
            "peak",
            "limit of the range",
            "share of the run",
            "consequence",
        ),
        tuple(
            (
                e.signal,
                e.stage,
                f"{e.first:.4g}",
                f"{e.time:.4g}",
                *(quantity(float(f"{v:.3g}"), "V") if e.unit == "V" else f"{v:.4g}" for v in (e.peak, e.limit)),
                f"{e.share:.2%}",
                e.meaning,
            )
            for e in found[:MOST_WORST]
        ),
        frozenset({2, 3, 4, 5, 6}),
        note=f"The first {MOST_WORST} of {len(found)}." if len(found) > MOST_WORST else "",
    )


def units(circuit: Circuit) -> TextTable:
    """Tabulate one model unit in volts and amperes; a current is the base conductance times the volts."""
    given = circuit.units
    volts = {"potential and rate": given.potential, "weight and bias": given.weight, "error": given.error}
    current = [
        (name, quantity(_digits(volt), "V"), quantity(_digits(volt * circuit.conductance), "A"))
        for name, volt in volts.items()
    ]
    limit, conductance = circuit.weight_limit, quantity(_digits(circuit.conductance), "S")
    note = (
        f"Base conductance {conductance}, supply {quantity(circuit.supply, 'V')}, {circuit.temperature:g} °C, "
        f"process {circuit.process}."
    )
    if limit:
        volts_of_limit = quantity(_digits(limit * given.weight), "V")
        note += f" The effective weight of a multiplier is {limit:g} tanh(V / {volts_of_limit})."
    return TextTable(
        ("one unit of", "voltage or time", "current at the base conductance"),
        (("model time", quantity(given.time, "s"), ""), *current),
        frozenset({1, 2}),
        note=note,
    )


def cells(circuit: Circuit, library: Path | None = None) -> TextTable:
    """Tabulate the cells with their number and equation; `library`: folder of the user's own cells."""
    used = {(leaf.cell, leaf.level) for leaf in circuit.leaves.values()}
    levels = {cell: ", ".join(level for level in LEVELS if (cell, level) in used) for cell, _ in used}
    equations = {leaf.cell: leaf.equation for leaf in circuit.leaves.values()}
    counted = circuit.count()
    rows = tuple(
        (str(number), name, levels[name], cell(name, library).summary, equations[name])
        for name, number in counted.items()
    )
    return TextTable(
        ("number", "cell", "level", "description", "equation"),
        rows,
        frozenset({0}),
        note=f"{sum(counted.values())} cells in total.",
    )


def power_and_area(circuit: Circuit, library: Path | None = None) -> TextTable:
    """Tabulate current, power and area per kind of neuron and synapse; no rows where all cells are ideal."""
    rows = budget(circuit, library) if circuit.hold else ()
    power, area = (sum(getattr(row, name) * row.number for row in rows) for name in ("power", "area"))
    return TextTable(
        ("number", "kind", "current", "power", "gates", "capacitors", "area on the chip"),
        tuple(
            (
                str(row.number),
                row.name,
                quantity(_digits(row.current), "A"),
                quantity(_digits(row.power), "W"),
                *(f"{row_area * 1e12:.0f} µm²" for row_area in (row.gates, row.capacitors, row.area)),
            )
            for row in rows
        ),
        frozenset({0, 2, 3, 4, 5, 6}),
        note=f"Estimated total: {quantity(_digits(power), 'W')} and {area * 1e6:.3g} mm², from bias currents, sizes "
        f"and the supply currents of the characterised cells, at {_nominal(circuit.process)}. Values are per neuron "
        "or synapse. Bias lines are included, the switches that hold start values are not.",
    )


def simulated_power(power: Power | None, circuit: Circuit, library: Path | None = None) -> TextTable:
    """Tabulate simulated current and power at the conditions of the run, beside the estimate."""
    head = ("", "current", "power")
    if power is None:
        return TextTable(head, ())
    estimate = sum(row.current * row.number for row in budget(circuit, library))
    rows = (
        ("simulated, at the operating point before the run", power.operating),
        ("simulated, mean over the run", power.mean),
        (f"estimate, from cells at {_nominal(circuit.process)}", estimate),
    )
    return TextTable(
        head,
        tuple((name, quantity(_digits(i), "A"), quantity(_digits(i * power.supply), "W")) for name, i in rows),
        frozenset({1, 2}),
        note=f"Current of transistors from vdd at {power.supply:g} V, {circuit.temperature:g} °C and the corner of the "
        "run; the replica that generates the common mode belongs to the testbench and is not included.",
    )


def _nominal(name: str) -> str:
    """Write the conditions under which cells are characterised."""
    made = process(name)
    return f"{made.supply:g} V, {made.temperature:g} °C, corner {made.corners[0]}"


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def headroom(circuit: Circuit) -> TextTable:
    """Tabulate peak, limit and used share of the swing per kind of signal."""
    rows = fullest(circuit)
    dropped = len(circuit.headroom) - len(rows)
    return TextTable(
        ("owner", "signal", "volts per unit", "peak", "limit", "used"),
        tuple(
            (
                h.owner,
                name_of(h.kind),
                quantity(h.unit, "V"),
                quantity(float(f"{h.peak:.3g}"), "V"),
                quantity(h.limit, "V"),
                f"{h.used:.0%}",
            )
            for h in rows
        ),
        frozenset({2, 3, 4, 5}),
        note=f"The {len(rows)} fullest of {len(circuit.headroom)}." if dropped else "",
    )


def vectors(circuit: Circuit) -> TextTable:
    """Tabulate the vector of each signal in the testbench and in the simulated deck, with its scale."""
    probes = circuit.probes[:MOST_SIGNALS]
    more = f"The first {MOST_SIGNALS} of {len(circuit.probes)}." if len(circuit.probes) > MOST_SIGNALS else ""
    if circuit.deviations:  # a chip has no netlist of subcircuits
        rows = tuple((str(p.signal), _plotted(flat_vector(p)), f"{p.scale:g}") for p in probes)
        return TextTable(("signal", "in deck.cir", "factor"), rows, frozenset({2}), note=more)
    rows = tuple(
        (str(p.signal), _plotted(hierarchical_vector(circuit, p)), _plotted(flat_vector(p)), f"{p.scale:g}")
        for p in probes
    )
    return TextTable(("signal", "in testbench.cir", "in deck.cir", "factor"), rows, frozenset({3}), note=more)


def _plotted(vector: str) -> str:
    """Write a vector in the form that `plot` accepts."""
    return vector if vector.endswith("#branch") else f"v({vector})"


def loops(analysis: Analysis) -> TextTable:
    """Tabulate the loops and their worst eigenvalues; growth is the exponent of a deviation over the worst interval."""
    found = analysis.stability.findings
    return TextTable(
        (
            "loop",
            "along",
            "worst eigenvalue",
            "at model time",
            "growth",
            "growth of the forward network alone",
            "verdict",
        ),
        tuple(
            (
                f"{f.loop.kind}: {', '.join(f.loop.populations)}",
                ", ".join(f.loop.projections),
                number(f.rightmost),
                f"{f.worst.time:.4g}",
                f"{f.growth:.3g}",
                f"{f.own_growth:.3g}",
                f.verdict,
            )
            for f in found
        ),
        frozenset({2, 3, 4, 5}),
        tuple("" if f.verdict == "stable" else "bad" for f in found),
        " ".join(f"Too large to be analysed: {', '.join(loop.populations)}." for loop in analysis.stability.skipped),
    )


def slow_poles(analysis: Analysis) -> TextTable:
    """Tabulate the finite poles of the equations, without the poles of the cells."""
    poles = analysis.slow_poles[:MOST_WORST]
    return TextTable(
        ("slow pole", "1 / decay"),
        tuple((number(pole), f"{-1 / pole.real:.3g}" if pole.real else "") for pole in poles),
        frozenset({0, 1}),
        note=f"The {len(poles)} slowest of {len(analysis.slow_poles)}."
        if len(poles) < len(analysis.slow_poles)
        else "",
    )


def remarks(diagnostics: Iterable[Diagnostic]) -> TextTable:
    """Tabulate the messages of the simulator, equal ones counted."""
    counted = Counter((d.severity, d.text, ", ".join(d.where), d.hint) for d in diagnostics)
    return TextTable(
        ("number", "severity", "message", "where", "hint"),
        tuple((str(number), *row) for row, number in counted.items()),
        frozenset({0}),
    )


def pairs(head: tuple[str, str], items: Mapping[str, str]) -> TextTable:
    """Tabulate a mapping."""
    return TextTable(head, tuple(items.items()))
