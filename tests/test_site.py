"""The documentation site: it builds strictly, loads nothing from elsewhere, shows current outputs of the tutorial."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat
import pytest
import yaml

from scripts.notebooks import PICTURE, notebook_page, run_notebook, texts
from scripts.site_hooks import on_page_content

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
TUTORIAL = DOCS / "tutorial" / "first_chip.ipynb"
LOADED = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=["']?(https?:)?//""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_there(site: Path):
    sources = [path for path in DOCS.rglob("*") if path.suffix in (".md", ".ipynb") and path.parent.name != "versions"]
    assert len(sources) > 25
    missing = [path for path in sources if not (site / path.relative_to(DOCS)).with_suffix(".html").is_file()]
    assert missing == []


def test_pages_load_nothing_from_elsewhere(site: Path):
    pages = list(site.rglob("*.html"))
    assert [page.name for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert "url(http" not in styles


def test_formulas_are_mathml(site: Path):
    pages = {path.name: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert pages["derivation.html"].count("<math") > 100
    assert pages["first_chip.html"].count("<math") >= 9
    unread = ("arithmatex", "\\mathrm", "\\tau", "$$")
    assert [(name, text) for name, page in pages.items() for text in unread if text in page] == []


@pytest.mark.parametrize(
    "latex, expected",
    [
        (r"\tau_{\mathrm{m}} &lt; 1", "τm<1"),
        (r"W_{ij}^{\mathrm{drive\_hidden}}", "Wijdrive_hidden"),
        (r"\dot{u}^{\mathrm{a\_b\_c}} + \mathrm{d}t", "u˙a_b_c+dt"),
    ],
)
def test_a_formula_is_well_formed_mathml(latex: str, expected: str):
    text = on_page_content(rf'a <span class="arithmatex">\({latex}\)</span> b')
    formula = ET.fromstring(text.removeprefix("a ").removesuffix(" b"))  # noqa: S314 - our own text
    assert "".join(formula.itertext()).replace(" ", "") == expected


@pytest.mark.parametrize("name", ["Study", "Network", "Traces", "Circuit", "Simulation", "Comparison", "MonteCarlo"])
def test_the_api_page_describes_public_names(site: Path, name: str):
    page = (site / "reference" / "api.html").read_text(encoding="utf-8")
    assert re.search(rf'<h3 id="vle_analog\.[\w.]*\.{name}"', page)


@pytest.mark.parametrize("name", ["characterise", "Characterisation", "InputError", "SimulatorError", "Problem"])
def test_the_api_page_describes_functions_and_errors(site: Path, name: str):
    assert f".{name}" in (site / "reference" / "api.html").read_text(encoding="utf-8")


def test_the_tutorial_gives_the_outputs_that_it_shows():
    shown = nbformat.read(TUTORIAL, as_version=4)
    found = run_notebook(TUTORIAL)
    assert texts(found) == texts(shown), "run: python scripts/make_docs.py tutorial"
    assert sum(text == PICTURE for cell in texts(shown) for text in cell) == 1


def test_a_page_of_a_notebook_has_code_and_outputs():
    page, pictures = notebook_page(nbformat.read(TUTORIAL, as_version=4), "first_chip")
    assert "study.compare()" in page
    assert "12 of 12 chips work" in page
    assert [content[:4] for content in pictures.values()] == [b"\x89PNG"]


def test_the_glossary_explains_every_term_once():
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(terms) > 40
    assert terms == sorted(set(terms), key=str.casefold)


def test_the_navigation_names_every_section():
    sections = [next(iter(entry)) for entry in yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]]
    assert sections == ["Home", "Tutorial", "How-to", "Reference", "Explanation", "Results", "Glossary"]
