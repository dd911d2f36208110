"""Fibre rings of Yangpu: rooms, ducts along the streets, links, and the devices at their ends.

Two head-ends, in Wujiaochang and Pingliang Road, are on every ring. A link takes the shortest way
along the streets on which its ring does not run yet, so that one cut does not open a ring twice.
Two things are weak on purpose, for a failure analysis to find: the Wudong room, whose two links
leave it through the same duct, and Fuxing Island, which hangs on one cable over one bridge.
So is one link that was not made wider with the rest of its ring. Nothing here is the real network.

A room of 50,000 homes at 2 Mbit/s in the busy hour needs some 100 Gbit/s, so that a ring carries
several wavelengths of 100 Gbit/s, as metropolitan DWDM did in 2016; the modules beside this one lay
the access network and the egress.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import shapely
from shapely.geometry.base import BaseGeometry

from .yangpu_access import access, park_devices
from .yangpu_egress import egress, egress_devices
from .yangpu_outline import projected
from .yangpu_plant import (
    Cable,
    Row,
    Stand,
    device_row,
    link_rows,
    route,
    site_rows,
    span_rows,
    street_graph,
    ways_out,
)
from .yangpu_streets import Point, Street

__all__ = ["RINGS", "ROOMS", "Fibre", "Room", "fibre"]


@dataclass(frozen=True, slots=True)
class Room:
    """A room with equipment; it stands at the street corner nearest to its position."""

    site_id: str
    name: str
    kind: str
    lon: float
    lat: float


HEADENDS = ("YP-H1", "YP-H2")

ROOMS: tuple[Room, ...] = (
    Room("YP-H1", "五角场前端机房", "headend", 121.5110, 31.2985),
    Room("YP-H2", "平凉路前端机房", "headend", 121.5205, 31.2625),
    Room("YP-D1", "创智天地数据中心", "idc", 121.5070, 31.3060),
    Room("YP-D2", "湾谷科技园数据中心", "idc", 121.4990, 31.3370),
    Room("YP-E1", "复旦局房", "exchange", 121.5000, 31.2990),
    Room("YP-E2", "江浦局房", "exchange", 121.5150, 31.2680),
    Room("YP-R01", "新江湾城机房", "olt", 121.5045, 31.3290),
    Room("YP-R02", "国和机房", "olt", 121.5230, 31.3300),
    Room("YP-R03", "市光机房", "olt", 121.5310, 31.3225),
    Room("YP-R04", "共青机房", "olt", 121.5400, 31.3190),
    Room("YP-R05", "长海机房", "olt", 121.5240, 31.3100),
    Room("YP-R06", "翔殷机房", "olt", 121.5400, 31.3060),
    Room("YP-R07", "长白机房", "olt", 121.5430, 31.2920),
    Room("YP-R08", "定海机房", "olt", 121.5450, 31.2745),
    Room("YP-R09", "大桥机房", "olt", 121.5310, 31.2690),
    Room("YP-R10", "延吉机房", "olt", 121.5310, 31.2880),
    Room("YP-R11", "控江机房", "olt", 121.5170, 31.2840),
    Room("YP-R12", "鞍山机房", "olt", 121.5065, 31.2770),
    Room("YP-R13", "同济机房", "olt", 121.4985, 31.2850),
    Room("YP-R14", "武东机房", "olt", 121.4900, 31.3075),
    Room("YP-R15", "复兴岛机房", "olt", 121.5572, 31.2822),
)

_SINGLE_ENTRY = "YP-R14"
"""The Wudong room: the link that reaches it second follows the duct of the first."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A chain of rooms that runs through both head-ends and ends where it starts."""

    name: str
    rooms: tuple[str, ...]
    capacity_mbps: int


def _ring(name: str, capacity_mbps: int, rooms: str) -> Ring:
    return Ring(name, tuple(rooms.split()), capacity_mbps)


RINGS: tuple[Ring, ...] = (
    _ring("core", 400_000, "YP-H1 YP-H2 YP-H1"),
    _ring("west", 400_000, "YP-H1 YP-E1 YP-R14 YP-R13 YP-R12 YP-H2 YP-E2 YP-R11 YP-H1"),
    _ring("east", 400_000, "YP-H1 YP-R05 YP-R06 YP-R07 YP-R08 YP-H2 YP-R09 YP-R10 YP-H1"),
    _ring(
        "north", 400_000, "YP-H1 YP-D1 YP-R01 YP-D2 YP-R02 YP-R03 YP-R04 YP-H2 YP-H1"
    ),
    _ring("island", 40_000, "YP-R08 YP-R15"),
)  # fmt: skip
"""Four rings, and a spur which is none."""

_NARROW = {"YP-L08": 100_000}
"""The link to the Jiangpu exchange, idle as long as its ring is whole, was not made wider."""


