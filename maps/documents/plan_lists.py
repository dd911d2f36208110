"""The lists of a plan for other programs: sites, gaps, curve, phases, candidates, coverage.

One declaration of columns for all formats: names for programs (CSV, GeoPackage, TAB), words for
people (XLSX, KMZ). For programs values stay as they are and shares stay 0..1; a spreadsheet gets
whole people and formats of numbers, KMZ texts. An unknown value is an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import rasterio.features
import shapely
from pyproj import Transformer
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ...topology.formats.plain_values import Plain
from .. import figures
from ..bilingual import Both, say
from ..coverage_map import CoverageMap, features
from ..money import money_heading, unit_of
from ..palette import class_numbers, coverage_classes
from ..words import text, word_or_raw

__all__ = ["LIST_NAMES", "ListColumn", "PlanList", "plan_lists"]

LIST_NAMES = ("sites", "gaps", "curve", "phases", "candidates", "coverage")
"""Lists that a run can have, in the order of sheets and layers."""


Kind = Literal["", "share", "people", "moved", "money", "m", "height", "km2", "degrees"]

_FORMATS: dict[Kind, str] = {
    "": "General",
    "share": "0.0%",
    # Whole people, but no zero where a part of one is meant.
    "people": '[=0]0;[<0.5]"<1";#,##0',
    "moved": "#,##0",
    "money": "#,##0",
    "m": "#,##0",
    "height": "0.0",
    "km2": "0.00",
    "degrees": "0.000000",
}


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its name for programs, its words for people, and what its values are.

    Attributes
    ----------
    words
        Prefix of the catalogue where values are keys of words.
    kind
        What the figures are; "" for texts, counts and codes.
    """

    name: str
    heading: Both
    words: str = ""
    kind: Kind = ""

    @property
    def number_format(self) -> str:
        """How a spreadsheet shows the figures."""
        return _FORMATS[self.kind]

    def in_words(self, value: Plain, language: str) -> Plain:
        """Return a value as a spreadsheet holds it: words for keys, people as whole numbers."""
        if self.words:
            return _in_words(self.words, value, language)
        if self.kind in ("people", "moved") and isinstance(value, float):
            # Part of a person is no person, but not nobody either.
            return value if self.kind == "people" and 0 < value < 0.5 else round(value)
        return value

    def shown(self, value: Plain, language: str) -> Plain:
        """Return a value as a text for a reader, with the unit where its heading has none."""
        if self.words or isinstance(value, bool) or not isinstance(value, (int, float)):
            return self.in_words(value, language)
        if self.kind == "share":
            return figures.share(value, language)
        if self.kind == "people":
            return figures.people(value, language)
        if self.kind == "km2":
            return figures.area_km2(value, language)
        if self.kind == "degrees":
            return f"{value:.6f}"
        return figures.number(value, language, 1 if self.kind == "height" else 0)


@dataclass(frozen=True, slots=True)
class PlanList:
    """A list: rows of plain values, with the place of each where it has one."""

    name: str
    title: Both
    columns: tuple[ListColumn, ...]
    rows: tuple[tuple[Plain, ...], ...]
    shapes: tuple[BaseGeometry | None, ...] | None = None

    def by_name(self) -> dict[str, list[Plain]]:
        """Return the columns under their names for programs."""
        return {column.name: [row[n] for row in self.rows] for n, column in enumerate(self.columns)}

    def in_words(self, language: str) -> dict[str, list[Plain]]:
        """Return the columns under their words, with values in words where they have some."""
        return self._under_words(language, lambda column, value: column.in_words(value, language))

    def as_texts(self, language: str) -> dict[str, list[Plain]]:
        """Return the columns under their words, every figure written for reading."""
        return self._under_words(language, lambda column, value: column.shown(value, language))

    def _under_words(
        self, language: str, write: Callable[[ListColumn, Plain], Plain]
    ) -> dict[str, list[Plain]]:
        found: dict[str, list[Plain]] = {}
        for n, column in enumerate(self.columns):
            heading = column.heading.in_language(language)
            # Two columns may share their words; the second then says its name, too.
            key = heading if heading not in found else f"{heading} ({column.name})"
            found[key] = [write(column, row[n]) for row in self.rows]
        return found


