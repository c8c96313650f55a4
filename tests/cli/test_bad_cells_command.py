"""Cells of one's own and design kits that are wrong, through the command line: one message with file and line, exit
code 2, and nothing left behind."""

import shutil
from pathlib import Path

import pytest

from vle_analog.cli import run

LIBRARY = Path(__file__).resolve().parents[2] / "circuits"
WIDE = "w={0.0002*s} l={2u*s} m={4*k}"
# cell, file, what is changed in it from what to what, verb, what is said; {mine} is the folder of
# the cell, {line} that of the change
CELLS = {
    "too wide": (
        "ota_linear",
        "transistor.cir",
        "w={4e-06*s} l={2e-06*s} m={4*k}",
        WIDE,
        "netlist",
        ("{mine}/transistor.cir:{line}: X1: generic180 has no transistor that is 200 um wide", "0.24 to 100 um"),
    ),
    "too short": (
        "ota_linear",
        "transistor.cir",
        "w={2e-06*s} l={1.6e-05*s}",
        "w={2u} l={pow(10,-7)*sqrt(s)}",
        "compare",
        ("{mine}/transistor.cir:{line}: Xgd: generic180 has no transistor that is 0.1 um long",),
    ),
    "as wide as it has units": (
        "ota_linear",
        "transistor.cir",
        "w={2e-06*s} l={4e-06*s} m={2*k}",
        "w={1e-4*k} l={4e-06*s}",
        "netlist",
        ("{mine}/transistor.cir:{line}: Xb:", "um wide"),
    ),
    "pin missing in its description": (
        "ota_linear",
        "cell.toml",
        '"inp", "inn", "out"',
        '"inp", "out"',
        "netlist",
        ("membrane_lead/composed.cir:3: Xload", "{mine}/cell.toml:2: pins"),
    ),
    "pin missing": (
        "ota_linear",
        "transistor.cir",
        "inp inn out",
        "inp out",
        "simulate",
        ("{mine}/transistor.cir:1: the pins differ", "{mine}/cell.toml:2: pins"),
    ),
    "pins in another order": (
        "ota_linear",
        "transistor.cir",
        "inp inn out",
        "inn inp out",
        "compare",
        ("{mine}/transistor.cir:1: the pins differ",),
    ),
    "unknown parameter": (
        "ota_linear",
        "transistor.cir",
        "ib=1e-9",
        "ib=1e-9 foo=2",
        "netlist",
        ("{mine}/transistor.cir:1: parameter 'foo'", "gm, ib, k, s"),
    ),
    "unknown parameter of a primitive": (
        "membrane_lead",
        "composed.cir",
        "k={load_k}",
        "q={load_k}",
        "netlist",
        ("{mine}/composed.cir:{line}: ota_linear has no parameter 'q'",),
    ),
    "syntax": (
        "ota_linear",
        "transistor.cir",
        "Xd1 s1 s1 t1 vss",
        "Xd1 s1 s1 t1",
        "simulate",
        ("{mine}/transistor.cir:{line}: a device that no process has",),
    ),
    "law": (
        "membrane_lead",
        "cell.toml",
        'n = "-g*v(n)',
        'n = "-g*v(n) + )',
        "verify",
        ("{mine}/cell.toml:{line}: law.n: a formula that cannot be read",),
    ),
    "law of a macromodel": (
        "ota_linear",
        "cell.toml",
        "gm*(1 + dg)",
        "gm*(1 + dg) @ 1",
        "verify",
        ("{mine}/cell.toml:{line}: law_macromodel.out: a formula that cannot be read",),
    ),
    "size": (
        "membrane_lead",
        "cell.toml",
        'rs = "tau_r/c"',
        'rs = "tau_r/"',
        "netlist",
        ("{mine}/cell.toml:{line}: sizing.rs: a formula that cannot be read",),
    ),
}


def refused(words: list[str], capsys: pytest.CaptureFixture, folder: Path) -> str:
    """What a command says that ends with code 2 and leaves nothing behind."""
    assert run([*words, "--quiet"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err
    assert not folder.exists()
    assert not list(folder.parent.glob(f"{folder.name}*"))
    return printed.err


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_that_is_wrong(case: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    name, file, old, new, verb, said = CELLS[case]
    mine = tmp_path / "cells" / name
    shutil.copytree(LIBRARY / name, mine)
    text = (mine / file).read_text()
    line = 1 + text[: text.index(old)].count("\n")
    (mine / file).write_text(text.replace(old, new, 1))
    words = [
        verb,
        "online_chain",
        "--level",
        "transistor",
        "--set",
        "duration=1",
        "--set",
        f"circuit.cells={mine.parent}",
    ]
    words += ["--set", "duration=1"]
    message = refused([*words, *([] if verb == "verify" else ["-o", str(tmp_path / "out")])], capsys, tmp_path / "out")
    assert message.count("error: ") == 1
    for part in said:
        assert part.format(mine=mine, line=line) in message


KITS = {
    "not set": (None, "gf180mcu", "PDK_ROOT is not set"),
    "no folder": ("nowhere", "gf180mcu", "PDK_ROOT is not a folder"),
    "no kit in it": (".", "sky130", "contains no design kit of sky130"),
    "unknown version": ("kits", "gf180mcu", "sm141064.ngspice: the model file has no section"),
    "compiled models": (None, "sg13g2", "models that this ngspice cannot load"),
}


@pytest.mark.parametrize("case", KITS)
def test_a_design_kit_that_is_wrong(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    root, process, said = KITS[case]
    folder = tmp_path / "kits" / "gf180mcuD" / "libs.tech" / "ngspice"
    folder.mkdir(parents=True)
    (folder / "sm141064.ngspice").write_text("* a kit of another age\n")
    if root is None:
        monkeypatch.delenv("PDK_ROOT", raising=False)
    else:
        monkeypatch.setenv("PDK_ROOT", str(tmp_path / root))
    words = ["netlist", "online_chain", "--level", "transistor", "--set", f"circuit.process={process}"]
    assert said in refused([*words, "-o", str(tmp_path / "out")], capsys, tmp_path / "out")


def test_an_activation_that_no_pair_has(tmp_path: Path, capsys: pytest.CaptureFixture):
    said = refused(
        ["compare", "lagline", "--level", "transistor", "-o", str(tmp_path / "out")], capsys, tmp_path / "out"
    )
    assert "no transistor version of slope for activation 'softplus', only for tanh and linear" in said
