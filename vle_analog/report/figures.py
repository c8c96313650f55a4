"""The pictures of a report in reading order, each with its caption."""

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.figure import Figure

from vle_analog.compare import Comparison
from vle_analog.netlist import Circuit
from vle_analog.network.stimuli import Stimulus
from vle_analog.report.bars import headroom_bars, nrmse_bars
from vle_analog.report.bode import stability_pictures
from vle_analog.report.loss import learning_curve
from vle_analog.report.network_drawing import network_drawing
from vle_analog.report.overlay import LAST, LONG, overlay
from vle_analog.report.unit_curves import unit_curves
from vle_analog.report.weights import weight_trajectories
from vle_analog.stability import Analysis
from vle_analog.study import StudySpec, Teacher

MOST_POPULATIONS = 4
AGREEMENT = (
    "Every signal against its bound; NRMSE is the root-mean-square difference divided by the peak-to-peak value of the "
    "ideal, over all signals of the kind in a population or projection."
)
UNITS = (
    "What is expected to go wrong over the volts that stand for one unit: a large unit bends the signals in the input "
    "pairs, a small one lets them drown in offsets and noise; dashed, the unit of this circuit, which is fixed where "
    "the study gives it or where the curve of an input pair is the activation."
)


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure with its caption; `name` is the file name without ending, `section` the section of the report."""

    name: str
    section: str
    caption: str
    figure: Figure


def pictures(
    spec: StudySpec,
    circuit: Circuit,
    comparison: Comparison,
    target: Stimulus | None,
    analysis: Analysis | None = None,
) -> Iterator[Picture]:
    """Yield the pictures that apply to this study, drawn one at a time."""
    yield Picture("network", "network", _network_caption(spec), network_drawing(spec))
    yield Picture("agreement", "agreement", AGREEMENT, nrmse_bars(comparison))
    trajectories = weight_trajectories(spec, comparison)
    if trajectories is not None:
        taught = " Dotted: the teacher's values." if isinstance(spec.target, Teacher) else ""
        yield Picture(
            "weights", "learning", f"Learned parameters over time, circuit minus ideal below.{taught}", trajectories
        )
    if target is not None:
        yield Picture(
            "learning_curve",
            "learning",
            "Loss of the output over time.",
            learning_curve(spec, comparison, target),
        )
    chosen = populations_drawn(spec, comparison)
    left_out = len(spec.network.populations) - len(chosen)
    for name in chosen:
        taught = target if name == spec.network.output else None
        caption = f"Signals of {name} in model units: ideal and circuit, and circuit minus ideal below each."
        if spec.duration > LONG:
            caption += f" Left the whole run, right the last {LAST:g} units on axes of their own."
        if left_out and name == chosen[-1]:
            caption += f" The other {left_out} populations have smaller deviations and are contained in the traces."
        yield Picture(f"traces_{name}", "traces", caption, overlay(comparison, name, taught))
    if analysis is not None:
        for name, caption, figure in stability_pictures(spec, analysis):
            yield Picture(name, "stability", caption, figure)
    if circuit.curves:
        yield Picture("units", "units", UNITS, unit_curves(circuit))
    if circuit.headroom:
        yield Picture(
            "headroom",
            "circuit",
            "The peak of every kind of signal and the largest swing the process allows.",
            headroom_bars(circuit),
        )


def populations_drawn(spec: StudySpec, comparison: Comparison) -> list[str]:
    """Return the populations whose traces are drawn: the first, the output, and the worst ones, in the order of the
    study."""
    names = [population.name for population in spec.network.populations]
    if len(names) <= MOST_POPULATIONS:
        return names
    worst = dict.fromkeys(names, 0.0)
    for item in comparison.signals:
        if item.signal.owner in worst:
            worst[item.signal.owner] = max(worst[item.signal.owner], item.nrmse / item.bound)
    ranked = [names[0], spec.network.output, *sorted(names, key=lambda name: -worst[name])]
    chosen = list(dict.fromkeys(ranked))[:MOST_POPULATIONS]
    return [name for name in names if name in chosen]


def _network_caption(spec: StudySpec) -> str:
    network = spec.network
    neurons = sum(p.size for p in network.populations)
    synapses = sum(p.weights.size for p in network.projections)
    plastic = sum(p.weights.size for p in network.projections if network.learns(p))
    return (
        f"{neurons} neurons, {synapses} synapses, {plastic} of them plastic; rule {network.rule}, "
        f"β = {network.beta:g}, γ = {network.gamma:g}. Errors return along the same lines, from right to left."
    )