def _in_words(prefix: str, value: Plain, language: str) -> Plain:
    if not isinstance(value, str) or not value:
        return value
    comma = text("word.comma", language)
    return comma.join(word_or_raw(prefix, one, language) for one in value.split(" "))


def _column(name: str, key: str = "", *, words: str = "", kind: Kind = "") -> ListColumn:
    if kind == "money":  # its unit is that of the run
        return ListColumn(name, money_heading("column.cost_money", ""), words, kind)
    return ListColumn(name, say(f"column.{key or name}"), words, kind)


_LIST_COLUMNS: dict[str, tuple[ListColumn, ...]] = {
    "sites": (
        _column("order"),
        _column("site_id"),
        _column("name"),
        _column("category", words="kind"),
        _column("area_id"),
        _column("area_name", "area"),
        _column("area_name_en"),
        _column("lon", kind="degrees"),
        _column("lat", kind="degrees"),
        _column("antenna_height_m", kind="height"),
        _column("origin", words="origin"),
        _column("phase"),
        _column("people", kind="people"),
        _column("people_alone", kind="people"),
        _column("people_shared", kind="people"),
        _column("cumulative_share", kind="share"),
        _column("replacement"),
        _column("margin", kind="moved"),
        _column("cost"),
        _column("cost_money", kind="money"),
        _column("assumed", words="figure"),
    ),
    "gaps": (
        _column("rank"),
        _column("people", "people_not_served", kind="people"),
        _column("area_km2", kind="km2"),
        _column("area_id"),
        _column("area_name", "area"),
        _column("area_name_en"),
        _column("lon", kind="degrees"),
        _column("lat", kind="degrees"),
        _column("reason", words="reason"),
        _column("nearest_place"),
        _column("nearest_place_en"),
        _column("nearest_place_m", kind="m"),
        _column("next_site_id", "next_site"),
        _column("next_site_m", kind="m"),
        _column("close_site_id"),
        _column("close_people", kind="people"),
        _column("close_cost_money", kind="money"),
    ),
    "curve": (
        _column("sites", "site_count"),
        _column("at_least", kind="share"),
        _column("at_most", kind="share"),
        _column("cost", kind="money"),
    ),
    "phases": (
        _column("label", "phase"),
        _column("sites", "site_count"),
        _column("added"),
        _column("share", kind="share"),
        _column("ceiling", kind="share"),
        _column("cost", kind="money"),
        _column("new", "ids"),
    ),
    "candidates": (
        _column("site_id"),
        _column("name"),
        _column("category", words="kind"),
        _column("area_id"),
        _column("area_name", "area"),
        _column("area_name_en"),
        _column("lon", kind="degrees"),
        _column("lat", kind="degrees"),
        _column("antenna_height_m", kind="height"),
        _column("people", kind="people"),
        _column("adds", kind="people"),
        _column("why", "why_not", words="why_not"),
        _column("dominated_by"),
        _column("instead_of"),
        _column("forcing_cost", kind="moved"),
        _column("cost"),
        _column("cost_money", kind="money"),
    ),
    "coverage": (
        _column("class"),
        _column("lower", "class_lower", kind="share"),
        _column("upper", "class_upper", kind="share"),
        _column("served"),
        _column("people", kind="people"),
        _column("area_km2", kind="km2"),
    ),
}


def _value(row: Mapping[str, Any], name: str) -> Plain:
    value = row.get(name)
    if isinstance(value, (list, tuple)):
        return " ".join(str(one) for one in value)
    if isinstance(value, float) and not np.isfinite(value):
        return None
    plain: Plain = value  # a run document holds plain values
    return plain


