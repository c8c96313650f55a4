"""The message on a command line that cannot be read: the option, got, expected, an example.

Versions of typer word this differently, and some of them leave out what was got.
"""

import re
from typing import Any

from vle_analog.errors import Problem

KINDS = {"integer": ("a whole number", "8"), "number": ("a number", "0.02"), "float": ("a number", "0.02")}


def usage_problem(error: Any) -> Problem:
    """The error of a command line, which typer raises, in the words of the kit."""
    context = getattr(error, "ctx", None)
    verb = f" {context.info_name}" if context is not None and context.parent is not None else ""
    hint = f"vle-analog{verb} --help"
    kind = re.search(r"\bvalid (integer|number|float)\b", str(error.message))
    option = getattr(error, "param", None)
    if kind is None or option is None:
        return Problem(error.format_message(), hint=hint)
    expected, example = KINDS[kind[1]]
    name = option.opts[0]
    usual = example if option.default in (None, ...) else f"{option.default}"
    return Problem(
        f"this is not {expected}",
        " or ".join(option.opts),
        got=_got(error),
        expected=f"{expected}, as {name} {usual}",
        hint=hint,
    )


def _got(error: Any) -> str:
    """The text that was given: in the message, or in the error below it."""
    quoted = re.match(r"'(.*)' is not", str(error.message))
    if quoted:
        return quoted[1]
    found = getattr(error.__cause__, "errors", lambda: ())()
    return str(found[0].get("input", "")) if found else ""
