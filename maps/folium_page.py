"""The coverage map as one HTML file that needs nothing else: no server, no network, no fonts.

This is the only module that calls folium. folium writes what it is given into JavaScript, and its
popups, tooltips, layer names and attributions execute what stands in them; it also reads its own
output as a Jinja template. So it is given geometry and numbers only (:mod:`.outlines`). All text
goes through ``templates/coverage.html``, which escapes it, and the map's popups and labels are
copies of those nodes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import folium
import jinja2
from branca.element import Figure
from folium.map import CustomPane
from folium.raster_layers import ImageOverlay
from folium.utilities import JsCode

from ..topology.errors import InputError
from . import figures, outlines
from .answers import coverage_answer, next_answer, page_title, sites_answer
from .bilingual import both, say
from .coverage_map import CoverageMap
from .documents.curve_drawing import curve_drawing
from .documents.drawing import svg_of
from .legend import facts
from .notices import notices
from .offline import inline
from .page_tables import page_tables
from .palette import COLOURS
from .pictures import Picture, pictures
from .raster import mercator_frame
from .words import words

__all__ = ["coverage_page"]

_FIRST_ROWS = 20
_DRAWN_GAPS = 50
"""So many gaps have an outline and a number on the whole district; the others, of a few pixels,
from near or when chosen. The figures and the table hold every one."""
_PAINT_OPACITY = 0.85
_PANES = {
    "ground": 250, "water": 405, "areas": 410, "gaps": 420, "labels": 600, "sites": 605,
    "numbers": 610,
}  # fmt: skip
"""Layers from below to above; the coverage picture lies in Leaflet's own pane at 400. Nobody lives
on water, so it covers the picture. A mark is never under a name."""

_SPACES = re.compile(r'(?<=[\d\]}],)\s+(?=[-\d\[{])|(?<=":)\s+(?=["\d\[{])')
"""Spaces within JSON; without them the coordinates take a tenth less."""

_SPOKEN = (
    "action.whole_district",
    "action.zoom_in",
    "action.zoom_out",
    "language.switch",
    "map.label",
    "map.north",
)


class _BareMap(folium.Map):
    """A folium map that brings Leaflet only, and no rules for the page around it."""

    _template = jinja2.Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }}, zoom: 12, zoomSnap: 0.25, maxZoom: 18,
                zoomControl: false, attributionControl: false
            });
        {% endmacro %}
        """
    )


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


def _layer(data: dict[str, Any], name: str, pane: str, on_each: str) -> folium.GeoJson:
    """Return a layer of geometry and numbers; its name makes the page the same every time."""
    layer = folium.GeoJson(
        data,
        smooth_factor=0.5,
        on_each_feature=JsCode(f"ngbw.onEach.{on_each}"),
        pane=pane,
    )
    layer._id = name
    return layer


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _site_colours(shown: tuple[Picture, ...]) -> dict[str, list[str]]:
    """Return by picture how the page finds each site's area in it."""
    return {one.name: list(one.site_colours) for one in shown if one.site_colours}


def _curve(run: Mapping[str, Any]) -> dict[str, str]:
    """Return the curve as SVG by language; empty where the run has none."""
    if not run.get("curve"):
        return {}
    drawn = curve_drawing(run["curve"])
    return {"zh": svg_of(drawn, "zh-CN"), "en": svg_of(drawn, "en")}


def _bounds(
    district: dict[str, Any], raster: tuple[float, float, float, float]
) -> list[list[float]]:
    """Return south-west and north-east of the district, or of the raster where it has none."""
    pairs: list[tuple[float, float]] = []

    def collect(coordinates: Any) -> None:
        if isinstance(coordinates[0], (int, float)):
            pairs.append((coordinates[0], coordinates[1]))
            return
        for one in coordinates:
            collect(one)

    for feature in district["features"]:
        collect(feature["geometry"]["coordinates"])
    west, south, east, north = raster
    if pairs:
        west, east = min(lon for lon, _ in pairs), max(lon for lon, _ in pairs)
        south, north = min(lat for _, lat in pairs), max(lat for _, lat in pairs)
    return [[round(south, 5), round(west, 5)], [round(north, 5), round(east, 5)]]


