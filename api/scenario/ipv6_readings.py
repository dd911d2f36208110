"""Readings of readiness for IPv6, from the book of evidence."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from ...topology.metrics import METRICS, Item, Reading
from ...topology.quantities import shown
from ..readiness_answer import opened_book, readiness_of
from .study import Study, table_item

if TYPE_CHECKING:
    from ...ipv6.promises import Standings
    from ...ipv6.readiness import Readiness

__all__ = ["IPV6_METRICS", "read_ipv6"]

IPV6_METRICS = ("ipv6.ready.share", "ipv6.sites.share", "ipv6.demo.fields")
"""Metrics that are read here."""

_TABLES = {"device": "devices", "website": "websites", "link": "links"}


def _stand(study: Study, at: date | None) -> Readiness:
    with opened_book(study.project) as book:
        return readiness_of(study.project, book, at=at, now_s=time.time(), network=study.network)


def _standings(stand: Readiness, metric: str) -> Standings:
    from ...ipv6.course import days_between
    from ...ipv6.promises import standings

    for promise in stand.promises:
        if promise.standings.metric == metric:
            return promise.standings
    # Demonstrations are judged by what came before the day too.
    first_s = min((course.since_s[1] for course in stand.courses.values()
                   if len(course.since_s) > 1), default=stand.at_s)  # fmt: skip
    days = days_between(first_s, stand.at_s, stand.timezone)
    return standings(metric, stand.inventory, stand.courses, days)


def _worst(study: Study, found: Standings) -> tuple[Item, ...]:
    lacking = [
        (state, one)
        for group in found.groups
        for one, state in zip(group.subjects, group.states, strict=True)
        if state != "met"
    ]
    lacking.sort(key=lambda pair: pair[0] != "unmet")
    return tuple(
        table_item(study, _TABLES[one.kind], one.row_id, kind=str(one.kind),
                   note="not ready" if state == "unmet" else "not known")
        for state, one in lacking
    )  # fmt: skip


def _assumed(stand: Readiness, found: Standings, metric: str) -> Iterator[str]:
    """Yield what a value takes for granted."""
    if metric == "ipv6.ready.share" and stand.inventory.main_assumed:
        yield "what main equipment is"
    recorded = sum(
        one.vantage == "recording"
        for group in found.groups
        for subject in group.subjects
        for one in stand.standing.of(subject.key).values()
    )
    if recorded:
        yield f"that {recorded} results read from recordings are those of the devices"


def read_ipv6(study: Study, metric: str, at: date | None = None) -> Reading | None:
    """Return the reading of a metric on a day; None where there is no evidence of its subjects."""
    stand = study.once(("ipv6", at), lambda: _stand(study, at))
    found = _standings(stand, metric)
    told = any(
        stand.standing.of(one.key) or stand.standing.expired_of(one.key)
        for group in found.groups
        for one in group.subjects
    )
    if not told:
        return None
    low, high = float(found.low[-1]), float(found.high[-1])
    subjects = sum(len(group.subjects) for group in found.groups)
    source = f"IPv6 evidence on {subjects} subjects, {stand.at}"
    assumed = tuple(_assumed(stand, found, metric))
    worst = _worst(study, found)
    if low == high:
        return Reading(metric, low, "measured", source, assumed=assumed, worst=worst)
    unknown = sum(group.count("unknown") for group in found.groups)
    declared = METRICS[metric]
    reason = (
        f"between {shown(low, declared)} and {shown(high, declared)}: {unknown} of {subjects} are "
        "not known"
    )
    return Reading(
        metric, None, source=source, reason=reason, assumed=assumed, worst=worst, low=low, high=high
    )
