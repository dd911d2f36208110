"""From the household to the website: who has IPv6 on the whole way, and what stands in it.

The graph's nodes are devices and websites; links join the devices of their ports, a site joins
its devices, and websites stand behind the devices of the site that hosts them, or beyond the exits
when they are hosted outside. A household reaches a website when some path between them runs over
ready nodes only, and both ends are ready. The share counts pairs: households x visits.

Where a link does not name the device at its end, the one of the highest layer at that site is
taken for it. A room without a device in the tables is not known; any other site lets through.

What an upgrade frees is exact: the pairs after it less those before. The work list takes at each
step the one node that frees most; where none frees anything by itself, the nodes that one whole
path lacks, of which each frees most.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..topology.network import Network
from .ladder import Met

__all__ = ["EndToEnd", "PathGraph", "Upgrade", "end_to_end", "path_graph", "work_list"]

_ROOMS = frozenset({"headend", "exchange", "idc", "olt"})
_CARRIER_ORDER = ("backbone", "idc", "access", "radio", "cpe", "other")

OUTSIDE = "outside"
"""The node beyond the district's exits; always ready."""


@dataclass(frozen=True, slots=True)
class PathGraph:
    """Who is joined to whom.

    Attributes
    ----------
    neighbours
        Node to its neighbours: ``device:ID``, ``website:ID``, ``site:ID``, :data:`OUTSIDE`.
    states
        Node to whether it is ready; what is missing here is always ready.
    households
        Node to the households that hang on it.
    visits
        Website to its visits.
    unplaced_homes
        Access links of which the tables do not say how many homes they have.
    guessed_ends
        Ends of links whose device is a guess.
    """

    neighbours: Mapping[str, frozenset[str]]
    states: Mapping[str, Met]
    households: Mapping[str, float]
    visits: Mapping[str, float]
    unplaced_homes: int = 0
    guessed_ends: int = 0

    def ready(self, unknown_as: bool) -> frozenset[str]:
        """Return nodes that let IPv6 through, unknown ones as told."""
        good = {"met", "unknown"} if unknown_as else {"met"}
        return frozenset(n for n in self.neighbours if self.states.get(n, "met") in good)

    @property
    def all_pairs(self) -> float:
        """Households x visits, all of them."""
        return math.fsum(self.households.values()) * math.fsum(self.visits.values())


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A step of the work list.

    Attributes
    ----------
    nodes
        Devices and websites to bring to what is needed, together.
    frees_pairs, frees_households
        Pairs of household x visit that have a path after it and not before, and households that
        reach their first website by it.
    share_after
        Share of all pairs that have a path when this and every step before is done.
    unknown
        Those of the nodes that may be ready already: to measure comes first.
    """

    nodes: tuple[str, ...]
    frees_pairs: float
    frees_households: float
    share_after: float
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """How much of the district is IPv6 from end to end.

    Attributes
    ----------
    low, high
        Share of household x visit pairs with a path, at least and at most; None without pairs.
    households_low, households_high
        Households that reach at least one website.
    households
        All of them.
    steps
        The work list.
    """

    low: float | None
    high: float | None
    households_low: float
    households_high: float
    households: float
    steps: tuple[Upgrade, ...] = field(default=())


def _components(graph: PathGraph, ready: Collection[str]) -> dict[str, int]:
    """Return the number of its component for every ready node."""
    label: dict[str, int] = {}
    for start in graph.neighbours:
        if start in label or start not in ready:
            continue
        number = len(label)
        label[start] = number
        stack = [start]
        while stack:
            for other in graph.neighbours[stack.pop()]:
                if other in ready and other not in label:
                    label[other] = number
                    stack.append(other)
    return label


def _sums(graph: PathGraph, label: Mapping[str, int]) -> dict[int, tuple[float, float]]:
    """Return households and visits of each component."""
    found: dict[int, tuple[float, float]] = {}
    for node, number in label.items():
        homes, visits = found.get(number, (0.0, 0.0))
        found[number] = (
            homes + graph.households.get(node, 0.0),
            visits + graph.visits.get(node, 0.0),
        )
    return found


def _reached(graph: PathGraph, ready: Collection[str]) -> tuple[float, float]:
    """Return pairs with a path, and households that reach anything."""
    sums = _sums(graph, _components(graph, ready)).values()
    return (
        math.fsum(homes * visits for homes, visits in sums),
        math.fsum(homes for homes, visits in sums if visits > 0),
    )


def _single_gains(graph: PathGraph, ready: Collection[str]) -> dict[str, float]:
    """Return the pairs that each node frees when it alone becomes ready."""
    label = _components(graph, ready)
    sums = _sums(graph, label)
    gains = {}
    for node, neighbours in graph.neighbours.items():
        if node in ready:
            continue
        joined = {label[other] for other in neighbours if other in label}
        homes = graph.households.get(node, 0.0) + math.fsum(sums[n][0] for n in joined)
        visits = graph.visits.get(node, 0.0) + math.fsum(sums[n][1] for n in joined)
        gains[node] = homes * visits - math.fsum(sums[n][0] * sums[n][1] for n in joined)
    return gains


def _shortest_lack(
    graph: PathGraph, ready: Collection[str], start: str, done: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Return the fewest nodes that a household node lacks on a path to a website it cannot reach.

    Parameters
    ----------
    done
        Household node to the websites that it reaches already.
    """
    cost = {start: 0 if start in ready else 1}
    before: dict[str, str] = {}
    queue = [(cost[start], start)]
    while queue:
        so_far, node = heapq.heappop(queue)
        if so_far > cost[node]:
            continue
        if graph.visits.get(node, 0.0) > 0 and node not in done[start]:
            lack = []
            while True:
                if node not in ready:
                    lack.append(node)
                if node == start:
                    return tuple(sorted(lack))
                node = before[node]
        for other in graph.neighbours[node]:
            step = so_far + (other not in ready)
            if step < cost.get(other, math.inf):
                cost[other], before[other] = step, node
                heapq.heappush(queue, (step, other))
    return ()


