"""Choose sites together with what connects them: the fibre tree is part of the price.

What a site costs to connect depends on the others, so that no sum over sites tells a plan's cost.
Sites are added by what they serve for what they cost with the way to the tree, then exchanged,
added and dropped as long as that helps; the tree is grown anew for every move that is taken.

Two goals: the most people within a budget, or the most people less what they cost, a person being
worth a given sum. Beside the plan stand two bounds that do not rest on the search: what no tree
through its sites can cost less than (dual ascent), and people whom no plan within the budget can
exceed, from the parts of the cost that sites cannot share (:meth:`.BackhaulNet.least_costs`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import InfeasibleError, UsageError
from ..progress import Progress, silent
from .backhaul_net import BackhaulNet, BackhaulTree, HopOffer
from .choice import free_sites
from .contribution import gains
from .problem import SiteProblem

__all__ = ["ConnectedPlan", "choose_connected", "connected_cost"]

_ROUNDING = 1e-9
_TREES_TRIED = 3
"""How many of the most promising sites get a tree of their own before a move is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class ConnectedPlan:
    """Sites, the tree that connects them, and what both cost.

    Attributes
    ----------
    sites
        Fixed sites first, then in the order in which each adds most.
    value
        Weight served.
    site_cost, fibre_cost, microwave_cost
        What the plan costs.
    tree, hops
        What connects the sites, and its microwave hops.
    cost_bound
        No way to connect these sites makes the plan cost less.
    value_bound
        Weight that no connected plan within the budget serves more than; None without a budget.
    stopped_by
        ``local optimum``: no move that was tried helps; ``time limit``: stopped before.
    """

    sites: tuple[int, ...]
    value: float
    site_cost: float
    fibre_cost: float
    microwave_cost: float
    tree: BackhaulTree
    hops: tuple[HopOffer, ...]
    cost_bound: float
    value_bound: float | None
    stopped_by: Literal["local optimum", "time limit"]
    seconds: float

    @property
    def cost(self) -> float:
        """What sites and their connections cost together."""
        return self.site_cost + self.fibre_cost + self.microwave_cost

    @property
    def cost_per_person(self) -> float | None:
        """Cost over weight served; None where nobody is served."""
        return self.cost / self.value if self.value > 0 else None

    @property
    def proven(self) -> bool:
        """Whether no plan within the budget serves more."""
        if self.value_bound is None:
            return False
        return self.value_bound - self.value <= _ROUNDING * max(1.0, self.value_bound)


def connected_cost(problem: SiteProblem, net: BackhaulNet, chosen: Sequence[int]) -> float:
    """Return what sites and a light tree that connects them cost."""
    return _site_costs(problem, chosen) + net.tree(chosen).cost


def _site_costs(problem: SiteProblem, chosen: Sequence[int]) -> float:
    return 0.0 if problem.cost is None else float(problem.cost[list(chosen)].sum())


@dataclass(frozen=True, slots=True)
class _Goal:
    """What makes one plan better than another."""

    sites: int
    budget: float
    worth: float

    def of(self, value: float, cost: float) -> tuple[float, float]:
        """Return what is to be made large, first things first; -inf where it is not allowed."""
        if not cost <= self.budget * (1 + 1e-12):
            return -math.inf, -math.inf
        if math.isfinite(self.worth):
            return self.worth * value - cost, 0.0
        return value, -cost


