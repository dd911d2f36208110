"""The last mile of Yangpu: residential compounds on PON trees, and the buildings of its parks.

Compounds stand at street corners near their OLT room. A ``pon`` link is the longest tree of its
compound: one port, its splitters, the homes that share it. Weak on purpose, for a budget or a
capability check to find: a compound fed from a room seven kilometres away, another whose budget
just holds, rooms that still have EPON, and a building of an office park on 1 Gbit/s.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import shapely

from ..topology.errors import InputError
from .yangpu_chance import share_of
from .yangpu_outline import projected
from .yangpu_plant import Cable, Optics, Row, Stand, device_row, route, street_graph, ways_out
from .yangpu_streets import Point, Street

__all__ = ["TIGHT", "WEAK", "Access", "access", "park_devices"]


@dataclass(frozen=True, slots=True)
class _Technology:
    """A class of optics, what it carries downstream, and the splitters usual for it."""

    pon_class: str
    down_mbps: float
    splits: tuple[tuple[str, int], ...]


_GPON = _Technology("gpon-b+", 2488.32, (("1:64", 64), ("1:4 1:16", 64), ("1:32", 32)))
_XGS_PON = _Technology("xgs-pon-n1", 9953.28, (("1:64", 64), ("1:4 1:16", 64)))
_EPON = _Technology("epon-px20+", 1000.0, (("1:32", 32), ("1:4 1:8", 32)))

_NEW_ROOMS = ("YP-R01", "YP-R11")
"""Rooms with XGS-PON alone."""
_RENEWED_ROOMS = ("YP-R03", "YP-R05", "YP-R06", "YP-R10")
"""Rooms where one compound has XGS-PON, the others G-PON."""
_OLD_ROOMS = ("YP-R09", "YP-R12")
"""Rooms where one compound still has EPON, on which 1 Gbit/s cannot be offered."""

_FROM_ROOM_M = (250.0, 1900.0)
_APART_M = 300.0
_FROM_PARK_M = 450.0
"""Further than what a park counts as its own, so that no compound is taken for its building."""

WEAK = "YP-P01"
"""The tree that is too long for its class and splitters."""
TIGHT = "YP-P02"
"""The tree whose budget just holds."""

_WEAK_ROOM, _WEAK_BESIDE, _WEAK_M = "YP-R03", ("YP-R07", "YP-R08"), 7000.0
"""The weak tree: from this room to beside one of those, about so far."""
_WEAK_OPTICS = Optics(_GPON.pon_class, "1:4 1:16", 58, 6, 12)
_TIGHT_ROOM, _TIGHT_M = "YP-R02", 3200.0
_TIGHT_OPTICS = Optics(_GPON.pon_class, "1:64", 61, 6, 12)

_PARK_BUILDINGS: dict[str, tuple[int, ...]] = {
    "YP-K52": (10_000, 10_000),
    "YP-K53": (10_000, 10_000, 10_000),
    "YP-K54": (10_000, 1_000),
}
"""Uplink of each building of an office park, Mbit/s."""


@dataclass(frozen=True, slots=True)
class Access:
    """Compounds and buildings, and the cables to them."""

    stands: list[Stand]
    cables: list[Cable]


def _spot(place: Mapping[str, str]) -> Point:
    spot = projected(shapely.Point(float(place["lon"]), float(place["lat"])))
    return float(shapely.get_x(spot)), float(shapely.get_y(spot))


def _nearest(at: Point, rooms: Mapping[str, Point]) -> str:
    return min(rooms, key=lambda room: math.dist(at, rooms[room]))


def _technology(room: str, number: int) -> _Technology:
    if room in _NEW_ROOMS or (room in _RENEWED_ROOMS and number == 1):
        return _XGS_PON
    return _EPON if room in _OLD_ROOMS and number == 1 else _GPON


def _usual(technology: _Technology, name: str, length_m: float) -> Optics:
    """Return the splitters and joints of an ordinary tree."""
    split, ways = technology.splits[int(len(technology.splits) * share_of(f"split:{name}"))]
    homes = round(ways * (0.65 + 0.35 * share_of(f"homes:{name}")))
    connectors = 4 + int(2 * share_of(f"connectors:{name}"))
    splices = math.ceil(length_m / 500) + 2 * len(split.split())
    return Optics(technology.pon_class, split, homes, connectors, splices)


class _Builder:
    """Hands out street corners, each once, and keeps what was built."""

    def __init__(
        self, network: Sequence[Street], rooms: Mapping[str, Point], taken: Iterable[Point]
    ) -> None:
        self.rooms = rooms
        self.graph = street_graph(network)
        over_water = {
            end for one in network if one.kind in ("bridge", "tunnel") for end in (one.a, one.b)
        }
        closed = over_water | set(taken)
        self.free = sorted(
            point
            for point, ways in ways_out(network).items()
            if ways > 1 and point not in closed and point in self.graph
        )
        self.stands: list[Stand] = []
        self.cables: list[Cable] = []

    def far_m(self, room: str) -> dict[Point, float]:
        """Return the way along the streets from a room to each corner."""
        return nx.single_source_dijkstra_path_length(
            self.graph,
            self.rooms[room],
            weight=lambda _a, _b, edge: edge["street"].length_m,
        )

    def take(self, corner: Point) -> Point:
        self.free.remove(corner)
        return corner

    def compound(
        self, room: str, label: str, corner: Point, *,
        technology: _Technology, optics: Optics | None = None,
    ) -> None:  # fmt: skip
        """Build a compound at a corner and lay its tree, both with the next number."""
        number = 1 + sum(one.category == "residential_compound" for one in self.stands)
        site_id = f"YP-B{number:02d}"
        at = self.take(corner)
        self.stands.append(Stand(site_id, label, "building", "residential_compound", at))
        path = route(self.graph, self.rooms[room], at)
        inside_m = 100 + round(200 * share_of(f"inside:{label}"))
        length_m = sum(street.length_m for street in path) + inside_m
        self.cables.append(
            Cable(
                f"YP-P{number:02d}",
                room,
                site_id,
                path,
                technology.down_mbps,
                fibres=24,
                inside_m=inside_m,
                optics=optics or _usual(technology, label, length_m),
            )
        )


def _parks(builder: _Builder, parks: Mapping[str, tuple[str, Point]], first: int) -> None:
    number = 0
    for park, uplinks in _PARK_BUILDINGS.items():
        if park not in parks:
            raise InputError(f"places.csv has no office park {park!r}, whose buildings are made")
        name, spot = parks[park]
        room = _nearest(spot, builder.rooms)
        for n, capacity_mbps in enumerate(uplinks, start=1):
            corner = min(builder.free, key=lambda point: math.dist(point, spot))
            at = builder.take(corner)
            site_id = f"YP-W{number + 1:02d}"
            builder.stands.append(Stand(site_id, f"{name}{n}号楼", "building", park, at))
            path = route(builder.graph, builder.rooms[room], at)
            link_id = f"YP-L{first + number:02d}"
            builder.cables.append(Cable(link_id, room, site_id, path, capacity_mbps, fibres=48))
            number += 1


def _compounds(builder: _Builder, labels: Mapping[str, str], parks: Sequence[Point]) -> None:
    built = [one.at for one in builder.stands]
    for room, label in labels.items():
        far = builder.far_m(room)
        wanted = 2 + int(3 * share_of(f"compounds:{room}"))
        near, reach = _FROM_ROOM_M
        fit = [
            point
            for point in builder.free
            if near <= far.get(point, math.inf) <= reach
            and _nearest(point, builder.rooms) == room
            and all(math.dist(point, park) > _FROM_PARK_M for park in parks)
        ]
        fit.sort(key=lambda point: share_of(f"compound:{point[0]:.0f}:{point[1]:.0f}"))
        done = 0
        for point in fit:
            if done == wanted:
                break
            if any(math.dist(point, other) < _APART_M for other in built):
                continue
            done += 1
            built.append(point)
            builder.compound(
                room, f"{label}小区{done}", point,
                technology=_technology(room, done),
            )  # fmt: skip


def _planted(builder: _Builder, labels: Mapping[str, str], parks: Sequence[Point]) -> None:
    """Build the compound whose tree is too long, and the one whose tree is as long as may be.

    They are the first of all, so that their numbers stay when others come or go.
    """
    for room, beside, wanted_m, optics in (
        (_WEAK_ROOM, _WEAK_BESIDE, _WEAK_M, _WEAK_OPTICS),
        (_TIGHT_ROOM, (), _TIGHT_M, _TIGHT_OPTICS),
    ):
        far = builder.far_m(room)
        fit = [
            point
            for point in builder.free
            if point in far
            and (not beside or _nearest(point, builder.rooms) in beside)
            and all(math.dist(point, park) > _FROM_PARK_M for park in parks)
        ]
        corner = min(fit, key=lambda point: abs(far[point] - wanted_m))
        builder.compound(
            room, f"{labels[room]}远端小区", corner,
            technology=_GPON, optics=optics,
        )  # fmt: skip


def access(
    network: Sequence[Street],
    corners: Mapping[str, Point],
    labels: Mapping[str, str],
    *,
    places: Sequence[Mapping[str, str]],
    first: int,
) -> Access:
    """Build compounds and park buildings, and lay the cables to them.

    Parameters
    ----------
    corners
        Where each room stands, of every kind.
    labels
        OLT rooms and what their quarter is called.
    places
        Rows of the table ``places``.
    first
        Number of the first link to a park building.

    Raises
    ------
    InputError
        A park is not among the places, or a corner cannot be reached.
    """
    rooms = {room: corners[room] for room in labels}
    builder = _Builder(network, rooms, corners.values())
    parks = {
        one["place_id"]: (one["name"], _spot(one)) for one in places if one["kind"] == "office_park"
    }
    spots = [spot for _, spot in parks.values()]
    _parks(builder, parks, first)
    _planted(builder, labels, spots)
    _compounds(builder, labels, spots)
    return Access(builder.stands, builder.cables)


def park_devices(stands: Iterable[Stand], *, first: int) -> list[Row]:
    """Return the switch of each park building; ``first`` numbers its address."""
    buildings = [one for one in stands if one.category in _PARK_BUILDINGS]
    return [
        device_row(one.site_id, "N1", "access", "switch", address=f"2001:db8:110:1::{number:x}")
        for number, one in enumerate(buildings, start=first)
    ]
