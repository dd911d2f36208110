"""The run document: everything a plan found, as plain data for JSON, pages and other programs.

``run.json`` holds it, ``ngbw plan --json`` prints it. Keys are the metric names: the value of
``coverage.share`` stands at ``document["coverage"]["share"]``. Shares are 0..1 and ``null`` where
they cannot be known.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .. import __version__
from ..coverage.plan import Plan
from ..coverage.results import ReuseFigures, SeveralServers, SfnFigures, Share
from ..coverage.services import Reuse, SingleFrequency
from ..topology.project import Project
from ..topology.settings import FORMAT

__all__ = ["RUN_FORMAT", "run_document", "run_id"]

RUN_FORMAT = 1

_NETWORKS: Mapping[type, str | None] = {
    SingleFrequency: "sfn",
    Reuse: "reuse",
    type(None): None,
}

_PACKAGES = ("numpy", "scipy", "numba", "pandas", "geopandas", "shapely", "pyproj", "rasterio")


def run_id(project: Project, plan: Plan) -> str:
    """Return the identity of a run: a hash of everything its figures depend on."""
    key = {
        "version": __version__,
        "format": FORMAT,
        "inputs": dict(project.input_hashes()),
        "service": plan.service.service_id,
        "budget": plan.budget,
        "sites": [site.site_id for site in plan.sites],
        "seed": plan.seed,
        "asked": {} if plan.asked is None else plan.asked.to_dict(),
        "status": plan.status,
    }
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]


def _versions() -> dict[str, str]:
    out = {"ngbw": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            out[package] = version(package)
        except PackageNotFoundError:  # a vendored or stripped install: say so, do not fail
            out[package] = "unknown"
    return out


def _share(share: Share) -> dict[str, float | None]:
    return {
        "total": round(share.total, 3),
        "served": round(share.served, 3),
        "share": share.share,
        "expected_share": share.expected_share,
    }


def _figures(
    record: SeveralServers | SfnFigures | ReuseFigures | None,
) -> dict[str, Any] | None:
    """Return a record of figures as plain data; a share in it as every share is written."""
    if record is None:
        return None
    share = getattr(record, "share", None)
    plain = {name: value for name, value in _rounded(asdict(record)).items() if name != "share"}
    return plain | (_share(share) if share is not None else {})


def _service(plan: Plan) -> dict[str, Any]:
    service = plan.service
    figures = {
        name: getattr(service, name).value
        for name in (
            "freq_mhz",
            "rx_height_m",
            "minimum_field_dbuv_m",
            "entry_loss_db",
            "entry_sigma_db",
            "location_sigma_db",
            "required_probability",
        )
    }
    return {
        "id": service.service_id,
        "name": service.name,
        "name_en": service.name_en,
        "technology": service.technology,
        **figures,
        "planning_field_dbuv_m": round(service.planning_field_dbuv_m, 2),
        "two_way": service.uplink is not None,
        "calibration_db": service.calibration_db.value if service.calibration_db else None,
        "network": _NETWORKS[type(service.network)],
        "assumed": list(service.assumed()),
    }


def run_document(
    project: Project,
    plan: Plan,
    *,
    seconds: float,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return the run document of a plan.

    Parameters
    ----------
    seconds
        Wall time of the whole run.
    now
        Time of the run; the clock's by default.
    """
    coverage, settings = plan.coverage, project.settings
    names = coverage.area_names

    def area(area_id: str) -> dict[str, str]:
        name, name_en = names.get(area_id, ("", ""))
        return {"area_name": name, "area_name_en": name_en}

    subdistricts = {
        area_id: {
            "name": area(area_id)["area_name"],
            "name_en": area(area_id)["area_name_en"],
            **_share(share),
        }
        for area_id, share in coverage.by_subdistrict.items()
    }
    gaps = [
        {
            **{k: v for k, v in _rounded(asdict(gap)).items() if k != "geometry"},
            **area(gap.area_id),
        }
        for gap in plan.gaps
    ]
    return {
        "format": RUN_FORMAT,
        "id": run_id(project, plan),
        "name": None,
        "created": (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": __version__,
        "seed": plan.seed,
        "project": {
            "name": settings.name,
            "name_en": settings.name_en or settings.name,
            "language": settings.language,
            "timezone": settings.timezone,
            "crs": settings.crs,
            "grid_m": settings.grid_m,
            "review_number": settings.review_number or None,
        },
        "service": {
            **_service(plan),
            "headline": plan.service.service_id == settings.headline_service,
        },
        "model": {
            "name": plan.model.name,
            "title": plan.model.title,
            "valid": plan.model.valid_range,
            "parameters": plan.model.identity(),
        },
        "surface": None
        if plan.surface is None
        else {
            "source": plan.surface.source,
            "assumed": list(plan.surface.assumed),
            "built_share": round(plan.surface.built_share, 4),
        },
        "sites": {
            "count": len(plan.sites),
            "budget": plan.budget,
            "built": _built(project),
            "selected": [site.site_id for site in plan.sites],
            "table": [{**_rounded(asdict(site)), **area(site.area_id)} for site in plan.sites],
        },
        "coverage": {
            "service": coverage.service_id,
            "weight": "residents",
            "census_year": coverage.census_year,
            "target": plan.target_share,
            "met": plan.met,
            **_share(coverage.headline),
            "area_share": coverage.area.share,
            "by_kind": {kind: _share(share) for kind, share in coverage.by_kind.items()},
            "by_subdistrict": subdistricts,
            "outside_model": dict(coverage.outside_model),
            "missed": {reason: round(people, 3) for reason, people in coverage.missed.items()},
            "links": None if coverage.links is None else _rounded(asdict(coverage.links)),
            "several": _figures(coverage.several),
            "sfn": _figures(coverage.sfn),
            "reuse": _figures(coverage.reuse),
            "alternatives": [asdict(one) for one in plan.alternatives],
        },
        "plan": {
            "sites": len(plan.sites),
            "objective": plan.objective,
            "value": round(plan.value, 3),
            "bound": None if plan.bound is None else round(plan.bound, 3),
            "least": plan.least,
            "gap": plan.gap,
            "proven": plan.proven,
            "status": plan.status,
            "target_share": plan.target_share,
            "met": plan.met,
            "asked": {} if plan.asked is None else plan.asked.to_dict(),
        },
        **_beside(plan),
        "gaps": gaps,
        "places": [_rounded(asdict(place)) for place in plan.places],
        "notices": [asdict(notice) for notice in plan.notices],
        "timings": {step: round(value, 4) for step, value in plan.timings.items()},
        "seconds": round(seconds, 3),
        "inputs": dict(project.input_hashes()),
        "versions": _versions(),
    }


def _beside(plan: Plan) -> dict[str, Any]:
    """Return what belongs to the choice beside its share; nothing of what the plan does not have.

    Shares are of all residents, money is in ``cost.unit``.
    """
    found: dict[str, Any] = {}
    if plan.cost is not None and (plan.cost.sites is not None or plan.cost.fibre is not None):
        found["cost"] = _rounded_deeply(asdict(plan.cost))
    if plan.curve is not None:
        curve = plan.curve
        found["curve"] = {
            "points": [asdict(point) for point in curve.points],
            "target": None
            if curve.target is None
            else {
                "share": curve.target,
                "at_least": curve.target_at_least,
                "at_most": curve.target_at_most,
            },
            "budget": None,
        }
        point = None if curve.budget is None else curve.point(curve.budget)
        if point is not None:
            found["curve"]["budget"] = asdict(point)
    if plan.phases is not None:
        found["phases"] = {
            "order": plan.phases.order,
            "steps": [{**asdict(step), "new": list(step.new)} for step in plan.phases.steps],
        }
    if plan.survives is not None:
        found["resilience"] = asdict(plan.survives)
    if plan.tuned is not None:
        found["antennas"] = _rounded_deeply(asdict(plan.tuned))
    if plan.connections is not None:
        found["connections"] = {
            **_rounded_deeply(asdict(plan.connections)),
            "cost": round(plan.connections.cost, 2),
        }
    if plan.sharing is not None:
        found["sharing"] = _rounded_deeply(asdict(plan.sharing))
    if plan.safety is not None:
        found["safe_additions"] = _rounded_deeply(asdict(plan.safety))
    if plan.where_next:
        found["next"] = [_rounded(asdict(one)) for one in plan.where_next]
    if plan.left_out:
        found["candidates"] = [_rounded(asdict(one)) for one in plan.left_out]
    if plan.shifts:
        found["shifts"] = [{"shift_db": db, "share": share} for db, share in plan.shifts]
    return found


def _rounded_deeply(values: Mapping[str, Any]) -> dict[str, Any]:
    """Round money to cents, and lengths to metres, in a record and what it holds."""
    return {
        name: _rounded_deeply(value)
        if isinstance(value, Mapping)
        else [_rounded_deeply(one) if isinstance(one, Mapping) else one for one in value]
        if isinstance(value, tuple)
        else value
        for name, value in _rounded(values).items()
    }


def _built(project: Project) -> int:
    sites = project.table("sites")
    return int(((sites["state"] == "built") & (sites["kind"] == "ngb-w")).sum())


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Round to what the figures can bear: people to 0.001, degrees to 0.1 m."""
    digits = {"lon": 6, "lat": 6, "probability": 4, "share": 12, "cumulative_share": 12}
    return {
        name: round(value, digits.get(name, 3)) if isinstance(value, float) else value
        for name, value in values.items()
    }
