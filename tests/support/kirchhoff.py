"""Reads a cell's cards as a circuit theorist does: the current that every card sends into every node, by SymPy.

Shares no code with the reader of the package. `d(x)` is the time derivative; `i(node)` is the unknown current of a
voltage source, named after its first node and flowing from the first to the second. An instance of a primitive sends
what the primitive's law says, with hold low.
"""

import re
import tomllib

import sympy as sp

D = sp.Function("d")


def v(node):
    """The voltage of a node against cm."""
    return sp.Integer(0) if node == "cm" else sp.Symbol(f"v_of_{node}")


def i(node):
    """The current of the voltage source whose first node this is."""
    return sp.Symbol(f"i_of_{node}")


def cards(path):
    """Pins, and the cards as lists of words, of a one-subcircuit file."""
    text = re.sub(r"\n\s*\+", " ", path.read_text())
    lines = [line.split(";")[0].strip() for line in text.splitlines() if not line.lstrip().startswith("*")]
    head, *body = [line for line in lines if line]
    assert head.lower().startswith(".subckt")
    assert body[-1].lower().startswith(".ends")
    return head.split("params:")[0].split()[2:], [line.split() for line in body[:-1]]


def expression(text, functions=()):
    """A value of a card, or a law, with `V(a,b)`, `{parameter}`, `v(a)`, `i(a)`, `d(...)` and functions of the cell."""
    text = re.sub(r"V\((\w+),(\w+)\)", r"(v(\1)-v(\2))", text).replace("{", "(").replace("}", ")")
    text = re.sub(r"\bv\(cm\)", "0", text)
    text = re.sub(r"\b([vi])\((\w+)\)", r"\1_of_\2", text)
    names = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", text)) - {"d", "tanh", *functions}
    known = {name: sp.Symbol(name) for name in names} | {f: sp.Function(f) for f in functions}
    return sp.sympify(text, locals=known | {"d": derivative})


def derivative(x):
    """d(x) of a linear expression, taken apart into d() of single voltages."""
    return sum((c * D(t) for t, c in x.as_coefficients_dict().items() if t != 1), sp.Integer(0))


def currents(path, functions=()):
    """Node -> the current that all cards together send into it; and the voltages that sources fix, by first node."""
    _, lines = cards(path)
    into, fixed = {}, {}

    def flow(first, second, current):
        into[first] = into.get(first, 0) - current
        into[second] = into.get(second, 0) + current

    for name, first, second, *rest in lines:
        across = v(first) - v(second)
        match name[0].upper():
            case "R":
                flow(first, second, across / expression(rest[0]))
            case "C":
                flow(first, second, expression(rest[0]) * derivative(across))
            case "G":
                control = v(rest[0]) - v(rest[1])
                flow(first, second, control * expression(rest[2]))
            case "V":
                flow(first, second, i(first))
                fixed[first] = sp.Eq(across, expression(rest[0]))
            case "B":
                given = dict(word.split("=", 1) for word in rest)
                current = expression(given["I"], functions) * expression(given.get("m", "1"))
                flow(first, second, current)
            case "X":
                *nodes, called = [first, second, *(word for word in rest if "=" not in word)]
                given = dict(word.split("=", 1) for word in rest if "=" in word)
                for node, law in sent(path.parent.parent / called / "cell.toml", nodes, given).items():
                    into[node] = into.get(node, 0) + law
            case letter:
                raise AssertionError(f"{letter} is not known here")
    return into, fixed


def sent(path, nodes, given):
    """Node -> the current that an instance of a primitive sends into it, by its law."""
    document = tomllib.loads(path.read_text())
    assert len(nodes) == len(document["pins"])
    inner = [sp.Symbol(f"inner_{pin}") for pin in document["pins"]]
    renamed = {v(pin): symbol for pin, symbol in zip(document["pins"], inner, strict=True)}
    outer = dict(zip(inner, [v(node) for node in nodes], strict=True))
    low = dict.fromkeys([inner[document["pins"].index("hold")], inner[document["pins"].index("vss")]], 0)
    values = {sp.Symbol(key): expression(value) for key, value in given.items()}
    found = {}
    for pin, text in document["law"].items():
        law = expression(text).subs(renamed).subs(low).subs(values, simultaneous=True).subs(outer, simultaneous=True)
        node = nodes[document["pins"].index(pin)]
        found[node] = found.get(node, 0) + law
    return found
