"""Ground under which several links run, found from the lines of the spans alone.

Every span is cut into pieces of ten metres. At each piece stand the spans that pass within the
tolerance and run the same way; all their links fall when somebody digs there. Pieces at which the
same links stand are one corridor, however many spans and streets it goes through, and it counts
from ``shared_m`` metres on. Lines need not coincide: two surveys of one duct that lie some metres
apart are one corridor, and a street that is only crossed is none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from .risk_groups import CableMap, RiskGroup

__all__ = ["SHARED_M", "TOLERANCE_M", "corridors"]

SHARED_M = 50.0
"""Metres of common ground from which on links count as sharing it."""

TOLERANCE_M = 10.0
"""Lines within this run in the same trench: half a street, and what a digitiser may be off."""

_PIECE_M = 10.0
_TURN_DEG = 30.0
"""Lines whose directions differ by less run the same way, though digitised by different hands."""


def _pieces(
    lines: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.object_]]:
    """Return span number, length and chord of every piece of about ten metres."""
    length = shapely.length(lines)
    count = np.maximum(1, np.round(length / _PIECE_M)).astype(np.int64)
    count[length == 0] = 0
    span = np.repeat(np.arange(len(lines)), count)
    number = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)
    step = np.divide(length, count, out=np.zeros(len(lines)), where=count > 0)[span]
    start = shapely.line_interpolate_point(lines[span], number * step)
    end = shapely.line_interpolate_point(lines[span], (number + 1) * step)
    ends = np.stack([shapely.get_coordinates(start), shapely.get_coordinates(end)], axis=1)
    return span, step, np.asarray(shapely.linestrings(ends), object)


def _same_way(
    chords: NDArray[np.object_], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which pairs of chords are parallel, either way round."""
    ends = shapely.get_coordinates(chords).reshape(-1, 2, 2)
    along = ends[:, 1] - ends[:, 0]
    cross = np.abs(along[a, 0] * along[b, 1] - along[a, 1] * along[b, 0])
    dot = np.abs((along[a] * along[b]).sum(axis=1))
    return np.asarray(cross <= math.tan(math.radians(_TURN_DEG)) * dot)


def corridors(
    cables: CableMap, *, shared_m: float = SHARED_M, tolerance_m: float = TOLERANCE_M
) -> list[RiskGroup]:
    """Return the corridors that two or more links share, the longest first.

    Parameters
    ----------
    shared_m
        Least length of common ground.
    tolerance_m
        How far apart two lines in the same ground may be drawn.
    """
    if not len(cables.lines):
        return []
    span, length_m, chords = _pieces(cables.lines)
    middle = shapely.line_interpolate_point(chords, 0.5, normalized=True)
    tree = shapely.STRtree(chords)
    piece, near = tree.query(middle, predicate="dwithin", distance=tolerance_m)
    keep = _same_way(chords, piece, near)
    # Each piece with each span beside it, once; its own span is among them.
    beside = np.unique(np.stack([piece[keep], span[near[keep]]], axis=1), axis=0)
    first = np.searchsorted(beside[:, 0], np.arange(len(span) + 1))
    at: dict[frozenset[int], list[int]] = defaultdict(list)
    spans_at: list[tuple[int, ...]] = []
    links_of: dict[tuple[int, ...], frozenset[int]] = {}
    for n in range(len(span)):
        here = tuple(beside[first[n] : first[n + 1], 1].tolist())
        spans_at.append(here)
        if here not in links_of:
            links_of[here] = frozenset[int]().union(*(cables.links[s] for s in here))
        if len(links_of[here]) > 1:
            at[links_of[here]].append(n)
    found = []
    for links, pieces in at.items():
        # Every span beside a place has a piece there, so each place is seen as often.
        metres: dict[int, float] = defaultdict(float)
        for n in pieces:
            metres[int(span[n])] += float(length_m[n]) / len(spans_at[n])
        total = sum(metres.values())
        if total < shared_m:
            continue
        spans = sorted(metres, key=lambda s: (-metres[s], s))
        spots = shapely.get_coordinates(middle[pieces])
        centre = spots.mean(axis=0)
        spot = middle[pieces[int(np.hypot(*(spots - centre).T).argmin())]]
        found.append(
            cables.group(
                "corridor",
                cables.street_names(spans),
                links=links,
                spans=spans,
                length_m=round(total, 1),
                at=spot,
            )
        )
    found.sort(key=lambda g: (-(g.length_m or 0), g.links))
    return _with_own_ids(found)


def _with_own_ids(groups: list[RiskGroup]) -> list[RiskGroup]:
    """Return the groups, numbered where one span names several."""
    seen: dict[str, int] = {}
    out = []
    for group in groups:
        seen[group.group_id] = seen.get(group.group_id, 0) + 1
        again = seen[group.group_id]
        out.append(replace(group, group_id=f"{group.group_id}/{again}") if again > 1 else group)
    return out
