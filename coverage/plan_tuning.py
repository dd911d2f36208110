"""The antennas of a plan's sites turned, and what that wins.

The sites are chosen with the antennas of the tables; then those that are not built yet are turned.
No bound is known for both together: that of the choice holds for the antennas of the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .plan_stage import Stage, with_stations
from .progress import Progress
from .siting.antenna_search import tune_antennas

__all__ = ["TunedPlan", "TurnedSector", "turned"]


@dataclass(frozen=True, slots=True)
class TurnedSector:
    """A sector that was turned, tilted or weakened.

    Attributes
    ----------
    sector
        Its number at the site, from 1.
    azimuth_before_deg, azimuth_deg, tilt_before_deg, tilt_deg
        Before and after; the tilt is the electrical one.
    power_change_db
        0 or less.
    """

    site_id: str
    sector: int
    azimuth_before_deg: float
    azimuth_deg: float
    tilt_before_deg: float
    tilt_deg: float
    power_change_db: float


@dataclass(frozen=True, slots=True)
class TunedPlan:
    """What turning the antennas of a plan won.

    Attributes
    ----------
    before, after
        Residents served.
    choice_bound
        No plan serves more residents with the antennas of the tables; None where unknown.
    sectors, tried
        Sectors that could be turned, and settings that were looked at.
    changes
        Sectors that were.
    stopped_by
        ``local optimum``: no single change helps any more; ``time limit`` or ``rounds``: stopped
        before.
    """

    before: float
    after: float
    choice_bound: float | None
    sectors: int
    tried: int
    changes: tuple[TurnedSector, ...]
    stopped_by: str


def turned(
    stage: Stage,
    chosen: Sequence[int],
    *,
    together: bool,
    choice_bound: float | None,
    time_limit_s: float | None,
    progress: Progress,
) -> tuple[Stage, TunedPlan]:
    """Turn the antennas of chosen sites that are not built.

    Parameters
    ----------
    together
        Count whom a single-frequency network serves as a sum of signals.
    choice_bound
        Of the choice with the antennas of the tables, in residents.
    time_limit_s
        None is no limit.

    Returns
    -------
    The stage in which these sites have their antennas turned, and what was won.
    """
    where = [stage.where[n] for n in chosen]
    built = [one.site.site_id for one in where if one.site.state == "built"]
    found = tune_antennas(
        stage.ground, where, keep=built, together=together, time_limit_s=time_limit_s,
        progress=progress,
    )  # fmt: skip
    changes = tuple(
        TurnedSector(one.site_id, one.sector + 1, *one.azimuth_deg, *one.tilt_deg, one.power_db)
        for one in found.changes
    )
    named = {one.site_id for one in changes}
    changed = {
        number: station
        for number, station in zip(chosen, found.stations, strict=True)
        if station.site.site_id in named
    }
    sectors = sum(len(one.transmitters) for one in where if one.site.site_id not in set(built))
    answer = TunedPlan(
        found.before, found.after, choice_bound, sectors, found.tried, changes, found.stopped_by
    )
    return (with_stations(stage, changed) if changed else stage), answer
