"""Names of elements, nodes and subcircuits in netlists, and the check that they are unique for ngspice."""

import re

from vle_analog.netlist import flat_vector
from vle_analog.netlist.hierarchical import hierarchical_vector
from vle_analog.netlist.rails import SUPPLY_CURRENT

NODES = {"R": 2, "C": 2, "V": 2, "B": 2, "G": 4, "E": 4}


def elements_and_nodes(deck):
    """Names of all elements and nodes of a flat deck, as written."""
    elements, nodes, inside = [], [], False
    for card in deck.cards:
        words = card.split()
        inside = card.startswith(".subckt") or (inside and not card.startswith(".ends"))
        if inside or card.startswith((".", "*", "+")):
            continue
        elements.append(words[0])
        if card.startswith("X"):
            nodes += [word for word in words[1:] if "=" not in word][:-1]
        elif card.startswith("A"):
            nodes += re.findall(r"[\w.]+", card[card.index("[") : card.index("]")])
        else:
            nodes += words[1 : 1 + NODES[words[0][0]]]
    return elements, nodes


def subcircuits(text):
    """Name -> instance and element names of every subcircuit of a netlist."""
    found, current = [], None
    for line in text.replace("\n+ ", " ").splitlines():
        if line.startswith(".subckt"):
            current = (line.split()[1], line.split("params:")[0].split()[2:], [])
            found.append(current)
        elif line.startswith(".ends"):
            assert line.split()[1] == current[0]
            current = None
        elif current is not None and line and not line.startswith("*"):
            current[2].append(line.split()[0])
    return found


def check_names(study):
    deck, circuit = study.deck(), study.circuit()
    elements, nodes = elements_and_nodes(deck)
    assert len({name.lower() for name in elements}) == len(elements)
    assert len({name.lower() for name in nodes}) == len(set(nodes))
    branches = {f"{name}#branch".lower() for name in elements if name.startswith("V")}
    known = {name.lower() for name in nodes} | branches
    vectors = [flat_vector(probe) for probe in circuit.probes]
    assert set(vectors) <= known
    assert set(deck.saves) == {*vectors, *([SUPPLY_CURRENT] if circuit.devices else [])}
    assert len(set(vectors)) == len(vectors) == len({str(probe.signal) for probe in circuit.probes})
    files = study.netlist()
    found = [s for name, content in files.items() if name.endswith(".cir") for s in subcircuits(content.decode())]
    names = [name.lower() for name, _, _ in found]
    assert len(set(names)) == len(names)
    for _, pins, inside in found:
        assert len({pin.lower() for pin in pins}) == len(pins)
        assert len({name.lower() for name in inside}) == len(inside)
    saved = set(re.findall(r"^\.save ([vi]\(.*\))$", files["testbench.cir"].decode(), re.MULTILINE))
    wanted = [hierarchical_vector(circuit, probe) for probe in circuit.probes]
    assert saved == {f"i({v[:-7]})" if v.endswith("#branch") else f"v({v})" for v in wanted}
    assert len(set(files)) == len({name.lower() for name in files})
