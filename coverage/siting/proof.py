"""Prove the best plan by branch and bound, or find a better one on the way.

A branch has some sites in and some out. What is left to choose is reduced (``reduction``), its
relaxation is bounded (``bound``), and

* a branch whose bound is not above the best plan is done;
* a site whose absence would press the bound below the best plan is taken, one whose presence
  would is closed (reduced-cost fixing);
* else the branch splits on the site that is most undecided, by weight.

The branch with the highest bound is next; from there the solver goes down along the likelier side
until that is done. Node for node this is weaker than a linear program with cuts, but a node takes
about a millisecond, because every fixed site shrinks the problem.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bound import Relaxation
from .cover import Cover, Floats
from .reduction import Reduced, reduced
from .standing import Standing

__all__ = ["Root", "prove", "root_of"]

_ROOT_ITERATIONS = 4000
_NODE_ITERATIONS = 400
_CLOSE_TO_PARENT = 0.2
"""A node's bound is refined to this part of its parent's distance from the best plan."""


@dataclass(frozen=True, slots=True)
class Root:
    """The whole choice, reduced, with its relaxation."""

    left: Reduced
    relaxation: Relaxation

    @property
    def bound(self) -> float:
        """No plan reaches more."""
        return self.left.certain + self.relaxation.bound


@dataclass(frozen=True, slots=True)
class _Branch:
    taken: tuple[int, ...]
    closed: NDArray[np.bool_]
    part: Floats
    bound: float


def root_of(
    cover: Cover,
    *,
    cost: Floats,
    room: float,
    fixed: Sequence[int],
    forbidden: Sequence[int],
    plan: Sequence[int] | None = None,
) -> Root:
    """Reduce the whole choice and start its relaxation from a plan."""
    closed = np.zeros(cover.sites, bool)
    closed[list(forbidden)] = True
    left = reduced(cover, cost=cost, room=room, taken=tuple(fixed), closed=closed)
    part = np.isin(left.site, np.asarray(plan or (), np.int64)).astype(np.float64)
    return Root(
        left,
        Relaxation.of(left.cover, own=left.own, cost=left.cost, room=left.room, part=part),
    )


def _undecided(left: Reduced, part: Floats) -> Floats:
    """Return how undecided each site is, times the weight it could bring."""
    degree = np.diff(left.cover.group_start)
    weight = left.own + np.bincount(
        left.cover.group_sites,
        np.repeat(left.cover.group_weight, degree),
        minlength=left.site.size,
    )
    return part * (1.0 - part) * weight


def prove(
    standing: Standing,
    root: Root,
    *,
    cost: Floats,
    nodes: int | None = None,
    floor: float = -np.inf,
) -> bool:
    """Branch until the best plan is proven, and say whether everything was looked at.

    Parameters
    ----------
    standing
        Best plan and bound so far, which the proof improves; tells it to stop.
    root
        The whole choice.
    cost
        Of all sites.
    nodes
        Look at so many branches at most.
    floor
        Only plans that reach so much are of interest; the first ends the proof.
    """
    cover, left = standing.cover, root.left
    # What reduction took out of the whole choice stays out.
    closed = np.ones(cover.sites, bool)
    closed[left.site] = False
    whole = np.zeros(cover.sites)
    whole[left.site] = root.relaxation.part
    first = _Branch(left.taken, closed, whole, root.bound)
    queue: list[tuple[float, int, _Branch]] = [(-first.bound, 0, first)]
    dive: _Branch | None = None
    pushed, done, dropped = 1, 0, -np.inf
    limit = np.inf if nodes is None else nodes

    def cutoff() -> float:
        return (
            max(standing.cutoff, floor - 1e-9 * abs(floor)) if floor > -np.inf else standing.cutoff
        )

    def leave(bound: float) -> None:
        nonlocal dropped
        dropped = max(dropped, bound)

    def whole_bound() -> float:
        still = [branch.bound for branch in (dive,) if branch is not None]
        still += [-queue[0][0]] if queue else []
        return max([dropped, standing.value, *still])

    while queue or dive is not None:
        if dive is None:
            dive = heapq.heappop(queue)[2]
        branch = dive
        if branch.bound < cutoff():
            leave(branch.bound)
            dive = None
            continue
        standing.cap(whole_bound())
        if done >= limit or standing.closed or standing.value >= floor > -np.inf:
            return False
        standing.tell("prove", done, done + len(queue) + 1)
        done += 1
        standing.nodes += 1
        room = root.left.room + float(cost[list(root.left.taken)].sum())
        now = left if done == 1 else reduced(
            cover, cost=cost, room=room, taken=branch.taken, closed=branch.closed
        )  # fmt: skip
        if now.cost.sum() <= now.room * (1 + 1e-12):
            # All that is left can be taken (or nothing is left): the best of this branch.
            standing.offer((*now.taken, *(int(site) for site in now.site)))
            leave(now.reachable)
            dive = None
            continue
        if done == 1:
            relaxation = root.relaxation
        else:
            relaxation = Relaxation.of(
                now.cover, own=now.own, cost=now.cost, room=now.room, part=branch.part[now.site]
            )
            relaxation.descend(
                _NODE_ITERATIONS,
                below=cutoff() - now.certain,
                close=max(1e-7 * branch.bound, _CLOSE_TO_PARENT * (branch.bound - cutoff())),
            )
        bound = min(branch.bound, now.certain + relaxation.bound)
        if bound < cutoff():
            leave(bound)
            dive = None
            continue
        brings, level = relaxation.losses()
        level += now.certain
        out = (brings < 0) & (level + brings < cutoff())
        into = (brings > 0) & (level - brings < cutoff())
        if out.any() or into.any():
            leave(min(bound, cutoff()))
        taken = (*now.taken, *(int(site) for site in now.site[into]))
        closed = np.ones(cover.sites, bool)
        closed[now.site] = out
        spent = float(now.cost[into].sum())
        if spent > now.room * (1 + 1e-12):
            leave(bound)
            dive = None
            continue
        undecided = _undecided(now, relaxation.part)
        free = ~(out | into)
        undecided[~free] = -1.0
        part = np.zeros(cover.sites)
        part[now.site] = relaxation.part
        if not free.any():
            standing.offer(taken)
            leave(bound)
            dive = None
            continue
        at = int(np.argmax(undecided))
        site = int(now.site[at])
        without = closed.copy()
        without[site] = True
        lower = _Branch(taken, without, part, bound)
        upper = None
        if spent + now.cost[at] <= now.room * (1 + 1e-12):
            upper = _Branch((*taken, site), closed, part, bound)
        if upper is None:
            dive = lower
            continue
        likely, other = (upper, lower) if relaxation.part[at] > 0.5 else (lower, upper)
        heapq.heappush(queue, (-other.bound, pushed, other))
        pushed += 1
        dive = likely
    standing.cap(whole_bound())
    return True