class _Plan:
    """A choice with its tree, and the moves from it."""

    def __init__(
        self, problem: SiteProblem, net: BackhaulNet, goal: _Goal, chosen: list[int]
    ) -> None:
        self.problem, self.net, self.goal, self.chosen = problem, net, goal, chosen
        self.tree = net.tree(chosen)
        self.value = problem.value(chosen)
        self.cost = _site_costs(problem, chosen) + self.tree.cost
        self.score = goal.of(self.value, self.cost)

    def without(self, site: int) -> _Plan:
        return _Plan(self.problem, self.net, self.goal, [s for s in self.chosen if s != site])

    def best_with_one_more(self, *, ratio: bool = False) -> _Plan | None:
        """Return the best plan with one more site, by an estimate and then by a tree of its own.

        Parameters
        ----------
        ratio
            Rank by what a site brings for its cost, as a choice from nothing does.
        """
        problem, goal = self.problem, self.goal
        others = free_sites(problem, self.chosen)
        if not others or len(self.chosen) >= goal.sites:
            return None
        brings = gains(problem, problem.servers_of_groups(self.chosen))[others]
        own = np.zeros(len(others)) if problem.cost is None else problem.cost[others]
        more = self.net.insert_costs(self.tree, self.chosen)[others] + own
        ranks: list[tuple[float, float, int]] = []
        for n in np.flatnonzero(brings > 0).tolist():
            first, second = goal.of(self.value + float(brings[n]), self.cost + float(more[n]))
            if first == -math.inf:
                continue
            if ratio:
                first, second = float(brings[n]) / max(float(more[n]), 1e-9), first
            ranks.append((first, second, -n))
        best: _Plan | None = None
        for _, _, n in sorted(ranks, reverse=True)[:_TREES_TRIED]:
            grown = _Plan(problem, self.net, goal, [*self.chosen, others[-n]])
            if ratio and grown.score[0] > -math.inf:
                return grown
            if best is None or grown.score > best.score:
                best = grown
        return best


