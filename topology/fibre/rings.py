"""A second way to each site, so that one dig, one bridge or one room does not cut it off.

The second way avoids every street of the first, and every other carriageway of a bridge or
tunnel of the same name. Where that is impossible both ways are planned anew as the pair with the
fewest shared metres, and what they still share is named with the reason. A site's own drop is
shared unless the building gets a second entry, and is said, not counted. Cable that is laid for
one ring serves the next for the price of pulling another cable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .nearest import nearest_ways
from .routes import Route, Routes, joined_rooms
from .street_graph import DROP
from .two_ways import two_ways

__all__ = ["Ring", "Rings", "SharedStretch", "close_rings"]

_SHARED_PER_METRE = 1e6
"""A shared metre outweighs so many times the dearest metre: sharing is avoided before cost."""

_TOUCH_M = 0.1
"""Ways that touch in so many metres of street meet at a corner and share nothing."""


@dataclass(frozen=True, slots=True)
class SharedStretch:
    """A street that both ways run along, or the bridge or tunnel both cross.

    Attributes
    ----------
    length_m
        Shared metres; for two carriageways of one bridge those of the second way.
    """

    street_id: str
    name: str
    kind: str
    length_m: float


@dataclass(frozen=True, slots=True)
class Ring:
    """The two ways of a site.

    Attributes
    ----------
    first, second
        Ways to a room; ``second`` is None where there is none at all.
    first_moved
        The first way is not the one of the tree: no second way would fit beside that one.
    shared
        What one dig or one bridge would cut on both.
    shared_drop_m
        Length of the site's drop, which both ways use.
    dug_km, cost
        What the ring adds to all that was laid before it: streets without cable of ours so far,
        and money.
    reason
        Why the ways are not disjoint; empty where they are.
    """

    site_id: str
    first: Route
    second: Route | None
    first_moved: bool
    shared: tuple[SharedStretch, ...]
    shared_drop_m: float
    dug_km: float
    cost: float
    reason: str

    @property
    def disjoint(self) -> bool:
        """Whether no street, bridge or tunnel carries both ways."""
        return self.second is not None and not self.shared

    @property
    def same_room(self) -> bool:
        """Whether both ways end in the same room."""
        return self.second is not None and self.first.room_id == self.second.room_id


@dataclass(frozen=True, slots=True)
class Rings:
    """The rings of several sites, closed one after the other."""

    rings: tuple[Ring, ...]

    @property
    def dug_km(self) -> float:
        """Length that is laid beyond the tree."""
        return sum(ring.dug_km for ring in self.rings)

    @property
    def cost(self) -> float:
        """Cost beyond that of the tree."""
        return sum(ring.cost for ring in self.rings)


class _Closing:
    """The state of closing rings one after the other: what is laid so far."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        streets = routes.streets
        self.graph = streets.graph
        self.km = streets.length_m / 1000.0
        self.laid = np.zeros(self.graph.edges, bool)
        self.laid[routes.tree.edges] = True
        self.pull = self.km * routes.model.existing_duct.value
        self.rooms = self.graph.numbers(routes.rooms)
        # Edges that one event cuts: an edge by itself, all of a bridge or tunnel by its name.
        group: dict[tuple[str, str], int] = {}
        self.group = np.arange(self.graph.edges)
        for edge, row in enumerate(streets.street_row):
            if row != DROP and streets.kinds[row] in ("bridge", "tunnel") and streets.names[row]:
                key = streets.kinds[row], streets.names[row]
                self.group[edge] = group.setdefault(key, edge)

    @property
    def price(self) -> NDArray[np.float64]:
        """What another cable costs on each edge."""
        return np.where(self.laid, np.minimum(self.pull, self.dig), self.dig)

    @property
    def dig(self) -> NDArray[np.float64]:
        """What a first cable costs on each edge."""
        return self.routes.cost_per_edge

    def route(self, site: str, room: str, edges: Sequence[int]) -> Route:
        return Route(site, room, tuple(edges), float(self.km[list(edges)].sum()))

    def beside(self, first: Route, rooms: NDArray[np.int32]) -> Route | None:
        """Return the cheapest way to one of the rooms that shares nothing with the first."""
        on_streets = [e for e in first.edges if self.routes.streets.line[e] != DROP]
        weight = self.price.copy()
        weight[np.isin(self.group, self.group[on_streets])] = np.inf
        site = int(self.graph.numbers([first.site_id])[0])
        found = nearest_ways(self.graph, weight, rooms)
        if not np.isfinite(found.weight[site]):
            return None
        room = self.graph.node_ids[found.source[site]]
        return self.route(first.site_id, room, [int(edge) for edge in found.edges_to(site)])

    def pair(self, site_id: str, *, other_room: bool) -> tuple[Route, Route] | None:
        """Return the two ways with the fewest shared metres."""
        site = int(self.graph.numbers([site_id])[0])
        price = self.price
        dearest = max(1.0, float((price / np.maximum(self.km, 1e-6)).max()) / 1000.0)
        penalty = self.km * 1000.0 * dearest * _SHARED_PER_METRE
        joined, weight, root = joined_rooms(self.graph, price, self.rooms)
        rest = joined.edges - self.graph.edges
        blocked = np.full(rest, np.inf if other_room else 0.0)
        found = two_ways(joined, weight, np.append(penalty, blocked), start=site, end=root)
        if found is None:
            return None
        ways = []
        for edges in found:
            own = [edge for edge in edges if edge < self.graph.edges]
            room = int(joined.ends[edges[-1], 0]) if rest else root
            ways.append(self.route(site_id, self.graph.node_ids[room], own))
        return ways[0], ways[1]

    def shared(self, first: Route, second: Route) -> tuple[SharedStretch, ...]:
        streets = self.routes.streets
        of_first = {int(self.group[edge]) for edge in first.edges}
        length_m: dict[int, float] = {}
        for edge in second.edges:
            row = int(streets.street_row[edge])
            if row != DROP and int(self.group[edge]) in of_first:
                length_m[row] = length_m.get(row, 0.0) + float(streets.length_m[edge])
        return tuple(
            SharedStretch(streets.street_ids[row], streets.names[row], streets.kinds[row], metres)
            for row, metres in length_m.items()
            if metres > _TOUCH_M
        )

    def lay(self, *ways: Route) -> tuple[float, float]:
        """Lay the cable of a ring; return the kilometres dug and the money."""
        cost = dug = 0.0
        for way in ways:
            edges = np.array(way.edges, np.int64)
            cost += float(self.price[edges].sum())
            fresh = edges[~self.laid[edges]]
            dug += float(self.km[fresh].sum())
            self.laid[fresh] = True
        return dug, cost