def _made(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    shape_of: Callable[[Mapping[str, Any]], BaseGeometry | None] | None,
    unit: str = "",
) -> PlanList:
    """Make a list of the columns that any row has a value for; ``unit`` is that of money."""
    priced = money_heading("column.cost_money", unit, counted_in_wan=False)
    # Without a unit cost the column of the sites is money itself and need not stand there twice.
    twice = all(row.get("cost") == row.get("cost_money") for row in rows)
    columns = tuple(
        replace(column, heading=priced) if column.kind == "money" else column
        for column in _LIST_COLUMNS[name]
        if not rows or any(_value(row, column.name) not in (None, "") for row in rows)
        if not (column.name == "cost" and column.kind != "money" and twice)
    )
    return PlanList(
        name,
        say(f"list.{name}"),
        columns,
        tuple(tuple(_value(row, column.name) for column in columns) for row in rows),
        None if shape_of is None else tuple(shape_of(row) for row in rows),
    )


def _point(row: Mapping[str, Any]) -> BaseGeometry:
    return shapely.Point(row["lon"], row["lat"])


def _coverage(map: CoverageMap) -> PlanList:
    """Return what is served, and the classes below, as one area each."""
    required = float(map.run["service"]["required_probability"])
    classes = coverage_classes(required)
    numbers = class_numbers(map.raster.probability, classes)
    grid = map.raster.grid
    to_degrees = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    parts: dict[int, list[BaseGeometry]] = {}
    found = rasterio.features.shapes(numbers, mask=numbers > 0, transform=grid.transform)
    for geometry, number in found:
        parts.setdefault(int(number), []).append(shape(geometry))
    rows, shapes = [], []
    for number, one in enumerate(classes, start=1):
        inside = numbers == number
        if not inside.any():
            continue
        rows.append(
            {
                "class": number,
                "lower": one.lower,
                "upper": one.upper,
                "served": one.served,
                "people": round(float(map.raster.people[inside].sum()), 3),
                "area_km2": round(float(inside.sum()) * grid.step_m**2 / 1e6, 4),
            }
        )
        whole: BaseGeometry = shapely.MultiPolygon(
            [one for one in parts[number] if isinstance(one, shapely.Polygon)]
        )
        degrees = shapely.transform(
            whole, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1]))
        )
        shapes.append(shapely.make_valid(shapely.set_precision(degrees, 1e-7)))
    by_class = {row["class"]: one for row, one in zip(rows, shapes, strict=True)}
    return _made("coverage", rows, lambda row: by_class[row["class"]])


def plan_lists(map: CoverageMap) -> dict[str, PlanList]:
    """Return the lists of a run by name; what the run does not have is left out.

    Sites and candidates are points, gaps and classes of coverage areas, in WGS-84.
    """
    run = map.run
    names = run["coverage"].get("by_subdistrict", {})

    def placed(row: Mapping[str, Any]) -> dict[str, Any]:
        area = names.get(row.get("area_id", ""), {}) if row.get("area_id") else {}
        return {
            "area_name": area.get("name", ""), "area_name_en": area.get("name_en", ""), **row,
        }  # fmt: skip

    gap_shapes = {
        feature["properties"]["rank"]: shape(feature["geometry"]) for feature in features(map.gaps)
    }
    sites = sorted(run["sites"]["table"], key=lambda site: int(site["order"]))
    gaps = sorted(run["gaps"], key=lambda gap: int(gap["rank"]))
    unit = unit_of(run)
    lists = [
        _made("sites", [placed(site) for site in sites], _point, unit),
        _made("gaps", [placed(gap) for gap in gaps], lambda row: gap_shapes.get(row["rank"]), unit),
    ]
    if run.get("curve"):
        lists.append(_made("curve", run["curve"]["points"], None, unit))
    if run.get("phases"):
        steps = [{**step, "added": len(step["new"])} for step in run["phases"]["steps"]]
        lists.append(_made("phases", steps, None, unit))
    if run.get("candidates"):
        lists.append(_made("candidates", [placed(one) for one in run["candidates"]], _point, unit))
    if run["service"].get("required_probability") is not None:
        lists.append(_coverage(map))
    return {one.name: one for one in lists}
