"""Readings of the access network: optical budgets, and what a home can get."""

from __future__ import annotations

from collections.abc import Callable

from ...topology.fibre.access_links import access_segments, pon_budgets
from ...topology.metrics import Item, Reading, cannot_tell
from .capacity_readings import CAPACITY_READERS
from .study import Study, table_item, telling

__all__ = ["ACCESS_READERS"]

_TOP = 20


def _assumed(words: set[str]) -> tuple[str, ...]:
    return tuple(sorted(words))


def _pon_margin(study: Study) -> Reading:
    metric = "pon.margin_db.min"
    budgets = sorted(
        pon_budgets(study.network),
        key=lambda link: min(link.budget.margin_db, link.budget.overload_margin_db),
    )
    if not budgets:
        return cannot_tell(metric)
    items = []
    for link in budgets[:_TOP]:
        said = "; ".join(link.budget.faults) or f"{link.budget.margin_db:.1f} dB are left"
        fixes = [fix.words for fix in link.budget.fixes]
        note = said + (f"; would be good with {' or '.join(fixes)}" if fixes else "")
        items.append(table_item(study, "links", link.link_id, kind="drop", note=note))
    worst = budgets[0].budget
    return Reading(
        metric,
        min(worst.margin_db, worst.overload_margin_db),
        origin="predicted",
        source=f"{len(budgets)} pon links of {study.project.path_of('links').name}",
        assumed=_assumed({words for link in budgets for words in link.assumed}),
        worst=tuple(items),
    )


def _home_rate(study: Study, metric: str) -> Reading:
    segments = access_segments(study.network)
    if not segments:  # no drop is drawn: what the rooms and their links can give
        return CAPACITY_READERS[metric](study)
    peak = metric == "home.peak_mbps.min"
    rates = sorted(
        (segment.peak_down_mbps if peak else segment.sustained_down_mbps, link_id)
        for link_id, segment in segments.items()
    )
    items: list[Item] = []
    for rate, link_id in rates[:_TOP]:
        segment = segments[link_id]
        note = f"{rate:,.0f} Mbit/s, {segment.homes} homes on {segment.technology}"
        items.append(table_item(study, "links", link_id, kind="drop", note=note))
    return Reading(
        metric,
        rates[0][0],
        origin="predicted",
        source=f"{len(segments)} pon and hfc links of {study.project.path_of('links').name}",
        assumed=_assumed({words for segment in segments.values() for words in segment.assumed}),
        worst=tuple(items),
    )


ACCESS_READERS: dict[str, Callable[[Study], Reading]] = {
    metric: telling(read, metric)
    for metric, read in {
        "pon.margin_db.min": _pon_margin,
        "home.peak_mbps.min": lambda study: _home_rate(study, "home.peak_mbps.min"),
        "home.sustained_mbps.min": lambda study: _home_rate(study, "home.sustained_mbps.min"),
    }.items()
}
"""Metric to how it is read from a study."""
