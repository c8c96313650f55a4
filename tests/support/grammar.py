"""The only cards that a deck may hold, as a grammar: what does not match it was not meant by the writers.

Expressions are taken apart into tokens; a name in one is a node inside `V(...)`, a parameter in braces, `time`, or one
of the few functions that activations and stimuli are made of.
"""

import re

NAME = r"[a-z][a-z0-9_]*"
NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?"
NODE = r"(?:0|[a-z][a-z0-9_.]*)"
PARAMETER = rf"\{{{NAME}\}}"
VALUE = rf"(?:{NUMBER}|{PARAMETER})"
FILE = rf"{NAME}\.dat"
_TOKEN = re.compile(
    rf"V\({NODE}(?:,{NODE})?\)|\d+(?:\.\d+)?(?:e[+-]\d+)?|{PARAMETER}|(?:tanh|exp|ln|sin)(?=\()|time\b|[-+*/()]|max\(time-{NUMBER},0\)"
)
_CARDS = [
    rf"R[\w.]* {NODE} {NODE} {VALUE}",
    rf"C[\w.]* {NODE} {NODE} {VALUE} ic={VALUE}",
    rf"G[\w.]* {NODE} {NODE} {NODE} {NODE} {VALUE}",
    rf"V[\w.]* {NODE} {NODE} {VALUE}",
    rf"A{NAME} %v\(\[{NODE}(?: {NODE})*\]\) {NAME}_file",
    rf'\.model {NAME}_file filesource \(file="{FILE}" amploffset=\[0(?: 0)*\] amplscale=\[1(?: 1)*\] '
    r"timeoffset=0 timescale=1 timerelative=false amplstep=false\)",
    rf"\.options(?: [a-z]+=(?:{NUMBER}|trap|gear))+",
    rf"\.save v\({NODE}\)|\.save i\(v[\w.]+\)",
    rf"\.tran {NUMBER} {NUMBER} 0 {NUMBER} uic",
    rf"\.meas tran end_[\w]+ find v\({NODE}\) at={NUMBER}",
]
_HIERARCHICAL = [
    rf"\.subckt {NAME}(?: {NAME})+(?: params:(?: {NAME}={NUMBER})+)?",
    rf"\.ends {NAME}",
    rf"X{NAME}(?: {NAME})+(?: {NAME}={VALUE})*",
    rf"\.include {NAME}\.cir",
]
_COMPOSED = [
    r"\.control|set num_threads=1|\.endc",
    rf"C[\w.]* {NODE} {NODE} {NUMBER}",
    rf"X[\w.]*(?: {NODE})+ {NAME}(?: {NAME}={NUMBER})*",
    rf"Evss vss 0 {NAME} 0 -1",
    rf"Vvdd vdd vss {NUMBER}",
    rf"Vhold hold vss pulse\({NUMBER}(?: {NUMBER}){{6}}\)",
    rf"\.subckt {NAME}(?: {NAME})+(?: params:(?: {NAME}={NUMBER})+)?",
    rf"\.ends {NAME}",
    rf"\.tran {NUMBER} {NUMBER} 0 {NUMBER}",
]
_BEHAVIOURAL = re.compile(rf"B[\w.]* {NODE} {NODE} [IV]=(?P<expression>\S+)(?: m=(?P<gain>{VALUE}))?")
_COMMENT = re.compile(r"\*[ -~]*")


def expression_is_known(text):
    """Whether an expression is made of known tokens only, with balanced parentheses."""
    at, depth = 0, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return False
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth < 0:
            return False
        at = token.end()
    return depth == 0 and at > 0


def strange_lines(text, hierarchical=False, composed=False):
    """Logical lines that no card of the grammar matches; the first line of a flat deck is `* name`, the last `.end`."""
    strange = []
    if not text.endswith("\n") or "\r" in text or "\t" in text or "\f" in text or not text.isascii():
        strange.append("characters")
    lines = text.replace("\n+ ", " ").split("\n")[:-1]
    cards = _CARDS + (_HIERARCHICAL if hierarchical else []) + (_COMPOSED if composed else [])
    known = re.compile("|".join(f"(?:{card})" for card in cards))
    for number, line in enumerate(lines):
        if not hierarchical and number == 0:
            fine = re.fullmatch(rf"\* {NAME}", line) is not None
        elif line == ".end":
            fine = number == len(lines) - 1
        elif hierarchical and (not line or _COMMENT.fullmatch(line)):
            fine = True
        elif (behavioural := _BEHAVIOURAL.fullmatch(line)) is not None:
            fine = expression_is_known(behavioural["expression"])
        else:
            fine = known.fullmatch(line) is not None
        if not fine:
            strange.append(line)
    return strange
