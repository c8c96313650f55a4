"""The compiled engine against ngspice, which reads the same cards."""

import numpy as np
import pytest

GRID = np.linspace(0.0, 2.0, 41)


def _run(circuit, deviations=None, samples=1, **options):
    return circuit.run(deviations or {}, samples, 2.0, times=GRID, **options)


@pytest.mark.parametrize("name", ["online_chain", "recurrent_pair"])
def test_macromodels_agree_within_a_thousandth_of_the_range(name, study, compiled, simulated, disagreement):
    run = _run(compiled(name))

    assert run.status == ("ok",)
    assert disagreement(study(name).circuit(), run.values[:, :, 0], simulated(study(name))) < 1e-3


def test_a_nudged_study_of_mixed_levels_agrees(study, compiled, simulated, disagreement):
    mixed = {"circuit__levels": _Frozen({"error_lead": "behavioural"})}
    run = _run(compiled("nudged_linear", **mixed))

    assert run.status == ("ok",)
    assert (
        disagreement(
            run_circuit := study("nudged_linear", **mixed).circuit(),
            run.values[:, :, 0],
            simulated(study("nudged_linear", **mixed)),
        )
        < 1e-3
    ), run_circuit.name


class _Frozen(dict):
    """A table that can be a key."""

    def __hash__(self) -> int:  # type: ignore[override] - a table has none of its own
        return hash(tuple(self.items()))


@pytest.mark.parametrize(
    "path, parameter, added",
    [("hidden_0.membrane.load", "vos", 5e-3), ("hidden_readout_0_0.forward.product", "oy", -4e-3)],
)
def test_a_deviation_of_a_primitive_does_what_the_same_parameter_does_in_the_deck(
    path, parameter, added, study, compiled, simulated, disagreement
):
    chain, circuit = study("online_chain"), compiled("online_chain")
    element = next(e for group in circuit.wiring.groups for e in group.elements if e.name == path)

    def change(card: str) -> str:
        moved = f"{card} {parameter}={element.parameters[parameter] + added!r}"
        return moved if card.startswith(f"X.{path} ") else card

    run = _run(circuit, {(path, parameter): np.array([0.0, added])}, 2)
    expected = simulated(chain, change)

    assert disagreement(chain.circuit(), run.values[:, :, 1], expected) < 1e-3
    assert disagreement(chain.circuit(), run.values[:, :, 0], expected) > 1e-2


def test_a_deviation_of_a_capacitor_is_relative(study, compiled, simulated, disagreement):
    chain = study("online_chain")

    def change(card: str) -> str:
        *head, value = card.split()
        return f"{' '.join(head)} {1.2 * float(value)!r}" if card.startswith("C.hidden_0.membrane.m ") else card

    run = _run(compiled("online_chain"), {("hidden_0.membrane.m", "c"): np.array([0.2])})

    assert disagreement(chain.circuit(), run.values[:, :, 0], simulated(chain, change)) < 1e-3


def test_all_capacitors_of_a_chip_move_together(study, compiled, simulated, disagreement):
    chain = study("online_chain")

    def change(card: str) -> str:
        *head, value = card.split()
        return f"{' '.join(head)} {0.9 * float(value)!r}" if card.startswith("C.") else card

    run = _run(compiled("online_chain"), {("process", "c"): np.array([-0.1])})

    assert disagreement(chain.circuit(), run.values[:, :, 0], simulated(chain, change)) < 1e-3
