"""The cheapest sites to add to a plan so that the loss of any one site leaves a stated share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .plan_stage import Stage
from .progress import Progress
from .siting.failures_left import Survival
from .siting.safe_additions import safe_additions

__all__ = ["AddedSite", "SafePlan", "made_safe"]


@dataclass(frozen=True, slots=True)
class AddedSite:
    """A site to add; its cost is None where no money decided."""

    site_id: str
    name: str
    area_id: str
    lon: float
    lat: float
    cost_money: float | None


@dataclass(frozen=True, slots=True)
class SafePlan:
    """Additions that make a plan safe.

    Attributes
    ----------
    share
        Of residents that must stay served whichever site is lost.
    reached
        Whether the additions suffice; else they are those that help.
    sites
        To be added, the one that helps most first.
    before, after
        Share that the worst loss leaves without and with them.
    worst_before, worst_after
        Site whose loss that is.
    counted
        What was made small: ``money`` where all costs are known, else ``sites``.
    cost, cost_bound
        Of the additions, and what no additions that suffice cost less than; None: nothing does.
    proven
        Whether no cheaper additions suffice, or none at all do.
    """

    share: float
    reached: bool
    sites: tuple[AddedSite, ...]
    before: float
    after: float
    worst_before: str
    worst_after: str
    counted: str
    cost: float
    cost_bound: float | None
    proven: bool


def made_safe(
    stage: Stage, chosen: Sequence[int], *, share: float, progress: Progress
) -> SafePlan | None:
    """Return what makes a plan safe; None where there is nobody to serve."""
    problem = stage.problem
    if not problem.total_weight > 0:
        return None
    usable = [n for n in range(problem.sites) if n not in set(problem.forbidden)]
    costs = stage.costs
    by_money = costs is not None and bool(np.isfinite(costs[usable]).all())
    asked = replace(problem, cost=np.nan_to_num(costs) if by_money and costs is not None else None)
    found = safe_additions(asked, chosen, share=share, progress=progress)
    sites = []
    for number in found.sites:
        site = stage.where[number].site
        money = float(costs[number]) if costs is not None else np.nan
        sites.append(
            AddedSite(
                site.site_id, site.name, stage.areas[number], site.lon, site.lat,
                money if np.isfinite(money) else None,
            )
        )  # fmt: skip
    total = problem.total_weight

    def worst(left: Survival) -> str:
        return stage.ids[left.failures[0].sites[0]] if left.failures else ""

    return SafePlan(
        share, found.reached, tuple(sites), found.before.left / total, found.after.left / total,
        worst(found.before), worst(found.after),
        "money" if by_money else "sites", found.cost, found.cost_bound, found.proven,
    )  # fmt: skip
