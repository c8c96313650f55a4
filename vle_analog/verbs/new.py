"""A commented study to start from."""

import os
import re
import shlex
from pathlib import Path

from vle_analog.errors import InputError, Problem
from vle_analog.output import check_place
from vle_analog.resources import shipped_studies
from vle_analog.study.names import LONGEST, study_name

STARTER = Path(__file__).with_name("starter.toml")


def new_study(name: str, output: Path | None = None) -> Path:
    """Write the starter study as `NAME.toml`; returns its path.

    **Arguments:** `output`: the folder, made where it is missing, or the file itself if it ends in `.toml`;
    default: the current folder.

    **Raises:** `InputError` where the name is not one of a study, or the file exists or cannot be written.
    """
    _check(name)
    place = output or Path()
    path = place if place.suffix == ".toml" and not place.is_dir() else place / f"{name}.toml"
    text = STARTER.read_text(encoding="utf-8").replace("FILE", typed(path)).replace("NAME", name)
    try:
        check_place(path.parent.absolute())
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:  # never over a file that is there
            file.write(text)
    except FileExistsError:
        hint = "choose another name, or move the file away"
        raise InputError(Problem("this file exists already", str(path), expected="a new file", hint=hint)) from None
    except OSError as error:
        got = os.strerror(error.errno) if error.errno else str(error)
        hint = "choose a folder that you may write to (--output)"
        raise InputError(Problem("the study cannot be written", str(path), got, hint=hint)) from None
    return path


def _check(name: str) -> None:
    """Refuse what cannot be the name of a study, its circuit and its folder, or is that of a shipped one."""
    if name in shipped_studies():
        what, hint = "a shipped study has this name", "vle-analog studies lists them; choose another name"
        raise InputError(Problem(what, "NAME", repr(name), "a name of your own", hint))
    if study_name(name) != name:
        expected = f"letters a-z, digits and _, starting with a letter, at most {LONGEST} characters"
        plain = re.sub(r"[^a-z0-9_]+", "_", Path(name).name.removesuffix(".toml").lower()).strip("_")
        usable = plain not in shipped_studies() and study_name(plain) == plain
        hint = f"for example {plain if usable else 'my_study'}"
        raise InputError(Problem("this cannot be the name of a study", "NAME", repr(name[:60]), expected, hint))


def typed(path: Path) -> str:
    """The path as it is typed in a shell, on one line."""
    text = str(path)
    return shlex.quote(text if text.isprintable() else path.name)
