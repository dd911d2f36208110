"""Every failure of two links at once, exactly, without going through the pairs.

Two links that fail together take away

* what lies between them, where they are of one class (:mod:`.cut_classes`) and neither alone does
  any harm: the pairs that do more than their two failures alone;
* the larger of the two losses, where one link is cut off by the other already;
* the sum of the two losses, in every other case.

So the classes and the bridges say everything about all n(n - 1)/2 pairs. Counting the pairs that
lose at least so much takes time that grows as n log n, and a percentile is found by halving.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..loops import Loop
from .cut_classes import CutClasses, cut_classes
from .singles import SingleFailures

__all__ = ["DualFailures", "dual_failures"]


def _at_least(
    loss: float,
    offset: Any,
    below: Any,
    enter: Any,
    leave: Any,
    alone: Any,
    ascending: Any,
    harmless: int,
    stack: Any,
) -> int:
    """Return how many pairs lose ``loss`` or more, which is above 0."""
    total = 0
    for c in range(len(offset) - 1):
        end = offset[c + 1]
        j = offset[c]
        for i in range(offset[c], end):
            j = max(j, i + 1)
            while j < end and below[i] - below[j] < loss:
                j += 1
            total += end - j
    count = len(alone)
    lo = 0
    hi = count - 1
    while lo < hi:  # all pairs of bridges, as if none were cut off by another
        if ascending[lo] + ascending[hi] >= loss:
            total += hi - lo
            hi -= 1
        else:
            lo += 1
    depth = 0
    for k in range(count):
        if alone[k] >= loss:
            total += harmless
        while depth > 0 and leave[stack[depth - 1]] < enter[k]:
            depth -= 1
        # On the stack are the bridges that cut this one off, and each takes no more than the last:
        # those that take enough alone, less those that would with this one added.
        for sign in (1, -1):
            more = alone[k] if sign < 0 else 0.0
            lo = 0
            hi = depth
            while lo < hi:
                middle = (lo + hi) // 2
                if alone[stack[middle]] + more >= loss:
                    lo = middle + 1
                else:
                    hi = middle
            total += sign * lo
        stack[depth] = k
        depth += 1
    return total


AT_LEAST = Loop(_at_least)
"""The count as a loop; ``prepare()`` compiles it."""


@dataclass(frozen=True, slots=True, eq=False)
class DualFailures:
    """What any two links take with them.

    Attributes
    ----------
    singles
        The single failures that these build on.
    classes
        Links of which any two cut; ``below`` is what hangs below each.
    partner
        For each link the other with which it takes most of what neither takes alone; -1 where
        there is none.
    partner_loss
        Residents who lose service when both fail.
    """

    singles: SingleFailures
    classes: CutClasses
    partner: NDArray[np.int32]
    partner_loss: NDArray[np.float64]

    @property
    def links(self) -> int:
        """Number of links."""
        return self.singles.served.links

    @property
    def pairs(self) -> int:
        """Number of pairs of links."""
        return self.links * (self.links - 1) // 2

    @property
    def cutting_pairs(self) -> int:
        """Number of pairs that cut sites off although neither link alone does."""
        return self.classes.count

    def loss(self, a: int, b: int) -> float:
        """Return the residents who lose service when links ``a`` and ``b`` fail together."""
        if a == b:
            return float(self.singles.link_loss[a])
        mine = np.flatnonzero(self.classes.edge == a)
        other = np.flatnonzero(self.classes.edge == b)
        if mine.size and other.size:
            i, j = int(mine[0]), int(other[0])
            same = np.searchsorted(self.classes.offset, [i, j], side="right")
            between = abs(float(self.classes.below[i] - self.classes.below[j]))
            return between if same[0] == same[1] else 0.0
        one, two = float(self.singles.link_loss[a]), float(self.singles.link_loss[b])
        return max(one, two) if self._nested(a, b) else one + two

    def _nested(self, a: int, b: int) -> bool:
        """Tell whether one bridge is cut off by the other."""
        walked = self.singles.walked
        spans = []
        for link in (a, b):
            below = np.flatnonzero(walked.by == link)
            if not below.size:
                return False
            spans.append((below[0], below[0] + walked.size[below[0]]))
        (a0, a1), (b0, b1) = spans
        return bool(a0 <= b0 < a1 or b0 <= a0 < b1)

    def worst(self, count: int) -> list[tuple[float, int, int]]:
        """Return the worst pairs of those that do more than their two links alone.

        Returns
        -------
        list of (loss, link, link)
            The worst first; pairs that cut sites off behind which nobody lives come last.
        """
        offset, below, edge = self.classes.offset, self.classes.below, self.classes.edge
        heap = [
            (-(below[start] - below[end - 1]), int(start), int(end - 1), int(end - 1))
            for start, end in zip(offset[:-1], offset[1:], strict=True)  # noqa: RUF007 - arrays
        ]
        heapq.heapify(heap)
        out: list[tuple[float, int, int]] = []
        while heap and len(out) < count:
            loss, i, j, last = heapq.heappop(heap)
            first, second = sorted((int(edge[i]), int(edge[j])))
            out.append((float(-loss), first, second))
            if j - 1 > i:
                heapq.heappush(heap, (-(below[i] - below[j - 1]), i, j - 1, last))
            if j == last and i + 1 < j:
                heapq.heappush(heap, (-(below[i + 1] - below[j]), i + 1, j, last))
        return out

    def _bridges(self) -> tuple[NDArray[Any], ...]:
        """Return first and last visit below each bridge and its loss, in the order of visits."""
        walked, served = self.singles.walked, self.singles.served
        bridge = (walked.by >= 0) & (walked.by < served.links)
        bridge[bridge] = walked.link_nodes[walked.by[bridge]] > 0
        enter = np.flatnonzero(bridge)
        return enter, enter + walked.size[enter] - 1, walked.below[enter]

    def count_at_least(self, loss: float) -> int:
        """Return how many of all pairs lose at least so many residents, exactly."""
        if loss <= 0:
            return self.pairs
        enter, leave, alone = self._bridges()
        return int(
            AT_LEAST(
                (
                    loss, self.classes.offset, self.classes.below, enter, leave, alone,
                    np.sort(alone), self.links - len(alone),
                ),
                (np.zeros(len(alone) + 1, np.int32),),
                steps=len(self.classes.edge) + 30 * len(alone),
            )
        )  # fmt: skip

    def percentile(self, percent: float) -> float | None:
        """Return the loss that so many percent of all pairs do not exceed; None without a pair.

        100 is the worst pair of all. By nearest rank: a loss that some pair has.
        """
        if not 0 < percent <= 100:
            raise UsageError(f"a percentile of {percent:g} does not exist; give 0 < percent <= 100")
        if not self.pairs:
            return None
        from_above = self.pairs - max(1, math.ceil(self.pairs * percent / 100)) + 1
        # Floats above 0 are ordered as their bits are, so that halving ends at the exact loss.
        low = 0
        high = int(np.float64(self.singles.served.people + 1).view(np.int64))
        while high - low > 1:
            middle = (low + high) // 2
            if self.count_at_least(float(np.int64(middle).view(np.float64))) >= from_above:
                low = middle
            else:
                high = middle
        return float(np.int64(low).view(np.float64))


def dual_failures(singles: SingleFailures) -> DualFailures:
    """Return what any two links take away together."""
    served = singles.served
    classes = cut_classes(served.graph, singles.walked, served.roots)
    partner = np.full(served.links, -1, np.int32)
    partner_loss = np.zeros(served.links)
    if classes.edge.size:
        sizes = np.diff(classes.offset)
        first = np.repeat(classes.offset[:-1], sizes)
        last = np.repeat(classes.offset[1:] - 1, sizes)
        up = classes.below[first] - classes.below
        down = classes.below - classes.below[last]
        takes_first = (up > down) | (np.arange(len(up)) == last)
        other = np.where(takes_first, first, last)
        partner[classes.edge] = classes.edge[other]
        partner_loss[classes.edge] = np.maximum(up, down)
    return DualFailures(singles, classes, partner, partner_loss)
