"""The verb `analyse`: loops, slow poles and frequency response of a study, before anything is simulated."""

from pathlib import Path
from typing import TYPE_CHECKING

from vle_analog.cli.options import JsonOption, OutputOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import Shown
from vle_analog.cli.table import show_table

if TYPE_CHECKING:
    from vle_analog.api import Study
    from vle_analog.stability import Analysis

MOST_POLES, MOST_ROWS = 6, 20


def analyse(
    study: StudyArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Find loops, whether they are stable, and frequency responses."""
    from vle_analog.verbs.analyse import analyse_study

    loaded, folder = load(study, output, None, overrides)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        found, summary = analyse_study(loaded, folder, shown.progress)
    shown.result(summary, lambda: _show(loaded, found, folder))
    return 1 if found.verdict == "unstable" else 0


def _show(study: "Study", found: "Analysis", folder: Path) -> None:
    """Loops, verdict and cures; slow poles; the formulas with the numbers of every kind of neuron."""
    from vle_analog.stability import problems
    from vle_analog.stability.words import number, sentence

    stability = found.stability
    if not stability.findings:
        print(f"{study.spec.name}: no loops, nothing acts back on itself: stable")
    for finding in stability.findings:
        print(f"{study.spec.name}: {sentence(finding)}")
    for problem in problems(study.spec, stability, study.reexamine):
        print(f"  try:      {problem.hint}" if problem.hint else f"  {problem.what}")
    poles = ", ".join(number(pole) for pole in found.slow_poles[:MOST_POLES])
    more = f" and {len(found.slow_poles) - MOST_POLES} faster" if len(found.slow_poles) > MOST_POLES else ""
    print(f"slow poles, without those of the cells: {poles or 'none'}{more}")
    print(f"rightmost eigenvalue with {stability.poles}: {number(found.eigenvalues[0])}")
    for name, formula in found.response.formulas.items():
        print(f"{name:<8} {formula}")
    _neurons(found)
    _paths(found)
    print(f"results: {folder}")


def _neurons(found: "Analysis") -> None:
    """Gains and phase at three frequencies of the axis."""
    import numpy as np

    response, neurons = found.response, found.response.response
    at = np.linspace(0, len(response.omega) - 1, 5).round().astype(int)[1:-1]
    columns = ("neuron", "omega", "|U/S|", "|e/B| rule", "|e/B| exact", "ratio g", "phase", "phase - exact")
    rows = [
        (
            name,
            f"{response.omega[m]:.3g}",
            f"{abs(neurons.forward[k, m]):.4g}",
            f"{abs(neurons.local[k, m]):.4g}",
            f"{abs(neurons.exact[k, m]):.4g}",
            f"{neurons.gain_ratio[k, m]:.4g}",
            f"{np.degrees(np.angle(neurons.local[k, m])):+.1f}°",
            f"{np.degrees(neurons.phase_difference[k, m]).round(1) + 0.0:+.1f}°",
        )
        for k, name in enumerate(response.neurons[:MOST_ROWS])
        for m in at
    ]
    show_table("frequency response of the neurons", columns, rows)
    if len(response.neurons) > MOST_ROWS:
        print(f"and {len(response.neurons) - MOST_ROWS} more neurons in analysis.json")


def _paths(found: "Analysis") -> None:
    import numpy as np

    if not found.response.paths:
        return
    rows = []
    for name, path in list(found.response.paths.items())[:MOST_ROWS]:
        there = np.abs(path.exact) > 0
        ratio = float(np.max(np.abs(path.local[there]) / np.abs(path.exact[there])))
        phase = f"{np.degrees(path.largest_difference.max()):.1f}°"
        rows.append((name, path.source, path.target, f"{ratio:.4g}", phase))
    show_table(
        f"error path at model time {found.response.time:.4g}: largest deviation of the rule from exact over frequency",
        ("population", "from", "to", "largest ratio", "largest phase difference"),
        rows,
        left=(0, 1, 2),
    )
