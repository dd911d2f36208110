"""Sites shared with base stations that stand already (集约化): which, what it saves, what it costs.

A candidate is shared where a base station stands at its place: mast, power and often fibre are
there. Sharing can be asked for by its saving, which enters the costs, or as a number of sites that
must be shared at least; both are ordinary conditions of the covering problem, so that its bounds
hold. The curve of the number against the people served says what the wish costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from pyproj import Transformer

from ...topology.errors import InfeasibleError, UsageError
from ...topology.network import Network
from ..progress import Progress, silent
from .choice import best_choice
from .problem import SiteProblem

__all__ = [
    "SharedPlace",
    "SharingPoint",
    "most_shared",
    "shared_places",
    "sharing_curve",
    "with_sharing",
]

SAME_PLACE_M = 30.0
"""Within so many metres a base station stands on the same roof or mast."""


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """A candidate at an existing base station.

    Attributes
    ----------
    site
        Its number among the candidates.
    base_station
        Id of the base station; the candidate's own where it is one.
    distance_m
        Between both.
    """

    site: int
    base_station: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class SharingPoint:
    """The best plan in which at least so many sites are shared.

    Attributes
    ----------
    at_least
        Shared sites asked for.
    sites, shared
        The plan, and its sites that are shared.
    value
        Weight served.
    bound
        No such plan serves more.
    lost
        Weight that it serves less than the best plan known without the wish.
    """

    at_least: int
    sites: tuple[int, ...]
    shared: tuple[int, ...]
    value: float
    bound: float
    lost: float


def shared_places(
    network: Network, crs: str, site_ids: Sequence[str], *, within_m: float = SAME_PLACE_M
) -> tuple[SharedPlace, ...]:
    """Return which candidates stand at an existing base station, in their order.

    Parameters
    ----------
    site_ids
        Candidates, in the order of the covering problem.
    within_m
        How near a base station of the table must be, 0 or more.

    Raises
    ------
    MissingError
        A site does not exist.
    UsageError
        The distance is negative or no number.
    """
    if not within_m >= 0:
        raise UsageError(f"within_m is {within_m}; give metres, 0 or more")
    frame = network.sites
    base = frame[(frame["kind"] == "base-station") & (frame["state"] == "built")]
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to_metres.transform(base["lon"].to_numpy(float), base["lat"].to_numpy(float))
    names, out = list(base["site_id"]), []
    for number, site_id in enumerate(site_ids):
        site = network.site(site_id)
        if site.kind == "base-station":
            out.append(SharedPlace(number, site_id, 0.0))
            continue
        if not names:
            continue
        at_x, at_y = to_metres.transform(site.lon, site.lat)
        away_m = np.hypot(np.asarray(x) - at_x, np.asarray(y) - at_y)
        nearest = int(np.argmin(away_m))
        if away_m[nearest] <= within_m:
            out.append(SharedPlace(number, str(names[nearest]), float(away_m[nearest])))
    return tuple(out)


def _checked(problem: SiteProblem, shared: Sequence[int]) -> tuple[int, ...]:
    for site in shared:
        if not 0 <= site < problem.sites:
            raise UsageError(f"shared site {site} does not exist; there are {problem.sites} sites")
    return tuple(dict.fromkeys(int(site) for site in shared))


def with_sharing(
    problem: SiteProblem, shared: Sequence[int], *, at_least: int = 0, saving: float = 0.0
) -> SiteProblem:
    """Return the problem in which shared sites cost less, or some must be shared.

    Parameters
    ----------
    shared
        Sites at existing base stations.
    at_least
        So many of them are in every plan.
    saving
        Share of a site's cost that sharing saves, 0 to 1.

    Raises
    ------
    UsageError
        A site does not exist, a number is out of range, or sites have no cost to save from.
    InfeasibleError
        There are fewer shared sites than must be in every plan.
    """
    sites = _checked(problem, shared)
    if not 0 <= saving <= 1:
        raise UsageError(f"saving is {saving}; give the share of a site's cost, 0 to 1")
    if at_least < 0:
        raise UsageError(f"at_least is {at_least}; give a number of sites, 0 or more")
    usable = [site for site in sites if site not in set(problem.forbidden)]
    if at_least > len(usable):
        raise InfeasibleError(
            f"{at_least} sites or more are to be shared, but {len(usable)} usable candidates stand "
            "at an existing base station",
            "lower the share (--share-with-stations), or add candidates there",
        )
    cost = problem.cost
    if saving > 0:
        if cost is None:
            raise UsageError("sharing can save nothing where sites have no cost; give their costs")
        cost = cost.copy()
        cost[list(sites)] *= 1.0 - saving
    minimums = (*problem.minimums, (sites, at_least)) if at_least else problem.minimums
    return replace(problem, cost=cost, minimums=minimums)


def sharing_curve(
    problem: SiteProblem,
    shared: Sequence[int],
    *,
    sites: int,
    at_least: Sequence[int] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[SharingPoint, ...]:
    """Return what it costs to share more sites: the best plan for each number of shared ones.

    Parameters
    ----------
    sites
        Budget, fixed sites included.
    at_least
        Numbers of shared sites to ask for; by default from none to all that can be, in ten steps.

    Raises
    ------
    UsageError, InfeasibleError
        As for :func:`with_sharing`.
    """
    mine = _checked(problem, shared)
    usable = sum(site not in set(problem.forbidden) for site in mine)
    foreign = sum(site not in set(mine) for site in problem.fixed)
    most = max(0, min(usable, sites - foreign))
    asked = at_least or sorted({round(most * step / 10) for step in range(11)})
    plain = best_choice(problem, sites=sites, seed=seed, progress=progress)
    best, out = plain.value, []
    for done, number in enumerate(asked):
        progress("sharing", done, len(asked))
        held = [site for site in plain.sites if site in set(mine)]
        plan = plain
        if number > len(held):
            plan = best_choice(with_sharing(problem, mine, at_least=number), sites=sites, seed=seed)
        held = [site for site in plan.sites if site in set(mine)]
        best = max(best, plan.value)
        out.append((number, plan, tuple(held)))
    progress("sharing", len(asked), len(asked))
    return tuple(
        SharingPoint(number, plan.sites, held, plan.value, plan.bound, best - plan.value)
        for number, plan, held in out
    )


def most_shared(points: Sequence[SharingPoint], *, loss: float) -> SharingPoint:
    """Return the plan that shares most sites among those that lose at most a share of the people.

    Parameters
    ----------
    loss
        Share of the people that the best of the points serves, 0 to 1.

    Raises
    ------
    UsageError
        There is no point, or the share is out of range.
    """
    if not points or not 0 <= loss <= 1:
        raise UsageError(f"{len(points)} points and a loss of {loss}; give points and 0 to 1")
    best = max(point.value for point in points)
    kept = [point for point in points if point.value >= best * (1.0 - loss) - 1e-9]
    return max(kept, key=lambda point: (len(point.shared), point.value))
