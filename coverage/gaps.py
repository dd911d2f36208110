"""Where people are not served: the gaps, ranked by people, each with its reason.

Pixels with unserved residents that lie within 50 m of each other make one gap, so that a lane of
houses between two covered ones does not become twenty. Nothing is dropped for being small: the
people of all gaps are all unserved people.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.features import shapes
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from ..topology.network import Network
from .demand import Land
from .results import GAP_REASONS, Gap, GapReason, PlannedSite

__all__ = ["find_gaps", "gap_labels"]

_JOIN_M = 50.0
_NO_CANDIDATE = 0
_REASONS: tuple[GapReason, ...] = ("no-candidate", *GAP_REASONS.values())
"""Numbered so that a pixel's own reason is its :class:`.MissReason`."""


def gap_labels(mask: NDArray[np.bool_], step_m: float) -> tuple[NDArray[np.int32], int]:
    """Give each connected gap a number; pixels within ``_JOIN_M`` belong together."""
    reach = max(1, round(_JOIN_M / step_m / 2))
    wide = ndimage.binary_dilation(mask, np.ones((2 * reach + 1, 2 * reach + 1), bool))
    labels = np.zeros(mask.shape, np.int32)
    ndimage.label(wide, np.ones((3, 3), bool), output=labels)
    return np.where(mask, labels, 0).astype(np.int32), int(labels.max())


def _outlines(labels: NDArray[np.int32], count: int, land: Land) -> list[BaseGeometry]:
    """Return each gap's outline in WGS-84, index 0 for gap 1."""
    parts: list[list[BaseGeometry]] = [[] for _ in range(count)]
    for geometry, value in shapes(labels, labels > 0, transform=land.grid.transform):
        parts[int(value) - 1].append(shapely.geometry.shape(geometry))
    to_degrees = Transformer.from_crs(land.grid.crs, "EPSG:4326", always_xy=True)

    def degrees(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_degrees.transform(points[:, 0], points[:, 1]))

    return [shapely.transform(shapely.union_all(part), degrees) for part in parts]


def find_gaps(
    land: Land,
    unserved: NDArray[np.float64],
    *,
    reached_by_any: NDArray[np.bool_],
    reasons: NDArray[np.uint8],
    sites: Sequence[PlannedSite],
    network: Network,
) -> tuple[Gap, ...]:
    """Merge unserved residents into gaps and rank them.

    Parameters
    ----------
    unserved
        Residents not served, per pixel, shape of the grid.
    reached_by_any
        Pixels that at least one usable site would serve.
    reasons
        :class:`.MissReason` of every pixel.
    sites
        The plan.
    network
        For the names of places.

    Returns
    -------
    tuple of Gap
        Most people first; ties by position, north before south.
    """
    grid = land.grid
    mask = unserved > 0
    if not mask.any():
        return ()
    labels, count = gap_labels(mask, grid.step_m)
    row, column = np.nonzero(mask)
    label = labels[row, column]
    people = unserved[row, column]
    x, y = grid.x_m()[column], grid.y_m()[row]

    def total(weight: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.bincount(label, weight, count + 1)[1:].astype(np.float64)

    per_gap = total(people)
    middle_x, middle_y = total(people * x) / per_gap, total(people * y) / per_gap
    reason = np.where(reached_by_any[row, column], reasons[row, column], _NO_CANDIDATE)
    by_reason = np.stack([total(people * (reason == number)) for number in range(len(_REASONS))])
    area = land.area_index[row, column]
    by_area = np.stack(
        [total(people * (area == n)) for n in range(len(land.area_ids))] or [np.zeros(count)]
    )

    to_metres = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    to_degrees = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    site_x, site_y = to_metres.transform([s.lon for s in sites], [s.lat for s in sites])
    places = network.places
    place_x, place_y = to_metres.transform(places["lon"].to_numpy(), places["lat"].to_numpy())
    outlines = _outlines(labels, count, land)

    gaps = []
    for rank, n in enumerate(np.lexsort((-middle_y, -per_gap)), start=1):
        mine = label == n + 1
        # The gap's pixel that is nearest to its centre of gravity: always inside it.
        here = np.argmin((x[mine] - middle_x[n]) ** 2 + (y[mine] - middle_y[n]) ** 2)
        gap_x, gap_y = float(x[mine][here]), float(y[mine][here])
        lon, lat = to_degrees.transform(gap_x, gap_y)
        site, site_m = _nearest(gap_x, gap_y, site_x, site_y)
        place, place_m = _nearest(gap_x, gap_y, place_x, place_y)
        has_area = len(land.area_ids) > 0 and by_area[:, n].max() > 0
        gaps.append(
            Gap(
                rank=rank,
                people=float(per_gap[n]),
                area_km2=float(mine.sum() * grid.pixel_km2),
                area_id=land.area_ids[int(by_area[:, n].argmax())] if has_area else "",
                lon=float(lon),
                lat=float(lat),
                reason=_REASONS[int(by_reason[:, n].argmax())] if sites else "no-site",
                next_site_id=sites[site].site_id if site is not None else "",
                next_site_m=site_m,
                nearest_place=str(places["name"].iloc[place]) if place is not None else "",
                nearest_place_en=str(places["name_en"].iloc[place]) if place is not None else "",
                nearest_place_m=place_m,
                geometry=outlines[n],
            )
        )
    return tuple(gaps)


def _nearest(
    x: float, y: float, xs: Sequence[float], ys: Sequence[float]
) -> tuple[int | None, float | None]:
    if not len(xs):
        return None, None
    distance = np.hypot(np.asarray(xs, float) - x, np.asarray(ys, float) - y)
    return int(distance.argmin()), float(distance.min())
