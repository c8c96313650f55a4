"""The errors reported to users, each with what, where, got / expected, and what to try."""

from dataclasses import dataclass


class VleAnalogError(Exception):
    """The base of all deliberate errors of the package; `exit_code` is the exit code of the command line."""

    exit_code = 2


@dataclass(frozen=True)
class Advice:
    """Tested changes of a study: with all of them together it is not refused.

    **Arguments:** `overrides`: texts `KEY=VALUE`, as for `--set`. `words`: a readable form, "" for the texts
    themselves.
    """

    overrides: tuple[str, ...]
    words: str = ""

    def __str__(self) -> str:
        return self.words or "set " + " and ".join(text.replace("=", " = ", 1) for text in self.overrides)


@dataclass(frozen=True)
class Problem:
    """One error, or as a warning, a probable mistake.

    **Arguments:**

    - `what`: one sentence, no full stop.
    - `where`: file and key, or hierarchy path and netlist line.
    - `got`, `expected`: shown side by side; empty where they do not apply.
    - `hint`: what to try. `advice`: settings among it, each of which was tried.
    - `remedies`: names of relevant kinds of settings, not tried yet (see `vle_analog/remedies.py`).
    """

    what: str
    where: str = ""
    got: str = ""
    expected: str = ""
    hint: str = ""
    remedies: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()

    def texts(self) -> dict[str, str]:
        """Return the five texts by name, as in JSON objects."""
        return {name: getattr(self, name) for name in ("what", "where", "got", "expected", "hint")}

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        for label, text in (("got", self.got), ("expected", self.expected), ("try", self.hint)):
            if text:
                lines.append(f"  {label + ':':<10}{text}")
        return "\n".join(lines)


class InputError(VleAnalogError):
    """An error in the input: a study, an option, a folder, or an unsuitable circuit."""

    def __init__(self, *problems: Problem):
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class SimulatorError(VleAnalogError):
    """An error of the simulator: missing, crashed, timed out or without convergence."""

    exit_code = 3

    def __init__(self, problem: Problem):
        self.problem = problem
        super().__init__(str(problem))