def _bundles(graph: PathGraph, ready: Collection[str]) -> Iterable[tuple[str, ...]]:
    """Yield what is missing on the path that lacks least, for each node with households.

    Of nodes that hang on the same ones, as the trees of an OLT do, one speaks for all.
    """
    label = _components(graph, ready)
    sites: dict[int, set[str]] = {}
    for node in graph.visits:
        if node in label:
            sites.setdefault(label[node], set()).add(node)
    done = {
        node: frozenset(sites.get(label[node], ())) if node in label else frozenset()
        for node in graph.households
    }
    alike = {
        (graph.neighbours[node], node in ready or node): node
        for node, homes in graph.households.items()
        if homes > 0
    }
    for node in alike.values():
        if lack := _shortest_lack(graph, ready, node, done):
            yield lack


def work_list(graph: PathGraph, *, most: int = 1000) -> tuple[Upgrade, ...]:
    """Return upgrades, at each step the one that frees most household x visit pairs.

    Nodes of which nothing certain is known count as not ready: to measure them may be enough.

    Parameters
    ----------
    most
        Steps at most.
    """
    ready = set(graph.ready(unknown_as=False))
    pairs, homes = _reached(graph, ready)
    steps: list[Upgrade] = []
    while len(steps) < most:
        gains = _single_gains(graph, ready)
        best, gain = min(gains.items(), key=lambda one: (-one[1], one[0]), default=("", 0.0))
        # A gain that rounding makes is none.
        nodes: tuple[str, ...] = (best,) if gain > 1e-12 * graph.all_pairs else ()
        if not nodes:
            rated = [
                (-(_reached(graph, ready | set(bundle))[0] - pairs) / len(bundle), bundle)
                for bundle in set(_bundles(graph, ready))
            ]
            nodes = min(rated, default=(0.0, ()))[1]
        if not nodes:
            break
        ready |= set(nodes)
        pairs_after, homes_after = _reached(graph, ready)
        steps.append(
            Upgrade(
                nodes,
                pairs_after - pairs,
                homes_after - homes,
                pairs_after / graph.all_pairs,
                tuple(n for n in nodes if graph.states.get(n, "met") == "unknown"),
            )
        )
        pairs, homes = pairs_after, homes_after
    return tuple(steps)


