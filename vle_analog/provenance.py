"""The origin of a result: versions, hashes, settings and the command, without anything that varies between runs."""

import hashlib
import platform
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version

from vle_analog.netlist.deck import Deck
from vle_analog.study import StudySpec

PACKAGES = ("numpy", "scipy", "sympy", "PySpice", "xarray")
OPTIONAL = (
    "numba",
)  # if installed, the compiled engine is used, whose results agree within tolerance but not bit by bit


def kit_version() -> str:
    """Return the version of this package."""
    try:
        return version("vle-analog")
    except PackageNotFoundError:
        return "0+unknown"


def installed(package: str) -> str:
    """Return the version of a package, or a note that it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def provenance(spec: StudySpec, deck: Deck | None = None, simulator: str = "") -> dict[str, str]:
    """Return name -> text; the same study, package and simulator give the same entries."""
    entries = {
        "study": spec.name,
        "digest": spec.digest,
        "kit": f"vle-analog {kit_version()}",
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        **{package: installed(package) for package in OPTIONAL},
    }
    if deck is not None:
        data = b"".join(name.encode() + b"\0" + content for name, content in sorted(deck.files.items()))
        entries["deck"] = hashlib.sha256(deck.text().encode() + data).hexdigest()
    if simulator:
        entries["simulator"] = simulator
    entries["command"] = shlex.join(["vle-analog", *sys.argv[1:]]) if _on_command_line() else "Python"
    return entries


def _on_command_line() -> bool:
    return bool(sys.argv) and sys.argv[0].rsplit("/", 1)[-1] in ("vle-analog", "__main__.py")