def choose_connected(
    problem: SiteProblem,
    net: BackhaulNet,
    *,
    budget: float | None = None,
    worth_per_person: float | None = None,
    sites: int | None = None,
    start: Sequence[int] | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> ConnectedPlan:
    """Choose sites that serve as many people as possible, with what connects them in the price.

    Parameters
    ----------
    problem
        Whose costs are those of the sites alone.
    net
        Ways to connect the same sites.
    budget
        For sites and connections, fixed sites included.
    worth_per_person
        What serving a person is worth, in the unit of the costs: a site is built where it brings
        more than it costs. One of the two must be given.
    sites
        At most so many, fixed ones included; None: any number.
    start
        A choice to begin with beside the one from nothing.
    time_limit_s
        Stop after so many seconds with the best plan so far. Only then does the answer depend on
        how fast the machine is.
    seed
        Of the search behind the bound.
    progress
        Told about each step; stops the work by raising.

    Raises
    ------
    UsageError
        Neither or both goals are given, a number is out of range, or the net has other sites.
    InfeasibleError
        The fixed sites cannot be connected, or not within the budget.
    """
    if (budget is None) == (worth_per_person is None):
        raise UsageError("give either a budget or what serving a person is worth")
    for name, figure in (("budget", budget), ("worth_per_person", worth_per_person)):
        if figure is not None and not (math.isfinite(figure) and figure >= 0):
            raise UsageError(f"{name} is {figure}; give 0 or more")
    if len(net.site_ids) != problem.sites:
        raise UsageError(
            f"the problem has {problem.sites} sites and the net {len(net.site_ids)}; both must "
            "hold the same sites in the same order"
        )
    begun = time.monotonic()
    goal = _Goal(
        problem.sites if sites is None else sites,
        math.inf if budget is None else budget,
        math.inf if worth_per_person is None else worth_per_person,
    )
    if goal.sites < len(problem.fixed):
        raise UsageError(f"{len(problem.fixed)} sites are fixed, but at most {sites} are allowed")
    standing = _Plan(problem, net, goal, list(problem.fixed))
    if standing.score[0] == -math.inf or not math.isfinite(standing.cost):
        raise InfeasibleError(
            f"the fixed sites cost {standing.cost:g} with their connections, more than the budget "
            f"of {goal.budget:g}"
            if math.isfinite(standing.cost)
            else "a fixed site hangs on streets that lead to no room",
            "raise the budget, join the streets, or unfix sites",
        )

    def up() -> bool:
        return time_limit_s is not None and time.monotonic() - begun >= time_limit_s

    begins = [_grown(standing, ratio=True, up=up, progress=progress)]
    if start is not None:
        kept = [*problem.fixed, *(s for s in start if s not in set(problem.fixed))]
        given = _Plan(problem, net, goal, kept[: goal.sites])
        while given.score[0] == -math.inf and len(given.chosen) > len(problem.fixed):
            given = given.without(given.chosen[-1])
        begins.append(given)
    plan = max((_improved(one, up=up, progress=progress) for one in begins), key=lambda p: p.score)
    over = up()
    tree, tree_bound = net.proven_tree(plan.chosen)
    if tree.cost > plan.tree.cost:
        tree = plan.tree
    parts = net.describe(tree)
    site_cost = _site_costs(problem, plan.chosen)
    bound = None
    if budget is not None:
        bound = max(
            plan.value,
            _value_bound(problem, net, budget, goal.sites, seed=seed, progress=progress),
        )
    return ConnectedPlan(
        _by_gain(problem, plan.chosen),
        plan.value,
        site_cost,
        parts["fibre"],
        parts["microwave"],
        tree,
        net.hops_of(tree),
        site_cost + min(tree_bound, tree.cost),
        bound,
        "time limit" if over else "local optimum",
        time.monotonic() - begun,
    )


def _grown(plan: _Plan, *, ratio: bool, up: Callable[[], bool], progress: Progress) -> _Plan:
    """Add sites as long as that helps."""
    while not up():
        progress("connected choice", len(plan.chosen), plan.goal.sites)
        more = plan.best_with_one_more(ratio=ratio)
        if more is None or more.score <= plan.score:
            return plan
        plan = more
    return plan


def _improved(plan: _Plan, *, up: Callable[[], bool], progress: Progress) -> _Plan:
    """Exchange, add and drop sites as long as one such move helps."""
    slack = _ROUNDING * max(1.0, plan.problem.total_weight)

    def better(one: _Plan, other: _Plan) -> bool:
        return one.score[0] > other.score[0] + slack or (
            one.score[0] >= other.score[0] - slack / 2
            and one.score[1] > other.score[1] + _ROUNDING * max(1.0, abs(other.score[1]))
        )

    fixed, since, at = set(plan.problem.fixed), 0, 0
    plan = _grown(plan, ratio=False, up=up, progress=progress)
    while since < len(plan.chosen) and not up():
        progress("connected exchange", since, len(plan.chosen))
        site = plan.chosen[at % len(plan.chosen)]
        at += 1
        since += 1
        if site in fixed:
            continue
        less = plan.without(site)
        for other in (less.best_with_one_more(), less):
            if other is not None and better(other, plan):
                plan, since = _grown(other, ratio=False, up=up, progress=progress), 0
                break
    return plan


def _value_bound(
    problem: SiteProblem,
    net: BackhaulNet,
    budget: float,
    sites: int,
    *,
    seed: int,
    progress: Progress,
) -> float:
    """Return the bound of the problem in which a site costs what no other can share."""
    least = net.least_costs()
    lost = np.flatnonzero(~np.isfinite(least))
    own: NDArray[np.float64] = np.zeros(problem.sites) if problem.cost is None else problem.cost
    asked = replace(
        problem,
        cost=own + np.where(np.isfinite(least), least, 0.0),
        forbidden=tuple(dict.fromkeys([*problem.forbidden, *map(int, lost)])),
    )
    plan = asked.maximise(sites=sites, budget=budget, nodes=50, seed=seed, progress=progress)
    if plan.cancelled_by is not None:
        raise plan.cancelled_by
    return plan.bound


def _by_gain(problem: SiteProblem, chosen: Sequence[int]) -> tuple[int, ...]:
    order = list(problem.fixed)
    left = sorted(set(chosen) - set(order))
    while left:
        brings = gains(problem, problem.servers_of_groups(order))[left]
        order.append(left.pop(int(np.argmax(brings))))
    return tuple(order)
