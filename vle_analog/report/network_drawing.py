"""The drawing of the initial network: stimuli and populations in columns, one line per synapse."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from vle_analog.network import Network, Population, Projection
from vle_analog.report.layout import DrawnPopulation, groups
from vle_analog.study import StudySpec, Teacher
from vle_analog.style import COLOURS, WIDTH, add_axes, heading, new_figure, styled

RADIUS = 0.125  # inches
TALL, CLOSEST, WIDEST = 4.0, 0.34, 0.72  # height of a tall column, and the distances of neurons
COLUMN, BROADEST = 0.95, 60.0  # least distance of columns while the drawing is narrower than this
SPACE = 0.55  # between populations in one column
HEAD, FOOT, SIDE = 0.92, 1.2, 0.75
POSITIVE, NEGATIVE, ZERO = COLOURS[0], COLOURS[1], "0.6"
PLASTIC_DASHES = (3.0, 1.6)
MOST_ARROWS = 64  # with more loops than this, arrow heads are left out

Place = tuple[float, float]


@styled
def network_drawing(spec: StudySpec) -> Figure:
    """Draw neurons as circles, stimuli and targets as squares, and weights as lines whose width is proportional to
    them."""
    network = spec.network
    made = groups(network)
    last = max(group.column for group in made) + 1  # the column of the target
    stacks = [[group for group in made if group.column == column] for column in range(last)]
    apart = _pitch(stacks)
    height = max(sum(_height(g, apart) for g in stack) + SPACE * (len(stack) - 1) for stack in stacks)
    width = min(max(WIDTH, 2 * SIDE + COLUMN * last), BROADEST)
    pitch = min((width - 2 * SIDE) / last, 2.6)
    figure = new_figure(HEAD + height + FOOT, width)
    axes = add_axes(figure, 0, 0, width, HEAD + height + FOOT)
    axes.set(xlim=(0, width), ylim=(HEAD + height + FOOT, 0))
    axes.set_axis_off()
    start = (width - pitch * last) / 2
    places: dict[str, dict[int, Place]] = {}
    for column, stack in enumerate(stacks):
        top = HEAD + (height - sum(_height(g, apart) for g in stack) - SPACE * (len(stack) - 1)) / 2
        for group in stack:
            places[group.name] = _positions(group, start + pitch * column, top, apart)
            top += _height(group, apart) + SPACE
    output = places[network.output]
    places["target "] = {k: (start + pitch * last, y) for k, (_, y) in output.items()}  # identifiers contain no blanks

    largest = max((float(np.max(np.abs(p.weights), initial=0.0)) for p in network.projections), default=0.0) or 1.0
    column_of = {group.name: group.column for group in made}
    for projection in network.projections:
        span = column_of[projection.target] - column_of[projection.source]
        _projection(axes, projection, places, span, largest, network.learns(projection), HEAD + height)
    for k, (x, y) in output.items():
        there = places["target "][k]
        axes.plot([x + RADIUS, there[0] - RADIUS], [y, there[1]], color="0.45", linestyle=":", linewidth=1.1, zorder=1)
    for group in made:
        _group(axes, group, places[group.name], network, len(stacks[group.column]) > 1, HEAD + height)
    _squares(axes, list(places["target "].values()))
    words = ("of a teacher\n" if isinstance(spec.target, Teacher) else "") + f"β = {network.beta:g}"
    _label(axes, start + pitch * last, min(y for _, y in output.values()) - 0.2, "target", True)
    _label(axes, start + pitch * last, HEAD + height + 0.12, words)
    heading(figure, "The network with its initial weights", 0.2)
    _legend(figure, network, largest)
    return figure


def _pitch(stacks: Sequence[Sequence[DrawnPopulation]]) -> float:
    """Return the distance of neurons, which decreases with the size of the network."""
    most = max(sum(len(group.shown) for group in stack) for stack in stacks)
    return float(np.clip(TALL / most, CLOSEST, WIDEST))


def _height(group: DrawnPopulation, apart: float) -> float:
    return 2 * RADIUS + apart * (len(group.shown) - 1 + (len(group.shown) < group.size))


def _positions(group: DrawnPopulation, x: float, top: float, apart: float) -> dict[int, Place]:
    """Return the position of each drawn neuron, with a gap where neurons are left out."""
    rows = range(len(group.shown))
    gap = len(group.shown) // 2 + 1 if len(group.shown) < group.size else len(group.shown)
    return {k: (x, top + RADIUS + apart * (row + (row >= gap))) for k, row in zip(group.shown, rows, strict=True)}


def _projection(
    axes: Axes, projection: Projection, places: dict, span: int, largest: float, learns: bool, floor: float
) -> None:
    """Draw straight lines to the next column, arcs across columns, and loops within a column or backwards."""
    before, after = places[projection.source], places[projection.target]
    edges = [(before[j], after[i], float(projection.weights[i, j])) for i in after for j in before]
    edges = [edge for edge in edges if learns or edge[2] != 0.0]
    paths = [_path(a, b, span, floor) for a, b, _ in edges]
    widths = [0.7 + 2.1 * abs(w) / largest for _, _, w in edges]
    shades = [POSITIVE if w > 0 else NEGATIVE if w < 0 else ZERO for _, _, w in edges]
    if span > 0 or len(edges) > MOST_ARROWS:
        style = (0, PLASTIC_DASHES) if learns else "solid"
        axes.add_collection(
            PathCollection(paths, facecolors="none", edgecolors=shades, linewidths=widths, linestyles=style, zorder=1)
        )
        return
    for path, width, shade in zip(paths, widths, shades, strict=True):
        dashes = (0, PLASTIC_DASHES) if learns else "solid"
        arrow = FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=11, color=shade, linewidth=width, zorder=1)
        arrow.set(linestyle=dashes, fill=True, facecolor=shade)
        axes.add_patch(arrow)


def _path(a: Place, b: Place, span: int, floor: float) -> Path:
    (xa, ya), (xb, yb) = a, b
    curve = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    if span == 1:
        return Path([(xa + RADIUS, ya), (xb - RADIUS, yb)])
    if span > 1:  # above everything between
        reach = 0.15 * (xb - xa)
        peak = HEAD - 0.35 - 0.33 * min(ya - HEAD, yb - HEAD)
        return Path([(xa + RADIUS, ya), (xa + reach, peak), (xb - reach, peak), (xb - RADIUS, yb)], curve)
    if a == b:  # onto itself, at the upper right
        near, far = RADIUS * np.array([[0.2, -0.98], [0.98, -0.2]]), RADIUS * np.array([[1.0, -4.0], [4.0, -1.0]])
        return Path([(xa + dx, ya + dy) for dx, dy in (near[0], far[0], far[1], near[1])], curve)
    if span == 0:  # down on the right, up on the left, so that two directions are two arcs
        side = 1 if yb > ya else -1
        bulge = side * (0.3 + 0.2 * abs(yb - ya))
        out, lean = side * 0.87 * RADIUS, 0.5 * RADIUS * np.sign(yb - ya)
        return Path([(xa + out, ya + lean), (xa + bulge, ya), (xb + bulge, yb), (xb + out, yb - lean)], curve)
    dip = floor + 0.1
    return Path([(xa, ya + RADIUS), (xa, dip), (xb, dip), (xb, yb + RADIUS)], curve)


def _group(
    axes: Axes, group: DrawnPopulation, places: dict[int, Place], network: Network, stacked: bool, floor: float
) -> None:
    """Draw the symbols of a group, its name above and its description below."""
    x, top = next(iter(places.values()))
    if network.is_stimulus(group.name):
        _squares(axes, list(places.values()))
    else:
        shade = "#E8EEF4" if group.name != network.output else "#FFF1D6"
        _symbols(axes, list(places.values()), "o", shade)
    if len(group.shown) < group.size:
        rows = list(places.values())
        middle = len(rows) // 2
        gap = (rows[middle][1] + rows[middle + 1][1]) / 2
        axes.text(x, gap, f"⋮ {group.size} in all", ha="center", va="center", size=8)
    itself = any(p.source == p.target == group.name for p in network.projections)
    _label(
        axes,
        x,
        top - (0.45 if itself else 0.2),
        group.name if len(group.name) <= 14 else group.name[:13] + "…",
        bold=True,
    )
    words = "stimulus" if network.is_stimulus(group.name) else described(network.population(group.name))
    if stacked:  # only one line fits, directly below the group
        _label(axes, x, max(y for _, y in places.values()) + RADIUS + 0.05, words.split("\n")[0])
    else:
        _label(axes, x, floor + 0.12, words)


def described(population: Population) -> str:
    """Describe a population: activation and time constants, one line each, with ranges where neurons differ."""
    lines = [population.activation, f"τₘ = {_range(population.tau_m)}", f"τᵣ = {_range(population.tau_r)}"]
    wires = int(np.sum(population.wire))
    if wires:
        lines.append("wire" if wires == population.size else f"{wires} wires")
    return "\n".join(lines)


def _range(values: np.ndarray) -> str:
    low, high = float(np.min(values)), float(np.max(values))
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _squares(axes: Axes, places: Sequence[Place]) -> None:
    _symbols(axes, places, "s", "white")


def _symbols(axes: Axes, places: Sequence[Place], marker: str, shade: str) -> None:
    size = (2 * RADIUS * 72) ** 2 * (0.7 if marker == "s" else 1.0)
    x, y = zip(*places, strict=True)
    axes.scatter(x, y, s=size, marker=marker, facecolors=shade, edgecolors="0.2", linewidths=0.9, zorder=3)


def _label(axes: Axes, x: float, y: float, text: str, bold: bool = False) -> None:
    weight, base = ("bold", "baseline") if bold else ("normal", "top")
    axes.text(
        x,
        y,
        text,
        ha="center",
        va=base,
        size=8,
        weight=weight,
        color="0.1" if bold else "0.3",
        linespacing=1.35,
        zorder=4,
    )


def _legend(figure: Figure, network: Network, largest: float) -> None:
    handles = [
        Line2D([], [], color=POSITIVE, linewidth=2.0, label="positive weight"),
        Line2D([], [], color=NEGATIVE, linewidth=2.0, label="negative weight"),
    ]
    weights = np.concatenate([p.weights.ravel() for p in network.projections])
    if np.any(weights == 0.0) and any(network.learns(p) for p in network.projections):
        handles.append(Line2D([], [], color=ZERO, linewidth=1.0, label="still zero"))
    learning = {network.learns(p) for p in network.projections}
    if True in learning:
        handles.append(Line2D([], [], color="0.3", linewidth=1.6, dashes=PLASTIC_DASHES, label="learns"))
    if False in learning:
        handles.append(Line2D([], [], color="0.3", linewidth=1.6, label="fixed"))
    across, down = figure.get_size_inches()
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.2 / across, 0.1 / down),
        ncols=len(handles),
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.6,
        handlelength=3,
    )
    width_note = f"line width: size of the weight, up to {largest:.2g}"
    figure.text(1 - 0.2 / across, 0.1 / down, width_note, ha="right", va="bottom", size=8.5, color="0.3")
