"""The measured layer: points of drive tests with their levels, beside what was predicted there.

A page of its own, so that nobody takes one for the other: it shows the measured level, the
predicted one or their difference, one at a time, and the residuals in tables. It is made of the
vendored Leaflet, the words in two languages and numbers; names of transmitters and logs go through
the escaping template alone, and the script copies those nodes.

Colours: levels in a ramp from dark blue (weak) to pale yellow, as the coverage map has it;
differences from orange (less arrives than predicted) over grey to blue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
import shapely

from . import figures
from .bilingual import Both, both, named, phrase, raw, say
from .measured_facts import measured_answers, measured_notes, measured_tables, number
from .offline import inline
from .palette import COLOURS
from .words import words

__all__ = ["MOST_POINTS", "MeasuredMap", "PaintClass", "measured_page"]

MOST_POINTS = 20_000
"""More points are thinned for the picture: a phone draws so many in a second."""

_LEAFLET = (
    "https://cdn.jsdelivr.net/npm/leaflet@1.9.4/dist/leaflet"  # replaced by the vendored copy
)
_LEVELS = ("#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838")
_DIFFERENCES = ("#b34700", "#f1a340", "#d9d9d9", "#7fb3d5", "#0b559f")
_DIFFERENCE_EDGES = (-12.0, -4.0, 4.0, 12.0)
_STEP_DB = 5.0
_AREA_TOLERANCE_DEG = 5e-5


@dataclass(frozen=True, slots=True)
class PaintClass:
    """A range of levels or differences in dB and its colour; None is without end."""

    lower: float | None
    upper: float | None
    colour: str
    label: Both


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredMap:
    """What the page shows.

    Attributes
    ----------
    document
        The comparison as data, as ``ngbw measure --json`` prints it.
    points
        Points of the comparison, with ``lon``, ``lat``, ``measured_dbuv_m``,
        ``predicted_dbuv_m``, ``samples``, ``cell_id``, ``site_id``.
    sites
        ``lon`` and ``lat`` of the sites that were measured.
    areas
        Outlines of the district, WGS-84.
    """

    document: Mapping[str, Any]
    points: pd.DataFrame
    sites: pd.DataFrame
    areas: Sequence[Any] = ()


def _classes(edges: Sequence[float], colours: Sequence[str], unit: str) -> list[PaintClass]:
    out = []
    for index, colour in enumerate(colours):
        lower = None if index == 0 else edges[index - 1]
        upper = None if index == len(edges) else edges[index]
        shown = {
            name: say(f"unit.{unit}", value=number(value, 0))
            for name, value in (("lower", lower), ("upper", upper))
            if value is not None
        }
        kind = "below" if lower is None else "above" if upper is None else "between"
        out.append(PaintClass(lower, upper, colour, say(f"measured.class_{kind}", **shown)))
    return out


def level_classes(levels_dbuv_m: np.ndarray) -> list[PaintClass]:
    """Return six classes of level whose edges are whole steps of 5 dB around the middle ones."""
    steps = len(_LEVELS) - 1
    low, high = (np.quantile(levels_dbuv_m, [0.05, 0.95])) if len(levels_dbuv_m) else (40.0, 90.0)
    width = _STEP_DB * max(1, int(np.ceil((high - low) / (steps - 1) / _STEP_DB)))
    first = _STEP_DB * round((0.5 * (low + high) - 0.5 * width * (steps - 1)) / _STEP_DB)
    return _classes([first + width * n for n in range(steps)], _LEVELS, "dbuv_m")


def difference_classes() -> list[PaintClass]:
    """Return the classes of measured minus predicted."""
    return _classes(_DIFFERENCE_EDGES, _DIFFERENCES, "db")


def _outlines(areas: Sequence[Any]) -> list[list[list[list[float]]]]:
    """Return the rings of the outlines as [lat, lon], holes included."""
    out = []
    for shape in areas:
        simple = shape.simplify(_AREA_TOLERANCE_DEG)
        for part in shapely.get_parts(simple):
            rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else []
            out.append([[[round(y, 5), round(x, 5)] for x, y in ring.coords] for ring in rings])
    return [one for one in out if one]


def _thinned(points: pd.DataFrame) -> pd.DataFrame:
    if len(points) <= MOST_POINTS:
        return points
    chosen = np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(np.int64)
    return points.iloc[np.unique(chosen)]


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("measured.html")


def measured_page(map: MeasuredMap, language: str = "zh-CN") -> str:
    """Return a self-contained HTML page with the measured points, the residuals and the tables.

    The page holds both languages and a switch; it makes no request.

    Raises
    ------
    MissingError
        There are no words in that language.
    """
    words(language)
    document, points = map.document, map.points
    drawn = _thinned(points)
    whole = [
        f"{cell or site}" for cell, site in zip(drawn["cell_id"], drawn["site_id"], strict=True)
    ]
    numbers, transmitters = pd.factorize(pd.Series(whole, dtype=object))
    levels = level_classes(points["measured_dbuv_m"].to_numpy(np.float64))
    views = {"measured": levels, "predicted": levels, "difference": difference_classes()}
    positions = [*zip(drawn["lat"], drawn["lon"], strict=True), *zip(map.sites["lat"], map.sites["lon"], strict=True)]  # fmt: skip
    corners = np.array(positions, np.float64) if positions else np.zeros((1, 2))
    outlines = _outlines(map.areas)
    title = say(
        "measured.title",
        project=named(document["project"]["name"], document["project"]["name_en"]),
        service=named(document["service"]["name"], document["service"]["name_en"]),
    )
    spoken = {
        key: say(key)
        for key in (
            "action.zoom_in", "action.zoom_out", "language.switch",
            "measured.map_label", "measured.all_points",
            "measured.all_transmitters", "measured.level_measured",
            "measured.level_predicted", "measured.difference", "measured.samples",
            "measured.transmitter",
        )
    } | {"title": title}  # fmt: skip
    data = {
        "points": [
            [round(lat, 5), round(lon, 5), round(m, 1), round(p, 1), int(n), int(k)]
            for lat, lon, m, p, n, k in zip(
                drawn["lat"].tolist(), drawn["lon"].tolist(), drawn["measured_dbuv_m"].tolist(),
                drawn["predicted_dbuv_m"].tolist(), drawn["samples"].tolist(), numbers.tolist(),
                strict=True,
            )
        ],
        "sites": [
            [round(lat, 5), round(lon, 5)]
            for lat, lon in zip(map.sites["lat"].tolist(), map.sites["lon"].tolist(), strict=True)
        ],
        "areas": outlines,
        "views": {
            name: [[one.upper, one.colour] for one in classes] for name, classes in views.items()
        },
        "bounds": [corners.min(axis=0).round(5).tolist(), corners.max(axis=0).round(5).tolist()],
    }  # fmt: skip
    notes = measured_notes(document)
    if len(drawn) < len(points):
        notes.append(
            say(
                "measured.thinned",
                shown=number(len(drawn), 0),
                points=number(len(points), 0),
            )
        )
    page = _template().render(
        language=language,
        say=say,
        leaflet=_LEAFLET,
        title=title,
        service=named(document["service"]["name"], document["service"]["name_en"]),
        model=phrase(document["model"]["title"]),
        date=both(
            lambda spoken_in: figures.moment(
                document["created"], document["project"]["timezone"], spoken_in
            )
        ),
        answers=measured_answers(document),
        views=views,
        tables=measured_tables(document) if document["points"] else [],
        notes=notes,
        transmitters=[raw(name) for name in transmitters],
        colours=COLOURS,
        spoken={key: {"zh": text.zh, "en": text.en} for key, text in spoken.items()},
        data=data,
    )
    return inline(page)
