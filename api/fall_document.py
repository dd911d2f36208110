"""What falls with given things, as plain data: the document of ``ngbw fail --json``.

The network says which sites go dark, and those of a radio plan among them say which pixels, people
and places do. ``null`` is what cannot be known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from ..coverage.impact import Darkness, Impact, outline, radio_impact
from ..coverage.progress import Progress, silent
from ..coverage.service_settings import service_from_settings
from ..topology.compiled import cache_directory
from ..topology.errors import InputError, UsageError
from ..topology.failures.area_failure import inside_area, network_extent, read_area
from ..topology.failures.homes import homes_of_links, homes_without_service
from ..topology.failures.outage import Outage, outage
from ..topology.failures.served_graph import ServedGraph, served_graph
from ..topology.failures.singles import SingleFailures, single_failures
from ..topology.network import Network
from ..topology.project import Project
from ..topology.tables import TABLES
from .failures_document import FORMAT, judged_on, share_of
from .runs import Run, RunStore

__all__ = ["Fall", "lost_rows", "radio_down", "radio_sites", "what_falls"]


@dataclass(frozen=True, slots=True)
class Fall:
    """What falls with given things.

    Attributes
    ----------
    document
        For JSON and the answer in words.
    features
        A GeoJSON FeatureCollection: what failed, what goes dark.
    singles
        What every single failure takes away; None where nothing says where service comes from.
    """

    document: dict[str, Any]
    features: dict[str, Any]
    singles: SingleFailures | None


def lost_rows(network: Network, left: Network) -> dict[str, list[str]]:
    """Return the ids that the rest of the network lacks, by table, in table order."""
    out = {}
    for name, table in TABLES.items():
        still = set(left.table(name)[table.key])
        out[name] = [key for key in network.table(name)[table.key] if key not in still]
    return out


def _without_candidates(
    network: Network, lost: Mapping[str, list[str]], radio: Sequence[str]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what falls, and apart from it the candidates: sites that nobody has built or plans.

    A site counts when it stands or is planned, when the plan that is judged gives it, and when a
    link ends at it. The cells and devices of a candidate are as imaginary as the candidate.
    """
    sites = network.sites
    linked = {*network.links["a_site"], *network.links["b_site"]}
    counts = sites["state"].isin(["built", "planned"]) | sites["site_id"].isin({*radio, *linked})
    idea = {"sites": set(sites.loc[~counts, "site_id"])}
    for table, column, of in (
        ("cells", "site_id", "sites"),
        ("devices", "site_id", "sites"),
        ("ports", "device_id", "devices"),
    ):
        frame = network.table(table)
        idea[table] = set(frame.loc[frame[column].isin(idea[of]), TABLES[table].key])
    fallen, candidates = {}, {}
    for table, keys in lost.items():
        apart = idea.get(table, set())
        fallen[table] = [key for key in keys if key not in apart]
        candidates[table] = [key for key in keys if key in apart]
    return fallen, candidates


def _within(network: Network, area: BaseGeometry, found: int) -> dict[str, Any]:
    """Return how much an area holds, and both extents as west, south, east, north."""
    extent = network_extent(network)
    return {
        "found": found,
        "extent": None if area.is_empty else [round(edge, 6) for edge in area.bounds],
        "network_extent": None if extent is None else list(extent),
    }


def radio_sites(project: Project, network: Network, plan: str) -> tuple[Run | None, list[str]]:
    """Return a named or the newest plan and its sites; else the NGB-W sites that stand."""
    store = RunStore(project)
    run = store.find(plan) if plan else store.latest()
    if run is not None:
        return run, list(run.document["sites"]["selected"])
    sites = network.sites
    standing = sites["state"].isin(["built", "planned"]) & (sites["kind"] == "ngb-w")
    return None, list(sites.loc[standing, "site_id"])


