"""The wheel: the data travels inside the package, nothing else is installed, and the command is there."""

import configparser
import shutil
import subprocess
import sys
import tomllib
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("vle_analog", "circuits", "sim", "pyproject.toml", "README.md", "LICENSE", ".gitignore")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of a copy of this tree, built with the back end of the environment and so without a network."""
    tree = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name)
        else:
            shutil.copy(source, tree / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"],
        cwd=tree,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (path,) = (tree / "dist").glob("*.whl")
    return zipfile.ZipFile(path)


def files_in(folder: str) -> set[str]:
    """Files of a folder of this tree as git would see them, relative to it."""
    return {
        path.relative_to(ROOT / folder).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("folder", ["circuits", "sim"])
def test_wheel_holds_every_data_file(wheel: zipfile.ZipFile, folder: str) -> None:
    prefix = f"vle_analog/_data/{folder}/"
    packed = {name.removeprefix(prefix) for name in wheel.namelist() if name.startswith(prefix)}
    assert packed == files_in(folder)
    assert packed


def test_wheel_holds_every_module(wheel: zipfile.ZipFile) -> None:
    packed = {name.removeprefix("vle_analog/") for name in wheel.namelist() if name.startswith("vle_analog/")}
    assert {name for name in packed if not name.startswith("_data/")} == files_in("vle_analog")


def test_wheel_is_marked_as_typed(wheel: zipfile.ZipFile) -> None:
    assert "vle_analog/py.typed" in wheel.namelist()


def test_wheel_installs_one_top_level_package(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"vle_analog"}


def test_wheel_brings_the_command(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    entry_points = configparser.ConfigParser()
    entry_points.read_string(wheel.read(name).decode())
    assert dict(entry_points["console_scripts"]) == {"vle-analog": "vle_analog.cli:main"}


def test_wheel_carries_both_licences(wheel: zipfile.ZipFile) -> None:
    licences = {name.split("/licenses/")[1] for name in wheel.namelist() if "/licenses/" in name}
    assert licences == {"LICENSE", "circuits/LICENSE"}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_names_no_host_and_no_folder(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not any(
        line.startswith(("-i", "--index", "--extra-index", "--find-links", "/")) for line in text.splitlines()
    )


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_pins_every_direct_dependency(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    if name == "requirements-dev.lock":
        wanted += project["optional-dependencies"]["dev"]
    names = {requirement.split(">=")[0].split("[")[0].lower() for requirement in wanted}
    assert names <= {pin.split("==")[0] for pin in pins(name)}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_gives_a_hash_to_every_pin(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    following = [after for line, after in pairwise(lines) if "==" in line]
    assert len(following) == len(pins(name))
    assert all(line.lstrip().startswith("--hash=sha256:") for line in following)


def test_both_locks_agree() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def pins(name: str) -> set[str]:
    """The `package==version` of every entry of a lock file."""
    return {line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
