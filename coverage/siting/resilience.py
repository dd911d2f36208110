"""The plan that survives best: of which any one failure leaves as much as possible.

Every site is a failure of its own; a risk group is several sites that one event takes down, such
as those behind one duct. What is left after a failure is a plan of the remaining sites, so that
ordinary bounds hold for it:

* a failed site leaves a plan of one site fewer, worth no more than the bound of such plans;
* the worst of n single failures takes at least an n-th of what all n take together, so that no
  plan leaves more than the best of a covering problem in which the first server of a group is
  worth 1 - 1/n of its weight and the second the rest (:func:`twice_covered_bound`);
* what a risk group leaves is a plan without any of its sites.

The least of these bounds what the worst failure leaves of any plan. The search exchanges sites as
long as the worst case gets better, and begins again from random changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress, silent
from .choice import allowed_exchanges, best_choice, free_sites, without_fairness
from .contribution import exchange_losses, gains
from .cover import Floats
from .failures_left import FailedSites, Survival, failing_sites, most_lost, survival
from .problem import SiteProblem
from .twice_covered import twice_covered_bound

__all__ = ["ResilientPlan", "most_surviving", "survival_bound"]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ResilientPlan:
    """The plan of which the worst failure leaves most.

    Attributes
    ----------
    sites
        Fixed sites first.
    survival
        What each failure leaves.
    bound
        What the worst failure leaves of no plan of as many sites more than.
    ordinary
        The best plan known without a thought of failures, and what they leave of it.
    ordinary_sites
        Its sites.
    """

    sites: tuple[int, ...]
    survival: Survival
    bound: float
    ordinary: Survival
    ordinary_sites: tuple[int, ...]

    @property
    def gap(self) -> float:
        """How far below the bound the worst case is, as a share of the bound."""
        return (self.bound - self.survival.left) / self.bound if self.bound > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Whether no plan of as many sites survives better."""
        total = max(1.0, self.survival.total_weight)
        return self.bound - self.survival.left <= _ROUNDING * total

    @property
    def price(self) -> float:
        """Weight that the plan serves less than the ordinary one while nothing fails."""
        return self.ordinary.value - self.survival.value


class _Search:
    """A choice of sites that is exchanged site by site, with what its worst failure leaves."""

    def __init__(self, problem: SiteProblem, failed: FailedSites, chosen: Sequence[int]) -> None:
        self.problem = problem
        self.failed = failed
        self.chosen = list(chosen)
        self.mine = np.zeros(problem.sites, np.bool_)
        self.mine[self.chosen] = True
        self.count = problem.servers_of_groups(chosen)
        self.tally = np.zeros(problem.groups, np.int64)
        self.needed = problem.servers
        self.tolerance = _ROUNDING * max(1.0, problem.total_weight)

    def value(self) -> float:
        return float(self.problem.group_weight[self.count >= self.needed].sum())

    def worst(self, enough: float = np.inf) -> tuple[float, int]:
        problem = self.problem
        return most_lost(
            problem.site_start, problem.site_groups, problem.group_weight, self.needed,
            self.failed.start, self.failed.sites, self.mine, self.count, self.tally, enough,
        )  # fmt: skip

    def left(self) -> float:
        return self.value() - self.worst()[0]

    def exchange(self, k: int, site: int) -> int:
        """Put a site in place of the k-th; return the one that left."""
        out, self.chosen[k] = self.chosen[k], site
        self.mine[out], self.mine[site] = False, True
        self.count[self.problem.groups_of(out)] -= 1
        self.count[self.problem.groups_of(site)] += 1
        return out

    def wins_after(self, failure: int) -> Floats:
        """Return what each exchange would win after a failure, [chosen, site]."""
        gone = set(self.failed.of(failure).tolist()) if failure >= 0 else set()
        rest = [site for site in self.chosen if site not in gone]
        wins = np.empty((len(self.chosen), self.problem.sites))
        losses = exchange_losses(self.problem, rest)
        of_rest = dict(zip(rest, losses, strict=True))
        added = gains(self.problem, self.problem.servers_of_groups(rest))
        for k, site in enumerate(self.chosen):
            wins[k] = -of_rest[site] if site in of_rest else added
        wins[:, list(gone)] = 0.0  # it fails as well
        return wins

    def allowed(self, movable: Sequence[int]) -> NDArray[np.bool_]:
        """Return which exchanges may be made, [chosen, site]."""
        stays = np.ones(len(self.chosen), np.bool_)
        stays[list(movable)] = False
        out = allowed_exchanges(self.problem, self.chosen)
        out[stays] = False
        return out

    def keeps_conditions(self) -> bool:
        """Tell whether the choice keeps minimums by area; exchanges keep the rest."""
        conditions = self.problem.conditions
        return conditions.simple or not conditions.broken_by(self.problem, self.chosen)

    def improve(self, movable: Sequence[int]) -> bool:
        """Make one exchange after which the worst failure leaves more, or as much of more."""
        value = self.value()
        lost, failure = self.worst()
        left = value - lost
        # What does not help after the worst failure cannot help the worst case.
        after_worst = self.wins_after(failure)
        return self._made(after_worst, movable, left + self.tolerance, 0.0) or self._made(
            self.wins_after(-1), movable, left - self.tolerance / 2, value + self.tolerance
        )

    def _made(
        self,
        wins: Floats,
        movable: Sequence[int],
        least_left: float,
        least_value: float,
    ) -> bool:
        """Make the first promising exchange that leaves and serves more than both figures."""
        allowed = self.allowed(movable)
        promising = np.flatnonzero(allowed & (wins > self.tolerance))
        for at in promising[np.argsort(-wins.flat[promising], kind="stable")]:
            k, site = divmod(int(at), self.problem.sites)
            out = self.exchange(k, site)
            value = self.value()
            if not self.keeps_conditions():
                self.exchange(k, out)
                continue
            if value > least_value and value - self.worst(value - least_left)[0] > least_left:
                return True
            self.exchange(k, out)
        return False


