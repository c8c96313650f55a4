"""The transistors of a process as cards: parameters, models, and the wrappers `nch` and `pch` that every cell calls.

    Xname d g s b nch|pch w=.. l=.. m=..        (metres; m parallel devices)

They are from the process' own card file or from a design kit, of which only the parts in use are kept (and cached on
disk).
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vle_analog.cache import remembered
from vle_analog.errors import InputError, Problem
from vle_analog.process.pdk import ModelFile, model_files
from vle_analog.process.process import Pelgrom, Process
from vle_analog.process.reduce import ModelCard, read_statements, reduced, section

CHANNELS = {"n": "nch", "p": "pch"}


def device_cards(
    process: Process, corner: str | None = None, mismatch: bool = False, osdi: bool = False
) -> tuple[str, ...]:
    """Return everything that a deck needs to call `nch` and `pch`, one card per line, no options and no temperature.

    **Arguments:**

    - `corner`: `None` is the nominal one.
    - `mismatch`: every device draws its own threshold and current factor when the deck is read, with Pelgrom's law; the
      draws follow `.options seed=N`.
    - `osdi`: the simulator can load compiled models.

    **Raises:** `InputError` where the process has no such corner, or its design kit cannot be used.
    """
    process.check_corner(corner)
    if process.devices.kind == "card":
        return _card(process, corner or process.corners[0], mismatch)
    if process.devices.kind == "osdi":
        return _compiled(process, corner, mismatch, osdi)
    files = model_files(process, corner)
    question = ("device cards", process.name, process.devices, corner, mismatch, _digest(files))
    return remembered(question, lambda: _kit(process, files, mismatch))


def deviating_cards(cards: tuple[str, ...], shifts: Mapping[str, float], single: bool) -> tuple[str, ...]:
    """Return cards of `device_cards` whose transistors deviate.

    **Arguments:**

    - `shifts`: parameter of the process' own card file -> value added at this corner.
    - `single`: `nch` and `pch` have the parameters `dvt`, the shift of a threshold towards slower in volts, and `db`,
      the relative increase of a current. For devices of a kit the first is a voltage in series with the gate and the
      second a fraction of a device in parallel; the kit's parameters for them, if any, belong to its own draws.
    """
    found = list(cards)
    if shifts:
        found[0] = _shifted(cards[0], shifts)
    return tuple(_single(found)) if single else tuple(found)


def _shifted(card: str, shifts: Mapping[str, float]) -> str:
    word, *pairs = card.split()
    values = {name: float(value) for name, _, value in (pair.partition("=") for pair in pairs)}
    return " ".join([word, *(f"{name}={value + shifts.get(name, 0.0):.10g}" for name, value in values.items())])


def _single(cards: Iterable[str]) -> Iterator[str]:
    """Yield wrappers with `dvt` and `db`.

    A kit's m is renamed, since the values of a call are evaluated with the callee's names.
    """
    wrappers, channel = {name: key for key, name in CHANNELS.items()}, ""
    for card in cards:
        words = card.split()
        if words[0] == ".subckt":
            channel = wrappers.get(words[1], "")
        if not channel:
            yield card
        elif words[0] == ".subckt":
            yield f"{card} dvt=0 db=0"
        elif words[0].startswith("m"):
            yield f"{card} delvto={{{'-' * (channel == 'p')}dvt}} mulu0={{1+db}}"
        elif words[0].startswith("x"):
            yield f"vdvt {'g gate' if channel == 'n' else 'gate g'} {{dvt}}"
            yield ".param many={m*(1+db)}"
            yield card.replace(" d g s b ", " d gate s b ").replace("={m}", "={many}")
        else:
            yield card


def unusable(process: Process, osdi: bool = False) -> str:
    """Return the reason why the transistors of a process cannot be used here, in one line; empty where they can."""
    try:
        device_cards(process, osdi=osdi)
    except InputError as error:
        problem = error.problems[0]
        detail = problem.where if os.sep in problem.where else problem.got
        return f"{problem.what}: {detail}" if detail else problem.what
    return ""


def _card(process: Process, corner: str, mismatch: bool) -> tuple[str, ...]:
    """Return the process' own card file, with the parameters of the corner."""
    path = process.file.parent / process.devices.files[0][0]
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(Problem("the process' cards cannot be read", str(path), got=str(error))) from None
    parameters = " ".join(f"{name}={value:g}" for name, value in process.devices.corners[corner].items())
    cards, channel = [f".param {parameters}"], ""
    for line in lines:
        words = line.lower().split()
        if not words or words[0].startswith("*") or words[0] == ".param":
            continue
        if words[0] == ".subckt":
            channel = next(key for key, name in CHANNELS.items() if name == words[1])
        if mismatch and words[0].startswith("m"):
            cards += [*_draws(process.matching[channel]), f"{line} delvto={{shift}} mulu0={{factor}}"]
        else:
            cards.append(line)
    return tuple(cards)


