"""Makes the tables of the Yangpu example: ``python -m ngbw.examples.yangpu_city [DIR]``.

Authored by hand are the outline of the subdistricts, the well-known streets, the rooms (the
modules beside this one) and ``yangpu/places.csv``. Generated from them, the same on every machine,
is what has no open source: residents by 100 m square, candidate roofs, local streets, the fibre
network and its devices. Without DIR the tables of the package itself are written anew.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from ..topology.formats.csv_text import csv_text
from ..topology.formats.geojson import geojson_lines
from .yangpu_fibre import fibre
from .yangpu_outline import areas
from .yangpu_people import demand, squares
from .yangpu_roofs import candidates
from .yangpu_streets import streets, table_rows

__all__ = ["GENERATED", "main", "make_tables", "read_places"]

GENERATED = (
    "areas.geojson", "sites.csv", "devices.csv", "ports.csv", "streets.geojson", "spans.geojson",
    "links.csv", "demand.csv",
)  # fmt: skip
"""The files that are made; ``places.csv`` is written by hand."""

_HOME = Path(__file__).parent / "yangpu"
_DECIMALS = 6
"""Of a degree: 0.1 m, so that squares stay on their lattice and street ends meet."""

Row = Mapping[str, str | int | float | None]


def _columns(rows: Sequence[Row]) -> dict[str, list[str | int | float | None]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _csv(name: str, rows: Sequence[Row]) -> str:
    return "\ufeff" + csv_text(_columns(rows), name)


def _geojson(name: str, rows: Sequence[Row], shapes: Sequence[BaseGeometry]) -> str:
    return geojson_lines(_columns(rows), shapes, title=Path(name).stem, decimals=_DECIMALS)


def read_places() -> list[dict[str, str]]:
    """Return the rows of ``places.csv`` as they were written."""
    with (_HOME / "places.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def make_tables() -> dict[str, str]:
    """Return the text of every generated file, by file name."""
    places = read_places()
    campuses = [
        (float(one["lon"]), float(one["lat"])) for one in places if one["kind"] == "university"
    ]
    area_rows, area_shapes = areas()
    inhabited = squares(campuses)
    network = streets()
    street_rows, street_lines = table_rows(network)
    rings = fibre(network, places)
    sites = [*rings.sites, *candidates(inhabited, places)]
    return {
        "areas.geojson": _geojson("areas.geojson", area_rows, area_shapes),
        "sites.csv": _csv("sites.csv", sites),
        "devices.csv": _csv("devices.csv", rings.devices),
        "ports.csv": _csv("ports.csv", rings.ports),
        "streets.geojson": _geojson("streets.geojson", street_rows, street_lines),
        "spans.geojson": _geojson("spans.geojson", rings.spans, rings.span_lines),
        "links.csv": _csv("links.csv", rings.links),
        "demand.csv": _csv("demand.csv", demand(inhabited)),
    }


def main(arguments: Sequence[str]) -> int:
    """Write the generated tables into the directory named first, or into the package."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        sys.stderr.write("usage: python -m ngbw.examples.yangpu_city [DIR]\n")
        return 2
    directory = Path(arguments[0]) if arguments else _HOME
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in make_tables().items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")
        sys.stderr.write(f"wrote {directory / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
