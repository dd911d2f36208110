"""A plan to begin from where every subdistrict must be served, or what would make one possible.

A least share in each subdistrict together with a least number of sites may be more than the sites
allow. The integer program could take minutes to say so for a whole district; growing the plan that
is short of least, and exchanging its sites, finds in a second either a plan that keeps to all of it
or how large a share the fairest plan found serves everywhere.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..topology.errors import InfeasibleError
from .plan_request import PlanRequest
from .plan_stage import Stage, subdistricts
from .siting import SiteProblem
from .siting.conditions import Limits, check_feasible

__all__ = ["FairStart", "fair_start"]

_SMALL_PAIRS = 300_000
"""Up to so many pairs of site and group the integer program answers at once, and exactly."""

_ROUNDS = 40


class FairStart:
    """The fairest plan found, and the error that says what would make the wish possible."""

    def __init__(
        self, sites: tuple[int, ...] | None, share: float, asked: PlanRequest, at_most: int
    ) -> None:
        self.sites = sites
        self._share, self._asked, self._at_most = share, asked, at_most

    def refusal(self) -> InfeasibleError:
        """Return the error for a wish that no plan is known for."""
        down = f"{math.floor(1000 * self._share) / 10:g}%"
        each = self._asked.per_subdistrict
        return InfeasibleError(
            f"no plan of at most {self._at_most} sites was found that serves "
            f"{100 * self._asked.least_share:.6g}% of each subdistrict"
            + (f" with {each} sites in it" if each else ""),
            f"the fairest one found serves at least {down} of each: lower --least-share to {down}, "
            "or allow more sites",
        )


def _check_reach(stage: Stage, asked: PlanRequest) -> None:
    """Refuse a share that all usable sites together do not reach in some subdistrict.

    Raises
    ------
    InfeasibleError
        Names the subdistrict that can be served least.
    """
    problem, land = stage.problem, stage.ground.land
    usable = [n for n in range(problem.sites) if n not in set(problem.forbidden)]
    reached = problem.servers_of_groups(usable) >= problem.servers
    worst: tuple[float, str] | None = None
    for area, (groups, weight) in zip(
        subdistricts(stage.ground), problem.least_weights, strict=True
    ):
        share = float(problem.group_weight[groups[reached[groups]]].sum())
        share *= asked.least_share / weight
        if share < asked.least_share * (1 - 1e-9) and (worst is None or share < worst[0]):
            worst = share, area
    if worst is None:
        return
    name = land.area_names.get(worst[1], ("", ""))[0]
    most = f"{math.floor(1000 * worst[0]) / 10:g}%"
    raise InfeasibleError(
        f"subdistrict {worst[1]} ({name}) can be served to at most {most} by all usable sites "
        f"together, {100 * asked.least_share:.6g}% is asked for",
        f"lower --least-share to at most {most}, or add candidates, height or power there",
    )


class _Growing:
    """Sites chosen so that least is missing from the least weights of the areas."""

    def __init__(self, problem: SiteProblem, at_most: int, budget: float) -> None:
        self.problem, self.at_most, self.budget = problem, at_most, budget
        self.area = np.full(problem.groups, -1, np.int64)
        for number, (groups, _) in enumerate(problem.least_weights):
            self.area[groups] = number
        self.need = np.array([weight for _, weight in problem.least_weights])
        self.site = np.repeat(np.arange(problem.sites), np.diff(problem.site_start))
        self.group = np.asarray(problem.site_groups, np.int64)
        counted = self.area[self.group] >= 0
        self.site, self.group = self.site[counted], self.group[counted]
        self.cell = self.site * self.need.size + self.area[self.group]
        self.weight = problem.group_weight[self.group]

    def served(self, chosen: list[int]) -> NDArray[np.float64]:
        """Return the weight of each area that a choice serves."""
        inside = (self.problem.servers_of_groups(chosen) >= 1) & (self.area >= 0)
        return np.bincount(
            self.area[inside], self.problem.group_weight[inside], minlength=self.need.size
        ).astype(np.float64)

    def filled(self, chosen: list[int]) -> float:
        """Return the weight of all areas that counts towards what is needed."""
        return float(np.minimum(self.served(chosen), self.need).sum())

    def _open(self, chosen: list[int]) -> NDArray[np.bool_]:
        problem, held = self.problem, set(chosen)
        usable = np.ones(problem.sites, bool)
        usable[[*chosen, *problem.forbidden]] = False
        for rivals in problem.exclusions:
            if held & set(rivals):
                usable[list(rivals)] = False
        if problem.cost is not None and math.isfinite(self.budget):
            usable &= problem.cost <= self.budget - problem.cost_of(chosen) + 1e-9
        lacking = [(m, k - len(held & set(m))) for m, k in problem.minimums]
        if sum(max(0, k) for _, k in lacking) >= self.at_most - len(chosen):
            wanted = np.zeros(problem.sites, bool)
            for members, missing in lacking:
                if missing > 0:
                    wanted[list(members)] = True
            usable &= wanted
        return usable

    def grown(self, chosen: list[int]) -> list[int]:
        """Add sites, each the one that fills most of what is missing."""
        chosen = list(chosen)
        while len(chosen) < self.at_most:
            usable = self._open(chosen)
            if not usable.any():
                break
            left = self.problem.servers_of_groups(chosen)[self.group] == 0
            won = np.bincount(
                self.cell[left], self.weight[left], minlength=self.problem.sites * self.need.size
            ).reshape(self.problem.sites, -1)
            missing = np.maximum(0.0, self.need - self.served(chosen))
            gain = np.where(usable, np.minimum(won, missing).sum(1), -1.0)
            best = int(gain.argmax())
            if gain[best] <= 0 and not any(
                len(set(chosen) & set(m)) < k for m, k in self.problem.minimums
            ):
                break
            chosen.append(best)
        return chosen


def fair_start(stage: Stage, asked: PlanRequest, sites: int | None) -> FairStart | None:
    """Return the fairest plan found; None where no share of each subdistrict is asked for.

    Raises
    ------
    InfeasibleError
        No plan serves some subdistrict as asked, or none was found for a large problem.
    """
    problem = stage.problem
    if not problem.least_weights:
        return None
    _check_reach(stage, asked)
    if problem.servers > 1:
        return None
    at_most = problem.sites if sites is None else min(sites, problem.sites)
    check_feasible(problem.conditions, Limits(at_most))
    growing = _Growing(problem, at_most, math.inf if asked.budget is None else asked.budget)
    chosen = growing.grown(list(problem.fixed))
    filled, whole = growing.filled(chosen), float(growing.need.sum())
    for turn in range(_ROUNDS):
        free = [site for site in chosen if site not in problem.fixed]
        if filled >= whole * (1 - 1e-12) or not free:
            break
        # Out goes whatever holds least that only it fills, another one each time.
        losses = [growing.filled([s for s in chosen if s != site]) for site in free]
        out = [free[n] for n in np.argsort(losses)[::-1][turn % 3 : turn % 3 + 2]]
        other = growing.grown([site for site in chosen if site not in out])
        if growing.filled(other) > filled:
            chosen, filled = other, growing.filled(other)
    if replace(problem.conditions, least_weights=()).broken_by(problem, chosen):
        return None  # something else stands in the way, which the solver will name
    broken = problem.conditions.broken_by(problem, chosen)
    share = float((growing.served(chosen) / growing.need).min()) * asked.least_share
    found = FairStart(None if broken else tuple(chosen), min(1.0, share), asked, at_most)
    if found.sites is None and problem.pairs > _SMALL_PAIRS:
        raise found.refusal()
    return found