def radio_down(
    network: Network, lost: Mapping[str, Sequence[str]], radio: Sequence[str], technology: str
) -> tuple[dict[str, str], list[str]]:
    """Return radio sites that fail by themselves with the reason, and those that lose a part."""
    down = {site: "failed" for site in radio if site in set(lost["sites"])}
    devices = network.devices
    failed = devices["device_id"].isin(lost["devices"]) & (devices["role"] == "radio")
    down |= dict.fromkeys(set(devices.loc[failed, "site_id"]) & set(radio) - set(down), "device")
    cells = network.cells[network.cells["technology"] == technology]
    gone = cells["cell_id"].isin(lost["cells"])
    weaker = []
    for site in dict.fromkeys(cells.loc[gone, "site_id"]):
        if site not in radio or site in down:
            continue
        if gone[cells["site_id"] == site].all():
            down[site] = "cells"
        else:
            weaker.append(site)
    return down, weaker


def what_falls(
    project: Project,
    ids: Sequence[str],
    *,
    within: Path | None = None,
    plan: str = "",
    progress: Progress = silent,
) -> Fall:
    """Return what falls with named things and with all that stands inside a polygon.

    Parameters
    ----------
    ids
        Of any table (see :meth:`.Network.without`).
    within
        File with polygons.
    plan
        Plan whose radio sites are judged; the newest by default, and without any the NGB-W sites
        that stand.

    Raises
    ------
    UsageError
        Nothing is named.
    MissingError
        An id or the plan does not exist.
    FileError
        The file does not hold polygons.
    """
    if not ids and within is None:
        raise UsageError("nothing is named to fail; give ids, or --within FILE with a polygon")
    network, settings = project.network(), project.settings
    area = None if within is None else read_area(within)
    inside = () if area is None else inside_area(network, area)
    named = [*ids, *inside]
    left = network.without(named)
    lost = lost_rows(network, left)
    run, radio = radio_sites(project, network, plan)
    service_id = settings.headline_service if run is None else run.document["service"]["id"]
    technology = service_from_settings(settings, service_id).technology
    down, weaker = radio_down(network, lost, radio, technology)
    judged: dict[str, Any] | None = None
    singles: SingleFailures | None = None
    why = None
    dark: list[str] = []
    try:
        served = served_graph(
            network, settings.crs, roots=settings.network_roots, radio_sites=radio
        )
    except InputError as error:
        why = str(error)
    else:
        gone = _outage(served, lost)
        dark = [served.graph.node_ids[node] for node in gone.dark]
        down |= dict.fromkeys((s for s in radio if s in set(dark) and s not in down), "network")
        singles = single_failures(served)
        judged = _network_part(singles, network, gone, lost)
    weaker = [site for site in weaker if site not in down]
    radio_part, shape = None, None
    if radio:
        darkness, impact = _darkness(
            project, network, left, radio, service_id, down, weaker, progress
        )
        radio_part = _radio_part(network, run, service_id, radio, down, weaker, darkness, impact)
        if darkness is not None and impact is not None and darkness.pixels.size:
            shape = outline(impact.grid, darkness.pixels)
    fallen, candidates = _without_candidates(network, lost, radio)
    document = {
        "format": FORMAT,
        "project": {"name": settings.name, "name_en": settings.name_en or settings.name},
        "named": list(ids),
        "within": None if within is None else within.name,
        "inside": None if area is None else _within(network, area, len(inside)),
        "fallen": {name: keys for name, keys in fallen.items() if keys},
        "candidates": {name: keys for name, keys in candidates.items() if keys},
        "network": judged,
        "network_unknown": why,
        "radio": radio_part,
    }
    return Fall(
        document, _features(network, lost, candidates, [*dark, *down], area, shape), singles
    )


def _outage(served: ServedGraph, lost: Mapping[str, Sequence[str]]) -> Outage:
    gone_links, gone_sites = set(lost["links"]), set(lost["sites"])
    graph = served.graph
    return outage(
        served,
        links=[n for n, name in enumerate(graph.edge_ids[: served.links]) if name in gone_links],
        sites=[n for n, name in enumerate(graph.node_ids) if name in gone_sites],
    )


