"""`netlists/` is what the kit generates today; `make netlists` brings it up to date."""

import io
from pathlib import Path

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.resources import PART_FOR_CIRCUIT, shipped_studies

NETLISTS = Path(__file__).resolve().parent.parent / "netlists"


def test_every_shipped_study_has_a_netlist():
    assert sorted(path.name for path in NETLISTS.iterdir()) == sorted(shipped_studies())


@pytest.mark.parametrize("name", shipped_studies())
def test_committed_netlist_is_the_generated_one(name: str):
    generated = Study.load(name, PART_FOR_CIRCUIT.get(name, {})).netlist()
    committed = {path.name: path.read_bytes() for path in (NETLISTS / name).iterdir()}
    assert sorted(committed) == sorted(generated)
    for file, content in generated.items():
        if file.endswith(".cir"):
            assert committed[file].decode() == content.decode()
        else:  # samples of a solved teacher: their last digit depends on the arithmetic of the machine
            old, new = (np.loadtxt(io.BytesIO(data)) for data in (committed[file], content))
            np.testing.assert_allclose(old, new, rtol=0, atol=1e-8 * np.abs(new).max())
