"""Where the residents of Yangpu live: the census of each subdistrict spread over 100 m squares.

Inside a subdistrict the density varies smoothly by chance. Nobody lives on water or in a park, few
on a campus or beside the old docks and mills of the river. Every subdistrict sums to its census
figure exactly, in whole people.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import shapely

from .yangpu_chance import smooth_noise
from .yangpu_outline import PARKS, SUBDISTRICTS, borders, projected, rivers, unprojected

__all__ = ["CELL_M", "Square", "demand", "squares", "whole_people"]

CELL_M = 100
_CAMPUS_RADIUS_M = 350
_CAMPUS_WEIGHT = 0.25
_WATERFRONT_M = 500
_WATERFRONT_WEIGHT = 0.35
_PATCH_M = 700
"""Side of the lattice on which the density varies: about a large housing estate."""

Row = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Square:
    """One inhabited 100 m square.

    Attributes
    ----------
    x_m, y_m
        Centre in the projected CRS; the sides lie on whole multiples of 100 m.
    """

    area_id: str
    x_m: float
    y_m: float
    people: int


def whole_people(weights: list[float], total: int) -> list[int]:
    """Share out whole people in proportion to the weights, by largest remainder.

    Returns
    -------
    list of int
        One for each weight; their sum is ``total``. Nobody goes where the weight is 0.

    Examples
    --------
    >>> whole_people([1.0, 1.0, 2.0], 10)
    [3, 2, 5]
    """
    whole = sum(weights)
    exact = [weight / whole * total for weight in weights]
    people = [math.floor(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (people[i] - exact[i], i))
    for i in order[: total - sum(people)]:
        people[i] += 1
    return people


def squares(campuses: Iterable[tuple[float, float]]) -> list[Square]:
    """Return the inhabited squares of the district, subdistrict by subdistrict.

    Parameters
    ----------
    campuses
        Longitude and latitude of universities.
    """
    water = projected(shapely.union_all(list(rivers().values())))
    parks = projected(shapely.union_all([shapely.Polygon(ring) for *_, ring in PARKS]))
    campus = projected(shapely.MultiPoint(list(campuses)))
    empty = shapely.union(water, parks)
    shapely.prepare(empty)
    found: list[Square] = []
    for one in SUBDISTRICTS:
        border = projected(borders()[one.area_id])
        shapely.prepare(border)
        west, south, east, north = (value / CELL_M for value in border.bounds)
        centres: list[tuple[float, float]] = []
        weights: list[float] = []
        for row in range(math.floor(south), math.ceil(north)):
            for column in range(math.floor(west), math.ceil(east)):
                x_m, y_m = (column + 0.5) * CELL_M, (row + 0.5) * CELL_M
                centre = shapely.Point(x_m, y_m)
                if not border.contains(centre) or empty.contains(centre):
                    continue
                dense = smooth_noise("density", x_m, y_m, step_m=_PATCH_M)
                weight = 0.1 + 1.6 * dense**2
                if campus.distance(centre) < _CAMPUS_RADIUS_M:
                    weight *= _CAMPUS_WEIGHT
                if water.distance(centre) < _WATERFRONT_M:
                    weight *= _WATERFRONT_WEIGHT
                centres.append((x_m, y_m))
                weights.append(weight)
        shares = whole_people(weights, one.population)
        found += [
            Square(one.area_id, x_m, y_m, people)
            for (x_m, y_m), people in zip(centres, shares, strict=True)
            if people
        ]
    return found


def demand(inhabited: list[Square]) -> list[Row]:
    """Return the rows of the table ``demand``."""
    degrees = shapely.get_coordinates(
        unprojected(shapely.MultiPoint([(one.x_m, one.y_m) for one in inhabited]))
    )
    return [
        {
            # Named after its south-west corner in hundreds of metres, whatever the order.
            "demand_id": f"D{one.x_m // CELL_M:.0f}-{one.y_m // CELL_M:.0f}",
            "kind": "residents",
            "lon": round(float(lon), 6),
            "lat": round(float(lat), 6),
            "people": one.people,
            "cell_m": CELL_M,
            "census_year": 2020,
            "area_id": one.area_id,
            "source": "generated",
            "assumed": "*",
        }
        for one, (lon, lat) in zip(inhabited, degrees, strict=True)
    ]
