"""Why these sites and not those: what each chosen site holds, what each other one would cost.

A plan is explained by counting, not by telling how the search went: what a site of the plan
serves alone, what is lost if its best replacement takes its place, what a site that was left out
would bring, and what it costs to insist on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...topology.errors import UsageError
from .choice import best_choice, excluded_by, free_sites, kept_exchanges
from .contribution import (
    exchange_losses,
    gains,
    only_by,
    reaching_all,
    weights_of_sites,
)
from .cover import Floats
from .problem import SiteProblem

__all__ = [
    "ChosenSite",
    "ForcedSite",
    "LeftOutSite",
    "NextSite",
    "explain_chosen",
    "explain_left_out",
    "force_in",
    "next_sites",
]


@dataclass(frozen=True, slots=True)
class ChosenSite:
    """Why a site is in the plan.

    Attributes
    ----------
    site
        Its number.
    fixed
        Whether it stands already, so that nobody chose it.
    weight
        Weight of all that it reaches.
    alone
        Weight that only it serves: lost with it.
    shared
        Weight that it reaches and the plan serves without it, too.
    added, cumulative
        What it adds to the sites before it, and what all up to it serve.
    cumulative_share
        The same as a share of the total weight; None where there is nobody to serve.
    replacement
        The site outside the plan that would lose least in its place, of those that the conditions
        and the money left allow there; None where there is none.
    margin
        Weight lost if the replacement takes its place: never more than ``alone``. Below 0 the
        replacement serves more, which an exchange search leaves only where something else than
        the weight was asked for.
    """

    site: int
    fixed: bool
    weight: float
    alone: float
    shared: float
    added: float
    cumulative: float
    cumulative_share: float | None
    replacement: int | None
    margin: float


@dataclass(frozen=True, slots=True)
class LeftOutSite:
    """Why a site is not in the plan.

    Attributes
    ----------
    site
        Its number.
    weight
        Weight of all that it reaches.
    adds
        Weight that it would bring as one site more.
    served_already
        Weight that it reaches and the plan serves.
    dominated_by
        Another site that reaches all that it does and costs no more, of the plan if there is one;
        None where no single site does.
    instead_of
        The chosen site whose place it could take at the least loss; None where it may take none.
    forcing_cost
        Weight lost if it takes that place: insisting on it costs this at most. None likewise.
    excluded_by
        A chosen site beside which it may not be used; None where there is none.
    """

    site: int
    weight: float
    adds: float
    served_already: float
    dominated_by: int | None
    instead_of: int | None
    forcing_cost: float | None
    excluded_by: int | None


@dataclass(frozen=True, slots=True)
class ForcedSite:
    """What the best plan with a site that was left out is worth, all other sites chosen anew.

    Attributes
    ----------
    sites, value
        The best plan with it that was found.
    bound
        No plan with it is worth more.
    cost_at_most, cost_at_least
        Weight that insisting on the site costs against the plan, 0 where it costs nothing.
    """

    site: int
    sites: tuple[int, ...]
    value: float
    bound: float
    cost_at_most: float
    cost_at_least: float


@dataclass(frozen=True, slots=True)
class NextSite:
    """The site that would bring most after those before it.

    Attributes
    ----------
    won
        Weight that it adds.
    value
        Weight served with it.
    share
        The same as a share of the total weight; None where there is nobody to serve.
    """

    site: int
    won: float
    value: float
    share: float | None


def _checked(problem: SiteProblem, chosen: Sequence[int]) -> list[int]:
    for site in chosen:
        if not 0 <= site < problem.sites:
            raise UsageError(f"site {site} does not exist; there are {problem.sites} sites")
    if len(set(chosen)) < len(chosen):
        twice = next(site for site in chosen if list(chosen).count(site) > 1)
        raise UsageError(f"site {twice} is chosen twice; choose each once")
    return [int(site) for site in chosen]


def _share(problem: SiteProblem, value: float) -> float | None:
    return value / problem.total_weight if problem.total_weight > 0 else None


def explain_chosen(
    problem: SiteProblem, chosen: Sequence[int], *, room: float = np.inf
) -> tuple[ChosenSite, ...]:
    """Return for each chosen site, in the order given, why it is in the plan.

    Parameters
    ----------
    room
        Money of the budget that the plan leaves; a replacement may cost so much more.

    Raises
    ------
    UsageError
        A site does not exist or is named twice.
    """
    mine = _checked(problem, chosen)
    count = problem.servers_of_groups(mine)
    alone, weight = only_by(problem, count), weights_of_sites(problem)
    losses = exchange_losses(problem, mine)
    losses[~kept_exchanges(problem, mine, room=room)] = np.inf
    before = np.zeros(problem.groups, np.int64)
    value, out = 0.0, []
    for k, site in enumerate(mine):
        groups = problem.groups_of(site)
        counted = count[groups] >= problem.servers
        reached = float(problem.group_weight[groups[counted]].sum())
        won = before[groups] == problem.servers - 1
        added = float(problem.group_weight[groups[won]].sum())
        before[groups] += 1
        value += added
        best = int(np.argmin(losses[k]))
        replaced = bool(np.isfinite(losses[k, best]))
        out.append(
            ChosenSite(
                site,
                site in problem.fixed,
                float(weight[site]),
                float(alone[site]),
                reached - float(alone[site]),
                added,
                value,
                _share(problem, value),
                best if replaced else None,
                float(losses[k, best] if replaced else alone[site]),
            )
        )
    return tuple(out)


def _dominator(problem: SiteProblem, site: int, chosen: set[int], weight: Floats) -> int | None:
    """Return a site that reaches all that this one does: a chosen one, else the largest."""
    extent = np.diff(problem.site_start)
    if not extent[site]:
        return None
    found = [
        int(other)
        for other in np.flatnonzero(reaching_all(problem, site))
        # Of two sites that reach the same, the earlier stands for the later.
        if (other in chosen or extent[other] > extent[site] or other < site)
        and other not in problem.forbidden
        and (problem.cost is None or problem.cost[other] <= problem.cost[site])
    ]
    if not found:
        return None
    return max(found, key=lambda other: (other in chosen, weight[other], -other))


def explain_left_out(
    problem: SiteProblem, chosen: Sequence[int], *, room: float = np.inf
) -> tuple[LeftOutSite, ...]:
    """Return for each site outside the plan why it is not in it, those that add most first.

    Parameters
    ----------
    room
        Money of the budget that the plan leaves.

    Raises
    ------
    UsageError
        A site does not exist or is named twice.
    """
    mine = _checked(problem, chosen)
    count = problem.servers_of_groups(mine)
    adds, weight = gains(problem, count), weights_of_sites(problem)
    losses = exchange_losses(problem, mine)
    losses[~kept_exchanges(problem, mine, room=room)] = np.inf
    excluded = excluded_by(problem, mine)
    movable = [k for k, site in enumerate(mine) if site not in set(problem.fixed)]
    out = []
    closed = {*mine, *problem.forbidden}
    for site in (s for s in range(problem.sites) if s not in closed):
        groups = problem.groups_of(site)
        served = count[groups] >= problem.servers
        at = movable[int(np.argmin(losses[movable, site]))] if movable else None
        if at is not None and not np.isfinite(losses[at, site]):
            at = None
        out.append(
            LeftOutSite(
                site,
                float(weight[site]),
                float(adds[site]),
                float(problem.group_weight[groups[served]].sum()),
                _dominator(problem, site, set(mine), weight),
                None if at is None else mine[at],
                None if at is None else float(losses[at, site]),
                excluded.get(site),
            )
        )
    return tuple(sorted(out, key=lambda one: (-one.adds, one.site)))


def force_in(
    problem: SiteProblem,
    chosen: Sequence[int],
    site: int,
    *,
    seed: int = 0,
) -> ForcedSite:
    """Return what it costs to insist on a site, with all others chosen anew.

    Parameters
    ----------
    chosen
        The plan, whose number of sites is kept.
    seed
        Of the search.

    Raises
    ------
    UsageError
        The site does not exist or is in the plan.
    """
    mine = _checked(problem, chosen)
    _checked(problem, [site])
    if site in mine:
        raise UsageError(f"site {site} is in the plan already")
    value = problem.value(mine)
    best = best_choice(problem, sites=len(mine), fixed=(*problem.fixed, site), seed=seed)
    sites, worth = best.sites, best.value
    for one in explain_left_out(problem, mine):
        if one.site == site and one.forcing_cost is not None and value - one.forcing_cost > worth:
            sites = tuple(site if s == one.instead_of else s for s in mine)
            worth = problem.value(sites)
    most = max(best.bound, worth)
    return ForcedSite(site, sites, worth, most, max(0.0, value - worth), max(0.0, value - most))


def next_sites(
    problem: SiteProblem, chosen: Sequence[int], *, count: int = 1
) -> tuple[NextSite, ...]:
    """Return which sites to build next, each the one that brings most after those before it.

    Fewer than asked for where nothing more can be won.

    Raises
    ------
    UsageError
        A site does not exist or is named twice, or the count is below 1.
    """
    if count < 1:
        raise UsageError(f"count is {count}; ask for 1 site or more")
    mine = _checked(problem, chosen)
    value, out = problem.value(mine), []
    for _ in range(count):
        others = free_sites(problem, mine)
        if not others:
            break
        brings = gains(problem, problem.servers_of_groups(mine))[others]
        at = int(np.argmax(brings))
        if brings[at] <= 0:
            break
        mine.append(others[at])
        value += float(brings[at])
        out.append(NextSite(others[at], float(brings[at]), value, _share(problem, value)))
    return tuple(out)