def survival_bound(
    problem: SiteProblem,
    failed: FailedSites,
    *,
    sites: int,
    seed: int = 0,
    progress: Progress = silent,
) -> float:
    """Return a weight that the worst failure leaves of no plan of at most so many sites.

    Parameters
    ----------
    sites
        Budget, fixed sites included.
    """
    rest_of_plan = without_fairness(problem)  # what a failure leaves keeps no minimum
    bounds = [best_choice(problem, sites=sites, seed=seed).bound]
    if failed.single:
        fewer = sites - 1
        if fewer < 1:
            return 0.0
        if fewer >= len(problem.fixed):
            bounds.append(best_choice(rest_of_plan, sites=fewer, seed=seed).bound)
        bounds.append(twice_covered_bound(problem, sites=sites))
    groups = range(failed.single, len(failed))
    for number, failure in enumerate(groups):
        progress("bounds by risk group", number, len(groups))
        gone = set(failed.of(failure).tolist())
        standing = [site for site in problem.fixed if site not in gone]
        budget = sites - (len(problem.fixed) - len(standing))
        if budget < 1:
            return 0.0
        rest = [site for site in free_sites(problem, ()) if site not in gone]
        bounds.append(
            best_choice(rest_of_plan, sites=budget, fixed=standing, among=rest, seed=seed).bound
        )
    return min(bounds)


def most_surviving(
    problem: SiteProblem,
    *,
    sites: int,
    groups: Sequence[tuple[str, Sequence[int]]] = (),
    each_site: bool = True,
    rounds: int = 10,
    seed: int = 0,
    progress: Progress = silent,
) -> ResilientPlan:
    """Return the plan of at most so many sites of which the worst failure leaves most.

    Parameters
    ----------
    sites
        Budget, fixed sites included.
    groups
        Name and sites of each risk group.
    each_site
        Every site alone may fail, too.
    rounds
        Times that the search begins again from the best plan with some sites changed at random.
    seed
        Of the search.
    progress
        Told about each step; stops the work by raising.

    Raises
    ------
    UsageError
        A risk group is empty or names a site that does not exist, or nothing can fail.
    """
    failed = failing_sites(problem, groups, each_site=each_site)
    ordinary = best_choice(problem, sites=sites, seed=seed, progress=progress)
    start = list(ordinary.sites)
    while len(start) < sites and (spare := free_sites(problem, start)):
        start.append(spare[0])  # it may yet be exchanged for one that helps after a failure
    best = _searched(problem, failed, start, rounds=rounds, seed=seed, progress=progress)
    bound = survival_bound(problem, failed, sites=sites, seed=seed, progress=progress)
    found = survival(problem, best, failed)
    return ResilientPlan(
        tuple(best),
        found,
        max(bound, found.left),
        survival(problem, ordinary.sites, failed),
        ordinary.sites,
    )


def _searched(
    problem: SiteProblem,
    failed: FailedSites,
    start: Sequence[int],
    *,
    rounds: int,
    seed: int,
    progress: Progress,
) -> list[int]:
    """Exchange sites until the worst case gets no better, again and again; fixed sites stay."""
    movable = [k for k, site in enumerate(start) if site not in set(problem.fixed)]
    if not movable or len(start) >= problem.sites:
        return list(start)
    random = np.random.default_rng(seed)
    best, best_left, best_value = list(start), -np.inf, -np.inf
    for turn in range(rounds + 1):
        progress("resilience", turn, rounds + 1)
        search = _Search(problem, failed, best)
        if turn:
            for _ in range(2 + turn % 3):
                k = int(random.choice(movable))
                outside = np.flatnonzero(search.allowed(movable)[k])
                if outside.size:
                    out = search.exchange(k, int(random.choice(outside)))
                    if not search.keeps_conditions():
                        search.exchange(k, out)
        while search.improve(movable):
            pass
        left, value = search.left(), search.value()
        if (left, value) > (best_left + search.tolerance, best_value) or (
            left >= best_left and value > best_value + search.tolerance
        ):
            best, best_left, best_value = list(search.chosen), left, value
    progress("resilience", rounds + 1, rounds + 1)
    return best
