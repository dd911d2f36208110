"""Fibre routes: which streets to lay cable along so that every site reaches a room.

Sites join the nearest room over a tree of streets of least cost (or length). Rooms are joined by
nothing, so that a tree through all of them costs what the trees of the rooms cost together. The
answer carries what no other tree can fall below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph, graph_from_edges
from ..errors import InputError, MissingError
from ..network import Network
from .cost import CostModel, streets_with_duct
from .nearest import Nearest, nearest_ways
from .steiner import SteinerTree, steiner_tree
from .street_graph import DROP, SNAP_M, StreetGraph, attach_points, street_graph

__all__ = [
    "Minimise", "Route", "Routes", "joined_rooms", "marginal_cost", "plan_routes", "sited_streets",
]  # fmt: skip

Minimise = Literal["cost", "length"]
"""What a tree of routes is made small in."""

_ROOMS = "all rooms"

_TOUCH_KM = 1e-4
"""A street that is only touched at its corner is not named."""


@dataclass(frozen=True, slots=True)
class Route:
    """How one site reaches its room.

    Attributes
    ----------
    edges
        From the site on.
    length_km
        Along the streets, with the drops at both ends.
    """

    site_id: str
    room_id: str
    edges: tuple[int, ...]
    length_km: float


@dataclass(frozen=True, eq=False)
class Routes:
    """A tree of fibre routes with its cost and its proof.

    Attributes
    ----------
    streets
        Graph with the sites attached.
    tree
        Edges, value in the unit of ``minimise`` (money or metres), bound, gap.
    cost_per_edge
        Money, one an edge.
    in_duct
        Edges whose street has a duct already.
    routes
        By site, in the order given.
    unreachable
        Site to the reason why no way leads to it.
    """

    streets: StreetGraph
    rooms: tuple[str, ...]
    minimise: Minimise
    model: CostModel
    weight: NDArray[np.float64]
    cost_per_edge: NDArray[np.float64]
    in_duct: NDArray[np.bool_]
    tree: SteinerTree
    routes: tuple[Route, ...]
    unreachable: Mapping[str, str] = field(default_factory=dict)

    @property
    def length_km(self) -> float:
        """Length of all cable routes; what two sites share counts once."""
        return float(self.streets.length_m[self.tree.edges].sum()) / 1000.0

    @property
    def cost(self) -> float:
        """Cost of the tree in the model's unit."""
        return float(self.cost_per_edge[self.tree.edges].sum())

    def length_by_kind_km(self) -> dict[str, float]:
        """Return the length by what is done: new duct by kind of street, existing duct, drop."""
        sums: dict[str, float] = {}
        for edge in self.tree.edges:
            row = self.streets.street_row[edge]
            if row == DROP:
                kind = "drop"
            elif self.in_duct[edge]:
                kind = "existing duct"
            else:
                kind = f"new duct, {self.streets.kinds[row]}"
            sums[kind] = sums.get(kind, 0.0) + float(self.streets.length_m[edge]) / 1000.0
        return {kind: km for kind, km in sorted(sums.items()) if km >= _TOUCH_KM}

    @cached_property
    def beyond(self) -> Nearest:
        """The shortest way from the tree to every node: what joining it would cost."""
        nodes = np.unique(self.streets.graph.ends[self.tree.edges])
        rooms = self.streets.graph.numbers(self.rooms)
        return nearest_ways(self.streets.graph, self.weight, np.union1d(nodes, rooms))


def marginal_cost(routes: Routes, site_id: str) -> float:
    """Return what joining one more attached site to the tree weighs, in the unit of ``minimise``.

    One search serves all sites. Infinite where no way leads there; 0 for a site of the tree.

    Raises
    ------
    MissingError
        The site was not attached to the streets.
    """
    try:
        node = routes.streets.graph.numbers([site_id])[0]
    except InputError:
        raise MissingError(
            f"site {site_id!r} is not attached to the streets; hand it to sited_streets"
        ) from None
    return float(routes.beyond.weight[node])


