"""A plan built over years: which sites first, and what it costs that no site moves again.

Each year's sites contain those of the year before. There are three ways to choose them:

* ``forward``: the best of the first year, then each year the best that can be added;
* ``end-state-first``: the best final plan, then the order in which to build it;
* ``balanced``: the most people times years, whichever year they fall into.

Beside each year stands its *ceiling*: the best plan of that many sites alone, bound by no other
year, with the bound that no plan can exceed. What lies between is the price of building in steps.
Neither way is best in all cases, so that all can be asked for at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from ..progress import Progress, silent
from .answer import SitePlan
from .choice import best_choice, free_sites, without_fairness
from .cover import Floats, Ints, Short
from .problem import SiteProblem

__all__ = ["ORDERS", "Order", "Phase", "PhasedPlan", "best_phased", "plan_phases"]

Order = Literal["forward", "end-state-first", "balanced"]
"""What decides which sites are built first."""

ORDERS: tuple[Order, ...] = get_args(Order)

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Phase:
    """What stands at the end of one phase.

    Attributes
    ----------
    name
        Of the phase, such as a year.
    sites
        All that stand by then, earlier ones first.
    added
        Those that this phase adds.
    value
        Weight they serve.
    ceiling
        Weight that the best plan known of as many sites serves, were this the only phase.
    ceiling_bound
        Weight that no plan of as many sites can exceed.
    """

    name: str
    sites: tuple[int, ...]
    added: tuple[int, ...]
    value: float
    ceiling: float
    ceiling_bound: float

    @property
    def nesting_cost(self) -> float:
        """Weight that this phase serves less than the best plan known for it alone."""
        return self.ceiling - self.value

    @property
    def nesting_cost_at_most(self) -> float:
        """Weight that this phase serves less than any plan could, at most."""
        return self.ceiling_bound - self.value


@dataclass(frozen=True, slots=True)
class PhasedPlan:
    """Phases that contain each other.

    Attributes
    ----------
    order
        How they were chosen.
    total_weight
        Weight of all points, for shares.
    """

    order: Order
    phases: tuple[Phase, ...]
    total_weight: float

    @property
    def served_years(self) -> float:
        """Sum of what the phases serve: people times phases."""
        return sum(phase.value for phase in self.phases)

    @property
    def served_years_bound(self) -> float:
        """What no nested plan can exceed in that: the sum of the ceilings' bounds."""
        return sum(phase.ceiling_bound for phase in self.phases)

    @property
    def proven(self) -> bool:
        """Whether no nested plan serves more people times phases."""
        return self.served_years_bound - self.served_years <= _ROUNDING * max(
            1.0, self.total_weight
        )


@compiled
def _count_by_phase(
    site_start: Ints, site_groups: Short, phase: Ints, count: NDArray[np.int64]
) -> None:
    """Count for each phase the sites that reach each group by its end."""
    count[:] = 0
    phases = count.shape[0]
    for site in range(phase.size):
        for year in range(phase[site], phases):
            for at in range(site_start[site], site_start[site + 1]):
                count[year, site_groups[at]] += 1


@compiled
def _descend(
    site_start: Ints,
    site_groups: Short,
    weight: Floats,
    needed: int,
    movable: Ints,
    phase: Ints,
    count: NDArray[np.int64],
    tolerance: float,
) -> bool:
    """Exchange the phases of two sites wherever that serves more, once through all pairs."""
    mine = np.zeros(weight.size, np.bool_)
    moved = False
    for a in movable:
        for at in range(site_start[a], site_start[a + 1]):
            mine[site_groups[at]] = True
        for b in movable:
            first, last = phase[a], phase[b]
            if first >= last:
                continue
            won = 0.0
            for year in range(first, min(last, count.shape[0])):
                for at in range(site_start[a], site_start[a + 1]):
                    group = site_groups[at]
                    if count[year, group] == needed:
                        won -= weight[group]
                for at in range(site_start[b], site_start[b + 1]):
                    group = site_groups[at]
                    # With both, the group loses one server and gains one.
                    if count[year, group] == (needed if mine[group] else needed - 1):
                        won += weight[group]
            if won > tolerance:
                for year in range(first, min(last, count.shape[0])):
                    for at in range(site_start[a], site_start[a + 1]):
                        count[year, site_groups[at]] -= 1
                    for at in range(site_start[b], site_start[b + 1]):
                        count[year, site_groups[at]] += 1
                phase[a], phase[b] = last, first
                moved = True
        for at in range(site_start[a], site_start[a + 1]):
            mine[site_groups[at]] = False
    return moved


def _exchanged(
    problem: SiteProblem,
    nested: Sequence[Sequence[int]],
    movable: Sequence[int],
    progress: Progress,
) -> list[tuple[int, ...]]:
    """Exchange phases between sites as long as that serves more people times phases."""
    phases = len(nested)
    phase = np.full(problem.sites, phases, np.int64)
    for number in reversed(range(phases)):
        phase[list(nested[number])] = number
    count = np.zeros((phases, problem.groups), np.int64)
    _count_by_phase(problem.site_start, problem.site_groups, phase, count)
    tolerance = _ROUNDING * max(1.0, problem.total_weight)
    done = 0
    progress("phases", done, done + 1)
    while _descend(
        problem.site_start, problem.site_groups, problem.group_weight, problem.servers,
        np.array(movable, np.int64), phase, count, tolerance,
    ):  # fmt: skip
        done += 1
        progress("phases", done, done + 1)
    out: list[tuple[int, ...]] = []
    for number in range(phases):
        before = out[-1] if out else ()
        added = [site for site in nested[-1] if phase[site] == number]
        added += [int(s) for s in np.flatnonzero(phase == number) if int(s) not in set(added)]
        out.append((*before, *added))
    return out


