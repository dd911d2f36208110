"""Which sites of a plan stand on existing base stations (集约化), and what that wish costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .plan_stage import Stage

__all__ = ["SharedSite", "Sharing", "sharing_of"]


@dataclass(frozen=True, slots=True)
class SharedSite:
    """A site on a base station, and how far the two positions lie apart."""

    site_id: str
    base_station: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class Sharing:
    """Sites of the plan on base stations.

    Attributes
    ----------
    at_least
        Sites that were to stand on base stations; 0 where that was not asked.
    candidates
        Sites of the choice, chosen or not, that do.
    sites
        Sites of the plan that do.
    lost
        Residents that the plan serves less than the best plan known without the wish; None where
        the wish was not asked for.
    """

    at_least: int
    candidates: int
    sites: tuple[SharedSite, ...]
    lost: float | None


def sharing_of(
    stage: Stage, chosen: Sequence[int], *, asked: float, budget: int | None, best: float | None
) -> Sharing | None:
    """Return which chosen sites stand on base stations; None where no candidate does.

    Parameters
    ----------
    asked
        Share of the budget's sites that should.
    best
        Residents that the best plan known without the wish serves.
    """
    if not stage.shared and not asked:
        return None
    mine = set(chosen)
    found = [place for place in stage.shared if place.site in mine]
    quota = math.ceil(asked * budget - 1e-9) if asked and budget is not None else 0
    lost = None if best is None or not asked else max(0.0, best - stage.problem.value(chosen))
    return Sharing(
        quota,
        len(stage.shared),
        tuple(
            SharedSite(stage.ids[place.site], place.base_station, place.distance_m)
            for place in found
        ),
        lost,
    )
