"""The best choice under conditions: some sites settled, others out of the question.

Phases, resilience and explanations all ask the same thing of the solver: the best plan of so many
sites that has these and none of those. The answer comes with what no such plan can exceed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..progress import Progress, silent
from .bound import upper_bound
from .problem import SiteProblem
from .search import exchange, greedy

__all__ = ["Choice", "best_choice", "free_sites", "needed_servers"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of sites, what it is worth, and what no other can be worth more than."""

    sites: tuple[int, ...]
    value: float
    bound: float


def needed_servers(problem: SiteProblem) -> int:
    """Return how many sites must reach a group so that it counts."""
    return 1


def free_sites(problem: SiteProblem, chosen: Collection[int]) -> list[int]:
    """Return the sites that could be added to a choice, in order."""
    taken = set(chosen)
    return [site for site in range(problem.sites) if site not in taken]


def best_choice(
    problem: SiteProblem,
    *,
    sites: int,
    fixed: Sequence[int] | None = None,
    among: Collection[int] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Choice:
    """Return the best choice of at most so many sites under conditions.

    Parameters
    ----------
    sites
        Budget, fixed sites included.
    fixed
        Sites that are in it, in order; the problem's own by default.
    among
        Sites it may take besides; all that may be used by default.
    """
    asked = replace(problem, fixed=tuple(problem.fixed if fixed is None else fixed))
    if among is not None:
        asked = _without(asked, set(range(problem.sites)) - set(among) - set(asked.fixed))
    chosen = exchange(asked, greedy(asked, sites), seed=seed, rounds=500, progress=progress)
    value = asked.value(chosen)
    return Choice(tuple(chosen), value, upper_bound(asked, sites, value=value))


def _without(problem: SiteProblem, closed: set[int]) -> SiteProblem:
    keep = ~np.isin(problem.group_sites, list(closed))
    lengths = np.diff(problem.site_start)
    lengths[list(closed)] = 0
    by_site = ~np.isin(
        np.repeat(np.arange(problem.sites), np.diff(problem.site_start)), list(closed)
    )
    groups = np.repeat(np.arange(problem.groups), np.diff(problem.group_start))[keep]
    return replace(
        problem,
        site_start=np.concatenate([[0], np.cumsum(lengths)]),
        site_groups=problem.site_groups[by_site],
        group_start=np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=problem.groups))]),
        group_sites=problem.group_sites[keep],
    )
