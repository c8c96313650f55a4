"""What the equations can and no circuit does is refused before anything is built, by the key that asks for it."""

import pytest

from tests.support.learning_studies import PLASTIC, document
from vle_analog import InputError, Study

SAMPLES = {"kind": "samples", "times": [0.0, 4.0, 8.0], "values": [0.0, 0.5, 0.2]}
MOVING = {"hidden": PLASTIC, "gain_correction": 1.0}
CASES = {
    "network.gain_correction": MOVING,
    "target.kind": {"cost": "membrane", "target": SAMPLES},
}


@pytest.mark.parametrize("key", CASES)
def test_what_no_cell_stands_for_is_refused(key: str):
    with pytest.raises(InputError, match="no circuit can do this") as caught:
        Study.from_document(document(**CASES[key])).circuit()
    (problem,) = caught.value.problems
    assert problem.where.endswith(f": {key}")
    assert problem.hint


def test_a_teacher_is_samples():
    teacher = {"kind": "teacher", "weights": {"drive_hidden": [[1.0], [0.1]]}}
    with pytest.raises(InputError, match=r"(?s)target\.kind.*teacher"):
        Study.from_document(document(cost="membrane", target=teacher, duration=1.0)).circuit()


def test_everything_is_named_at_once():
    with pytest.raises(InputError) as caught:
        Study.from_document(document(**MOVING, cost="membrane", target=SAMPLES)).netlist()
    assert {problem.where.split(": ")[1] for problem in caught.value.problems} == set(CASES)


@pytest.mark.parametrize(
    "change", [{"plasticity": False, **MOVING}, {"rule": "backprop", "cost": "membrane", "target": SAMPLES}]
)
def test_what_does_not_come_to_pass_is_no_obstacle(change: dict):
    assert Study.from_document(document(**change)).circuit().probes
