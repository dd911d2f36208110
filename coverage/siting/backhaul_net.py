"""What connecting a choice of sites costs: fibre along the streets, or microwave where cheaper.

Streets, rooms and hops are one graph. Rooms, and sites that are connected already, hang together
for nothing; a hop is an edge between two masts that costs its equipment and may be used where both
ends are chosen or connected. The lightest tree through the chosen sites then takes fibre or
microwave, whichever is cheaper, and what two sites share counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...topology.compact_graph import CompactGraph, graph_from_edges
from ...topology.errors import InputError, UsageError
from ...topology.fibre.cost import CostModel, streets_with_duct
from ...topology.fibre.nearest import checked_weight, search
from ...topology.fibre.routes import sited_streets
from ...topology.fibre.steiner import steiner_tree
from ...topology.fibre.steiner_heuristic import grown_tree
from ...topology.fibre.street_graph import StreetGraph
from ...topology.network import Network

__all__ = ["BackhaulNet", "BackhaulTree", "HopOffer", "backhaul_net", "district_backhaul"]

_ROOT = "connected"


@dataclass(frozen=True, slots=True)
class HopOffer:
    """A microwave hop that could be built.

    Attributes
    ----------
    a, b
        Ids of its ends: sites or rooms.
    cost
        Of both ends' equipment and licence, in the unit of the fibre's costs.
    """

    a: str
    b: str
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class BackhaulTree:
    """A tree that connects a choice of sites.

    Attributes
    ----------
    edges
        Numbers of its edges in the net's graph.
    cost
        Of its edges; infinite where a site cannot be connected.
    """

    edges: NDArray[np.int32]
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class BackhaulNet:
    """All ways to connect sites; make it with :func:`backhaul_net`.

    Attributes
    ----------
    graph
        The streets' edges keep their numbers; hops follow, then the edges of what is connected.
    weight
        Cost of each edge.
    root
        Node that everything connected joins for nothing.
    site_ids, site_node
        Sites and their nodes.
    hops
        Offers, one for each of the edges from ``first_hop`` on.
    first_hop
        Number of the first hop's edge.
    hop_sites
        Sites at both ends of each hop; -1 for an end that is connected.
    """

    graph: CompactGraph
    weight: NDArray[np.float64]
    root: int
    site_ids: tuple[str, ...]
    site_node: NDArray[np.int32]
    hops: tuple[HopOffer, ...]
    first_hop: int
    hop_sites: NDArray[np.int64]

    def _open(self, chosen: Sequence[int], ends: int) -> NDArray[np.float64]:
        """Return the weights with those hops closed of which fewer ends are at hand."""
        at_hand = np.zeros(len(self.site_ids) + 1, np.bool_)
        at_hand[[*chosen, -1]] = True
        closed = at_hand[self.hop_sites].sum(axis=1) < ends
        weight = self.weight.copy()
        weight[self.first_hop : self.first_hop + len(self.hops)][closed] = np.inf
        return weight

    def tree(self, chosen: Sequence[int], *, starts: int = 2) -> BackhaulTree:
        """Return a light tree that connects the chosen sites.

        Parameters
        ----------
        starts
            Trees that are grown; the lightest counts.
        """
        graph = self.graph
        terminals = np.array([self.root, *self.site_node[list(chosen)]], np.int32)
        weight = self._open(chosen, 2)
        edges, reached = grown_tree(
            graph.offset, graph.neighbour, graph.half_edge, graph.ends, weight, terminals, starts
        )
        cost = float(weight[edges].sum()) if reached.all() else np.inf
        return BackhaulTree(edges, cost)

    def proven_tree(self, chosen: Sequence[int]) -> tuple[BackhaulTree, float]:
        """Return a light tree that connects the chosen sites, and what no tree costs less than."""
        terminals = np.array([self.root, *self.site_node[list(chosen)]], np.int32)
        found = steiner_tree(self.graph, self._open(chosen, 2), terminals, starts=16)
        if found.unreachable:
            return BackhaulTree(found.edges, np.inf), np.inf
        return BackhaulTree(found.edges, found.value), found.bound

    def insert_costs(self, tree: BackhaulTree, chosen: Sequence[int]) -> NDArray[np.float64]:
        """Return for every site what connecting it to a tree costs, by one search; 0 inside."""
        graph = self.graph
        nodes = np.unique(np.append(graph.ends[tree.edges].ravel(), self.root)).astype(np.int32)
        weight = self._open(chosen, 1)
        key, _, _ = search(graph.offset, graph.neighbour, graph.half_edge, weight, nodes, -1)
        return np.asarray(key[self.site_node])

    def least_costs(self) -> NDArray[np.float64]:
        """Return for every site a part of the cost that no other site can share.

        Around each site lies a ball that reaches half way to the nearest other one, and not as
        far as what is connected. A tree leaves the ball of each of its sites, and balls do not
        overlap, so that it costs at least the sum of their radii.
        """
        graph, weight = self.graph, checked_weight(self.graph, self.weight)
        out = np.empty(len(self.site_ids))
        for site, node in enumerate(self.site_node):
            start = np.array([node], np.int32)
            key, _, _ = search(graph.offset, graph.neighbour, graph.half_edge, weight, start, -1)
            others = np.delete(key[self.site_node], site)
            out[site] = min(float(key[self.root]), float(others.min(initial=np.inf)) / 2)
        return out

    def hops_of(self, tree: BackhaulTree) -> tuple[HopOffer, ...]:
        """Return the hops of a tree."""
        numbers = tree.edges[tree.edges >= self.first_hop] - self.first_hop
        return tuple(self.hops[n] for n in numbers if n < len(self.hops))

    def streets_of(self, tree: BackhaulTree) -> NDArray[np.int32]:
        """Return the edges of a tree along streets, as numbered in the streets' own graph."""
        return tree.edges[tree.edges < self.first_hop]

    def ways_of(
        self, tree: BackhaulTree, chosen: Sequence[int]
    ) -> tuple[tuple[Literal["fibre", "microwave", "connected"], str], ...]:
        """Return by what each chosen site leaves for the rooms, and where a hop leads.

        ``connected``: it is connected already. The place is "" but for a hop.
        """
        ends, towards = self.graph.ends, dict[int, int]()
        at: dict[int, list[int]] = {}
        for edge in tree.edges.tolist():
            for node in ends[edge].tolist():
                at.setdefault(node, []).append(edge)
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            for edge in at.get(node, ()):
                other = int(ends[edge].sum()) - node
                if other != self.root and other not in towards:
                    towards[other] = edge
                    waiting.append(other)
        out: list[tuple[Literal["fibre", "microwave", "connected"], str]] = []
        for site in chosen:
            edge = towards.get(int(self.site_node[site]), -1)
            number = edge - self.first_hop
            if number >= len(self.hops) or edge < 0:
                out.append(("connected", ""))
            elif number >= 0:
                hop = self.hops[number]
                out.append(("microwave", hop.b if hop.a == self.site_ids[site] else hop.a))
            else:
                out.append(("fibre", ""))
        return tuple(out)

    def describe(self, tree: BackhaulTree) -> Mapping[str, float]:
        """Return what of a tree's cost is fibre and what is microwave."""
        cost = self.weight[tree.edges]
        along_streets = tree.edges < self.first_hop
        return {
            "fibre": float(cost[along_streets].sum()),
            "microwave": float(cost[~along_streets].sum()),
        }


