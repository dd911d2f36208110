"""The choice of sites as an integer program, solved by HiGHS.

One variable a site and one a group; a group counts when enough of its sites are chosen. Only
sites need be whole: with the sites given, groups follow. HiGHS is never started without a plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .conditions import Conditions, Limits
from .cover import Cover, Floats

__all__ = ["Solved", "branch_and_cut"]

_STRONG_TERMS = 2_000_000
"""Most entries of the strong form for several servers; beyond, groups are whole variables."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What HiGHS found.

    Attributes
    ----------
    sites
        Best plan; None where it found none.
    bound
        No plan reaches more (or costs less).
    nodes
        Branches looked at.
    outcome
        How it ended.
    """

    sites: tuple[int, ...] | None
    bound: float
    nodes: int
    outcome: str


class _Rows:
    """Rows of a sparse matrix with their limits."""

    def __init__(self) -> None:
        self.sizes: list[np.ndarray] = []
        self.columns: list[np.ndarray] = []
        self.values: list[np.ndarray] = []
        self.lower: list[np.ndarray] = []
        self.upper: list[np.ndarray] = []

    def add(
        self,
        columns: Sequence[int] | np.ndarray,
        values: Sequence[float] | np.ndarray | float,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        columns = np.asarray(columns, np.int32)
        self.add_many(
            np.array([columns.size]),
            columns,
            np.broadcast_to(np.asarray(values, np.float64), columns.shape),
            lower,
            upper,
        )

    def add_many(
        self,
        sizes: np.ndarray,
        columns: np.ndarray,
        values: np.ndarray,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        self.sizes.append(sizes)
        self.columns.append(columns)
        self.values.append(values)
        self.lower.append(np.full(sizes.size, lower))
        self.upper.append(np.full(sizes.size, upper))


def _link_groups(rows: _Rows, cover: Cover, groups: np.ndarray) -> bool:
    """Tie the variables of groups to those of sites; return whether groups must be whole."""
    n, k = cover.sites, cover.servers
    degree = np.diff(cover.group_start)[groups]
    first = np.repeat(cover.group_start[:-1][groups] - np.cumsum(degree) + degree, degree)
    take = first + np.arange(first.size)
    if k == 1 or float((degree.astype(float) ** k).sum()) > _STRONG_TERMS:
        sizes = degree + 1
        ends = np.cumsum(sizes)
        columns = np.empty(int(sizes.sum()), np.int32)
        values = np.full(columns.size, -1.0)
        own = ends - 1
        others = np.ones(columns.size, bool)
        others[own] = False
        columns[own] = n + np.arange(groups.size)
        values[own] = float(k)
        columns[others] = cover.group_sites[take]
        rows.add_many(sizes, columns, values, upper=0.0)
        return k > 1
    # A group that k sites must reach is reached by one even when any k - 1 are left out.
    for at, group in enumerate(groups):
        members = [int(site) for site in cover.sites_of(int(group))]
        for left_out in combinations(members, k - 1):
            rest = [site for site in members if site not in left_out]
            rows.add([*rest, n + at], [*([-1.0] * len(rest)), 1.0], upper=0.0)
    return False


def branch_and_cut(
    cover: Cover,
    conditions: Conditions,
    limits: Limits,
    *,
    least_weight: float | None = None,
    start: Sequence[int] | None = None,
    relative_gap: float = 0.0,
    time_limit_s: float = np.inf,
    nodes: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Solved:
    """Solve the choice of sites exactly.

    Parameters
    ----------
    least_weight
        None: reach as much weight as possible. Else: reach so much as cheaply as possible.
    start
        A plan that keeps the conditions.
    relative_gap
        Stop when the plan is that close to the bound.
    nodes
        Look at so many branches at most.
    stop
        Asked often; HiGHS stops when it says so.
    """
    import highspy

    n = cover.sites
    degree = np.diff(cover.group_start)
    # What only one site reaches is that site's own weight, and needs no variable.
    single = (degree == 1) & (cover.servers == 1)
    in_area = np.zeros(cover.groups, bool)
    for inside, _ in conditions.least_weights:
        in_area[inside] = True
    single &= ~in_area
    own_weight: Floats = np.zeros(n)
    np.add.at(
        own_weight, cover.group_sites[cover.group_start[:-1][single]], cover.group_weight[single]
    )
    groups = np.flatnonzero(~single & (degree >= cover.servers))
    column_of_group = np.full(cover.groups, -1)
    column_of_group[groups] = n + np.arange(groups.size)
    weights = np.concatenate([own_weight, cover.group_weight[groups]])
    cost = np.ones(n) if conditions.cost is None else conditions.cost

    rows = _Rows()
    whole_groups = _link_groups(rows, cover, groups)
    if limits.sites < n:
        rows.add(np.arange(n), 1.0, upper=float(limits.sites))
    if np.isfinite(limits.budget):
        rows.add(np.arange(n), cost, upper=float(limits.budget))
    for rivals in conditions.exclusions:
        rows.add(rivals, 1.0, upper=1.0)
    for members, least in conditions.minimums:
        rows.add(members, 1.0, lower=float(least))
    for inside, weight in conditions.least_weights:
        usable = inside[column_of_group[inside] >= 0]
        rows.add(column_of_group[usable], cover.group_weight[usable], lower=weight)
    if least_weight is not None:
        used = np.flatnonzero(weights)
        rows.add(used, weights[used], lower=least_weight)

    lp = highspy.HighsLp()
    columns = n + groups.size
    lp.num_col_ = columns
    sizes = np.concatenate(rows.sizes)
    lp.num_row_ = sizes.size
    if least_weight is None:
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = weights
    else:
        lp.sense_ = highspy.ObjSense.kMinimize
        lp.col_cost_ = np.concatenate([cost, np.zeros(groups.size)])
    lower, upper = np.zeros(columns), np.ones(columns)
    lower[list(conditions.fixed)] = 1.0
    upper[list(conditions.forbidden)] = 0.0
    lp.col_lower_, lp.col_upper_ = lower, upper
    lp.row_lower_, lp.row_upper_ = np.concatenate(rows.lower), np.concatenate(rows.upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(sizes)])
    lp.a_matrix_.index_ = np.concatenate(rows.columns)
    lp.a_matrix_.value_ = np.concatenate(rows.values)
    whole = highspy.HighsVarType.kInteger
    lp.integrality_ = [whole] * n + [
        whole if whole_groups else highspy.HighsVarType.kContinuous
    ] * groups.size

    class Quiet(highspy.Highs):
        """HiGHS that prints no banner: it does so when callbacks are switched on."""

        def enableCallbacks(self) -> None:  # noqa: N802 - its name there
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    highs = Quiet()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_rel_gap", max(relative_gap, 0.0))
    highs.setOptionValue("mip_abs_gap", 1e-7)
    if np.isfinite(time_limit_s):
        highs.setOptionValue("time_limit", max(0.0, float(time_limit_s)))
    if nodes is not None:
        highs.setOptionValue("mip_max_nodes", int(nodes))
    highs.passModel(lp)
    if start is not None:
        solution = highspy.HighsSolution()
        values = np.zeros(columns)
        values[list(start)] = 1.0
        reached = cover.servers_of_groups(start) >= cover.servers
        values[n:] = reached[groups]
        solution.col_value = values
        highs.setSolution(solution)

    begun = time.monotonic()

    def watch(event: highspy.highs.HighsCallbackEvent) -> None:
        if stop() or time.monotonic() - begun > time_limit_s:
            event.interrupt()

    highs.cbMipInterrupt.subscribe(watch)
    highs.cbSimplexInterrupt.subscribe(watch)
    if highs.run() == highspy.HighsStatus.kError:
        # Somebody else in this process has set HiGHS up for another number of threads.
        highs.resetGlobalScheduler(True)
        highs.run()
    info = highs.getInfo()
    status = highs.getModelStatus()
    sites = None
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if feasible:
        x = np.asarray(highs.getSolution().col_value)[:n]
        sites = tuple(int(site) for site in np.flatnonzero(x > 0.5))
    outcome = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
    }.get(status, "stopped")
    return Solved(sites, float(info.mip_dual_bound), int(info.mip_node_count), outcome)
