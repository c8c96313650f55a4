"""One good study as text, which the tests bend."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = """\
title = "A study to bend"
duration = 10.0

[network]
rule = "vle"
beta = 1.0
gamma = 0.1
output = "readout"
start = "zero"
plasticity = true
feedback = "transpose"

[network.populations.hidden]
size = 2
tau_m = [1.0, 0.8]
tau_r = 0.2
activation = "tanh"
bias = [0.1, -0.1]

[network.populations.readout]
size = 1
tau_m = 0.5
tau_r = 0.5
activation = "linear"

[network.projections.drive_hidden]
source = "drive"
target = "hidden"
weights = [[0.5], [0.4]]
plastic = true
eta = 0.1

[network.projections.hidden_readout]
source = "hidden"
target = "readout"
weights = { init = "normal", scale = 0.3, seed = 1 }

[stimuli.drive]
kind = "sines"
channels = [[{ amplitude = 1.0, omega = 1.0 }]]

[target]
kind = "teacher"
weights = { drive_hidden = [[1.2], [0.9]] }
biases = { readout = 0.1 }

[circuit]
process = "generic180"
voltage_unit = 0.02

[circuit.levels]
multiplier = "macromodel"

[simulate]
reltol = 1e-5
tmax = 0.02

[compare]
bounds = { forward = 1e-3 }
"""


@pytest.fixture
def good() -> str:
    """The text of a good study."""
    return GOOD


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a study into a folder of its own."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "bent.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
