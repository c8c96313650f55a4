"""A deck: the complete text of one simulation, with its options kept apart so that a retry can change them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# In the deck itself, since a start-up file of the system may set eight threads, and overrides `.options`.
ONE_THREAD = ("set num_threads=1",)
"""Commands of a deck with transistors: for so few of them, several threads mostly wait for each other."""


def number(value: float) -> str:
    """Format a float as plain SPICE text: ten significant digits, no unit suffix, no sign on zero."""
    return f"{value + 0.0:.10g}"


@dataclass(frozen=True)
class Transient:
    """The analysis `.tran step stop 0 max_step uic`, in seconds.

    With a `hold` the run begins with the operating point of the circuit, whose stored values are held for that time
    before model time 0, instead of with given values (`uic`). `stop` counts from the begin of the run. A step ends at
    each of the `breaks`, seconds from the begin of the run.
    """

    step: float
    stop: float
    max_step: float
    hold: float = 0.0
    breaks: tuple[float, ...] = ()

    def card(self) -> str:
        begin = "" if self.hold else " uic"
        return f".tran {number(self.step)} {number(self.stop)} 0 {number(self.max_step)}{begin}"


@dataclass(frozen=True)
class Deck:
    """One simulation as text.

    **Arguments:**

    - `title`: a neutral first line (ngspice treats it as a comment, PySpice searches it for errors).
    - `cards`: everything between title and options, one card per line.
    - `options`: `.options` entries, numbers or words.
    - `transient`: the analysis, or `None` where `cards` contain one.
    - `saves`: names of vectors to keep: node names, and `vname#branch` for the current through a voltage source.
    - `files`: data files of the deck, by bare file name; written beside it before it runs.
    - `commands`: of ngspice, before the analysis.
    """

    title: str
    cards: tuple[str, ...]
    options: Mapping[str, float | str]
    transient: Transient | None
    saves: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    commands: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the text of the deck for ngspice; deterministic, ends with a newline."""
        lines = [f"* {self.title}", *self.cards, *command_cards(self.commands)]
        if self.options:
            lines.append(option_card(self.options))
        lines += [f".save {save_name(name)}" for name in self.saves]
        if self.transient is not None:
            lines.append(self.transient.card())
        return "\n".join([*lines, ".end"]) + "\n"


def command_cards(commands: tuple[str, ...]) -> tuple[str, ...]:
    """Return the `.control` block of some commands, which ngspice executes after parsing the deck; empty for none."""
    return (".control", *commands, ".endc") if commands else ()


def option_card(options: Mapping[str, float | str]) -> str:
    """Format `.options key=value ...`."""
    return ".options " + " ".join(f"{k}={v if isinstance(v, str) else number(v)}" for k, v in options.items())


def save_name(vector: str) -> str:
    """Return a vector's name in `.save`: `i(vname)` for a branch current, `v(node)` otherwise."""
    return f"i({vector.removesuffix('#branch')})" if vector.endswith("#branch") else f"v({vector})"
