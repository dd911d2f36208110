"""Which roofs of Yangpu a planner could propose for an NGB-W antenna: about 300, none of them real.

A pool of roofs is made first: those of the important places, sites of the mobile operators and
residential towers where people live. Each gets a height from the quantiles of building heights in
inner Shanghai, drawn inside a band of its kind. The roofs of the places are taken first, then the
tallest of the others, the next tallest that is far enough away, and so on, as a planner would
propose them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import shapely

from .yangpu_chance import share_of
from .yangpu_outline import PARKS, SUBDISTRICTS, borders, district, projected, rivers, unprojected
from .yangpu_people import Square

__all__ = ["HEIGHT_QUANTILES_M", "candidates", "height_m"]

HEIGHT_QUANTILES_M: tuple[tuple[float, float], ...] = (
    (0.0, 6.0), (0.05, 10.0), (0.25, 14.7), (0.50, 18.2), (0.75, 23.9),
    (0.90, 46.7), (0.95, 53.9), (0.99, 65.8), (1.0, 90.5),
)  # fmt: skip
"""Share of buildings and the height they stay below, for inner Shanghai."""

_BANDS: dict[str, tuple[float, float]] = {
    "residential_rooftop": (0.20, 0.90),
    "telecom_site": (0.50, 0.97),
    "university": (0.50, 0.92),
    "school": (0.25, 0.60),
    "hospital": (0.60, 0.96),
    "mall": (0.70, 0.95),
    "office": (0.80, 0.99),
}
"""Share of buildings between which a roof of that kind falls: an office is no bungalow."""

_COSTS = {"telecom_site": 1.0, "residential_rooftop": 1.8}
_PUBLIC_COST = 1.3
_OF_PLACE = {
    "university": "university",
    "hospital": "hospital",
    "school": "school",
    "mall": "mall",
    "office_park": "office",
    "government": "office",
}
_SPACING_M = 280.0
_WANTED = 300
_TELECOM_POOL = 170
_HOME_POOL = 780
_ANTENNA_ABOVE_ROOF_M = 5.0
_NAMES = {"residential_rooftop": "住宅屋顶", "telecom_site": "通信机房屋顶"}

Row = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class _Roof:
    name: str
    category: str
    area_id: str
    x_m: float
    y_m: float
    roof_height_m: float


def height_m(category: str, name: str) -> float:
    """Return the height of a roof: the quantile its name draws inside the band of its kind."""
    low, high = _BANDS[category]
    share = low + (high - low) * share_of(f"height:{name}")
    for (left, below), (right, above) in pairwise(HEIGHT_QUANTILES_M):
        if share <= right:
            return round(below + (above - below) * (share - left) / (right - left), 1)
    return HEIGHT_QUANTILES_M[-1][1]


def _drawn(squares: list[Square], category: str, count: int) -> list[_Roof]:
    """Draw squares without repetition, likelier where more people live, a roof in each."""

    def key(one: Square) -> float:
        # Efraimidis and Spirakis (2006): the largest u ** (1 / weight) are a weighted sample. The
        # weight grows slower than the people, because where many live the houses are larger.
        u = share_of(f"{category}:{one.x_m:.0f}:{one.y_m:.0f}")
        return math.log(max(u, 1e-12)) / math.sqrt(one.people)

    roofs = []
    for one in sorted(squares, key=key, reverse=True)[:count]:
        name = f"{category}:{one.x_m:.0f}:{one.y_m:.0f}"
        x_m = one.x_m + 80 * (share_of(f"east:{name}") - 0.5)
        y_m = one.y_m + 80 * (share_of(f"north:{name}") - 0.5)
        roofs.append(_Roof("", category, one.area_id, x_m, y_m, height_m(category, name)))
    return roofs


def _of_places(places: Sequence[Mapping[str, str]]) -> list[_Roof]:
    roofs = []
    for place in places:
        category = _OF_PLACE.get(place["kind"])
        if category is None:
            continue
        spot = projected(shapely.Point(float(place["lon"]), float(place["lat"])))
        x_m, y_m = float(shapely.get_x(spot)), float(shapely.get_y(spot))
        height = height_m(category, place["name"])
        roofs.append(_Roof(f"{place['name']}屋顶", category, place["area_id"], x_m, y_m, height))
    return roofs


def _turn(roof: _Roof) -> tuple[bool, float, float, float]:
    """Order roofs: those of public places, whose owner can be asked, then the tallest."""
    return roof.name == "", -roof.roof_height_m, roof.x_m, roof.y_m


def candidates(squares: list[Square], places: Sequence[Mapping[str, str]]) -> list[Row]:
    """Return the candidate rows of the table ``sites``, from north to south.

    Parameters
    ----------
    squares
        Inhabited squares; roofs stand where people live.
    places
        Rows of the table ``places``.
    """
    pool = (
        _of_places(places)
        + _drawn(squares, "telecom_site", _TELECOM_POOL)
        + _drawn(squares, "residential_rooftop", _HOME_POOL)
    )
    closed = projected(
        shapely.union_all([*rivers().values(), *(shapely.Polygon(ring) for *_, ring in PARKS)])
    )
    inside = projected(district())
    taken: list[_Roof] = []
    for roof in sorted(pool, key=_turn):
        near = any(
            math.hypot(roof.x_m - other.x_m, roof.y_m - other.y_m) < _SPACING_M for other in taken
        )
        spot = shapely.Point(roof.x_m, roof.y_m)
        # Moved off the centre of its square, a roof may have left the district.
        if near or closed.contains(spot) or not inside.contains(spot):
            continue
        taken.append(roof)
        if len(taken) == _WANTED:
            break
    taken.sort(key=lambda roof: (-roof.y_m, roof.x_m))
    return _rows(taken)


def _rows(roofs: list[_Roof]) -> list[Row]:
    degrees = shapely.get_coordinates(
        unprojected(shapely.MultiPoint([(roof.x_m, roof.y_m) for roof in roofs]))
    )
    shapes = borders()
    named = {one.area_id: one.name for one in SUBDISTRICTS}
    rows: list[Row] = []
    for number, (roof, (lon, lat)) in enumerate(zip(roofs, degrees, strict=True), start=1):
        place = shapely.Point(round(float(lon), 6), round(float(lat), 6))
        area_id = next((key for key, shape in shapes.items() if shape.covers(place)), roof.area_id)
        label = roof.name or f"{named[area_id]}{_NAMES[roof.category]}{number:03d}"
        rows.append(
            {
                "site_id": f"YP-C{number:03d}",
                "name": label,
                "kind": "ngb-w",
                "state": "candidate",
                "lon": place.x,
                "lat": place.y,
                "area_id": area_id,
                "roof_height_m": roof.roof_height_m,
                "antenna_height_m": round(roof.roof_height_m + _ANTENNA_ABOVE_ROOF_M, 1),
                "category": roof.category,
                "cost": _COSTS.get(roof.category, _PUBLIC_COST),
                "accuracy_m": 500 if roof.name else None,
                "source": "generated",
                "assumed": "*",
            }
        )
    return rows
