"""Names: unique for ngspice, which does not tell `A` from `a`, and every probe finds its vector."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.net_names import check_names
from tests.support.tiny_circuits import TINY
from vle_analog import InputError, Study

SHIPPED = ("depth", "nudged_linear", "online_chain", "recurrent_pair", "two_layer", "wide")


@pytest.mark.parametrize("name", SHIPPED)
def test_names_of_shipped_studies_are_unique(name):
    check_names(Study.load(name, {"duration": 1.0}))


def renamed(names, study_name):
    """The tiny study with other names of its populations, projections and stimulus."""
    hidden, readout, first, second, drive = names
    network, projections = TINY["network"], TINY["network"]["projections"]
    return Study.from_document(
        TINY
        | {
            "network": network
            | {
                "output": readout,
                "populations": {
                    hidden: network["populations"]["hidden"] | {"size": 2},
                    readout: network["populations"]["readout"],
                },
                "projections": {
                    first: projections["drive_hidden"] | {"source": drive, "target": hidden, "weights": [[0.5], [0.1]]},
                    second: projections["hidden_readout"]
                    | {"source": hidden, "target": readout, "weights": [[0.3, 0.2]]},
                },
            },
            "stimuli": {drive: TINY["stimuli"]["drive"]},
        },
        name=study_name,
    )


# names that look like those the mapping makes itself
PARTS = [
    "a",
    "b2",
    "hidden",
    "neuron",
    "synapse",
    "lead",
    "wire",
    "membrane",
    "weight",
    "pole",
    "0",
    "1",
    "n",
    "h",
    "e",
    "s",
    "w",
    "t",
    "r",
    "file",
    "dat",
    "target",
    "drive",
    "tanh",
    "dut",
    "x",
    "network",
]
alike = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map("_".join)


@settings(max_examples=15)
@given(st.lists(alike, min_size=5, max_size=5, unique=True), alike)
def test_names_stay_unique_whatever_the_study_calls_its_parts(names, study_name):
    try:
        study = renamed(names, study_name)
    except InputError:
        assume(False)
    check_names(study)


@pytest.mark.parametrize(
    "name",
    [
        "testbench",
        "weight",
        "weight_fixed",
        "membrane_lead",
        "hidden_neuron",
        "slope_tanh",
        "drive_hidden_synapse",
        "dut",
        "network",
    ],
)
def test_a_study_may_be_called_like_a_part_of_its_netlist(name):
    study = Study.from_document(TINY, name=name)
    check_names(study)
    assert len(study.netlist()) == 3
    assert f".include {study.circuit().name}.cir" in study.netlist()["testbench.cir"].decode().splitlines()
