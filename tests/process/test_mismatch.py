"""Mismatch: each device draws its own deviation, as large as Pelgrom's law says, and the same for the same seed."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.support.device_bench import needs_kit, operating_point
from vle_analog.netlist.deck import Deck
from vle_analog.process.devices import device_cards
from vle_analog.process.process import Process, process
from vle_analog.simulator import Job, open_backend

SIZES = ((4, 4, 1), (8, 4, 2), (8, 8, 1), (3, 6, 1))  # um, um, parallel
DEVICES = 400  # of each size and channel: sigma is known to 3.5 %
SEED = ".options seed=11"


def diodes(channel: str, current: float) -> list[str]:
    """Many transistors with gate and drain together, one current through each unit of each; nodes g0_0, g0_1, ..."""
    lines = []
    for index, (wide, long, count) in enumerate(SIZES):
        for device in range(DEVICES):
            node = f"g{index}_{device}"
            ends = f"0 {node}" if channel == "n" else f"{node} 0"
            lines.append(f"i{node} {ends} {current * wide / long * count:g}")
            lines.append(f"x{node} {node} {node} 0 0 {channel}ch w={wide}e-6 l={long}e-6 m={count}")
    return lines


def spread(found: dict[str, float]) -> np.ndarray:
    """Standard deviation of the gate voltage for each size."""
    voltages = [[found[f"g{index}_{device}"] for device in range(DEVICES)] for index in range(len(SIZES))]
    return np.std(voltages, axis=1, ddof=1)


def areas() -> np.ndarray:
    """Gate area of each size, square metres."""
    return 1e-12 * np.prod(SIZES, axis=1)


@pytest.mark.parametrize("channel", ["n", "p"])
@pytest.mark.parametrize(
    "name", ["generic180", pytest.param("gf180mcu", marks=needs_kit), pytest.param("sky130", marks=needs_kit)]
)
def test_thresholds_spread_with_the_root_of_the_area(name: str, channel: str, tmp_path: Path):
    made = process(name)
    cards = [*device_cards(made, mismatch=True), *diodes(channel, 1e-9), SEED]
    expected = made.matching[channel].threshold / np.sqrt(areas())
    assert spread(operating_point(tmp_path, cards)) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    "name, channel",
    [("generic180", "n"), ("generic180", "p"), pytest.param("gf180mcu", "n", marks=needs_kit)],
)
def test_currents_spread_with_threshold_and_beta(name: str, channel: str, tmp_path: Path):
    """Far above threshold both count: sigma(I)/I = sqrt((dlnI/dVth sigma(Vth))^2 + sigma(beta)^2)."""
    made = process(name)
    spreading = operating_point(tmp_path, [*device_cards(made, mismatch=True), *switches(made, channel, DEVICES), SEED])
    currents = [[spreading[f"v{index}_{device}#branch"] for device in range(DEVICES)] for index in range(len(SIZES))]
    nominal, shifted = (
        operating_point(tmp_path, [*cards, *switches(made, channel, 1)])
        for cards in (device_cards(made), later(device_cards(made), 1e-3))
    )
    sources = [f"v{index}_0#branch" for index in range(len(SIZES))]
    slope = np.array([np.log(shifted[source] / nominal[source]) for source in sources]) / 1e-3
    law = made.matching[channel]
    expected = np.sqrt((slope * law.threshold) ** 2 + law.beta**2) / np.sqrt(areas())
    assert law.beta**2 > 0.2 * np.max((slope * law.threshold) ** 2)  # else this would not see it
    assert np.std(currents, axis=1, ddof=1) / np.mean(currents, axis=1) == pytest.approx(expected, rel=0.15)


def switches(made: Process, channel: str, devices: int) -> list[str]:
    """Many transistors with gate and drain at the full supply, each behind its own source."""
    on = made.supply if channel == "n" else -made.supply
    lines = [f"vg g 0 {on}", f"vd d 0 {on}"]
    for index, (wide, long, count) in enumerate(SIZES):
        for device in range(devices):
            name = f"{index}_{device}"
            lines.append(f"v{name} d d{name} 0")
            lines.append(f"x{name} d{name} g 0 0 {channel}ch w={wide}e-6 l={long}e-6 m={count}")
    return lines


def later(cards: tuple[str, ...], shift: float) -> list[str]:
    """The cards with every threshold moved."""
    device = re.compile(r"m\w+ d g s b ", re.IGNORECASE)
    return [re.sub(r" delvto=\S+", "", c) + f" delvto={shift}" if device.match(c) else c for c in cards]


def test_without_mismatch_devices_are_equal(tmp_path: Path):
    cards = [*device_cards(process("generic180")), *diodes("n", 1e-9)]
    assert np.all(spread(operating_point(tmp_path, cards)) < 1e-12)


def small(seed: int) -> list[str]:
    """Five pairs that differ, and a seed."""
    lines = [line for k in range(5) for line in (f"i{k} 0 g{k} 1n", f"x{k} g{k} g{k} 0 0 nch w=2e-6 l=2e-6 m=1")]
    return [*device_cards(process("generic180"), mismatch=True), *lines, f".options seed={seed}"]


def test_a_seed_gives_the_same_draws_again(tmp_path: Path):
    first, again, other = (operating_point(tmp_path, small(seed)) for seed in (5, 5, 6))
    assert first == again
    assert len(set(first.values())) == 5
    assert not set(first.values()) & set(other.values())


@pytest.mark.parametrize("backend", ["libngspice", "ngspice"])
def test_a_seed_holds_whatever_ran_before(backend: str):
    nodes = tuple(f"g{k}" for k in range(5))

    def draws(seed: int) -> list[float]:
        deck = Deck("draws", (*small(seed), ".options gmin=1e-16", ".op"), {}, None, nodes)
        vectors = engine.run(Job(deck)).vectors
        return [float(vectors[node][0]) for node in nodes]

    with open_backend(backend) as engine:
        first, other, again = draws(5), draws(6), draws(5)
    assert first == again
    assert not set(first) & set(other)
