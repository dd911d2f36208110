"""Every problem of a project at once: cells, references between tables, geometry, and what is odd.

Nothing here raises for bad data: a file that cannot be read is a problem like any other, so that
one run shows all there is to correct. Cells are checked by :func:`.schema.check`; this module adds
what needs more than one cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from .errors import NgbwError, Problem
from .files import read_table_file
from .intake.filling import default_figures
from .intake.hidden_characters import cell_problems, hidden_text_warnings
from .intake.landmarks import known_landmarks, measure_shift
from .intake.locating import inside_district, subdistrict_at
from .references import references
from .schema import Table, coerce, empty_frame
from .settings import SETTINGS_FILE
from .tables import TABLES
from .targets import beyond_cells

if TYPE_CHECKING:
    from .project import Project

__all__ = [
    "datum_warnings",
    "district_warnings",
    "geometries",
    "validate_project",
]

_WANTED = {"line": ("LineString", "MultiLineString"), "polygon": ("Polygon", "MultiPolygon")}
_WORD = {"line": "a line", "polygon": "a polygon"}
_SHOWN_ROWS = 8
_OUTSIDE_KINDS = ("exchange", "idc")
"""Kinds of site that stand outside a district on purpose."""

_RADIO_KINDS = ("ngb-w", "base-station", "wifi")
_FAR_M = 20_000.0
"""As far away a site is no neighbour any more, but a wrong position."""

_METRES_PER_DEGREE = 111_320.0
_COUNTS_DIFFER = 0.1
"""Share by which residents on the grid may differ from the census of their subdistrict."""


def _broken(table: Table, shape: object) -> tuple[str, str, str] | None:
    """Return what is wrong with a geometry as value, rule and way out."""
    wanted = _WANTED[table.geometry]
    word = _WORD[table.geometry]
    if not isinstance(shape, BaseGeometry) or shape.is_empty:
        return "", f"must have {word}; the geometry is missing or empty", "draw it, in QGIS say"
    if shape.geom_type not in wanted:
        return shape.geom_type, f"must be {word}", f"give {word} or import it to another table"
    coordinates = shapely.get_coordinates(shape)
    west, south, east, north = shapely.bounds(shape)
    # NaN makes every comparison false, so the test is for what must hold.
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        odd = next(
            (f"{x:.6g}, {y:.6g}" for x, y in coordinates if not (abs(x) <= 180 and abs(y) <= 90)),
            "",
        )
        return (
            odd,
            "must lie in longitude -180 to 180 and latitude -90 to 90 (WGS-84 degrees)",
            "name the file's system with --crs EPSG:n",
        )
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        found = re.fullmatch(r"(?P<what>[^\[]+)\[(?P<lon>\S+) (?P<lat>\S+)\]", reason)
        if found is None:
            return reason, "is not a sound geometry", "correct it, in QGIS with Fix geometries"
        place = f"{float(found['lon']):.6f}, {float(found['lat']):.6f}"
        crosses = "self-intersection" in found["what"].lower()
        rule = f"crosses itself at {place}" if crosses else f"{found['what'].lower()} at {place}"
        return shape.geom_type, rule, "correct it there, in QGIS with Fix geometries"
    return None


def geometries(
    table: Table, frame: pd.DataFrame, file: str = "", *, first_row: int = 2
) -> list[Problem]:
    """List every row whose geometry is missing, of the wrong type, crossing itself or off the map.

    Tables of points and tables without geometry have nothing to check here.
    """
    if table.geometry not in _WANTED:
        return []
    file = file or table.file_name
    if "geometry" not in frame.columns:
        return [
            Problem(
                "error",
                file,
                table.name,
                None,
                "geometry",
                "",
                f"the table has no geometry; each row must have {_WORD[table.geometry]}",
                "give a GeoJSON, GeoPackage, Shapefile, KML or MapInfo file, or a column geometry "
                "with WKT",
            )
        ]
    problems = []
    for row, shape in enumerate(frame["geometry"].tolist(), start=first_row):
        broken = _broken(table, shape)
        if broken is not None:
            value, rule, fix = broken
            problems.append(
                Problem("error", file, table.name, row, "geometry", value[:80], rule, fix)
            )
    return problems


def _rows_text(rows: list[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:_SHOWN_ROWS])
    return shown + (f" and {len(rows) - _SHOWN_ROWS} more" if len(rows) > _SHOWN_ROWS else "")


def district_warnings(
    table: Table, frame: pd.DataFrame, areas: pd.DataFrame, file: str, *, first_row: int = 2
) -> list[Problem]:
    """Warn of sites and places outside the district; they still serve, interfere and count.

    Exchanges and data centres may well stand outside: egress and backup end there.
    """
    if table.name not in ("sites", "places") or not len(frame):
        return []
    inside = inside_district(areas, frame["lon"].to_numpy(), frame["lat"].to_numpy())
    if inside is None:
        return []
    known = (frame["lon"].notna() & frame["lat"].notna()).to_numpy()
    if table.name == "sites" and "kind" in frame.columns:
        known = known & ~frame["kind"].isin(_OUTSIDE_KINDS).to_numpy()
    rows = [first_row + int(number) for number in (~inside & known).nonzero()[0]]
    if not rows:
        return []
    names = ", ".join(str(name) for name in areas.loc[areas["kind"] == "district", "name"])
    return [
        Problem(
            "warning",
            file,
            table.name,
            rows[0] if len(rows) == 1 else None,
            "lon, lat",
            "" if len(rows) == 1 else f"{len(rows)} of {len(frame)} rows",
            f"outside the district {names}"
            + ("" if len(rows) == 1 else f" (rows {_rows_text(rows)})"),
            "nothing to do when that is so: they are kept, but do not count"
            if table.name == "places"
            else "nothing to do when that is so: they are kept and still serve and interfere",
        ),
        *_far_sites(table, frame, areas, file, first_row=first_row),
    ]


def _far_sites(
    table: Table, frame: pd.DataFrame, areas: pd.DataFrame, file: str, *, first_row: int
) -> list[Problem]:
    """Warn of radio sites so far from the district that no plan uses them: a wrong position."""
    if table.name != "sites":
        return []
    district = shapely.union_all(
        [shape for shape in areas.loc[areas["kind"] == "district", "geometry"] if shape is not None]
    )
    west, south, east, north = shapely.bounds(district)
    reach = _FAR_M / _METRES_PER_DEGREE
    lon, lat = frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)
    wide = reach / math.cos(math.radians(max(abs(south), abs(north))))
    far = (lon < west - wide) | (lon > east + wide) | (lat < south - reach) | (lat > north + reach)
    far &= frame["kind"].isin(_RADIO_KINDS).to_numpy() | frame["state"].eq("candidate").to_numpy()
    return [
        Problem(
            "warning",
            file,
            table.name,
            first_row + int(number),
            "lon, lat",
            f"{lon[number]:g}, {lat[number]:g}",
            f"site {frame['site_id'].iloc[number]} is more than {_FAR_M / 1000:g} km from the "
            "district; no plan uses it",
            "correct its position (are longitude and latitude exchanged?), or leave the row out",
        )
        for number in far.nonzero()[0][:_SHOWN_ROWS]
    ]


def datum_warnings(
    table: Table, frame: pd.DataFrame, places: pd.DataFrame | None, file: str
) -> list[Problem]:
    """Warn of positions that look like GCJ-02 or BD-09 though they are given as WGS-84."""
    if table.geometry != "point" or "name" not in frame.columns or not len(frame):
        return []
    names = [str(name) for name in frame["name"].tolist()]
    shift = measure_shift(
        names, frame["lon"].to_numpy(), frame["lat"].to_numpy(), known_landmarks(places)
    )
    if shift is None:
        return []
    return [
        Problem(
            "warning",
            file,
            table.name,
            None,
            "lon, lat",
            "",
            f"positions given as WGS-84 look like {shift.datum}: {shift}",
            f"import the file with --crs {shift.datum} if that is what it holds"
            if 2 * shift.fitting > shift.matched
            else f"import those rows as a file of their own with --crs {shift.datum}, or correct "
            "them",
        )
    ]


def _settings_warnings(project: Project) -> Iterator[Problem]:
    """Warn of figures that an import would need to fill what a file does not have."""
    headline = project.settings.headline_service
    transmitter = project.settings.services.get(headline, {}).get("transmitter")
    known = {
        column
        for table in (TABLES["sites"], TABLES["cells"])
        for column in default_figures(transmitter, table)
    }
    missing = [
        name
        for column, name in (
            ("antenna_height_m", "height_m"), ("power_dbm", "power_dbm"), ("tilt_deg", "tilt_deg")
        )
        if column not in known
    ]  # fmt: skip
    if missing:
        yield Problem(
            "warning", SETTINGS_FILE, "", None, f"services.{headline}.transmitter", "",
            f"the default transmitter of the headline service {headline!r} has no sound "
            f"{', '.join(missing)}, so what a file leaves empty stays empty",
            "give the figures in [transmitters]",
        )  # fmt: skip


def _whole_warnings(
    project: Project, tables: Mapping[str, pd.DataFrame], files: Mapping[str, str]
) -> Iterator[Problem]:
    """Warn of what makes a plan impossible or its figures hard to read."""
    areas, sites, demand = tables["areas"], tables["sites"], tables["demand"]

    def warning(table: str, column: str | None, value: str, rule: str, fix: str) -> Problem:
        return Problem("warning", files[table], table, None, column, value, rule, fix)

    if not (areas["kind"] == "district").any():
        yield warning(
            "areas", "kind", "", "there is no area of kind district, so no share of the area",
            "import its outline: ngbw import PROJECT areas FILE --set kind=district",
        )  # fmt: skip
    if not (areas["kind"] == "subdistrict").any():
        yield warning(
            "areas", "kind", "", "there are no subdistricts, so no figures by subdistrict",
            "import them: ngbw import PROJECT areas FILE",
        )  # fmt: skip
    if not len(demand):
        yield warning(
            "demand", None, "", "there is no demand, so no share of residents",
            "import people: ngbw import PROJECT demand FILE",
        )  # fmt: skip
    undated = int(demand["census_year"].isna().sum())
    if undated and project.settings.census_year is None:
        yield warning(
            "demand", "census_year", f"{undated} of {len(demand)} rows",
            "the year of the count is not given",
            f"fill the column or write census_year = YEAR in {SETTINGS_FILE}",
        )  # fmt: skip
    yield from _populations(areas, demand, files)
    if not (sites["state"] == "candidate").any():
        yield warning(
            "sites", "state", "", "there are no candidate sites, so a plan can choose nothing",
            "import candidates: ngbw import PROJECT sites FILE --set state=candidate",
        )  # fmt: skip


def _populations(
    areas: pd.DataFrame, demand: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """Hold the residents of each subdistrict against its census."""
    counted = areas[(areas["kind"] == "subdistrict") & areas["population"].gt(0)]
    residents = demand[demand["kind"] == "residents"]
    if not len(counted) or not len(residents):
        return
    stated = residents["area_id"].astype(str)
    unnamed = (stated == "").to_numpy()
    if unnamed.any():
        found = subdistrict_at(areas, residents["lon"].to_numpy(), residents["lat"].to_numpy())
        stated = stated.where(~unnamed, pd.Series(found, index=stated.index))
    sums = residents["people"].groupby(stated).sum()
    for area_id, name, population in counted[["area_id", "name", "population"]].itertuples(
        index=False
    ):
        people = float(sums.get(area_id, 0.0))
        if abs(people - population) > _COUNTS_DIFFER * population:
            yield Problem(
                "warning", files["demand"], "demand", None, "people", f"{people:,.0f}",
                f"the residents of {name or area_id} add up to {people / population:.0%} of its "
                f"population in {files['areas']} ({population:,.0f})",
                "correct the unit of people, or the population; or leave one of them empty",
            )  # fmt: skip


def validate_project(project: Project) -> list[Problem]:
    """List every problem of every table of a project, errors and warnings, in table order.

    Returns
    -------
    list of Problem
        Each with its file, row, column, rule and way out. A file that cannot be read is one
        problem; its table then counts as empty for the others, whose references to it are not
        reported on top.
    """
    problems: list[Problem] = list(_settings_warnings(project))
    tables: dict[str, pd.DataFrame] = {}
    files: dict[str, str] = {}
    first_rows: dict[str, int] = {}
    unread: set[str] = set()
    for name, table in TABLES.items():
        path: Path = project.path_of(name)
        files[name] = path.name
        tables[name] = empty_frame(table)
        if not path.exists():
            continue
        try:
            read = read_table_file(path)
        except (NgbwError, OSError) as error:
            unread.add(name)
            problems.append(
                Problem(
                    "error",
                    path.name,
                    name,
                    None,
                    None,
                    "",
                    str(error),
                    "correct or replace the file, or take back the change with ngbw undo",
                )
            )
            continue
        first_rows[name] = read.first_row
        problems += cell_problems(table, read.frame, file=path.name, first_row=read.first_row)
        problems += hidden_text_warnings(table, read.frame, path.name, first_row=read.first_row)
        problems += geometries(table, read.frame, path.name, first_row=read.first_row)
        tables[name] = coerce(table, read.frame)
        said = {(problem.row, problem.column) for problem in problems if problem.table == name}
        problems += [
            problem
            for problem in beyond_cells(
                table, tables[name], tables.get("targets"), file=path.name,
                first_row=read.first_row,
            )
            if (problem.row, problem.column) not in said
        ]  # fmt: skip
    problems += [
        problem
        for problem in references(tables, files, first_rows=first_rows)
        if not unread
        or problem.column is None
        or problem.severity == "warning"
        or TABLES[problem.table][problem.column].references.partition(".")[0] not in unread
    ]
    for name, table in TABLES.items():
        first_row = first_rows.get(name, 2)
        problems += district_warnings(
            table, tables[name], tables["areas"], files[name], first_row=first_row
        )
        # The places are not held against themselves, only against what is typed in.
        places = None if name == "places" else tables["places"]
        problems += datum_warnings(table, tables[name], places, files[name])
    return problems + [
        problem
        for problem in _whole_warnings(project, tables, files)
        if problem.table not in unread
    ]
