"""The feedback loops among signals of populations: strongly connected parts of potentials and errors.

Potentials follow the projections, errors run against them, errors drive membranes (gamma), and an output's potential
drives its error (beta), as any potential does through phi'(U). In a loop each signal reaches each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.network.model import Network, Projection

Node = tuple[str, str]  # ("potential" | "error", population)


@dataclass(frozen=True)
class Loop:
    """Populations whose potentials, and populations whose errors, act back on themselves.

    **Arguments:**

    - `projections`: those of the loop.
    """

    potentials: tuple[str, ...]
    errors: tuple[str, ...]
    projections: tuple[str, ...]

    @property
    def kind(self) -> str:
        """`forward` (potentials only), `error` (errors only) or `nudging` (through gamma and the target)."""
        if self.potentials and self.errors:
            return "nudging"
        return "forward" if self.potentials else "error"

    @property
    def populations(self) -> tuple[str, ...]:
        """All populations of the loop."""
        return tuple(dict.fromkeys((*self.potentials, *self.errors)))


def loops(network: Network) -> tuple[Loop, ...]:
    """List the loops of a network, in the order of its populations."""
    return tuple(loop for loop, closed in parts(network) if closed)


def parts(network: Network) -> list[tuple[Loop, bool]]:
    """List every strongly connected part, and whether it is a loop; the others are single populations, open."""
    edges = _edges(network)
    found = []
    for nodes in _components(edges):
        closed = len(nodes) > 1 or nodes[0] in edges[nodes[0]]
        found.append((_loop(network, set(nodes)), closed))
    return found


def _loop(network: Network, nodes: set[Node]) -> Loop:
    def inside(q: Projection) -> bool:
        return any({(signal, q.source), (signal, q.target)} <= nodes for signal in ("potential", "error"))

    names = [p.name for p in network.populations]
    return Loop(
        tuple(name for name in names if ("potential", name) in nodes),
        tuple(name for name in names if ("error", name) in nodes),
        tuple(q.name for q in network.projections if inside(q)),
    )


def _edges(network: Network) -> dict[Node, list[Node]]:
    """Map each signal to those it acts on directly."""
    names = [p.name for p in network.populations]
    edges: dict[Node, list[Node]] = {(signal, name): [] for name in names for signal in ("potential", "error")}
    for q in network.projections:
        if not network.is_stimulus(q.source):
            moves = network.learns(q) or network.learns_feedback(q)
            if moves or np.any(q.weights):
                edges["potential", q.source].append(("potential", q.target))
            if moves or np.any(q.weights if q.feedback_weights is None else q.feedback_weights):
                edges["error", q.target].append(("error", q.source))
    for population in network.populations:
        name = population.name
        if network.gamma > 0 and network.rule != "backprop":
            edges["error", name].append(("potential", name))
        if network.beta > 0 and (name == network.output or population.activation != "linear"):
            edges["potential", name].append(("error", name))
    if network.cost == "membrane" and network.beta > 0 and network.gamma > 0:
        edges["error", network.output].append(("error", network.output))  # it receives S + gamma e
    return edges


def _components(edges: Mapping[Node, Iterable[Node]]) -> list[list[Node]]:
    """Find strongly connected components (Kosaraju and Sharir 1981), without recursion; senders come first."""
    backwards: dict[Node, list[Node]] = {node: [] for node in edges}
    for node, onward in edges.items():
        for other in onward:
            backwards[other].append(node)
    done: set[Node] = set()
    finished = [node for root in edges for node in _walk(root, edges, done)]
    visited: set[Node] = set()
    return [found for root in reversed(finished) if (found := _walk(root, backwards, visited))]


def _walk(root: Node, edges: Mapping[Node, Iterable[Node]], done: set[Node]) -> list[Node]:
    """Return the nodes newly reached from `root`, in the order in which the search leaves them."""
    if root in done:
        return []
    done.add(root)
    left, path = [], [(root, iter(edges[root]))]
    while path:
        node, remaining = path[-1]
        onward = next((other for other in remaining if other not in done), None)
        if onward is None:
            left.append(node)
            path.pop()
        else:
            done.add(onward)
            path.append((onward, iter(edges[onward])))
    return left
