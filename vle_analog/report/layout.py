"""Where the neurons of a drawn network stand: columns in forward order, feedback left out of the ordering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vle_analog.network import Network, Projection

MOST_SHOWN = 12  # circles of one population; beyond, the middle is left out


@dataclass(frozen=True)
class Group:
    """A stimulus or a population as drawn.

    **Arguments:**

    - `column`: 0 for stimuli, then forward.
    - `shown`: indices of the neurons that are drawn, in order; `size` is how many there are.
    """

    name: str
    size: int
    column: int
    shown: tuple[int, ...]


def groups(network: Network) -> tuple[Group, ...]:
    """Stimuli and populations with their columns."""
    depth = columns(network)
    sizes = {name: stimulus.size for name, stimulus in network.stimuli.items()}
    sizes |= {population.name: population.size for population in network.populations}
    return tuple(Group(name, size, depth[name], shown(size)) for name, size in sizes.items())


def shown(size: int) -> tuple[int, ...]:
    """All neurons, or the first and the last where there are too many."""
    if size <= MOST_SHOWN:
        return tuple(range(size))
    half = MOST_SHOWN // 2
    return (*range(half), *range(size - half + 1, size))


def columns(network: Network) -> dict[str, int]:
    """The longest way forward from a stimulus; stimuli stand in column 0, populations in 1 and beyond."""
    backward = set(feedback(network))
    depth = dict.fromkeys(network.stimuli, 0) | {population.name: 1 for population in network.populations}
    onward = [p for p in network.projections if p.name not in backward]
    moved = True
    while moved:  # ends: without the feedback projections there is no circle
        moved = False
        for projection in onward:
            if depth[projection.target] <= depth[projection.source]:
                depth[projection.target] = depth[projection.source] + 1
                moved = True
    return depth


def feedback(network: Network) -> tuple[str, ...]:
    """Projections that close a circle when the network is walked from its stimuli in the order of the file."""
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
    """Depth first, without recursion, so that a chain may be as long as it likes."""
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
