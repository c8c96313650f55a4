"""The tests of this room share a cache of derivations, apart from the user's; a test of the cache asks for its own."""

import pytest


@pytest.fixture(scope="session")
def derivations(tmp_path_factory):
    return tmp_path_factory.mktemp("derivations")


@pytest.fixture(autouse=True)
def shared_cache(derivations, monkeypatch):
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(derivations))


@pytest.fixture
def cache_folder(tmp_path, monkeypatch):
    """A cache folder of the test's own, empty."""
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "theory"
