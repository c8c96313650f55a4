"""Stimuli as cards of a testbench: the same functions of time as in the ideal, in volts and seconds.

Where the run begins with a hold, they have their values of model time 0 until then.
"""

from collections.abc import Callable, Iterator, Mapping

from vle_analog.netlist.circuit import GROUND, Circuit, Source
from vle_analog.netlist.deck import Transient, number
from vle_analog.netlist.file_source import data_file, file_source, pieces
from vle_analog.netlist.noise import noise_cards, noise_files
from vle_analog.network.stimuli import Samples, Sines, Steps, Stimulus

BREAKS = "breaks.at"  # no net of a network has a dot in its name at this level


def source_cards(circuit: Circuit, called: Callable[[str], str] = str) -> tuple[str, ...]:
    """Return one card per driven net, and the noise; a sampled stimulus is read from data files.

    **Arguments:** `called`: returns the local name of a net of the flat circuit.
    """
    cards: list[str] = []
    for name, stimulus in circuit.stimuli.items():
        driven = [source for source in circuit.sources if source.stimulus == name]
        if isinstance(stimulus, Samples):
            cards += _file_sources(name, [source.net for source in driven])
        else:
            cards += [_behavioural(circuit, stimulus, source) for source in driven]
    if circuit.noise is not None:
        cards += noise_cards(circuit.noise, called)
    return tuple(cards)


def break_cards(transient: Transient) -> tuple[str, ...]:
    """Return a source without effect whose corners are at the breaks, since ngspice ends a step at each."""
    if not transient.breaks:
        return ()
    corners = " ".join(f"{time:.15g} 0" for time in transient.breaks)
    return (f"Vbreaks {BREAKS} {GROUND} pwl(0 0 {corners})",)


def source_files(circuit: Circuit, stop: float) -> Mapping[str, bytes]:
    """Write data files of the sampled stimuli, seconds and volts, one line per sample; and those of the noise.

    **Arguments:** `stop`: seconds of the whole run.
    """
    files: dict[str, bytes] = {}
    clock, volts = (circuit.units.time, circuit.hold, stop), circuit.units.potential
    for name, stimulus in circuit.stimuli.items():
        if isinstance(stimulus, Samples):
            for k, part in enumerate(pieces(stimulus.size)):
                files[f"{_part(name, k)}.dat"] = data_file(stimulus, part, *clock, scale=volts)
    if circuit.noise is not None:
        files |= noise_files(circuit.noise, *clock)
    return files


def _file_sources(name: str, nets: list[str]) -> Iterator[str]:
    for k, part in enumerate(pieces(len(nets))):
        label = _part(name, k)
        yield from file_source(label, f"{label}_file", f"{label}.dat", "%v", nets[part], "1")


def _part(name: str, number: int) -> str:
    """Return the name of a part of a stimulus, with a dot, which no stimulus has."""
    return f"{name}.{number}" if number else name


def _behavioural(circuit: Circuit, stimulus: Stimulus, source: Source) -> str:
    terms = _slope_terms if source.slope else _terms
    clock = f"max(time-{number(circuit.hold)},0)" if circuit.hold else "time"
    expression = "+".join(terms(stimulus, source, circuit.units.time, clock))
    return f"B{source.net} {source.net} {GROUND} V={number(circuit.units.potential)}*({expression.replace('+-', '-')})"


def _terms(stimulus: Stimulus, source: Source, time_unit: float, clock: str) -> Iterator[str]:
    """Yield the terms of a channel in model units, over `clock` in seconds."""
    channel = source.channel
    if isinstance(stimulus, Sines):
        yield number(stimulus.offsets[channel])
        for sine in stimulus.channels[channel]:
            angle = f"{number(sine.omega / time_unit)}*{clock}+{number(sine.phase)}".replace("+-", "-")
            yield f"{number(sine.amplitude)}*sin({angle})"
    elif isinstance(stimulus, Steps):
        yield number(stimulus.initials[channel])
        for edge, height in stimulus.jumps(channel):
            start, rise = number(edge * time_unit), number(stimulus.rise * time_unit)
            yield f"{number(height / 2)}*(1+tanh(({clock}-{start})/{rise}))"
    else:
        raise TypeError(f"no card for {type(stimulus).__name__}")


def _slope_terms(stimulus: Stimulus, source: Source, time_unit: float, clock: str) -> Iterator[str]:
    """Yield the terms of the slope of a channel."""
    yield "0"
    if isinstance(stimulus, Sines):
        for sine in stimulus.channels[source.channel]:
            height, omega = number(source.slope * sine.amplitude * sine.omega), number(sine.omega / time_unit)
            yield f"{height}*cos({omega}*{clock}+{number(sine.phase)})".replace("+-", "-")
    elif isinstance(stimulus, Steps):
        for edge, height in stimulus.jumps(source.channel):
            argument = f"({clock}-{number(edge * time_unit)})/{number(stimulus.rise * time_unit)}"
            yield f"{number(source.slope * height / 2 / stimulus.rise)}*(1-tanh({argument})*tanh({argument}))"
    else:
        raise TypeError(f"no card for the slope of {type(stimulus).__name__}")
