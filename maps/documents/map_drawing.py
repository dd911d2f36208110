"""The coverage map on paper: where nobody is served, the worst gaps by number, and the sites.

The same classes and colours as the map page, without a base map, with their key at the foot. In
an SVG subdistricts have their names; a PNG, which has no words, has letters that the caption names.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ...topology.errors import InputError
from .. import outlines
from ..bilingual import Both, both, named, raw, say
from ..coverage_map import CoverageMap, features
from ..figures import number
from ..palette import COLOURS, CoverageClass, class_numbers, coverage_classes, limits_of
from ..raster import mercator_frame
from ..words import text
from .drawing import Disc, Drawing, Label, Line, Mark, Paint, Shape

__all__ = ["NUMBERED_GAPS", "map_caption", "map_drawing"]

NUMBERED_GAPS = 10
"""Gaps whose rank stands on the map; the text names the same ones."""

_LONG_SIDE = 1000
_MARGIN = 14.0
_KEY_HEIGHT = 52
_PLACES = 21


def _mercator_y(lat: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


class _Frame:
    """Turns degrees into pixels of the drawing: the whole raster, with a margin."""

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        self.west, self.south, self.east, self.north = bounds
        self.top = _mercator_y(self.north)
        high = self.top - _mercator_y(self.south)
        wide = math.radians(self.east - self.west)
        self.scale = (_LONG_SIDE - 2 * _MARGIN) / max(high, wide)
        self.width = round(wide * self.scale + 2 * _MARGIN)
        self.height = round(high * self.scale + 2 * _MARGIN)

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        x = math.radians(lon - self.west) * self.scale + _MARGIN
        return x, (self.top - _mercator_y(lat)) * self.scale + _MARGIN

    def moved(self, geometry: BaseGeometry) -> BaseGeometry:
        def move(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.array([self(lon, lat) for lon, lat in degrees])

        return shapely.transform(shapely.force_2d(geometry), move)

    def metres(self) -> float:
        """Return the pixels of a metre at the middle of the map."""
        middle = math.radians((self.south + self.north) / 2)
        return self.scale / (6_378_137.0 * math.cos(middle))


def _shapes(collection: dict[str, object], frame: _Frame) -> Iterable[BaseGeometry]:
    features = collection["features"]
    assert isinstance(features, list)  # noqa: S101 - outlines made it
    for feature in features:
        yield frame.moved(shape(feature["geometry"]))


def map_drawing(map: CoverageMap) -> Drawing:
    """Return the map of a run.

    Raises
    ------
    InputError
        The service of the run has no required location probability.
    """
    required = map.run["service"].get("required_probability")
    if required is None:
        raise InputError(
            "the run's service has no required_probability, so the map has no edge between served "
            "and not served; give it in ngbw.toml and plan again"
        )
    classes = coverage_classes(float(required))
    raster = mercator_frame(map.raster.grid)
    frame = _Frame(raster.bounds)
    x, y = frame(raster.bounds[0], raster.bounds[3])
    right, bottom = frame(raster.bounds[2], raster.bounds[1])
    marks: list[Mark] = [
        Shape(one, fill=COLOURS["ground"]) for one in _shapes(outlines.district(map), frame)
    ]
    marks.append(
        Paint(
            x, y, right - x, bottom - y,
            raster.picture(class_numbers(map.raster.probability, classes)),
            tuple(one.colour for one in classes),
            clear=tuple(n for n, one in enumerate(classes, start=1) if one.served),
            opacity=0.9,
        )
    )  # fmt: skip
    marks += [Shape(one, fill=COLOURS["water"]) for one in _shapes(outlines.water(map), frame)]
    marks += [
        Shape(one, outline=COLOURS["border"], width=1.2)
        for one in _shapes(outlines.subdistricts(map), frame)
    ]
    marks += [
        Shape(one, outline=COLOURS["ink"], width=2.0)
        for one in _shapes(outlines.district(map), frame)
    ]
    for site in map.run["sites"]["table"]:
        at = frame(site["lon"], site["lat"])
        marks.append(
            Disc(*at, 6.5, COLOURS["site"], COLOURS["ink"], 1.6, square=site["origin"] == "fixed")
        )
        marks.append(Label(at[0], at[1] - 10, raw(site["order"]), 13, "middle", halo=True))
    worst = sorted(map.run["gaps"], key=lambda gap: int(gap["rank"]))[:NUMBERED_GAPS]
    for gap in reversed(worst):
        at = frame(gap["lon"], gap["lat"])
        marks.append(Disc(*at, 12.0, COLOURS["gap_text"], COLOURS["paper"], 2.0))
        marks.append(
            Label(at[0], at[1] + 5, raw(gap["rank"]), 14, "middle", COLOURS["paper"], bold=True)
        )
    taken = shapely.MultiPoint(
        [frame(one["lon"], one["lat"]) for one in (*map.run["sites"]["table"], *worst)]
    )
    marks += [_name(area, code, frame, taken) for area, code in _named_areas(map)]
    marks += _furniture(frame)
    marks += _key(classes, frame)
    return Drawing(
        frame.width,
        frame.height + _KEY_HEIGHT,
        say("report.map_title"),
        tuple(marks),
        COLOURS["outside"],
    )


def _named_areas(map: CoverageMap) -> list[tuple[Mapping[str, Any], str]]:
    """Return the subdistricts with the letter of each, from north to south."""
    found = [
        feature
        for feature in features(map.areas)
        if feature["properties"].get("kind") == "subdistrict"
    ]
    found.sort(key=_from_north)
    return [(feature, _letters(n)) for n, feature in enumerate(found)]


def _from_north(feature: Mapping[str, Any]) -> tuple[float, float]:
    middle = shape(feature["geometry"]).centroid
    return -round(middle.y, 3), middle.x  # side by side within some 100 m: from the west


def _letters(number: int) -> str:
    """Return A, B, ... Z, AA, AB, ..."""
    before = _letters(number // 26 - 1) if number >= 26 else ""
    return before + chr(ord("A") + number % 26)


def _area_name(feature: Mapping[str, Any]) -> Both:
    properties = feature["properties"]
    return named(properties.get("name"), properties.get("name_en"))


def _name(feature: Mapping[str, Any], code: str, frame: _Frame, taken: shapely.MultiPoint) -> Label:
    """Write a subdistrict's name where it covers no site and no gap; its letter for want of room."""
    area, name = frame.moved(shape(feature["geometry"])), _area_name(feature)
    chinese, english = 7.5 * len(name.zh), 4.6 * len(name.en)
    half_width = max(chinese, english, 8.0)
    free, x, y = _free_place(area, taken, half_width)
    for narrower in sorted({chinese, english, 8.0} - {half_width}, reverse=True):
        if free > 0:
            break
        half_width = narrower
        free, x, y = _free_place(area, taken, half_width)
    words = Both(
        name.zh if name.zh and chinese <= half_width else code,
        name.en if name.en and english <= half_width else code,
    )
    return Label(
        x, y + 5, words, 14, "middle", COLOURS["muted"], bold=True, halo=True, code=code
    )  # fmt: skip


