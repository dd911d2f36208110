"""Where each metric is read from, and the last word on those that have no source here.

A metric without a computation in this program is read from the project's statements; where none
was made it cannot be told, with what is needed as the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from ...topology.metrics import METRICS, Reading, cannot_tell, find_metric
from .access_readings import ACCESS_READERS
from .availability_readings import AVAILABILITY_METRICS, read_availability
from .capacity_readings import CAPACITY_READERS
from .coverage_readings import COVERAGE_READERS
from .ipv6_readings import IPV6_METRICS, read_ipv6
from .network_readings import NETWORK_READERS
from .study import Sites, Study

__all__ = ["COMPUTED", "read", "stated"]

_PLAIN: dict[str, Callable[[Study], Reading]] = {
    **NETWORK_READERS,
    **CAPACITY_READERS,
    **ACCESS_READERS,  # drops that are drawn say more than rooms
}

COMPUTED = frozenset({*_PLAIN, *COVERAGE_READERS, *AVAILABILITY_METRICS, *IPV6_METRICS})
"""Metrics that are computed; the others rest on evidence or statements."""


def stated(study: Study, metric: str, at: date | None = None) -> Reading | None:
    """Return the newest statement on a metric, up to a day; None where there is none."""
    known = [
        statement
        for statement in study.statements
        if statement.metric == metric and (at is None or statement.as_of <= at)
    ]
    return known[-1].reading(metric) if known else None


def read(
    study: Study,
    metric: str,
    *,
    sites: Sites = "plan",
    service: str = "",
    component_table: Path | None = None,
    at: date | None = None,
) -> Reading:
    """Return the reading of a metric.

    Parameters
    ----------
    sites, service
        What coverage is judged: see :meth:`.Study.coverage`.
    component_table
        For outages in a year; the built-in one when None.
    at
        Day of which evidence tells; now when None.

    Raises
    ------
    UsageError
        There is no such metric.
    TableError
        Rows of the project's tables break their rules.
    """
    find_metric(metric)
    if metric in COVERAGE_READERS:
        return COVERAGE_READERS[metric](study, sites, service)
    if metric in AVAILABILITY_METRICS:
        return read_availability(study, metric, component_table)
    if metric in IPV6_METRICS:
        return read_ipv6(study, metric, at) or stated(study, metric, at) or cannot_tell(metric)
    if metric in _PLAIN:
        return _PLAIN[metric](study)
    return stated(study, metric) or cannot_tell(metric)


assert set(METRICS) >= COMPUTED  # noqa: S101 - a reader of an unknown metric would never run
