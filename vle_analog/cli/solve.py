"""The verb `solve`: the equations of a study without a circuit, for what no circuit can do."""

from collections.abc import Mapping
from typing import Any

from vle_analog.cli.options import JsonOption, OutputOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import Shown

LEARNED, MOST = ("W[", "b[", "tau_m[", "tau_r[", "F["), 24


def solve(
    study: StudyArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Solve the equations without a circuit; write the traces."""
    from vle_analog.verbs.solve import solve_study

    loaded, folder = load(study, output, None, overrides)
    with Shown(as_json, quiet, loaded.warnings) as shown:
        summary = solve_study(loaded, folder, shown.progress)
    shown.result(summary, lambda: _show(summary))


def _show(summary: Mapping[str, Any]) -> None:
    """Print what was learned, and where the traces are."""
    print(f"{summary['study']}: {len(summary['signals'])} signals")
    learned = [(name, value) for name, value in summary["signals"].items() if name.split(".")[1].startswith(LEARNED)]
    for name, value in learned[:MOST]:
        print(f"  {name:<32} {value['start']:>11.5g} -> {value['final']:.5g}")
    if len(learned) > MOST:
        print(f"  and {len(learned) - MOST} more: solution.json")
    print(f"results: {summary['folder']}")
