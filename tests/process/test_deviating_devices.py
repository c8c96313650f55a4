"""Transistors that deviate by what a deck says: by the volts and the fraction that were asked for, and drawn as a
kit draws its own."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.device_bench import needs_kit, operating_point
from vle_analog.process.devices import deviating_cards, device_cards
from vle_analog.process.process import process
from vle_analog.variation.draws import normals
from vle_analog.variation.sites import Site

DRAWS = 400  # a standard deviation is known to 3.5 %
PROCESSES = ["generic180", pytest.param("gf180mcu", marks=needs_kit), pytest.param("sky130", marks=needs_kit)]
SIDES = {"n": 1.0, "p": -1.0}


def deviating(name: str) -> tuple[str, ...]:
    return deviating_cards(device_cards(process(name)), {}, True)


def diode(channel: str, label: str, more: str = "") -> list[str]:
    """4 um by 4 um at 1 nA, drain and gate together, at node g."""
    ends = f"0 g{label}" if channel == "n" else f"g{label} 0"
    return [f"i{label} {ends} 1n", f"x{label} g{label} g{label} 0 0 {channel}ch w=4e-6 l=4e-6 m=1{more}"]


@pytest.mark.parametrize("channel", SIDES)
@pytest.mark.parametrize("name", PROCESSES)
def test_a_shifted_threshold_is_measured_as_shifted(name: str, channel: str, tmp_path: Path):
    """At a constant current, with the drain held: the gate follows the threshold, in magnitude."""
    side, shifts = SIDES[channel], (0.0, 5e-3, -5e-3)
    lines = [f"vd d 0 {side}"]
    for k, shift in enumerate(shifts):  # the source moves where the gate is held: nothing but the gate-source voltage
        lines.append(f"e{k} g{k} 0 s{k} 0 0")
        ends = f"s{k} 0" if channel == "n" else f"0 s{k}"
        lines.append(f"i{k} {ends} 1n")
        lines.append(f"x{k} d g{k} s{k} s{k} {channel}ch w=4e-6 l=4e-6 m=1 dvt={shift} db=0")
    found = operating_point(tmp_path, [*deviating(name), *lines])
    moved = np.array([found[f"s{k}"] for k in range(3)]) - found["s0"]
    np.testing.assert_allclose(moved, shifts, rtol=0.01)


@pytest.mark.parametrize("channel", SIDES)
@pytest.mark.parametrize("name", PROCESSES)
def test_a_current_factor_is_measured_as_such(name: str, channel: str, tmp_path: Path):
    factors = (0.0, 0.02, -0.02)
    lines = [f"vg g 0 {0.4 * SIDES[channel]}"]
    for k, factor in enumerate(factors):
        lines += [f"v{k} d{k} 0 {SIDES[channel]}", f"x{k} d{k} g 0 0 {channel}ch w=4e-6 l=4e-6 m=2 dvt=0 db={factor}"]
    found = operating_point(tmp_path, [*deviating(name), *lines])
    currents = np.array([found[f"v{k}#branch"] for k in range(3)])
    np.testing.assert_allclose(currents / currents[0] - 1, factors, rtol=0.02)


@pytest.mark.parametrize("name", PROCESSES)
def test_nothing_changes_where_nothing_deviates(name: str, tmp_path: Path):
    lines = [*diode("n", "a"), *diode("p", "b")]
    plain, ready = (
        operating_point(tmp_path, [*cards, *lines]) for cards in (device_cards(process(name)), deviating(name))
    )
    for node in ("ga", "gb"):
        assert ready[node] == pytest.approx(plain[node], rel=1e-9)


def test_a_shift_of_the_process_moves_every_device(tmp_path: Path):
    nominal = device_cards(process("generic180"))
    moved = deviating_cards(nominal, {"n_slower": 0.01, "p_slower": -0.01}, False)
    assert moved[1:] == nominal[1:]
    before, after = (
        operating_point(tmp_path, [*cards, *diode("n", "a"), *diode("p", "b")]) for cards in (nominal, moved)
    )
    assert after["ga"] - before["ga"] == pytest.approx(0.01, rel=0.02)
    assert after["gb"] - before["gb"] == pytest.approx(-0.01, rel=0.02)


@pytest.mark.parametrize("channel", SIDES)
@pytest.mark.parametrize("name", PROCESSES)
def test_our_draws_spread_as_the_simulators_own(name: str, channel: str, tmp_path: Path):
    """The gate voltage at a fixed current in weak inversion, over devices: drawn by the kit's formulas where there is
    a kit, and by Pelgrom's law with the numbers of our process file."""
    made = process(name)
    law, area = made.matching[channel], 4e-6 * 4e-6
    theirs = [line for k in range(DRAWS) for line in diode(channel, str(k))]
    sites = [
        Site(f"device_{k}", parameter, constant / np.sqrt(area), "device", kind)
        for k in range(DRAWS)
        for parameter, kind, constant in (("dvt", "threshold", law.threshold), ("db", "factor", law.beta))
    ]
    drawn = (np.array([site.sigma for site in sites]) * normals(sites, 3, [0])[:, 0]).reshape(DRAWS, 2)
    ours = [line for k, (dvt, db) in enumerate(drawn) for line in diode(channel, str(k), f" dvt={dvt:.6g} db={db:.6g}")]
    decks = (
        [*device_cards(made, mismatch=True), *theirs, ".options seed=21"],
        [*deviating(name), *ours],
    )
    spreads = []
    for deck in decks:
        found = operating_point(tmp_path, deck)
        spreads.append(np.std([found[f"g{k}"] for k in range(DRAWS)], ddof=1))
    assert spreads[1] == pytest.approx(spreads[0], rel=0.15)
