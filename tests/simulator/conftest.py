"""Decks and processes for the tests of the simulator."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator.pool import WorkerPool

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    """One libngspice for all tests that leave it as they found it."""
    with WorkerPool() as pool:
        yield pool


@pytest.fixture(scope="session")
def recorded_deck() -> Callable[[str], Deck]:
    """A deck of `decks/` by name."""

    def read(name: str) -> Deck:
        title, *cards = (HERE / "decks" / f"{name}.cir").read_text().splitlines()
        return Deck(title.removeprefix("* "), tuple(card for card in cards if card != ".end"), {}, None, ())

    return read


@pytest.fixture(scope="session")
def rc_deck() -> Callable[..., Deck]:
    """A sine through an RC, for so many seconds."""

    def build(stop: float = 1e-4, step: float = 1e-6) -> Deck:
        cards = ("V1 a 0 sin(0 1 10k)", "R1 a b 1k", "C1 b 0 10n ic=0")
        return Deck("sine through an RC", cards, {"reltol": 1e-5}, Transient(step, stop, step), ("b", "v1#branch"))

    return build


@pytest.fixture(scope="session")
def is_gone() -> Callable[[int], bool]:
    """Whether a process ends within some seconds; one that only waits to be collected counts as gone."""

    def wait(pid: int, seconds: float = 5.0) -> bool:
        deadline = time.monotonic() + seconds
        while _alive(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    return wait


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not Path("/proc/self").exists()
