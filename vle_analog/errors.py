"""The errors a user can meet. Each says what, where, got / expected, and what to try."""

from dataclasses import dataclass


class VleAnalogError(Exception):
    """Base of every error the kit raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 2


@dataclass(frozen=True)
class Advice:
    """Changes of a study that were tried: with all of them together it is not refused.

    **Arguments:** `overrides`: texts `KEY=VALUE`, as for `--set`. `words`: the same for people, "" for the texts.
    """

    overrides: tuple[str, ...]
    words: str = ""

    def __str__(self) -> str:
        return self.words or "set " + " and ".join(text.replace("=", " = ", 1) for text in self.overrides)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or as a warning: that is probably not what was meant.

    **Arguments:**

    - `what`: one sentence, no full stop.
    - `where`: file and key, or hierarchy path and netlist line.
    - `got`, `expected`: shown side by side; empty where they do not apply.
    - `hint`: what to try. `advice`: the settings among it, each of which was tried.
    - `remedies`: kinds of settings that bear on it, not tried yet (`vle_analog/remedies.py` knows them by name).
    """

    what: str
    where: str = ""
    got: str = ""
    expected: str = ""
    hint: str = ""
    remedies: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()

    def texts(self) -> dict[str, str]:
        """The five texts by name, as JSON objects have them."""
        return {name: getattr(self, name) for name in ("what", "where", "got", "expected", "hint")}

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        for label, text in (("got", self.got), ("expected", self.expected), ("try", self.hint)):
            if text:
                lines.append(f"  {label + ':':<10}{text}")
        return "\n".join(lines)


class InputError(VleAnalogError):
    """Something the user gave cannot be used: a study, an option, a folder, a circuit that does not fit."""

    def __init__(self, *problems: Problem):
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class SimulatorError(VleAnalogError):
    """The simulator is missing, crashed, ran out of time or did not converge."""

    exit_code = 3

    def __init__(self, problem: Problem):
        self.problem = problem
        super().__init__(str(problem))
