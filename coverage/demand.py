"""Whom to serve, on the grid: residents in their pixels, places where they stand.

A demand row that stands for a square (``cell_m``) is spread evenly over the pixels under it, so
that the share does not depend on where a 100 m centre happens to fall.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from ..topology.errors import InputError
from ..topology.network import Network
from .grid import Grid, grid_over

__all__ = ["RESIDENTS", "Demand", "Land", "demand_on", "land_of"]

RESIDENTS = "residents"
"""The kind of demand that the coverage share counts."""


@dataclass(frozen=True, slots=True)
class Land:
    """The district on the grid.

    Attributes
    ----------
    inside
        Pixels whose centre lies in the district and not on water. Without a district polygon:
        the pixels where somebody lives.
    area_index
        Index into ``area_ids`` of the subdistrict of each pixel, -1 for none.
    area_ids
        Ids of the subdistricts, in table order.
    area_names
        ``area_id`` to (name, English name).
    """

    grid: Grid
    inside: NDArray[np.bool_]
    area_index: NDArray[np.int16]
    area_ids: tuple[str, ...]
    area_names: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Demand:
    """Weights to serve, one entry per row and pixel.

    Attributes
    ----------
    pixel
        Flat pixel index.
    weight
        People, or 1 per place.
    kind
        Index into ``kinds``.
    area
        Index into the land's ``area_ids``, -1 for none.
    kinds
        ``residents``, other kinds of demand, and ``place:KIND``.
    outside
        Weight per kind that lies off the grid and is therefore not counted.
    census_year
        Year of the resident count, None when the tables do not say or disagree.
    """

    pixel: NDArray[np.int64]
    weight: NDArray[np.float64]
    kind: NDArray[np.int64]
    area: NDArray[np.int64]
    kinds: tuple[str, ...]
    outside: dict[str, float]
    census_year: int | None

    def people(self, pixels: int) -> NDArray[np.float64]:
        """Return the residents of every pixel of a grid with so many pixels."""
        if RESIDENTS not in self.kinds:
            return np.zeros(pixels)
        mine = self.kind == self.kinds.index(RESIDENTS)
        return np.bincount(self.pixel[mine], self.weight[mine], pixels).astype(np.float64)


def _projected(frame: pd.DataFrame, crs: str) -> gpd.GeoSeries:
    return gpd.GeoSeries(frame["geometry"].tolist(), crs="EPSG:4326").to_crs(crs)


def land_of(network: Network, crs: str, step_m: float) -> Land:
    """Lay the grid over the district and say which pixels belong to it.

    The grid spans the district polygons; without them the subdistricts, without those the demand.

    Raises
    ------
    InputError
        There is neither an area nor demand.
    UsageError
        The raster would be too large.
    """
    areas = network.areas
    geometry = areas["geometry"] if "geometry" in areas.columns else pd.Series(dtype=object)
    areas = areas.assign(geometry=geometry)
    subdistricts = areas[areas["kind"] == "subdistrict"]
    outline = areas[areas["kind"] == "district"]
    if outline.empty:
        outline = subdistricts
    if not outline.empty:
        shapes = _projected(outline, crs)
        # Squares of people overlap the border; half a square more takes them in.
        half_cell = (
            float(np.nan_to_num(network.demand["cell_m"].to_numpy(float)).max(initial=0)) / 2
        )
        west, south, east, north = (float(v) for v in shapes.total_bounds)
        bounds = (west - half_cell, south - half_cell, east + half_cell, north + half_cell)
    elif len(network.demand):
        x, y = _positions(network.demand, crs)
        half = np.nan_to_num(network.demand["cell_m"].to_numpy(float)) / 2 + step_m
        bounds = (
            float((x - half).min()),
            float((y - half).min()),
            float((x + half).max()),
            float((y + half).max()),
        )
        shapes = None
    else:
        raise InputError(
            "the project has no district, no subdistricts and no demand, so there is nothing to "
            "cover; import one of them: ngbw import PROJECT areas FILE --set kind=district"
        )
    grid = grid_over(crs, (bounds[0], bounds[1], bounds[2], bounds[3]), step_m)
    if shapes is not None:
        inside = _burn(grid, [(shape, 1) for shape in shapes], 0).astype(bool)
        water = areas[areas["kind"] == "water"]
        if len(water):
            inside &= ~_burn(grid, [(s, 1) for s in _projected(water, crs)], 0).astype(bool)
    else:
        pixel = demand_on(
            network,
            Land(grid, np.ones(grid.shape, bool), np.full(grid.shape, -1, np.int16), (), {}),
        ).pixel
        inside = np.zeros(grid.shape, bool)
        inside.flat[pixel] = True
    index = _burn(
        grid, [(s, n) for n, s in enumerate(_projected(subdistricts, crs))], -1
    )  # later polygons win where two overlap by a border's width
    return Land(
        grid,
        inside,
        index,
        tuple(subdistricts["area_id"]),
        {
            row["area_id"]: (row["name"], row["name_en"] or row["name"])
            for row in areas.to_dict("records")
        },
    )


def _burn(grid: Grid, shapes: list[tuple[BaseGeometry, int]], fill: int) -> NDArray[np.int16]:
    if not shapes:
        return np.full(grid.shape, fill, np.int16)
    burnt: NDArray[np.int16] = rasterize(
        shapes, out_shape=grid.shape, fill=fill, transform=grid.transform, dtype="int16"
    )
    return burnt


def _positions(frame: pd.DataFrame, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to_metres.transform(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def _spread(
    frame: pd.DataFrame, grid: Grid
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return row number, pixel, weight and whether on the grid, a piece of a square each."""
    x, y = _positions(frame, grid.crs)
    side = np.nan_to_num(frame["cell_m"].to_numpy(float), nan=0.0)
    weight = frame["people"].to_numpy(float)
    pieces = np.maximum(1, np.ceil(side / grid.step_m - 1e-9)).astype(int)
    numbers, pixels, weights, insides = [], [], [], []
    for count in np.unique(pieces):
        rows = np.flatnonzero(pieces == count)
        offset = ((np.arange(count) + 0.5) / count - 0.5)[None, :] * side[rows, None]
        px = (x[rows, None, None] + offset[:, None, :]).repeat(count, axis=1).ravel()
        py = (y[rows, None, None] + offset[:, :, None]).repeat(count, axis=2).ravel()
        row, column, inside = grid.pixel_of(px, py)
        numbers.append(rows.repeat(count * count))
        pixels.append(row * grid.width + column)
        weights.append((weight[rows] / count**2).repeat(count * count))
        insides.append(inside)
    if not numbers:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros(0), np.zeros(0, bool)
    return (
        np.concatenate(numbers),
        np.concatenate(pixels),
        np.concatenate(weights),
        np.concatenate(insides),
    )


