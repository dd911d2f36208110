"""What belongs to a choice of sites beside its share: curve, years, reasons, what next, failures.

All of it is counted on the same merged problem as the choice itself, so that the figures agree.
Sites are named by their ids; shares are of all residents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .progress import Progress, silent
from .results import PlannedSite
from .siting import Curve, SiteProblem
from .siting.explanation import explain_chosen, explain_left_out, next_sites
from .siting.failures_left import failing_sites, survival
from .siting.phases import plan_phases
from .transmitters import Station

__all__ = [
    "CurvePoint",
    "LeftOut",
    "NextSite",
    "PhaseStep",
    "Phases",
    "Survives",
    "TradeOff",
    "explained",
    "left_out",
    "phases_of",
    "survives",
    "trade_off_of",
    "where_next",
]

_NEXT = 5


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """So many sites: the share of the best plan known, what none exceeds, its cost."""

    sites: int
    at_least: float
    at_most: float
    cost: float | None


@dataclass(frozen=True, slots=True)
class TradeOff:
    """Share against number of sites.

    Attributes
    ----------
    points
        Ascending by sites; shares never fall.
    target
        Share that should be reached; None without one.
    target_at_least, target_at_most
        Between which numbers of sites the fewest for the target lie; at_least None: no number
        of sites reaches it; at_most None: no plan that does is known.
    budget
        Sites of the plan; None where its number was not given.
    """

    points: tuple[CurvePoint, ...]
    target: float | None
    target_at_least: int | None
    target_at_most: int | None
    budget: int | None

    def point(self, sites: int) -> CurvePoint | None:
        """Return the point of so many sites; None where the curve does not go there."""
        return next((point for point in self.points if point.sites == sites), None)


@dataclass(frozen=True, slots=True)
class PhaseStep:
    """What stands at the end of a phase.

    Attributes
    ----------
    label
        Its name, such as a year.
    sites, new
        How many stand by then, and which it adds.
    share
        Of residents served by then.
    ceiling
        No plan of as many sites, within the budget of money where one was given, exceeds this
        share; None where antennas were turned, as nothing is known of such plans.
    cost
        Of the sites it adds; None where one is unknown.
    """

    label: str
    sites: int
    new: tuple[str, ...]
    share: float
    ceiling: float | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class Phases:
    """The plan in phases that contain each other.

    Attributes
    ----------
    order
        How they were chosen; see :mod:`.siting.phases`.
    forward
        Shares of the phases if each year simply took what helps most, for comparison.
    """

    order: str
    steps: tuple[PhaseStep, ...]
    forward: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A candidate that was not chosen, and why.

    Attributes
    ----------
    people, adds
        Residents it would serve, and those of them whom the plan does not.
    why
        ``barred`` (may not be used); ``adds-nothing`` or ``dominated`` (adds nobody); ``excluded``
        (not beside a chosen site); ``too-dear`` (costs more than is left of the budget);
        ``not-needed`` (the share is reached without it); ``adds-less`` (than the last one chosen);
        ``aim`` (something else than people decided); ``fits`` (it would fit: the search ended).
    dominated_by
        A site that serves all that it would; "" where none does.
    instead_of, forcing_cost
        Whose place it could take at the least loss, and that loss in residents.
    """

    site_id: str
    name: str
    category: str
    area_id: str
    lon: float
    lat: float
    antenna_height_m: float
    people: float
    adds: float
    why: str
    dominated_by: str
    instead_of: str
    forcing_cost: float | None
    cost: float | None
    cost_money: float | None


@dataclass(frozen=True, slots=True)
class NextSite:
    """The site to build after the plan and those before it.

    Attributes
    ----------
    won, share
        Residents it adds, and the share with it.
    """

    site_id: str
    name: str
    area_id: str
    lon: float
    lat: float
    won: float
    share: float | None
    cost_money: float | None


@dataclass(frozen=True, slots=True)
class Survives:
    """What the loss of any one site leaves.

    Attributes
    ----------
    share
        Of residents that stay served whichever site is lost.
    worst_site, worst_people
        The site whose loss takes most, and how many residents.
    bound
        No plan of as many sites leaves a larger share; None where that was not asked.
    """

    share: float
    worst_site: str
    worst_people: float
    bound: float | None = None


