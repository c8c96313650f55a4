"""Advice for a refused study: changed settings are tried, and those that are accepted are proposed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from vle_analog.errors import Advice, InputError, Problem
from vle_analog.remedies import Overrides, remedies, words
from vle_analog.study import StudySpec, study_from_document

MOST_TRIALS = 40
MOST_ADVICE = 2
DEEPEST = 4  # remedies together
LAST = "ideal circuit"

Trial = Callable[[StudySpec, Overrides], None]
"""A function that builds a changed study and raises its refusal."""


def advised(refusal: InputError, spec: StudySpec, attempt: Trial) -> InputError:
    """Add tested advice to a refusal: settings that help, or those that were tried without success.

    **Arguments:** `attempt`: called with the changed study and the texts of its changes.
    """
    if not any(problem.remedies for problem in refusal.problems):
        return refusal
    search = _Search(spec, attempt)
    found = search.alone(refusal) or search.together(refusal) or search.last(refusal)
    hint = "; or ".join(dict.fromkeys(map(str, found))) or search.in_vain(refusal)
    problems = [_with(problem, hint, tuple(found)) for problem in refusal.problems]
    return InputError(*problems)


def _with(problem: Problem, hint: str, found: tuple[Advice, ...]) -> Problem:
    if not problem.remedies:
        return problem
    return replace(problem, hint="; or ".join(filter(None, [hint, problem.hint])), advice=found, remedies=())


@dataclass
class _Search:
    """The search for settings: every change at most once, and at most `MOST_TRIALS`, half of them in combination."""

    spec: StudySpec
    attempt: Trial
    specs: dict[Overrides, StudySpec] = field(default_factory=dict)
    tried: dict[Overrides, InputError | None] = field(default_factory=dict)
    most: int = MOST_TRIALS

    def alone(self, refusal: InputError) -> list[Advice]:
        """Return remedies that help individually, each in its smallest form."""
        found: list[Advice] = []
        for _, changes in self._remedies(refusal, self.spec):
            if len(found) == MOST_ADVICE:
                break
            helps = next((change for change in changes if self._refused(change) is None), None)
            found += [] if helps is None else [Advice(helps)]
        return found

    def last(self, refusal: InputError) -> list[Advice]:
        """Return settings that nearly always help but change the study most, tried where nothing else helps."""
        if not any(LAST in problem.remedies for problem in refusal.problems):
            return []
        self.most += 1
        ((_, changes),) = remedies([LAST], self.spec)
        return [Advice(change) for change in changes if self._refused(change) is None]

    def together(self, refusal: InputError) -> list[Advice]:
        """Return the first changes that help in combination: each removes the cause that remains after the others."""
        self.most += MOST_TRIALS // 2
        waiting: list[tuple[int, Overrides, StudySpec, InputError]] = [(1, (), self.spec, refusal)]
        while waiting:
            depth, before, spec, refused = waiting.pop(0)
            for _, changes in self._remedies(refused, spec):
                for change in changes:
                    together = _merged(before, change)
                    other = self._refused(together)
                    if other is None:
                        return [Advice(together)]
                    if depth < DEEPEST and together in self.specs and _differs(other, refused):
                        waiting.append((depth + 1, together, self.specs[together], other))
                        break
        return []

    def in_vain(self, refusal: InputError) -> str:
        """Describe the settings that were tried, and the remaining cause of refusal."""
        lines = []
        for kind, changes in self._remedies(refusal, self.spec):
            others = [other for change in changes if (other := self.tried.get(change)) is not None]
            if others:
                other = next((o for o in others if _differs(o, refusal)), None)
                why = f" ({other.problems[0].what})" if other else ""
                lines.append(f"{words(kind)}{why}")
        return f"nothing that was tried helps: {'; '.join(lines)}" if lines else ""

    def _remedies(self, refusal: InputError, spec: StudySpec) -> Iterator[tuple[str, Iterator[Overrides]]]:
        names = [name for problem in refusal.problems for name in problem.remedies if name != LAST]
        return remedies(names, spec)

    def _refused(self, overrides: Overrides) -> InputError | None:
        """Return the refusal of a changed study; the last one where no trials are left."""
        if overrides not in self.tried:
            if len(self.tried) >= self.most:
                return InputError(Problem("too many changes to try"))
            try:
                spec = study_from_document(self.spec.document, self.spec.name, self.spec.folder, overrides)
                self.specs[overrides] = spec
                self.attempt(spec, overrides)
                self.tried[overrides] = None
            except InputError as refusal:
                self.tried[overrides] = refusal
        return self.tried[overrides]


def _merged(before: Overrides, change: Overrides) -> Overrides:
    """Merge overrides, later values of a key replacing earlier ones."""
    keys = {text.partition("=")[0]: text for text in (*before, *change)}
    return tuple(keys.values())


def _differs(one: InputError, other: InputError) -> bool:
    """Return whether the reasons or places of two refusals differ, apart from numbers."""
    return {(p.what, p.where) for p in one.problems} != {(p.what, p.where) for p in other.problems}
