"""The verb `solve`: the equations of a study without a circuit, for what no circuit can do."""

from vle_analog.cli.options import JsonOption, OutputOption, QuietOption, SetOption, StudyArgument, load
from vle_analog.cli.show import Shown


def solve(
    study: StudyArgument, output: OutputOption = None, overrides: SetOption = None, as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Solve the equations of a study without a circuit; write the traces."""
    from vle_analog.run import solve_study

    loaded, folder = load(study, output, None, overrides)
    with Shown(as_json, quiet) as shown:
        summary = solve_study(loaded, folder, shown.progress)
    signals = len(summary["signals"])
    shown.result(summary, lambda: print(f"{summary['study']}: {signals} signals\nresults: {folder}"))
