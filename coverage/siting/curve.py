"""The trade-off between the number of sites and what they reach, each point with its bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...topology.errors import UsageError
from ..progress import Progress, silent
from .bound import Relaxation, priced_bounds
from .clusters import Clusters, clustered
from .conditions import Conditions, Limits, check_feasible
from .cover import Cover, Floats
from .proof import root_of
from .rebuild import rebuilt
from .reduction import Reduced
from .search import exchange, greedy, ordered, round_work
from .solve import is_plain, loose_bound
from .standing import CancelledError, Standing, TimeUpError

__all__ = ["Curve", "CurvePoint", "trade_off"]

_ROUND_WORK = 15_000_000
"""Steps of the search at one number of sites: some hundredths of a second."""

_CURVE_ITERATIONS = 80
_CURVE_PAIRS = 700_000_000
"""Iterations of the relaxation times pairs for all bounds: a few seconds."""

_CLUSTER_TURNS, _CLUSTER_STEPS = 8, 40
_NEAR = 3
"""Numbers of sites so close use each other's prices of clusters."""

_CURVE_CLOSE = 0.002
"""Gap at which a point is left alone."""


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
    cut_short
        Whether the time limit ended it.
    cancelled_by
        What interrupted it; points that were not looked at yet have weaker plans and bounds.
    """

    points: tuple[CurvePoint, ...]
    total_weight: float
    most_weight: float
    seconds: float
    cancelled_by: BaseException | None = None
    cut_short: bool = False

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


class _Draft:
    """The curve while it is drawn: best plan and bound for each number of sites."""

    def __init__(self, cover: Cover, conditions: Conditions, up_to: int, most: float) -> None:
        self.cover = cover
        self.conditions = conditions
        self.value = np.full(up_to + 1, -np.inf)
        self.bound = np.full(up_to + 1, most)
        self.sites: list[tuple[int, ...]] = [()] * (up_to + 1)

    def offer(self, chosen: Sequence[int], count: int) -> bool:
        """Take a plan for a number of sites if it is better."""
        value = self.cover.value(chosen)
        if value <= self.value[count] or self.conditions.broken_by(
            self.cover, chosen, Limits(count)
        ):
            return False
        self.value[count], self.sites[count] = value, tuple(chosen)
        return True

    def settle(self) -> None:
        """Make values and bounds rise: more sites never reach less."""
        for count in range(1, self.value.size):
            if self.value[count - 1] > self.value[count]:
                self.value[count] = self.value[count - 1]
                self.sites[count] = self.sites[count - 1]
        self.bound = np.minimum.accumulate(self.bound[::-1])[::-1]
        self.bound = np.maximum(self.bound, self.value)

    @property
    def gap(self) -> Floats:
        """How far each plan is from its bound at most."""
        shown = np.maximum(self.value, 0.0)
        part = np.zeros(self.bound.size)
        np.divide(self.bound - shown, self.bound, out=part, where=self.bound > 0)
        return part


def trade_off(
    cover: Cover,
    conditions: Conditions,
    *,
    total_weight: float,
    up_to: int = 60,
    time_limit_s: float | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Curve:
    """Return the curve of a problem; see :class:`.problem.SiteProblem`."""
    if up_to < 0:
        raise UsageError(f"the curve goes up to {up_to} sites; give 0 or more")
    closed = set(conditions.forbidden)
    usable = [site for site in range(cover.sites) if site not in closed]
    last = min(up_to, len(usable))
    first = min(max(len(conditions.fixed), sum(n for _, n in conditions.minimums), 1), last)
    check_feasible(conditions, Limits(max(last, len(conditions.fixed))))
    most = cover.value(usable)
    draft = _Draft(cover, conditions, last, most)
    clock = Standing(
        cover, conditions, Limits(last), bound=most, time_limit_s=time_limit_s, progress=progress
    )
    stopped: BaseException | None = None
    cut_short = False
    try:
        if is_plain(cover, conditions, Limits(last)):
            _draw(draft, clock, usable, first, last, seed)
        else:
            _draw_under_conditions(draft, clock, first, last, seed)
    except TimeUpError:
        cut_short = True
    except CancelledError as error:
        stopped = error.by
    except KeyboardInterrupt as error:
        stopped = error
    draft.settle()
    points = [
        CurvePoint(
            count, float(draft.value[count]), float(draft.bound[count]),
            conditions.cost_of(draft.sites[count]),
            ordered(cover, draft.sites[count], conditions.fixed),
        )
        for count in range(first, last + 1)
        if np.isfinite(draft.value[count])
    ]  # fmt: skip
    return Curve(tuple(points), total_weight, most, clock.seconds, stopped, cut_short)


def _draw(
    draft: _Draft, clock: Standing, usable: Sequence[int], first: int, last: int, seed: int
) -> None:
    """Draw plans by exchanges and bounds by prices, the widest gap first."""
    cover, conditions = draft.cover, draft.conditions
    nested = greedy(cover, float(last), fixed=conditions.fixed, among=usable)
    for count in range(first, last + 1):
        draft.offer(nested[:count], count)
    draft.settle()
    root = root_of(
        cover, cost=np.ones(cover.sites), room=float(last), fixed=conditions.fixed,
        forbidden=conditions.forbidden,
    )  # fmt: skip
    _search_along(draft, clock, first, last, seed)
    _price_along(draft, clock, root.left, first, last)
    draft.settle()


def _search_along(draft: _Draft, clock: Standing, first: int, last: int, seed: int) -> None:
    """Improve every plan by exchanges, starting from its neighbours' too."""
    cover = draft.cover
    rounds = int(np.clip(_ROUND_WORK // round_work(cover, last), 10, 400))
    counts = list(range(first, last + 1))
    for number, count in enumerate([*counts, *reversed(counts)]):
        clock.tell("curve", number, 2 * len(counts))
        upwards = number < len(counts)
        near = count - 1 if upwards else count + 1
        if first <= near <= last:
            draft.offer(_resized(draft, near, count), count)
        if len(draft.sites[count]) < count:
            continue  # fewer sites reach everything
        own = int(np.random.default_rng([seed, number]).integers(2**31))
        draft.offer(
            _exchanged(draft, count, rounds=rounds if upwards else rounds // 3, seed=own), count
        )
    draft.settle()


def _resized(draft: _Draft, near: int, count: int) -> list[int]:
    """Return a neighbour's plan with one site more, or without its least."""
    cover, conditions = draft.cover, draft.conditions
    plan = draft.sites[near]
    if near < count:
        closed = set(conditions.forbidden)
        usable = [site for site in range(cover.sites) if site not in closed]
        return greedy(cover, float(count), fixed=plan, among=usable)
    return list(ordered(cover, plan, conditions.fixed)[:count])


def _exchanged(draft: _Draft, count: int, *, rounds: int, seed: int) -> Sequence[int]:
    cover, conditions = draft.cover, draft.conditions
    if conditions.forbidden:
        return rebuilt(
            cover, conditions, Limits(count), draft.sites[count], rounds=rounds, seed=seed
        )
    found, _ = exchange(cover, draft.sites[count], fixed=conditions.fixed, rounds=rounds, seed=seed)
    return found


def _price_along(draft: _Draft, clock: Standing, left: Reduced, first: int, last: int) -> None:
    """Lower the bounds: prices found for one number of sites bound all numbers."""
    base = len(left.taken)
    if not left.cover.groups:
        draft.bound[:] = np.minimum(
            draft.bound,
            left.certain
            + np.concatenate(
                [
                    np.zeros(base),
                    priced_bounds(left.cover, np.zeros(0), own=left.own, up_to=last - base),
                ]
            ),
        )
        return
    portion = _CURVE_ITERATIONS
    budget = int(np.clip(_CURVE_PAIRS // max(1, left.cover.pairs), 600, 60_000))
    known: dict[int, tuple[Floats, Floats]] = {}
    visits = np.zeros(last + 1, np.int64)
    spent = 0
    while spent < budget:
        # Places that were looked at often have little left to win.
        wide = draft.gap / (1.0 + visits)
        wide[: max(first, base + 1)] = 0.0
        wide[draft.gap < _CURVE_CLOSE] = 0.0
        count = int(np.argmax(wide))
        if wide[count] <= 0.0:
            break
        clock.tell("bounds of the curve", spent, budget)
        room = float(count - base)
        if known:
            nearest = min(known, key=lambda other: (abs(other - count), other))
            part, price = known[nearest]
            part = part * min(1.0, room / max(float(part.sum()), 1e-300))
        else:
            price = None
            part = np.isin(left.site, draft.sites[count]).astype(np.float64)
        relaxation = Relaxation.of(
            left.cover, own=left.own, cost=left.cost, room=room, part=part, price=price
        )
        relaxation.descend(portion, close=0.5 * _CURVE_CLOSE * float(draft.bound[count]) + 1e-12)
        known[count] = relaxation.part, relaxation.price
        visits[count] += 1
        spent += relaxation.iterations
        bounds = left.certain + priced_bounds(
            left.cover, relaxation.price, own=left.own, up_to=last - base
        )
        draft.bound[base:] = np.minimum(draft.bound[base:], bounds)
        draft.settle()
    if known:
        _cluster_along(draft, clock, left, max(first, base + 1), last, known)


def _cluster_along(
    draft: _Draft,
    clock: Standing,
    left: Reduced,
    first: int,
    last: int,
    known: dict[int, tuple[Floats, Floats]],
) -> None:
    """Lower the bounds by clusters, the widest gap first; they bound all numbers too."""
    base = len(left.taken)
    here: dict[int, Clusters] = {}
    gathered: Clusters | None = None
    visits = np.zeros(last + 1, np.int64)
    for turn in range(_CLUSTER_TURNS):
        wide = draft.gap / (1.0 + visits)
        wide[:first] = 0.0
        wide[draft.gap < _CURVE_CLOSE] = 0.0
        count = int(np.argmax(wide))
        if wide[count] <= 0.0:
            return
        clock.tell("bounds of the curve", turn, _CLUSTER_TURNS)
        price = known[min(known, key=lambda other: (abs(other - count), other))][1]
        if gathered is None:
            gathered = clustered(left, price)
        near = min(here, key=lambda other: (abs(other - count), other), default=None)
        if near is not None and abs(near - count) <= _NEAR:
            start = here[near]
        else:
            start = gathered.priced(left, price)
        plan = max(float(draft.value[count]) - left.certain, 0.0)
        _, here[count] = start.descend(float(count - base), plan=plan, steps=_CLUSTER_STEPS)
        visits[count] += 1
        bounds = left.certain + here[count].bounds(last - base)
        draft.bound[base:] = np.minimum(draft.bound[base:], bounds)
        draft.settle()


def _draw_under_conditions(
    draft: _Draft, clock: Standing, first: int, last: int, seed: int
) -> None:
    """Draw plans by tearing out and building up, bounds by the relaxation without conditions."""
    cover, conditions = draft.cover, draft.conditions
    rounds = int(np.clip(_ROUND_WORK // round_work(cover, last), 20, 400))
    for count in range(first, last + 1):
        clock.tell("curve", count - first, last - first + 1)
        start = draft.sites[count - 1] or conditions.fixed
        draft.offer(
            rebuilt(cover, conditions, Limits(count), start, rounds=rounds, seed=seed), count
        )
        here = Standing(
            cover, conditions, Limits(count), bound=float(draft.bound[count]),
            progress=lambda step, done, total: None,
        )  # fmt: skip
        if np.isfinite(draft.value[count]):
            here.offer(draft.sites[count])
        loose_bound(here)
        draft.bound[count] = min(draft.bound[count], here.bound)
    draft.settle()
