"""A small project on disk, and the command run in this process."""

from __future__ import annotations

import csv
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyproj import Transformer

from ngbw.api.cli import main

_TO_DEGREES = Transformer.from_crs("EPSG:32651", "EPSG:4326", always_xy=True)


@dataclass(frozen=True)
class Done:
    """What a command printed and returned."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return stdout as JSON; nothing else may stand there."""
        return json.loads(self.out)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Keep layers of tests out of the user's cache, but compiled kernels in it."""
    import os

    from ngbw.topology.compiled import cache_directory

    cache_directory()
    os.environ.setdefault("NGBW_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def ngbw():
    """Return a function that runs the command."""

    def run(*arguments: object) -> Done:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Done(code, out.getvalue(), err.getvalue())

    return run


def degrees(x_m: float, y_m: float) -> tuple[float, float]:
    """Return the position so far east and north of the district's corner."""
    lon, lat = _TO_DEGREES.transform(357_000 + x_m, 3_464_000 + y_m)
    return round(lon, 6), round(lat, 6)


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as a CSV table."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def project(tmp_path, ngbw):
    """Return a project of 3 x 2 km with two towns and three candidates."""
    directory = tmp_path / "small"
    assert ngbw("init", directory, "--name", "小区").code == 0
    corners = [degrees(*xy) for xy in ((0, 0), (3000, 0), (3000, 2000), (0, 2000), (0, 0))]
    area = {"area_id": "D", "name": "小区", "name_en": "Small", "kind": "district"}
    (directory / "areas.geojson").write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": area,
                        "geometry": {"type": "Polygon", "coordinates": [corners]},
                    }
                ],
            },
            ensure_ascii=False,
        ),
        encoding="utf-8",
    )
    people = []
    for n, (x, y, count) in enumerate([(500, 1000, 5000), (2500, 1000, 3000)]):
        lon, lat = degrees(x, y)
        people.append({"demand_id": f"d{n}", "lon": lon, "lat": lat, "people": count,
                       "cell_m": 200, "census_year": 2020})  # fmt: skip
    write_csv(directory / "demand.csv", people)
    sites = []
    for name, x in (("west", 600), ("middle", 1500), ("east", 2400)):
        lon, lat = degrees(x, 1000)
        sites.append({"site_id": name, "name": name, "lon": lon, "lat": lat,
                      "antenna_height_m": 40})  # fmt: skip
    write_csv(directory / "sites.csv", sites)
    lon, lat = degrees(500, 1100)
    place = {"place_id": "h", "name": "医院", "kind": "hospital", "lon": lon, "lat": lat}
    write_csv(directory / "places.csv", [place])
    return directory
