"""The verb `studies`: what ships with the kit."""

from typing import TYPE_CHECKING

from vle_analog.cli.options import JsonOption
from vle_analog.cli.show import Shown

if TYPE_CHECKING:
    from vle_analog.verbs.studies import ShippedStudy


def studies(as_json: JsonOption = False) -> None:
    """List the studies that ship with the kit."""
    from vle_analog.verbs.studies import list_studies

    found = list_studies()
    summary = {"studies": [{"name": one.name, "title": one.title, "file": str(one.file)} for one in found]}
    Shown(as_json, quiet=False).result(summary, lambda: _show(found))


def _show(found: "tuple[ShippedStudy, ...]") -> None:
    """One line each."""
    width = max(len(one.name) for one in found)
    for one in found:
        print(f"{one.name:<{width}}  {one.title}")
