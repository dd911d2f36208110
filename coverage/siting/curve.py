"""The trade-off between the number of sites and what they reach, each point with its bound."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...topology.errors import UsageError
from ..progress import Progress, silent
from .bound import upper_bound
from .conditions import Limits, check_feasible
from .search import exchange, greedy

if TYPE_CHECKING:
    from .problem import SiteProblem

__all__ = ["Curve", "CurvePoint", "trade_off"]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What so many sites reach: the plan found, and what no plan exceeds.

    Attributes
    ----------
    count
        At most so many sites.
    value
        Weight of the plan found.
    bound
        No plan of so many sites reaches more.
    cost
        Cost of the plan; its number of sites where no costs were given.
    sites
        The plan, fixed sites first, then by what each adds.
    """

    count: int
    value: float
    bound: float
    cost: float
    sites: tuple[int, ...] = field(repr=False)

    @property
    def gap(self) -> float:
        """How far the plan is from the best at most, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Curve:
    """Share against number of sites.

    Attributes
    ----------
    points
        One for each number of sites, ascending; values and bounds never fall.
    total_weight
        What shares are of.
    most_weight
        What all usable sites together reach.
    seconds
        How long it took.
    cancelled_by
        What interrupted it; points that were not looked at yet have weaker plans and bounds.
    """

    points: tuple[CurvePoint, ...]
    total_weight: float
    most_weight: float
    seconds: float
    cancelled_by: BaseException | None = None

    def sites_needed(self, share: float) -> tuple[int | None, int | None]:
        """Return between which numbers of sites the fewest for a share lie.

        Returns
        -------
        at_least
            No plan of fewer sites reaches the share; None: no number of sites does.
        at_most
            A plan of so many is known; None: none on the curve is.
        """
        if not 0 <= share <= 1:
            raise UsageError(f"the share is {share}; give 0 to 1")
        needed = share * self.total_weight * (1 - 1e-12)
        at_most = next((p.count for p in self.points if p.value >= needed), None)
        if self.most_weight < needed:
            return None, None
        at_least = next((p.count for p in self.points if p.bound >= needed), None)
        if at_least is None:
            at_least = self.points[-1].count + 1 if self.points else 0
        return at_least, at_most

    def share_of(self, sites: int) -> tuple[float, float]:
        """Return between which shares the best plan of so many sites lies.

        Raises
        ------
        UsageError
            The curve does not go that far.
        """
        for point in self.points:
            if point.count == sites:
                total = self.total_weight or 1.0
                return point.value / total, min(1.0, point.bound / total)
        ends = f"{self.points[0].count} to {self.points[-1].count}" if self.points else "nowhere"
        raise UsageError(f"the curve goes from {ends}, not to {sites} sites; ask for a longer one")


def trade_off(
    problem: SiteProblem,
    *,
    up_to: int = 60,
    time_limit_s: float | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Curve:
    """Return the curve of the problem; see :class:`.problem.SiteProblem`."""
    begun = time.perf_counter()
    check_feasible(problem.conditions, Limits(up_to))
    points: list[CurvePoint] = []
    for count in range(max(1, len(problem.fixed)), min(up_to, problem.sites) + 1):
        progress("curve", count, up_to)
        chosen = exchange(problem, greedy(problem, count), seed=seed, rounds=200)
        value = problem.value(chosen)
        bound = upper_bound(problem, count, value=value)
        if points:
            bound = max(bound, points[-1].bound)
            if value < points[-1].value:
                chosen, value = list(points[-1].sites), points[-1].value
        points.append(CurvePoint(count, value, bound, problem.cost_of(chosen), tuple(chosen)))
    return Curve(
        tuple(points),
        problem.total_weight,
        problem.value([s for s in range(problem.sites) if s not in set(problem.forbidden)]),
        time.perf_counter() - begun,
    )
