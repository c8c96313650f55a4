"""Wrong cells and wrong circuits, made from right ones one change at a time; small studies that place every cell."""

import ast
import re
from dataclasses import replace
from itertools import combinations

import sympy as sp

from vle_analog import Study
from vle_analog.cells.library import cell
from vle_analog.netlist.circuit import COMMON_PINS
from vle_analog.proof.compose import compose
from vle_analog.proof.law import Reader
from vle_analog.proof.prove import Verifier

PLASTIC = {"tau_m_plastic": True, "tau_m_eta": 0.3}
ALIGNMENT = {"eta": 1.0, "decay": 0.01, "sigma": 0.1, "tau_noise": 0.2, "tau_highpass": 1.0, "seed": 3}
SINES = [[{"amplitude": 1.0, "omega": 1.0}]]


def document(hidden, readout, circuit=(), **network):
    """A hidden population and a readout; what learns is asked for by the arguments."""
    return {
        "duration": 1.0,
        "network": {
            "output": "readout",
            "gamma": 0.3,
            "beta": 0.8,
            **network,
            "populations": {
                "hidden": {"activation": "tanh", **hidden},
                "readout": {"activation": "logistic", **readout},
            },
            "projections": {
                "drive_hidden": {
                    "source": "drive",
                    "target": "hidden",
                    "plastic": True,
                    "eta": 0.13,
                    "weights": [[0.5], [-0.3], [0.2]][: hidden["size"]],
                },
                "hidden_readout": {
                    "source": "hidden",
                    "target": "readout",
                    "weights": [[0.4, -0.7, 0.9][: hidden["size"]]],
                },
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": SINES}},
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.5, "omega": 0.5}]], "offsets": 0.4},
        "circuit": dict(circuit),
        "simulate": {"points": 11},
    }


BIAS = {"bias": 0.3, "bias_plastic": True, "bias_eta": 0.07}
POLES = {"parasitic_pole": 1e-3, "parasitic_nodes": ["U", "h", "e", "B"]}
STUDIES = {
    "plain": document(
        {"size": 3, "tau_m": [1.0, 0.5, 0.37], "tau_r": [0.3, 0.5, 0.81], **BIAS},
        {"size": 1, "tau_m": 0.4, "tau_r": 0.2, "bias": 0.1},
        POLES,
        start="settled",
    ),
    "equal": document(
        {"size": 1, "tau_m": 0.7, "tau_r": 0.3},
        {"size": 1, "tau_m": 0.4, "tau_r": 0.4, "realisation": "lead"},
        POLES,
        start="settled",
    ),
    "learns": document(
        {"size": 1, "tau_m": 0.7, "tau_r": 0.9, **PLASTIC, "tau_r_plastic": True, "tau_r_eta": 0.2},
        {"size": 1, "tau_m": 0.4, "tau_r": 0.2, **PLASTIC},
        POLES,
        feedback="learned",
        alignment=ALIGNMENT,
    ),
    "taught": document(
        {"size": 1, "tau_m": 0.7, "tau_r": 0.3},
        {"size": 1, "tau_m": 0.4, "tau_r": 0.2, **PLASTIC},
        POLES,
        rule="le",
        cost="membrane",
    ),
}


class Case:
    """A study whose circuit is built once."""

    def __init__(self, name):
        self.name, self.study = name, Study.from_document(STUDIES[name])
        self.circuit = self.study.circuit()
        self.right = Verifier(self.study.spec, self.circuit, self.study.target)
        self.whole = self.right.prove()
        self.modules = {}
        for module in reversed(self.circuit.modules[:-1]):
            for instance in module.instances:
                self.modules[self.circuit.leaves[instance.of].cell] = module.name

    def fails(self, made=None, circuit=None, module=None):
        """Whether the composed equations of a module no longer come out: with another cell, or in another circuit."""

        def find(name):
            return made if made is not None and made.name == name else cell(name)

        circuit = circuit or self.circuit
        (wrong_module,) = [m for m in circuit.modules if m.name == module]
        wrong = Verifier(self.study.spec, circuit, self.study.target, find)
        known = {"start": self.right.start, "wiring": self.right.wiring}
        wrong.__dict__ |= known | {"composed": {module: compose(wrong_module, circuit.leaves, find)}}
        wrong.lines = dict(self.right.lines)
        found = [*wrong.neurons({module}, to_the_end=False), *wrong.synapses({module}, to_the_end=False)]
        assert found
        return not all(statement.holds for statement in found)

    def cards_fail(self, made, leaf):
        """Whether law and cards of a cell no longer agree."""
        circuit = replace(self.circuit, leaves={leaf.name: leaf})
        wrong = Verifier(self.study.spec, circuit, self.study.target, lambda _: made)
        return not all(statement.holds for statement in wrong.cells())


