"""Pictures of the frequency response."""

import pytest

from vle_analog import Study
from vle_analog.report.bode import LEAST_DEGREES, LEAST_FACTOR, neuron_bode, path_bode


def test_rounding_fills_no_panel():
    study = Study.load("online_chain", {"duration": 1})
    response = study.analyse().response
    hidden, _, readout, phase = neuron_bode(study.spec, response).axes
    low, high = readout.get_ylim()  # of a wire, which answers at once: one, but for rounding
    assert high / low == pytest.approx(LEAST_FACTOR**2, rel=1e-3)
    assert phase.get_ylim() == (-LEAST_DEGREES, LEAST_DEGREES)
    assert hidden.get_ylim()[1] > 4
    assert path_bode(response).axes[1].get_ylim()[1] > LEAST_DEGREES
