"""What the strictest of many receivers allows a sender, at every pixel, without asking them all.

A receiver at q that bears a level A(q) lets a sender at p produce A(q) + L(p, q) before the loss
L. With a loss that depends on the distance alone and does not fall with it, a block of receivers
allows at least its smallest A plus the loss to its nearest pixel: blocks that cannot be strictest
are left out (branch and bound over a pyramid of minima), and the answer is that of trying every
pair of pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError

__all__ = ["least_allowed"]

_STEPS_PER_PIXEL = 16
"""Losses between are interpolated: for 20 log d at most 0.004 dB too low, which protects."""


@compiled
def _halve(fine: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the smallest of each 2 x 2 pixels."""
    rows, columns = (fine.shape[0] + 1) // 2, (fine.shape[1] + 1) // 2
    out = np.full((rows, columns), np.float32(np.inf))
    for row in range(fine.shape[0]):
        for column in range(fine.shape[1]):
            out[row // 2, column // 2] = min(out[row // 2, column // 2], fine[row, column])
    return out


@compiled
def _bound(
    permitted: float, down: int, across: int, loss: NDArray[np.float64], per_pixel: float
) -> float:
    """Return what a receiver allows that lies so many pixels away."""
    place = min(math.sqrt(float(down * down + across * across)) * per_pixel, loss.size - 1.001)
    left = int(place)
    return float(permitted + loss[left] + (place - left) * (loss[left + 1] - loss[left]))


@compiled
def _search(
    pyramid: NDArray[np.float32],
    start: NDArray[np.int64],
    shape: NDArray[np.int64],
    loss: NDArray[np.float64],
    per_pixel: float,
    cap: float,
    out: NDArray[np.float32],
) -> None:
    """Write the least of permitted(q) + loss(p, q) for every p, by branch and bound."""
    floors = shape.shape[0]
    rows, columns = shape[0, 0], shape[0, 1]
    stack = np.empty((4 * floors + 4, 3), np.int64)  # floor of the pyramid, row, column
    stack_bound = np.empty(4 * floors + 4)
    child_bound = np.empty(4)
    child_place = np.empty((4, 2), np.int64)
    lowest = float(pyramid[start[floors - 1]])
    if lowest == np.inf:
        out[:] = cap
        return
    for row in range(rows):
        worst_row, worst_column = -1, -1
        for column in range(columns):
            best = cap
            if worst_row >= 0:  # what limits the neighbour is a good first guess
                permitted = float(pyramid[worst_row * columns + worst_column])
                best = min(
                    best,
                    _bound(permitted, row - worst_row, column - worst_column, loss, per_pixel),
                )
            stack[0, 0], stack[0, 1], stack[0, 2] = floors - 1, 0, 0
            stack_bound[0] = _bound(lowest, 0, 0, loss, per_pixel)
            top = 0
            while top >= 0:
                floor, block_row, block_column = stack[top, 0], stack[top, 1], stack[top, 2]
                bound = stack_bound[top]
                top -= 1
                if bound >= best:
                    continue
                if floor == 0:
                    best = bound
                    worst_row, worst_column = block_row, block_column
                    continue
                side = 1 << (floor - 1)
                count = 0
                for child in range(4):
                    r, c = 2 * block_row + child // 2, 2 * block_column + child % 2
                    if r >= shape[floor - 1, 0] or c >= shape[floor - 1, 1]:
                        continue
                    permitted = float(pyramid[start[floor - 1] + r * shape[floor - 1, 1] + c])
                    # To the nearest pixel of the block; 0 inside it.
                    down = max(r * side - row, 0, row - min((r + 1) * side, rows) + 1)
                    across = max(c * side - column, 0, column - min((c + 1) * side, columns) + 1)
                    bound = _bound(permitted, down, across, loss, per_pixel)
                    if bound >= best:
                        continue
                    # Kept with the worst first, so that the most promising is taken next.
                    slot = count
                    while slot > 0 and child_bound[slot - 1] < bound:
                        child_bound[slot] = child_bound[slot - 1]
                        child_place[slot] = child_place[slot - 1]
                        slot -= 1
                    child_bound[slot] = bound
                    child_place[slot, 0], child_place[slot, 1] = r, c
                    count += 1
                for slot in range(count):
                    top += 1
                    stack[top, 0] = floor - 1
                    stack[top, 1], stack[top, 2] = child_place[slot, 0], child_place[slot, 1]
                    stack_bound[top] = child_bound[slot]
            out[row, column] = best


def _pyramid(
    permitted: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Return the minima of ever larger blocks, flat, with start and shape of each floor."""
    floors = [permitted]
    while floors[-1].size > 1:
        floors.append(_halve(floors[-1]))
    start = np.cumsum([0] + [floor.size for floor in floors[:-1]]).astype(np.int64)
    shape = np.array([floor.shape for floor in floors], np.int64)
    return np.concatenate([floor.ravel() for floor in floors]), start, shape


def least_allowed(
    permitted: NDArray[np.float32],
    loss_db: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    step_m: float,
    cap: float,
) -> NDArray[np.float32]:
    """Return the least of ``permitted(q) + loss(p, q)`` over all pixels q, for every pixel p.

    Parameters
    ----------
    permitted
        What the receiver in each pixel bears, dB, [row, column]; +inf where there is none.
    loss_db
        Loss by distance in metres, from 0 up; it must not fall with the distance.
    step_m
        Side of a pixel.
    cap
        Larger answers become this.
    """
    reach = math.ceil(math.hypot(*permitted.shape) * _STEPS_PER_PIXEL) + 2
    distance_m = np.arange(reach, dtype=np.float64) / _STEPS_PER_PIXEL * step_m
    loss = np.asarray(loss_db(distance_m), np.float64)
    falls = loss.shape != distance_m.shape or not (np.diff(loss) >= -1e-9).all()
    if falls or not np.isfinite(loss).all():
        raise UsageError(
            "loss_db must give one finite loss per distance that does not fall with it"
        )
    out = np.empty(permitted.shape, np.float32)
    _search(*_pyramid(permitted), loss, float(_STEPS_PER_PIXEL), cap, out)
    return out
