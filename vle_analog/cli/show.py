"""The output for people: progress on the terminal, tables of results. Results go to stdout, the rest to stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

from vle_analog.cli.table import show_table
from vle_analog.errors import Problem

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from vle_analog.api import Study
    from vle_analog.compare import Comparison

STAGES = {
    "derive": "deriving the equations",
    "analyse": "analysing the loops",
    "map": "mapping to a circuit",
    "simulate": "ngspice runs the circuit",
    "ideal": "solving the equations",
    "compare": "comparing",
    "report": "writing the report",
    "write": "writing",
    "chips": "simulating chips",
    "nominal": "the nominal chip",
    "referee": "ngspice checks some chips",
}
MOST_ROWS = 40


class Shown:
    """Output of one verb: its warnings, a progress bar while it works (only on a terminal), then JSON, a table, or
    nothing."""

    def __init__(self, as_json: bool, quiet: bool, warnings: Iterable[Problem] = ()):
        self.as_json, self.quiet, self.warnings = as_json, quiet, tuple(warnings)
        self._bars = None if quiet or as_json or sys.stderr is None or not sys.stderr.isatty() else _bars()
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Shown":
        self.warn(self.warnings)
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bars is not None:
            self._bars.stop()
        if isinstance(error, KeyboardInterrupt) and not self.quiet:  # on its way up, its notes may get lost
            print(*getattr(error, "__notes__", ()), sep="\n", end="\n" * hasattr(error, "__notes__"), file=sys.stderr)

    def warn(self, warnings: Iterable[Problem]) -> None:
        """Prints warnings of a study; a JSON object carries them itself."""
        for warning in () if self.as_json or self.quiet else warnings:
            print(f"warning: {warning}", file=sys.stderr)

    def progress(self, stage: str, done: float) -> None:
        """Moves the bar of a stage."""
        if self._bars is None:
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(STAGES.get(stage, stage), total=None)
        if done > 0:  # until then the bar only pulses: not every stage reports its fraction
            self._bars.update(self._tasks[stage], total=1.0, completed=done)

    def result(self, summary: Mapping[str, Any], show: Callable[[], None]) -> None:
        """Print the result as text or as JSON."""
        if self.as_json:
            typer.echo(json.dumps(summary))
        elif not self.quiet:
            show()
            for excursion in summary.get("excursions", []):
                print(f"warning: {excursion['sentence']}", file=sys.stderr)
            for loop in summary.get("stability", {}).get("loops", []):
                if loop["verdict"] != "stable":
                    print(f"warning: {loop['sentence']}", file=sys.stderr)

    def comparison(
        self, study: "Study", comparison: "Comparison", folder: Path, power: Mapping[str, float] | None = None
    ) -> None:
        """The worst signal of every kind against its bound, and where the report is."""
        from rich.text import Text

        from vle_analog.compare.comparison import nrmse_text

        title = f"{study.spec.name}: circuit against ideal, worst signal of each kind"
        columns = ("signal", "NRMSE", "max error", "delay", "ideal end", "circuit", "")
        rows = [
            (
                str(s.signal),
                nrmse_text(s, 1),
                f"{s.max_abs:.1e}",
                "" if s.still else f"{s.delay:+.1e}",
                f"{s.final[0]:+.4f}",
                f"{s.final[1]:+.4f}",
                Text("pass", "green") if s.passed else Text.assemble(("FAIL", "bold red"), f" > {s.limit}"),
            )
            for s in comparison.worst_of_kinds()[:MOST_ROWS]
        ]
        show_table(title, columns, rows, left=(0, len(columns) - 1))
        within = comparison.within_bounds
        verdict = "within the bounds" if within else f"outside the bounds, worst {comparison.worst.signal}"
        if comparison.excursions:
            verdict += f"; {len(comparison.excursions)} left the range of their stages"
        print(f"{len(comparison.signals)} signals, {comparison.worst_text}: {verdict}")
        self.power(power)
        print(f"report: {folder / 'report.html'}")

    def power(self, found: Mapping[str, float] | None) -> None:
        """Power of the simulated circuit at its own conditions, where it draws any."""
        if found is not None:
            rest, mean = (found[key] * 1e6 for key in ("operating_power", "mean_power"))
            print(f"power: {rest:.4g} uW at the operating point, {mean:.4g} uW over the run, at {found['supply']:g} V")

    def simulation(self, summary: Mapping[str, Any]) -> None:
        """Print what ran and where the results are."""
        signals, points = len(summary["signals"]), summary["time_points"]
        print(f"{summary['study']}: {points} time points, {signals} signals, {summary['simulator']}")
        for attempt in summary["attempts"][1:]:
            print(f"  retried with {attempt['rung']}: {', '.join(attempt['changes'])}")
        self.power(summary.get("power"))
        print(f"results: {summary['folder']}")

    def files(self, summary: Mapping[str, Any]) -> None:
        """The netlist's cells and files."""
        cells = ", ".join(f"{number} {name}" for name, number in summary["cells"].items())
        print(f"{summary['study']}: {cells}")
        for name in summary["files"]:
            print(name)


def _bars() -> "Progress":
    """Progress bars on the terminal; rich is loaded only where there is one."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeElapsedColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