def end_to_end(graph: PathGraph) -> EndToEnd:
    """Return how much is IPv6 from end to end, and the work list."""
    whole = graph.all_pairs
    low_pairs, low_homes = _reached(graph, graph.ready(unknown_as=False))
    high_pairs, high_homes = _reached(graph, graph.ready(unknown_as=True))
    return EndToEnd(
        low_pairs / whole if whole else None,
        high_pairs / whole if whole else None,
        low_homes,
        high_homes,
        math.fsum(graph.households.values()),
        work_list(graph) if whole else (),
    )


class _Builder:
    def __init__(self, network: Network) -> None:
        self.edges: dict[str, set[str]] = {}
        self.unknown: dict[str, Met] = {}
        self.guessed = 0
        devices = network.devices
        self.device_of_port = dict(
            zip(network.ports["port_id"], network.ports["device_id"], strict=True)
        )
        self.kind = dict(zip(network.sites["site_id"], network.sites["kind"], strict=True))
        self.at_site: dict[str, list[tuple[int, str]]] = {}
        for device, site, role in zip(
            devices["device_id"], devices["site_id"], devices["role"], strict=True
        ):
            rank = _CARRIER_ORDER.index(role)
            self.at_site.setdefault(site, []).append((rank, f"device:{device}"))
            self.join(f"device:{device}", f"device:{device}")
        for members in self.at_site.values():
            members.sort()
            for _, other in members[1:]:
                self.join(members[0][1], other)

    def join(self, one: str, other: str) -> None:
        self.edges.setdefault(one, set()).add(other)
        self.edges.setdefault(other, set()).add(one)

    def room(self, site: str) -> str:
        """Return what stands for a site: its device of the highest layer, or the site itself."""
        if site in self.at_site:
            return self.at_site[site][0][1]
        node = f"site:{site}"
        self.edges.setdefault(node, set())
        if self.kind.get(site) in _ROOMS:
            self.unknown[node] = "unknown"
        return node

    def end(self, site: str, port: str) -> str:
        """Return the node at the end of a link."""
        if port in self.device_of_port:
            return f"device:{self.device_of_port[port]}"
        if site in self.at_site:
            self.guessed += len(self.at_site[site]) > 1
        return self.room(site)


def path_graph(
    network: Network,
    states: Mapping[str, Met],
    *,
    visits: Mapping[str, float],
    exits: Sequence[str],
) -> PathGraph:
    """Return the graph from households to websites.

    Parameters
    ----------
    states
        Devices and websites to whether they are ready.
    visits
        Website to its visits on a day.
    exits
        Sites behind which everything outside lies.
    """
    builder = _Builder(network)
    households: dict[str, float] = {}
    unplaced = 0
    links = network.links.drop(columns="geometry", errors="ignore")
    for row in links.to_dict("records"):
        a, b = (builder.end(row[f"{e}_site"], row[f"{e}_port"]) for e in "ab")
        if row["kind"] in ("pon", "hfc"):
            leaf = f"link:{row['link_id']}"  # the tree's homes hang on its end
            builder.join(a, leaf)
            if row["homes"] != row["homes"] or row["homes"] is None:
                unplaced += 1
            else:
                households[leaf] = float(row["homes"])
            continue
        builder.join(a, b)
    for site in exits:
        builder.join(OUTSIDE, builder.room(site))
    hosted = dict(zip(network.websites["website_id"], network.websites["site_id"], strict=True))
    for website, site in hosted.items():
        builder.join(f"website:{website}", builder.room(site) if site else OUTSIDE)
    known: dict[str, Met] = {node: state for node, state in states.items() if node in builder.edges}
    return PathGraph(
        {node: frozenset(others - {node}) for node, others in builder.edges.items()},
        builder.unknown | known,
        households,
        {f"website:{website}": visits[f"website:{website}"] for website in hosted},
        unplaced,
        builder.guessed,
    )