def demand_on(network: Network, land: Land) -> Demand:
    """Put demand and places on the grid.

    Residents count wherever the grid reaches (the raster's squares overlap the border); places
    count when they stand inside the district.
    """
    grid, frame, places = land.grid, network.demand, network.places
    kinds = [RESIDENTS, *sorted(set(frame["kind"]) - {RESIDENTS})]
    kinds += [f"place:{kind}" for kind in sorted(set(places["kind"]))]
    number_of_kind = {kind: n for n, kind in enumerate(kinds)}
    number_of = {area_id: n for n, area_id in enumerate(land.area_ids)}
    outside: dict[str, float] = {}

    number, pixel, weight, on_grid = _spread(frame, grid)
    row_kind = frame["kind"].map(number_of_kind).to_numpy(np.int64)
    stated = frame["area_id"].map(number_of).fillna(-2).to_numpy(np.int64)
    for n, kind in enumerate(kinds):
        lost = float(weight[~on_grid & (row_kind[number] == n)].sum())
        if lost > 0:
            outside[kind] = lost
    number, pixel, weight = number[on_grid], pixel[on_grid], weight[on_grid]
    seen = land.area_index.ravel()[pixel].astype(np.int64)
    area = np.where(stated[number] == -2, seen, stated[number])

    x, y = _positions(places, grid.crs)
    place_row, place_column, place_on = grid.pixel_of(x, y)
    place_pixel = place_row * grid.width + place_column
    place_on[place_on] = land.inside.ravel()[place_pixel[place_on]]
    place_kind = ("place:" + places["kind"]).map(number_of_kind).to_numpy(np.int64)
    for n in np.unique(place_kind[~place_on]):
        outside[kinds[n]] = float((~place_on & (place_kind == n)).sum())
    place_pixel = place_pixel[place_on]

    years = frame.loc[frame["kind"] == RESIDENTS, "census_year"].dropna().unique()
    return Demand(
        pixel=np.concatenate([pixel, place_pixel]),
        weight=np.concatenate([weight, np.ones(len(place_pixel))]),
        kind=np.concatenate([row_kind[number], place_kind[place_on]]).astype(np.int64),
        area=np.concatenate([area, land.area_index.ravel()[place_pixel].astype(np.int64)]),
        kinds=tuple(kinds),
        outside=outside,
        census_year=int(years[0]) if len(years) == 1 else None,
    )
