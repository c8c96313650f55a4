"""Power and area of a small circuit made by hand, against the same by head."""

from dataclasses import replace
from pathlib import Path

import pytest

from vle_analog import InputError
from vle_analog.cells.fitted import Fitted, Sizing, fitted_text
from vle_analog.cells.library import cell
from vle_analog.cells.measured_texts import text_digests
from vle_analog.mapping.budget import budget
from vle_analog.netlist.circuit import Card, Circuit, Instance, Leaf, Module, Piece, Subcircuit, Units
from vle_analog.process.process import process
from vle_analog.report.tables import power_and_area

COMMON = ("cm", "vdd", "vss", "hold")


def subcircuit(name, pins, parameters, cards=(), pieces=()):
    return Subcircuit(name, (*pins, *COMMON), parameters, (), cards, {}, (), pieces)


def primitive(cell, level="transistor"):
    inside = subcircuit(cell, ("inp", "inn", "out"), {"gm": 1e-8, "ib": 1e-9, "k": 1.0, "s": 1.0})
    return Leaf(f"{cell}_{level}", cell, level, inside, {}, "", primitive=True)


def circuit(level="transistor", scale=2.0):
    """Two neurons, each an OTA on a capacitor; and a synapse that is ideal."""
    switch = Leaf(
        "hold_switch_transistor",
        "hold_switch",
        level,
        subcircuit("hold_switch", ("n",), {"v": 0.0}),
        {},
        "",
        primitive=True,
    )
    pieces = (
        Piece("load", "ota", ("cm", "n", "n", *COMMON), {"gm": "load_gm", "ib": "load_ib", "k": "load_k", "s": "s"}, 2),
        Piece("start", "hold_switch", ("n", *COMMON), {"v": "u0"}, 3),
    )
    cards = (
        Card("Xload", "X{path}load {n_cm} ...", 2),
        Card("Cm", "C{path}m {n_n} {n_cm} {p_c}", 4),
        Card("Ca", "C{path}a {n_n} {n_cm} {p_more}", 5),
    )
    parameters = {"c": 1e-12, "more": 5e-13, "u0": 0.0, "load_gm": 1e-8, "load_ib": 1e-9, "load_k": 1.0, "s": scale}
    membrane = Leaf(
        "membrane_transistor",
        "membrane",
        level,
        subcircuit("membrane", ("n",), parameters, cards, pieces),
        {},
        "",
        {"ota": f"ota_{level}", "hold_switch": switch.name},
    )
    ideal = Leaf(
        "synapse",
        "synapse_forward",
        "behavioural",
        subcircuit("synapse_forward", ("n",), {"c": 1e-9}, (Card("Cs", "C{path}s {n_n} {n_cm} {p_c}", 2),)),
        {},
        "",
    )
    neuron = Module(
        "hidden_neuron",
        ("n", *COMMON),
        {"membrane_load_ib": 3e-9, "membrane_load_k": 2.0, "c": 2e-12},
        (
            Instance(
                "membrane",
                membrane.name,
                ("n", *COMMON),
                {"load_ib": "membrane_load_ib", "load_k": "membrane_load_k", "c": "c"},
            ),
        ),
    )
    synapse = Module("drive_synapse", ("n", *COMMON), {}, (Instance("forward", ideal.name, ("n", *COMMON)),))
    top = Module(
        "net",
        COMMON,
        {},
        (
            Instance("hidden_0", neuron.name, ("n_0", *COMMON)),
            Instance("hidden_1", neuron.name, ("n_1", *COMMON), {"membrane_load_ib": 5e-9, "c": 4e-12}),
            Instance("drive_0_0", synapse.name, ("n_0", *COMMON)),
        ),
    )
    leaves = {leaf.name: leaf for leaf in (primitive("ota", level), switch, membrane, ideal)}
    return Circuit(
        "net",
        "generic180",
        Units(1e-4, 0.06, 0.03, 0.06),
        1.8,
        27.0,
        leaves,
        (neuron, synapse, top),
        (),
        {},
        (),
        (),
        (),
        1e-8,
        hold=1e-4,
    )


@pytest.fixture
def library(tmp_path: Path) -> Path:
    sizing = Sizing((1e-9, 1e-8), (16.0, 14.0), 2e-9, 1e-8, 1e-15, 1e-15, supply_per_amp=4.5, gate_area=8e-11)
    folder = tmp_path / "ota" / "fitted"
    folder.mkdir(parents=True)
    made_by = text_digests(cell("ota", tmp_path), process("generic180"))
    (folder / "generic180.toml").write_text(fitted_text(Fitted("ota", "generic180", made_by, {}, sizing, {}, {})))
    return tmp_path


def test_means_over_the_neurons_of_a_kind(library):
    (found,) = budget(circuit(), library)
    made = process("generic180")
    assert (found.name, found.number) == ("hidden_neuron", 2)
    assert found.current == pytest.approx(4.5 * 4e-9)  # mean of 3 and 5 nA
    assert found.power == pytest.approx(1.8 * 4.5 * 4e-9)
    assert found.gates == pytest.approx(2 * 2**2 * 8e-11)
    assert found.capacitors == pytest.approx((3e-12 + 5e-13) / made.capacitor_density)
    assert found.area == pytest.approx(made.area_overhead * (found.gates + found.capacitors))


def test_an_ideal_primitive_inside_a_composed_cell_costs_nothing(library):
    (found,) = budget(circuit("behavioural"), library)
    assert (found.current, found.gates) == (0.0, 0.0)
    assert found.capacitors > 0


def test_a_cell_that_was_not_characterised_is_named(tmp_path):
    (tmp_path / "ota").mkdir()
    with pytest.raises(InputError, match=r"(?s)'ota' was not characterised.*only shipped primitives|characterise ota "):
        budget(replace(circuit(), process="sg13g2"), tmp_path)


def test_the_table_has_a_row_per_kind_and_the_whole(library):
    table = power_and_area(circuit(), library)
    assert table.rows == (("2", "hidden_neuron", "18 nA", "32.4 nW", "640 µm²", "3500 µm²", "8280 µm²"),)
    assert "64.8 nW" in table.note
    assert power_and_area(replace(circuit(), hold=0.0), library).rows == ()
