"""The retry ladder: what is tried, in this order, when a circuit does not converge.

The rungs are those that rescued circuits in trials with ngspice 39 (algebraic loops with a fold, far start values,
sudden edges at tight tolerances). Gear integration and `xmu` rescued none. Each rung changes only the deck of that
one job, so nothing has to be undone. Netlist errors never climb.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vle_analog.netlist.deck import Deck, number

PATIENT = {"itl1": 1000, "itl2": 1000, "itl4": 500}  # iterations, of the operating point and of a step
DEFAULT_TOLERANCES = {"reltol": 1e-3, "abstol": 1e-12, "vntol": 1e-6, "chgtol": 1e-14}  # ngspice's own


@dataclass(frozen=True)
class Rung:
    """One way to try: its name, and the deck it makes from the deck of the job."""

    name: str
    change: Callable[[Deck], Deck]


def as_given(deck: Deck) -> Deck:
    """The deck itself."""
    return deck


def smaller_steps(deck: Deck) -> Deck:
    """A quarter of the largest step and many more Newton iterations: as accurate as given, or more."""
    if deck.transient is None:
        return with_options(deck, **PATIENT)
    transient = replace(deck.transient, max_step=deck.transient.max_step / 4)
    return with_options(replace(deck, transient=transient), **PATIENT)


def tiny_capacitors(deck: Deck) -> Deck:
    """1e-17 F from every node to ground, far below any wire: where an algebraic loop has to jump, it can."""
    return with_options(deck, **PATIENT, cshunt=1e-17)


def looser_tolerances(deck: Deck) -> Deck:
    """Tolerances a hundred times wider, but never wider than ngspice's own: the step control gives in."""
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
    """The deck with some of its options replaced."""
    return replace(deck, options={**deck.options, **options})


def changes(before: Deck, after: Deck) -> tuple[str, ...]:
    """What a rung changed, as `name: old -> new`."""
    old, new = _settings(before), _settings(after)
    return tuple(f"{key}: {old.get(key, 'default')} -> {value}" for key, value in new.items() if old.get(key) != value)


def _settings(deck: Deck) -> dict[str, str]:
    steps = {} if deck.transient is None else {"max_step": deck.transient.max_step}
    return {key: value if isinstance(value, str) else number(value) for key, value in {**deck.options, **steps}.items()}
