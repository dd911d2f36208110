"""Which microwave hops could connect sites: near enough for the rain, and free of the city.

How far a radio reaches at a wanted availability is found once over free ground, as rain and gases
depend on the length alone; all pairs within that reach are then looked at over the surface.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...topology.errors import UsageError
from ...topology.fibre.microwave import Radio, judge_hop
from ..backhaul import Mast, clearances
from ..surface_model import Surface
from .backhaul_net import HopOffer

__all__ = ["hop_offers", "reach_km"]

_SHORTEST_KM = 0.1
_LONGEST_KM = 50.0
_HIGH_M = 150.0
"""Both antennas over flat ground in the search for the reach, so that only the length matters."""

_AT_ONCE = 4096


def reach_km(radio: Radio, availability_percent: float, *, most_km: float = _LONGEST_KM) -> float:
    """Return how long a free hop may be to hold its availability; 0 where none does.

    Parameters
    ----------
    availability_percent
        Of an average year, above 0 and below 100; equipment is not counted.
    most_km
        Not looked further; above 0.1 to 50.

    Raises
    ------
    UsageError
        A number is out of range.
    """
    if not 0 < availability_percent < 100:
        raise UsageError(f"availability is {availability_percent} %; give above 0 and below 100")
    if not _SHORTEST_KM < most_km <= _LONGEST_KM:
        raise UsageError(f"most_km is {most_km}; give above {_SHORTEST_KM:g} to {_LONGEST_KM:g} km")
    flat = np.zeros(21)

    def holds(distance_km: float) -> bool:
        hop = judge_hop(flat, distance_km, radio, a_m=_HIGH_M, b_m=_HIGH_M)
        return hop.availability_percent >= availability_percent

    if not holds(_SHORTEST_KM):
        return 0.0
    low, high = _SHORTEST_KM, most_km
    if holds(high):
        return high
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def hop_offers(
    surface: Surface,
    masts: Sequence[Mast],
    radio: Radio,
    *,
    cost: float,
    availability_percent: float,
    most_km: float = 10.0,
) -> tuple[HopOffer, ...]:
    """Return the pairs of masts between which a hop can be built, in order of the masts.

    Parameters
    ----------
    surface
        Ground and buildings under the masts.
    masts
        Sites and rooms, with the heights of their antennas.
    cost
        Of a hop, both ends together.
    availability_percent, most_km
        As for :func:`reach_km`.

    Raises
    ------
    UsageError
        A number is out of range.
    InputError
        A mast lies outside the surface.
    """
    if not (math.isfinite(cost) and cost >= 0):
        raise UsageError(f"a hop costs {cost}; give 0 or more")
    reach = reach_km(radio, availability_percent, most_km=most_km)
    if len(masts) < 2 or reach <= 0:
        return ()
    place = np.array([(mast.x_m, mast.y_m) for mast in masts])
    height = np.array([mast.height_m for mast in masts])
    first, second = np.triu_indices(len(masts), 1)
    distance_km = np.hypot(*(place[first] - place[second]).T) / 1000.0
    near = np.flatnonzero((distance_km <= reach) & (distance_km >= _SHORTEST_KM))
    # Those of like length together: what belongs to the masts is cut for the shortest of them.
    near = near[np.argsort(distance_km[near], kind="stable")]
    free = []
    for start in range(0, near.size, _AT_ONCE):
        part = near[start : start + _AT_ONCE]
        a, b = first[part], second[part]
        tight = clearances(
            surface,
            place[a],
            place[b],
            a_height_m=height[a],
            b_height_m=height[b],
            freq_ghz=radio.freq_ghz,
        )
        free.append(part[tight.free])
    kept = np.sort(np.concatenate([*free, np.zeros(0, np.int64)])).astype(np.int64)
    ends = zip(first[kept].tolist(), second[kept].tolist(), strict=True)
    return tuple(HopOffer(masts[a].name, masts[b].name, cost) for a, b in ends)
