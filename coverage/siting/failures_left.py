"""What failures leave of a choice of sites: each site alone, and groups that fall together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from .cover import Floats, Ints, Short
from .problem import SiteProblem

__all__ = ["FailedSites", "FailureLeft", "Survival", "failing_sites", "survival"]


@dataclass(frozen=True, slots=True)
class FailedSites:
    """Sets of sites that fail together, in compressed rows: each site alone, then the groups.

    Attributes
    ----------
    start, sites
        Sites of failure f: ``sites[start[f]:start[f + 1]]``.
    names
        Of the groups.
    single
        How many of the first failures are a site alone.
    """

    start: Ints
    sites: Ints
    names: tuple[str, ...]
    single: int

    def of(self, failure: int) -> Ints:
        """Return the sites that fail."""
        return self.sites[self.start[failure] : self.start[failure + 1]]

    def name(self, failure: int) -> str:
        """Return the name of the group; "" for a site alone."""
        return self.names[failure - self.single] if failure >= self.single else ""

    def __len__(self) -> int:
        return len(self.start) - 1


@dataclass(frozen=True, slots=True)
class FailureLeft:
    """What one failure takes and leaves.

    Attributes
    ----------
    group
        Name of the risk group; "" for a site alone.
    sites
        Chosen sites that fail.
    lost, left
        Weight that is served no longer, and still.
    """

    group: str
    sites: tuple[int, ...]
    lost: float
    left: float


@dataclass(frozen=True, slots=True)
class Survival:
    """What the failures leave of a choice.

    Attributes
    ----------
    value
        Weight served before any failure.
    failures
        Every failure that hits a chosen site, the worst first.
    total_weight
        Weight of all points.
    """

    value: float
    failures: tuple[FailureLeft, ...]
    total_weight: float

    @property
    def left(self) -> float:
        """Weight that the worst failure leaves."""
        return self.failures[0].left if self.failures else self.value

    @property
    def share(self) -> float | None:
        """The same as a share of the total weight; None where there is nobody to serve."""
        return self.left / self.total_weight if self.total_weight > 0 else None


def failing_sites(
    problem: SiteProblem,
    groups: Sequence[tuple[str, Sequence[int]]] = (),
    *,
    each_site: bool = True,
) -> FailedSites:
    """Return the failures to be judged.

    Parameters
    ----------
    groups
        Name and sites of each risk group.
    each_site
        Every site alone is a failure, too.

    Raises
    ------
    UsageError
        A group is empty or holds a site that does not exist, or there is no failure at all.
    """
    rows: list[list[int]] = [[site] for site in range(problem.sites)] if each_site else []
    single = len(rows)
    for name, sites in groups:
        if not len(sites):
            raise UsageError(f"risk group {name!r} has no site; leave it out")
        for site in sites:
            if not 0 <= site < problem.sites:
                raise UsageError(
                    f"risk group {name!r} holds site {site}; there are {problem.sites} sites"
                )
        rows.append(list(dict.fromkeys(int(site) for site in sites)))
    if not rows:
        raise UsageError("there is no failure to survive; give risk groups, or let each site fail")
    return FailedSites(
        np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64),
        np.concatenate([np.array(row, np.int64) for row in rows]),
        tuple(name for name, _ in groups),
        single,
    )


@compiled
def lost_by(
    site_start: Ints,
    site_groups: Short,
    weight: Floats,
    needed: int,
    failed: Ints,
    chosen: NDArray[np.bool_],
    count: Ints,
    tally: Ints,
) -> float:
    """Return the weight that is lost when sites fail; ``tally`` is 0 before and after."""
    for site in failed:
        if chosen[site]:
            for at in range(site_start[site], site_start[site + 1]):
                tally[site_groups[at]] += 1
    lost = 0.0
    for site in failed:
        if chosen[site]:
            for at in range(site_start[site], site_start[site + 1]):
                group = site_groups[at]
                if count[group] >= needed and count[group] - tally[group] < needed:
                    lost += float(weight[group])
                tally[group] = 0
    return lost


@compiled
def most_lost(
    site_start: Ints,
    site_groups: Short,
    weight: Floats,
    needed: int,
    failure_start: Ints,
    failure_sites: Ints,
    chosen: NDArray[np.bool_],
    count: Ints,
    tally: Ints,
    enough: float,
) -> tuple[float, int]:
    """Return the most that a failure takes, and which; stop once it is more than ``enough``."""
    most, which = 0.0, -1
    for failure in range(failure_start.size - 1):
        failed = failure_sites[failure_start[failure] : failure_start[failure + 1]]
        hit = False
        for site in failed:
            hit |= chosen[site]
        if not hit:
            continue
        lost = lost_by(site_start, site_groups, weight, needed, failed, chosen, count, tally)
        if which < 0 or lost > most:
            most, which = lost, failure
        if most > enough:
            break
    return most, which


def survival(problem: SiteProblem, chosen: Sequence[int], failed: FailedSites) -> Survival:
    """Return what each failure leaves of a choice of sites."""
    count = problem.servers_of_groups(chosen)
    mine = np.zeros(problem.sites, np.bool_)
    mine[list(chosen)] = True
    tally = np.zeros(problem.groups, np.int64)
    value = problem.value(chosen)
    out = []
    for failure in range(len(failed)):
        hit = failed.of(failure)
        hit = hit[mine[hit]]
        if not hit.size:
            continue
        lost = lost_by(
            problem.site_start, problem.site_groups, problem.group_weight,
            problem.servers, hit, mine, count, tally,
        )  # fmt: skip
        out.append(
            FailureLeft(
                failed.name(failure), tuple(map(int, hit)), float(lost), value - float(lost)
            )
        )
    return Survival(
        value,
        tuple(sorted(out, key=lambda one: (-one.lost, one.group, one.sites))),
        problem.total_weight,
    )