def trade_off_of(
    curve: Curve,
    problem: SiteProblem,
    *,
    chosen: Sequence[int],
    bound: float | None,
    target: float | None,
    budget: int | None,
    costs: NDArray[np.float64] | None,
) -> TradeOff:
    """Return a curve in shares that agrees with the plan itself.

    The plan was searched harder than a point of the curve: its value and bound take part where
    they are better, and what they say of neighbours too (more sites serve no less).

    Parameters
    ----------
    bound
        Of the plan, in residents; None where it is no bound of this problem.
    costs
        Of each site, NaN where it is unknown.
    """
    total = problem.total_weight
    plan_value, plan_sites = problem.value(chosen), len(chosen)
    points = []
    for point in curve.points:
        value, most, sites = point.value, point.bound, point.sites
        if point.count >= plan_sites and plan_value > value:
            value, sites = plan_value, tuple(chosen)
        if bound is not None and budget is not None and point.count <= budget:
            most = min(most, max(bound, value))
        cost = None if costs is None else float(costs[list(sites)].sum())
        points.append(
            CurvePoint(
                point.count,
                value / total,
                min(1.0, max(most, value) / total),
                cost if cost is not None and np.isfinite(cost) else None,
            )
        )
    least = most_needed = None
    if target is not None:
        most_needed = next((p.sites for p in points if p.at_least >= target - 1e-12), None)
        if curve.most_weight >= target * total * (1 - 1e-12):
            least = next((p.sites for p in points if p.at_most >= target - 1e-12), None)
            if least is None:
                least = points[-1].sites + 1 if points else None
    return TradeOff(tuple(points), target, least, most_needed, budget)


def explained(
    problem: SiteProblem,
    chosen: Sequence[int],
    sites: Sequence[PlannedSite],
    ids: Sequence[str],
    *,
    room: float = np.inf,
) -> tuple[PlannedSite, ...]:
    """Return the planned sites with why each is in the plan.

    Parameters
    ----------
    room
        Money of the budget that the plan leaves.
    """
    return tuple(
        replace(
            site,
            people_shared=why.shared,
            cumulative_share=why.cumulative_share,
            replacement="" if why.replacement is None else ids[why.replacement],
            margin=why.margin,
        )
        for site, why in zip(sites, explain_chosen(problem, chosen, room=room), strict=True)
    )


def left_out(
    problem: SiteProblem,
    chosen: Sequence[int],
    where: Sequence[Station],
    areas: Sequence[str],
    *,
    barred: set[int],
    costs: NDArray[np.float64] | None,
    otherwise: str,
    room: float = np.inf,
) -> tuple[LeftOut, ...]:
    """Return the candidates that were not chosen, those that add most first.

    Parameters
    ----------
    areas
        Subdistrict of each site.
    barred
        Sites that may not be used.
    costs
        Money for each site, NaN where it is unknown.
    otherwise
        Why a site is left out that would add people and that nothing bars.
    room
        Money of the budget that the plan leaves.
    """
    found = []
    for one in explain_left_out(problem, chosen, room=room):
        station = where[one.site]
        site = station.site
        money = None if costs is None else float(costs[one.site])
        if one.site in barred:
            why = "barred"
        elif one.adds <= 0:
            why = "dominated" if one.dominated_by is not None else "adds-nothing"
        elif one.excluded_by is not None:
            why = "excluded"
        elif money is not None and money > room + 1e-9 * max(1.0, abs(room)):
            why = "too-dear"
        else:
            why = otherwise
        found.append(
            LeftOut(
                site.site_id, site.name, site.category, areas[one.site], site.lon, site.lat,
                station.height_m, one.weight, one.adds, why,
                "" if one.dominated_by is None else where[one.dominated_by].site.site_id,
                "" if one.instead_of is None else where[one.instead_of].site.site_id,
                one.forcing_cost,
                site.cost,
                money if money is not None and np.isfinite(money) else None,
            )
        )  # fmt: skip
    return tuple(found)


