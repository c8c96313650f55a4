"""The diagnostics in the output of ngspice: a table of patterns, and names mapped back to signals and instances.

The patterns are based on recorded output of ngspice 39 (beside the tests), library and program alike, extended for the
output of 44 and 47.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """One message of ngspice.

    **Arguments:**

    - `severity`: `note`, `warning` or `error`; whether the run failed is decided separately (see `verdict`).
    - `kind`: `netlist` (invalid deck), `convergence` (numerical failure), or empty.
    - `code`: stable short name, e.g. `singular-matrix`.
    - `text`: one sentence.
    - `names`: mentioned nodes and devices, as in the deck.
    - `where`: the same, readable.
    - `hint`: what to try.
    """

    severity: str
    kind: str
    code: str
    text: str
    names: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Rule:
    """A pattern (multi-line, case ignored) and its message; groups `node`, `device` and `line` give the location."""

    code: str
    pattern: str
    text: str
    kind: str = "netlist"
    severity: str = "error"
    hint: str = ""


NETLIST_HINT = "the deck kept with this error can be opened and run by hand: ngspice deck.cir"
TROUBLE = r'(?:trouble with node "(?P<node>.*?)"|trouble with .*?instance (?P<device>\S+)|cause unrecorded)'
STEP_HINT = "look at the signals named here just before that time; a smaller largest step may help"

RULES: tuple[Rule, ...] = (
    Rule(
        "missing-data-file",
        r"Instance: (?P<device>\S+)\s+Message: cannot open file (?P<file>.*)",
        "the data file {file} cannot be read",
        hint="add it to the files of the deck",
    ),
    Rule("missing-include", r"Could not find include file (?P<file>.*)", "there is no file {file} to include"),
    Rule(
        "undefined-parameter",
        r"Netlist line no\. (?P<line>\d+)(?:, new internal line no\. \d+)?:\nUndefined parameter \[(?P<name>.*?)\]",
        "parameter {name} is undefined",
    ),
    Rule("unknown-function", r"no such function '(?P<name>.*?)'", "there is no function {name}"),
    Rule(
        "unknown-subcircuit",
        r"unknown subckt: (?P<device>\S+).*?(?P<name>\S+)\s*$",
        "there is no subcircuit {name}",
    ),
    Rule(
        "wrong-pins",
        r"Too (?:few|many) parameters for subcircuit type \"(?P<name>.*?)\" \(instance: x(?P<device>.*?)\)",
        "the number of pins does not fit subcircuit {name}",
    ),
    Rule(
        "unknown-model",
        r"can't find model '(?P<name>.*?)' from line\n\s*(?P<device>\S+)",
        "there is no model {name}",
    ),
    Rule(
        "unknown-model",
        r"Error on line (?P<line>\d+) or its substitute:\n(?P<device>\S+).*\n"
        r".*unable to find definition of model (?P<name>\S+)",
        "there is no model {name}",
    ),
    Rule("no-analysis", r"No job \(.*\) defined", "the deck has no analysis"),
    Rule("no-vectors", r"no data saved for .*", "none of the vectors to be saved exists"),
    Rule(
        "bad-line",
        r"Error on line (?P<line>\d+) or its substitute:\n(?P<device>\S+).*\n(?P<reason>.*)",
        "line {line} of the deck: {reason}",
    ),
    Rule("not-parsed", r"circuit not parsed|there aren't any circuits loaded", "ngspice refused the deck"),
    Rule(  # ngspice 39 continues from the last successful step, and reports completion
        "wrong-point",
        r"Last gmin step failed(?:(?!Starting|stepping failed)[\s\S])*?gmin stepping completed",
        "ngspice accepted an invalid operating point",
        kind="convergence",
        hint="fewer cells in one deck, or other start values",
    ),
    Rule(
        "out-of-domain",
        r"Error: (?P<value>\S+) out of range for (?P<name>\S+)\nin line (?P<device>\S+)",
        "{name}({value}) has no value",
        kind="convergence",
        hint="an argument left the range of its function: look at the source named here",
    ),
    Rule(
        "singular-matrix",
        r"singular matrix:\s+check nodes? (?P<node>\S+)(?: and (?P<node2>\S+))?",
        "the equations are singular",
        kind="convergence",
        severity="warning",
        hint="a node without a path for its current, or a loop of voltage sources: look at the nodes named here",
    ),
    Rule(
        "timestep-too-small",
        rf"Timestep too small; time = (?P<time>[^,\s]+), timestep = \S+: {TROUBLE}",
        "the time step became too small at t = {time} s",
        kind="convergence",
        hint=STEP_HINT,
    ),
    Rule(
        "no-start",
        rf"Timestep too small; (?:initial timepoint: )?{TROUBLE}",
        "no solution was found at the initial time point",
        kind="convergence",
        hint="look at the start values of the nodes named here",
    ),
    Rule(
        "iteration-limit",
        r"iteration limit reached|no convergence in \w+",
        "the iteration limit was reached",
        kind="convergence",
        hint=STEP_HINT,
    ),
    Rule(
        "resistance-too-low",
        r"Warning: (?P<device>\S+): resistance to low.*",
        "a resistor without a usable value counts as 1 mOhm",
        kind="",
        severity="warning",
    ),
    Rule(
        "ignored-parameter",
        r"unrecognized parameter \((?P<name>.*?)\) - ignored",
        "model parameter {name} is unknown and ignored",
        kind="",
        severity="warning",
    ),
    Rule(
        "stepping",
        r"Note: (?:Starting|Transient op|One successful|Dynamic|True).*|Trying gmin.*|Supplies reduced.*"
        r"|Warning: (?:.*gmin|source stepping).*",
        "{all}",
        kind="",
        severity="note",
    ),
    Rule("other-warning", r"^Warning: .*", "{all}", kind="", severity="warning"),
    Rule("other-error", r"^Error\b.*", "{all}", kind=""),
)


def classify(lines: Iterable[str], names: Mapping[str, str] | None = None) -> tuple[Diagnostic, ...]:
    """Classify the output of ngspice.

    **Arguments:**

    - `lines`: printed lines, in order.
    - `names`: node or device name -> readable name.

    **Returns:** diagnostics in order of appearance, each (code, names) once; earlier rules have priority over later
    ones.
    """
    text = "\n".join(line.strip() for line in lines if line.strip())
    found: dict[tuple[str, tuple[str, ...]], tuple[int, Diagnostic]] = {}
    taken = bytearray(len(text))  # 1 where a character belongs to a diagnostic: logs can have many thousand lines
    for rule in RULES:
        for match in re.finditer(rule.pattern, text, re.MULTILINE | re.IGNORECASE):
            start, end = match.span()
            if taken.find(1, start, end) >= 0:
                continue
            taken[start:end] = b"\x01" * (end - start)
            diagnostic = _diagnostic(rule, match, names or {})
            found.setdefault((rule.code, diagnostic.names), (start, diagnostic))
    return tuple(diagnostic for _, diagnostic in sorted(found.values(), key=lambda entry: entry[0]))


def _diagnostic(rule: Rule, match: re.Match[str], names: Mapping[str, str]) -> Diagnostic:
    groups = match.groupdict()
    mentioned = tuple(groups[key].lower() for key in ("node", "node2", "device") if groups.get(key))
    return Diagnostic(
        severity=rule.severity,
        kind=rule.kind,
        code=rule.code,
        text=rule.text.format(all=match.group(0).strip(), **groups),
        names=mentioned,
        where=tuple(readable(name, names) for name in mentioned) or _line(groups.get("line")),
        hint=rule.hint or (NETLIST_HINT if rule.kind == "netlist" else ""),
    )


def _line(number: str | None) -> tuple[str, ...]:
    return () if number in (None, "0") else (f"line {number} of the deck",)


def readable(name: str, names: Mapping[str, str]) -> str:
    """Return the readable name of the node or device, of the branch, or of the flattened instance `r.x1.r1`."""
    bare = name.removesuffix("#branch")
    candidates = (name, bare, bare.split(".", 1)[-1])
    return next((names[candidate] for candidate in candidates if candidate in names), name)
