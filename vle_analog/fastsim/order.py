"""The elimination order of unknowns, chosen for few new entries; computed once per circuit, without numbers.

Markowitz's criterion on the diagonal: the smallest product of the entries in row and column comes next.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Pattern:
    """The pattern of a matrix in elimination order, with all entries that arise.

    **Arguments:**

    - `order`: the unknown at each position; `position`: the inverse.
    - `first`, `middle`, `last`: of every row the places of its first entry, its diagonal, and behind its last one.
    - `columns`: of every place. `places`: (position, position) -> place.
    """

    order: np.ndarray
    position: np.ndarray
    first: np.ndarray
    middle: np.ndarray
    last: np.ndarray
    columns: np.ndarray
    places: dict[tuple[int, int], int]


def pattern(size: int, entries: Iterable[tuple[int, int]]) -> Pattern:
    """Compute the pattern of a matrix that has at least these entries, and a diagonal."""
    rows: list[set[int]] = [set() for _ in range(size)]
    columns: list[set[int]] = [set() for _ in range(size)]
    for i, j in entries:
        if i != j:
            rows[i].add(j)
            columns[j].add(i)
    order = np.zeros(size, np.int64)
    position = np.full(size, -1, np.int64)
    upper: list[tuple[int, ...]] = [()] * size
    lower: list[set[int]] = [set() for _ in range(size)]
    heap = [(len(rows[i]) * len(columns[i]), i) for i in range(size)]
    heapq.heapify(heap)
    for step in range(size):
        while True:
            count, pivot = heapq.heappop(heap)
            if position[pivot] < 0:
                now = len(rows[pivot]) * len(columns[pivot])
                if now <= count:
                    break
                heapq.heappush(heap, (now, pivot))
        order[step], position[pivot] = pivot, step
        right, below = rows[pivot], columns[pivot]
        upper[pivot] = tuple(right)
        for i in below:
            lower[i].add(pivot)
            rows[i].discard(pivot)
            new = right - rows[i] - {i}
            rows[i] |= new
            for j in new:
                columns[j].add(i)
        for j in right:
            columns[j].discard(pivot)
        for i in (*below, *right):
            heapq.heappush(heap, (len(rows[i]) * len(columns[i]), i))
    first, middle, last, flat = [], [], [], []
    places: dict[tuple[int, int], int] = {}
    for row, pivot in enumerate(order):
        left = sorted(int(position[j]) for j in lower[pivot])
        right_of = sorted(int(position[j]) for j in upper[pivot])
        first.append(len(flat))
        middle.append(len(flat) + len(left))
        for column in (*left, row, *right_of):
            places[row, column] = len(flat)
            flat.append(column)
        last.append(len(flat))
    begins, diagonals, ends, columns_of = (np.array(part, dtype=np.uint64) for part in (first, middle, last, flat))
    return Pattern(order, position, begins, diagonals, ends, columns_of, places)
