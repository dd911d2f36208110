"""A small invented district with stored runs, written by hand as a plan leaves them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.warp import transform

from ngbw.coverage.grid import Grid
from ngbw.coverage.results import CoverageRaster
from ngbw.maps.coverage_map import CoverageMap
from ngbw.maps.folium_page import coverage_page
from ngbw.topology.project import Project
from ngbw.topology.settings import Settings

Change = Callable[[dict[str, Any]], None]

SETTINGS = Settings(
    name="示例区",
    name_en="Sample District",
    headline_service="indoor",
    crs="EPSG:32651",
    timezone="Asia/Shanghai",
    services={"indoor": {}},
)

GRID = Grid("EPSG:32651", 355_000.0, 3_466_000.0, 25.0, 80, 96)
"""2 km by 2.4 km."""


def lonlat(x_m: float, y_m: float) -> list[float]:
    """Return the position of a point that lies so far east and north of the south-west corner."""
    west, south, _, _ = GRID.bounds_m
    lons, lats = transform(GRID.crs, "EPSG:4326", [west + x_m], [south + y_m])[:2]
    return [round(lons[0], 6), round(lats[0], 6)]


def box(left: float, bottom: float, right: float, top: float) -> dict[str, Any]:
    """Return a rectangle as GeoJSON."""
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    return {"type": "Polygon", "coordinates": [[lonlat(x, y) for x, y in corners]]}


def share(total: float, served: float) -> dict[str, Any]:
    """Return one share as the run document has it."""
    part = served / total
    return {"total": total, "served": served, "share": part, "expected_share": part}


def gap(rank: int, people: float, area: tuple[str, str, str], place: tuple[str, str],
        reason: str, x_m: float, y_m: float) -> dict[str, Any]:  # fmt: skip
    """Return one gap as the run document lists it."""
    lon, lat = lonlat(x_m, y_m)
    return {
        "rank": rank, "people": people, "area_km2": 0.02 * rank, "area_id": area[0],
        "lon": lon, "lat": lat, "reason": reason, "next_site_id": "S2", "next_site_m": 812.0,
        "nearest_place": place[0], "nearest_place_en": place[1],
        "nearest_place_m": 300.0 if place[0] else None,
        "area_name": area[1], "area_name_en": area[2],
    }  # fmt: skip


WEST, EAST = ("A1", "西街道", "West"), ("A2", "东街道", "East")

PARTS: dict[str, Any] = {
    "run": {
        "format": 1, "id": "3f2a9c17e05b4477", "name": None, "created": "2026-11-22T10:00:00Z",
        "version": "0.1.0", "seed": 0,
        "project": {
            "name": "示例区", "name_en": "Sample District", "language": "zh-CN",
            "timezone": "Asia/Shanghai", "crs": "EPSG:32651", "grid_m": 25.0,
        },
        "service": {
            "id": "indoor", "name": "便携室内", "name_en": "Portable indoor",
            "technology": "ngb-w", "freq_mhz": 698.0, "rx_height_m": 1.5,
            "minimum_field_dbuv_m": 48.9, "entry_loss_db": 11.0, "entry_sigma_db": 6.0,
            "location_sigma_db": 5.5, "required_probability": 0.95,
            "planning_field_dbuv_m": 73.3, "assumed": ["freq_mhz"],
        },
        "model": {
            "name": "hata", "title": "Okumura-Hata, large city",
            "valid": "1-20 km, antenna 30-200 m", "parameters": {},
        },
        "sites": {
            "count": 2, "budget": 40, "built": 1, "selected": ["S1", "S2"],
            "table": [
                {
                    "order": 1, "site_id": "S1", "name": "老塔", "category": "telecom_site",
                    "area_id": "A2", "lon": lonlat(1500, 900)[0], "lat": lonlat(1500, 900)[1],
                    "antenna_height_m": 52.0, "origin": "fixed", "people": 35000.0,
                    "people_alone": 21000.0, "cost": None, "assumed": [],
                    "area_name": "东街道", "area_name_en": "East",
                },
                {
                    "order": 2, "site_id": "S2", "name": "New roof", "category": "school",
                    "area_id": "A1", "lon": lonlat(700, 1900)[0], "lat": lonlat(700, 1900)[1],
                    "antenna_height_m": 31.5, "origin": "chosen", "people": 30000.0,
                    "people_alone": 25000.0, "cost": None, "assumed": ["power_dbm"],
                    "area_name": "西街道", "area_name_en": "West",
                },
            ],
        },
        "coverage": {
            "service": "indoor", "weight": "residents", "census_year": 2020, "target": 0.9,
            "met": True, **share(60000.0, 54762.0), "expected_share": 0.93, "area_share": 0.8,
            "by_kind": {
                "residents": share(60000.0, 54762.0), "place:hospital": share(3.0, 2.0),
                "place:lighthouse": share(1.0, 1.0),
            },
            "by_subdistrict": {
                "A1": {"name": "西街道", "name_en": "West", **share(30000.0, 24802.0)},
                "A2": {"name": "东街道", "name_en": "East", **share(30000.0, 29960.0)},
            },
            "outside_model": {"under 1 km": 45000.0},
        },
        "plan": {
            "sites": 2, "value": 54762.0, "bound": 55000.0, "gap": 0.0043, "proven": False,
            "target_share": 0.9, "met": True,
        },
        "gaps": [
            gap(1, 3200.4, WEST, ("第一医院", "First Hospital"), "too-far", 500, 1150),
            gap(2, 1100.0, WEST, ("中学", "Middle School"), "indoor-loss", 450, 500),
            gap(3, 640.0, WEST, ("公园", "Park"), "no-candidate", 900, 300),
            gap(4, 180.0, EAST, ("", ""), "too-far", 1650, 2100),
            gap(5, 90.0, EAST, ("地铁站", "Metro Station"), "indoor-loss", 1300, 1600),
            gap(6, 27.6, EAST, ("商场", "Mall"), "indoor-loss", 1800, 300),
        ],
        "places": [
            {
                "place_id": "P1", "name": "第一医院", "name_en": "First Hospital",
                "kind": "hospital", "area_id": "A1", "lon": lonlat(500, 1450)[0],
                "lat": lonlat(500, 1450)[1], "probability": 0.41, "served": False,
            },
            {
                "place_id": "P/2", "name": "灯塔", "name_en": "Lighthouse",
                "kind": "lighthouse", "area_id": "A2", "lon": lonlat(1900, 1200)[0],
                "lat": lonlat(1900, 1200)[1], "probability": 0.99, "served": True,
            },
        ],
        "notices": [{"key": "places-outside", "count": 2, "kind": "place:mall"}], "timings": {}, "seconds": 1.0,
        "inputs": {}, "versions": {},
    },
    "areas": [
        ("A", "district", "示例区", "Sample", box(100, 0, 2000, 2400)),
        ("A1", "subdistrict", "西街道", "West", box(100, 0, 1000, 2400)),
        ("A2", "subdistrict", "东街道", "East", box(1000, 0, 2000, 2400)),
    ],
}  # fmt: skip


def feature(feature_id: object, geometry: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "id": feature_id, "geometry": geometry, "properties": properties}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def shapes_of(run: dict[str, Any], areas: list[Any]) -> dict[str, Any]:
    """Return the collections of a run, as :class:`RunStore` writes them."""
    west, south, _, _ = GRID.bounds_m

    def square(one: dict[str, Any]) -> dict[str, Any]:
        xs, ys = transform("EPSG:4326", GRID.crs, [one["lon"]], [one["lat"]])[:2]
        x, y = xs[0] - west, ys[0] - south
        return box(x - 90, y - 70, x + 90, y + 70)

    joined = ("area_name", "area_name_en")
    return {
        "sites": collection(
            *(
                feature(
                    site["site_id"],
                    {"type": "Point", "coordinates": [site["lon"], site["lat"]]},
                    {
                        name: " ".join(value) if name == "assumed" else value
                        for name, value in site.items()
                        if name not in ("lon", "lat", *joined)
                    },
                )
                for site in run["sites"]["table"]
            )
        ),
        "gaps": collection(
            *(
                feature(
                    one["rank"],
                    square(one),
                    {name: value for name, value in one.items() if name not in joined},
                )
                for one in run["gaps"]
            )
        ),
        "areas": collection(
            *(
                feature(
                    area_id,
                    shape,
                    {"area_id": area_id, "name": name, "name_en": name_en, "kind": kind,
                     "population": 30000.0, "census_year": 2020},
                )
                for area_id, kind, name, name_en, shape in areas
            )
        ),
    }  # fmt: skip


def raster() -> CoverageRaster:
    probability = np.full(GRID.shape, 0.99, np.float32)
    probability[:, :4] = np.nan  # outside the district
    probability[45:58, 12:30] = 0.3
    probability[70:84, 14:22] = 0.6
    probability[80:88, 32:40] = 0.8
    probability[8:16, 60:70] = 0.92
    field = np.where(np.isnan(probability), np.nan, 70.0).astype(np.float32)
    people = np.where(np.isnan(probability), 0.0, 8.0).astype(np.float32)
    return CoverageRaster(GRID, probability, field, people)


class District:
    """A project directory to which runs can be added."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()

    def project(self, **settings: Any) -> Project:
        return Project(self.directory, replace(SETTINGS, **settings))

    def add_run(
        self,
        run_id: str = "3f2a9c17e05b4477",
        *,
        name: str = "",
        created: str = "2026-11-22T10:00:00Z",
        change: Change | None = None,
    ) -> dict[str, Any]:
        """Write a run and return its document; ``change`` may alter it first."""
        run: dict[str, Any] = copy.deepcopy(PARTS["run"])
        run |= {"id": run_id, "name": name or None, "created": created}
        if change is not None:
            change(run)
        shapes = shapes_of(run, PARTS["areas"])
        page = coverage_page(CoverageMap(run=run, **shapes, raster=raster()), language="zh-CN")
        target = self.directory / "runs" / run_id
        target.mkdir(parents=True, exist_ok=True)
        (target / "map.html").write_text(page, encoding="utf-8")
        for kind, features in shapes.items():
            write_json(target / f"{kind}.geojson", features)
        write_json(target / "run.json", run)
        if name:
            path = self.directory / "runs" / "plans.json"
            names: dict[str, str] = {}
            if path.exists():
                names |= json.loads(path.read_text(encoding="utf-8"))
            write_json(path, {**names, name: run_id})
        return run


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def district(tmp_path: Path) -> District:
    """Return a project without a run."""
    return District(tmp_path / "sample")


@pytest.fixture(scope="session")
def make_district(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], District]:
    """Return the function that makes a project without a run, for tests that share one."""
    return lambda: District(tmp_path_factory.mktemp("district") / "sample")