def law_mutants(made, thorough=False):
    """Every line of a law: with the other sign, one term's too, two voltages swapped; two pins swapped.

    `thorough`: twice as large and a term less as well.
    """
    for key, text in made.law.items():
        wrong = {"sign": f"-({text})"} if key in made.pins else {}
        wrong |= {"gain": f"2*({text})"} if thorough and key in made.pins else {}
        terms = list(_terms(ast.parse(text, mode="eval").body))
        if len(terms) > 1:
            for k, term in enumerate(terms):
                others = " + ".join(other for m, other in enumerate(terms) if m != k)
                wrong[f"sign of {term}"] = f"{others} - ({term})"
                if thorough:
                    wrong[f"without {term}"] = others
        nodes = list(dict.fromkeys(re.findall(r"v\((\w+)\)", text)))
        for a, b in combinations(nodes, 2):
            swapped = re.sub(r"v\((\w+)\)", lambda m, a=a, b=b: f"v({ {a: b, b: a}.get(m[1], m[1]) })", text)
            wrong[f"{a} for {b}"] = swapped
        right = _read(made, text)
        for what, other in wrong.items():
            if _read(made, other) != right:  # x for y in x y is the same
                yield f"{made.name}.{key}: {what}", replace(made, law={**made.law, key: other})
    pins = [key for key in made.law if key in made.pins]
    for a, b in combinations(pins, 2):
        yield f"{made.name}: {a} and {b}", replace(made, law={**made.law, a: made.law[b], b: made.law[a]})


def _read(made, text):
    """A law as an expression, to tell whether another text says something else."""
    nodes = {node: node for node in (*made.pins, *made.internal)}
    given = {key: sp.Symbol(key) for key in made.parameters}
    return sp.expand(Reader("", nodes, given, dict.fromkeys(made.functions, "f"), {}).read(text, made.name))


def _terms(node):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _terms(node.left)
        sign = "-" if isinstance(node.op, ast.Sub) else ""
        right = list(_terms(node.right))
        yield from (f"{sign}({term})" if sign else term for term in right)
    else:
        yield ast.unparse(node)


def sizing_mutants(made, thorough=False):
    """Every formula twice as large; `thorough`: with the other sign, and one name for another, too."""
    names = [("tau_m", "tau_r"), ("V_u", "V_e"), ("V_w", "V_u"), ("g_s", "g0"), ("beta", "gamma"), ("c_w", "c")]
    for key, text in made.sizing.items():
        wrong = {"gain": f"2*({text})"}
        if thorough:
            wrong["sign"] = f"-({text})"
            wrong |= {f"{b} for {a}": re.sub(rf"\b{a}\b", b, text) for a, b in names}
        for what, other in wrong.items():
            if other != text:
                yield f"{made.name}.{key}: {what}", replace(made, sizing={**made.sizing, key: other})


def card_mutants(made, leaf):
    """Every card with two of its nodes swapped or its value wrong; every two pins swapped."""
    read = leaf.subcircuit
    for k, line in enumerate(read.source):
        name, *words = line.split()
        count = 4 if name[0] == "G" else 2
        wrong = []
        for a, b in combinations(range(count), 2):
            if words[a] != words[b]:
                nodes = list(words)
                nodes[a], nodes[b] = nodes[b], nodes[a]
                wrong.append(" ".join([name, *nodes]))
        wrong += [re.sub(r"\{(\w+)\}", r"{\1}*2", line, count=1)] if name[0] in "GRC" else []
        if name[0] == "B":
            wrong += [line.replace(" I=", " I=2*"), line.replace(" I=", " I=-"), line.replace(" I=V(", " I=V(cm,", 1)]
        symmetric = name[0] in "RC" and "ic=" not in line
        for other in (other for other in wrong if other != line and not (symmetric and len(other) == len(line))):
            source = (*read.source[:k], other, *read.source[k + 1 :])
            yield f"{made.name}: {other}", replace(leaf, subcircuit=replace(read, source=source))


def net_mutants(circuit, module):
    """Every instance in a module with two of its nets swapped."""
    for k, instance in enumerate(module.instances):
        for a, b in combinations(range(len(instance.nets) - len(COMMON_PINS)), 2):
            nets = list(instance.nets)
            nets[a], nets[b] = nets[b], nets[a]
            instances = (*module.instances[:k], replace(instance, nets=tuple(nets)), *module.instances[k + 1 :])
            wrong = replace(module, instances=instances)
            modules = tuple(wrong if m.name == module.name else m for m in circuit.modules)
            cell_name = circuit.leaves[instance.of].cell
            pins = circuit.leaves[instance.of].subcircuit.pins
            yield f"{cell_name}: net of {pins[a]} and of {pins[b]}", replace(circuit, modules=modules)


def top_mutants(circuit):
    """The first instance of every module in the top module, with two of its nets swapped; one instance less."""
    top, seen = circuit.top, set()
    for k, instance in enumerate(top.instances):
        if instance.of in seen:
            continue
        seen.add(instance.of)
        rest = (*top.instances[:k], *top.instances[k + 1 :])
        yield (
            f"without {instance.name}",
            replace(circuit, modules=(*circuit.modules[:-1], replace(top, instances=rest))),
        )
        for a, b in combinations(range(len(instance.nets)), 2):
            nets = list(instance.nets)
            nets[a], nets[b] = nets[b], nets[a]
            instances = (*top.instances[:k], replace(instance, nets=tuple(nets)), *top.instances[k + 1 :])
            wrong = replace(circuit, modules=(*circuit.modules[:-1], replace(top, instances=instances)))
            yield f"{instance.name}: {nets[a]} and {nets[b]}", wrong
