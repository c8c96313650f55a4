"""Writes what the documentation shows of the kit's own output: study reference, derivation, results, tasks, pictures.

python scripts/make_docs.py [study | derivation | results | tasks | picture ...]
"""

import shutil
import sys
import tempfile
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


def picture() -> None:
    """The picture of the README: the report's overlay of `online_chain`."""
    from vle_analog.run import compare_study

    with tempfile.TemporaryDirectory() as folder:
        done = compare_study(Study.load("online_chain"), Path(folder) / "online_chain")
        (DOCS / "images").mkdir(exist_ok=True)
        shutil.copyfile(done.folder / "figures" / PICTURE, DOCS / "images" / "online_chain.png")


GROUPS = ("forward", "error", "weights")
PICTURE = "traces_hidden.png"
PAGES = {"study": study_page, "derivation": derivation_page, "results": results_page, "tasks": tasks_page}


def main(wanted: list[str]) -> None:
    for name, make in PAGES.items():
        if not wanted or name in wanted:
            (DOCS / f"{name}.md").write_text(make(), encoding="utf-8")
            print(f"docs/{name}.md")
    if not wanted or "picture" in wanted:
        picture()
        print("docs/images/online_chain.png")


if __name__ == "__main__":
    main(sys.argv[1:])
