"""Advice for a refused study: settings are changed, the changed study is tried, and what is accepted is proposed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from vle_analog.errors import Advice, InputError, Problem
from vle_analog.network import StudySpec, study_from_document
from vle_analog.remedies import Overrides, remedies, words

MOST_TRIALS = 40
MOST_ADVICE = 2
DEEPEST = 4  # remedies together
LAST = "ideal circuit"

Attempt = Callable[[StudySpec, Overrides], None]
"""Builds a changed study; raises what it is refused for."""


def advised(refusal: InputError, spec: StudySpec, attempt: Attempt) -> InputError:
    """The refusal with what helps: settings that were tried, or what was tried in vain.

    **Arguments:** `attempt`: gets the changed study, and the texts that changed it.
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
    """A study under trial: every change once, and `MOST_TRIALS` alone, half of them together."""

    spec: StudySpec
    attempt: Attempt
    specs: dict[Overrides, StudySpec] = field(default_factory=dict)
    tried: dict[Overrides, InputError | None] = field(default_factory=dict)
    most: int = MOST_TRIALS

    def alone(self, refusal: InputError) -> list[Advice]:
        """Remedies that help by themselves, each in its smallest form."""
        found: list[Advice] = []
        for _, changes in self._remedies(refusal, self.spec):
            if len(found) == MOST_ADVICE:
                break
            helps = next((change for change in changes if self._refused(change) is None), None)
            found += [] if helps is None else [Advice(helps)]
        return found

    def last(self, refusal: InputError) -> list[Advice]:
        """Settings that nearly always help but change the study most, tried where nothing else helps."""
        if not any(LAST in problem.remedies for problem in refusal.problems):
            return []
        self.most += 1
        ((_, changes),) = remedies([LAST], self.spec)
        return [Advice(change) for change in changes if self._refused(change) is None]

    def together(self, refusal: InputError) -> list[Advice]:
        """The first changes that help together: each removes what the ones before are refused for."""
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
        """A sentence on the settings that were tried, and what stands in their way."""
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
        """The refusal of a changed study; the last one where there are no trials left."""
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
    """Both, later values of a key in the place of earlier ones."""
    keys = {text.partition("=")[0]: text for text in (*before, *change)}
    return tuple(keys.values())


def _differs(one: InputError, other: InputError) -> bool:
    """Whether they are refused for other reasons, or in other places; numbers aside."""
    return {(p.what, p.where) for p in one.problems} != {(p.what, p.where) for p in other.problems}
