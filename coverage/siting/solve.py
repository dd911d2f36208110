"""From a problem to a plan: search, bound, proof, in that order, always with the best so far.

Where only numbers or costs matter, everything is our own: exchanges, the relaxation by prices,
branch and bound. Exclusions, fairness, several servers, and a budget beside a number are searched
by tearing out and building up, bounded by the relaxation without them, and proven by HiGHS.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...topology.errors import InfeasibleError, UsageError
from ..progress import Progress, silent
from .answer import Remark, SitePlan, Status
from .bound import Relaxation
from .branch_and_cut import branch_and_cut
from .clusters import clustered
from .conditions import Conditions, Limits, check_feasible
from .cover import Cover, Floats
from .proof import Root, prove, root_of
from .rebuild import rebuilt
from .search import exchange, greedy, ordered, round_work
from .standing import CancelledError, Standing, StopSolver, TimeUpError

__all__ = ["maximise", "maximise_plainly"]

_FIRST_ROUNDS = 200
_EASY_NODES, _EASY_PAIRS = 30, 300_000
_SEARCH_WORK = 2_000_000_000
"""Steps of the search after the first: a second or two."""

_ROOT_ITERATIONS = 4000
_ROOT_PAIRS = 2_000_000_000
"""Iterations of the relaxation times pairs: a few seconds."""

_PORTION_WORK = 100_000_000
"""Steps of the search between two looks at the clock."""

_CLUSTER_STEPS, _CLUSTER_PORTION = 400, 50

_WARMTH = 1e-3
"""Share of the value by which the search may fall back at first."""


def maximise(
    cover: Cover,
    conditions: Conditions,
    *,
    sites: int | None = None,
    budget: float | None = None,
    gap: float = 0.0,
    time_limit_s: float | None = None,
    nodes: int | None = None,
    seed: int = 0,
    start: Sequence[int] | None = None,
    progress: Progress = silent,
) -> SitePlan:
    """Choose sites that reach as much weight as possible; see :class:`.problem.SiteProblem`."""
    limits = checked_limits(cover, sites, budget)
    check_arguments(gap, time_limit_s, nodes)
    check_feasible(conditions, limits)
    closed = set(conditions.forbidden)
    usable = [site for site in range(cover.sites) if site not in closed]
    reachable = cover.value(usable)
    standing = Standing(
        cover, conditions, limits, bound=reachable, gap=gap, time_limit_s=time_limit_s,
        progress=progress,
    )  # fmt: skip
    if start is not None:
        offer_start(standing, start)
    stopped: BaseException | None = None
    try:
        if is_plain(cover, conditions, limits):
            maximise_plainly(standing, seed=seed, nodes=nodes)
        else:
            _maximise_by_program(standing, seed=seed, nodes=nodes)
    except TimeUpError:
        pass
    except CancelledError as error:
        stopped = error.by
    except KeyboardInterrupt as error:
        stopped = error
    if standing.sites is None:
        standing.offer(first_plan(cover, conditions, limits))
    return answer(standing, reachable=reachable, usable=len(usable), stopped=stopped)


def checked_limits(cover: Cover, sites: int | None, budget: float | None) -> Limits:
    """Return the limits.

    Raises
    ------
    UsageError
        A limit is negative or not a number.
    """
    if sites is not None and sites < 0:
        raise UsageError(f"the number of sites is {sites}; allow 0 or more")
    if budget is not None and not budget >= 0:
        raise UsageError(f"the budget is {budget}; allow 0 or more")
    return Limits(
        cover.sites if sites is None else min(int(sites), cover.sites),
        np.inf if budget is None else float(budget),
    )


def check_arguments(gap: float, time_limit_s: float | None, nodes: int | None) -> None:
    """Refuse arguments that mean nothing.

    Raises
    ------
    UsageError
        One of them is out of range.
    """
    if not 0 <= gap < 1:
        raise UsageError(f"the gap is {gap}; give a share from 0 to below 1")
    if time_limit_s is not None and not time_limit_s >= 0:
        raise UsageError(f"the time limit is {time_limit_s} s; give 0 or more")
    if nodes is not None and nodes < 0:
        raise UsageError(f"nodes is {nodes}; give 0 or more")


def offer_start(standing: Standing, start: Sequence[int]) -> None:
    """Take the caller's plan.

    Raises
    ------
    UsageError
        It breaks a condition.
    """
    chosen = tuple(dict.fromkeys((*standing.conditions.fixed, *start)))
    if any(not 0 <= site < standing.cover.sites for site in chosen):
        raise UsageError(f"the start names a site outside 0..{standing.cover.sites - 1}")
    broken = standing.conditions.broken_by(standing.cover, chosen, standing.limits)
    if broken:
        raise UsageError(f"the start cannot stand: {broken}; leave it out or correct it")
    standing.offer(chosen)


def is_plain(cover: Cover, conditions: Conditions, limits: Limits) -> bool:
    """Tell whether one server suffices and one limit, on number or cost, is all that binds."""
    single = not np.isfinite(limits.budget) or limits.sites >= cover.sites
    return cover.servers == 1 and conditions.simple and single


def price_and_room(cover: Cover, conditions: Conditions, limits: Limits) -> tuple[Floats, float]:
    """Return the one limit as a cost of each site and the room for all."""
    if np.isfinite(limits.budget):
        cost = np.ones(cover.sites) if conditions.cost is None else conditions.cost
        return cost, limits.budget
    return np.ones(cover.sites), float(limits.sites)


def maximise_plainly(
    standing: Standing, *, seed: int = 0, nodes: int | None = None, floor: float = -np.inf
) -> bool:
    """Search, bound and prove under one limit; say whether everything was looked at.

    Parameters
    ----------
    floor
        Only plans that reach so much are of interest; the first ends the work.
    """
    cover, conditions, limits = standing.cover, standing.conditions, standing.limits
    counting = not np.isfinite(limits.budget)
    cost, room = price_and_room(cover, conditions, limits)
    closed = set(conditions.forbidden)
    usable = [site for site in range(cover.sites) if site not in closed]
    for by in (None, cost) if not counting else (None,):
        limit = room if counting or by is not None else np.inf
        chosen = greedy(cover, limit, cost=by, fixed=conditions.fixed, among=usable)
        standing.offer(chosen)
    if standing.sites is None:
        standing.offer(conditions.fixed)
    _search(standing, usable, rounds=_FIRST_ROUNDS, seed=seed)
    standing.note("search")
    if standing.value >= floor > -np.inf:
        return False
    root = root_of(
        cover, cost=cost, room=room, fixed=conditions.fixed, forbidden=conditions.forbidden,
        plan=standing.sites,
    )  # fmt: skip
    _size = (root.left.site.size, root.left.cover.groups, root.left.cover.pairs)
    standing.note("reduction", size=_size)
    if not _bound(standing, root, floor):
        return root.bound < floor
    if nodes != 0 and root.left.cover.pairs <= _EASY_PAIRS:
        # Easy ones are proven sooner than a long search would end.
        first = _EASY_NODES if nodes is None else min(nodes, _EASY_NODES)
        if prove(standing, root, cost=cost, nodes=first, floor=floor):
            standing.note("proof", size=_size)
            return True
        if standing.closed or standing.value >= floor > -np.inf:
            standing.note("proof", size=_size)
            return False
    work = round_work(cover, len(standing.sites or ()))
    rounds = int(np.clip(_SEARCH_WORK // work, 300, 3000))
    _search(standing, usable, rounds=rounds, seed=seed + 1, floor=floor)
    standing.note("longer search", size=_size)
    if standing.closed or standing.value >= floor > -np.inf:
        return False
    if nodes == 0 or root.left.cover.pairs > _EASY_PAIRS:
        below = max(standing.cutoff, floor)
        if _tighten(standing, root, below) < below:
            return True
    if standing.closed or nodes == 0:
        return False
    done = prove(standing, root, cost=cost, nodes=nodes, floor=floor)
    standing.note("proof", size=_size)
    return done


def _search(
    standing: Standing,
    usable: Sequence[int],
    *,
    rounds: int,
    seed: int,
    floor: float = np.inf,
) -> None:
    """Improve the best plan in portions, so that an interrupt loses little."""
    cover, conditions, limits = standing.cover, standing.conditions, standing.limits
    if standing.sites is None:
        return
    here: Sequence[int] = standing.sites
    portions = int(
        np.clip(rounds * round_work(cover, len(here)) // _PORTION_WORK, 1, max(1, rounds // 10))
    )
    for portion in range(portions):
        standing.tell("search", portion, portions)
        own = int(np.random.default_rng([seed, portion]).integers(2**31))
        many = rounds // portions
        if np.isfinite(limits.budget) or conditions.forbidden:
            standing.offer(
                rebuilt(cover, conditions, limits, standing.sites, rounds=many, seed=own)
            )
        else:
            warmth = _WARMTH * (1 - portion / portions), _WARMTH * (1 - (portion + 1) / portions)
            found, here = exchange(
                cover, here, fixed=conditions.fixed, seed=own, rounds=many, warmth=warmth
            )
            standing.offer(found)
        if standing.value >= floor:
            return
    standing.tell("search", portions, portions)


def _bound(standing: Standing, root: Root, floor: float) -> bool:
    """Bring the relaxation down; return whether anything is left to prove."""
    pairs = max(1, root.left.cover.pairs)
    total = min(_ROOT_ITERATIONS, max(200, _ROOT_PAIRS // pairs))
    portion = max(40, min(total, 20_000_000 // pairs) // 40 * 40)
    cutoff = max(standing.cutoff, floor)
    done = 0
    while done < total:
        standing.tell("bound", done, total)
        # What the relaxation could still win is little beside the gap it cannot close.
        close = max(2e-6 * root.bound, 0.01 * (root.bound - standing.value))
        root.relaxation.descend(portion, below=cutoff - root.left.certain, close=close)
        standing.cap(root.bound)
        done += portion
        if root.relaxation.bound - root.relaxation.plan <= close:
            break
    standing.note("bound")
    return not (standing.closed or root.bound < cutoff)


def _tighten(standing: Standing, root: Root, below: float) -> float:
    """Lower the bound by clusters, below what the relaxation can; return it."""
    left = root.left
    standing.tell("clusters", 0, _CLUSTER_STEPS)
    clusters = clustered(left, root.relaxation.price)
    bound, done = root.bound, 0
    while done < _CLUSTER_STEPS:
        standing.tell("clusters", done, _CLUSTER_STEPS)
        lower, clusters = clusters.descend(
            left.room,
            plan=standing.value - left.certain,
            steps=_CLUSTER_PORTION,
            below=below - left.certain,
        )
        done += _CLUSTER_PORTION
        won = bound - left.certain - lower
        bound = min(bound, left.certain + lower)
        standing.cap(bound)
        if bound < below or standing.closed or won < 0.02 * (bound - standing.value):
            break
    standing.note("clusters")
    return bound


def _maximise_by_program(standing: Standing, *, seed: int, nodes: int | None) -> None:
    """Search and bound under all conditions, then prove by HiGHS."""
    cover, conditions, limits = standing.cover, standing.conditions, standing.limits
    best = standing.sites if standing.sites is not None else conditions.fixed
    work = round_work(cover, min(limits.sites, cover.sites))
    rounds = int(np.clip(_SEARCH_WORK // work, 100, 3000))
    portions = int(np.clip(rounds * work // _PORTION_WORK, 1, rounds // 10))
    for portion in range(portions):
        standing.tell("search", portion, portions)
        own = int(np.random.default_rng([seed, portion]).integers(2**31))
        found = rebuilt(cover, conditions, limits, best, rounds=rounds // portions, seed=own)
        if standing.offer(found):
            best = found
    standing.note("search")
    loose_bound(standing)
    standing.note("bound")
    if standing.closed or (nodes == 0 and standing.sites is not None):
        return
    stop = StopSolver(standing)
    solved = branch_and_cut(
        cover, conditions, limits, start=standing.sites, relative_gap=standing.gap,
        time_limit_s=standing.seconds_left, nodes=nodes or (None if nodes is None else 1),
        stop=stop,
    )  # fmt: skip
    standing.nodes += solved.nodes
    if solved.outcome == "infeasible":
        raise InfeasibleError(
            "no choice of sites keeps all conditions together",
            "loosen exclusions, minimum numbers or least shares, or allow more sites or money",
        )
    if solved.sites is not None:
        standing.offer(solved.sites)
    standing.cap(solved.bound)
    standing.note("branch and cut")
    stop.raise_again()


def loose_bound(standing: Standing) -> None:
    """Bound by the relaxation that knows numbers, costs and servers, but no other condition."""
    cover, conditions, limits = standing.cover, standing.conditions, standing.limits
    closed = np.isin(np.arange(cover.sites), conditions.forbidden)
    cost = np.ones(cover.sites) if conditions.cost is None else conditions.cost
    rooms = [(np.ones(cover.sites), float(limits.sites))]
    if np.isfinite(limits.budget):
        rooms.append((cost, limits.budget))
        if limits.budget > 0 and limits.sites > 0:
            both = 0.5 * cost / limits.budget + 0.5 / limits.sites
            rooms.append((both, 1.0))
    if not cover.groups:
        return
    for price, room in rooms:
        # A site that may not be used costs more than there is.
        price = np.where(closed, 2.0 * room + 1.0, price)
        part = np.zeros(cover.sites)
        part[list(standing.sites or ())] = 1.0
        part *= min(1.0, room / max(float(price @ part), 1e-300))
        relaxation = Relaxation.of(
            cover, own=np.zeros(cover.sites), cost=price, room=room, part=part
        )
        for _ in range(10):
            standing.tell("bound", 0, 1)
            relaxation.descend(80, below=standing.cutoff, close=1e-6 * standing.bound)
            standing.cap(relaxation.bound)


def first_plan(cover: Cover, conditions: Conditions, limits: Limits) -> tuple[int, ...]:
    """Return a plan that keeps the conditions, whatever it is worth.

    Raises
    ------
    InfeasibleError
        There is none.
    """
    quick = rebuilt(cover, conditions, limits, conditions.fixed, rounds=50)
    if not conditions.broken_by(cover, quick, limits):
        return quick
    solved = branch_and_cut(cover, conditions, limits, relative_gap=0.999)
    if solved.sites is None:
        raise InfeasibleError(
            "no choice of sites keeps all conditions together",
            "loosen exclusions, minimum numbers or least shares, or allow more sites or money",
        )
    return solved.sites


def answer(
    standing: Standing, *, reachable: float, usable: int, stopped: BaseException | None
) -> SitePlan:
    """Put the answer together, evaluated on the whole problem."""
    chosen = ordered(standing.cover, standing.sites or (), standing.conditions.fixed)
    standing.cap(standing.bound)
    value, bound = standing.value, standing.bound
    part = (bound - value) / bound if bound > 0 else 0.0
    status: Status = "unproven"
    if standing.proven:
        status = "optimal"
    elif stopped is not None:
        status = "cancelled"
    elif standing.closed:
        status = "within-gap"
    elif standing.out_of_time:
        status = "time-limit"
    return SitePlan(
        sites=chosen, value=value, cost=standing.conditions.cost_of(chosen), objective="weight",
        bound=bound, gap=part, proven=standing.proven, status=status, seconds=standing.seconds,
        log=tuple(standing.log), remarks=remarks(standing, reachable, usable),
        cancelled_by=stopped,
    )  # fmt: skip


def remarks(standing: Standing, reachable: float, usable: int) -> tuple[Remark, ...]:
    """Return what the reader of the plan should know."""
    out = []
    limits, chosen = standing.limits, standing.sites or ()
    if reachable <= 0:
        text = "no usable site reaches any weight; add candidates, height or power"
        out.append(Remark("nothing-in-reach", usable, text))
    elif len(chosen) < limits.sites and standing.value >= reachable * (1 - 1e-12):
        text = f"{len(chosen)} sites reach all that can be reached; more need other candidates"
        out.append(Remark("sites-enough", len(chosen), text))
    if usable < limits.sites:
        text = f"only {usable} sites may be used, fewer than the {limits.sites} allowed"
        out.append(Remark("fewer-candidates", usable, text))
    return tuple(out)
