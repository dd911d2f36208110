"""Which pairs of links cut the graph together although neither does alone.

Every edge outside the tree of a depth-first walk gets a random label; an edge of the tree gets the
XOR of the labels of those that bridge it over. Edges of the tree are no cut exactly when nothing
bridges them (label 0), and two edges cut together exactly when the same edges bridge both over:
equal labels (Pritchard and Thurimella 2011). Equal labels make a class, and any two of a class cut.
Labels are 128 bits wide, so that two different sets of m edges get the same one with a chance below
m^2 / 2^128; a set never gets two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..loops import Loop
from .depth_first import Walk

__all__ = ["CUT_CLASSES", "CutClasses", "cut_classes"]

_SEED = 20260101


@dataclass(frozen=True, slots=True, eq=False)
class CutClasses:
    """Edges by class; any two of a class cut the graph.

    Attributes
    ----------
    offset
        Where each class begins in ``edge``; one entry more than there are classes.
    edge
        Edges class by class, from the roots down; all lie on one way from a root, but for at most
        one at the end that is not in the tree.
    below
        Weight of the subtree that hangs below each; 0 for the one outside the tree. What two of a
        class cut off is the difference of theirs.
    """

    offset: NDArray[np.int32]
    edge: NDArray[np.int32]
    below: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of pairs that cut."""
        sizes = np.diff(self.offset).astype(np.int64)
        return int((sizes * (sizes - 1) // 2).sum())


def _classes(
    end_a: Any,
    end_b: Any,
    held: Any,
    disc: Any,
    order: Any,
    up: Any,
    by: Any,
    below: Any,
    random_a: Any,
    random_b: Any,
    mask: int,
    label_a: Any,
    label_b: Any,
    outside: Any,
    table: Any,
    number: Any,
    members: Any,
    out_offset: Any,
    out_edge: Any,
    out_below: Any,
) -> int:
    """Label edges, group equal labels, and lay the groups of two and more out; return how many.

    Labels stand by visit for the edges of the tree, and behind those for the edges outside it.
    """
    reached = len(order)
    free = 0
    for e in range(len(end_a)):
        a = disc[end_a[e]] - 1
        b = disc[end_b[e]] - 1
        if a < 0 or a == b or by[a] == e or by[b] == e:
            continue
        label_a[a] ^= random_a[free]
        label_a[b] ^= random_a[free]
        label_b[a] ^= random_b[free]
        label_b[b] ^= random_b[free]
        label_a[reached + free] = random_a[free]
        label_b[reached + free] = random_b[free]
        outside[free] = e
        free += 1
    drawn = free
    for k in range(reached - 1, -1, -1):
        above = up[k]
        if above >= 0:
            if held[order[k]] != 0:  # the edge to the virtual root bridges all above over
                label_a[k] ^= random_a[drawn]
                label_b[k] ^= random_b[drawn]
                drawn += 1
            label_a[above] ^= label_a[k]
            label_b[above] ^= label_b[k]
    # ``table`` finds the class of a label (open addressing); entries are place + 1.
    classes = 0
    for k in range(reached + free):
        if (label_a[k] == 0 and label_b[k] == 0) or (k < reached and up[k] < 0):
            number[k] = -1
            continue
        slot = int(label_a[k]) & mask
        while True:
            first = table[slot] - 1
            if first < 0:
                table[slot] = k + 1
                number[k] = classes
                members[classes] = 1
                classes += 1
                break
            if label_a[first] == label_a[k] and label_b[first] == label_b[k]:
                number[k] = number[first]
                members[number[k]] += 1
                break
            slot = (slot + 1) & mask
    kept = 0
    place = 0
    for c in range(classes):
        many = members[c]
        if many > 1:
            out_offset[kept] = place
            members[c] = place  # from here on: where its next edge goes
            place += many
            kept += 1
        else:
            members[c] = -1
    out_offset[kept] = place
    for k in range(reached + free):
        c = number[k]
        if c >= 0 and members[c] >= 0:
            at = members[c]
            members[c] = at + 1
            out_edge[at] = by[k] if k < reached else outside[k - reached]
            out_below[at] = below[k] if k < reached else 0.0
    return kept


CUT_CLASSES = Loop(_classes)
"""The grouping as a loop; ``prepare()`` compiles it."""


def cut_classes(
    graph: CompactGraph, walked: Walk, roots: NDArray[np.int32] | None = None
) -> CutClasses:
    """Return the classes of edges of which any two cut what the walk reached.

    Parameters
    ----------
    walked, roots
        A walk and the roots it started from; None where it went through everything.
    """
    nodes, edges, reached = graph.nodes, graph.edges, walked.reached
    held = np.zeros(nodes, np.uint8)
    if roots is not None:
        held[roots] = 1
    outside = edges - int((walked.by >= 0).sum())
    places = reached + outside
    random = np.random.default_rng(_SEED).integers(
        0, 2**64, (2, outside + int(held.sum())), np.uint64
    )
    label = np.zeros((2, places), np.uint64)
    slots = 1 << (2 * places + 1).bit_length()
    ends = np.ascontiguousarray(graph.ends.T)
    offset = np.empty(places + 1, np.int32)
    edge, below = np.empty(places, np.int32), np.empty(places)
    kept = CUT_CLASSES(
        (
            ends[0], ends[1], held, walked.disc, walked.order, walked.up, walked.by,
            walked.below, random[0], random[1], slots - 1,
        ),
        (
            label[0], label[1], np.empty(outside, np.int32), np.zeros(slots, np.int32),
            np.empty(places, np.int32), np.empty(places, np.int32), offset, edge, below,
        ),
        steps=2 * nodes + 6 * edges,
    )  # fmt: skip
    end = int(offset[kept])
    return CutClasses(offset[: kept + 1], edge[:end], below[:end])
