"""A plan for Google Earth and field tools: sites with their facts, gaps, coverage and its legend.

The coverage lies on the ground as a picture in longitude and latitude. What a viewer shows of a
site stands in ExtendedData, never in a description, which viewers run as HTML. The archive holds
its pictures itself; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from ...topology.export import COORDINATE_DECIMALS
from ...topology.formats.kml import placemarks, xml_text
from ..bilingual import raw, say
from ..coverage_map import CoverageMap
from ..figures import number
from ..palette import COLOURS, class_numbers, coverage_classes, limits_of
from ..raster import geographic_frame, palette_png
from .drawing import Drawing, Label, Mark, Shape, png_of
from .plan_lists import PlanList
from .plan_report import run_subtitle

__all__ = ["plan_kml"]

_KML_GAPS = 200
"""More gaps than these are single pixels; Google Earth would only be slower."""


def _legend(map: CoverageMap) -> bytes:
    """Return the classes as colours with their limits in figures."""
    classes = coverage_classes(float(map.run["service"]["required_probability"]))
    marks: list[Mark] = []
    for n, one in enumerate(reversed(classes)):
        top = 12 + 30 * n
        box = shapely.box(12, top, 46, top + 22)
        fill = COLOURS["paper"] if one.served else one.colour
        marks.append(Shape(box, fill=fill, outline=COLOURS["ink"]))
        marks.append(Label(58, top + 17, raw(limits_of(one)), 16))
    height = 12 + 30 * len(classes)
    return png_of(
        Drawing(150, height + 4, say("picture.probability"), tuple(marks), COLOURS["panel"])
    )


def _dot() -> bytes:
    """Return a site's mark on a clear ground."""
    away = np.hypot(*(np.indices((32, 32)) - 15.5))
    numbers = np.where(away < 9, 1, np.where(away < 12, 2, 0)).astype(np.uint8)
    return palette_png(numbers, (COLOURS["site"], COLOURS["ink"]))


def _style(name: str, body: str) -> str:
    return f'<Style id="{name}">{body}</Style>'


def _colour(colour: str, opacity: int = 255) -> str:
    """Return a colour as KML writes it: opacity, blue, green, red."""
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    return f"{opacity:02x}{blue}{green}{red}"


def _folder(
    one: PlanList, language: str, *, label: str, style: str, rows: int | None = None
) -> str:
    columns = one.as_texts(language)
    labels = one.by_name()[label]
    marks = placemarks(
        {name: values[:rows] for name, values in columns.items()},
        list(one.shapes or ())[:rows],
        labels=labels[:rows],
        style=style,
        decimals=COORDINATE_DECIMALS,
    )
    title = xml_text(one.title.in_language(language))
    return f"<Folder><name>{title}</name>\n" + "\n".join(marks) + "\n</Folder>"


def plan_kml(
    map: CoverageMap, lists: Mapping[str, PlanList], language: str
) -> tuple[str, dict[str, bytes]]:
    """Return the KML document of a run and the pictures that go beside it into the archive."""
    run = map.run
    required = float(run["service"]["required_probability"])
    classes = coverage_classes(required)
    frame = geographic_frame(map.raster.grid)
    west, south, east, north = frame.bounds
    overlay = palette_png(
        frame.picture(class_numbers(map.raster.probability, classes)),
        tuple(one.colour for one in classes),
        clear=tuple(n for n, one in enumerate(classes, start=1) if one.served),
    )
    project = run["project"].get("name_en" if language == "en" else "name") or ""
    title = say("report.title", project=raw(project), count=run["sites"]["count"])
    below = say("kmz.below", required=raw(f"{number(required * 100, 'en')}%"))
    site_style = "<IconStyle><scale>0.7</scale><Icon><href>files/site.png</href></Icon></IconStyle>"
    gap_style = (
        f"<LineStyle><color>{_colour(COLOURS['gap'])}</color><width>2</width></LineStyle>"
        f"<PolyStyle><color>{_colour(COLOURS['gap'], 70)}</color></PolyStyle>"
    )
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
        f"<name>{xml_text(title.in_language(language))}</name>",
        f"<Snippet>{xml_text(run_subtitle(run).in_language(language))}</Snippet>",
        _style("site", site_style),
        _style("gap", gap_style),
        (
            f"<GroundOverlay><name>{xml_text(below.in_language(language))}</name>"
            "<color>d0ffffff</color><Icon><href>files/coverage.png</href></Icon>"
            f"<LatLonBox><north>{north:.7f}</north><south>{south:.7f}</south>"
            f"<east>{east:.7f}</east><west>{west:.7f}</west></LatLonBox></GroundOverlay>"
        ),
        (
            f"<ScreenOverlay><name>{xml_text(say('kmz.legend').in_language(language))}</name>"
            "<Icon><href>files/legend.png</href></Icon>"
            '<overlayXY x="0" y="1" xunits="fraction" yunits="fraction"/>'
            '<screenXY x="0.01" y="0.97" xunits="fraction" yunits="fraction"/></ScreenOverlay>'
        ),
        _folder(lists["sites"], language, label="site_id", style="site"),
        _folder(lists["gaps"], language, label="rank", style="gap", rows=_KML_GAPS),
        "</Document></kml>\n",
    ]
    files = {
        "files/coverage.png": overlay,
        "files/legend.png": _legend(map),
        "files/site.png": _dot(),
    }
    return "\n".join(parts), files
