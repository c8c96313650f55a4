"""Slow linear pairs: the first factor leads and rectifies as that of transistors, and a fit finds what was given."""

import numpy as np
import pytest

from vle_analog.cells.fitted import fitted
from vle_analog.cells.library import cell
from vle_analog.characterise.bench import Bench, run
from vle_analog.characterise.laws import unbalance
from vle_analog.characterise.measure import _lead, dynamics
from vle_analog.characterise.numbers import dynamic_numbers
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.netlist.deck import number
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process
from vle_analog.simulator import open_backend

NAME = "update_multiplier_linear"
KNOWN, KIND = fitted(NAME, "generic180"), PRIMITIVES[NAME]
SIZE, BIAS = 3.0, 1.6e-11  # nine times the area, at the current of a synapse
PERIOD = 4e-3 * 2 * np.pi  # s, of the slower of two sines 2.5 apart: such signals those synapses have


@pytest.fixture(scope="module")
def backend():
    with open_backend() as opened:
        yield opened


def bench_of(level: str, bias: float = BIAS, **more: float) -> Bench:
    made_for = process("generic180")
    model = {**KNOWN.macromodel, "i": KNOWN.gain(bias) * bias} if level == "macromodel" else {}
    return Bench(
        KIND,
        cell(NAME).subcircuit(level),
        cell("common_mode").subcircuit("transistor"),
        device_cards(made_for),
        made_for.supply,
        made_for.replica_current,
        made_for.temperature,
        parameters={**model, "s": SIZE, **more},
    )


def legs(omega: float, lead: float, q: float) -> complex:
    """Difference of the currents of all legs per volt at one side's gates, by nodal analysis of both pairs."""
    found = 0j
    for more, less in (((1 + q) / 2, (1 - q) / 2), ((1 - q) / 2, (1 + q) / 2)):
        joined = more * less  # conductance of two diodes in series, in units of the tail's
        store = 1j * omega * lead
        matrix = [[store * more + more + joined, -joined], [-joined, store * less + less + joined]]
        first, second = np.linalg.solve(np.array(matrix), np.array([more, 0.0]))
        found += more * (1 - first) + less * second
    return found


@pytest.mark.parametrize("q", [0.0, 0.3, 0.6])
def test_times_are_found_in_what_the_nodes_of_two_pairs_do(q: float):
    frequency = np.geomspace(1e-7, 1e2, 300)
    response = [legs(2 * np.pi * f, 3.0, q) / (1 + 2j * np.pi * f * 2.0) for f in frequency]
    assert _lead(frequency, np.array(response), q) == pytest.approx((3.0, 2.0), rel=1e-4)


def test_a_macromodel_is_measured_as_it_was_given(backend):
    bench = bench_of("macromodel", s=1.0)
    found = dynamic_numbers(KIND, dynamics(backend, bench, BIAS, unbalance(KNOWN.macromodel)))
    expected = {name: KNOWN.macromodel[name] for name in found}
    assert found == pytest.approx(expected, rel=0.03)


def products(backend, bench: Bench) -> np.ndarray:
    """Mean output, per A of bias, of large sines with 30 mV at y: at rest, and in and out of phase with the slower."""
    slow, fast = 1 / PERIOD, 2.5 / PERIOD
    cards = [
        f"Vslow first 0 sin(0 0.1 {number(slow)})",
        f"Vfast x first sin(0 0.05 {number(fast)})",
    ]
    for k, y in enumerate(["0.03", *(f"sin(0 0.03 {number(slow)} 0 0 {phase})" for phase in (0, 90))]):
        cards += [
            f"Vy{k} y{k} 0 {y}",
            f"Vo{k} o{k} 0 0",
            bench.copy(f"{k}", {"xp": "x", "yp": f"y{k}", "out": f"o{k}"}, BIAS),
        ]
    start, length = 4 * PERIOD, 2 * PERIOD  # both sines are periodic in it
    cards.append(f".tran {number(PERIOD / 400)} {number(start + length)} 0 {number(PERIOD / 400)}")
    result = run(backend, bench.deck(cards, [f"vo{k}#branch" for k in range(3)]))
    times = start + length * np.arange(2000) / 2000
    return np.array(
        [np.interp(times, np.real(result.time), result.vectors[f"vo{k}#branch"]).mean() / BIAS for k in range(3)]
    )


def test_large_signals_are_rectified_and_lead_as_in_transistors(backend):
    transistors, model = (products(backend, bench_of(level)) for level in ("transistor", "macromodel"))
    still = products(backend, bench_of("macromodel", tl=0.0, tp=0.0))
    full = abs(transistors[1])
    assert np.max(np.abs(model - transistors)) < 0.12 * full
    assert np.max(np.abs(still - transistors)) > 0.25 * full
