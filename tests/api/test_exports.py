"""The names of the package: there, typed, and looked up only when they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

import vle_analog

PUBLIC = {
    *("Study", "Network", "Traces", "Circuit", "Simulation", "Comparison", "MonteCarlo", "Characterisation"),
    *("InputError", "SimulatorError", "VleAnalogError", "Problem"),
}


def test_the_public_names_are_listed():
    assert set(vle_analog.__all__) == set(dir(vle_analog)) == set(vle_analog.HOMES) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_the_class_of_that_name(name: str):
    found = getattr(vle_analog, name)
    assert isinstance(found, type)
    assert found.__name__ == name


def test_a_name_that_is_not_there_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'Sturdy'"):
        _ = vle_analog.Sturdy


def test_importing_the_package_loads_nothing_else():
    code = (
        "import sys, vle_analog; print(sorted(name for name in sys.modules if name.split('.')[0] in "
        "('numpy', 'sympy', 'scipy', 'pandas', 'matplotlib', 'pydantic', 'PySpice', 'xarray') "
        "or name.startswith('vle_analog.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_package_is_typed():
    assert (Path(vle_analog.__file__).parent / "py.typed").is_file()
