"""Readings of coverage, from the run document of what the scenario's sites cover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...coverage.plan_request import PlanRequest
from ...topology.errors import InputError, NgbwError
from ...topology.metrics import Item, Reading, cannot_tell
from .study import Sites, Study, table_item

__all__ = ["COVERAGE_READERS", "read_coverage", "technology_coverage"]

_TOP = 20

_REASONS = {
    "too-far": "too far from every site of the plan",
    "indoor-loss": "served outdoors, the building stops it",
    "no-candidate": "no site that may be used would reach them",
    "no-site": "there is no site",
}


def _gaps(document: Mapping[str, Any]) -> tuple[Item, ...]:
    return tuple(
        Item(
            "gap",
            str(gap["rank"]),
            gap.get("area_name_en") or gap.get("area_name") or gap["area_id"],
            gap["lon"],
            gap["lat"],
            note=f"{gap['people']:,.0f} residents, {_REASONS.get(gap['reason'], gap['reason'])}",
        )
        for gap in document["gaps"][:_TOP]
    )


def _least(study: Study, document: Mapping[str, Any]) -> tuple[float | None, tuple[Item, ...]]:
    """Return the least share of a subdistrict with residents, and the subdistricts by share."""
    shares = [
        (area["share"], area_id, area["served"], area["total"])
        for area_id, area in document["coverage"]["by_subdistrict"].items()
        if area_id and area["share"] is not None
    ]
    shares.sort()
    items = tuple(
        table_item(
            study, "areas", area_id, kind="area",
            note=f"{share:.1%}, {served:,.0f} of {total:,.0f} residents",
        )
        for share, area_id, served, total in shares[:_TOP]
    )  # fmt: skip
    return (shares[0][0] if shares else None), items


def _places(document: Mapping[str, Any]) -> tuple[float | None, tuple[Item, ...]]:
    places = document["places"]
    if not places:
        return None, ()
    missed = sorted((p for p in places if not p["served"]), key=lambda p: p["probability"])
    items = tuple(
        Item(
            "place", p["place_id"], p["name_en"] or p["name"], p["lon"], p["lat"],
            note=f"{p['kind']}, location probability {p['probability']:.1%}",
        )
        for p in missed[:_TOP]
    )  # fmt: skip
    return 1 - len(missed) / len(places), items


_VALUES: dict[str, Callable[[Mapping[str, Any]], float | None]] = {
    "coverage.share": lambda d: d["coverage"]["share"],
    "coverage.expected_share": lambda d: d["coverage"]["expected_share"],
    "coverage.area_share": lambda d: d["coverage"]["area_share"],
    "gaps.people": lambda d: sum(gap["people"] for gap in d["gaps"]),
    "gaps.count": lambda d: len(d["gaps"]),
    "plan.sites": lambda d: d["sites"]["count"],
    "plan.gap": lambda d: d["plan"]["gap"],
}


def _of_curve(document: Mapping[str, Any], part: str, name: str) -> float | None:
    found = (document.get("curve") or {}).get(part)
    return None if found is None else found[name]


def _cost(document: Mapping[str, Any]) -> float | None:
    """Return the cost of all sites; None where one is unknown."""
    cost = document.get("cost")
    return None if not cost or cost["unknown_sites"] else cost["sites"]


_OF_PLANS: dict[str, tuple[Callable[[Mapping[str, Any]], float | None], str]] = {
    "plan.proven": (
        lambda d: None if d["plan"]["gap"] is None else float(d["plan"]["proven"]),
        "the sites were given, so there is no bound",
    ),
    "plan.share.max": (
        lambda d: _of_curve(d, "budget", "at_most"),
        "there is no curve up to the sites of the plan",
    ),
    "plan.sites.needed.min": (
        lambda d: _of_curve(d, "target", "at_least"),
        "no number of the candidates reaches the target share, or there is no curve",
    ),
    "plan.sites.needed.max": (
        lambda d: _of_curve(d, "target", "at_most"),
        "no plan that reaches the target share is known on the curve, or there is none",
    ),
    "plan.survives.share": (
        lambda d: (d.get("resilience") or {}).get("share"),
        "the sites were given, or there are none",
    ),
    "plan.cost": (_cost, "a site has no cost in the table"),
}
"""Metrics of the choice itself, and why one may have no value."""


_CERTAIN = ("plan.proven", "plan.share.max", "plan.sites.needed.min", "plan.sites.needed.max")
"""Metrics that say what is proven, so that they need no proof themselves."""


def read_coverage(study: Study, metric: str, sites: Sites = "plan", service: str = "") -> Reading:
    """Return a coverage metric of the given sites; never raises for a project without people."""
    study.network  # noqa: B018 - tables that break their rules are an error, not a reason
    try:
        document = study.coverage(sites, service)
    except InputError as error:
        return cannot_tell(metric, str(error))
    if metric == "coverage.subdistricts.share.min":
        value, worst = _least(study, document)
        reason = "no subdistrict has residents"
    elif metric == "coverage.places.share":
        value, worst = _places(document)
        reason = "the project has no important place inside the district"
    elif metric in _OF_PLANS:
        read, reason = _OF_PLANS[metric]
        value, worst = read(document), ()
    else:
        value, worst = _VALUES[metric](document), _gaps(document)
        reason = (
            "the sites were given, so there is no bound"
            if metric == "plan.gap"
            else ("there is nobody to serve")
        )
    if value is None:
        return cannot_tell(metric, reason)
    if metric in ("plan.sites", "plan.gap"):
        worst = ()
    chosen = sites == "plan" or isinstance(sites, PlanRequest)
    if metric == "plan.survives.share":
        lost = document["resilience"]
        worst = (table_item(study, "sites", lost["worst_site"],
                            note=f"{lost['worst_people']:,.0f} residents"),)  # fmt: skip
    return Reading(
        metric,
        float(value),
        origin="planned" if chosen else "predicted",
        source=f"run {document['id']} ({document['model']['name']}, {document['service']['id']}, "
        f"residents of {document['coverage']['census_year'] or 'an unknown year'})",
        assumed=tuple(document["service"]["assumed"]),
        worst=worst,
        # Bounds hold whether or not the plan is proven.
        proven=document["plan"]["proven"] if chosen and metric not in _CERTAIN else None,
    )


def technology_coverage(study: Study, metric: str) -> Reading:
    """Return the coverage of the standing sites by a service of the metric's technology."""
    technology = metric.partition(".")[0]
    services = [
        service_id
        for service_id, service in study.project.settings.services.items()
        if service.get("technology") == technology
    ]
    if not services:
        return cannot_tell(metric, f"no service of technology {technology} in ngbw.toml")
    cells = study.network.cells
    with_cells = set(cells.loc[cells["technology"] == technology, "site_id"])
    sites = study.network.sites
    stands = sites["state"].isin(["built", "planned"]) & sites["site_id"].isin(with_cells)
    ids = tuple(sites.loc[stands, "site_id"])
    if not ids:
        return cannot_tell(metric, f"no standing site has a cell of technology {technology}")
    try:
        share = study.coverage(ids, services[0])["coverage"]["share"]
    except NgbwError as error:
        return cannot_tell(metric, str(error))
    if share is None:
        return cannot_tell(metric, "there is nobody to serve")
    return Reading(metric, share, origin="predicted", source=f"service {services[0]}")


def _reader(metric: str) -> Callable[[Study, Sites, str], Reading]:
    return lambda study, sites, service: read_coverage(study, metric, sites, service)


COVERAGE_READERS: dict[str, Callable[[Study, Sites, str], Reading]] = {
    **{
        metric: _reader(metric)
        for metric in (
            *_VALUES,
            *_OF_PLANS,
            "coverage.subdistricts.share.min",
            "coverage.places.share",
        )
    },
    **{
        f"{technology}.coverage.share": (
            lambda study, sites, service, technology=technology: technology_coverage(  # type: ignore[misc]
                study, f"{technology}.coverage.share"
            )
        )
        for technology in ("lte", "umts", "tetra")
    },
}
"""Metric to how it is read from a study, for sites and a service."""