def _draws(pelgrom: Pelgrom) -> Iterator[str]:
    """Yield parameters of a wrapper that draw a threshold shift (V) and a mobility factor for each device."""
    yield f".param shift={{agauss(0,{pelgrom.threshold:g},1)/sqrt(w*l*m)}}"
    yield f".param factor={{1+agauss(0,{pelgrom.beta:g},1)/sqrt(w*l*m)}}"


def _kit(process: Process, files: tuple[ModelFile, ...], mismatch: bool) -> tuple[str, ...]:
    """Return the parts in use of a design kit's files, and wrappers around its devices."""
    devices = process.devices
    switches = {**devices.parameters, devices.mismatch: int(mismatch)}
    source = [ModelCard(f".param {name}={value}", process.name) for name, value in switches.items()]
    whole = {path: read_statements(path) for path in dict.fromkeys(file.path for file in files)}
    for file in files:
        source += section(whole[file.path], file.section, file.path) if file.section else whole[file.path]
    cards, scale = reduced(source, tuple(devices.names.values()), files[-1].path)
    return (*cards, *_wrappers(process, scale))


def _wrappers(process: Process, unit: float = 1.0, more: str = "") -> Iterator[str]:
    """Yield `nch` and `pch` around the devices of a kit, with lengths in multiples of `unit` metres.

    ngspice evaluates the values of a call one after the other in the names of the callee, where w already has its new
    value: hence names of their own.
    """
    multipliers = " ".join(f"{name}={{m}}" for name in process.devices.multipliers)
    for channel, name in CHANNELS.items():
        yield f".subckt {name} d g s b w=2e-6 l=2e-6 m=1"
        yield (
            f".param wide={{w/{unit:g}}} long={{l/{unit:g}}} area={{w*5e-7/{unit**2:g}}} edge={{(2*w+1e-6)/{unit:g}}}"
        )
        yield (
            f"x0 d g s b {process.devices.names[channel]} w={{wide}} l={{long}} "
            f"ad={{area}} as={{area}} pd={{edge}} ps={{edge}} {multipliers}{more}"
        )
        yield f".ends {name}"


def _compiled(process: Process, corner: str | None, mismatch: bool, osdi: bool) -> tuple[str, ...]:
    """Return the cards of models that the simulator loads as a compiled file, from the kit's own library."""
    if not osdi:
        raise InputError(
            Problem(
                f"process {process.name} needs models that this ngspice cannot load",
                "circuit.process",
                got="ngspice built without OSDI",
                hint="install an ngspice whose `osdi` command exists, or choose another process",
            )
        )
    library, *compiled = model_files(process, corner)
    load = (".control", *(f"pre_osdi {file.path}" for file in compiled), ".endc")
    switch = f" {process.devices.mismatch}=1" if mismatch else ""
    return (*load, f".lib '{library.path}' {library.section}", *_wrappers(process, more=switch))


def _digest(files: tuple[ModelFile, ...]) -> str:
    """Return a digest of the files' content, regardless of their names."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.section} {file.path.name} ".encode())
        digest.update(_content(file.path))
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(Problem("a model file cannot be read", str(path), got=error.strerror or str(error))) from None