def where_next(
    problem: SiteProblem,
    chosen: Sequence[int],
    where: Sequence[Station],
    areas: Sequence[str],
    costs: NDArray[np.float64] | None,
) -> tuple[NextSite, ...]:
    """Return which sites to build after the plan."""
    found = []
    for one in next_sites(problem, chosen, count=_NEXT):
        site = where[one.site].site
        money = np.nan if costs is None else float(costs[one.site])
        found.append(
            NextSite(
                site.site_id, site.name, areas[one.site], site.lon, site.lat, one.won, one.share,
                money if np.isfinite(money) else None,
            )
        )  # fmt: skip
    return tuple(found)


def survives(
    problem: SiteProblem, chosen: Sequence[int], ids: Sequence[str], *, bound: float | None = None
) -> Survives | None:
    """Return what the loss of any one site leaves; None without a site or anybody to serve."""
    if not chosen or not problem.total_weight > 0:
        return None
    found = survival(problem, chosen, failing_sites(problem))
    worst = found.failures[0]
    return Survives(
        found.left / problem.total_weight,
        ids[worst.sites[0]],
        worst.lost,
        None if bound is None else bound / problem.total_weight,
    )


def phases_of(
    problem: SiteProblem,
    chosen: Sequence[int],
    standing: Mapping[str, int],
    ids: Sequence[str],
    *,
    ceiling: TradeOff | None,
    budget: float | None,
    bound: float | None,
    turned: bool,
    costs: NDArray[np.float64] | None,
    seed: int,
    progress: Progress = silent,
) -> Phases:
    """Return the plan's sites in phases: the end state first, then the order of building.

    Parameters
    ----------
    standing
        Sites that stand at the end of each phase; the last phase takes what the plan has more.
    ceiling
        The curve, whose bounds say what any plan of as many sites could reach; without it they
        are worked out for each phase.
    budget
        Money that all phases together may cost; None without one.
    bound
        Of the whole plan, in residents; None where none is known.
    turned
        Whether antennas were turned, so that no ceiling is known.
    """
    fixed = set(problem.fixed)
    counts: dict[str, int] = {}
    for label, count in standing.items():
        counts[label] = min(max(count, len(fixed), 1), len(chosen))
    counts[list(standing)[-1]] = len(chosen)
    others = [site for site in range(problem.sites) if site not in set(chosen)]
    own = problem.under(forbidden=others)
    (nested,) = plan_phases(
        own, standing=counts, orders=("end-state-first",), seed=seed, progress=progress
    )
    steps = []
    before: set[int] = set()
    for phase in nested.phases:
        new = [site for site in phase.sites if site not in before]
        before |= set(new)
        money = np.nan if costs is None else float(costs[new].sum())
        share = phase.value / problem.total_weight
        most = None
        if not turned:
            most = _ceiling(
                problem, len(phase.sites), ceiling=ceiling, budget=budget,
                bound=bound if len(phase.sites) == len(chosen) else None, seed=seed,
                progress=progress,
            )  # fmt: skip
            most = max(share, min(1.0, most))
        steps.append(
            PhaseStep(
                phase.name, len(phase.sites), tuple(ids[site] for site in new), share, most,
                money if np.isfinite(money) else None,
            )
        )  # fmt: skip
    return Phases("end-state-first", tuple(steps))


def _ceiling(
    problem: SiteProblem,
    sites: int,
    *,
    ceiling: TradeOff | None,
    budget: float | None,
    bound: float | None,
    seed: int,
    progress: Progress,
) -> float:
    """Return the share that no plan of so many sites within the budget exceeds."""
    point = None if ceiling is None else ceiling.point(sites)
    known = [] if point is None else [point.at_most]
    if bound is not None:
        known.append(bound / problem.total_weight)
    if point is None or budget is not None:
        # Fewer sites may still be dear ones, which money keeps from being taken together.
        alone = problem.maximise(sites=sites, budget=budget, nodes=0, seed=seed, progress=progress)
        if alone.cancelled_by is not None:
            raise alone.cancelled_by
        known.append(alone.bound / problem.total_weight)
    return min(known)