def coverage_page(map: CoverageMap, language: str = "zh-CN") -> str:
    """Return a self-contained HTML page with the map of a run, its answers and its tables.

    The page holds both languages and a switch; it makes no request.

    Parameters
    ----------
    map
        The run with its shapes and raster.
    language
        ``zh-CN`` or ``en``: the language in which the page opens.

    Returns
    -------
    str
        HTML for a UTF-8 file. The same run gives the same page.

    Raises
    ------
    MissingError
        There are no words in that language.
    InputError
        The service of the run has no required location probability.
    """
    words(language)
    run = map.run
    required = run["service"].get("required_probability")
    if required is None:
        raise InputError(
            "the run's service has no required_probability, so the map has no edge between served "
            "and not served; give it in ngbw.toml and plan again"
        )
    shown = pictures(map, float(required))
    frame = mercator_frame(map.raster.grid)
    images = {one.name: _data_uri(one.png(frame)) for one in shown}
    west, south, east, north = frame.bounds
    district = outlines.district(map)
    label_points, area_names = outlines.subdistrict_labels(map)

    canvas = _BareMap(location=[(south + north) / 2, (west + east) / 2], tiles=None)
    canvas._id = "ngbw"
    for name, z_index in _PANES.items():
        pane = CustomPane(
            name, z_index=z_index, pointer_events=name in ("gaps", "sites", "numbers")
        )
        pane._id = name
        pane.add_to(canvas)
    _layer(district, "ground", "ground", "ground").add_to(canvas)
    coverage = ImageOverlay(
        images[shown[0].name],
        bounds=[[south, west], [north, east]],
        opacity=_PAINT_OPACITY,
    )
    coverage._id = "coverage"
    water = outlines.water(map)
    if water["features"]:
        _layer(water, "water", "water", "water").add_to(canvas)
    layers = {
        "coverage": coverage,
        "areas": _layer(outlines.subdistricts(map), "areas", "areas", "area"),
        "labels": _layer(label_points, "labels", "labels", "label"),
        "gaps": _layer(outlines.gap_outlines(map), "gaps", "gaps", "gap"),
        "sites": _layer(outlines.site_points(map), "sites", "sites", "site"),
        "numbers": _layer(outlines.gap_points(map), "numbers", "numbers", "number"),
    }
    for layer in layers.values():
        layer.add_to(canvas)

    figure = canvas.get_root()
    if not isinstance(figure, Figure):  # folium puts every map into one
        raise TypeError(f"the map stands in {figure!r}, not in a figure")
    canvas.render()  # type: ignore[no-untyped-call,unused-ignore]
    title = page_title(run)
    spoken = {key: say(key) for key in _SPOKEN} | {"title": title}
    found = {name.zh: value for name, value in facts(run)}
    page = (
        _templates()
        .get_template("coverage.html")
        .render(
            language=language,
            say=say,
            title=title,
            service=found[say("legend.service").zh],
            model=found[say("legend.model").zh],
            date=both(
                lambda spoken_in: figures.moment(
                    run["created"], run["project"].get("timezone") or "UTC", spoken_in
                )
            ),
            answers=(coverage_answer(run), sites_answer(run), next_answer(run)),
            pictures=shown,
            images={name: image for name, image in images.items() if name != shown[0].name},
            site_colours=_site_colours(shown),
            drawn_gaps=_DRAWN_GAPS,
            has_water=bool(water["features"]),
            facts=facts(run),
            tables=page_tables(run),
            curve=_curve(run),
            notices=notices(run),
            area_names=area_names,
            colours=COLOURS,
            first_rows=_FIRST_ROWS,
            spoken={key: {"zh": text.zh, "en": text.en} for key, text in spoken.items()},
            links=figure.header.render(),
            map_html=figure.html.render(),
            script=_SPACES.sub("", figure.script.render()),
            map_name=canvas.get_name(),
            layer_names={name: layer.get_name() for name, layer in layers.items()},
            bounds=_bounds(district, frame.bounds),
        )
    )
    return inline(page)
