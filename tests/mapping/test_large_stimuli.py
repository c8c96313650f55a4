"""An input that is far too large is named, and not the signals that follow from it."""

import pytest

from vle_analog import Study
from vle_analog.errors import InputError

LARGE = {"kind": "sines", "channels": [[{"amplitude": 1e6, "omega": 1.5}]]}


def document(level):
    neuron = {"size": 1, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh"}
    return {
        "duration": 4.0,
        "network": {
            "output": "out",
            "populations": {"out": neuron},
            "projections": {"way": {"source": "drive", "target": "out", "weights": [[0.5]]}},
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 1.5}]]}},
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.4, "omega": 1.5}]]},
        "circuit": {"level": level},
    }


@pytest.mark.parametrize("level", ["behavioural", "macromodel", "transistor"])
@pytest.mark.parametrize("place, named", [("stimuli", "stimuli.drive"), ("target", "target")])
def test_it_is_named(level, place, named):
    large = document(level) | {"stimuli": {"drive": LARGE}, "target": LARGE}
    kept = "target" if place == "stimuli" else "stimuli"
    large[kept] = document(level)[kept]
    with pytest.raises(InputError) as caught:
        Study.from_document(large).circuit()
    assert [problem.where.rpartition(": ")[2] for problem in caught.value.problems] == [named]
    assert "the input is too large" in caught.value.problems[0].what


def test_where_it_makes_the_equations_stiff_the_advice_names_it():
    stiff = document("behavioural") | {"stimuli": {"drive": LARGE}}
    stiff["network"]["projections"]["way"]["plastic"] = True
    stiff["network"]["populations"]["out"]["activation"] = "linear"
    with pytest.raises(InputError, match="scale down the stimulus drive, which goes up to"):
        Study.from_document(stiff).ideal()
