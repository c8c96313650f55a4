"""The tables of a report as rows of text: signals, cells, units, headroom, vectors, remarks of the simulator."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matplotlib.ticker import EngFormatter

from vle_analog.cells.library import cell
from vle_analog.compare import Comparison, SignalComparison
from vle_analog.netlist import Circuit, flat_vector
from vle_analog.netlist.hierarchical import hierarchical_vector
from vle_analog.report.bars import fullest
from vle_analog.report.style import NAMES, name_of
from vle_analog.simulator.diagnostics import Diagnostic
from vle_analog.stability import Analysis
from vle_analog.stability.words import number

MOST_WORST, MOST_SIGNALS = 60, 2000


@dataclass(frozen=True)
class Table:
    """A table with a head; `marks` gives a row a CSS class, `numeric` says which columns are numbers.

    `note` says what was left out, if anything.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    marks: tuple[str, ...] = ()
    note: str = ""


def quantity(value: float, unit: str) -> str:
    """A value with its unit in engineering notation: `20 mV`."""
    return EngFormatter(unit=unit, places=None)(value)


def worst_signals(comparison: Comparison) -> Table:
    """The worst signal of every kind in every population and projection."""
    return _signals(comparison.worst_of_kinds(), MOST_WORST)


def all_signals(comparison: Comparison) -> Table:
    """Every signal."""
    return _signals(comparison.signals, MOST_SIGNALS)


def _signals(items: Iterable[SignalComparison], most: int) -> Table:
    found = tuple(items)
    kept = set(sorted(range(len(found)), key=lambda k: -found[k].nrmse / found[k].bound)[:most])
    shown = [found[k] for k in range(len(found)) if k in kept]
    return Table(
        ("signal", "what it is", "NRMSE", "bound", "largest error", "delay", "last value, ideal", "circuit", ""),
        tuple(
            (
                str(s.signal), NAMES[s.signal.kind], f"{s.nrmse:.2e}", f"{s.bound:.0e}", f"{s.max_abs:.2e}",
                f"{s.delay:+.1e}", f"{s.final[0]:.6g}", f"{s.final[1]:.6g}", "pass" if s.passed else "outside",
            )
            for s in shown
        ),
        frozenset(range(2, 8)),
        tuple("" if s.passed else "bad" for s in shown),
        f"The {most} worst of {len(found)}." if len(found) > most else "",
    )  # fmt: skip


def units(circuit: Circuit) -> Table:
    """What one model unit is in the circuit; a current is the plain conductance times the volts."""
    given = circuit.units
    volts = {"potential and rate": given.potential, "weight and bias": given.weight, "error": given.error}
    current = [(name, quantity(volt, "V"), quantity(volt * circuit.conductance, "A")) for name, volt in volts.items()]
    return Table(
        ("one unit of", "is", "into a plain node"),
        (("model time", quantity(given.time, "s"), ""), *current),
        frozenset({1, 2}),
        note=f"Plain conductance {quantity(circuit.conductance, 'S')}, supply {quantity(circuit.supply, 'V')}, "
        f"{circuit.temperature:g} °C, process {circuit.process}.",
    )


def cells(circuit: Circuit) -> Table:
    """How many of which cell, and what it computes."""
    levels = {leaf.cell: leaf.level for leaf in circuit.leaves.values()}
    equations = {leaf.cell: leaf.equation for leaf in circuit.leaves.values()}
    counted = circuit.count()
    rows = tuple(
        (str(number), name, levels[name], cell(name).summary, equations[name]) for name, number in counted.items()
    )
    return Table(
        ("number", "cell", "level", "what it is", "what it computes"), rows, frozenset({0}),
        note=f"{sum(counted.values())} cells in all.",
    )  # fmt: skip


def headroom(circuit: Circuit) -> Table:
    """Peak, limit and share of the swing per kind of signal."""
    rows = fullest(circuit)
    dropped = len(circuit.headroom) - len(rows)
    return Table(
        ("owner", "signal", "volts per unit", "peak", "limit", "used"),
        tuple(
            (
                h.owner, name_of(h.kind), quantity(h.unit, "V"), quantity(float(f"{h.peak:.3g}"), "V"),
                quantity(h.limit, "V"), f"{h.used:.0%}",
            )
            for h in rows
        ),
        frozenset({2, 3, 4, 5}),
        note=f"The {len(rows)} fullest of {len(circuit.headroom)}." if dropped else "",
    )  # fmt: skip


def vectors(circuit: Circuit) -> Table:
    """Where each signal is in the netlist for people and in the deck that ran."""
    probes = circuit.probes[:MOST_SIGNALS]
    return Table(
        ("signal", "in testbench.cir", "in deck.cir", "times"),
        tuple(
            (str(p.signal), _asked(hierarchical_vector(circuit, p)), _asked(flat_vector(p)), f"{p.scale:g}")
            for p in probes
        ),
        frozenset({3}),
        note=f"The first {MOST_SIGNALS} of {len(circuit.probes)}." if len(circuit.probes) > MOST_SIGNALS else "",
    )


def _asked(vector: str) -> str:
    """A vector as one writes it behind `plot`."""
    return vector if vector.endswith("#branch") else f"v({vector})"


def loops(analysis: Analysis) -> Table:
    """The loops and their worst eigenvalues; growth is the exponent of a deviation in the worst stretch."""
    found = analysis.stability.findings
    return Table(
        ("loop", "along", "worst eigenvalue", "at model time", "growth", "of that, forward network alone", ""),
        tuple(
            (
                f"{f.loop.kind}: {', '.join(f.loop.populations)}", ", ".join(f.loop.projections),
                number(f.rightmost), f"{f.worst.time:.4g}", f"{f.growth:.3g}", f"{f.own_growth:.3g}", f.verdict,
            )
            for f in found
        ),
        frozenset({2, 3, 4, 5}),
        tuple("" if f.verdict == "stable" else "bad" for f in found),
        " ".join(f"Too large to be looked at: {', '.join(loop.populations)}." for loop in analysis.stability.skipped),
    )  # fmt: skip


def slow_poles(analysis: Analysis) -> Table:
    """Finite poles of the equations without the poles of the cells."""
    poles = analysis.slow_poles[:MOST_WORST]
    return Table(
        ("slow pole", "1 / decay"),
        tuple((number(pole), f"{-1 / pole.real:.3g}" if pole.real else "") for pole in poles),
        frozenset({0, 1}),
        note=f"The {len(poles)} slowest of {len(analysis.slow_poles)}."
        if len(poles) < len(analysis.slow_poles)
        else "",
    )


def remarks(diagnostics: Iterable[Diagnostic]) -> Table:
    """What the simulator remarked, equal remarks counted."""
    counted = Counter((d.severity, d.text, ", ".join(d.where), d.hint) for d in diagnostics)
    return Table(
        ("number", "", "remark", "where", "hint"),
        tuple((str(number), *row) for row, number in counted.items()),
        frozenset({0}),
    )


def pairs(head: tuple[str, str], items: Mapping[str, str]) -> Table:
    """A mapping as a table."""
    return Table(head, tuple(items.items()))