def _network_part(
    singles: SingleFailures, network: Network, gone: Outage, lost: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    served = singles.served
    failed = set(lost["sites"])
    order = sorted(gone.dark.tolist(), key=lambda node: (-served.weight[node], node))
    sites = []
    for node in order:
        site = network.site(served.graph.node_ids[node])
        sites.append(
            {
                "site_id": site.site_id,
                "name": site.name,
                "kind": site.kind,
                "lon": site.lon,
                "lat": site.lat,
                "people": round(float(served.weight[node]), 3),
                "failed": site.site_id in failed,
            }
        )
    return {
        **judged_on(served, singles, network),
        "lost": {
            "people": round(gone.people, 3),
            "share": share_of(gone.people, served),
            "homes": homes_without_service(served, homes_of_links(network), gone),
            "sites": sites,
        },
    }


def _darkness(
    project: Project,
    network: Network,
    left: Network,
    radio: Sequence[str],
    service_id: str,
    down: Mapping[str, str],
    weaker: Sequence[str],
    progress: Progress,
) -> tuple[Darkness | None, Impact | None]:
    """Return what goes dark on the radio; nothing is computed where no radio site is hit."""
    if not down and not weaker:
        return None, None
    impact, still = radio_impact(
        network,
        project.settings,
        radio,
        service_id=service_id,
        changed=(left, weaker),
        cache_directory=cache_directory(),
        progress=progress,
    )
    return impact.of(down, weaker=still), impact


def _radio_part(
    network: Network,
    run: Run | None,
    service_id: str,
    radio: Sequence[str],
    down: Mapping[str, str],
    weaker: Sequence[str],
    darkness: Darkness | None,
    impact: Impact | None,
) -> dict[str, Any]:
    sites = []
    for site_id in radio:
        if site_id in down or site_id in weaker:
            site = network.site(site_id)
            sites.append(
                {
                    "site_id": site_id,
                    "name": site.name,
                    "lon": site.lon,
                    "lat": site.lat,
                    "reason": down.get(site_id, "weaker"),
                }
            )
    areas = network.areas.set_index("area_id")
    by_area = {} if darkness is None else darkness.people_by_area
    return {
        "plan": None if run is None else run.document["name"],
        "run": None if run is None else run.run_id,
        "service": service_id,
        "sites_total": len(radio),
        "sites": sites,
        "pixels": 0 if darkness is None else int(darkness.pixels.size),
        "area_km2": 0.0 if darkness is None else round(darkness.area_km2, 4),
        "people": 0.0 if darkness is None else round(darkness.people, 3),
        "people_before": None if impact is None else round(impact.served_people, 3),
        "by_subdistrict": [
            {
                "area_id": area_id,
                "name": areas.at[area_id, "name"] if area_id else "",
                "name_en": areas.at[area_id, "name_en"] if area_id else "",
                "people": round(people, 3),
            }
            for area_id, people in by_area.items()
        ],
        "places": []
        if darkness is None
        else [
            {key: value for key, value in asdict(place).items() if key != "pixel"}
            for place in darkness.places
        ],
    }


def _features(
    network: Network,
    lost: Mapping[str, Sequence[str]],
    candidates: Mapping[str, Sequence[str]],
    dark: Sequence[str],
    area: BaseGeometry | None,
    shape: BaseGeometry | None,
) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def add(kind: str, key: str, geometry: BaseGeometry | None, **more: object) -> None:
        if geometry is not None and not geometry.is_empty:
            fine = shapely.set_precision(geometry, 1e-6)
            properties = {"id": key, "kind": kind, **more}
            found.append({"type": "Feature", "geometry": mapping(fine), "properties": properties})

    add("area", "area", area)
    add("dark-pixels", "dark-pixels", shape)
    for table in ("streets", "spans"):
        frame = network.table(table)
        if "geometry" in frame.columns:
            rows = frame[frame[TABLES[table].key].isin(lost[table])]
            for key, line in zip(rows[TABLES[table].key], rows["geometry"], strict=True):
                add(f"failed-{table[:-1]}", key, line)
    for link_id in lost["links"]:
        link = network.link(link_id)
        ends = [network.site(link.a_site), network.site(link.b_site)]
        line = shapely.LineString([(site.lon, site.lat) for site in ends])
        add("failed-link", link_id, line, a_site=link.a_site, b_site=link.b_site)
    failed, imagined = set(lost["sites"]), set(candidates["sites"])
    for site_id in dict.fromkeys([*lost["sites"], *dark]):
        site = network.site(site_id)
        kind = "dark-site" if site_id not in failed else "failed-site"
        kind = "failed-candidate" if site_id in imagined else kind
        add(kind, site_id, shapely.Point(site.lon, site.lat), name=site.name, site_kind=site.kind)
    return {"type": "FeatureCollection", "features": found}
