"""Every shipped study can be made of macromodels and of transistors, or is refused with the reason."""

import pytest

from vle_analog import InputError, Study
from vle_analog.resources import shipped_studies

LEVELS = ("macromodel", "transistor")
REFUSED = {"lagline": "softplus"}
LAGS = {"nudged_linear": {"circuit.levels": {"error_lead": "behavioural"}}}  # tau_r above tau_m: see the last test


def test_what_is_refused_ships():
    assert set(REFUSED) < set(shipped_studies())


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [name for name in shipped_studies() if name not in REFUSED])
def test_a_shipped_study_has_a_netlist(name: str, level: str):
    study = Study.load(name, {"circuit.level": level, **LAGS.get(name, {})})
    files = study.netlist()
    circuit = study.circuit()
    assert {leaf.level for leaf in circuit.leaves.values()} == {level, *(("behavioural",) if name in LAGS else ())}
    assert circuit.hold > 0
    assert circuit.curves
    assert ("devices.cir" in files) == (level == "transistor")
    text = files[f"{circuit.name}.cir"].decode()
    assert all(f".subckt {leaf} " in text for leaf in circuit.leaves)
    assert study.deck().text()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", REFUSED)
def test_another_activation_is_refused(name: str, level: str):
    with pytest.raises(InputError, match=f"no {level} version of .* for activation '{REFUSED[name]}'"):
        Study.load(name, {"circuit.level": level, "duration": 1.0}).circuit()


def test_a_gain_that_transistors_do_not_have_is_refused():
    with pytest.raises(
        InputError, match=r"(?s)error_lead of readout_0 needs a negative gain \(back\).*error_lead = \"beh"
    ):
        Study.load("nudged_linear", {"circuit.level": "transistor"}).circuit()
