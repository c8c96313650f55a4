"""The self-contained `report.html` and the picture files beside it."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from vle_analog.report import tables
from vle_analog.report.content import ReportContent
from vle_analog.report.figures import Picture, pictures
from vle_analog.report.noise import noise
from vle_analog.report.sizes import sizes
from vle_analog.simulator.result import SimulationResult
from vle_analog.style import png, svg

DOTS_ON_SCREEN = 100  # per inch of a figure


def write_report(folder: Path, content: ReportContent) -> Path:
    """Write `report.html`, `figures/*.svg` and `figures/*.png` into `folder`, which is created if it is missing.

    **Returns:** the path of `report.html`.
    """
    drawn = pictures(content.spec, content.circuit, content.comparison, content.target, content.analysis)
    shown = write_pictures(folder, drawn)
    path = folder / "report.html"
    path.write_text(render(content, shown), encoding="utf-8")
    return path


def write_pictures(folder: Path, drawn: Iterable[Picture]) -> dict[str, list[Mapping[str, Any]]]:
    """Write pictures into `folder/figures` and return, by section, the entries that `render` embeds."""
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    shown: dict[str, list[Mapping[str, Any]]] = {}
    for picture in drawn:
        data = svg(picture.figure)
        (figures / f"{picture.name}.svg").write_bytes(data)
        (figures / f"{picture.name}.png").write_bytes(png(picture.figure))
        width, height = (round(inches * DOTS_ON_SCREEN) for inches in picture.figure.get_size_inches())
        inside = "data:image/svg+xml;base64," + base64.b64encode(data).decode()
        shown.setdefault(picture.section, []).append(
            {"data": inside, "caption": picture.caption, "name": picture.name, "width": width, "height": height}
        )
    return shown


def template(name: str) -> Template:
    """Load the template of a page."""
    return Environment(
        loader=PackageLoader("vle_analog.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)


def render(content: ReportContent, shown: Mapping[str, list[Mapping[str, Any]]]) -> str:
    """Render the report as HTML.

    **Arguments:**

    - `shown`: pictures by section, each with `data` (a data URI), `caption`, `name`, `width`, `height` in pixels.

    **Returns:** the text of one self-contained HTML page.
    """
    spec, comparison, circuit = content.spec, content.comparison, content.circuit
    own = Path(spec.circuit.cells) if spec.circuit.cells else None
    return template("report.html.j2").render(
        spec=spec,
        warnings=content.warnings,
        comparison=comparison,
        outside=sum(not s.passed for s in comparison.signals),
        pictures=shown,
        worst=tables.worst_signals(comparison),
        everything=tables.all_signals(comparison),
        losses=tables.losses(comparison),
        excursions=tables.excursions(comparison),
        units=tables.units(circuit),
        cells=tables.cells(circuit, own),
        budget=tables.power_and_area(circuit, own),
        power=tables.simulated_power(content.power, circuit, own),
        noise=noise(circuit, spec.duration, own),
        sizes=sizes(circuit),
        headroom=tables.headroom(circuit),
        vectors=tables.vectors(circuit),
        equations=_equations(content),
        stability=_stability(content),
        simulation=_simulation(content.result) if content.result is not None else None,
        commands=_commands(content.files),
        files=tables.pairs(("file", "description"), content.files),
        provenance=tables.pairs(("", ""), content.provenance),
        seconds=tables.pairs(("stage", "seconds"), {name: f"{value:.2f}" for name, value in content.seconds.items()}),
    )


def _equations(content: ReportContent) -> list[dict[str, Any]]:
    """Return the derivation in three parts: the steps before, the circuit-ready system, the same by population."""
    if content.derivation is None:
        return []
    from vle_analog.theory import prose  # SymPy: only where there is a derivation

    steps = [
        {
            "title": step.title,
            "text": Markup(prose.web(step.text)),  # noqa: S704 (text of the theory, escaped there)
            "equations": [
                (Markup(equation.mathml()), Markup(prose.web(equation.note)))  # noqa: S704 (likewise)
                for equation in step.equations
            ],
        }
        for step in content.derivation.steps
    ]
    titles = [step["title"] for step in steps]
    at = next((k for k, title in enumerate(titles) if title.startswith("Circuit-ready")), len(steps) - 1)
    parts = [
        {"title": f"Derivation from the energy, in {at} step{'' if at == 1 else 's'}", "steps": steps[:at]},
        {"title": "", "steps": steps[at : at + 1]},
        {"title": "The same by population", "steps": steps[at + 1 :]},
    ]
    return [part for part in parts if part["steps"]]


def _stability(content: ReportContent) -> dict[str, Any] | None:
    """Return verdict, loops and formulas of the stability analysis; `None` without one."""
    if content.analysis is None:
        return None
    found, response = content.analysis.stability, content.analysis.response
    return {
        "verdict": found.verdict,
        "poles": str(found.poles),
        "loops": tables.loops(content.analysis),
        "slow": tables.slow_poles(content.analysis),
        "formulas": tables.pairs(("transfer function", "p = i omega"), response.formulas),
    }


def _simulation(result: SimulationResult) -> dict[str, Any]:
    attempts = tables.TextTable(
        ("attempt", "changed", "outcome", "seconds"),
        tuple((a.rung, "; ".join(a.changes) or "nothing", a.outcome, f"{a.seconds:.2f}") for a in result.attempts),
        frozenset({3}),
    )
    return {
        "simulator": result.simulator,
        "points": len(result.time),
        "seconds": f"{result.seconds:.2f}",
        "cpu_seconds": f"{result.cpu_seconds:.2f}",
        "attempts": attempts,
        "remarks": tables.remarks(result.diagnostics),
    }


def _commands(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return command lines to be run in the folder of the report, each with its effect."""
    lines = []
    if "testbench.cir" in files:
        lines += [
            (
                "ngspice testbench.cir",
                "the hierarchical netlist; at the prompt enter run, then plot a vector of the table below",
            ),
            ("ngspice -b -r testbench.raw testbench.cir", "the same without a prompt, traces into testbench.raw"),
        ]
    if "deck.cir" in files:
        lines.append(("ngspice -b -r deck.raw deck.cir", "the simulated deck, without hierarchy"))
    return lines
