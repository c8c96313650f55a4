"""Files that travel with the kit."""

import pytest

from vle_analog import resources
from vle_analog.errors import InputError


def test_checkout_has_studies_and_cells():
    assert (resources.shipped("sim") / "online_chain.toml").is_file()
    assert resources.shipped("circuits").is_dir()


def test_data_inside_the_package_goes_first(tmp_path, monkeypatch):
    (tmp_path / "package" / "_data" / "sim").mkdir(parents=True)
    (tmp_path / "sim").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "package")
    assert resources.shipped("sim") == tmp_path / "package" / "_data" / "sim"
    assert resources.shipped_studies() == {}


def test_incomplete_installation_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "package")
    with pytest.raises(InputError, match="install the package again"):
        resources.shipped("sim")
