"""A town with a ring of rooms, a spur and three radio sites, small enough to count by hand."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pyproj import Transformer

from ngbw.api.new_project import new_project

_TO_DEGREES = Transformer.from_crs("EPSG:32651", "EPSG:4326", always_xy=True)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Keep layers and figures of tests out of the user's cache, but compiled kernels in it."""
    from ngbw.topology.compiled import cache_directory

    cache_directory()
    os.environ.setdefault("NGBW_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


def degrees(x_m: float, y_m: float) -> tuple[float, float]:
    """Return the position so far east and north of the town's corner."""
    lon, lat = _TO_DEGREES.transform(357_000 + x_m, 3_464_000 + y_m)
    return round(lon, 6), round(lat, 6)


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as a CSV table; columns are those of all rows."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


ROOMS = {"H": (1500, 1000), "A": (500, 500), "B": (500, 1500), "C": (2500, 1000), "S": (2900, 1900)}
"""Head-end H; A, B and C on a ring with it; S on a spur behind C."""

LINKS = {"HA": "H A", "AB": "A B", "BC": "B C", "CH": "C H", "CS": "C S"}

PEOPLE = {"A": 1000, "B": 2000, "C": 3000, "S": 400}
"""Residents beside each room."""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return the directory of the town's project."""
    directory = tmp_path / "town"
    new_project(directory, name="小镇", crs="EPSG:32651", language="en", timezone="Asia/Shanghai")
    settings = directory / "ngbw.toml"
    settings.write_text(
        settings.read_text("utf-8").replace('"hata"\nenvironment = "large-city"', '"free-space"'),
        "utf-8",
    )
    corners = [degrees(*xy) for xy in ((0, 0), (3000, 0), (3000, 2000), (0, 2000), (0, 0))]
    feature = {
        "type": "Feature",
        "properties": {"area_id": "D", "name": "小镇", "name_en": "Town", "kind": "district"},
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }
    (directory / "areas.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False),
        encoding="utf-8",
    )
    sites = []
    for name, xy in ROOMS.items():
        lon, lat = degrees(*xy)
        kind = "headend" if name == "H" else "olt"
        sites.append({"site_id": name, "name": f"room {name}", "kind": kind, "state": "built",
                      "lon": lon, "lat": lat})  # fmt: skip
    for name, x in (("west", 600), ("middle", 1500), ("east", 2400)):
        lon, lat = degrees(x, 1000)
        sites.append({"site_id": name, "name": name, "kind": "ngb-w", "state": "candidate",
                      "lon": lon, "lat": lat, "antenna_height_m": 40})  # fmt: skip
    write_csv(directory / "sites.csv", sites)
    write_csv(
        directory / "links.csv",
        [
            {"link_id": name, "a_site": ends[0], "b_site": ends[-1], "length_km": 1.5,
             "capacity_mbps": 10_000}
            for name, ends in LINKS.items()
        ],
    )  # fmt: skip
    people = []
    for name, count in PEOPLE.items():
        lon, lat = degrees(*ROOMS[name])
        people.append({"demand_id": f"d{name}", "lon": lon, "lat": lat, "people": count,
                       "census_year": 2020})  # fmt: skip
    write_csv(directory / "demand.csv", people)
    lon, lat = degrees(500, 1100)
    place = {"place_id": "h", "name": "医院", "kind": "hospital", "lon": lon, "lat": lat}
    write_csv(directory / "places.csv", [place])
    return directory


@pytest.fixture
def scenario_file(town: Path):
    """Return a function that writes a scenario file of the town."""

    def write(scenarios: str, *, more: str = "") -> Path:
        path = town / "scenario.yaml"
        path.write_text(f"ngbw: 1\nname: town\n{more}scenarios:\n{scenarios}", encoding="utf-8")
        return path

    return write
