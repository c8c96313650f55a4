"""What a report says of circuits made of devices: why the units, which sizes, whose cells."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from vle_analog.cells.fitted import fitted
from vle_analog.cells.library import cell
from vle_analog.report import pictures
from vle_analog.report.html import render
from vle_analog.report.sizes import sizes
from vle_analog.report.tables import cells
from vle_analog.report.unit_curves import unit_curves

DEVICES = "circuit.level=macromodel"
PREFIXES = {"p": 1e-12, "n": 1e-9, "µ": 1e-6}


def value(text: str) -> float:
    """A quantity as the table writes it."""
    number, unit = text.split()
    return float(number) * (PREFIXES[unit[0]] if len(unit) > 1 else 1.0)


def test_the_curves_of_the_units_are_drawn(make):
    content = make("online_chain", DEVICES)
    shown = [picture.name for picture in pictures(content.spec, content.circuit, content.comparison, None)]
    assert "units" in shown
    content = make("online_chain")
    assert "units" not in [p.name for p in pictures(content.spec, content.circuit, content.comparison, None)]


def test_the_unit_of_the_circuit_is_marked_in_its_panel(make):
    circuit = make("online_chain", DEVICES).circuit
    panels = unit_curves(circuit).axes
    assert len(panels) == len(circuit.curves) == 2
    for axes, curve in zip(panels, circuit.curves, strict=True):
        lines = {line.get_label(): line for line in axes.get_lines()}
        assert np.unique(lines["this circuit"].get_xdata()) == pytest.approx([curve.chosen])
        total = np.asarray(lines["total"].get_ydata())
        parts = [np.asarray(lines[name].get_ydata()) for name in ("compression", "offset", "noise")]
        assert total == pytest.approx(np.sqrt(sum(part**2 for part in parts)), rel=1e-2)
        assert curve.quantity in axes.get_title(loc="left")
    # the unit that was not fixed is where the total is least
    chosen = next(curve for curve in circuit.curves if not curve.fixed)
    assert chosen.chosen == pytest.approx(chosen.units[np.argmin(chosen.total)], rel=0.06)


def test_every_gain_in_the_table_is_that_of_its_bias_current(make):
    """The characterised gain per ampere turns the one column into the other."""
    circuit, seen = make("online_chain", DEVICES).circuit, set()
    for kind, part, made_of, gain, current, units in sizes(circuit).rows:
        assert kind in {module.name for module in circuit.modules}
        if current and " to " not in current + gain + units:
            per_unit = value(current) / float(units)
            assert value(gain) == pytest.approx(
                value(current) * fitted(made_of, "generic180").gain(per_unit), rel=0.02
            ), part
            seen.add(made_of)
    assert {"ota_linear", "floating_resistor", "bump_ota", "multiplier", "update_multiplier"} <= seen


def test_capacitors_are_in_the_table(make):
    rows = sizes(make("online_chain", DEVICES).circuit).rows
    found = {(kind, part): value(size) for kind, part, made_of, size, *_ in rows if made_of == "capacitor"}
    assert {("hidden_neuron", "membrane.Cm"), ("drive_hidden_synapse", "weight.Cw")} <= set(found)
    assert all(1e-13 < farads < 1e-10 for farads in found.values())


def test_ideal_cells_have_no_sizes(make):
    content = make("online_chain")
    assert sizes(content.circuit).rows == ()
    assert "Every primitive and capacitor" not in render(content, {})
    assert "Every primitive and capacitor" in render(make("online_chain", DEVICES), {})


def test_the_users_own_cells_speak_for_themselves(make, tmp_path: Path):
    shutil.copytree(cell("membrane_lead").folder, tmp_path / "membrane_lead")
    path = tmp_path / "membrane_lead" / "cell.toml"
    path.write_text(path.read_text().replace("the passive lead cell", "made at home"))
    content = make("online_chain", f"circuit.cells={tmp_path}")
    assert "made at home" in str(cells(content.circuit, tmp_path).rows)
    assert "made at home" in render(content, {})
    assert "made at home" not in render(make("online_chain"), {})


def test_a_cell_at_two_levels_says_so(make):
    mixed = make("two_layer", 'circuit.levels={"hidden[0]"="macromodel"}')
    rows = {name: level for _, name, level, *_ in cells(mixed.circuit).rows}
    assert rows["membrane_lead"] == "behavioural, macromodel"


def test_a_capacitor_in_the_table_is_its_plate(make):
    """Width times length, micrometres, times the density, is the capacitance beside it."""
    circuit = make("online_chain", DEVICES).circuit
    rows = [row for row in sizes(circuit).rows if row[2] == "capacitor"]
    assert rows
    for _, part, _, farads, _, plate in rows:
        wide, long = (float(side) for side in plate.removesuffix(" µm").split(" × "))
        assert wide * long * 1e-12 * 1e-3 == pytest.approx(value(farads), rel=0.005), part
        assert 200 * wide == pytest.approx(round(200 * wide), abs=1e-6)
