"""Writes what the documentation shows of the kit's own output: study reference, derivation, results, tasks, pictures.

python scripts/make_docs.py [study | derivation | results | tasks | fidelity | yield | picture ...] [--only SECTION]
"""

import argparse
import shutil
import tempfile
from functools import partial
from pathlib import Path

from vle_analog import Study
from vle_analog.compare import GROUP_OF_KIND
from vle_analog.resources import PART_FOR_CIRCUIT, shipped_studies

DOCS = Path(__file__).resolve().parent.parent / "docs"


def study_page() -> str:
    """Every key of the study file."""
    from vle_analog.network.reference import reference_markdown

    return reference_markdown()


def derivation_page() -> str:
    """The derivation of the local rule for the first shipped study."""
    return Study.load("online_chain").derive().to_markdown().rstrip() + "\n"


def results_page() -> str:
    """Circuit against ideal for every shipped study, at default and finest settings."""
    lines = [
        "# How far circuit and ideal are apart",
        "",
        "Made by `make docs`: `vle-analog compare STUDY` for every shipped study, at its own settings and with",
        "`--set simulate.finest=true`. Worst NRMSE of each group; forward: u, U, r; error: v, B, e; weights: W, b.",
        "",
        "| study | signals | forward | error | weights | finest, worst of all |",
        "|---|---|---|---|---|---|",
    ]
    for name in shipped_studies():
        part = PART_FOR_CIRCUIT.get(name, {})
        usual, finest = (Study.load(name, {**part, "simulate.finest": flag}).compare() for flag in (False, True))
        worst = {group: [s.nrmse for s in usual.signals if GROUP_OF_KIND[s.signal.kind] == group] for group in GROUPS}
        cells = " | ".join(f"{max(values):.1e}" if values else "-" for values in worst.values())
        lines.append(f"| `{name}` | {len(usual.signals)} | {cells} | {finest.worst_nrmse:.1e} |")
    return "\n".join(lines) + "\n"


def tasks_page() -> str:
    """The papers' tasks with the published numbers beside ours; takes some minutes."""
    from tasks_page import tasks_page

    return tasks_page()


def fidelity_page(only: list[str] | None = None) -> str:
    """How far circuits of devices are from the equations; hours from nothing, but what is measured is kept."""
    import fidelity_page as page

    return page.fidelity_page(only)


def yield_page(only: list[str] | None = None) -> str:
    """What fraction of chips learns; an hour from nothing, but what is measured is kept."""
    import yield_page as page

    return page.yield_page(only)


def picture() -> None:
    """The picture of the README: the report's overlay of `online_chain`."""
    from vle_analog.run import compare_study

    with tempfile.TemporaryDirectory() as folder:
        done = compare_study(Study.load("online_chain"), Path(folder) / "online_chain")
        (DOCS / "images").mkdir(exist_ok=True)
        shutil.copyfile(done.folder / "figures" / PICTURE, DOCS / "images" / "online_chain.png")


GROUPS = ("forward", "error", "weights")
PICTURE = "traces_hidden.png"
PAGES = {
    "study": study_page,
    "derivation": derivation_page,
    "results": results_page,
    "tasks": tasks_page,
    "fidelity": fidelity_page,
    "yield": yield_page,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the generated pages of docs/ anew.")
    parser.add_argument("pages", nargs="*", choices=[*PAGES, "picture"], help="default: all of them")
    parser.add_argument(
        "--only", action="append", help="fidelity, yield: measure these sections, take others as they are"
    )
    given = parser.parse_args()
    more = {"fidelity": partial(fidelity_page, given.only), "yield": partial(yield_page, given.only)}
    pages = {**PAGES, **more}
    for name, make in pages.items():
        if not given.pages or name in given.pages:
            (DOCS / f"{name}.md").write_text(make(), encoding="utf-8")
            print(f"docs/{name}.md")
    if not given.pages or "picture" in given.pages:
        picture()
        print("docs/images/online_chain.png")


if __name__ == "__main__":
    main()
