"""Fibre rings of Yangpu: rooms, ducts along the streets, links, and the devices at their ends.

Two head-ends, in Wujiaochang and Pingliang Road, are on every ring. A link takes the shortest way
along the streets on which its ring does not run yet, so that one cut does not open a ring twice.
Two things are weak on purpose, for a failure analysis to find: the Wudong room, whose two links
leave it through the same duct, and Fuxing Island, which hangs on one cable over one bridge.
Nothing here is the real network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import shapely
from shapely.geometry.base import BaseGeometry

from ..topology.errors import InputError
from .yangpu_outline import borders, projected, unprojected
from .yangpu_streets import Point, Street

__all__ = ["RINGS", "ROOMS", "Fibre", "Room", "fibre"]

Row = dict[str, str | int | float | None]


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
    _ring("core", 100_000, "YP-H1 YP-H2 YP-H1"),
    _ring("west", 10_000, "YP-H1 YP-E1 YP-R14 YP-R13 YP-R12 YP-H2 YP-E2 YP-R11 YP-H1"),
    _ring("east", 10_000, "YP-H1 YP-R05 YP-R06 YP-R07 YP-R08 YP-H2 YP-R09 YP-R10 YP-H1"),
    _ring(
        "north", 20_000, "YP-H1 YP-D1 YP-R01 YP-D2 YP-R02 YP-R03 YP-R04 YP-H2 YP-H1"
    ),
    _ring("island", 1_000, "YP-R08 YP-R15"),
)  # fmt: skip
"""Four rings, and a spur which is none."""


@dataclass(frozen=True, slots=True)
class Fibre:
    """Rows of the tables that the fibre network fills, and the lines of the spans in degrees."""

    sites: list[Row]
    spans: list[Row]
    span_lines: list[BaseGeometry]
    links: list[Row]
    devices: list[Row]
    ports: list[Row]


@dataclass(frozen=True, slots=True)
class _Link:
    link_id: str
    ring: Ring
    a: str
    b: str
    path: tuple[Street, ...]

    @property
    def length_m(self) -> float:
        return sum(street.length_m for street in self.path)


def _corners(network: list[Street]) -> dict[str, Point]:
    """Return the street corner at which each room stands, one room a corner."""
    nodes = {point for street in network for point in (street.a, street.b)}
    # A dead end, such as the middle of a bridge, has only one way out.
    ways: dict[Point, int] = dict.fromkeys(nodes, 0)
    for street in network:
        ways[street.a] += 1
        ways[street.b] += 1
    free = sorted(point for point in nodes if ways[point] > 1)
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


def _route(graph: nx.Graph[Point], a: Point, b: Point, closed: set[str]) -> tuple[Street, ...]:
    """Return the streets of the shortest way that uses none of the closed ones."""

    def length(_a: Point, _b: Point, edge: dict[str, Street]) -> float | None:
        street = edge["street"]
        return None if street.street_id in closed else street.length_m

    try:
        nodes = nx.shortest_path(graph, a, b, weight=length)
    except nx.NetworkXNoPath:
        raise InputError(
            f"no way along the streets from {a} to {b} beside those its ring uses; move a room"
        ) from None
    return tuple(graph.edges[u, v]["street"] for u, v in pairwise(nodes))


def _links(network: list[Street], corners: dict[str, Point]) -> list[_Link]:
    graph: nx.Graph[Point] = nx.Graph()
    for street in network:
        if street.kind != "tunnel":
            graph.add_edge(street.a, street.b, street=street)
    links: list[_Link] = []
    for ring in RINGS:
        used: set[str] = set()
        entry: set[str] = set()
        for a, b in pairwise(ring.rooms):
            path = _route(graph, corners[a], corners[b], used - entry)
            if b == _SINGLE_ENTRY:
                entry = {path[-1].street_id}
                # The other corners of the room's streets are walled up: both links share one.
                used |= {graph.edges[edge]["street"].street_id for edge in graph.edges(corners[b])}
            elif a == _SINGLE_ENTRY:
                entry = set()
            used |= {street.street_id for street in path}
            number = len(links) + 1
            links.append(_Link(f"YP-L{number:02d}", ring, a, b, path))
    return links


def _site_rows(corners: dict[str, Point]) -> list[Row]:
    shapes = borders()
    rows: list[Row] = []
    for room in ROOMS:
        spot = unprojected(shapely.Point(corners[room.site_id]))
        lon, lat = round(float(shapely.get_x(spot)), 6), round(float(shapely.get_y(spot)), 6)
        inside = shapely.Point(lon, lat)
        rows.append(
            {
                "site_id": room.site_id,
                "name": room.name,
                "kind": room.kind,
                "state": "built",
                "lon": lon,
                "lat": lat,
                "area_id": next((key for key, area in shapes.items() if area.covers(inside)), None),
                "roof_height_m": None,
                "antenna_height_m": None,
                "category": "equipment_room",
                "cost": None,
                "accuracy_m": None,
                "source": "generated",
                "assumed": "*",
            }
        )
    return rows


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
        rows.append(
            {
                "device_id": f"{room.site_id}-{suffix}",
                "site_id": room.site_id,
                "name": f"{room.site_id}-{suffix}".lower(),
                "role": role,
                "vendor": "Example",
                "model": model,
                "mgmt_address": address,
                "source": "generated",
                "assumed": "*",
            }
        )

    for room in ROOMS:
        role, model = _MODELS[room.kind]
        add(room, "N1", role, model)
        if room.kind == "headend":
            add(room, "N2", "access", "OLT")
    return rows


def _link_rows(links: list[_Link], span_of: dict[str, str]) -> tuple[list[Row], list[Row]]:
    """Return the rows of the tables ``links`` and ``ports``."""
    ports: list[Row] = []
    count: dict[str, int] = {}

    def port(room: str, peer: str, link: _Link) -> str:
        count[room] = count.get(room, 0) + 1
        port_id = f"{room}-N1-P{count[room]}"
        ports.append(
            {
                "port_id": port_id,
                "device_id": f"{room}-N1",
                "if_name": f"xe-0/0/{count[room] - 1}",
                "if_alias": f"{link.link_id} to {peer}",
                "capacity_mbps": link.ring.capacity_mbps,
                "source": "generated",
                "assumed": "*",
            }
        )
        return port_id

    rows: list[Row] = [
        {
            "link_id": link.link_id,
            "kind": "fibre",
            "a_site": link.a,
            "b_site": link.b,
            "a_port": port(link.a, link.b, link),
            "b_port": port(link.b, link.a, link),
            "capacity_mbps": link.ring.capacity_mbps,
            "length_km": round(link.length_m / 1000, 4),
            "spans": ";".join(span_of[street.street_id] for street in link.path),
            "source": "generated",
            "assumed": "*",
        }
        for link in links
    ]
    return rows, ports


def fibre(network: list[Street]) -> Fibre:
    """Lay the rings along the streets.

    Parameters
    ----------
    network
        All pieces of street, connected.

    Raises
    ------
    InputError
        The streets leave a ring no second way.
    """
    corners = _corners(network)
    links = _links(network, corners)
    in_use: dict[str, int] = {}
    for link in links:
        for street in link.path:
            in_use[street.street_id] = in_use.get(street.street_id, 0) + 1
    ducts = [street for street in network if street.street_id in in_use]
    span_of = {street.street_id: f"YP-F{street.street_id[-4:]}" for street in ducts}
    spans: list[Row] = [
        {
            "span_id": span_of[street.street_id],
            "kind": "bridge" if street.kind == "bridge" else "duct",
            "street_id": street.street_id,
            "fibre_count": 144 * in_use[street.street_id],
            "length_m": round(street.length_m, 1),
            "source": "generated",
            "assumed": "*",
        }
        for street in ducts
    ]
    lines = [unprojected(shapely.LineString([street.a, street.b])) for street in ducts]
    rows, ports = _link_rows(links, span_of)
    return Fibre(_site_rows(corners), spans, lines, rows, _devices(), ports)