def sited_streets(
    network: Network, crs: str, site_ids: Sequence[str], *, snap_m: float = SNAP_M
) -> StreetGraph:
    """Return the streets of a network with sites attached.

    Raises
    ------
    MissingError
        A site does not exist.
    InputError
        There are no streets, or a position or line cannot be projected.
    """
    sites = [network.site(site_id) for site_id in site_ids]
    streets = street_graph(network.streets, crs, snap_m=snap_m)
    return attach_points(
        streets, list(site_ids), [site.lon for site in sites], [site.lat for site in sites]
    )


def joined_rooms(
    graph: CompactGraph, weight: NDArray[np.float64], rooms: NDArray[np.int32]
) -> tuple[CompactGraph, NDArray[np.float64], int]:
    """Return the graph with one more node that all rooms join for nothing, and its number.

    With one room nothing is added. Edges keep their numbers.
    """
    if rooms.size == 1:
        return graph, weight, int(rooms[0])
    root = graph.nodes
    to_root = np.column_stack([rooms, np.full(rooms.size, root, np.int32)])
    joined = graph_from_edges(
        [*graph.node_ids, _ROOMS],
        [*graph.edge_ids, *(f"{_ROOMS} {n}" for n in range(rooms.size))],
        np.concatenate([graph.ends, to_root]),
    )
    return joined, np.concatenate([weight, np.zeros(rooms.size)]), root


def _plain_tree(tree: SteinerTree, edges: int) -> SteinerTree:
    """Return the tree without the edges that join the rooms."""
    kept = tree.edges[tree.edges < edges]
    return SteinerTree(kept, tree.value, tree.bound, tree.method, tree.unreachable)


def _checked_ids(streets: StreetGraph, ids: Sequence[str], what: str) -> NDArray[np.int32]:
    if not ids:
        raise InputError(f"there is no {what} to join; name at least one")
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if list(ids).count(name) > 1)
        raise InputError(f"{what} {twice!r} is named twice; name each once")
    return streets.graph.numbers(ids)


def plan_routes(
    network: Network,
    streets: StreetGraph,
    model: CostModel,
    *,
    sites: Sequence[str],
    rooms: Sequence[str],
    minimise: Minimise = "cost",
    starts: int = 16,
    prove: bool = True,
) -> Routes:
    """Return the routes that join sites to rooms along the streets.

    Parameters
    ----------
    network
        Its spans say where ducts lie.
    streets
        With all sites and rooms attached (:func:`sited_streets`).
    sites, rooms
        Ids; a site that is a room is joined already.
    starts
        Trees that are grown; the lightest counts.
    prove
        Compute the bound too.

    Raises
    ------
    InputError
        There is no site or no room, one is named twice, or it is not attached.
    """
    graph = streets.graph
    site_numbers = _checked_ids(streets, sites, "site")
    room_numbers = _checked_ids(streets, rooms, "room")
    ducts = streets_with_duct(network)
    has_duct = np.array([*(street in ducts for street in streets.street_ids), False])
    cost = model.per_km(streets, ducts) * streets.length_m / 1000.0
    weight = cost if minimise == "cost" else streets.length_m
    joined, joined_weight, root = joined_rooms(graph, weight, room_numbers)
    terminals = np.array([root, *site_numbers], np.int32)
    found = steiner_tree(joined, joined_weight, terminals, starts=starts, prove=prove)
    tree = _plain_tree(found, graph.edges)
    only_tree = np.full(graph.edges, np.inf)
    only_tree[tree.edges] = streets.length_m[tree.edges]
    ways = nearest_ways(graph, only_tree, room_numbers)
    lost = set(tree.unreachable)
    routes = tuple(
        Route(
            site,
            graph.node_ids[ways.source[node]],
            tuple(int(edge) for edge in ways.edges_to(int(node))),
            float(ways.weight[node]) / 1000.0,
        )
        for site, node in zip(sites, site_numbers, strict=True)
        if site not in lost
    )
    with_rooms = {int(streets.component[room]) for room in room_numbers}
    shown = "; ".join(streets.component_name(part) for part in sorted(with_rooms))
    reasons = {
        site: f"it hangs on {streets.component_name(int(streets.component[node]))}, the rooms on "
        f"{shown}; join the streets or name a room there"
        for site, node in zip(sites, site_numbers, strict=True)
        if site in lost
    }
    return Routes(
        streets, tuple(rooms), minimise, model, weight, cost, has_duct[streets.street_row], tree,
        routes, reasons,
    )  # fmt: skip
