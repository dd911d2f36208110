"""A small network with a ring, a spur, a link without spans and a bridge, for its map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ngbw.api.cli import main
from ngbw.api.failures_document import every_single_failure, failures_document
from ngbw.maps.network_map import NetworkMap, network_map
from ngbw.topology.project import Project, open_project

FACTS = {
    "name": "示例区", "name_en": "Sample District", "timezone": "Asia/Shanghai",
    "review_number": None, "created": "2026-11-24T06:00:00Z", "version": "0.1.0",
}  # fmt: skip
SITES = {
    "H": ("headend", 121.500, 31.300), "A": ("olt", 121.510, 31.310),
    "B": ("olt", 121.520, 31.300), "C": ("olt", 121.530, 31.290), "X": ("idc", 121.510, 31.290),
}  # fmt: skip
LINKS = [
    ("L1", "H", "A", "F1"), ("L2", "A", "B", "F2"), ("L3", "B", "H", "F3"),
    ("L4", "B", "C", "F4"), ("L5", "H", "X", ""), ("L6", "X", "B", ""),
]  # fmt: skip


def _csv(path: Path, heading: str, rows: list[str]) -> None:
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def district(directory: Path, *, name: str = "", roots: bool = True) -> Project:
    """Return a project with 100 people at each room; every name is ``name`` where it is given."""
    kinds = {site: kind if roots else "olt" for site, (kind, _, _) in SITES.items()}
    assert main(["init", str(directory), "--name", "示例区"]) == 0
    _csv(
        directory / "sites.csv",
        "site_id,name,kind,state,lon,lat",
        [
            f"{site},{_quoted(name or f'{site}机房')},{kinds[site]},built,{lon},{lat}"
            for site, (_, lon, lat) in SITES.items()
        ],
    )
    _csv(
        directory / "links.csv",
        "link_id,a_site,b_site,spans,length_km",
        [f"{link},{a},{b},{spans},1.5" for link, a, b, spans in LINKS],
    )
    _csv(
        directory / "demand.csv",
        "demand_id,lon,lat,people,kind",
        [
            f"d{site},{SITES[site][1]},{SITES[site][2]},{count},residents"
            for site, count in (("A", 100), ("B", 200), ("C", 50))
        ],
    )
    spans = [
        {
            "type": "Feature",
            "properties": {
                "span_id": spans,
                "risk_group": "canal" if spans in ("F1", "F3") else "",
            },
            "geometry": {
                "type": "LineString",
                "coordinates": [SITES[a][1:], [121.515, 31.305], SITES[b][1:]],
            },
        }
        for _, a, b, spans in LINKS
        if spans
    ]
    (directory / "spans.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": spans}), encoding="utf-8"
    )
    return open_project(directory)


def drawn(project: Project) -> tuple[NetworkMap, dict[str, Any]]:
    """Return the map of a project and the document of all its failures."""
    singles = every_single_failure(project)
    return network_map(project.network(), singles, facts=FACTS), failures_document(project)
