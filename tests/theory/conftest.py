"""The tests of this room share a cache of derivations, apart from the user's; a test of the cache asks for its own."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def shared_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLE_ANALOG_CACHE", str(tmp_path_factory.mktemp("derivations")))
        yield


@pytest.fixture
def cache_folder(tmp_path, monkeypatch):
    """A cache folder of the test's own, empty."""
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "theory"
