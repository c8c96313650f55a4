"""Numbers and expressions on the cards of a cell: checked symbol by symbol, so that ngspice reads them as intended.

Braces contain numbers, parameters and functions; after `I=` and `V=` of a B card also `V(a)`, `V(a,b)` and braces.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_ONE = ("abs", "exp", "ln", "log", "sqrt", "tanh", "cosh", "sinh", "atan", "ceil", "floor", "nint")
ARITY = {**dict.fromkeys(_ONE, 1), **dict.fromkeys(("max", "min", "pow"), 2)}
"""Functions that ngspice and the kit compute alike, and how many arguments each has."""
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:meg|[tgkmunpfa])?"
NUMBER = re.compile(rf"[-+]?{_NUMBER}\Z", re.IGNORECASE)
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER}(?![\w.]))|(?P<voltage>v\(\s*(?P<first>\w+)\s*(?:,\s*(?P<second>\w+)\s*)?\))"
    r"|(?P<braces>\{[^{}]*\})|(?P<name>[a-z_]\w*)|(?P<sign>\*\*|[-+*/(),]))",
    re.IGNORECASE | re.ASCII,
)
BRACES = re.compile(r"\{([^{}]*)\}")
_BRACED = re.compile(r"\{[^{}]*\}|'[^']*'")


class UnreadableError(Exception):
    """An expression that cannot be parsed, with the reason."""


@dataclass
class Expression:
    """A parsed expression.

    **Arguments:** `text`: without spaces, in small letters. `names`: of parameters. `nodes`: inside `V(...)`.
    """

    text: str = ""
    names: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)


def read_expression(text: str, functions: Collection[str] = (), *, voltages: bool = False) -> Expression:
    """Parse an expression.

    **Arguments:** `functions`: that may be called besides those of `ARITY`, with one argument. `voltages`: allow
    `V(...)` and braces, with parameters in braces only.

    **Raises:** `UnreadableError` with the reason.
    """
    found, at, operand, before = Expression(), 0, False, ""
    opened: list[list] = []  # [function, arguments so far] of every open parenthesis
    text = text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise UnreadableError(f"{text[at:].strip()[:12]!r}")
        at = token.end()
        name, sign = (token["name"] or "").lower(), token["sign"] or ""
        calls = bool(name) and text[at:].lstrip().startswith("(")
        if not sign and operand:
            raise UnreadableError(f"no operator before {token[0].strip()[:12]!r}")
        if (token["voltage"] or token["braces"]) and not voltages:
            raise UnreadableError(f"{token[0].strip()!r} among numbers")
        if name and not calls and voltages:
            raise UnreadableError(f"{token[0].strip()!r}: a parameter must be in braces")
        if calls and name not in ARITY and name not in functions:
            raise UnreadableError(f"there is no function {name!r}")
        written = token[0].strip().lower()
        if sign in ("-", "+") and not operand:
            if before not in ("", "(", ",") and not (sign == "-" and before in ("*", "/")):
                raise UnreadableError(f"a sign after {before!r}: put it in parentheses")
        elif sign == "(":
            if operand:
                raise UnreadableError("no operator before '('")
            opened.append([before if before.isidentifier() else "", 1])
        elif sign:
            if not operand:
                raise UnreadableError(f"nothing before {sign!r}")
            if sign in ("),"):
                _close(opened, sign)
        elif token["voltage"]:
            nodes = [node.lower() for node in (token["first"], token["second"]) if node]
            found.nodes += nodes
            written = f"V({','.join(nodes)})"
        elif token["braces"]:
            inside = read_expression(token["braces"][1:-1])
            found.names += inside.names
            written = f"{{{inside.text}}}"
        elif name and not calls:
            found.names.append(name)
        operand = not calls and (not sign or sign == ")")
        before = name if calls else written
        found.text += written
    if opened or not operand:
        raise UnreadableError("unbalanced parentheses" if opened else "it ends too early")
    return found


def _close(opened: list[list], sign: str) -> None:
    """Check the number of arguments of a function, and close it."""
    if not opened or (sign == "," and not opened[-1][0]):
        raise UnreadableError("unbalanced parentheses" if not opened else "a comma outside a function")
    if sign == ",":
        opened[-1][1] += 1
        return
    name, count = opened.pop()
    if name and count != ARITY.get(name, 1):
        raise UnreadableError(f"{name} has {ARITY.get(name, 1)} argument{'s' * (ARITY.get(name, 1) > 1)}, not {count}")


def compact(text: str) -> str:
    """Return a card with single spaces, and none around `=` and in braces or quotes."""
    joined = _BRACED.sub(lambda match: re.sub(r"\s+", "", match[0]), text)
    return re.sub(r"\s*=\s*", "=", " ".join(joined.split()))
