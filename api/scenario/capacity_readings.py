"""Readings of capacity: what the network carries in the busy hour, and what parks are promised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ...topology.errors import InputError
from ...topology.metrics import Item, Reading, cannot_tell
from .network_readings import NO_DEMAND, roots_unknown
from .study import Study, table_item

if TYPE_CHECKING:
    from ...topology.capacity.capabilities import Verdict
    from ...topology.capacity.report import CapacityReport

__all__ = ["CAPACITY_READERS"]

_TOP = 20


def _whole(study: Study) -> tuple[Study, tuple[str, ...]]:
    """Return the study before anything failed, and the links and linked sites that are gone.

    People stay with their room when it fails, so the capacity is that of the whole network.
    """
    whole = study
    while whole.before is not None:
        whole = whole.before
    links = whole.network.links
    linked = {*links["a_site"], *links["b_site"]}
    gone_sites = linked - set(study.network.sites["site_id"])
    gone_links = set(links["link_id"]) - set(study.network.links["link_id"])
    return whole, (*sorted(gone_sites), *sorted(gone_links))


def _report(study: Study) -> CapacityReport:
    def compute() -> CapacityReport:
        # Late: its kernels are compiled, and a check of structure alone must not wait for that.
        from ...topology.capacity.report import capacity_of

        whole, failed = _whole(study)
        roots = whole.project.settings.network_roots or None
        return capacity_of(whole.network, roots=roots, failed_ids=failed)

    return study.once("capacity", compute)


def _served(study: Study, report: CapacityReport) -> Reading:
    metric = "demand.served.share"
    if not report.demand_mbps:
        return cannot_tell(metric, NO_DEMAND)
    if report.served_share is None:
        return cannot_tell(metric, "links without capacity_mbps decide what is served")
    items = tuple(
        table_item(study, "links", link, note="is in the smallest cut that limits what is served")
        for link in report.unserved_limits[:_TOP]
    )
    return Reading(metric, report.served_share, worst=items)


def _utilisation(study: Study, report: CapacityReport) -> Reading:
    metric = "link.utilisation.max"
    if not report.demand_mbps:
        return cannot_tell(metric, NO_DEMAND)
    value = report.worst_utilisation
    if value is None:
        unknown = [u.link_id for u in report.links if u.load_mbps > 0 and u.capacity_mbps is None]
        return cannot_tell(
            metric, f"links that carry load have no capacity_mbps: {', '.join(unknown[:5])}"
        )
    items = tuple(
        table_item(
            study, "links", use.link_id,
            note=f"{use.load_mbps:,.0f} of {use.capacity_mbps:,.0f} Mbit/s",
        )
        for use in report.links[:_TOP]
        if use.capacity_mbps is not None
    )  # fmt: skip
    return Reading(metric, value, worst=items)


def _egress(study: Study, report: CapacityReport, metric: str) -> Reading:
    egress = report.egress
    if not egress.links:
        return cannot_tell(metric, "no link has one end inside the district and one outside")
    after = metric == "egress.n1.tbps"
    gbps = egress.after_worst_failure_gbps if after else egress.total_gbps
    if gbps is None:
        return cannot_tell(metric, "an egress link has no capacity_mbps")
    if after:
        items: tuple[Item, ...] = (Item("failure of", egress.worst_failure),)
    else:
        items = tuple(table_item(study, "links", link) for link in egress.links[:_TOP])
    return Reading(metric, gbps / 1000.0, worst=items)


def _home_rate(study: Study, report: CapacityReport, metric: str) -> Reading:
    peak = metric == "home.peak_mbps.min"
    rates = [
        (home.peak_mbps if peak else home.sustained_mbps,
         home.peak_limit if peak else home.sustained_limit, home.site_id)
        for home in report.homes
    ]  # fmt: skip
    if not rates:
        return cannot_tell(metric, "no access room with a link")
    unknown = [site for rate, _, site in rates if rate is None]
    if unknown:
        return cannot_tell(
            metric,
            f"nothing says which PON {', '.join(unknown[:3])} and others have; add links of kind "
            "pon, or name the technology in the model of the OLT",
        )
    known = sorted((rate, limit, site) for rate, limit, site in rates if rate is not None)
    items = tuple(
        table_item(study, "sites", site, note=f"{rate:,.0f} Mbit/s, limited by {limit}")
        for rate, limit, site in known[:_TOP]
    )
    return Reading(metric, known[0][0], worst=items)


def _verdict_item(study: Study, verdict: Verdict) -> Item:
    return table_item(study, "places", verdict.subject, kind="park",
                      note=f"{verdict.check}: {verdict.reason}")  # fmt: skip


def _building(study: Study, report: CapacityReport) -> Reading:
    metric = "building.uplink_gbps.min"
    verdicts = [v for v in report.parks if v.check == "building"]
    known = sorted((v for v in verdicts if v.value is not None), key=lambda v: v.value or 0.0)
    unknown = [v for v in verdicts if v.value is None]
    if unknown or not known:
        why = unknown[0].reason if unknown else "no office park with a building on a link"
        return cannot_tell(metric, why)
    items = tuple(_verdict_item(study, v) for v in known[:_TOP])
    return Reading(metric, known[0].value, worst=items)


def _parks(study: Study, report: CapacityReport) -> Reading:
    metric = "park.capability.share"
    words: dict[str, list[Verdict]] = {}
    for verdict in report.parks:
        words.setdefault(verdict.subject, []).append(verdict)
    if not words:
        return cannot_tell(metric, "no office park (places of kind office_park) near a room")
    bad = [v for verdicts in words.values() for v in verdicts if v.status == "missed"]
    missed = {v.subject for v in bad}
    open_ = {
        subject
        for subject, verdicts in words.items()
        if subject not in missed and any(v.status == "cannot tell" for v in verdicts)
    }
    if open_:
        first = next(v for v in report.parks if v.subject in open_ and v.status == "cannot tell")
        return cannot_tell(
            metric,
            f"{len(open_)} of {len(words)} parks cannot be told; {first.subject}: {first.reason}",
        )
    items = tuple(_verdict_item(study, v) for v in bad[:_TOP])
    return Reading(metric, 1 - len(missed) / len(words), worst=items)


def _told(
    metric: str, read: Callable[[Study, CapacityReport], Reading]
) -> Callable[[Study], Reading]:
    def reader(study: Study) -> Reading:
        if not len(study.network.links):
            return cannot_tell(metric)
        try:
            if not metric.startswith("egress.") and (unknown := roots_unknown(study)):
                return cannot_tell(metric, unknown)
            report = _report(study)
        except InputError as error:
            return cannot_tell(metric, str(error))
        found = read(study, report)
        if found.value is None:
            return found
        return replace(
            found, origin="predicted", source="busy hour, shortest paths", assumed=report.assumed
        )

    return reader


CAPACITY_READERS: dict[str, Callable[[Study], Reading]] = {
    metric: _told(metric, read)
    for metric, read in {
        "demand.served.share": _served,
        "link.utilisation.max": _utilisation,
        "egress.tbps": lambda study, report: _egress(study, report, "egress.tbps"),
        "egress.n1.tbps": lambda study, report: _egress(study, report, "egress.n1.tbps"),
        "building.uplink_gbps.min": _building,
        "home.peak_mbps.min": lambda study, report: _home_rate(study, report, "home.peak_mbps.min"),
        "home.sustained_mbps.min": lambda study, report: _home_rate(
            study, report, "home.sustained_mbps.min"
        ),
        "park.capability.share": _parks,
    }.items()
}
"""Metric to how it is read from a study."""
