"""The retry ladder: the ordered changes of a deck that are tried when a circuit does not converge.

The rungs are those that rescued circuits in trials with ngspice 39 (algebraic loops with a fold, far start values,
sudden edges at tight tolerances). Gear integration and `xmu` rescued none. Each rung changes only the deck of that
one job, so nothing has to be undone. Netlist errors are not retried.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vle_analog.netlist.deck import Deck, number

PATIENT = {"itl1": 1000, "itl2": 1000, "itl4": 500}  # iterations, of the operating point and of a step
DEFAULT_TOLERANCES = {"reltol": 1e-3, "abstol": 1e-12, "vntol": 1e-6, "chgtol": 1e-14}  # default of ngspice


@dataclass(frozen=True)
class Rung:
    """One rung: its name, and the function that changes the deck of the job."""

    name: str
    change: Callable[[Deck], Deck]


def as_given(deck: Deck) -> Deck:
    """Return the deck unchanged."""
    return deck


def smaller_steps(deck: Deck) -> Deck:
    """Reduce the largest step to a quarter and allow many more Newton iterations: at least as accurate."""
    if deck.transient is None:
        return with_options(deck, **PATIENT)
    transient = replace(deck.transient, max_step=deck.transient.max_step / 4)
    return with_options(replace(deck, transient=transient), **PATIENT)


def tiny_capacitors(deck: Deck) -> Deck:
    """Add 1e-17 F from every node to ground, far below any wire, so that an algebraic loop can jump."""
    return with_options(deck, **PATIENT, cshunt=1e-17)


def looser_tolerances(deck: Deck) -> Deck:
    """Widen tolerances a hundredfold, up to the defaults of ngspice."""
    wider = {
        key: max(min(100 * float(deck.options[key]), default), float(deck.options[key]))
        for key, default in DEFAULT_TOLERANCES.items()
        if key in deck.options
    }
    return with_options(deck, **PATIENT, **wider)


LADDER: tuple[Rung, ...] = (
    Rung("as given", as_given),
    Rung("smaller steps", smaller_steps),
    Rung("tiny capacitors", tiny_capacitors),
    Rung("looser tolerances", looser_tolerances),
)


def with_options(deck: Deck, **options: float | str) -> Deck:
    """Replace some options of the deck."""
    return replace(deck, options={**deck.options, **options})


def changes(before: Deck, after: Deck) -> tuple[str, ...]:
    """Describe the changes of a rung as `name: old -> new`."""
    old, new = _settings(before), _settings(after)
    return tuple(f"{key}: {old.get(key, 'default')} -> {value}" for key, value in new.items() if old.get(key) != value)


def _settings(deck: Deck) -> dict[str, str]:
    steps = {} if deck.transient is None else {"max_step": deck.transient.max_step}
    return {key: value if isinstance(value, str) else number(value) for key, value in {**deck.options, **steps}.items()}
