"""The positions of neurons in the network drawing: columns in forward order, without regard to feedback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vle_analog.network import Network, Projection

MOST_SHOWN = 12  # circles of one population; in larger ones the middle is left out


@dataclass(frozen=True)
class DrawnPopulation:
    """A stimulus or a population as drawn.

    **Arguments:**

    - `column`: 0 for stimuli, then forward.
    - `shown`: indices of the drawn neurons, in order; `size`: number of all neurons.
    """

    name: str
    size: int
    column: int
    shown: tuple[int, ...]


def groups(network: Network) -> tuple[DrawnPopulation, ...]:
    """Return stimuli and populations with their columns."""
    depth = columns(network)
    sizes = {name: stimulus.size for name, stimulus in network.stimuli.items()}
    sizes |= {population.name: population.size for population in network.populations}
    return tuple(DrawnPopulation(name, size, depth[name], shown(size)) for name, size in sizes.items())


def shown(size: int) -> tuple[int, ...]:
    """Return the indices of all neurons, or of the first and last ones where there are too many."""
    if size <= MOST_SHOWN:
        return tuple(range(size))
    half = MOST_SHOWN // 2
    return (*range(half), *range(size - half + 1, size))


def columns(network: Network) -> dict[str, int]:
    """Return the longest forward distance from a stimulus; stimuli are in column 0, populations in 1 and beyond."""
    backward = set(feedback(network))
    depth = dict.fromkeys(network.stimuli, 0) | {population.name: 1 for population in network.populations}
    onward = [p for p in network.projections if p.name not in backward]
    moved = True
    while moved:  # terminates: without the feedback projections the graph has no cycle
        moved = False
        for projection in onward:
            if depth[projection.target] <= depth[projection.source]:
                depth[projection.target] = depth[projection.source] + 1
                moved = True
    return depth


def feedback(network: Network) -> tuple[str, ...]:
    """Return the projections that close a cycle when the network is traversed from its stimuli in the order of the
    file."""
    out_of: Mapping[str, list[Projection]] = {
        name: [p for p in network.projections if p.source == name]
        for name in (*network.stimuli, *(population.name for population in network.populations))
    }
    closing: list[str] = []
    done: set[str] = set()
    for root in out_of:
        _walk(root, out_of, done, closing)
    return tuple(closing)


def _walk(root: str, out_of: Mapping[str, Sequence[Projection]], done: set[str], closing: list[str]) -> None:
    """Traverse depth first, without recursion, so that the length of a chain is not limited."""
    if root in done:
        return
    path = [(root, iter(out_of[root]))]
    open_now = {root}
    while path:
        name, remaining = path[-1]
        projection = next(remaining, None)
        if projection is None:
            path.pop()
            open_now.discard(name)
            done.add(name)
        elif projection.target in open_now:
            closing.append(projection.name)
        elif projection.target not in done:
            open_now.add(projection.target)
            path.append((projection.target, iter(out_of[projection.target])))
