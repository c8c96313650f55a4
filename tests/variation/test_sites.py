"""Sites: what is drawn in a circuit, with standard deviations that follow from its sizes."""

import math
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from vle_analog import Study
from vle_analog.cells.fitted import fitted
from vle_analog.errors import InputError
from vle_analog.netlist.placed import placed, placed_capacitors
from vle_analog.process.process import process
from vle_analog.resources import shipped
from vle_analog.variation.sites import sites

TECHNOLOGY = process("generic180")


def chain(level, **changes):
    return Study.load("online_chain", {"circuit.level": level, **changes}).circuit()


@pytest.fixture(scope="module")
def macromodels():
    return chain("macromodel")


@pytest.fixture(scope="module")
def transistors():
    return chain("transistor")


def test_a_primitive_has_its_characterised_sigmas_averaged_over_its_units(macromodels):
    found = {(site.path, site.parameter): site for site in sites(macromodels, "mismatch")}
    several = 0
    for primitive in placed(macromodels):
        if "k" in primitive.parameters:
            several += primitive.parameters["k"] > 1
            for parameter, sigma in fitted(primitive.cell, "generic180").mismatch.items():
                site = found.pop((".".join(primitive.path), parameter))
                assert site.sigma == pytest.approx(sigma / math.sqrt(primitive.parameters["k"]))
                assert site.cell == primitive.cell
    assert several > 3
    assert {site.kind for site in found.values()} == {"capacitor"}


@pytest.mark.parametrize("level", ["macromodel", "transistor"])
def test_four_times_the_area_halves_the_mismatch(level, request):
    small = request.getfixturevalue(f"{level}s")
    large = chain(level, **{"circuit.area": 4.0})
    pairs = [
        (one.sigma, other.sigma)
        for one, other in zip(sites(small, "mismatch"), sites(large, "mismatch"), strict=True)
        if one.kind != "capacitor" and one.cell not in ("hold_switch", "common_mode")
    ]
    assert len(pairs) > 40
    assert all(other == pytest.approx(one / 2) for one, other in pairs)


def test_offsets_of_update_multipliers_are_among_the_draws(macromodels):
    for path, cell in (("drive_hidden_0_0.update.product", "linear"), ("hidden_readout_0_0.update.product", "")):
        found = [site for site in sites(macromodels, "mismatch") if site.path == path]
        name = "_".join(filter(None, ("update_multiplier", cell)))
        assert {site.cell for site in found} == {name}
        assert {"ox", "oy", "ios", "od"} <= {site.parameter for site in found}
        assert {site.group for site in found} == {f"{name}.{kind}" for kind in ("offset", "output", "gain")}


def test_every_transistor_has_a_threshold_and_a_factor(transistors):
    found = [site for site in sites(transistors, "mismatch") if site.kind != "capacitor"]
    leaves = {leaf.cell: leaf for leaf in transistors.leaves.values() if leaf.primitive}
    cards = [
        ".".join([*path, card.name])
        for path, cell in (
            (("frame",), "common_mode"),
            *((primitive.path, primitive.cell) for primitive in placed(transistors)),
        )
        for card in leaves[cell].subcircuit.cards
        if card.name[0] == "X"
    ]
    assert [site.path for site in found] == [path for path in cards for _ in range(2)]
    assert [(site.parameter, site.kind) for site in found[:2]] == [("dvt", "threshold"), ("db", "factor")]


def test_a_transistor_obeys_pelgroms_law(transistors):
    found = {(site.path, site.parameter): site.sigma for site in sites(transistors, "mismatch")}
    units = next(p.parameters["k"] for p in placed(transistors) if p.path == ("hidden_0", "slope", "load"))
    assert units > 1
    area = 4e-6 * 2e-6 * 4 * units  # w l m of the larger transistors of a linear pair
    assert found["hidden_0.slope.load.X1", "dvt"] == pytest.approx(3.5e-9 / math.sqrt(area))
    assert found["hidden_0.slope.load.X1", "db"] == pytest.approx(0.7e-8 / math.sqrt(area))
    assert found["hidden_0.slope.load.Xgd", "dvt"] == pytest.approx(4.5e-9 / math.sqrt(2e-6 * 1.6e-5))


