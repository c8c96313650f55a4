"""The text of a kernel from a law set: one sweep through the network, forward in signal order and backward again.

The text is valid for every network. Everything that varies in time or between samples is a row of `z`: states first,
then constants; `at[AT_TAU_M, i]` is the row of neuron i's tau_m, plastic or not. A run of synapses goes from
neighbouring senders onto one neuron, its weights in neighbouring rows. In the text for many samples every array has the
sample as its last index, `lane`; in the text for one it has no such index.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from vle_analog.codegen.printer import straight_line
from vle_analog.ideal.compiled.activations import ACTIVATION_CODES
from vle_analog.ideal.compiled.laws import EXTERNAL, LawSet, NeuronEquation
from vle_analog.theory.activation import ACTIVATIONS
from vle_analog.theory.symbols import x as argument

TAB = "    "

SUMS = ("current", "feedback")
NET = ("order", "first", "last", "external", "outputs", "cost_row", "at", "run")
OF_NEURON, OF_RUN = ("activation",), ("sender", "count", "ahead")
RESERVED = {
    *("a", "i", "j", "k", "m", "n", "q", "z", "dz", "L", "lane", "work", "net", "moving", "outside", "real", "change"),
    *("part", "missed", "total", "neurons", *NET),
}


@dataclass(frozen=True)
class Names:
    """The storage places of the quantities of a law set.

    **Arguments:**

    - `signals`: arrays of the workspace, by neuron.
    - `at`: properties of every neuron: rows of `z`, external channels, activation. `run`: the same for every run of
      synapses, and (`<name>_moves`) whether its states vary.
    - `guessed`: signals that may be needed before they are computed.
    """

    signals: tuple[str, ...]
    at: tuple[str, ...]
    run: tuple[str, ...]
    guessed: tuple[str, ...]


def names(law: LawSet) -> Names:
    """Return the names in a law set."""
    equations = (*law.forward, *law.backward)
    given = [e.name for e in equations if e.kind != "state"]
    if any(e.kind == "activation" for e in equations):
        given.append("slope")
    states = [e.name for e in equations if e.kind == "state"]
    signals = [*given, *SUMS]
    in_neuron = _symbols([*(e.value for e in equations), law.cost])
    in_synapse = _symbols([law.synapse_forward, law.synapse_backward, *(value for _, value in law.synapse_states)])
    ends = {name for name in in_synapse if name.endswith(("_pre", "_post"))}
    of_ends = {name.rsplit("_", 1)[0] for name in ends}
    external = [name for name in EXTERNAL if name in in_neuron | of_ends]
    known, early = set(SUMS), []
    for equation in equations:
        if equation.kind != "state":
            early += [n for n in given if n in _symbols([equation.value]) - known]
            known |= {equation.name, "slope"} if equation.kind == "activation" else {equation.name}
    over_loops = [end.rsplit("_", 1)[0] for end in sorted(_symbols([law.synapse_forward]) & ends)]
    over_loops += [end.rsplit("_", 1)[0] for end in sorted(_symbols([law.synapse_backward]) & ends)]
    in_neuron |= set(states) | set(external)
    in_synapse -= ends
    if clash := RESERVED & (in_neuron | in_synapse | set(signals)):
        raise ValueError(f"the kernel uses these names for itself: {', '.join(sorted(clash))}")
    moves = [f"{name}_moves" for name, _ in law.synapse_states]
    return Names(
        signals=tuple(signals),
        at=(*OF_NEURON, *sorted(in_neuron - set(signals))),
        run=(*OF_RUN, *moves, *sorted(in_synapse)),
        guessed=tuple(dict.fromkeys([*over_loops, *early])),
    )


def _numbered(prefix: str, names: Sequence[str]) -> str:
    return "\n".join(f"{prefix}_{name.upper()} = {k}" for k, name in enumerate(names))


def _symbols(expressions: Iterable[sp.Expr]) -> set[str]:
    return {str(symbol) for expression in expressions for symbol in expression.free_symbols}


@dataclass(frozen=True)
class Generator:
    """The generator of the sweep of one law set, for one sample or for many."""

    law: LawSet
    many: bool

    @cached_property
    def names(self) -> Names:
        return names(self.law)

    def text(self) -> str:
        """Return the functions `sweep`, `put` (guesses into the workspace), `take` (out of it) and `report`."""
        parts = (self._sweep(), self._put(), self._take(), self._report())
        functions = "\n\n\n".join("\n".join(["@jit", *lines]) for lines in parts)
        return "\n".join([_numbered("AT", self.names.at), _numbered("RUN", self.names.run), "\n", functions, ""])

    # -- places -----------------------------------------------------------------------------------------------

    def _lane(self, array: str, row: str) -> str:
        return f"{array}[{row}, lane]" if self.many else f"{array}[{row}]"

    def _place(self, name: str) -> str:
        """Return the storage place of a quantity of neuron i, or of synapse q of run k."""
        base, _, end = name.rpartition("_")
        if name in self.names.signals:
            return self._lane(f"{name}_of", "i")
        if end in ("pre", "post") and base in EXTERNAL:
            return f"outside[at[AT_{base.upper()}, {'j + q' if end == 'pre' else 'i'}]]"
        if end in ("pre", "post"):
            return self._lane(f"{base}_of", "j + q" if end == "pre" else "i")
        if name.startswith("given_"):
            return self._lane(f"{name[6:]}_of", "i")
        if name in EXTERNAL:
            return f"outside[at[AT_{name.upper()}, i]]"
        return self._lane("z", self._row(name))

    def _row(self, name: str) -> str:
        """Return the row of a parameter or state."""
        if name in self.names.run:
            return f"run[RUN_{name.upper()}, k]" + (" + q" if name in self.law.per_synapse else "")
        return f"at[AT_{name.upper()}, i]"

    def _loop(self, assignments: Sequence[tuple[str, sp.Expr]], store: dict[str, str], depth: int) -> list[str]:
        """Return loads, straight-line code and stores, for every sample.

        **Arguments:** `store`: name -> the statement that keeps it.
        """
        loads: list[str] = []
        done: set[str] = set()
        for name, value in assignments:
            loads += [s for s in sorted(_symbols([value])) if s not in done and s not in loads]
            done.add(name)
        inside = [f"{name} = {self._place(name)}" for name in loads]
        inside += straight_line(assignments)
        inside += [store[name] for name, _ in assignments if name in store]
        head, more = (["for lane in range(L):"], 1) if self.many else ([], 0)
        return [TAB * depth + line for line in head] + [TAB * (depth + more) + line for line in inside]

    def _each(self, statement: str, depth: int) -> list[str]:
        """Return one statement for every sample."""
        return [TAB * depth + (f"for lane in range(L): {statement}" if self.many else statement)]

    # -- the sweep --------------------------------------------------------------------------------------------

    def _sweep(self) -> list[str]:
        lines = [
            "def sweep(z, dz, outside, moving, net, work):",
            f"{TAB}({', '.join(NET)}) = net",
            f"{TAB}({', '.join(f'{name}_of' for name in self.names.signals)}) = work",
            f"{TAB}neurons = order.size",
            *([f"{TAB}L = z.shape[1]"] if self.many else []),
            f"{TAB}for m in range(external.size):  # stimuli act as rates",
            *self._each(f"{self._lane('r_of', 'neurons + m')} = outside[external[m]]", 2),
            f"{TAB}for a in range(neurons):",
            f"{TAB * 2}i = order[a]",
            *self._each(f"{self._total} = real(0.0)", 2),
            *self._each(f"{self._lane('feedback_of', 'i')} = real(0.0)", 2),
            f"{TAB * 2}for k in range(first[i], last[i]):",
            f"{TAB * 3}j = run[RUN_SENDER, k]",
            f"{TAB * 3}for q in range(run[RUN_COUNT, k]):",
            *self._loop([("part", self.law.synapse_forward)], {"part": f"{self._total} += part"}, 4),
            *([] if self.many else [f"{TAB * 2}current_of[i] = total"]),
            *self._equations(self.law.forward, set(SUMS), 2),
        ]
        known = {*SUMS, "slope", *(e.name for e in self.law.forward if e.kind != "state")}
        lines += [
            f"{TAB}for a in range(neurons):  # errors that come round a loop are guessed",
            f"{TAB * 2}i = order[a]",
            f"{TAB * 2}for k in range(first[i], last[i]):",
            f"{TAB * 3}if run[RUN_AHEAD, k] == 1:",
            f"{TAB * 4}j = run[RUN_SENDER, k]",
            f"{TAB * 4}for q in range(run[RUN_COUNT, k]):",
            *self._back(5),
            f"{TAB}for a in range(neurons - 1, -1, -1):",
            f"{TAB * 2}i = order[a]",
            *self._equations(self.law.backward, known, 2),
            *self._states((*self.law.forward, *self.law.backward), 2),
            f"{TAB * 2}for k in range(first[i], last[i]):",
            f"{TAB * 3}j = run[RUN_SENDER, k]",
            f"{TAB * 3}if run[RUN_AHEAD, k] == 0:",
            f"{TAB * 4}for q in range(run[RUN_COUNT, k]):",
            *self._back(5),
        ]
        for name, value in self.law.synapse_states:
            lines += [
                f"{TAB * 3}if run[RUN_{name.upper()}_MOVES, k] == 1:",
                f"{TAB * 4}for q in range(run[RUN_COUNT, k]):",
            ]
            lines += self._loop([("change", value)], {"change": f"{self._lane('dz', self._row(name))} = change"}, 5)
        cost = self._lane("dz", "cost_row")
        lines += [
            f"{TAB}if cost_row < moving:",
            *self._each(f"{cost} = real(0.0)", 2),
            f"{TAB * 2}for n in range(outputs.size):",
            f"{TAB * 3}i = outputs[n]",
            *self._loop([("missed", self.law.cost)], {"missed": f"{cost} += missed"}, 3),
        ]
        return lines

    @property
    def _total(self) -> str:
        """Return the storage place of the summed input of neuron i."""
        return "current_of[i, lane]" if self.many else "total"

    def _back(self, depth: int) -> list[str]:
        kept = f"{self._lane('feedback_of', 'j + q')} += part"
        return self._loop([("part", self.law.synapse_backward)], {"part": kept}, depth)

    def _equations(self, equations: Sequence[NeuronEquation], known: set[str], depth: int) -> list[str]:
        """Return the algebraic equations of one direction, in order; unknown quantities are read as guessed."""
        lines: list[str] = []
        together: list[tuple[str, sp.Expr]] = []
        known = set(known)

        def emit() -> None:
            if together:
                store = {name: f"{self._place(name)} = {name}" for name, _ in together}
                lines.extend(self._loop(together, store, depth))
                together.clear()

        for equation in equations:
            if equation.kind == "state":
                continue
            unknown = (_symbols([equation.value]) & set(self.names.signals)) - known
            guesses = {s: sp.Symbol(f"given_{s}") for s in equation.value.free_symbols if str(s) in unknown}
            value = equation.value.xreplace(guesses)
            if equation.kind == "algebraic":
                together.append((equation.name, value))
            else:
                emit()
                lines += self._activation(equation.name, value, depth)
                known.add("slope")
            known.add(equation.name)
        emit()
        return lines

    def _activation(self, name: str, at: sp.Expr, depth: int) -> list[str]:
        lines: list[str] = []
        for kind, code in ACTIVATION_CODES.items():
            known = ACTIVATIONS[kind]
            pair = [(name, known.rate.subs(argument, at)), ("slope", known.slope.subs(argument, at))]
            lines.append(f"{TAB * depth}{'if' if code == 0 else 'elif'} at[AT_ACTIVATION, i] == {code}:  # {kind}")
            lines += self._loop(pair, {n: f"{self._lane(f'{n}_of', 'i')} = {n}" for n, _ in pair}, depth + 1)
        return lines

    def _states(self, equations: Sequence[NeuronEquation], depth: int) -> list[str]:
        lines: list[str] = []
        for equation in equations:
            if equation.kind == "state":
                row = self._row(equation.name)
                lines.append(f"{TAB * depth}if {row} < moving:")
                kept = f"{self._lane('dz', row)} = change"
                lines += self._loop([("change", equation.value)], {"change": kept}, depth + 1)
        return lines

    # -- guesses and reports ----------------------------------------------------------------------------------

    def _unpacked(self) -> list[str]:
        lines = [f"{TAB}({', '.join(f'{name}_of' for name in self.names.signals)}) = work"]
        return [*lines, f"{TAB}L = guess.shape[1]"] if self.many else lines

    def _put(self) -> list[str]:
        lines = ["def put(guess, kinds, neurons, work):", *self._unpacked()]
        early = [name for name in self.names.guessed if name != "r"]
        for name in early:  # an unneeded guess is zero rather than a remainder of a failed step
            lines += [f"{TAB}for i in range({name}_of.shape[0]):"]
            lines += self._each(f"{self._lane(f'{name}_of', 'i')} = real(0.0)", 2)
        lines += [f"{TAB}for m in range(kinds.size):"]
        for code, name in enumerate(self.names.guessed):
            lines.append(f"{TAB * 2}if kinds[m] == {code}:")
            lines += self._each(f"{self._lane(f'{name}_of', 'neurons[m]')} = {self._guess('guess')}", 3)
        return lines

    def _take(self) -> list[str]:
        lines = ["def take(guess, kinds, neurons, work):", *self._unpacked(), f"{TAB}for m in range(kinds.size):"]
        for code, name in enumerate(self.names.guessed):
            lines.append(f"{TAB * 2}if kinds[m] == {code}:")
            lines += self._each(f"{self._guess('guess')} = {self._lane(f'{name}_of', 'neurons[m]')}", 3)
        return lines

    def _guess(self, array: str) -> str:
        return f"{array}[m, lane]" if self.many else f"{array}[m, 0]"

    def _report(self) -> list[str]:
        """Return rows of z (kind -1) and of the signals (kind = place among the signals), in sequence."""
        lines = ["def report(kinds, rows, out, z, work):", *self._unpacked()[:1]]
        lines += [f"{TAB}L = z.shape[1]"] if self.many else []
        lines += [f"{TAB}for m in range(kinds.size):"]
        for code, name in enumerate(["z", *(f"{name}_of" for name in self.names.signals)], start=-1):
            lines.append(f"{TAB * 2}if kinds[m] == {code}:")
            lines += self._each(f"{self._lane('out', 'm')} = {self._lane(name, 'rows[m]')}", 3)
        return lines
