"""A reduced design kit: same currents and charges as the whole, the sizes it says, and less to load."""

import os
import re
from pathlib import Path

import pytest

from tests.support.device_bench import needs_kit, operating_point
from vle_analog.process.devices import device_cards
from vle_analog.process.pdk import model_files
from vle_analog.process.process import process

CORNERS = ("tt", "ff", "ss", "fs", "sf")
WHOLE = {  # lines that load the whole kit at a corner; unit of length; its sections of the corners
    "gf180mcu": (
        (".param sw_stat_global=0 sw_stat_mismatch=0 mc_skew=3 fnoicor=0", ".lib '{file}' {corner}"),
        ("sm141064.ngspice", 1.0, {"tt": "typical"}),
    ),
    "sky130": ((".lib '{file}' {corner}",), ("sky130.lib.spice", 1e-6, {})),
}
SIZES = [(0.6, 0.5, 1), (1, 3, 1), (2, 2, 3), (4, 4, 1), (8, 1.5, 1), (30, 15, 2)]  # um, um, parallel


def benches(name: str, wrapped: bool) -> list[str]:
    """Each size as n and as p device, in weak and in strong inversion, each with its own drain source."""
    made, unit = process(name), WHOLE[name][1][1]
    lines = []
    for channel, sign, weak in (("n", 1, 0.45), ("p", -1, 0.75)):
        for index, (wide, long, count) in enumerate(SIZES):
            for region, voltage in (("weak", weak), ("strong", 1.3)):
                node, device = f"{channel}{index}{region}", f"{channel}ch"
                size = f"w={wide}e-6 l={long}e-6 m={count}"
                if not wrapped:
                    device, micro = made.devices.names[channel], 1e-6 / unit
                    edge, area = (2 * wide + 1) * micro, 0.5 * wide * micro**2
                    size = f"w={wide * micro:g} l={long * micro:g} m={count}"
                    size += f" ad={area:.8g} as={area:.8g} pd={edge:.8g} ps={edge:.8g}"
                lines += [
                    f"vd{node} d{node} 0 {sign * 1.2}",
                    f"vg{node} g{node} 0 dc {sign * voltage} ac 1",
                    f"x{node} d{node} g{node} 0 0 {device} {size}",
                ]
    return lines


def whole(name: str, corner: str) -> list[str]:
    """Cards that load the whole kit."""
    lines, (file, _, words) = WHOLE[name]
    path = model_files(process(name))[0].path.parent / file
    return [line.format(file=path, corner=words.get(corner, corner)) for line in lines]


@needs_kit
@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("name", WHOLE)
def test_currents_are_those_of_the_whole_kit(name: str, corner: str, tmp_path: Path):
    expected = operating_point(tmp_path, [*whole(name, corner), *benches(name, wrapped=False)])
    got = operating_point(tmp_path, [*device_cards(process(name), corner), *benches(name, wrapped=True)])
    drains = [vector for vector in expected if vector.startswith("vd")]
    assert len(drains) == 4 * len(SIZES)
    assert min(expected[vector] for vector in drains) < 1e-8 < 1e-5 < max(expected[vector] for vector in drains)
    # a source of about a volt in the same matrix leaves 1e-17 A of rounding
    assert {v: got[v] for v in drains} == pytest.approx({v: expected[v] for v in drains}, rel=1e-6, abs=1e-17)


@needs_kit
@pytest.mark.parametrize("name", WHOLE)
def test_gate_charges_are_those_of_the_whole_kit(name: str, tmp_path: Path):
    analysis = ".ac lin 1 1meg 1meg"
    expected = operating_point(tmp_path, [*whole(name, "tt"), *benches(name, wrapped=False)], analysis)
    got = operating_point(tmp_path, [*device_cards(process(name)), *benches(name, wrapped=True)], analysis)
    gates = [vector for vector in expected if vector.startswith("vg")]
    assert len(gates) == 4 * len(SIZES)
    assert min(expected[vector] for vector in gates) > 1e-10
    assert {v: got[v] for v in gates} == pytest.approx({v: expected[v] for v in gates}, rel=1e-6, abs=1e-17)


@needs_kit
@pytest.mark.parametrize("name", WHOLE)
def test_sizes_of_the_process_are_the_ends_of_the_bins(name: str):
    models = [card for card in device_cards(process(name)) if card.startswith(".model")]
    devices = process(name).devices
    for letter, (least, most) in (("w", devices.width), ("l", devices.length)):
        ends = [[float(re.search(rf" {letter}{end}=(\S+)", card)[1]) for card in models] for end in ("min", "max")]
        assert min(ends[0]) == pytest.approx(least, rel=1e-9)
        assert max(ends[1]) == pytest.approx(most, rel=1e-4)  # a kit may add a last tenth of a nanometre


def inside(size: float) -> str:
    """A whisker off an end: the upper one itself belongs to no bin."""
    return f"{size * (1.0002 if size < 1e-6 else 0.9998):.8e}"


@needs_kit
@pytest.mark.parametrize("name", WHOLE)
def test_both_devices_exist_at_the_ends_of_the_bins(name: str, tmp_path: Path):
    devices = process(name).devices
    ends = [(w, 2e-6) for w in devices.width] + [(5e-6, long) for long in devices.length]
    for wide, long in ends:
        process(name).check_size(wide, long, "bench")
    lines = [
        f"x{channel}{index} d 0 0 0 {channel}ch w={inside(wide)} l={inside(long)}"
        for channel in ("n", "p")
        for index, (wide, long) in enumerate(ends)
    ]
    assert operating_point(tmp_path, [*device_cards(process(name)), "v1 d 0 0.1", *lines])["d"] == pytest.approx(0.1)


@needs_kit
@pytest.mark.parametrize("name", WHOLE)
def test_only_the_devices_in_use_are_kept(name: str):
    cards = device_cards(process(name))
    defined = {card.split()[1] for card in cards if card.startswith(".subckt")}
    assert defined == {*process(name).devices.names.values(), "nch", "pch"}
    assert not [card for card in cards if card.lower().startswith((".lib", ".include", ".option"))]
    size = sum(file.path.stat().st_size for file in {file.path: file for file in model_files(process(name))}.values())
    assert sum(map(len, cards)) < size


@needs_kit
def test_a_reduced_kit_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VLE_ANALOG_CACHE", os.fspath(tmp_path))
    first = device_cards(process("gf180mcu"), "ss")
    assert len(list(tmp_path.rglob("*.pickle"))) == 1
    monkeypatch.setattr("vle_analog.process.devices.reduced", lambda *_: pytest.fail("reduced again"))
    assert device_cards(process("gf180mcu"), "ss") == first
