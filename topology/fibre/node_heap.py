"""A heap of numbered nodes whose keys may fall, for the searches of this package.

``heap`` holds node numbers, ``place`` says where in it each node stands (-1: not in it). Both are
as long as the graph has nodes, so that a search never allocates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiled

__all__ = ["lower", "take"]


@compiled
def lower(
    heap: NDArray[np.int32],
    place: NDArray[np.int32],
    key: NDArray[np.float64],
    size: int,
    node: int,
) -> int:
    """Put a node in, or move it up after its key has fallen; return the size of the heap."""
    at = place[node]
    if at < 0:
        at = size
        size += 1
    while at > 0:
        above = (at - 1) >> 1
        other = heap[above]
        if key[other] <= key[node]:
            break
        heap[at] = other
        place[other] = at
        at = above
    heap[at] = node
    place[node] = at
    return size


@compiled
def take(
    heap: NDArray[np.int32], place: NDArray[np.int32], key: NDArray[np.float64], size: int
) -> tuple[int, int]:
    """Take the node with the least key out; return it and the size that is left."""
    top = heap[0]
    place[top] = -1
    size -= 1
    if size == 0:
        return top, size
    node = heap[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and key[heap[below + 1]] < key[heap[below]]:
            below += 1
        other = heap[below]
        if key[node] <= key[other]:
            break
        heap[at] = other
        place[other] = at
        at = below
    heap[at] = node
    place[node] = at
    return top, size
