"""Reading must not be what one waits for: no work per synapse in Python where weights are drawn."""

import subprocess
import sys
import time

import numpy as np
import pytest

from vle_analog.study import study_from_document


def document(size: int, drawn: bool) -> dict:
    """A study with two square projections of `size` x `size`."""
    rng = np.random.default_rng(0)
    weights = {"init": "normal", "scale": 0.01} if drawn else rng.standard_normal((size, size)).tolist()
    population = {"size": size, "tau_m": 1.0, "tau_r": 0.5, "activation": "tanh"}
    return {
        "duration": 1.0,
        "network": {
            "output": "readout",
            "populations": {"hidden": population, "readout": population},
            "projections": {
                "drive_hidden": {"source": "drive", "target": "hidden", "weights": weights, "plastic": True},
                "hidden_readout": {"source": "hidden", "target": "readout", "weights": weights, "plastic": True},
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 1.0}]] * size}},
        "target": {"kind": "teacher"},
    }


@pytest.mark.parametrize("drawn", [True, False])
def test_thirty_thousand_synapses_take_a_fraction_of_a_second(drawn):
    study = document(128, drawn)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        network = study_from_document(study).network
        seconds.append(time.process_time() - start)
    assert sum(p.weights.size for p in network.projections) == 2 * 16384
    assert min(seconds) < 0.3


def test_reading_does_not_import_sympy():
    program = "import sys, vle_analog.study as s; s.read_study('online_chain'); print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
