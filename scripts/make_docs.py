"""Write the generated pages of docs/, the outputs of the tutorial, and the picture of the start page.

python scripts/make_docs.py [study | commands | derivation | agreement | tasks | fidelity | yield | tutorial | picture]
                            [--only SECTION]
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
TUTORIAL = "tutorial/first_chip.ipynb"


def study_page() -> str:
    """Return the page with every key of the study file."""
    from vle_analog.study.reference import reference_markdown

    return reference_markdown()


def derivation_page() -> str:
    """Return the derivation of the local rule for the first shipped study."""
    return Study.load("online_chain").derive().to_markdown().rstrip() + "\n"


def commands_page() -> str:
    """Return every command with its options, from the help texts of the command line."""
    from scripts.commands_page import commands_page

    return commands_page()


def agreement_page() -> str:
    """Return the comparison of circuit and ideal for every shipped study, at default and finest settings."""
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
    from experiments.tasks.page import tasks_page

    return tasks_page()


def fidelity_page(only: list[str] | None = None) -> str:
    """Return the page on fidelity of device circuits; hours without stored results."""
    from experiments.fidelity import page

    return page.fidelity_page(only)


def yield_page(only: list[str] | None = None) -> str:
    """Return the page on yield; an hour without stored results."""
    from experiments.yields import page

    return page.yield_page(only)


def write_tutorial() -> None:
    """Run the notebook of the tutorial and writes its outputs into it."""
    from scripts.notebooks import run_notebook, write_notebook

    write_notebook(DOCS / TUTORIAL, run_notebook(DOCS / TUTORIAL))


def picture() -> None:
    """Draw the picture of the README: the report's overlay of `online_chain`."""
    from vle_analog.verbs.compare import compare_study

    with tempfile.TemporaryDirectory() as folder:
        done = compare_study(Study.load("online_chain"), Path(folder) / "online_chain")
        (DOCS / "images").mkdir(exist_ok=True)
        shutil.copyfile(done.folder / "figures" / PICTURE, DOCS / "images" / "online_chain.png")


GROUPS = ("forward", "error", "weights")
PICTURE = "traces_hidden.png"
PAGES = {
    "study": ("reference/study.md", study_page),
    "commands": ("reference/command_line.md", commands_page),
    "derivation": ("explanation/derivation.md", derivation_page),
    "agreement": ("results/agreement.md", agreement_page),
    "tasks": ("results/tasks.md", tasks_page),
    "fidelity": ("results/fidelity.md", fidelity_page),
    "yield": ("results/yield.md", yield_page),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the generated pages of docs/ anew.")
    parser.add_argument("pages", nargs="*", choices=[*PAGES, "tutorial", "picture"], help="default: all of them")
    parser.add_argument(
        "--only", action="append", help="fidelity, yield: measure these sections, take others as they are"
    )
    given = parser.parse_args()
    more = {"fidelity": partial(fidelity_page, given.only), "yield": partial(yield_page, given.only)}
    for name, (path, make) in PAGES.items():
        if not given.pages or name in given.pages:
            text = more[name]() if name in more else make()
            (DOCS / path).write_text(text, encoding="utf-8")
            print(f"docs/{path}")
    if not given.pages or "tutorial" in given.pages:
        write_tutorial()
        print(f"docs/{TUTORIAL}")
    if not given.pages or "picture" in given.pages:
        picture()
        print("docs/images/online_chain.png")


if __name__ == "__main__":
    main()