@dataclass(frozen=True, slots=True)
class Fibre:
    """Rows of the tables that the fibre network fills, and the lines of the spans in degrees."""

    sites: list[Row]
    spans: list[Row]
    span_lines: list[BaseGeometry]
    links: list[Row]
    devices: list[Row]
    ports: list[Row]


def _corners(network: list[Street]) -> dict[str, Point]:
    """Return the street corner at which each room stands, one room a corner."""
    ways = ways_out(network)
    # A dead end, such as the middle of a bridge, has only one way out.
    free = sorted(point for point in ways if ways[point] > 1)
    corners: dict[str, Point] = {}
    for room in ROOMS:
        spot = projected(shapely.Point(room.lon, room.lat))
        x, y = float(shapely.get_x(spot)), float(shapely.get_y(spot))
        # Many links meet in a head-end, so that it needs a corner with as many ways out.
        fit = [p for p in free if room.site_id not in HEADENDS or ways[p] >= 4]
        best = min(fit, key=lambda p: math.dist(p, (x, y)))
        corners[room.site_id] = best
        free.remove(best)
    return corners


def _links(network: list[Street], corners: dict[str, Point]) -> list[Cable]:
    graph = street_graph(network)
    links: list[Cable] = []
    for ring in RINGS:
        used: set[str] = set()
        entry: set[str] = set()
        for a, b in pairwise(ring.rooms):
            path = route(graph, corners[a], corners[b], used - entry)
            if b == _SINGLE_ENTRY:
                entry = {path[-1].street_id}
                # The other corners of the room's streets are walled up: both links share one.
                used |= {graph.edges[edge]["street"].street_id for edge in graph.edges(corners[b])}
            elif a == _SINGLE_ENTRY:
                entry = set()
            used |= {street.street_id for street in path}
            link_id = f"YP-L{len(links) + 1:02d}"
            capacity_mbps = _NARROW.get(link_id, ring.capacity_mbps)
            links.append(Cable(link_id, a, b, path, capacity_mbps))
    return links


_MODELS = {
    "headend": ("backbone", "router"),
    "exchange": ("backbone", "router"),
    "idc": ("idc", "switch"),
    "olt": ("access", "OLT"),
}
_V4_ONLY = ("YP-R04", "YP-R08", "YP-R12", "YP-R15")
"""Rooms whose equipment has an IPv4 address only: the IPv6 target is not reached here."""


def _devices() -> list[Row]:
    """Return one transmission device for each room, and an OLT in each head-end."""
    rows: list[Row] = []

    def add(room: Room, suffix: str, role: str, model: str) -> None:
        number = len(rows) + 1
        if room.site_id in _V4_ONLY:
            address = f"192.0.2.{number}"
        elif role == "access":
            address = f"2001:db8:110:1::{number:x}"
        else:
            address = f"2001:db8:110::{number:x}"
        if role == "idc":
            address = f"198.51.100.{number}"
        rows.append(device_row(room.site_id, suffix, role, model, address=address))

    for room in ROOMS:
        role, model = _MODELS[room.kind]
        add(room, "N1", role, model)
        if room.kind == "headend":
            add(room, "N2", "access", "OLT")
    return rows


def _transmitter(number: int) -> Row:
    """Return the transmitter at the first head-end; ``number`` ends its address."""
    address = f"2001:db8:110:2::{number:x}"
    return device_row(HEADENDS[0], "T1", "radio", "transmitter", address=address)


def fibre(network: list[Street], places: Sequence[Mapping[str, str]]) -> Fibre:
    """Lay the rings along the streets, the access network behind them, and the egress.

    Parameters
    ----------
    network
        All pieces of street, connected.
    places
        Rows of the table ``places``, whose office parks get buildings.

    Raises
    ------
    InputError
        The streets leave a ring no second way, or a park or a street to leave by is missing.
    """
    corners = _corners(network)
    rings = _links(network, corners)
    rooms = [
        Stand(room.site_id, room.name, room.kind, "equipment_room", corners[room.site_id])
        for room in ROOMS
    ]
    outside, to_outside = egress(network, corners, first=len(rings) + 1)
    labels = {room.site_id: room.name.removesuffix("机房") for room in ROOMS if room.kind == "olt"}
    last_mile = access(
        network, corners, labels, places=places, first=len(rings) + len(to_outside) + 1
    )
    cables = [*rings, *to_outside, *last_mile.cables]
    spans, span_lines = span_rows(network, cables)
    links, ports = link_rows(cables)
    devices = _devices()
    devices += egress_devices(first=len(devices) + 1)
    devices += park_devices(last_mile.stands, first=len(devices) + 1)
    devices.append(_transmitter(number=len(devices) + 1))
    sites = site_rows([*rooms, *outside, *last_mile.stands])
    return Fibre(sites, spans, span_lines, links, devices, ports)