def backhaul_net(
    graph: CompactGraph,
    weight: NDArray[np.floating],
    *,
    site_ids: Sequence[str],
    connected: Sequence[str],
    hops: Sequence[HopOffer] = (),
) -> BackhaulNet:
    """Return all ways to connect sites.

    Parameters
    ----------
    graph
        Streets with sites and rooms attached (:func:`.sited_streets`).
    weight
        Cost of each of its edges.
    site_ids
        Sites to choose from, in the order of the covering problem.
    connected
        Rooms, and sites with a connection of their own.
    hops
        Microwave hops that could be built.

    Raises
    ------
    UsageError
        Nothing is connected, or a site is named twice.
    InputError
        A site, room or end of a hop is not attached to the streets, or a cost is negative.
    """
    base = checked_weight(graph, np.asarray(weight, np.float64))
    if not connected:
        raise UsageError("nothing is connected that sites could join; name at least one room")
    if len(set(site_ids)) < len(site_ids):
        twice = next(name for name in site_ids if list(site_ids).count(name) > 1)
        raise UsageError(f"site {twice!r} is named twice; name each once")
    nodes = graph.numbers(site_ids)
    joined = graph.numbers(connected)
    number = {name: n for n, name in enumerate(site_ids) if name not in set(connected)}
    ends, pairs = [], []
    for hop in hops:
        if not (np.isfinite(hop.cost) and hop.cost >= 0):
            raise InputError(f"the hop {hop.a!r} to {hop.b!r} costs {hop.cost}; give 0 or more")
        ends.append(graph.numbers([hop.a, hop.b]))
        pairs.append((number.get(hop.a, -1), number.get(hop.b, -1)))
        for name in (hop.a, hop.b):
            if name not in number and name not in set(connected):
                raise InputError(
                    f"the hop {hop.a!r} to {hop.b!r} ends at {name!r}, which is neither a site to "
                    "choose nor connected"
                )
    root = graph.nodes
    to_root = [(int(node), root) for node in dict.fromkeys(joined.tolist())]
    grown = graph_from_edges(
        [*graph.node_ids, _ROOT],
        [
            *graph.edge_ids,
            *(f"hop {hop.a} {hop.b}" for hop in hops),
            *(f"{_ROOT} {n}" for n in range(len(to_root))),
        ],
        np.concatenate(
            [graph.ends, np.array(ends, np.int32).reshape(-1, 2), np.array(to_root, np.int32)]
        ),
    )
    return BackhaulNet(
        grown,
        np.concatenate([base, [hop.cost for hop in hops], np.zeros(len(to_root))]),
        root,
        tuple(site_ids),
        nodes,
        tuple(hops),
        graph.edges,
        np.array(pairs, np.int64).reshape(-1, 2),
    )


def district_backhaul(
    network: Network,
    crs: str,
    model: CostModel,
    *,
    site_ids: Sequence[str],
    connected: Sequence[str],
    hops: Sequence[HopOffer] = (),
) -> tuple[StreetGraph, BackhaulNet]:
    """Return the streets of a district with its sites, and all ways to connect these.

    Parameters
    ----------
    crs
        The project's, in metres.
    model
        Costs by street and duct, in the unit of the sites' costs.
    site_ids, connected, hops
        As for :func:`backhaul_net`.

    Raises
    ------
    MissingError
        A site does not exist.
    InputError
        There are no streets, or a position or line cannot be projected.
    """
    both = list(dict.fromkeys([*site_ids, *connected]))
    streets = sited_streets(network, crs, both)
    per_edge = model.per_km(streets, streets_with_duct(network)) * streets.length_m / 1000.0
    net = backhaul_net(streets.graph, per_edge, site_ids=site_ids, connected=connected, hops=hops)
    return streets, net
