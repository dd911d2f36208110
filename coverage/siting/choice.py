"""The best choice under conditions: some sites settled, others out of the question.

Phases, resilience and explanations all ask the same thing of the solver: the best plan of so many
sites that has these and none of those. The answer comes with what no such plan can exceed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress, silent
from .answer import SitePlan
from .contribution import exchange_losses
from .problem import SiteProblem

__all__ = [
    "allowed_exchanges",
    "best_choice",
    "excluded_by",
    "free_sites",
    "kept_exchanges",
    "without_fairness",
]

_NODES = 50
"""Branches that one of many questions may take; a number, so that the answer is the same anywhere."""


def excluded_by(problem: SiteProblem, chosen: Collection[int]) -> dict[int, int]:
    """Return the sites outside a choice that it excludes, each with a chosen site that does."""
    mine = set(chosen)
    out: dict[int, int] = {}
    for group in problem.exclusions:
        for held in sorted(mine & set(group)):
            for site in group:
                if site not in mine:
                    out.setdefault(site, held)
    return out


def free_sites(problem: SiteProblem, chosen: Collection[int]) -> list[int]:
    """Return the sites that may be added to a choice, in order."""
    closed = set(chosen) | set(problem.forbidden) | excluded_by(problem, chosen).keys()
    return [site for site in range(problem.sites) if site not in closed]


def allowed_exchanges(problem: SiteProblem, chosen: Sequence[int]) -> NDArray[np.bool_]:
    """Return which site may take which chosen one's place, [chosen, site]."""
    out = np.ones((len(chosen), problem.sites), np.bool_)
    out[:, [*chosen, *problem.forbidden]] = False
    for group in problem.exclusions:
        holders = [k for k, site in enumerate(chosen) if site in set(group)]
        if holders:
            others = [k for k in range(len(chosen)) if k != holders[0]]
            out[np.ix_(others if len(holders) == 1 else range(len(chosen)), list(group))] = False
    return out


def kept_exchanges(
    problem: SiteProblem, chosen: Sequence[int], *, room: float = np.inf
) -> NDArray[np.bool_]:
    """Return the allowed exchanges that also keep to fairness and to the money, [chosen, site].

    Parameters
    ----------
    room
        Money of the budget that the choice leaves; it counts where the problem has costs.
    """
    out = allowed_exchanges(problem, chosen)
    if problem.cost is not None and np.isfinite(room):
        more = problem.cost[None, :] - problem.cost[list(chosen), None]
        out &= more <= room + 1e-9 * max(1.0, abs(room))
    for members, least in problem.minimums:
        inside = [k for k, site in enumerate(chosen) if site in set(members)]
        if len(inside) <= least:
            others = [site for site in range(problem.sites) if site not in set(members)]
            out[np.ix_(inside, others)] = False
    served = problem.servers_of_groups(list(chosen)) >= problem.servers
    for groups, weight in problem.least_weights:
        there = np.zeros_like(problem.group_weight)
        there[groups] = problem.group_weight[groups]
        losses = exchange_losses(replace(problem, group_weight=there), chosen)
        out &= float(there[served].sum()) - losses >= weight * (1 - 1e-12) - 1e-9
    return out


def without_fairness(problem: SiteProblem) -> SiteProblem:
    """Return the problem without minimums by area: what is left of a plan need not keep them."""
    return replace(problem, minimums=(), least_weights=())


def best_choice(
    problem: SiteProblem,
    *,
    sites: int,
    fixed: Sequence[int] | None = None,
    among: Collection[int] | None = None,
    nodes: int | None = _NODES,
    seed: int = 0,
    progress: Progress = silent,
) -> SitePlan:
    """Return the best choice of at most so many sites under conditions.

    Parameters
    ----------
    sites
        Budget, fixed sites included.
    fixed
        Sites that are in it; the problem's own by default.
    among
        Sites it may take besides; all that may be used by default.
    nodes
        Branches to look at; None: until it is proven.

    Raises
    ------
    InfeasibleError
        No choice keeps the conditions.
    """
    standing = problem.fixed if fixed is None else tuple(fixed)
    asked = problem.under(fixed=standing)
    if among is not None:
        shut = set(range(problem.sites)) - set(among) - set(standing)
        asked = asked.under(forbidden=sorted(shut | set(problem.forbidden)))
    plan = asked.maximise(sites=sites, nodes=nodes, seed=seed, progress=progress)
    if plan.cancelled_by is not None:
        raise plan.cancelled_by
    return plan
