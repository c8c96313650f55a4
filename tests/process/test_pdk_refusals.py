"""A design kit that is not there, not complete or of another version: one message that says what is wrong where."""

from pathlib import Path

import pytest

from vle_analog import InputError
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process
from vle_analog.process.reduce import read_statements, reduced, section

PLACE = "gf180mcuD/libs.tech/ngspice"
DEVICE = """.subckt {c}fet_03v3 d g s b w=1e-5 l=2.8e-7 m=1
m0 d g s b {c}fet_03v3 w=w l=l m=m delvto='offset'
.ends
"""
# A kit of two models in the words of gf180mcu, with things around them that nobody needs.
KIT = "\n".join(
    [
        "* a small kit",
        ".lib typical",
        ".lib 'sm141064.ngspice' nfet_03v3_t",
        ".endl typical",
        ".lib nfet_03v3_t",
        ".model nfet_03v3.0 nmos",
        "+ level = 54",
        "* with a remark",
        "+ vth0 = '0.4 + shift'",
        ".model nfet_06v0.0 nmos level=54",
        ".endl",
        ".lib pfet_03v3_t",
        ".model pfet_03v3.0 pmos level = 54 vth0 = -0.4",
        ".endl",
        ".lib noise_corner",
        ".param shift = {a + b} + 0.01 ; a note",
        "+ a=1 b = 'a*2' unused=3",
        ".endl",
        ".lib fets_mm",
        ".param offset=0",
        DEVICE.format(c="n"),
        DEVICE.format(c="p"),
        DEVICE.format(c="x"),
        ".endl",
        "",
    ]
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PDK_ROOT with the small kit."""
    (tmp_path / PLACE).mkdir(parents=True)
    (tmp_path / PLACE / "sm141064.ngspice").write_text(KIT)
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path / "cache"))
    return tmp_path


def refusal() -> str:
    """What loading gf180mcu says."""
    with pytest.raises(InputError) as caught:
        device_cards(process("gf180mcu"))
    assert len(caught.value.problems) == 1
    return str(caught.value)


def edit(root: Path, old: str, new: str) -> Path:
    """Replaces a part of the small kit."""
    path = root / PLACE / "sm141064.ngspice"
    assert old in KIT
    path.write_text(KIT.replace(old, new))
    return path


@pytest.mark.usefixtures("root")
def test_only_what_is_needed_is_taken():
    cards = device_cards(process("gf180mcu"))
    assert [card for card in cards if card.startswith(".model")] == [
        ".model nfet_03v3.0 nmos level=54 vth0='0.4 + shift'",
        ".model pfet_03v3.0 pmos level=54 vth0=-0.4",
    ]
    assert [card for card in cards if card.startswith(".param") and "wide" not in card] == [
        ".param shift={a + b} + 0.01",
        ".param a=1",
        ".param b='a*2'",
        ".param offset=0",
    ]
    assert [card.split()[1] for card in cards if card.startswith(".subckt")] == ["nfet_03v3", "pfet_03v3", "nch", "pch"]


@pytest.mark.parametrize("variant", ["gf180mcuA", "gf180mcuB", "gf180mcuC"])
def test_every_variant_will_do(root: Path, variant: str):
    expected = device_cards(process("gf180mcu"))
    (root / "gf180mcuD").rename(root / variant)
    assert device_cards(process("gf180mcu")) == expected


def test_a_variant_without_files_is_passed_over(root: Path):
    (root / "gf180mcuD").rename(root / "gf180mcuC")
    (root / PLACE).mkdir(parents=True)
    assert device_cards(process("gf180mcu"))


def test_a_changed_kit_is_read_again(root: Path):
    first = device_cards(process("gf180mcu"))
    edit(root, "vth0 = -0.4", "vth0 = -0.5")
    assert device_cards(process("gf180mcu")) != first


def test_the_variable_is_not_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PDK_ROOT", raising=False)
    message = refusal()
    assert "PDK_ROOT is not set" in message
    assert "gf180mcuD" in message
    assert "ciel" in message


def test_the_variable_names_no_folder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PDK_ROOT", "/nowhere/pdk")
    assert "/nowhere/pdk: PDK_ROOT is not a folder" in refusal()


def test_the_folder_holds_another_kit(root: Path):
    (root / "gf180mcuD").rename(root / "sky130A")
    message = refusal()
    assert f"{root}: PDK_ROOT contains no design kit of gf180mcu" in message
    assert "sky130A" in message


def test_the_kit_has_no_model_files(root: Path):
    (root / PLACE / "sm141064.ngspice").unlink()
    message = refusal()
    assert f"{root}/gf180mcuD:" in message
    assert "sm141064.ngspice in libs.tech/ngspice" in message


def test_one_file_is_missing(root: Path):
    place = root / "sky130A/libs.tech/combined/continuous"
    place.mkdir(parents=True)
    for name in ("parameters_fet_tt", "parameters_res_nom", "parameters_cap_nom"):
        (place / f"{name}.spice").touch()
    with pytest.raises(InputError, match=r"(?s)models_global\.spice: the design kit of sky130 is not complete"):
        device_cards(process("sky130"))


def test_the_names_are_those_of_an_old_kit(root: Path):
    path = root / PLACE / "sm141064.ngspice"
    path.write_text(KIT.replace("fet_03v3", "mos_3p3"))
    message = refusal()
    assert f"{path}: the model file has no section 'nfet_03v3_t'" in message
    assert "nmos_3p3_t" in message
    assert "an unknown version of the design kit" in message


def test_a_device_is_missing(root: Path):
    edit(root, ".subckt pfet_03v3 ", ".subckt pmos_3p3 ")
    message = refusal()
    assert "no device 'pfet_03v3'" in message
    assert "pmos_3p3" in message


@pytest.mark.parametrize(
    "old, new, words",
    [
        (".lib typical\n", "+ level=54\n", "continues nothing"),
        ("m0 d g s b nfet_03v3 w=w l=l m=m delvto='offset'", "m0 d g s", "a card of a model file"),
        (".model nfet_06v0.0 nmos level=54", ".model", "a card of a model file"),
        (DEVICE.format(c="x"), ".subckt x a b\n", "a device without an end"),
    ],
)
def test_a_card_that_cannot_be_read_is_named_by_line(root: Path, old: str, new: str, words: str):
    path = edit(root, old, new)
    message = refusal()
    assert message.startswith(f"{path}:{line_of(old)}: ")
    assert words in message


def line_of(text: str) -> int:
    """Where a part of the small kit stands."""
    return KIT[: KIT.index(text)].count("\n") + 1


def test_a_section_without_an_end_is_named_by_line(root: Path):
    path = root / PLACE / "sm141064.ngspice"
    path.write_text(KIT.rpartition(".endl")[0])
    assert f"{path}:{line_of('.lib fets_mm')}: the model file ends inside a section" in refusal()


def test_a_file_that_is_no_text_is_named_by_line(root: Path):
    path = root / PLACE / "sm141064.ngspice"
    path.write_bytes(b"* one\n* two\n\xff\xfe\n")
    assert f"{path}:3: a model file is not text" in refusal()


def test_a_model_that_depends_on_its_device_is_refused(tmp_path: Path):
    path = tmp_path / "kit.spice"
    path.write_text(
        ".subckt one d g s b w=1\n.param sheet={3/w}\nm1 d g s b inner w={w} nrd=2\n"
        ".model inner nmos level=54 rsh={sheet} vth0={w}\n.ends\n"
    )
    with pytest.raises(InputError, match=r"kit\.spice:4: a model depends on its device"):
        reduced(read_statements(path), ("one",), path)


def test_a_model_inside_a_device_moves_out(tmp_path: Path):
    path = tmp_path / "kit.spice"
    path.write_text(
        ".option scale=1.0u\n.subckt one d g s b w=1 l=1 area=1\n.param sheet={3/w}\n"
        "m1 d g s b inner w = {w} l={l} ad={area} nrd=2\n.model inner nmos level=54 rsh = {sheet} vth0=0.4\n.ends\n"
    )
    cards, unit = reduced(read_statements(path), ("one",), path)
    assert unit == 1e-6
    assert cards == (
        ".model inner nmos level=54 rsh=1 vth0=0.4",
        ".subckt one d g s b w=1 l=1 area=1",
        ".param sheet={3/w}",
        "m1 d g s b inner w={(w)*1e-06} l={(l)*1e-06} ad={(area)*1e-12} nrd={(2)*(sheet)}",
        ".ends",
    )


def test_sections_are_found_by_name(tmp_path: Path):
    path = tmp_path / "kit.lib"
    path.write_text(".lib a\n.lib 'kit.lib' b\n.endl a\n.lib b\n.param x=1\n.endl b\n")
    (found,) = section(read_statements(path), "b", path)
    assert (found.text, found.where) == (".param x=1", f"{path}:5")
