"""Every failure of two sites at once, exactly, on what is left after trees are folded up.

Two sites take away more than their two failures alone only if both lie in one block: a part of the
graph, with the virtual root that ties the roots together, that no single site parts. So each block
is taken by itself, whatever hangs on one of its sites folded into that site's weight; one site of
the block after the other is taken out, and a walk through the rest says what every second one adds.
Time grows as the sum over blocks of sites times links. All other pairs take the sum of their two
losses, or the larger one where one site is cut off by the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..loops import Loop
from .singles import SingleFailures

__all__ = ["NodePairs", "node_pair_failures"]


@dataclass(frozen=True, slots=True, eq=False)
class NodePairs:
    """Pairs of sites that take away more than their two failures alone.

    Attributes
    ----------
    cutting_pairs
        How many there are.
    partner
        For each site the other with which it takes most, among those pairs; -1 where none is.
    partner_loss
        Residents who lose service when both fail.
    worst
        The worst pairs as (loss, site, site), the worst first.
    """

    cutting_pairs: int
    partner: NDArray[np.int32]
    partner_loss: NDArray[np.float64]
    worst: tuple[tuple[float, int, int], ...]


def _blocks(
    offset: Any,
    neighbour: Any,
    held: Any,
    disc: Any,
    low: Any,
    up: Any,
    order: Any,
    hang: Any,
    block: Any,
    first: Any,
    member: Any,
    place: Any,
    row: Any,
    near: Any,
    pointer: Any,
    seen: Any,
    lowest: Any,
    above: Any,
    visit: Any,
    below: Any,
    extra: Any,
    cut: Any,
    group: Any,
    chain: Any,
    at: Any,
    side_of: Any,
    before_sum: Any,
    partner: Any,
    partner_loss: Any,
    top_loss: Any,
    top_a: Any,
    top_b: Any,
) -> int:
    """Go through the blocks; return the number of pairs that do more."""
    reached = len(order)
    blocks = 0
    for k in range(reached):
        v = order[k]
        if low[k] > up[k]:  # also where nothing is above
            block[v] = blocks
            blocks += 1
        else:
            block[v] = block[order[up[k]]]
        first[block[v] + 1] += 1
    for b in range(blocks):
        first[b + 1] += first[b]
    for k in range(reached - 1, -1, -1):  # backwards: ``first`` ends one place early, see below
        v = order[k]
        first[block[v] + 1] -= 1
        member[first[block[v] + 1]] = v
    # first[b + 1] is now where block b begins, and first[b + 2], or the end, where it ends.
    total = 0
    for b in range(blocks):
        start = first[b + 1]
        end = first[b + 2] if b + 1 < blocks else reached
        size = end - start
        if size < 2:
            continue
        # The block's own rows; 0 is its head, which lies above all of it and may be virtual.
        for k in range(size + 2):
            row[k] = 0
        for k in range(size):
            place[member[start + k]] = k + 1
        for step in range(2):
            for k in range(size):
                v = member[start + k]
                ways = offset[v + 1] - offset[v] + (1 if held[v] != 0 else 0)
                for w in range(ways):
                    if w < offset[v + 1] - offset[v]:
                        x = neighbour[offset[v] + w]
                        if disc[x] >= disc[v]:
                            continue
                        other = place[x] if block[x] == b else 0
                    elif up[disc[member[start]] - 1] < 0:
                        other = 0  # a root, in the block that the virtual root heads
                    else:
                        continue
                    if step == 0:
                        row[k + 1] += 1
                        row[other] += 1
                    else:
                        row[k + 1] -= 1
                        near[row[k + 1]] = other
                        row[other] -= 1
                        near[row[other]] = k + 1
            if step == 0:
                for k in range(1, size + 2):
                    row[k] += row[k - 1]
        for k in range(size + 1):
            group[k] = -1
        groups = 0
        for lead in range(1, size + 1):
            if group[lead] >= 0:
                continue
            # What is taken out in one go: a site where three ways meet, or a whole chain.
            many = 1
            chain[0] = lead
            end_a = -1
            end_b = -1
            if row[lead + 1] - row[lead] == 2:
                v = lead
                before = near[row[lead]]
                for side in range(2):  # to one end, and from there to the other
                    if side == 1:
                        before = end_a
                        v = chain[0]
                        many = 1
                    while True:
                        x = near[row[v]] + near[row[v] + 1] - before
                        if x == 0 or row[x + 1] - row[x] != 2:
                            break
                        before = v
                        v = x
                        if side == 1:
                            chain[many] = v
                            many += 1
                    if side == 0:
                        end_a = x
                        chain[0] = v
                    else:
                        end_b = x
            for k in range(size + 1):
                seen[k] = 0
                pointer[k] = row[k]
                below[k] = 0.0
                extra[k] = 0.0
                cut[k] = 0
                side_of[k] = 0
            before_sum[0] = 0.0
            for i in range(many):
                x = chain[i]
                seen[x] = -1
                group[x] = groups
                at[x] = i
                before_sum[i + 1] = before_sum[i] + hang[member[start + x - 1]]
            clock = 1
            seen[0] = 1
            lowest[0] = 1
            above[0] = -1
            visit[0] = 0
            v = 0
            while v >= 0:
                i = pointer[v]
                if i < row[v + 1]:
                    pointer[v] = i + 1
                    x = near[i]
                    if seen[x] == 0:
                        above[x] = v
                        visit[clock] = x
                        clock += 1
                        seen[x] = clock
                        lowest[x] = clock
                        v = x
                    elif 0 < seen[x] < lowest[v]:
                        lowest[v] = seen[x]
                else:
                    p = above[v]
                    if p >= 0 and lowest[v] < lowest[p]:
                        lowest[p] = lowest[v]
                    v = p
            for k in range(clock - 1, 0, -1):
                x = visit[k]
                below[x] += hang[member[start + x - 1]]
                p = above[x]
                if p > 0:
                    below[p] += below[x]
                    if lowest[x] >= seen[p]:
                        extra[p] += below[x]
                        cut[p] = 1
            # What is left of the chain hangs on its ends: mark the sites that cut an end off.
            for side in range(1, 3):
                x = end_a if side == 1 else end_b
                if x > 0:
                    side_of[x] |= side
                while x > 0:
                    p = above[x]
                    if p > 0 and lowest[x] >= seen[p]:
                        side_of[p] |= side
                    x = p
            for k in range(1, size + 1):
                if group[k] >= 0 and (group[k] < groups or many == 1):
                    continue  # the pair has been seen from the other side, or is one site
                if group[k] < 0 and cut[k] == 0 and side_of[k] == 0:
                    continue
                for i in range(many):
                    one = member[start + chain[i] - 1]
                    two = member[start + k - 1]
                    more = 0.0
                    if group[k] == groups:
                        if at[k] < i + 2:
                            break
                        more = before_sum[at[k]] - before_sum[i + 1]
                    else:
                        takes = cut[k]
                        more = extra[k]
                        if side_of[k] & 1 and i > 0:
                            takes = 1
                            more += before_sum[i]
                        if side_of[k] & 2 and i < many - 1:
                            takes = 1
                            more += before_sum[many] - before_sum[i + 1]
                        if takes == 0:
                            continue
                    total += 1
                    loss = hang[one] + hang[two] + more
                    if partner[one] < 0 or loss > partner_loss[one]:
                        partner[one] = two
                        partner_loss[one] = loss
                    if partner[two] < 0 or loss > partner_loss[two]:
                        partner[two] = one
                        partner_loss[two] = loss
                    if len(top_loss) > 0 and loss > top_loss[len(top_loss) - 1]:
                        i_top = len(top_loss) - 1
                        while i_top > 0 and top_loss[i_top - 1] < loss:
                            top_loss[i_top] = top_loss[i_top - 1]
                            top_a[i_top] = top_a[i_top - 1]
                            top_b[i_top] = top_b[i_top - 1]
                            i_top -= 1
                        top_loss[i_top] = loss
                        top_a[i_top] = one
                        top_b[i_top] = two
            groups += 1
    return total


BLOCKS = Loop(_blocks)
"""The blocks as a loop; ``prepare()`` compiles it."""


def node_pair_failures(singles: SingleFailures, *, worst: int = 10) -> NodePairs:
    """Return the pairs of sites that take more than their two failures alone.

    Parameters
    ----------
    worst
        How many of the worst pairs to name.
    """
    graph, walked = singles.served.graph, singles.walked
    nodes, edges = graph.nodes, graph.edges
    held = np.zeros(nodes, np.uint8)
    held[singles.served.roots] = 1
    work, more = np.zeros((7, nodes + 3), np.int32), np.zeros((3, nodes + 1), np.int32)
    partner, partner_loss = np.full(nodes, -1, np.int32), np.zeros(nodes)
    top_loss = np.full(worst, -1.0)
    top = np.zeros((2, worst), np.int32)
    count = BLOCKS(
        (
            graph.offset, graph.neighbour, held, walked.disc, walked.low, walked.up,
            walked.order, walked.node_loss,
        ),
        (
            np.full(nodes, -1, np.int32), work[0], np.zeros(nodes, np.int32),
            np.zeros(nodes, np.int32), work[1], np.zeros(2 * edges + 2 * nodes, np.int32), work[2],
            work[3], work[4], work[5], work[6], np.zeros(nodes + 1), np.zeros(nodes + 1),
            np.zeros(nodes + 1, np.uint8), more[0], more[1], more[2], np.zeros(nodes + 1, np.uint8),
            np.zeros(nodes + 2), partner, partner_loss, top_loss, top[0], top[1],
        ),
        steps=nodes * (nodes + 2 * edges) // 4,  # a good part of most networks is trees
    )  # fmt: skip
    pairs = [
        (float(loss), int(min(a, b)), int(max(a, b)))
        for loss, a, b in zip(top_loss, *top, strict=True)
        if loss >= 0
    ]
    return NodePairs(int(count), partner, partner_loss, tuple(pairs))
