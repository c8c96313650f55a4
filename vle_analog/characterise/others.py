"""The two primitives without a transfer curve: the switch that holds a start value, and the replica stack."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.characterise.bench import Bench, run
from vle_analog.netlist.deck import number
from vle_analog.simulator import Backend

STACK = 3  # gate-source voltages in the common mode
SLOW = 1.0  # Hz: far below the poles of a switch
NEAR = 0.05  # V


def stack_heights(backend: Backend, bench: Bench, biases: Sequence[float]) -> np.ndarray:
    """Measure the volts from vss to the top of replica stacks, one for each bias current."""
    cards = [bench.copy(f"{index}", {"out": f"o{index}"}, bias) for index, bias in enumerate(biases)]
    cards += [f"Bheight{index} h{index} 0 V=V(o{index},vss)" for index in range(len(biases))]
    result = run(backend, bench.deck([*cards, ".op"], [f"h{index}" for index in range(len(biases))]))
    return np.array([float(result.vectors[f"h{index}"][-1]) for index in range(len(biases))])


def drawn_heights(backend: Backend, bench: Bench, bias: float, samples: int, seed: int) -> np.ndarray:
    """Measure the heights of `samples` stacks with mismatch; the seed is incremented for every deck."""
    parts = [
        stack_heights(backend, replace(bench, seed=seed + number), [bias] * min(bench.copies, samples - first))
        for number, first in enumerate(range(0, samples, bench.copies))
    ]
    return np.concatenate(parts)


@dataclass(frozen=True)
class Switch:
    """Conductance on and off, S; capacitance from its gate to the node, and at the node, F."""

    on: float
    off: float
    gate: float
    node: float


def switch(backend: Backend, bench: Bench) -> Switch:
    """Measure the switch at the common mode."""
    on, off = (_conductance(backend, bench, high) for high in (True, False))
    gate = (_coupling(backend, bench, "h", True) + _coupling(backend, bench, "h", False)) / 2
    return Switch(on, off, gate, max(0.0, _coupling(backend, bench, "n", False) - gate))


def _cards(bench: Bench, high: bool, driven: str) -> list[str]:
    volts = bench.supply if high else 0.0
    return [
        f"Vn n 0 dc 0 ac {int(driven == 'n')}",
        f"Vh h vss dc {number(volts)} ac {int(driven == 'h')}",
        bench.copy("0", {"n": "n", "hold": "h"}, 1e-9),
    ]


def _conductance(backend: Backend, bench: Bench, high: bool) -> float:
    sweep = f".dc Vn {number(-NEAR)} {number(NEAR)} {number(NEAR)}"
    result = run(backend, bench.deck([*_cards(bench, high, ""), sweep], ["vn#branch"]))
    current = -result.vectors["vn#branch"]
    return max(0.0, float(current[-1] - current[0]) / (2 * NEAR))


def _coupling(backend: Backend, bench: Bench, driven: str, high: bool) -> float:
    result = run(backend, bench.deck([*_cards(bench, high, driven), f".ac lin 1 {SLOW} {SLOW}"], ["vn#branch"]))
    return abs(float(np.imag(result.vectors["vn#branch"][0]))) / (2 * np.pi * SLOW)
