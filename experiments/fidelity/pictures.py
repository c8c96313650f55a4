"""Pictures of docs/results/fidelity.md, in the style of the reports, from the curves in fidelity.json beside it."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from experiments.fidelity.claims import STUDIES, Found
from vle_analog.cells.nonideal import KINDS
from vle_analog.style import COLOURS, DASHES, IDEAL, TIME, add_axes, new_figure, png, styled

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
LEFT, GAP, PANEL, TALL = 0.6, 0.75, 3.6, 2.3  # inches
NAMES = {
    "hidden.u[0]": "hidden, membrane potential",
    "readout.r[0]": "readout, rate",
    "hidden.e[0]": "hidden, error",
    "readout.e[0]": "readout, error",
}


def pictures(found: Found) -> None:
    """Write all pictures with results."""
    made = {"chain": chain, "attribution": attribution, "learning": learning, "delay": delay}
    for name, draw in made.items():
        figure = draw(found)
        if figure is not None:
            (IMAGES / f"fidelity_{name}.png").write_bytes(png(figure))


def measured(found: Found, section: str, start: str = "") -> dict[str, Any]:
    """Return the entries of a section whose names begin with `start`, without failed ones."""
    return {
        name: kept
        for name, kept in found.get(section, {}).items()
        if name.startswith(start) and not {"refused", "failed"} & kept.keys()
    }


@styled
def chain(found: Found) -> Figure | None:
    """Draw four signals of the chain, equations and transistors of every process."""
    runs = measured(found, "ideal", "online_chain/transistor/")
    if not runs:
        return None
    figure = new_figure(6.1)
    for place, (name, title) in enumerate(NAMES.items()):
        row, column = divmod(place, 2)
        axes = add_axes(figure, LEFT + column * (PANEL + GAP), 0.65 + row * 2.75, PANEL, 2.1)
        for number, (run_name, run) in enumerate(runs.items()):
            time, (ideal, circuit) = run["curves"]["time"], run["curves"][name]
            if number == 0:
                axes.plot(time, ideal, color=IDEAL, linewidth=0.8, label="equations")
            process = run_name.rsplit("/", 1)[1]
            axes.plot(time, circuit, color=COLOURS[number], linewidth=1.5, dashes=DASHES, label=process)
        axes.set_xlim(0, time[-1])
        axes.set_title(title, loc="left")
        if row == 1:
            axes.set_xlabel(TIME)
        if place == 0:
            axes.legend(loc="lower left", handlelength=2.6, ncols=4, bbox_to_anchor=(0.0, 1.12), borderaxespad=0.0)
    return figure


@styled
def attribution(found: Found) -> Figure | None:
    """Draw bars: forward deviation with each kind alone, and with all but it."""
    runs = measured(found, "attribution")
    if not runs:
        return None
    figure = new_figure(3.6)
    width, kinds = 2.35, list(KINDS)
    for column, study in enumerate(STUDIES):
        axes = add_axes(figure, 1.0 + column * (width + 0.3), 0.65, width, 2.4)
        whole = runs.get(f"{study}/all")
        for shade, shift, form in ((COLOURS[0], -0.19, "{}"), (COLOURS[1], 0.19, "all but {}")):
            known = [
                (row, runs[f"{study}/{form.format(kind)}"])
                for row, kind in enumerate(kinds)
                if f"{study}/{form.format(kind)}" in runs
            ]
            axes.barh(
                [row + shift for row, _ in known],
                [100 * run["forward"]["nrmse"] for _, run in known],
                height=0.36,
                color=shade,
                label="alone" if form == "{}" else form.format("it"),
            )
        if whole is not None:
            axes.axvline(100 * whole["forward"]["nrmse"], color=IDEAL, linewidth=0.8, linestyle=":", label="all")
        axes.set_xscale("log")
        axes.set_yticks(range(len(kinds)), kinds if column == 0 else [""] * len(kinds))
        axes.invert_yaxis()
        axes.set_title(study.replace("_", " "), loc="left")
        axes.set_xlabel("forward NRMSE, per cent")
        if column == 0:
            axes.legend(loc="lower left", ncols=3, bbox_to_anchor=(0.0, 1.08), borderaxespad=0.0, handlelength=1.6)
    return figure


@styled
def learning(found: Found) -> Figure | None:
    """Draw the mean loss against time."""
    figure, drawn = new_figure(3.3), False
    for column, study in enumerate(STUDIES[:2]):
        runs = measured(found, "learning", f"{study}/")
        axes = add_axes(figure, LEFT + 0.1 + column * (PANEL + GAP), 0.45, PANEL, TALL)
        for number, (name, run) in enumerate(runs.items()):
            drawn = True
            if number == 0:
                axes.plot(*run["loss"]["equations"], color=IDEAL, linewidth=0.9, label="equations")
            axes.plot(
                *run["loss"]["circuit"],
                color=COLOURS[number],
                linewidth=1.5,
                dashes=DASHES,
                label=name.rsplit("/", 1)[1],
            )
        axes.set_yscale("log")
        axes.set_xlabel(TIME)
        axes.set_title(f"{study.replace('_', ' ')}: loss, mean over a twentieth of the run", loc="left")
        if runs:
            axes.legend(loc="upper right", handlelength=2.6)
    return figure if drawn else None


@styled
def delay(found: Found) -> Figure | None:
    """Draw the output of eight layers after a step."""
    runs = {level: found.get("delay", {}).get(f"{level}/generic180", {}) for level in ("behavioural", "transistor")}
    if not all("curves" in run for run in runs.values()):
        return None
    figure = new_figure(3.3)
    for column, (low, high) in enumerate(((0.0, 20.0), (2.6, 4.0))):
        axes = add_axes(figure, LEFT + column * (PANEL + GAP), 0.45, PANEL, TALL)
        curves = runs["behavioural"]["curves"]
        axes.plot(curves["time"], curves["equations"], color=IDEAL, linewidth=0.9, label="equations")
        for shade, (level, run) in zip(COLOURS, runs.items(), strict=False):
            axes.plot(
                run["curves"]["time"], run["curves"]["circuit"], color=shade, linewidth=1.5, dashes=DASHES, label=level
            )
        axes.plot(curves["time"], curves["integrators"], color=COLOURS[2], linewidth=1.5, label="leaky integrators")
        axes.set_xlim(low, high)
        axes.set_xlabel(TIME)
        axes.set_title("output of eight layers, step at 3" if column == 0 else "the same, nearer", loc="left")
        if column == 0:
            axes.legend(loc="center right", handlelength=2.6, bbox_to_anchor=(1.0, 0.6))
    return figure
