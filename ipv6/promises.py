"""What the plan promised of IPv6, held against the evidence on a day.

Three metrics of the target table are judged here, day by day from the first row of evidence on:

``ipv6.ready.share``
    Main devices that are configured, of each layer; the worst layer counts.
``ipv6.sites.share``
    Portals and services that carry IPv6.
``ipv6.demo.fields``
    Fields with at least one website that has carried IPv6 on each of 30 days.

A subject that harms those who use IPv6 meets nothing. What is not known leaves a range, and a
verdict only where both ends of it agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..topology.targets import OPERATORS, Target, VerdictWord
from .course import Course, Days
from .forecast import Forecast, forecast
from .ladder import Met, meets
from .subjects import LAYERS, Inventory, Subject
from .verdicts import Level, SubjectKind

__all__ = ["IPV6_METRICS", "Group", "Promise", "Standings", "judge_promise", "standings"]

HELD_DAYS = 30
"""For how long a demonstration must have carried IPv6."""

_DAY_S = 86_400.0
_STATES: tuple[Met, ...] = ("unmet", "unknown", "met")
_UNMET, _UNKNOWN, _MET = range(3)

_NEED: Mapping[str, Level] = {
    "ipv6.ready.share": Level.CONFIGURED,
    "ipv6.sites.share": Level.CARRYING,
    "ipv6.demo.fields": Level.CARRYING,
}

IPV6_METRICS = tuple(_NEED)
"""Metrics that are judged by evidence."""

_States = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects that are counted together on the last day: a layer, a field, or all websites.

    Attributes
    ----------
    subjects, states
        Who, and whether each has what is needed.
    """

    name: str
    subjects: tuple[Subject, ...]
    states: tuple[Met, ...]

    def count(self, state: Met) -> int:
        """Return how many are met, unmet or unknown."""
        return self.states.count(state)


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """A metric on every day.

    Attributes
    ----------
    metric, need
        Which, and the level that a subject needs.
    low, high
        The metric's range on each day.
    groups
        As they stand on the last day; groups without a subject are left out.
    missing
        Groups that the metric asks for and that have no subject: a field without one is unknown,
        a layer without one is none of the district's.
    states
        Subject to its state on each day: 0 unmet, 1 unknown, 2 met.
    """

    metric: str
    need: Level
    days: Days
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    groups: tuple[Group, ...]
    missing: tuple[str, ...]
    states: Mapping[str, _States]


@dataclass(frozen=True, slots=True)
class Promise:
    """What became of a target.

    Attributes
    ----------
    word
        ``met``, ``missed``, ``at risk`` or ``cannot tell``.
    low, high
        The metric's range on the day; None where nothing of the kind is in the tables.
    met_on
        First day of the last time it was met without being known broken since; None for never.
    days_late
        By how much ``met_on`` missed the due day; 0 on time; None where that is not known.
    evidence
        Number of the row that completed it on that day.
    lost_on
        Day on which it was first known not to hold any more after it had been met.
    forecast
        When it will be met at the pace of the last 90 days; None where it is met.
    """

    target: Target
    at: date
    word: VerdictWord
    standings: Standings
    low: float | None
    high: float | None
    met_on: date | None
    days_late: int | None
    evidence: int | None
    lost_on: date | None
    forecast: Forecast | None


def _day_states(course: Course, need: Level, days: Days) -> tuple[_States, _States, _States]:
    """Return the state at each day's end, and the worst and the best known state within it."""
    ends = np.array(days.ends_s)
    at_end = np.full(len(ends), _UNKNOWN, np.int8)
    broken = np.zeros(len(ends), np.int8)
    held = np.zeros(len(ends), np.int8)
    bounds = [*course.since_s, math.inf]
    for n, rung_ in enumerate(course.rungs):
        state = _STATES.index(meets(rung_, need))
        # Days whose end lies in [since, next), and days that the stretch touches at all.
        first = int(np.searchsorted(ends, bounds[n], "left"))
        last = int(np.searchsorted(ends, bounds[n + 1], "left"))
        at_end[first:last] = state
        touched = slice(first, min(last + 1, len(ends)))
        if state == _UNMET:
            broken[touched] = 1
        elif state == _MET:
            held[touched] = 1
    return at_end, broken, held


def _held_states(course: Course, need: Level, days: Days) -> _States:
    """Return on which days a subject has been met on each of the last 30 days."""
    at_end, broken, held = _day_states(course, need, days)
    out = np.full(len(at_end), _UNKNOWN, np.int8)
    for n in range(len(out)):
        window = slice(max(0, n + 1 - HELD_DAYS), n + 1)
        if broken[window].any() or at_end[n] == _UNMET:
            out[n] = _UNMET
        elif n + 1 >= HELD_DAYS and held[window].all():
            out[n] = _MET
    return out


