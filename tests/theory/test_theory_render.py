"""What a reader sees: text, LaTeX, Markdown and MathML."""

import unicodedata
from xml.dom.minidom import parseString

import pytest
import sympy as sp
from matplotlib.mathtext import MathTextParser

from vle_analog.theory import Equation, Kinds, PopulationKind, ProjectionKind, derive, emit, prose
from vle_analog.theory.fields import T, i, j, parameter, signal, total, weight
from vle_analog.theory.layout import lay
from vle_analog.theory.symbols import t

KINDS = Kinds(
    (PopulationKind("hidden", "softplus"), PopulationKind("out_put", "logistic", output=True)),
    (ProjectionKind("forth", "hidden", "out_put", plastic=True),),
)
LEARNED = Kinds(
    (PopulationKind("hidden", "tanh", tau_m_plastic=True), PopulationKind("out", "linear", output=True)),
    (ProjectionKind("forth", "hidden", "out", transpose=False, aligned=True),),
    corrected=True,
)


@pytest.fixture
def derivations():
    membrane = derive("adjoint", cost="membrane"), derive("vle", cost="membrane", kinds=LEARNED)
    return [derive("vle", kinds=KINDS), *membrane]


@pytest.mark.parametrize(
    "expression, text, latex",
    [
        (signal("u", i).diff(t), "u̇ᵢ", r"\dot{u}_{i}"),
        (signal("e", i, at=T), "eᵢ(T)", r"e_{i}\left(T\right)"),
        (parameter("tau_m", i), "τₘᵢ", r"\tau_{\mathrm{m},i}"),
        (signal("y_star", i), "y*ᵢ", r"y_{i}^{\ast}"),
        (signal("U", i, "hidden"), "hidden.Uᵢ", r"U_{i}^{\mathrm{hidden}}"),
        (
            total(weight(i, j, "a_b") * signal("r", j), j),
            "Σⱼ a_b.Wᵢⱼ rⱼ",
            r"\sum_{j = 1}^{N} W_{ij}^{\mathrm{a\_b}}\, r_{j}",
        ),
        (sp.tanh(signal("U", i)) ** 2, "tanh²(Uᵢ)", r"\tanh^{2}\left(U_{i}\right)"),
        (-signal("S", i) / parameter("tau_r", i), "−Sᵢ/τᵣᵢ", r"-\frac{S_{i}}{\tau_{\mathrm{r},i}}"),
        (signal("rbar", i).diff(t), "r\u0304\u0307ᵢ", r"\dot{\bar{r}}_{i}"),
        (signal("rhat", i), "r\u0302ᵢ", r"\hat{r}_{i}"),
    ],
)
def test_symbols_are_written_as_people_write_them(expression, text, latex):
    assert emit.text(lay(expression)) == text
    assert emit.latex(lay(expression)) == latex


def test_terms_come_in_the_order_of_the_signals():
    expression = -signal("v", i) + signal("B", i)
    assert emit.text(lay(expression)) == "Bᵢ − vᵢ"


def test_text_fits_a_hundred_columns(derivations):
    for derivation in derivations:
        widths = [sum(not unicodedata.combining(c) for c in line) for line in derivation.to_text().splitlines()]
        assert max(widths) <= 100


def test_text_numbers_its_steps_and_says_whose_derivation_it_is(derivations):
    text = derivations[0].to_text()
    assert "An independent derivation" in text
    for number, step in enumerate(derivations[0].steps, 1):
        assert f"\n{number}. {step.title}\n" in text


def test_every_equation_is_latex_that_can_be_set(derivations):
    parser = MathTextParser("path")
    steps = {step for derivation in derivations for step in derivation.steps}
    for line in {equation.latex() for step in steps for equation in step.equations}:
        width, *_ = parser.parse(f"${line.replace('&', '', 1)}$")
        assert width > 0


def test_latex_document_is_whole_and_its_fragment_is_part_of_it(derivations):
    document, fragment = derivations[0].to_latex(), derivations[0].to_latex(document=False)
    assert document.startswith(r"\documentclass")
    assert document.rstrip().endswith(r"\end{document}")
    assert fragment in document
    for opening, closing in (("{", "}"), (r"\begin{align*}", r"\end{align*}"), (r"\left", r"\right")):
        assert document.count(opening) == document.count(closing)
    assert document.count("$") % 2 == 0
    assert document.isascii()


def test_markdown_has_one_display_per_equation(derivations):
    markdown = derivations[0].to_markdown()
    equations = sum(len(step.equations) for step in derivations[0].steps)
    assert markdown.count("$$") == 2 * equations
    assert derivations[0]._repr_markdown_() == markdown


def test_notebook_latex_is_one_display(derivations):
    assert derivations[0]._repr_latex_().count("$$") == 2


def test_html_is_well_formed(derivations):
    for derivation in derivations:
        root = parseString(f"<body>{derivation.to_html()}</body>")  # noqa: S318 (our own text)
        equations = sum(len(step.equations) for step in derivation.steps)
        assert len(root.getElementsByTagName("math")) == equations


def test_mathml_has_dots_above_and_indices_below():
    equation = Equation(signal("u", i, "hidden").diff(t), signal("S", i, "hidden"))
    assert (
        "<msubsup><mover><mi>u</mi><mo>˙</mo></mover><mrow><mi>i</mi></mrow><mrow><mtext>hidden</mtext></mrow></msubsup>"
        in equation.mathml()
    )


def test_mathml_has_accents_below_dots():
    line = Equation(signal("utilde", i).diff(t), sp.S.Zero).mathml()
    assert "<mover><mover><mi>u</mi><mo>~</mo></mover><mo>˙</mo></mover>" in line


def test_no_sum_begins_with_a_minus_where_it_need_not():
    assert emit.text(lay(signal("r", i) - signal("S", i))) == "rᵢ − Sᵢ"


def test_a_long_bracket_is_broken_inside(derivations):
    corrected = next(step for step in derivations[2].steps if step.title == "Population out")
    assert corrected.equations[7].left == signal("e", i, "out")
    lines = derivations[2].to_text().splitlines()
    (start,) = (k for k, line in enumerate(lines) if line.startswith("    out.eᵢ ="))
    assert lines[start].count("(") > lines[start].count(")")
    assert lines[start + 1].endswith("out.vᵢ)")


def test_names_are_escaped_in_html():
    assert "<b>" not in emit.mathml(lay(signal("u", i, "<b>")))


def test_words_between_backticks_are_mathematics():
    words = "100 % of `tau_m u'` and `phi'`"
    assert prose.text(words) == "100 % of τₘ u̇ and φ'"
    assert prose.latex(words) == r"100 \% of $\tau_{\mathrm{m}} \dot{u}$ and $\varphi^{\prime}$"
    assert prose.markdown(words).startswith("100 % of $")
    assert prose.web(words).startswith("100 % of <i>τₘ")


def test_an_equation_shows_itself():
    equation = Equation(signal("e", i), signal("B", i))
    assert str(equation) == "eᵢ = Bᵢ"
    assert equation._repr_latex_() == r"$\displaystyle e_{i} = B_{i}$"
    assert equation.as_sympy() == sp.Eq(signal("e", i), signal("B", i))
