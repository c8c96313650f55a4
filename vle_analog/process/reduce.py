"""The reducer of a design kit's model files to the devices in use, the models they call and the parameters those need.

The text is that of the kit, so currents are too. Models that a kit repeats inside each device are moved out of it, and
lengths in micrometres become metres.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vle_analog.errors import InputError, Problem

_NAME = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*")
_VALUE = re.compile(r"=\s*(\{[^}]*\}|'[^']*'|\S+)")
_WORD = re.compile(r"(?<![\w.])[a-z_]\w*")
_SCALE = re.compile(r"\bscale\s*=\s*([\d.]+)u\b")
_LENGTHS = ("l", "w", "pd", "ps", "sa", "sb", "sd")
_AREAS = ("ad", "as")
_MODEL_OF_M = 5  # M name d g s b MODEL
_NEWER = "an unknown version of the design kit: install a newer one with ciel or open_pdks"


@dataclass(frozen=True)
class ModelCard:
    """A card with its continuation lines joined and its comments removed; `where` is file:line."""

    text: str
    where: str

    @property
    def keyword(self) -> str:
        """Return the first word, lower case."""
        return self.text.split(None, 1)[0].lower()

    def word(self, index: int) -> str:
        """Return one word, lower case.

        **Raises:** `InputError` with file and line where the card is too short.
        """
        words = self.text.split()
        if len(words) <= index:
            raise InputError(Problem("a card of a model file that cannot be read", self.where, got=self.text[:80]))
        return words[index].lower()


@dataclass
class _Kit:
    """The top-level content of the files, by name."""

    devices: dict[str, list[ModelCard]] = field(default_factory=dict)
    models: dict[str, ModelCard] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    scale: float = 1.0


def read_statements(path: Path) -> list[ModelCard]:
    """Read the statements of a model file.

    **Raises:** `InputError` naming the file, and the line where one is at fault.
    """
    try:
        return list(_joined(path.read_bytes().decode("utf-8").splitlines(), path))
    except OSError as error:
        raise InputError(Problem("a model file cannot be read", str(path), got=error.strerror or str(error))) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(Problem("a model file is not text", f"{path}:{line}")) from None


def _joined(lines: list[str], path: Path) -> Iterator[ModelCard]:
    start, parts = 0, []
    for number, raw in enumerate(lines, start=1):
        text = raw.split(";")[0].split(" $")[0].strip()
        if not text or text.startswith("*"):
            continue
        if text.startswith("+"):
            if not parts:
                raise InputError(Problem("a model file that continues nothing", f"{path}:{number}", got=text[:80]))
            parts.append(text[1:].strip())
            continue
        if parts:
            yield ModelCard(" ".join(parts), f"{path}:{start}")
        start, parts = number, [text]
    if parts:
        yield ModelCard(" ".join(parts), f"{path}:{start}")


def section(everything: Sequence[ModelCard], name: str, path: Path) -> list[ModelCard]:
    """Return the statements between `.lib NAME` and `.endl`; a `.lib FILE NAME` is a call and opens nothing.

    **Raises:** `InputError` where the file has no such section, or ends inside it.
    """
    kept, opened, inside = [], {}, ""
    for statement in everything:
        if statement.keyword == ".lib" and len(statement.text.split()) == 2:
            inside = statement.word(1)
            opened[inside] = statement.where
        elif statement.keyword == ".endl":
            inside = ""
        elif inside == name:
            kept.append(statement)
    if name not in opened:
        raise InputError(
            Problem(f"the model file has no section {name!r}", str(path), got=_some(opened, "no sections"), hint=_NEWER)
        )
    if inside == name:
        raise InputError(
            Problem(
                "the model file ends inside a section", opened[name], expected=".endl", hint="install the kit again"
            )
        )
    return kept


def reduced(source: Sequence[ModelCard], devices: Sequence[str], path: Path) -> tuple[tuple[str, ...], float]:
    """Return the cards that some devices need, and the metres per unit of length in their calls.

    **Arguments:**

    - `source`: statements of all files in use, in their order.
    - `devices`: names of subcircuits `.subckt NAME d g s b`.
    - `path`: for the message where a device is missing.

    **Raises:** `InputError` for a device that is missing, or depends on its models in an unknown way.
    """
    kit = _sorted(source)
    models: dict[str, str] = {}
    cards: list[str] = []
    for device in devices:
        if device not in kit.devices:
            raise InputError(
                Problem(
                    f"the design kit has no device {device!r}",
                    str(path),
                    got=_some(kit.devices, "no devices"),
                    hint=_NEWER,
                )
            )
        body = kit.devices[device]
        inner = [statement for statement in body if statement.keyword == ".model"]
        local = {name for s in body if s.keyword in (".subckt", ".param") for name in assignments(s.text)}
        for statement in body:
            if statement.keyword == ".model":
                continue
            if not statement.keyword.startswith("m"):
                cards.append(_compact(statement.text))
                continue
            called, sheet = statement.word(_MODEL_OF_M), ""
            for model in (*inner, *kit.models.values()):
                if model.word(1).rpartition(".")[0] == called or model.word(1) == called:
                    models[model.word(1)], sheet = _outside(model, local)
            cards.append(_metres(_compact(statement.text), kit.scale, sheet))
    needed = _needed([*models.values(), *cards], kit.parameters)
    parameters = tuple(f".param {name}={value}" for name, value in kit.parameters.items() if name in needed)
    return (*parameters, *models.values(), *cards), kit.scale


def assignments(text: str) -> dict[str, str]:
    """Parse `name=value` pairs of a card; a value may contain spaces and signs, and ends where the next name begins."""
    hidden = re.sub(r"\{[^}]*\}|'[^']*'|\([^()]*\)", lambda match: "#" * len(match[0]), text)
    marks = list(_NAME.finditer(hidden))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {mark[1].lower(): text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)}


def _sorted(source: Iterable[ModelCard]) -> _Kit:
    kit, inside = _Kit(), None
    for statement in source:
        keyword = statement.keyword
        if keyword == ".subckt":
            inside = statement
            kit.devices[statement.word(1)] = []
        if inside is not None:
            kit.devices[inside.word(1)].append(statement)
        elif keyword == ".model":
            kit.models[statement.word(1)] = statement
        elif keyword == ".param":
            kit.parameters |= assignments(statement.text)
        elif keyword in (".option", ".options") and (match := _SCALE.search(statement.text)):
            kit.scale = 1e-6 * float(match[1])
        if keyword == ".ends":
            inside = None
    if inside is not None:
        raise InputError(
            Problem("a device without an end", inside.where, expected=".ends", hint="install the design kit again")
        )
    return kit


def _outside(model: ModelCard, local: set[str]) -> tuple[str, str]:
    """Return a model for use outside its device, and the sheet resistance that the device itself must then set.

    The resistance of source and drain is `rsh` times squares, which equals 1 ohm times `rsh` squares.
    """
    text, sheet = _compact(model.text), ""
    if (match := re.search(r" rsh=(\S+)", text)) and local & set(_WORD.findall(match[1].lower())):
        sheet = match[1].strip("{}'")
        text = text.replace(match[0], " rsh=1", 1)
    if used := local & {word for value in _VALUE.findall(text.lower()) for word in _WORD.findall(value)}:
        raise InputError(Problem("a model depends on its device in an unknown way", model.where, got=_some(used, "")))
    return text, sheet


def _metres(card: str, scale: float, sheet: str) -> str:
    """Return an M card, with geometry in units of `scale` metres, in metres, with its sheet resistance."""
    factors = {}
    if scale != 1:
        factors |= dict.fromkeys(_LENGTHS, f"{scale:g}") | dict.fromkeys(_AREAS, f"{scale**2:g}")
    if sheet:
        factors |= dict.fromkeys(("nrd", "nrs"), f"({sheet})")
    if not factors:
        return card
    pairs = {
        name: f"{{({value.strip('{}')})*{factors[name]}}}" if name in factors else value
        for name, value in assignments(card).items()
    }
    return " ".join([*card.split()[: _MODEL_OF_M + 1], *(f"{name}={value}" for name, value in pairs.items())])


def _needed(cards: Iterable[str], parameters: dict[str, str]) -> set[str]:
    """Return parameters that the cards use, and those that these need in turn."""
    needed: set[str] = set()
    pending = {word for card in cards for word in _WORD.findall(card.lower())}
    while pending := (pending & parameters.keys()) - needed:
        needed |= pending
        pending = {word for name in pending for word in _WORD.findall(parameters[name].lower())}
    return needed


def _compact(text: str) -> str:
    """Return a text with one space between words and none around `=`."""
    return re.sub(r"\s*(?<![=<>!])=(?!=)\s*", "=", " ".join(text.split()))


def _some(names: Iterable[str], none: str) -> str:
    """Return the first few names, for a message."""
    names = sorted(names)
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") or none
