"""What made a result: versions, hashes, settings and the command, without anything that changes from run to run."""

import hashlib
import platform
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version

from vle_analog.netlist.deck import Deck
from vle_analog.network import StudySpec

PACKAGES = ("numpy", "scipy", "sympy", "PySpice", "xarray")
OPTIONAL = ("numba",)  # with it the equations are solved by the compiled engine: equal to its tolerance, not to the bit


def kit_version() -> str:
    """The version of this kit."""
    try:
        return version("vle-analog")
    except PackageNotFoundError:
        return "0+unknown"


def installed(package: str) -> str:
    """Its version, or that it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def provenance(spec: StudySpec, deck: Deck | None = None, simulator: str = "") -> dict[str, str]:
    """Name -> text; the same study, kit and simulator give the same entries."""
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
