"""Exceptions that docstrings promise: for names that do not exist, and for values that are no numbers."""

from pathlib import Path

import numpy as np
import pytest

from vle_analog import InputError, Study
from vle_analog.cells.fitted import read_fitted
from vle_analog.ideal.compiled.batch import Batch
from vle_analog.mapping.place import place
from vle_analog.netlist.formula import evaluate
from vle_analog.process.process import read_process

LIBRARY = Path(__file__).resolve().parents[2] / "circuits"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load("online_chain", {"duration": 1.0})


def test_a_name_that_there_is_not_is_a_key_error(study: Study):
    network = study.spec.network
    for name in ("nobody", "hidden ", "drive"):
        with pytest.raises(KeyError, match=name):
            network.population(name)
        with pytest.raises(KeyError, match=name):
            place(network).neuron(name)
        with pytest.raises(KeyError, match=name):
            study.ideal()[name]
        with pytest.raises(KeyError, match=name):
            Batch(network, study.target, step=0.1).run({}, 1.0)[name]


@pytest.mark.parametrize("value", ["abc", [[1], [2, 3]], object(), [[1.0, 2.0, 3.0]], {"a": 1}])
def test_what_is_no_array_that_fits_is_refused(study: Study, value: object):
    network = study.spec.network
    with pytest.raises(InputError, match="drive_hidden"):
        network.with_parameters(weights={"drive_hidden": value})  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="drive_hidden"):
        network.with_limits({"drive_hidden": value})  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="nobody"):
        network.with_parameters(biases={"nobody": np.zeros(1)})


@pytest.mark.parametrize("text", ["1/0", "1/(2-2)", "10.0**400", "0**(-1)"])
def test_a_formula_without_a_value_is_refused(text: str):
    with pytest.raises(InputError, match=r"cell\.toml:3: a formula without a value"):
        evaluate(text, "cell.toml:3", {}.__getitem__)


FITTED = {
    "made_by": ("[made_by]", "[[made_by]]"),
    "unit current": ("unit_current_max = ", 'unit_current_max = "a" # '),
    "infinite": ("supply_per_amp = ", "supply_per_amp = inf # "),
    "corners": ("[corners.tt]", "[corners]\ntt=3\n[other]"),
    "mismatch": ("vos = ", "vos = nan # "),
}


@pytest.mark.parametrize("case", FITTED)
def test_numbers_of_another_type_are_refused(case: str, tmp_path: Path):
    path = tmp_path / "ota.toml"
    path.write_text((LIBRARY / "ota" / "fitted" / "generic180.toml").read_text().replace(*FITTED[case], 1))
    with pytest.raises(InputError, match="not complete") as caught:
        read_fitted(path)
    assert str(path) in str(caught.value)


PROCESS = {
    "text": ("nominal = 1.8", 'nominal = "1.8"'),
    "infinite": ("unit = 4e-9", "unit = inf"),
    "no corner": ('names = ["tt", "ff", "ss", "fs", "sf"]', "names = []"),
    "a corner too few": ("\ntt = {", "\nxx = {"),
}


@pytest.mark.parametrize("case", PROCESS)
def test_a_process_of_another_type_is_refused(case: str, tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text((LIBRARY / "processes" / "generic180.toml").read_text().replace(*PROCESS[case], 1))
    with pytest.raises(InputError) as caught:
        read_process(path)
    assert str(path) in str(caught.value)
