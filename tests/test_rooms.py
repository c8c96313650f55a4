"""The rooms of the package: each imports only what is below it in the list of pyproject.toml."""

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[1]


def layers() -> list[str]:
    """The rooms from top to bottom, as pyproject.toml lists them."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = document["tool"]["importlinter"]["contracts"]
    return contract["layers"]


def test_every_room_imports_downwards_only(capsys):
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == 0, capsys.readouterr().out


def test_contributing_shows_the_list():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = re.search(r"From top to bottom:\n\n(.*?)\n\n", text, re.DOTALL)
    assert shown is not None
    assert re.findall(r"\w+", shown[1]) == layers()


def test_only_the_simulator_imports_pyspice():
    package = ROOT / "vle_analog"
    users = [
        path
        for path in package.rglob("*.py")
        if re.search(r"^\s*(from|import) PySpice", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert users
    assert {path.relative_to(package).parts[0] for path in users} == {"simulator"}


def test_the_name_of_a_class_stands_for_one_thing():
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "vle_analog").rglob("*.py")]
    names = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    assert len(names) > 200
    assert [name for name, times in names.items() if times > 1] == []
