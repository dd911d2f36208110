"""What is left of a plan if every level is a few decibels off.

No model predicts a field to the decibel. The same sites are judged with all levels raised and
lowered, and against the best sites for those levels: a plan whose share falls is one thing, a
plan whose sites would be others is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError
from ..field import station_field
from ..ground import Ground
from ..progress import Progress, silent
from ..transmitters import Station
from .choice import best_choice
from .problem import SiteProblem

__all__ = ["LevelShift", "covers_at", "level_shifts"]


@dataclass(frozen=True, slots=True)
class LevelShift:
    """The plan if all levels are so much higher (or lower, negative).

    Attributes
    ----------
    value, share
        What the plan's own sites serve then; the share is None where there is nobody to serve.
    best_sites, best_value
        The best plan known of as many sites for these levels.
    best_bound
        What no plan of as many sites can exceed at these levels.
    changed
        How many sites of the plan the best plan does without.
    """

    shift_db: float
    value: float
    share: float | None
    best_sites: tuple[int, ...]
    best_value: float
    best_bound: float
    changed: int

    @property
    def regret(self) -> float:
        """Weight that the plan's sites serve less than the best known for these levels."""
        return self.best_value - self.value


def level_shifts(
    problems: Mapping[float, SiteProblem],
    chosen: Sequence[int],
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[LevelShift, ...]:
    """Return what is left of a plan at other levels, lowest levels first.

    Parameters
    ----------
    problems
        Decibels by which levels are raised, and the problem at these levels: the same sites.
    chosen
        The plan.

    Raises
    ------
    UsageError
        A problem has other sites, or a shift is not a number.
    """
    out = []
    for number, (shift_db, problem) in enumerate(sorted(problems.items())):
        progress("level shifts", number, len(problems))
        if not np.isfinite(shift_db):
            raise UsageError(f"a shift is {shift_db}; give decibels")
        if any(not 0 <= site < problem.sites for site in chosen):
            raise UsageError(
                f"the problem at {shift_db:+g} dB has {problem.sites} sites and the plan a site "
                f"{max(chosen)}; give the same sites at all levels"
            )
        value = problem.value(chosen)
        best = best_choice(problem, sites=len(chosen), seed=seed)
        sites, worth = best.sites, best.value
        # The plan's own sites win a tie: nothing needs to change then.
        if worth <= value:
            sites, worth = tuple(chosen), value
        out.append(
            LevelShift(
                float(shift_db),
                value,
                value / problem.total_weight if problem.total_weight > 0 else None,
                sites,
                worth,
                max(best.bound, worth),
                len(set(chosen) - set(sites)),
            )
        )
    progress("level shifts", len(problems), len(problems))
    return tuple(out)


def covers_at(
    ground: Ground,
    where: Sequence[Station],
    shifts_db: Sequence[float],
    *,
    progress: Progress = silent,
) -> dict[float, list[NDArray[np.int64]]]:
    """Return for each shift the pixels with residents that each station serves on its own.

    Every station's field is put together once and held against all levels.

    Parameters
    ----------
    shifts_db
        By how much all levels are raised.

    Raises
    ------
    UsageError
        A shift is not a number.
    """
    if not np.isfinite(list(shifts_db)).all():
        raise UsageError(f"shifts are {list(shifts_db)}; give decibels")
    needed = ground.service.planning_field_dbuv_m
    lived_in = ground.people > 0
    out: dict[float, list[NDArray[np.int64]]] = {float(shift): [] for shift in shifts_db}
    for station, layers in zip(where, ground.store.of_stations(where, progress), strict=True):
        field_dbuv_m = station_field(
            station,
            layers,
            ground.land.grid,
            ground.service.rx_height_m.value,
            link="weaker",
            floor_dbuv_m=needed - max(out, default=0.0) - 0.01,
        ).ravel()
        for shift, covers in out.items():
            # As pixels_served compares, so that 0 dB gives the plan itself.
            served = field_dbuv_m >= np.float32(needed - shift)
            covers.append(np.flatnonzero(served & lived_in))
    return out
