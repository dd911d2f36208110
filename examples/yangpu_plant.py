"""What a fibre network is made of in the tables: sites, cables along streets, their ends.

The modules that lay rings, access and egress say what runs where; here it becomes rows, so that
every table has one form whoever fills it.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import shapely
from shapely.geometry.base import BaseGeometry

from ..topology.errors import InputError
from .yangpu_outline import borders, unprojected
from .yangpu_streets import Point, Street

__all__ = [
    "Beyond", "Cable", "Optics", "Row", "Stand", "device_row", "link_rows", "route", "site_rows",
    "span_rows", "street_graph", "ways_out",
]  # fmt: skip

Row = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Stand:
    """A site of the fixed network, in metres of the projected CRS."""

    site_id: str
    name: str
    kind: str
    category: str
    at: Point


@dataclass(frozen=True, slots=True)
class Beyond:
    """A straight stretch of cable where no street of the table runs."""

    span_id: str
    kind: str
    a: Point
    b: Point

    @property
    def length_m(self) -> float:
        """Distance between the ends."""
        return math.dist(self.a, self.b)


@dataclass(frozen=True, slots=True)
class Optics:
    """What a tree of a passive optical network is made of."""

    pon_class: str
    split: str
    homes: int
    connectors: int
    splices: int


@dataclass(frozen=True, slots=True)
class Cable:
    """A link and its way.

    Attributes
    ----------
    path
        Streets it follows from ``a`` on.
    beyond
        Stretches after the last street.
    inside_m
        Cable inside the compound at the far end, part of the length but of no span.
    fibres
        What it adds to the fibres of each span.
    optics
        Of a ``pon`` link, which ends in splitters instead of a port.
    """

    link_id: str
    a: str
    b: str
    path: tuple[Street, ...]
    capacity_mbps: float
    fibres: int = 144
    beyond: tuple[Beyond, ...] = ()
    inside_m: float = 0.0
    optics: Optics | None = None

    @property
    def length_m(self) -> float:
        """Length from end to end."""
        along = sum(street.length_m for street in self.path)
        return along + sum(one.length_m for one in self.beyond) + self.inside_m


def ways_out(network: Iterable[Street]) -> dict[Point, int]:
    """Return how many pieces of street meet at each corner; 1 is a dead end."""
    ways: dict[Point, int] = {}
    for street in network:
        for point in (street.a, street.b):
            ways[point] = ways.get(point, 0) + 1
    return ways


def street_graph(network: Iterable[Street]) -> nx.Graph[Point]:
    """Return the streets in which a duct can lie: all but the tunnels of the motor traffic."""
    graph: nx.Graph[Point] = nx.Graph()
    for street in network:
        if street.kind != "tunnel":
            graph.add_edge(street.a, street.b, street=street)
    return graph


def route(
    graph: nx.Graph[Point], a: Point, b: Point, closed: Container[str] = ()
) -> tuple[Street, ...]:
    """Return the streets of the shortest way that uses none of the closed ones.

    Raises
    ------
    InputError
        There is no such way.
    """

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


def site_rows(stands: Iterable[Stand]) -> list[Row]:
    """Return the rows of the table ``sites``."""
    shapes = borders()
    rows: list[Row] = []
    for one in stands:
        spot = unprojected(shapely.Point(one.at))
        lon, lat = round(float(shapely.get_x(spot)), 6), round(float(shapely.get_y(spot)), 6)
        inside = shapely.Point(lon, lat)
        rows.append(
            {
                "site_id": one.site_id,
                "name": one.name,
                "kind": one.kind,
                "state": "built",
                "lon": lon,
                "lat": lat,
                "area_id": next((key for key, area in shapes.items() if area.covers(inside)), None),
                "roof_height_m": None,
                "antenna_height_m": None,
                "category": one.category,
                "cost": None,
                "accuracy_m": None,
                "source": "generated",
                "assumed": "*",
            }
        )
    return rows


def device_row(site_id: str, suffix: str, role: str, model: str, *, address: str) -> Row:
    """Return a row of the table ``devices``."""
    return {
        "device_id": f"{site_id}-{suffix}",
        "site_id": site_id,
        "name": f"{site_id}-{suffix}".lower(),
        "role": role,
        "vendor": "Example",
        "model": model,
        "mgmt_address": address,
        "main": "true" if role in ("backbone", "access", "idc") else "false",
        "source": "generated",
        "assumed": "*",
    }


def _span_id(street: Street) -> str:
    return f"YP-F{street.street_id[-4:]}"


def link_rows(cables: Iterable[Cable]) -> tuple[list[Row], list[Row]]:
    """Return the rows of the tables ``links`` and ``ports``."""
    rows: list[Row] = []
    ports: list[Row] = []
    count: dict[str, int] = {}

    def port(site: str, peer: str, cable: Cable) -> str:
        count[site] = count.get(site, 0) + 1
        port_id = f"{site}-N1-P{count[site]}"
        # A card for the PON ports beside that for Ethernet, numbered on as the ports are.
        name = "xe-0/0" if cable.optics is None else "pon-0/1"
        ports.append(
            {
                "port_id": port_id,
                "device_id": f"{site}-N1",
                "if_name": f"{name}/{count[site] - 1}",
                "if_alias": f"{cable.link_id} to {peer}",
                "capacity_mbps": cable.capacity_mbps,
                "source": "generated",
                "assumed": "*",
            }
        )
        return port_id

    for cable in cables:
        optics = cable.optics
        spans = [*map(_span_id, cable.path), *(one.span_id for one in cable.beyond)]
        rows.append(
            {
                "link_id": cable.link_id,
                "kind": "pon" if optics else "fibre",
                "a_site": cable.a,
                "b_site": cable.b,
                "a_port": port(cable.a, cable.b, cable),
                "b_port": None if optics else port(cable.b, cable.a, cable),
                "capacity_mbps": cable.capacity_mbps,
                "length_km": round(cable.length_m / 1000, 4),
                "spans": ";".join(spans),
                "homes": optics.homes if optics else None,
                "pon_class": optics.pon_class if optics else None,
                "split": optics.split if optics else None,
                "connectors": optics.connectors if optics else None,
                "splices": optics.splices if optics else None,
                "source": "generated",
                "assumed": "*",
            }
        )
    return rows, ports


def span_rows(
    network: Iterable[Street], cables: Sequence[Cable]
) -> tuple[list[Row], list[BaseGeometry]]:
    """Return the rows of the table ``spans`` and their lines in degrees: streets, then beyond."""
    fibres: dict[str, int] = {}
    beyond: dict[str, Beyond] = {}
    for cable in cables:
        for street in cable.path:
            fibres[street.street_id] = fibres.get(street.street_id, 0) + cable.fibres
        for one in cable.beyond:
            beyond[one.span_id] = one
            fibres[one.span_id] = fibres.get(one.span_id, 0) + cable.fibres
    rows: list[Row] = []
    lines: list[BaseGeometry] = []

    def add(span_id: str, kind: str, street: str | None, along: Street | Beyond) -> None:
        rows.append(
            {
                "span_id": span_id,
                "kind": kind,
                "street_id": street,
                "fibre_count": fibres[street or span_id],
                "length_m": round(along.length_m, 1),
                "source": "generated",
                "assumed": "*",
            }
        )
        lines.append(unprojected(shapely.LineString([along.a, along.b])))

    for street in network:
        if street.street_id in fibres:
            kind = "bridge" if street.kind == "bridge" else "duct"
            add(_span_id(street), kind, street.street_id, street)
    for one in beyond.values():
        add(one.span_id, one.kind, None, one)
    return rows, lines