def test_a_capacitor_varies_with_the_root_of_its_area(macromodels):
    found = {site.path: site.sigma for site in sites(macromodels, "mismatch") if site.kind == "capacitor"}
    drawn = {".".join([*path, element[1:]]): farads for (*path, element), farads in placed_capacitors(macromodels)}
    assert found.keys() == drawn.keys()
    for path, farads in drawn.items():
        assert found[path] == pytest.approx(1e-8 / math.sqrt(farads / 1e-3))  # 1 % um, 1 fF/um^2


def test_what_varies_is_what_was_asked_for(macromodels):
    kinds = {
        word: Counter(site.cell == "process" for site in sites(macromodels, word))
        for word in ("none", "process", "mismatch", "all")
    }
    assert kinds["none"] == {}
    assert kinds["process"] == {True: 3}
    assert kinds["mismatch"].keys() == {False}
    assert kinds["all"] == kinds["process"] + kinds["mismatch"]


def test_a_corner_is_three_sigma(macromodels):
    found = {site.parameter: site.sigma for site in sites(macromodels, "process")}
    assert found == {"n": pytest.approx(1 / 3), "p": pytest.approx(1 / 3), "c": TECHNOLOGY.capacitor_spread}


def test_behavioural_cells_among_others_vary_in_their_capacitors_only():
    circuit = chain("macromodel", **{"circuit.levels": {"membrane_lead": "behavioural"}})
    found = sites(circuit, "mismatch")
    assert [(site.path, site.parameter) for site in found if site.path.startswith("hidden_0.membrane.")] == [
        ("hidden_0.membrane.m", "c")
    ]


@pytest.mark.parametrize("variations", ["process", "mismatch", "all"])
def test_ideal_cells_are_refused(variations):
    circuit = Study.load("online_chain").circuit()
    with pytest.raises(InputError, match=r"mismatch has no effect[\s\S]*macromodel"):
        sites(circuit, variations)


def test_unknown_words_are_refused(macromodels):
    with pytest.raises(InputError, match=r"what shall vary[\s\S]*none \| process \| mismatch \| all"):
        sites(macromodels, "everything")


def test_a_circuit_that_the_simulator_draws_is_refused():
    with pytest.raises(InputError, match="already drawn by the simulator"):
        sites(chain("transistor", **{"circuit.mismatch_seed": 3}), "mismatch")


def test_the_process_of_a_kits_transistors_cannot_be_drawn(macromodels, transistors):
    kit = replace(transistors, process="gf180mcu")
    with pytest.raises(InputError, match=r"cannot be drawn for transistors[\s\S]*corners: tt, ff, ss"):
        sites(kit, "all")
    assert sites(kit, "mismatch")
    assert sites(replace(macromodels, process="gf180mcu"), "all")  # models of them are moved by what was measured


def test_a_users_own_numbers_come_first(macromodels, tmp_path: Path):
    shutil.copytree(shipped("circuits") / "ota_linear", tmp_path / "ota_linear")
    file = tmp_path / "ota_linear" / "fitted" / "generic180.toml"
    text = file.read_text()
    sigma = fitted("ota_linear", "generic180").mismatch["vos"]
    assert f"vos = {sigma:.7g}" in text
    file.write_text(text.replace(f"vos = {sigma:.7g}", f"vos = {3 * sigma:.9g}"))
    for shipped_one, own in zip(sites(macromodels, "all"), sites(macromodels, "all", tmp_path), strict=True):
        factor = 3 if (own.cell, own.parameter) == ("ota_linear", "vos") else 1
        assert own.sigma == pytest.approx(factor * shipped_one.sigma)
