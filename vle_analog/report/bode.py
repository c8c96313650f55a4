"""The frequency response of neurons and error path, and the eigenvalues of the loops."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from vle_analog.stability import Analysis, Finding
from vle_analog.stability.frequency import FrequencyResponse
from vle_analog.study import StudySpec
from vle_analog.style import DASHES, IDEAL, TARGET, TIME, WIDTH, add_axes, colour, heading, new_figure, short, styled

MOST_POPULATIONS, MOST_NEURONS, MOST_PATHS = 6, 3, 7
LEFT, RIGHT, GAP, HEAD, FOOT = 0.95, 0.2, 0.85, 0.72, 0.5  # inches
PANEL, BETWEEN = 1.35, 0.45
SPECTRUM, COLUMN, UNDER = 3.0, 2.85, 0.8
OMEGA = "angular frequency ω (rad / model time)"
NEAR = 1.0  # eigenvalues closer to zero than this are drawn on a linear scale
LEAST_FACTOR, LEAST_DEGREES = (
    1.5,
    5.0,
)  # the least range of a panel around its middle, so that a constant is drawn as a straight line

NEURONS = (
    "U over S (forward) and e over B (error) of neurons with different time constants. Local and exact error have the "
    "same phase at every frequency; the local one is too large by g(ω) = (1 + ω²τₘ²) / (1 + ω²τᵣ²)."
)
INSTANTANEOUS = "U over S (forward) and e over B (error): under rule {rule} the error responds instantaneously."
PATHS = (
    "From the error at the output to e of a neuron of each population, through all paths, linearised at model time "
    "{time:.4g}. Where paths with different gain ratios meet, the phases of local and exact differ too."
)
EIGENVALUES = "Eigenvalues of every loop with {poles}, along the trajectory; to the right of the line deviations grow."


def stability_pictures(spec: StudySpec, analysis: Analysis) -> Iterator[tuple[str, str, Figure]]:
    """Yield name, caption and figure of every picture of the analysis that has content."""
    rule = spec.network.rule
    yield "bode", NEURONS if rule == "vle" else INSTANTANEOUS.format(rule=rule), neuron_bode(spec, analysis.response)
    if analysis.response.paths:
        yield "error_path", PATHS.format(time=analysis.response.time), path_bode(analysis.response)
    if analysis.stability.findings:
        caption = EIGENVALUES.format(poles=analysis.stability.poles)
        yield "eigenvalues", caption, eigenvalue_plane(analysis.stability.findings)


@styled
def neuron_bode(spec: StudySpec, response: FrequencyResponse) -> Figure:
    """Draw magnitude and phase of forward, local and exact response, one row per population."""
    names = [p.name for p in spec.network.populations][:MOST_POPULATIONS]
    figure = new_figure(HEAD + len(names) * (PANEL + BETWEEN) - BETWEEN + FOOT)
    heading(figure, "Frequency response of the neurons", LEFT)
    _legend(
        figure,
        [
            Line2D([], [], color=TARGET, linestyle=":", linewidth=1.3, label="forward, U over S"),
            Line2D([], [], color=IDEAL, linewidth=0.8, label="error, exact adjoint"),
            Line2D([], [], color=colour(0), linewidth=1.7, dashes=DASHES, label=f"error, rule {spec.network.rule}"),
        ],
    )
    for row, name in enumerate(names):
        magnitude, phase = _pair(figure, HEAD + row * (PANEL + BETWEEN), last=row == len(names) - 1)
        magnitude.set_ylabel(f"{name}\nmagnitude")
        neurons = response.response
        for number, k in enumerate(_different_neurons(spec, response, name)):
            for values, look in (
                (neurons.forward, {"color": TARGET, "linestyle": ":", "linewidth": 1.3}),
                (neurons.exact, {"color": IDEAL, "linewidth": 0.8}),
                (neurons.local, {"color": colour(number), "linewidth": 1.7, "dashes": DASHES}),
            ):
                _draw(magnitude, phase, response.omega, values[k], **look)
        _logarithmic(magnitude)
        _degrees(phase)
    return figure


@styled
def path_bode(response: FrequencyResponse) -> Figure:
    """Draw magnitude and phase of the error path to each population; below, the difference of local and exact."""
    figure = new_figure(HEAD + 2 * PANEL + BETWEEN + FOOT)
    heading(figure, "Error path, from the output's error to e", LEFT)
    magnitude, phase = _pair(figure, HEAD, last=False)
    ratio, difference = _pair(figure, HEAD + PANEL + BETWEEN, last=True)
    handles = [Line2D([], [], color=IDEAL, linewidth=0.8, label="exact adjoint")]
    for number, path in enumerate(list(response.paths.values())[:MOST_PATHS]):
        shade = colour(number)
        _draw(magnitude, phase, response.omega, path.exact, color=IDEAL, linewidth=0.8)
        _draw(magnitude, phase, response.omega, path.local, color=shade, linewidth=1.7, dashes=DASHES)
        there = np.abs(path.exact) > 0
        ratio.plot(response.omega[there], np.abs(path.local[there]) / np.abs(path.exact[there]), color=shade)
        difference.plot(response.omega, np.degrees(path.largest_difference), color=shade)
        handles.append(Line2D([], [], color=shade, linewidth=1.7, dashes=DASHES, label=f"to {path.target}"))
    magnitude.set_ylabel("magnitude")
    ratio.set_ylabel("local / exact")
    difference.set_ylabel("largest phase\ndifference (°)")
    difference.set_ylim(bottom=0.0, top=max(LEAST_DEGREES, difference.get_ylim()[1]))
    _logarithmic(magnitude)
    _degrees(phase)
    _logarithmic(ratio)
    _legend(figure, handles)
    return figure


@styled
def eigenvalue_plane(findings: Sequence[Finding]) -> Figure:
    """Draw the eigenvalues of at most four loops, two panels in a row, coloured by model time."""
    shown = list(findings)[:4]
    rows = (len(shown) + 1) // 2
    figure = new_figure(HEAD + rows * (SPECTRUM + UNDER) - UNDER + FOOT)
    heading(figure, "Eigenvalues of the loops", LEFT)
    times = Normalize(0.0, max(float(f.time[-1]) for f in shown) or 1.0)
    for place, finding in enumerate(shown):
        axes = add_axes(
            figure, LEFT + place % 2 * (COLUMN + GAP), HEAD + place // 2 * (SPECTRUM + UNDER), COLUMN, SPECTRUM
        )
        moments = np.repeat(finding.time, finding.eigenvalues.shape[1])
        values = finding.eigenvalues.ravel()
        real, imaginary = np.real(values), np.imag(values)
        axes.axvline(0.0, color="0.4", linewidth=0.8)
        axes.scatter(real, imaginary, c=moments, cmap="viridis", norm=times, s=14, alpha=0.7, linewidths=0)
        axes.plot(finding.rightmost.real, finding.rightmost.imag, "o", mfc="none", mec=colour(1), ms=8, mew=1.2)
        axes.set_xscale("symlog", linthresh=NEAR)
        axes.set_yscale("symlog", linthresh=NEAR)
        for axis, found in ((axes.xaxis, real), (axes.yaxis, imaginary)):
            _decades(axis, found)
        axes.set_title(f"{finding.loop.kind}: {', '.join(finding.loop.populations)}", loc="left")
        axes.set_xlabel("real part (growth rate)")
        axes.set_ylabel("imaginary part" if place % 2 == 0 else "")
    bar = add_axes(figure, WIDTH - 0.85, HEAD, 0.14, SPECTRUM)
    figure.colorbar(ScalarMappable(times, "viridis"), cax=bar, label=TIME)
    return figure


def _decades(axis, values: np.ndarray) -> None:
    """Set limits and a few ticks at powers of ten, on both sides of zero where values exist."""
    most = int(np.ceil(np.log10(max(float(np.max(np.abs(values))), 10 * NEAR))))
    low, high = float(values.min()) < 0, float(values.max()) > 0
    step = max(1, (most + 1) // 2)
    powers = [10.0**k for k in range(most, -1, -step)]
    axis.set_ticks([*(-p for p in powers if low), 0.0, *(p for p in powers if high)])
    reach = 2 * 10.0**most
    axis.axes.set(**{f"{axis.axis_name}lim": (-reach if low else -NEAR, reach if high else 2 * NEAR)})


def _pair(figure: Figure, top: float, *, last: bool) -> tuple[Axes, Axes]:
    width = (WIDTH - LEFT - RIGHT - GAP) / 2
    left = add_axes(figure, LEFT, top, width, PANEL)
    right = add_axes(figure, LEFT + width + GAP, top, width, PANEL, left)
    left.set_xscale("log")
    right.set_ylabel("phase (°)")
    for axes in (left, right):
        axes.tick_params(labelbottom=last)
        if last:
            axes.set_xlabel(OMEGA)
    return left, right


def _draw(magnitude: Axes, phase: Axes, omega: np.ndarray, values: np.ndarray, **look) -> None:
    there = np.abs(values) > 0
    magnitude.plot(omega[there], np.abs(values[there]), **look)
    phase.plot(omega[there], np.degrees(np.unwrap(np.angle(values[there]))), **look)


def _logarithmic(axes: Axes) -> None:
    """Make an axis logarithmic with plain tick labels and at least the range `LEAST_FACTOR` around its middle."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    middle = float(np.sqrt(low * high))
    low, high = axes.set_ylim(min(low, middle / LEAST_FACTOR), max(high, middle * LEAST_FACTOR))
    subs = (1.0, 2.0, 5.0) if high > 5 * low else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=6))
    axes.yaxis.set_major_formatter(lambda value, _: short(value))
    axes.yaxis.set_minor_locator(NullLocator())


def _degrees(axes: Axes) -> None:
    """Widen an axis of phases to at least `LEAST_DEGREES` around zero."""
    low, high = axes.get_ylim()
    if high - low < 2 * LEAST_DEGREES:
        axes.set_ylim(min(low, -LEAST_DEGREES), max(high, LEAST_DEGREES))


def _different_neurons(spec: StudySpec, response: FrequencyResponse, name: str) -> list[int]:
    """Return at most three neurons of a population with different time constants, the first of each kind."""
    first = next(k for k, neuron in enumerate(response.neurons) if neuron == f"{name}[0]")
    population = spec.network.population(name)
    pairs = np.stack([population.tau_m, population.tau_r])
    _, kinds = np.unique(pairs, axis=1, return_index=True)
    return [first + int(k) for k in np.sort(kinds)[:MOST_NEURONS]]


def _legend(figure: Figure, handles: Sequence[Line2D]) -> None:
    across, down = figure.get_size_inches()
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(LEFT / across, 1 - 0.34 / down),
        ncols=4,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.6,
    )
