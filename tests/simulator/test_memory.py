"""A worker stays small, however many simulations it runs."""

import os
from pathlib import Path

import pytest

from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator.job import Job
from vle_analog.simulator.pool import WorkerPool

CELLS = 20


def resident_megabytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the resident size is read from /proc")
def test_memory_is_flat_over_a_thousand_simulations():
    cards = [
        "A1 %v([n0]) source",
        '.model source filesource (file="samples.txt" amploffset=[0] amplscale=[1])',
        "R1 n0 0 1k",
    ]
    for index in range(1, CELLS + 1):
        cards += [f"B{index} 0 n{index} I=tanh(V(n{index - 1}))-V(n{index}) m=1e-4", f"C{index} n{index} 0 1n ic=0"]
    saves = tuple(f"n{index}" for index in range(CELLS + 1))
    deck = Deck("a chain", tuple(cards), {}, Transient(1e-6, 5e-5, 1e-6), saves, {"samples.txt": b"0 0\n1e-4 1\n"})
    sizes, files = {}, {}
    with WorkerPool() as pool:
        for count in range(1, 1101):
            pool.run(Job(deck))
            if count in (100, 1100):
                (worker,) = pool.processes()
                sizes[count], files[count] = resident_megabytes(worker), open_files(worker)
    growth = sizes[1100] - sizes[100]
    print(f"resident after 100 runs {sizes[100]:.1f} MB, after 1000 more {sizes[1100]:.1f} MB, growth {growth:+.2f} MB")
    assert growth < 5
    assert files[1100] == files[100]
