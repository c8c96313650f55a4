"""The output of a layout as one line of Unicode, as LaTeX, or as presentation MathML."""

import html
import unicodedata

from vle_analog.theory.layout import Big, Bracketed, Fraction, Name, Node, Row, Sign, Superscript

GREEK = {
    "tau": "τ",
    "beta": "β",
    "gamma": "γ",
    "eta": "η",
    "omega": "ω",
    "lambda": "λ",
    "Lambda": "Λ",
    "phi": "φ",
    "kappa": "κ",
    "sigma": "σ",
    "xi": "ξ",
    "oo": "∞",
}
LATEX_GREEK = {name: f"\\{name}" for name in GREEK} | {"phi": r"\varphi", "oo": r"\infty"}
BELOW = dict(zip("aehijklmnoprstuvx0123456789", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉", strict=True))
ABOVE = dict(zip("0123456789-T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ", strict=True))
LATEX_SIGNS = {"−": "-", "→": r"\to", "∂": r"\partial ", "d": r"\mathrm{d}"}
LABELS = ("m", "r")
INDICES = ("i", "j", "k", "l")
DOT = "\u0307"
ACCENTS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303"}
MATHML_ACCENTS = {"bar": "¯", "hat": "^", "tilde": "~"}


def _raised(text: str) -> str:
    return "".join(ABOVE[c] for c in text) if all(c in ABOVE for c in text) else f"^({text})"


def _lowered(marks: tuple[str, ...]) -> str:
    return "".join(BELOW.get(mark, f"_{mark}") for mark in marks)


def text(node: Node) -> str:
    """Return one line of Unicode."""
    match node:
        case Name():
            base = GREEK.get(node.base, node.base)
            owner = f"{node.owner}." if node.owner else ""
            above = "*" * node.star + "'" * node.prime + (_raised(node.power) if node.power else "")
            # a letter with its dot as one character where it exists: not every terminal combines them
            dotted = unicodedata.normalize("NFC", base + ACCENTS.get(node.accent, "") + DOT * node.dots)
            return f"{owner}{'δ' * node.varied}{dotted}{above}{_lowered(node.below)}"
        case Sign():
            return f" {node.text} " if node.binary else node.text
        case Row():
            return _text_row(node)
        case Fraction():
            line = f"{_text_part(node.above)}/{_text_part(node.below, under=True)}"
            return f"({line})" if node.loose else line
        case Superscript():
            return f"{text(node.base)}{_raised(text(node.exponent))}"
        case Bracketed():
            return f"{node.left}{text(node.body)}{node.right}"
        case Big():
            if node.sign == "sum":
                return f"Σ{_lowered((text(node.index),))} {text(node.body)}"
            low, high = text(node.low), text(node.high)
            return f"∫{_lowered((low,))}{_raised(high)} {text(node.body)}"


def _text_row(row: Row) -> str:
    line = ""
    for before, item in zip((None, *row.items), row.items, strict=False):
        # factors are separated by a blank; an argument, or a term after a sign, is not
        apart = before is not None and not isinstance(before, Sign) and not isinstance(item, Sign)
        called = isinstance(item, Bracketed) and isinstance(before, Name) and is_call(row)
        line += (" " if apart and not called else "") + text(item)
        if isinstance(item, Sign) and item.text == "d" and before is not None:
            line = line[:-1] + " d"
    return line


def is_call(row: Row) -> bool:
    """Return whether a row is a function call rather than a product."""
    return (
        len(row.items) == 2
        and isinstance(row.items[0], Name)
        and isinstance(row.items[1], Bracketed)
        and (row.items[0].base in CALLED or row.items[1].body == Name("T"))
    )


CALLED = ("phi", "c", "E", "O", "tanh", "log", "exp", "arg")


def _text_part(node: Node, under: bool = False) -> str:
    line = text(node)
    simple = isinstance(node, (Name, Superscript, Bracketed)) or " " not in line
    product = isinstance(node, Row) and not any(isinstance(item, Sign) and item.binary for item in node.items)
    return line if simple or (product and not under) else f"({line})"


def latex(node: Node) -> str:
    """Return LaTeX, without the dollars."""
    match node:
        case Name():
            return _latex_name(node)
        case Sign():
            sign = LATEX_SIGNS.get(node.text, node.text)
            return f" {sign} " if node.binary else sign
        case Row():
            return _latex_row(node)
        case Fraction():
            return rf"\frac{{{latex(node.above)}}}{{{latex(node.below)}}}"
        case Superscript():
            bare = isinstance(node.base, Name) and not (node.base.owner or node.base.star or node.base.prime)
            base = latex(node.base) if bare else f"{{{latex(node.base)}}}"
            return f"{base}^{{{latex(node.exponent)}}}"
        case Bracketed():
            return rf"\left{node.left}{latex(node.body)}\right{node.right}"
        case Big():
            sign = r"\sum" if node.sign == "sum" else r"\int"
            return f"{sign}_{{{latex(node.low)}}}^{{{latex(node.high)}}} {latex(node.body)}"


def _latex_word(word: str) -> str:
    escaped = word.replace("_", r"\_")
    return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{escaped}}}"


