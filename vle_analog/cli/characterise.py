"""The verb `characterise`: a primitive cell measured in ngspice, and the macromodel that does the same."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vle_analog.cli.options import JsonOption, QuietOption, output_folder
from vle_analog.cli.show import Shown
from vle_analog.cli.table import show_table

if TYPE_CHECKING:
    from vle_analog.cells.fitted import Fitted
    from vle_analog.characterise.characterise import Characterisation

WORDS = {
    "gain_per_amp": "gain / bias current",
    "gain_ratio": "gain, relative",
    "common_mode": "common mode above vss, V",
    "output_low": "output range from, V",
    "output_high": "output range to, V",
    "vos": "offset, V",
    "ox": "offset of x, V",
    "oy": "offset of y, V",
    "on": "offset of the bump, V",
    "od": "offset difference at y, V",
    "ios": "output offset / bias current",
    "fy": "feedthrough of y",
    "dt": "tail difference",
    "dg": "gain error",
    "vgs": "gate-source voltage, V",
    "gon": "conductance, on",
    "goff": "conductance, off",
    "ch": "gate to node",
}
SWITCH = {"gon": "S", "goff": "S", "ch": "F"}
NOISE = {
    "noise_white_simulated": "noise / bias current, simulated",
    "noise_white_formula": "noise / bias current, formula",
}


def characterise(
    cell: Annotated[str, typer.Argument(metavar="CELL", help="A primitive cell, e.g. ota or multiplier.")],
    process: Annotated[str, typer.Option("--process", "-p", metavar="PROCESS", help="generic180 | gf180mcu | sky130")],
    samples: Annotated[
        int, typer.Option("--samples", "-n", metavar="N", help="Cells drawn with mismatch; 0: none.")
    ] = 400,
    unit_current: Annotated[
        float | None,
        typer.Option("--unit-current", metavar="A", help="Bias current of one unit that the fit is made at."),
    ] = None,
    output: Annotated[Path | None, output_folder("out/CELL_PROCESS")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the numbers into the library, for netlists to use.")
    ] = False,
    cells: Annotated[
        Path | None, typer.Option("--cells", metavar="DIR", help="A folder of your own cells, looked at first.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the mismatch.")] = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Measure a cell on a process and fit its macromodel.

    Measured in ngspice: transfer, range, pole, noise, mismatch and corners of a primitive cell.
    """
    from vle_analog.characterise.characterise import characterise as measure
    from vle_analog.characterise.folder import summary, write_folder, write_library
    from vle_analog.errors import InputError, Problem
    from vle_analog.process.process import process as known_process
    from vle_analog.verbs.measurements import kept_measurements

    if cells is not None and not cells.is_dir():
        raise InputError(
            Problem("there is no such folder", "--cells", got=str(cells), expected="a folder with CELL/*.cir")
        )
    process = known_process(process, "--process").name
    folder = output or Path("out") / f"{cell}_{process}"
    with Shown(as_json, quiet) as shown, kept_measurements(folder, cell, process) as keep:
        found = measure(
            cell,
            process,
            samples=samples,
            unit_current=unit_current,
            own=cells,
            seed=seed,
            progress=shown.progress,
            backend=keep.backend,
        )
        keep.found = found
        write_folder(found, folder)
        written = write_library(found, cells) if write else None
    places = {"folder": str(folder), **({"library": str(written)} if written else {})}
    shown.result(summary(found) | places, lambda: _show(found, places))


def _show(found: "Characterisation", places: dict[str, str]) -> None:
    fitted = found.fitted
    sizing, measured = fitted.sizing, fitted.measured
    unit = f"{sizing.unit_current:g} A per unit"
    show_table(f"{fitted.cell} on {fitted.process}, {unit}", ("", "nominal"), _rows(fitted))
    if fitted.mismatch:
        spread = [
            (WORDS.get(name, name), f"{_real(fitted.macromodel.get(name, 0.0)):.3g}", f"{sigma:.3g}")
            for name, sigma in fitted.mismatch.items()
        ]
        title = f"mismatch, {fitted.conditions['samples']} draws"
        show_table(title, ("", "nominal", "sigma"), spread)
        if "sigma_ratio_low" in measured:
            low, high = (_real(measured[key]) for key in ("sigma_ratio_low", "sigma_ratio_high"))
            print(f"spread of the macromodel's currents over that of the transistors': {low:.2f} to {high:.2f}\n")
    for title, table in (("corners", fitted.corners), ("temperatures, degrees Celsius", fitted.temperatures)):
        if table:
            keys = list(next(iter(table.values())))
            lines = [(WORDS.get(key, key), *(f"{row[key]:.4g}" for row in table.values())) for key in keys]
            show_table(title, ("", *table), lines)
    for name, place in places.items():
        print(f"{'results' if name == 'folder' else name}: {place}")


def _rows(fitted: "Fitted") -> list[tuple[str, ...]]:
    """Return the properties of the cell at its preferred unit current, those that it has."""
    sizing, measured, values, at = fitted.sizing, fitted.measured, fitted.macromodel, fitted.sizing.unit_current
    rows: list[tuple[str, ...]] = []
    if at:
        rows.append(("gain / bias current", f"{fitted.gain(at):.5g}"))
        rows.append(("unit current, most", f"{at:.3g}, {sizing.unit_current_max:.3g} A"))
    if "fit_error" in measured:
        error = 100 * _real(measured["fit_error"])
        rows.append(("macromodel: largest error", f"{error:.2g} % of full scale within 120 mV"))
    rows.append(("common mode above vss", f"{_real(fitted.conditions['common_mode']):.3f} V"))
    if "go" in values:
        low, high = _real(measured["output_low"]), _real(measured["output_high"])
        rows.append(("output range", f"{low:+.2f} to {high:+.2f} V"))
        rows.append(("output conductance / bias current", f"{values['go']:.3g} /V"))
        rows.append(("pole", f"{_real(measured['pole_per_amp']) * at:.3g} Hz"))
    rows += [
        (WORDS[key], f"{value:.3g} {unit}") for key, unit in SWITCH.items() if (value := values.get(key)) is not None
    ]
    rows.append(
        ("input, output capacitance", f"{sizing.input_capacitance:.3g}, {sizing.output_capacitance:.3g} F per unit")
    )
    for key, words in NOISE.items():
        if _real(measured.get(key, 0.0)):
            rows.append((words, f"{_real(measured[key]):.3g} A/Hz"))
    if "noise_corner_per_amp" in measured:
        rows.append(("1/f corner", f"{_real(measured['noise_corner_per_amp']) * at:.3g} Hz"))
    rows.append(("supply / bias current", f"{sizing.supply_per_amp:.3g}"))
    rows.append(("gate area", f"{1e12 * sizing.gate_area:.4g} um2 per unit"))
    return rows


def _real(value: Any) -> float:
    return float(value)
