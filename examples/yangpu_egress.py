"""What leaves Yangpu: two exchanges beyond its border, and 1 Tbit/s to them in two groups.

Six links of 100 Gbit/s run from Wujiaochang down Siping Road towards the centre, four from
Pingliang Road over the Yangpu Bridge to Pudong. The groups share neither room nor duct. The six are
too many in one duct, on purpose: its loss leaves 400 Gbit/s, which is no Tbit/s egress.

Beyond the border no street is known: the cable there is a straight line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely

from ..topology.errors import InputError
from .yangpu_outline import projected
from .yangpu_plant import Beyond, Cable, Row, Stand, device_row, route, street_graph
from .yangpu_streets import Point, Street

__all__ = ["EGRESS", "Group", "egress", "egress_devices"]


@dataclass(frozen=True, slots=True)
class Group:
    """Links from a head-end to an exchange beyond the border, all in one cable.

    Attributes
    ----------
    leaves_by
        Street whose end nearest to the exchange is where the cable leaves the district.
    """

    site_id: str
    name: str
    lon: float
    lat: float
    headend: str
    leaves_by: str
    links: int


EGRESS: tuple[Group, ...] = (
    Group("YP-X1", "市中心出口局房", 121.4740, 31.2400, "YP-H1", "四平路", 6),
    Group("YP-X2", "浦东出口局房", 121.5750, 31.2350, "YP-H2", "杨浦大桥", 4),
)

_LINK_MBPS = 100_000
_OUTER_MBPS = 400_000
"""Between the exchanges: 4 x 100 Gbit/s, so that a head-end without egress has that of the other
both through the core of the district and around it."""


def _at(group: Group) -> Point:
    spot = projected(shapely.Point(group.lon, group.lat))
    return float(shapely.get_x(spot)), float(shapely.get_y(spot))


def egress(
    network: Iterable[Street], corners: Mapping[str, Point], *, first: int
) -> tuple[list[Stand], list[Cable]]:
    """Return the exchanges beyond the border and the links to them.

    Parameters
    ----------
    corners
        Where each room stands.
    first
        Number of the first link.

    Raises
    ------
    InputError
        A street by which a cable leaves the district is not there.
    """
    network = list(network)
    graph = street_graph(network)
    stands: list[Stand] = []
    cables: list[Cable] = []
    for number, group in enumerate(EGRESS, start=1):
        there = _at(group)
        ends = [end for one in network if one.name == group.leaves_by for end in (one.a, one.b)]
        if not ends:
            raise InputError(
                f"there is no street {group.leaves_by!r} by which the cable to {group.site_id} "
                "leaves the district; name another"
            )
        gate = min(ends, key=lambda end: math.dist(end, there))
        path = route(graph, corners[group.headend], gate)
        outside = Beyond(f"YP-FX{number}", "duct", gate, there)
        stands.append(Stand(group.site_id, group.name, "exchange", "equipment_room", there))
        for k in range(group.links):
            cables.append(
                Cable(
                    f"YP-L{first + len(cables):02d}",
                    group.headend,
                    group.site_id,
                    path,
                    _LINK_MBPS,
                    fibres=0 if k else 288,  # one cable for all
                    beyond=(outside,),
                )
            )
    one, other = stands
    outer = Beyond("YP-FX3", "tunnel", one.at, other.at)
    link_id = f"YP-L{first + len(cables):02d}"
    cables.append(Cable(link_id, one.site_id, other.site_id, (), _OUTER_MBPS, beyond=(outer,)))
    return stands, cables


def egress_devices(*, first: int) -> list[Row]:
    """Return the border router of each exchange; ``first`` numbers its address."""
    return [
        device_row(group.site_id, "N1", "backbone", "router", address=f"2001:db8:110::{number:x}")
        for number, group in enumerate(EGRESS, start=first)
    ]
