"""The field outside the walls of a building, for the people inside it.

A path to a pixel under a roof would be computed over that very roof, and the entry loss would then
count the building a second time. So an indoor pixel takes what the street outside receives: the
median of the fields of the street pixels at its walls, which are those nearest to it (the nearest
distance plus half a pixel). Entry loss (ITU-R P.2109) comes after that, elsewhere.

Deep inside a large roof the walls are far and many; beyond ``REACH_M`` the one nearest street
pixel stands for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from ...topology.compiled import compiled
from ...topology.errors import InputError
from ..grid import Grid

__all__ = ["REACH_M", "Walls", "street_field", "walls_of"]

REACH_M = 150.0
"""As far the walls of a pixel are looked for one by one."""

_NO_FIELD_DBUV_M = -900.0  # below: the mark of a pixel that receives nothing


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """Which street pixels are at the walls of each building pixel; made once for many fields.

    Attributes
    ----------
    shape
        Rows and columns of the grid.
    pixel
        Flat index of each building pixel.
    start
        Where its street pixels begin in ``street``; one entry more than ``pixel``.
    street
        Flat indices of street pixels, one run per building pixel.
    """

    shape: tuple[int, int]
    pixel: NDArray[np.int64]
    start: NDArray[np.int64]
    street: NDArray[np.int64]

    def street_field(self, field_dbuv_m: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return a field in which building pixels have the median of the streets at their walls.

        Street pixels without a field (NaN) have no say; a building pixel none of whose streets has
        one is NaN. The median of an even number is the mean of the middle two, in dB.

        Raises
        ------
        InputError
            The field has another shape than the grid.
        """
        field = np.asarray(field_dbuv_m)
        if field.shape != self.shape:
            raise InputError(
                f"the field has the shape {field.shape}, the walls were found on a grid of "
                f"{self.shape} (rows, columns); use the same grid"
            )
        street = np.array(field, dtype=np.float32, order="C", copy=True)
        _medians(street.reshape(-1).copy(), self.pixel, self.start, self.street, street.reshape(-1))
        return street


def walls_of(building: NDArray[np.bool_], grid: Grid, *, reach_m: float = REACH_M) -> Walls:
    """Find the street pixels at the walls of every building pixel.

    Parameters
    ----------
    building
        Pixels that are indoors; all others are street.
    reach_m
        As far the walls are looked for one by one.

    Raises
    ------
    InputError
        The shape is not the grid's, or every pixel is a building.
    """
    building = np.ascontiguousarray(building, dtype=bool)
    if building.shape != grid.shape:
        raise InputError(
            f"the buildings have the shape {building.shape}, the grid has {grid.shape} "
            "(rows, columns)"
        )
    if building.all():
        raise InputError(
            "every pixel of the grid is a building, so that no street is left to receive in; take "
            "a smaller grid_m or check the heights of the buildings"
        )
    pixel = np.flatnonzero(building)
    if not pixel.size:
        return Walls(grid.shape, pixel, np.zeros(1, np.int64), np.zeros(0, np.int64))
    apart = np.zeros(building.shape, np.float64)
    nearest = np.zeros((2, *building.shape), np.int32)
    distance_transform_edt(building, return_indices=True, distances=apart, indices=nearest)
    distance = apart.ravel()[pixel]
    nearest_street = (nearest[0].ravel() * grid.width + nearest[1].ravel())[pixel]

    # Offsets by distance: the street pixels of a ring stand in one run of this list.
    radius = max(1, math.ceil(min(reach_m / grid.step_m, float(distance.max())) + 0.5))
    span = np.arange(-radius, radius + 1)
    down, right = (part.ravel() for part in np.meshgrid(span, span, indexing="ij"))
    squared = down * down + right * right
    order = np.argsort(squared, kind="stable")
    down, right, squared = down[order], right[order], squared[order]
    first = np.searchsorted(squared, np.round(distance * distance) - 0.5)
    last = np.searchsorted(squared, (distance + 0.5) ** 2, side="right")
    far = distance * grid.step_m > reach_m
    last[far] = first[far]  # an empty ring: the nearest one alone

    counts = np.zeros(pixel.size, np.int64)
    _count_streets(building, pixel, first, last, down, right, counts)
    start = np.concatenate([[0], np.cumsum(np.maximum(counts, 1))]).astype(np.int64)
    street = np.zeros(start[-1], np.int64)
    _list_streets(
        building, pixel, first, last, down, right, start, nearest_street.astype(np.int64), street
    )
    return Walls(grid.shape, pixel, start, street)


def street_field(
    field_dbuv_m: NDArray[np.floating],
    clutter_m: NDArray[np.floating],
    grid: Grid,
    *,
    building: NDArray[np.bool_] | None = None,
    reach_m: float = REACH_M,
) -> NDArray[np.float32]:
    """Return the field in which every building pixel receives what the streets around it do.

    For several fields over one surface make :func:`walls_of` once and use its method.

    Parameters
    ----------
    clutter_m
        Height of what stands on each pixel.
    building
        Pixels that are indoors; every pixel with clutter when None.

    Raises
    ------
    InputError
        Shapes differ, or there is no street.
    """
    indoors = np.asarray(clutter_m) > 0 if building is None else building
    return walls_of(indoors, grid, reach_m=reach_m).street_field(field_dbuv_m)


@compiled
def _count_streets(
    building: NDArray[np.bool_],
    pixel: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    down: NDArray[np.int64],
    right: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    height, width = building.shape
    for n in range(pixel.size):
        row, column = pixel[n] // width, pixel[n] % width
        for k in range(first[n], last[n]):
            r, c = row + down[k], column + right[k]
            if 0 <= r < height and 0 <= c < width and not building[r, c]:
                counts[n] += 1


@compiled
def _list_streets(
    building: NDArray[np.bool_],
    pixel: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    down: NDArray[np.int64],
    right: NDArray[np.int64],
    start: NDArray[np.int64],
    nearest_street: NDArray[np.int64],
    street: NDArray[np.int64],
) -> None:
    height, width = building.shape
    for n in range(pixel.size):
        row, column = pixel[n] // width, pixel[n] % width
        place = start[n]
        for k in range(first[n], last[n]):
            r, c = row + down[k], column + right[k]
            if 0 <= r < height and 0 <= c < width and not building[r, c]:
                street[place] = r * width + c
                place += 1
        if place == start[n]:
            street[place] = nearest_street[n]


@compiled
def _medians(
    field: NDArray[np.float32],
    pixel: NDArray[np.int64],
    start: NDArray[np.int64],
    street: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    longest = 1
    for n in range(pixel.size):
        longest = max(longest, start[n + 1] - start[n])
    values = np.empty(longest, np.float32)
    for n in range(pixel.size):
        count = 0
        for k in range(start[n], start[n + 1]):
            value = field[street[k]]
            if not np.isnan(value):
                # Insertion keeps the few values in order.
                place = count
                while place > 0 and values[place - 1] > value:
                    values[place] = values[place - 1]
                    place -= 1
                values[place] = value
                count += 1
        if count == 0:
            out[pixel[n]] = np.nan
        elif count % 2 == 1:
            out[pixel[n]] = values[count // 2]
        elif values[count // 2 - 1] < _NO_FIELD_DBUV_M:
            # The mark of "nothing" is no level that could be averaged.
            out[pixel[n]] = values[count // 2 - 1]
        else:
            out[pixel[n]] = 0.5 * (values[count // 2 - 1] + values[count // 2])