def _groups_of(metric: str, inventory: Inventory) -> list[tuple[str, tuple[Subject, ...]]]:
    websites = inventory.of_kind(SubjectKind.WEBSITE)
    if metric == "ipv6.ready.share":
        return [
            (layer, tuple(one for one in inventory.layer(layer) if one.main))
            for layer in LAYERS[:3]
        ]
    if metric == "ipv6.sites.share":
        return [("sites", tuple(o for o in websites if o.website_kind != "demonstration"))]
    fields = ("public-credit", "e-authentication", "education", "medical-care")
    return [(field, tuple(one for one in websites if one.field == field)) for field in fields]


def standings(
    metric: str, inventory: Inventory, courses: Mapping[str, Course], days: Days
) -> Standings:
    """Return a metric of :data:`IPV6_METRICS` on every day.

    Parameters
    ----------
    courses
        Of every subject of the inventory.
    """
    need = _NEED[metric]
    by_field = metric == "ipv6.demo.fields"
    count = len(days.dates)
    states: dict[str, _States] = {}
    kept: list[Group] = []
    lows, highs = [], []
    missing = []
    for name, members in _groups_of(metric, inventory):
        if not members:
            missing.append(name)
            if by_field:  # nobody has named one: that is not known, not missed
                lows.append(np.zeros(count))
                highs.append(np.ones(count))
            continue
        for one in members:
            course = courses[one.key]
            states[one.key] = (
                _held_states(course, need, days) if by_field else _day_states(course, need, days)[0]
            )
        table = np.array([states[one.key] for one in members])
        kept.append(Group(name, members, tuple(_STATES[s] for s in table[:, -1])))
        if by_field:
            best = table.max(axis=0)
            lows.append((best == _MET).astype(float))
            highs.append((best != _UNMET).astype(float))
        else:
            lows.append((table == _MET).mean(axis=0))
            highs.append((table != _UNMET).mean(axis=0))
    nothing = np.zeros((1, count))
    low, high = np.array(lows or nothing), np.array(highs or nothing)
    return Standings(
        metric, need, days,
        low.sum(axis=0) if by_field else low.min(axis=0),
        high.sum(axis=0) if by_field else high.min(axis=0),
        tuple(kept), tuple(missing), states,
    )  # fmt: skip


def _held(target: Target, found: Standings) -> _States:
    """Return whether the target's figure is reached on each day."""
    assert target.value is not None  # noqa: S101 - numbered targets have one
    compare = OPERATORS[target.operator]
    ends = [
        np.array([compare(value, target.value) for value in values.tolist()], bool)
        for values in (found.low, found.high)
    ]
    return np.where(ends[0] & ends[1], _MET, np.where(ends[0] | ends[1], _UNKNOWN, _UNMET)).astype(
        np.int8
    )


def _completed_by(found: Standings, courses: Mapping[str, Course], day: int) -> int | None:
    """Return the row of evidence that completed a metric on a day."""
    end_s = found.days.ends_s[day]
    numbers = [
        courses[key].changed_by(end_s)
        for key, states in found.states.items()
        if states[day] == _MET
    ]
    known = [number for number in numbers if number is not None]
    return max(known) if known else None


def judge_promise(
    target: Target,
    found: Standings,
    courses: Mapping[str, Course],
) -> Promise:
    """Say what became of a target whose metric is judged by evidence."""
    days = found.days
    at = days.dates[-1]
    if not found.groups:
        return Promise(target, at, "cannot tell", found, None, None, None, None, None, None, None)
    held = _held(target, found)
    now = held[-1]
    met = np.flatnonzero(held == _MET)
    met_on = evidence = late = lost_on = None
    if met.size:
        broken = np.flatnonzero(held[: met[-1]] == _UNMET)
        first = int(met[met > broken[-1]][0]) if broken.size else int(met[0])
        met_on = days.dates[first]
        evidence = _completed_by(found, courses, first)
        late = _days_late(target, days, held, first)
        lost = np.flatnonzero(held[met[-1] :] == _UNMET)
        lost_on = days.dates[int(met[-1] + lost[0])] if lost.size else None
    word: VerdictWord = "met"
    if now == _UNKNOWN:
        word = "cannot tell"
    elif now == _UNMET:
        word = "missed" if at > target.due else "at risk"
    guess = None if now == _MET else forecast(list(found.states.values()), days.dates)
    return Promise(
        target, at, word, found, float(found.low[-1]), float(found.high[-1]),
        met_on, late, evidence, lost_on, guess,
    )  # fmt: skip


def _days_late(target: Target, days: Days, held: Sequence[int] | _States, first: int) -> int | None:
    """Return by how many days a target was late; None where nobody looked when it was due."""
    met_on = days.dates[first]
    if met_on <= target.due:
        return 0
    start = max(0, (target.due - days.dates[0]).days)
    seen_broken = days.dates[0] <= target.due and any(
        held[n] == _UNMET for n in range(start, first)
    )
    return (met_on - target.due).days if seen_broken else None
