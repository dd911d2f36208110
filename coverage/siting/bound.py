"""How good could any plan be? Prices that prove it, found by a primal-dual method.

Every group ``j`` puts a price ``u_j`` on being reached. For any prices between 0 and the group's
weight (over the number of servers it needs),

    sum(weight - servers * u) + the most that affordable sites collect in prices

is at least the value of every plan (Lagrangian relaxation: Galvao & ReVelle 1996), so that whatever
stops the search for low prices early only makes the bound looser. The lowest such value is that of
the linear relaxation. Subgradient steps stall long before it; the primal-dual hybrid gradient
method with averaging, restarts and a step for each group and site (Chambolle & Pock 2011;
Applegate et al. 2021) does not: each iteration is one pass over the pairs, a few hundred bring
the bound within 0.1 % of the relaxation, and the fractional plan beside the prices tells how far
that is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...topology.compiled import compiled
from .cover import Cover, Floats, Ints, Short

__all__ = ["Relaxation", "affordable_part", "priced_bounds"]

_CHECK = 40
"""Iterations between two looks at bound and fractional plan."""


@compiled
def _affordable(wish: Floats, spread: Floats, cost: Floats, room: float, out: Floats) -> None:
    """Project wishes onto 0..1 and the room, in the metric of ``spread``."""
    spent, high = 0.0, 0.0
    for i in range(wish.size):
        spent += cost[i] * min(1.0, max(0.0, wish[i]))
        if cost[i] > 0.0:
            high = max(high, wish[i] * spread[i] / cost[i])
    toll = 0.0
    if spent > room:
        low = 0.0
        for _ in range(100):
            spent, slope = 0.0, 0.0
            for i in range(wish.size):
                at = wish[i] - toll * cost[i] / spread[i]
                if at >= 1.0:
                    spent += cost[i]
                elif at > 0.0:
                    spent += cost[i] * at
                    slope += cost[i] * cost[i] / spread[i]
            if abs(spent - room) <= 1e-12 * room or high - low <= 1e-15 * high:
                break
            if spent > room:
                low = toll
            else:
                high = toll
            step = toll + (spent - room) / slope if slope > 0.0 else low
            toll = step if low < step < high else 0.5 * (low + high)
    for i in range(wish.size):
        out[i] = min(1.0, max(0.0, wish[i] - toll * cost[i] / spread[i]))


@compiled
def _collected(
    start: Ints, sites: Short, weight: Floats, own: Floats, price: Floats, income: Floats
) -> float:
    """Sum what each site collects; return what groups keep. Prices are shares of the weight."""
    income[:] = own
    total = 0.0
    for j in range(weight.size):
        u = weight[j] * price[j]
        total += weight[j]
        if u > 0.0:
            for at in range(start[j], start[j + 1]):
                income[sites[at]] += u
    return total


@compiled
def _kept(weight: Floats, price: Floats, servers: int) -> float:
    """Return what groups keep after paying ``servers`` prices each."""
    total = 0.0
    for j in range(weight.size):
        total += weight[j] * (1.0 - servers * price[j])
    return total


@compiled
def _most_collected(income: Floats, cost: Floats, room: float) -> tuple[float, float]:
    """Return the most that affordable sites collect, and what a unit of room is worth."""
    ratio = np.empty(income.size)
    for i in range(income.size):
        ratio[i] = income[i] / cost[i] if cost[i] > 0.0 else np.inf
    total, left, toll = 0.0, room, 0.0
    order = np.argsort(-ratio)
    for at in range(order.size):
        i = int(order[at])
        if income[i] <= 0.0:
            continue
        if cost[i] <= left:
            total += income[i]
            left -= cost[i]
        else:
            toll = income[i] / cost[i]
            total += toll * left
            break
    return total, toll


@compiled
def affordable_part(income: Floats, cost: Floats, room: float, part: Floats) -> float:
    """Return the most that affordable sites collect, and how much of each site that takes."""
    ratio = np.empty(income.size)
    for i in range(income.size):
        ratio[i] = income[i] / cost[i] if cost[i] > 0.0 else np.inf
    total, left = 0.0, room
    part[:] = 0.0
    order = np.argsort(-ratio)
    for at in range(order.size):
        i = int(order[at])
        if income[i] <= 0.0:
            continue
        part[i] = 1.0 if cost[i] <= left else left / cost[i]
        total += part[i] * income[i]
        left -= part[i] * cost[i]
        if part[i] < 1.0:
            break
    return total


@compiled
def _reached(
    start: Ints, sites: Short, weight: Floats, own: Floats, servers: int, part: Floats
) -> float:
    """Return what a fractional plan reaches."""
    total = 0.0
    for i in range(part.size):
        total += own[i] * part[i]
    for j in range(weight.size):
        reach = 0.0
        for at in range(start[j], start[j + 1]):
            reach += part[sites[at]]
        total += weight[j] * min(1.0, reach / servers)
    return total


Case = tuple[Ints, Short, Floats, Floats, Floats, float, int]
"""group_start, group_sites, weight, own weight of sites, cost, room, servers."""

State = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats]
"""part, price, their sums, where they were at the restart, best part, best price, numbers."""

_STEP, _COUNT, _GAP, _LAST, _BOUND, _PLAN, _ALL = range(7)
"""Places of the numbers: step, iterations since the restart, gap then, gap at the last look,
lowest bound, best fractional value, iterations."""


@compiled
def _descend(case: Case, state: State, iterations: int, below: float, close: float) -> None:
    """Iterate until the bound is below a value, or that close to the fractional plan."""
    start, sites, weight, own, cost, room, servers = case
    part, price, part_sum, price_sum, part_then, price_then, best_part, best_price, at_ = state
    n, m = part.size, weight.size
    spread = own + 1e-9 * (weight.sum() + own.sum()) + 1e-300
    for j in range(m):
        for at in range(start[j], start[j + 1]):
            spread[sites[at]] += weight[j]
    income, other = np.empty(n), np.empty(n)
    wish, new, ahead = np.empty(n), np.empty(n), np.empty(n)
    mean_price = np.empty(m)
    _collected(start, sites, weight, own, price, income)
    top = 1.0 / servers
    for _ in range(iterations):
        step = at_[_STEP]
        for i in range(n):
            wish[i] = part[i] + income[i] / (step * spread[i])
        _affordable(wish, spread, cost, room, new)
        for i in range(n):
            ahead[i] = 2.0 * new[i] - part[i]
            part[i] = new[i]
            part_sum[i] += new[i]
        income[:] = own
        for j in range(m):
            reach = 0.0
            for at in range(start[j], start[j + 1]):
                reach += ahead[sites[at]]
            u = price[j] - step * (reach - servers) / (start[j + 1] - start[j])
            u = min(top, max(0.0, u))
            price[j] = u
            price_sum[j] += u
            if u > 0.0:
                u *= weight[j]
                for at in range(start[j], start[j + 1]):
                    income[sites[at]] += u
        at_[_COUNT] += 1.0
        at_[_ALL] += 1.0
        if at_[_ALL] % _CHECK:
            continue
        count = at_[_COUNT]
        mean_part = part_sum / count
        for j in range(m):
            mean_price[j] = price_sum[j] / count
        bound_now = _kept(weight, price, servers) + _most_collected(income, cost, room)[0]
        plan_now = _reached(start, sites, weight, own, servers, part)
        _collected(start, sites, weight, own, mean_price, other)
        bound_mean = _kept(weight, mean_price, servers) + _most_collected(other, cost, room)[0]
        plan_mean = _reached(start, sites, weight, own, servers, mean_part)
        if bound_mean < at_[_BOUND]:
            at_[_BOUND] = bound_mean
            best_price[:] = mean_price
        if bound_now < at_[_BOUND]:
            at_[_BOUND] = bound_now
            best_price[:] = price
        if plan_mean > at_[_PLAN]:
            at_[_PLAN] = plan_mean
            best_part[:] = mean_part
        if plan_now > at_[_PLAN]:
            at_[_PLAN] = plan_now
            best_part[:] = part
        if at_[_BOUND] < below or at_[_BOUND] - at_[_PLAN] <= close:
            return
        gap = min(bound_mean - plan_mean, bound_now - plan_now)
        if not (
            gap < 0.3 * at_[_GAP]
            or (gap < 0.8 * at_[_GAP] and gap > at_[_LAST])
            or count > max(200.0, 0.36 * at_[_ALL])
        ):
            at_[_LAST] = gap
            continue
        if bound_mean - plan_mean < bound_now - plan_now:
            part[:] = mean_part
            price[:] = mean_price
            income[:] = other
        moved_part, moved_price = 0.0, 0.0
        for i in range(n):
            moved_part += spread[i] * (part[i] - part_then[i]) ** 2
        for j in range(m):
            degree = start[j + 1] - start[j]
            moved_price += weight[j] * degree * (price[j] - price_then[j]) ** 2
        if moved_part > 1e-20 and moved_price > 1e-20:
            at_[_STEP] = np.sqrt(step * np.sqrt(moved_price / moved_part))
        part_then[:] = part
        price_then[:] = price
        part_sum[:] = 0.0
        price_sum[:] = 0.0
        at_[_COUNT], at_[_GAP], at_[_LAST] = 0.0, gap, np.inf


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The linear relaxation of a choice of sites on its way down.

    Attributes
    ----------
    case, state
        What the kernels work on.
    """

    case: Case
    state: State

    @staticmethod
    def of(
        cover: Cover,
        *,
        own: Floats,
        cost: Floats,
        room: float,
        part: Floats,
        price: Floats | None = None,
    ) -> Relaxation:
        """Start from a (fractional) plan, and from prices if they are known.

        Parameters
        ----------
        own
            Weight that a site brings besides its groups.
        cost, room
            Cost of each site, and what all may cost together.
        part
            Where to start.
        price
            Shares of each group's weight; None sets them by how often the plan reaches a group.
        """
        case = (
            cover.group_start, cover.group_sites, cover.group_weight, own, cost, room, cover.servers,
        )  # fmt: skip
        part = part.copy()
        if price is None:
            reach = np.zeros(cover.groups)
            if cover.pairs:
                reach = np.add.reduceat(part[cover.group_sites], cover.group_start[:-1])
            servers = cover.servers
            price = np.select([reach < servers - 1e-9, reach > servers + 1e-9], [1.0, 0.0], 0.5)
            price /= servers
        price = price.copy()
        income = np.empty(cover.sites)
        _collected(*case[:3], own, price, income)
        bound = _kept(case[2], price, cover.servers) + _most_collected(income, cost, room)[0]
        plan = _reached(*case[:4], cover.servers, part)
        numbers = np.array([1.0, 0.0, bound - plan, np.inf, bound, plan, 0.0])
        zero_part, zero_price = np.zeros(cover.sites), np.zeros(cover.groups)
        return Relaxation(
            case,
            (part, price, zero_part, zero_price, part.copy(), price.copy(), part.copy(),
             price.copy(), numbers),
        )  # fmt: skip

    def descend(self, iterations: int, *, below: float = -np.inf, close: float = 0.0) -> None:
        """Go on for so many iterations, or until the bound is below a value or close to its end."""
        _descend(self.case, self.state, iterations, below, close)

    @property
    def bound(self) -> float:
        """No plan reaches more."""
        return float(self.state[8][_BOUND])

    @property
    def plan(self) -> float:
        """What the best fractional plan reaches; the bound cannot get below it."""
        return float(self.state[8][_PLAN])

    @property
    def iterations(self) -> int:
        """Iterations so far."""
        return int(self.state[8][_ALL])

    @property
    def part(self) -> Floats:
        """The best fractional plan."""
        return self.state[6]

    @property
    def price(self) -> Floats:
        """The prices of the bound, as shares of each group's weight."""
        return self.state[7]

    def losses(self) -> tuple[Floats, float]:
        """Return what a site brings beyond its toll, and the bound that goes with it.

        Taking a site that brings less than nothing, or leaving out one that brings more, lowers
        the bound by that much.
        """
        start, sites, weight, own, cost, room, servers = self.case
        income = np.empty(own.size)
        _collected(start, sites, weight, own, self.price, income)
        total, toll = _most_collected(income, cost, room)
        return income - toll * cost, _kept(weight, self.price, servers) + total


def priced_bounds(cover: Cover, price: Floats, *, own: Floats, up_to: int) -> Floats:
    """Return the bounds that the same prices give for 0, 1, ... ``up_to`` sites."""
    income = np.empty(cover.sites)
    _collected(cover.group_start, cover.group_sites, cover.group_weight, own, price, income)
    best = np.sort(np.maximum(income, 0.0))[::-1][:up_to]
    out = np.full(up_to + 1, _kept(cover.group_weight, price, cover.servers))
    out[1 : best.size + 1] += np.cumsum(best)
    out[best.size + 1 :] = out[best.size]
    return out