def _free_place(
    area: BaseGeometry, taken: shapely.MultiPoint, half_width: float
) -> tuple[float, float, float]:
    """Return the room around a label at its best place in an area, and the middle of it there."""
    west, north, east, south = area.bounds
    inside = area.representative_point()
    best = -math.inf, float(inside.x), float(inside.y)
    for x in np.linspace(west, east, _PLACES):
        for y in np.linspace(north, south, _PLACES):
            box = shapely.box(x - half_width, y - 9, x + half_width, y + 9)
            if not area.contains(box):
                continue
            free = min(float(box.distance(area.boundary)), 20.0)
            if not taken.is_empty:  # a site's number stands above its dot
                free = min(free, float(box.distance(taken)) - 20.0)
            best = max(best, (free, float(x), float(y)))
    return best


def _key(classes: tuple[CoverageClass, ...], frame: _Frame) -> list[Mark]:
    """Return the colours of the classes with their limits, below the map."""
    top, left = float(frame.height), _MARGIN + 6
    band = shapely.box(0, top, frame.width, top + _KEY_HEIGHT)
    marks: list[Mark] = [Shape(band, fill=COLOURS["paper"])]
    marks.append(Label(left, top + 18, say("report.map_key"), 13))
    step = (frame.width - 2 * left) / len(classes)
    for n, one in enumerate(classes):
        at = left + n * step
        box = shapely.box(at, top + 26, at + 26, top + 44)
        fill = COLOURS["paper"] if one.served else one.colour
        marks.append(Shape(box, fill=fill, outline=COLOURS["ink"]))
        marks.append(Label(at + 32, top + 40, raw(limits_of(one)), 14))
    return marks


def _furniture(frame: _Frame) -> list[Mark]:
    """Return scale and north."""
    room = 0.25 * frame.width / frame.metres()
    length = next(
        step for step in (5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5) if step <= max(room, 5)
    )
    pixels = length * frame.metres()
    left, low = _MARGIN + 6, frame.height - _MARGIN - 8
    words = f"{length // 1000} km" if length >= 1000 else f"{length} m"
    top = frame.width - _MARGIN - 16
    return [
        Line(((left, low), (left + pixels, low)), COLOURS["ink"], 4),
        Label(left, low - 9, raw(words), 15, halo=True),
        Shape(
            shapely.Polygon([(top, 16), (top - 9, 40), (top, 34), (top + 9, 40)]),
            fill=COLOURS["ink"],
        ),
        Label(top, 58, raw("N"), 15, "middle", halo=True),
    ]


def map_caption(map: CoverageMap) -> Both:
    """Return what the map shows, with the names of what it has letters for."""
    required = float(map.run["service"]["required_probability"])
    names = [(code, _area_name(feature)) for feature, code in _named_areas(map)]
    known = [(code, name) for code, name in names if name.zh]

    def listed(language: str) -> str:
        if not known:
            return ""
        comma = text("word.comma", language)
        shown = comma.join(f"{code} {name.in_language(language)}" for code, name in known)
        return text("report.map_areas", language, areas=shown)

    caption = say(
        "report.map_caption",
        required=both(lambda language: f"{number(required * 100, language)}%"),
        count=min(NUMBERED_GAPS, len(map.run["gaps"])),
        areas=both(listed),
    )
    return both(lambda language: caption.in_language(language).strip())
