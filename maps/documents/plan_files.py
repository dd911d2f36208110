"""The lists of a plan as files.

XLSX has a sheet for each, GeoPackage a layer, KMZ a folder; CSV, GeoJSON, TAB, MIF, Shapefile and
KML hold one list.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ...topology.errors import UsageError
from ...topology.export import COORDINATE_DECIMALS
from ...topology.formats.csv_text import csv_text
from ...topology.formats.geojson import geojson_lines
from ...topology.formats.kml import kml_text, write_kmz
from ...topology.formats.plain_values import Kind, kind_of
from ...topology.formats.spreadsheet import write_xlsx
from ...topology.formats.steady_archive import steady_archive
from ...topology.formats.table_writing import format_of
from ...topology.formats.vector_writing import write_vector
from ..coverage_map import CoverageMap
from .plan_kmz import plan_kml
from .plan_lists import PlanList, plan_lists

__all__ = ["write_plan"]


def write_plan(map: CoverageMap, target: Path, language: str, *, only: str = "") -> list[str]:
    """Write the lists of a run in the format of the file name; return what it could not hold.

    Parameters
    ----------
    target
        Where to; use :func:`.whole_file.replacing` around it. XLSX, GeoPackage and KMZ hold all
        lists, the other formats one.
    only
        The one list: ``sites`` by default in a format that holds one; all where several fit.

    Raises
    ------
    UsageError
        The ending is unknown, the run has no such list, or the list has no places for a map.
    FileError
        A value does not fit the format.
    """
    kind = format_of(target)
    lists = plan_lists(map)
    if only and only not in lists:
        raise UsageError(f"the run has no list {only!r}; it has {', '.join(lists)}")
    if kind == "xlsx":
        _workbook([lists[only]] if only else list(lists.values()), map, target, language)
        return []
    if kind == "gpkg":
        return _geopackage([lists[only]] if only else list(lists.values()), target)
    if kind == "kmz" and not only:
        text, files = plan_kml(map, lists, language)
        write_kmz(target, text, files)
        return []
    chosen = lists[only or "sites"]
    columns = chosen.by_name()
    if kind == "csv":
        delimiter = "\t" if target.suffix.lower() == ".tsv" else ","
        text = csv_text(columns, target.name, delimiter=delimiter)
        target.write_bytes(text.encode("utf-8-sig"))
        return []
    if chosen.shapes is None:
        raise UsageError(
            f"{target.name} cannot be written: the list {chosen.name} has no places; write CSV or "
            "XLSX instead"
        )
    title = chosen.title.in_language(language)
    shapes = list(chosen.shapes)
    if kind == "geojson":
        text = geojson_lines(columns, shapes, title=title, decimals=COORDINATE_DECIMALS)
        target.write_bytes(text.encode("utf-8"))
        return []
    if kind in ("kml", "kmz"):
        text = kml_text(
            chosen.as_texts(language), shapes, title=title, label=None, decimals=COORDINATE_DECIMALS
        )
        if kind == "kmz":
            write_kmz(target, text)
        else:
            target.write_bytes(text.encode("utf-8"))
        return []
    kinds: dict[str, Kind] = {name: kind_of(values) for name, values in columns.items()}
    renamed, notes = write_vector(target, kind, columns, kinds, shapes, layer=chosen.name)
    return [*(f"{ours} is called {theirs} there" for ours, theirs in renamed.items()), *notes]


def _workbook(lists: list[PlanList], map: CoverageMap, target: Path, language: str) -> None:
    # Areas are of no use in a spreadsheet; their figures are.
    sheets = {one.title.in_language(language): one.in_words(language) for one in lists}
    formats = {
        column.heading.in_language(language): column.number_format
        for one in lists
        for column in one.columns
    }
    write_xlsx(target, sheets, formats=formats)
    when = datetime.fromisoformat(map.run["created"]).astimezone(UTC)
    target.write_bytes(steady_archive(target.read_bytes(), when))


def _geopackage(lists: list[PlanList], target: Path) -> list[str]:
    notes = []
    for one in lists:
        columns = one.by_name()
        kinds: dict[str, Kind] = {name: kind_of(values) for name, values in columns.items()}
        shapes = None if one.shapes is None else list(one.shapes)
        renamed, said = write_vector(target, "gpkg", columns, kinds, shapes, layer=one.name)
        notes += [f"{one.name}: {ours} is called {theirs}" for ours, theirs in renamed.items()]
        notes += said
    return notes
