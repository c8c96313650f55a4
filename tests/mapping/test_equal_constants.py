"""tau_r equal to tau_m, or nearly, and other gains that all but vanish: built right, or refused for the true reason."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vle_analog import InputError, Study
from vle_analog.mapping.bias import MIN_BIAS_CURRENT
from vle_analog.netlist.placed import placed

SINES = [[{"amplitude": 1.0, "omega": 1.0}]]

LEARNS = {"plastic": True, "eta": 0.1}


def study(level: str, tau_r: float = 0.5, realisation: str = "lead", **more: Any) -> Study:
    """Two tanh neurons and a linear one whose membrane is built with its state; `more` by the path of its key."""
    out = {"size": 1, "tau_m": 0.5, "tau_r": tau_r, "activation": "linear"}
    document = {
        "duration": 4.0,
        "network": {
            "output": "out",
            "populations": {
                "hid": {"size": 2, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh"},
                "out": out | ({"realisation": realisation} if tau_r == 0.5 else {}),
            },
            "projections": {
                "drive_hid": {"source": "drive", "target": "hid", "weights": [[0.5], [-0.4]], **LEARNS},
                "hid_out": {"source": "hid", "target": "out", "weights": [[0.4, 0.3]], **LEARNS},
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": SINES}},
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.5, "omega": 1.3}]]},
        "circuit": {"level": level},
    }
    for path, value in more.items():
        *tables, key = path.split("__")
        table = document
        for name in tables:
            table = table[name]
        table[key] = value
    return Study.from_document(document)


@pytest.mark.parametrize("level", ["behavioural", "macromodel", "transistor"])
def test_equal_time_constants_need_no_amplifier(level: str):
    built = study(level)
    circuit = built.circuit()
    assert {leaf.cell for leaf in circuit.leaves.values()} >= {"membrane_sum", "error_follow", "error_lead"}
    pieces = {
        piece.name
        for leaf in circuit.leaves.values()
        if leaf.cell == "error_follow"
        for piece in leaf.subcircuit.pieces
    }
    assert pieces == (set() if level == "behavioural" else {"load", "follow", "start"})
    assert any(str(probe.signal) == "out.v[0]" for probe in circuit.probes)
    for one in placed(circuit):
        assert one.level == "behavioural" or one.parameters.get("ib", 1.0) >= MIN_BIAS_CURRENT
    assert built.verify().holds


def test_it_keeps_to_its_equations():
    comparison = study("macromodel").compare()
    assert comparison.passed
    assert any(str(row.signal) == "out.v[0]" for row in comparison.signals)


def test_a_proof_that_takes_the_lag_cell_for_equal_time_constants_still_needs_them_equal():
    assert study("behavioural", 0.6).verify().holds
    assert {leaf.cell for leaf in study("behavioural", 0.6).circuit().leaves.values()} >= {"error_lag"}


AMPERES = re.compile(r"([\d.]+e-\d+) A of bias")


@settings(max_examples=10)
@example(1 + 1e-3)
@example(1 - 1e-3)
@example(1 + 2**-52)
@example(1 - 2**-53)
@given(st.integers(1, 16).flatmap(lambda k: st.sampled_from([1 + 10.0**-k, 1 - 10.0**-k])))
def test_nearly_equal_time_constants(ratio: float):
    """Built with bias currents at which cells are measured; or refused, with the cell and what can be changed."""
    try:
        circuit = study("macromodel", 0.5 * ratio).circuit()
    except InputError as error:
        said, problems = str(error), error.problems
        assert re.search(
            r"error_lead|error_lag|membrane_lead|no current makes capacitors|capacitor of out_0|lead resistor of out",
            said,
        )
        assert all(problem.advice for problem in problems)  # settings that were tried
        assert all(float(value) >= 1e-15 for value in AMPERES.findall(said))
        return
    assert all(
        one.parameters.get("ib", 1.0) >= MIN_BIAS_CURRENT for one in placed(circuit) if one.level != "behavioural"
    )


# a gain that vanishes or all but does -> the cell that needs it, and what is said to change
GAINS = {
    "eta nothing": ({"network__projections__drive_hid__eta": 0.0}, "drive_hid.eta", "a number > 0"),
    "eta small": ({"network__projections__drive_hid__eta": 1e-9}, "synapse_update", "network.plasticity = false"),
    "gamma small": ({"network__gamma": 1e-9}, "nudge", "network.gamma = 0.0"),
    "beta nothing": ({"network__beta": 0.0}, "target_error", "network.beta = "),
    "beta small": ({"network__beta": 1e-9}, "target_error", "network.beta = "),
}


@pytest.mark.parametrize("case", GAINS)
def test_a_gain_of_next_to_nothing_is_refused_for_what_it_is(case: str):
    changes: dict[str, Any]
    changes, cell, hint = GAINS[case]
    with pytest.raises(InputError) as caught:
        study("macromodel", **changes).circuit()
    said = str(caught.value)
    assert cell in said
    assert hint in said
    assert all(float(value) >= 1e-15 for value in AMPERES.findall(said))


@pytest.mark.parametrize("weights", [[[0.0, 0.0]], [[0.0, 0.3]]])
def test_weights_of_nothing_are_built(weights: list):
    circuit = study("macromodel", network__projections__hid_out__weights=weights).circuit()
    assert all(
        one.parameters.get("ib", 1.0) >= MIN_BIAS_CURRENT for one in placed(circuit) if one.level != "behavioural"
    )
