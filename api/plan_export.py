"""Write what people take away from a stored plan: lists, report, survey sheets, curve.

The ending of the file name says which form is meant; a file is written whole or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from pyproj import Transformer

from ..maps.coverage_map import CoverageMap
from ..maps.documents.as_docx import docx_of
from ..maps.documents.as_html import html_of
from ..maps.documents.as_markdown import markdown_of
from ..maps.documents.blocks import Document
from ..maps.documents.curve_drawing import curve_drawing
from ..maps.documents.drawing import png_of, svg_of
from ..maps.documents.plan_files import write_plan
from ..maps.documents.plan_report import plan_report
from ..maps.documents.survey_sheets import NearestRoom, survey_sheets
from ..topology.errors import InputError, UsageError
from ..topology.fibre.nearest import nearest_ways
from ..topology.fibre.routes import sited_streets
from ..topology.formats.table_writing import FORMATS
from ..topology.formats.whole_file import replacing
from ..topology.project import Project
from .runs import Run

__all__ = ["PARTS", "ROOM_KINDS", "export_plan", "write_document"]

PARTS = ("plan", "survey", "curve")
"""What of a plan can be exported, beside tables and the network."""

ROOM_KINDS = ("olt", "headend", "idc")
"""Kinds of site that a new site can be connected to."""

_DOCUMENTS = (".html", ".md", ".docx")
_PICTURES = (".svg", ".png")


def _map(run: Run) -> CoverageMap:
    return CoverageMap(
        run=run.document,
        areas=run.features("areas"),
        gaps=run.features("gaps"),
        sites=run.features("sites"),
        raster=run.raster(),
    )


def write_document(document: Document, target: Path, language: str) -> list[str]:
    """Write a document in the form of the file name; return the names of files beside it."""
    suffix = target.suffix.lower()
    if suffix == ".html":
        target.write_text(html_of(document, language), encoding="utf-8")
        return []
    if suffix == ".docx":
        target.write_bytes(docx_of(document, language))
        return []
    text, pictures = markdown_of(document, language, stem=target.stem)
    for name, svg in pictures.items():
        target.with_name(name).write_text(svg, encoding="utf-8")
    target.write_text(text, encoding="utf-8")
    return list(pictures)


def nearest_rooms(project: Project, site_ids: Sequence[str]) -> dict[str, NearestRoom]:
    """Return for each site the nearest room that is built; nothing where there is none.

    By street where the project has streets and one leads there, else as the crow flies.
    """
    network = project.network()
    frame = network.sites
    built = frame[(frame["state"] == "built") & frame["kind"].isin(ROOM_KINDS)]
    if not len(built) or not site_ids:
        return {}
    to_metres = Transformer.from_crs("EPSG:4326", project.settings.crs, always_xy=True)
    rooms = [network.site(str(room)) for room in built["site_id"]]
    at = {room.site_id: to_metres.transform(room.lon, room.lat) for room in rooms}
    names = {room.site_id: room.name for room in rooms}
    mine = [network.site(site_id) for site_id in site_ids]
    by_street: dict[str, tuple[str, float]] = {}
    if len(network.streets):
        wanted = list(dict.fromkeys([*site_ids, *at]))
        streets = sited_streets(network, project.settings.crs, wanted)
        ways = nearest_ways(streets.graph, streets.length_m, streets.graph.numbers(list(at)))
        for site_id, node in zip(site_ids, streets.graph.numbers(list(site_ids)), strict=True):
            if math.isfinite(ways.weight[node]):
                room = str(streets.graph.node_ids[int(ways.source[node])])
                by_street[site_id] = room, float(ways.weight[node])
    found = {}
    for site in mine:
        x, y = to_metres.transform(site.lon, site.lat)
        straight = {room: math.hypot(x - at[room][0], y - at[room][1]) for room in at}
        room, street_m = by_street.get(
            site.site_id, (min(straight, key=straight.__getitem__), None)
        )
        found[site.site_id] = NearestRoom(room, names[room], straight[room], street_m)
    return found


def export_plan(
    project: Project,
    run: Run,
    part: str,
    file: Path,
    *,
    language: str,
    only: str = "",
    site_ids: Sequence[str] = (),
) -> list[str]:
    """Write a part of a run to a file; return what else the reader should know.

    Parameters
    ----------
    part
        ``plan``: its report (.html, .md, .docx) or its lists (.xlsx, .gpkg, .kmz, .csv, ...);
        ``survey``: a sheet for each site (.html, .md, .docx); ``curve``: .svg, .png, .csv, .xlsx.
    only
        The one list of the plan that is wanted.
    site_ids
        Sheets for these sites only.

    Raises
    ------
    UsageError
        The ending says no form that the part has.
    InputError
        The run has no curve.
    """
    suffix = file.suffix.lower()
    allowed = {
        "plan": (*_DOCUMENTS, *FORMATS),
        "survey": _DOCUMENTS,
        "curve": (*_PICTURES, ".csv", ".xlsx"),
    }[part]
    if suffix not in allowed:
        raise UsageError(
            f"{file.name}: a {part} is written as {', '.join(allowed)}; the ending decides"
        )
    if part == "curve" and not run.document.get("curve"):
        raise InputError(
            f"run {run.run_id} has no curve: its sites were given, or --curve 0, "
            "a time limit or Ctrl-C left it out; plan again: ngbw plan PROJECT"
        )
    if only and (part != "plan" or suffix in _DOCUMENTS):
        raise UsageError("--list names a list of a plan in a table or map file; leave it out")
    if site_ids and part != "survey":
        raise UsageError("--site chooses survey sheets; leave it out")
    with replacing(file) as target:
        if part == "curve" and suffix in _PICTURES:
            drawing = curve_drawing(run.document["curve"])
            if suffix == ".svg":
                target.write_text(svg_of(drawing, language) + "\n", encoding="utf-8")
            else:
                target.write_bytes(png_of(drawing))
            return []
        if part == "survey":
            selected = list(run.document["sites"]["selected"])
            unknown = [site for site in site_ids if site not in selected]
            if unknown:
                raise UsageError(f"site {unknown[0]!r} is not in the plan; it has {len(selected)}")
            sheets = survey_sheets(
                run.document, nearest_rooms(project, selected), site_ids=site_ids
            )
            return write_document(sheets, target, language)
        if part == "plan" and suffix in _DOCUMENTS:
            return write_document(plan_report(_map(run)), target, language)
        return write_plan(_map(run), target, language, only="curve" if part == "curve" else only)