def _reason(shared: Sequence[SharedStretch]) -> str:
    """Say why two ways are not disjoint."""
    if not shared:
        return ""
    worst = max(shared, key=lambda stretch: stretch.length_m)
    name = f" ({worst.name})" if worst.name else ""
    more = f" and {len(shared) - 1} more" if len(shared) > 1 else ""
    if worst.kind in ("bridge", "tunnel"):
        return f"no way round the {worst.kind} {worst.street_id}{name}{more}"
    return f"the streets leave no other way than {worst.street_id}{name}{more}"


def _close(closing: _Closing, first: Route) -> Ring:
    streets = closing.routes.streets
    others = np.array(
        [n for n, room in zip(closing.rooms, closing.routes.rooms, strict=True)
         if room != first.room_id], np.int32,
    )  # fmt: skip
    drop_m = sum(float(streets.length_m[e]) for e in first.edges[:1] if streets.line[e] == DROP)
    second, moved = None, False
    if others.size:
        second = closing.beside(first, others)
    pair = None
    if second is None and others.size:
        pair = closing.pair(first.site_id, other_room=True)
    if second is None and (pair is None or closing.shared(*pair)):
        # A ring that comes back to its own room is better than one that shares a street.
        second = closing.beside(first, closing.rooms)
    if second is None and pair is None:
        pair = closing.pair(first.site_id, other_room=False)
    if second is None and pair is not None:
        moved = set(first.edges) not in (set(pair[0].edges), set(pair[1].edges))
        if not moved and set(first.edges) == set(pair[1].edges):
            pair = pair[1], pair[0]
        first, second = pair
    if second is None:
        reason = "only one way leads from the site to the rooms"
        return Ring(first.site_id, first, None, False, (), drop_m, 0.0, 0.0, reason)
    shared = closing.shared(first, second)
    dug_km, cost = closing.lay(*((first, second) if moved else (second,)))
    return Ring(
        first.site_id, first, second, moved, shared, drop_m, dug_km, cost, _reason(shared)
    )  # fmt: skip


def close_rings(routes: Routes, *, sites: Sequence[str] = ()) -> Rings:
    """Return a second way for sites of a plan of routes.

    Parameters
    ----------
    sites
        Ids, in the order in which rings are closed; all that the routes reach when empty.

    Raises
    ------
    InputError
        A site is not reached by the routes.
    """
    of_site = {route.site_id: route for route in routes.routes}
    for site in sites:
        if site not in of_site:
            raise InputError(f"site {site!r} has no route; rings are closed for sites that have")
    closing = _Closing(routes)
    wanted = [of_site[site] for site in sites] if sites else list(routes.routes)
    return Rings(tuple(_close(closing, route) for route in wanted if route.edges))
