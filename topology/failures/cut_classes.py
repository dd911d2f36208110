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
    parent: Any,
    parent_edge: Any,
    order: Any,
    below: Any,
    reached: int,
    random_a: Any,
    random_b: Any,
    mask: int,
    over_a: Any,
    over_b: Any,
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
    """Label edges, group equal labels, and lay the groups of two and more out; return how many."""
    edges = len(end_a)
    free = 0
    for e in range(edges):
        a = end_a[e]
        b = end_b[e]
        if disc[a] == 0 or a == b or parent_edge[a] == e or parent_edge[b] == e:
            continue
        over_a[a] ^= random_a[e]
        over_a[b] ^= random_a[e]
        over_b[a] ^= random_b[e]
        over_b[b] ^= random_b[e]
        label_a[e] = random_a[e]
        label_b[e] = random_b[e]
        outside[free] = e
        free += 1
    for k in range(reached - 1, -1, -1):
        node = order[k]
        above = parent[node]
        if above >= 0:
            if held[node]:  # the edge to the virtual root bridges everything above over
                over_a[node] ^= random_a[edges + node]
                over_b[node] ^= random_b[edges + node]
            label_a[parent_edge[node]] = over_a[node]
            label_b[parent_edge[node]] = over_b[node]
            over_a[above] ^= over_a[node]
            over_b[above] ^= over_b[node]
    # ``table`` finds the class of a label (open addressing); entries are edge + 1.
    classes = 0
    for k in range(reached + free):
        e = parent_edge[order[k]] if k < reached else outside[k - reached]
        if e < 0 or (label_a[e] == 0 and label_b[e] == 0):
            continue
        slot = int(label_a[e]) & mask
        while True:
            first = table[slot] - 1
            if first < 0:
                table[slot] = e + 1
                number[e] = classes
                members[classes] = 1
                classes += 1
                break
            if label_a[first] == label_a[e] and label_b[first] == label_b[e]:
                number[e] = number[first]
                members[number[e]] += 1
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
        e = parent_edge[order[k]] if k < reached else outside[k - reached]
        if e < 0 or number[e] < 0 or members[number[e]] < 0:
            continue
        at = members[number[e]]
        members[number[e]] = at + 1
        out_edge[at] = e
        out_below[at] = below[order[k]] if k < reached else 0.0
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
    nodes, edges = graph.nodes, graph.edges
    held = np.zeros(nodes, np.uint8)
    if roots is not None:
        held[roots] = 1
    random = np.random.default_rng(_SEED).integers(0, 2**64, (2, edges + nodes), np.uint64)
    over = np.zeros((2, nodes), np.uint64)
    label = np.zeros((2, edges), np.uint64)
    slots = 1 << (2 * edges + 1).bit_length()
    ends = np.ascontiguousarray(graph.ends.T)
    offset = np.zeros(edges + 1, np.int32)
    edge, below = np.zeros(edges, np.int32), np.zeros(edges)
    kept = CUT_CLASSES(
        (
            ends[0], ends[1], held, walked.disc, walked.parent, walked.parent_edge, walked.order,
            walked.below, walked.reached, random[0], random[1], slots - 1,
        ),
        (
            over[0], over[1], label[0], label[1], np.zeros(edges, np.int32),
            np.zeros(slots, np.int32), np.full(edges, -1, np.int32), np.zeros(edges + 1, np.int32),
            offset, edge, below,
        ),
        steps=2 * nodes + 6 * edges,
    )  # fmt: skip
    end = int(offset[kept])
    return CutClasses(offset[: kept + 1], edge[:end], below[:end])