def _latex_name(name: Name) -> str:
    if name.base in ("tanh", "log", "exp", "arg"):
        base = f"\\{name.base}"
    else:
        base = LATEX_GREEK.get(name.base) or _latex_word(name.base)
    base = rf"\{name.accent}{{{base}}}" if name.accent else base
    for _ in range(name.dots):
        base = rf"\dot{{{base}}}"
    base = rf"\delta {base}" if name.varied else base
    above = [r"\ast"] * name.star + [r"\prime"] * name.prime + [name.power] * bool(name.power)
    above += [_latex_word(name.owner) if len(name.owner) > 1 else name.owner] * bool(name.owner)
    below = _latex_below(name.below)
    return base + (f"_{{{below}}}" if below else "") + (f"^{{{','.join(above)}}}" if above else "")


def _latex_below(marks: tuple[str, ...]) -> str:
    # the m of tau_m is a label, not an index
    labels = [rf"\mathrm{{{mark}}}" if mark in LABELS else _latex_word(mark) for mark in marks if mark not in INDICES]
    return ",".join([*labels, "".join(mark for mark in marks if mark in INDICES)]).strip(",")


def _latex_row(row: Row) -> str:
    if is_call(row):
        return "".join(latex(item) for item in row.items)
    line = ""
    for before, item in zip((None, *row.items), row.items, strict=False):
        apart = before is not None and not isinstance(before, Sign) and not isinstance(item, Sign)
        differential = isinstance(item, Sign) and item.text == "d" and before is not None
        line += (r"\, " if apart or differential else "") + latex(item)
    return line


def mathml(node: Node) -> str:
    """Return presentation MathML, without the enclosing `math`."""
    match node:
        case Name():
            return _mathml_name(node)
        case Sign():
            return f"<mo>{node.text}</mo>" if node.binary or node.text == "−" else f"<mi>{node.text}</mi>"
        case Row():
            return f"<mrow>{''.join(mathml(item) for item in node.items)}</mrow>"
        case Fraction():
            return f"<mfrac>{_one(node.above)}{_one(node.below)}</mfrac>"
        case Superscript():
            return f"<msup>{_one(node.base)}{_one(node.exponent)}</msup>"
        case Bracketed():
            return f"<mrow><mo>{node.left}</mo>{mathml(node.body)}<mo>{node.right}</mo></mrow>"
        case Big():
            sign, tag = ("∑", "munderover") if node.sign == "sum" else ("∫", "msubsup")
            big = f"<{tag}><mo>{sign}</mo>{_one(node.low)}{_one(node.high)}</{tag}>"
            return f"<mrow>{big}{mathml(node.body)}</mrow>"


def _one(node: Node) -> str:
    return mathml(node) if isinstance(node, (Name, Row)) else f"<mrow>{mathml(node)}</mrow>"


def _mathml_word(word: str) -> str:
    escaped = html.escape(GREEK.get(word, word))
    return f"<mn>{escaped}</mn>" if word.isdigit() else f"<mi>{escaped}</mi>"


def _mathml_below(marks: tuple[str, ...]) -> str:
    labels = [
        f'<mi mathvariant="normal">{mark}</mi>' if mark in LABELS else _mathml_word(mark)
        for mark in marks
        if mark not in INDICES
    ]
    indices = "".join(_mathml_word(mark) for mark in marks if mark in INDICES)
    return "<mo>,</mo>".join([*labels, *([indices] if indices else [])])


def _mathml_name(name: Name) -> str:
    base = _mathml_word(name.base)
    for mark in ([MATHML_ACCENTS[name.accent]] if name.accent else []) + ["˙"] * name.dots:
        base = f"<mover>{base}<mo>{mark}</mo></mover>"
    above = ["<mo>*</mo>"] * name.star + ["<mo>′</mo>"] * name.prime
    above += [_mathml_word(name.power)] * bool(name.power) + [f"<mtext>{html.escape(name.owner)}</mtext>"] * bool(
        name.owner
    )
    below = _mathml_below(name.below)
    if below and above:
        base = f"<msubsup>{base}<mrow>{below}</mrow><mrow>{''.join(above)}</mrow></msubsup>"
    elif below:
        base = f"<msub>{base}<mrow>{below}</mrow></msub>"
    elif above:
        base = f"<msup>{base}<mrow>{''.join(above)}</mrow></msup>"
    return f"<mrow><mi>δ</mi>{base}</mrow>" if name.varied else base