def _forward(
    problem: SiteProblem, budgets: Sequence[int], *, seed: int, progress: Progress
) -> list[tuple[int, ...]]:
    nested: list[tuple[int, ...]] = []
    standing: tuple[int, ...] = problem.fixed
    for budget in budgets:
        standing = best_choice(
            problem if budget == budgets[-1] else without_fairness(problem),
            sites=budget,
            fixed=standing,
            seed=seed,
            progress=progress,
        ).sites
        nested.append(standing)
    return nested


def _from_the_end(
    problem: SiteProblem,
    budgets: Sequence[int],
    end: SitePlan,
    *,
    seed: int,
    progress: Progress,
) -> list[tuple[int, ...]]:
    backwards = [end.sites]
    for budget in reversed(budgets[:-1]):
        backwards.append(
            best_choice(
                without_fairness(problem),
                sites=budget,
                among=backwards[-1],
                seed=seed,
                progress=progress,
            ).sites
        )
    return _in_order(backwards[::-1])


def _in_order(nested: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Return the same sets with the sites of earlier phases first."""
    out: list[tuple[int, ...]] = []
    for sites in nested:
        before = out[-1] if out else ()
        out.append((*before, *(site for site in sites if site not in set(before))))
    return out


def _interchangeable(problem: SiteProblem, end: Sequence[int]) -> list[int]:
    """Return the sites that may change places with each other, in the plan or outside.

    Sites from outside stay there where they exclude others, or where the end state must keep to
    minimums by area.
    """
    inside = [site for site in end if site not in set(problem.fixed)]
    if problem.minimums or problem.least_weights:
        return inside
    bound = {site for group in problem.exclusions for site in group}
    return sorted([*inside, *(s for s in free_sites(problem, end) if s not in bound)])


def _checked(problem: SiteProblem, standing: Mapping[str, int]) -> list[int]:
    budgets = list(standing.values())
    if not budgets:
        raise UsageError("there is no phase; name at least one with its number of sites")
    for (name, budget), (later, more) in pairwise(standing.items()):
        if more < budget:
            raise UsageError(
                f"phase {later!r} ends with {more} sites and {name!r} before it with {budget}; "
                "sites that stand are counted, so that numbers never fall"
            )
    if budgets[0] < max(1, len(problem.fixed)):
        raise UsageError(
            f"phase {next(iter(standing))!r} ends with {budgets[0]} sites, but "
            f"{len(problem.fixed)} stand already; allow at least that many, and at least 1"
        )
    return budgets


def plan_phases(
    problem: SiteProblem,
    *,
    standing: Mapping[str, int],
    orders: Sequence[Order] = ORDERS,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[PhasedPlan, ...]:
    """Return nested plans by phase, one for each way of ordering, with the ceiling of each phase.

    Parameters
    ----------
    standing
        Phase to the number of sites that stand at its end, fixed sites included, in order of
        time: ``{"2015": 12, "2016": 26, "2017": 40}``.
    orders
        Which ways to take.
    seed
        Of the search.
    progress
        Told about each step; stops the work by raising.

    Raises
    ------
    UsageError
        There is no phase, numbers fall from one to the next, or the first has fewer sites than
        stand already.
    """
    budgets = _checked(problem, standing)
    unknown = [order for order in orders if order not in ORDERS]
    if unknown or not orders:
        raise UsageError(f"order is {unknown or 'not given'}; use {', '.join(ORDERS)}")
    alone = []
    for number, budget in enumerate(budgets):
        progress("ceilings", number, len(budgets))
        # Fairness is for what is built in the end; on the way no area can be promised a site.
        asked = problem if budget == budgets[-1] else without_fairness(problem)
        alone.append(best_choice(asked, sites=budget, seed=seed, progress=progress))
    progress("ceilings", len(budgets), len(budgets))
    balanced = "balanced" in orders
    found: dict[Order, list[tuple[int, ...]]] = {}
    if "forward" in orders or balanced:
        found["forward"] = _forward(problem, budgets, seed=seed, progress=progress)
    if "end-state-first" in orders or balanced:
        by_end = _from_the_end(problem, budgets, alone[-1], seed=seed, progress=progress)
        movable = [site for site in by_end[-1] if site not in set(problem.fixed)]
        found["end-state-first"] = _exchanged(problem, by_end, movable, progress)
    if balanced:
        both = [
            _exchanged(problem, nested, _interchangeable(problem, nested[-1]), progress)
            for nested in found.values()
        ]
        found["balanced"] = max(both, key=lambda nested: sum(map(problem.value, nested)))
    values = {order: [problem.value(sites) for sites in nested] for order, nested in found.items()}
    # A nested plan may be better than what the search found for its phase alone.
    ceilings = [
        max(one.value, *(value[number] for value in values.values()))
        for number, one in enumerate(alone)
    ]
    return tuple(
        PhasedPlan(
            order,
            tuple(
                Phase(
                    name,
                    sites,
                    tuple(
                        s for s in sites if number == 0 or s not in set(found[order][number - 1])
                    ),
                    values[order][number],
                    ceilings[number],
                    max(alone[number].bound, ceilings[number]),
                )
                for number, (name, sites) in enumerate(zip(standing, found[order], strict=True))
            ),
            problem.total_weight,
        )
        for order in dict.fromkeys(orders)
    )


def best_phased(plans: Sequence[PhasedPlan]) -> PhasedPlan:
    """Return the plan that serves most people times phases; of equal ones the first.

    Raises
    ------
    UsageError
        There is none.
    """
    if not plans:
        raise UsageError("there is no phased plan to choose from")
    return max(plans, key=lambda plan: plan.served_years)
