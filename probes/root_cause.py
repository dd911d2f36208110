"""Root cause: which failures follow from which, on the network as it is seen from the probe.

The graph has sites, devices and links. A site is the hub of its devices; a link joins the devices of
its two ports, or the sites where ports are not known. Seen from the probe,

* what every way to a thing passes are its *dominators* (Lengauer and Tarjan 1979). The graph has no
  direction, so they are read off one depth-first walk (``topology/failures/depth_first.py``): they
  are the cut nodes between the probe and the thing. They are the parents that are measured again
  before the thing is declared down;
* what can still be reached with everything that is known to be down taken away is *reached*. A
  failure at the border of what is reached is a cause of its own: the probe gets as far as its
  neighbour and no further. Everything beyond follows from the failures of the border that lie
  between it and the probe; a second way that holds leaves nothing beyond;
* a device that does not answer, while another answers to which every way passes it, carries
  traffic: its management is lost and nothing else. So it is where a neighbour sees the port to it
  up and nothing behind it is silent. What is older than the silence shows nothing;
* links that run through one span and are down together are one cut, unless a link through that
  span is known to be up; all devices of a site silent at once are the site.

The proof travels with the verdict: what follows, and by which way the neighbours of a failure are
still reached.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ..topology.compact_graph import CompactGraph, graph_from_edges
from ..topology.errors import MissingError
from ..topology.failures.depth_first import walk
from ..topology.network import Network
from ..topology.service_roots import service_roots
from .alarms.judge import Cause
from .alarms.placement import names_in
from .observations import Resource, resource

__all__ = ["Findings", "Proof", "RootCauseJudge", "WatchedGraph", "watched_graph"]

_STANDS = "stands:"
"""What the name of the tie between a device and its site begins with; it cannot fail by itself."""

_WAY_SHOWN = 40


@dataclass(frozen=True, slots=True, eq=False)
class WatchedGraph:
    """The network as it is seen from the probe.

    Attributes
    ----------
    graph
        Nodes are resources ``site:ID`` and ``device:ID``; edges are link ids and ties.
    roots
        Nodes at which the probe stands.
    link_of_port
        Link that ends at a port.
    spans_of_link
        Spans through which each link runs.
    """

    graph: CompactGraph
    roots: tuple[int, ...]
    link_of_port: Mapping[Resource, str]
    spans_of_link: Mapping[str, tuple[str, ...]]
    node: Mapping[Resource, int]
    edge: Mapping[str, int]


def watched_graph(
    network: Network, *, probe_site: str = "", roots: Sequence[str] = ()
) -> WatchedGraph:
    """Return the graph seen from the probe.

    Parameters
    ----------
    probe_site
        Where the probe stands; empty for where service comes from.
    roots
        Sites that service comes from (``[network] roots``), for when no probe is named.

    Raises
    ------
    MissingError
        The probe's site is not in the network.
    InputError
        Neither is known.
    """
    sites = list(network.sites["site_id"])
    if probe_site and probe_site not in set(sites):
        raise MissingError(
            f"probe.site is {probe_site!r}, which is no site of the network; correct alarms.toml"
        )
    starts = (probe_site,) if probe_site else service_roots(network.sites, roots).ids
    devices = network.devices
    names = [resource("site", s) for s in sites]
    names += [resource("device", d) for d in devices["device_id"]]
    node = {name: n for n, name in enumerate(names)}
    edges: list[str] = []
    ends: list[tuple[int, int]] = []
    for device, site in zip(devices["device_id"], devices["site_id"], strict=True):
        edges.append(_STANDS + device)
        ends.append((node[resource("device", device)], node[resource("site", site)]))
    ports = network.ports
    device_of_port = dict(zip(ports["port_id"], ports["device_id"], strict=True))
    if_name = dict(zip(ports["port_id"], ports["if_name"].fillna(""), strict=True))
    link_of_port: dict[Resource, str] = {}
    spans: dict[str, tuple[str, ...]] = {}
    for link_id in network.links["link_id"]:
        link = network.link(link_id)
        pair = []
        for site, port in ((link.a_site, link.a_port), (link.b_site, link.b_port)):
            device = device_of_port.get(port, "")
            pair.append(node[resource("device", device) if device else resource("site", site)])
            if device:
                link_of_port[resource("port", device, if_name[port] or port)] = link_id
        spans[link_id] = link.spans
        edges.append(link_id)
        ends.append((pair[0], pair[1]))
    graph = graph_from_edges(names, edges, np.array(ends, np.int32).reshape(-1, 2))
    return WatchedGraph(
        graph, tuple(node[resource("site", s)] for s in starts), link_of_port, spans, node,
        {name: n for n, name in enumerate(edges)},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proof:
    """Why something is a cause, and what it does not take away.

    Attributes
    ----------
    cause
        The failure.
    links
        Links that it takes down.
    follows
        What is cut off behind it, alone or together with ``together_with``.
    together_with
        Other causes without which what follows would still be reached.
    still_reached
        Neighbours that are reached all the same, each with the way from the probe.
    """

    cause: Resource
    links: tuple[str, ...]
    follows: tuple[Resource, ...]
    together_with: tuple[Resource, ...]
    still_reached: tuple[tuple[Resource, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What follows from what, at one moment (a :class:`.alarms.judge.Diagnosis`)."""

    causes: tuple[Cause, ...]
    _roots: Mapping[Resource, tuple[Resource, ...]]
    _watched: WatchedGraph
    _reached_by: Sequence[int]
    _cause_links: Mapping[Resource, tuple[str, ...]] = field(default_factory=dict)

    def roots_of(self, of: Resource) -> tuple[Resource, ...]:
        """Return the causes from which a resource's troubles follow; none for a cause itself."""
        found = self._roots.get(of)
        if found is None:
            kind, names = names_in(of)
            if kind in ("port", "sensor"):
                device = resource("device", names[0])
                found = self._roots.get(device, ())
                if not found and device in self._cause_links:
                    found = (device,)
            elif kind == "link":
                found = ()
        return found or ()

    def proof(self, cause: Resource) -> Proof:
        """Return what follows from a cause and what is still reached without it.

        Raises
        ------
        MissingError
            It is no cause.
        """
        if cause not in self._cause_links:
            raise MissingError(f"{cause} is no root cause; causes are {', '.join(c.resource for c in self.causes) or 'none'}")  # fmt: skip
        links = self._cause_links[cause]
        follows = [name for name, roots in self._roots.items() if cause in roots]
        nodes = [name for name in follows if name in self._watched.node]
        others = dict.fromkeys(r for name in nodes for r in self._roots[name] if r != cause)
        return Proof(cause, links, tuple(follows), tuple(others), tuple(self._still(cause, links)))

    def _still(
        self, cause: Resource, links: Iterable[str]
    ) -> Iterable[tuple[Resource, tuple[str, ...]]]:
        graph, watched = self._watched.graph, self._watched
        near: dict[int, None] = {}
        for link in links:
            for end in graph.ends[watched.edge[link]].tolist():
                near[end] = None
        if cause in watched.node:
            at = watched.node[cause]
            near |= dict.fromkeys(graph.neighbour[graph.offset[at] : graph.offset[at + 1]].tolist())
        for n in near:
            if self._reached_by[n] != _NOT and graph.node_ids[n] != cause:
                way = self._way(n)
                if way:
                    yield graph.node_ids[n], way

    def _way(self, to: int) -> tuple[str, ...]:
        """Return the links from the probe to a node that is reached."""
        graph = self._watched.graph
        way: list[str] = []
        while self._reached_by[to] >= 0 and len(way) < _WAY_SHOWN:
            edge = self._reached_by[to]
            if not graph.edge_ids[edge].startswith(_STANDS):
                way.append(graph.edge_ids[edge])
            a, b = graph.ends[edge].tolist()
            to = b if to == a else a
        return tuple(reversed(way))


_NOT, _START = -2, -1  # how a node was reached: not at all; the probe stands there; else the edge


class RootCauseJudge:
    """Decides what follows from what (a :class:`.alarms.judge.Judge`)."""

    def __init__(self, watched: WatchedGraph) -> None:
        self.watched = watched
        graph = watched.graph
        self._rows = [
            list(zip(graph.neighbour[a:b].tolist(), graph.half_edge[a:b].tolist(), strict=True))
            for a, b in zip(graph.offset[:-1].tolist(), graph.offset[1:].tolist(), strict=True)
        ]
        self._dominator = _dominators(graph, watched.roots)
        self._tops = set(self._dominator) - {-1}
        self._devices_at: dict[int, list[int]] = {}
        self._site_of: dict[int, int] = {}
        for name, edge in watched.edge.items():
            if name.startswith(_STANDS):
                device, site = graph.ends[edge].tolist()
                self._devices_at.setdefault(site, []).append(device)
                self._site_of[device] = site
        self._links_in: dict[str, list[str]] = {}
        for link, spans in watched.spans_of_link.items():
            for span in spans:
                self._links_in.setdefault(span, []).append(link)

    def parents(self, of: Resource) -> tuple[Resource, ...]:
        """Return the devices that every way from the probe to a resource passes, nearest first."""
        node = self._node_of(of)
        found: list[Resource] = []
        ids = self.watched.graph.node_ids
        if node is not None:
            if ids[node] != of and ids[node].startswith("device:"):
                found.append(ids[node])
            at = self._dominator[node]
            while at >= 0:
                if ids[at].startswith("device:"):
                    found.append(ids[at])
                at = self._dominator[at]
        return tuple(found)

    def _node_of(self, of: Resource) -> int | None:
        kind, names = names_in(of)
        if kind in ("port", "sensor"):
            of = resource("device", names[0])
        return self.watched.node.get(of)

    def _carrying(
        self,
        dead: Collection[int],
        since_s: Mapping[Resource, float],
        heard_s: Mapping[Resource, float],
        links_down: Collection[str],
    ) -> dict[int, tuple[Resource, ...]]:
        """Return the silent nodes that carry traffic all the same, each with what shows it."""
        watched, ids, above = self.watched, self.watched.graph.node_ids, self._dominator
        shown: dict[int, dict[Resource, None]] = {}
        hides_silence: set[int] = set()  # silent nodes with another silent one behind them
        for node in dead:
            at = above[node]
            while at >= 0:
                hides_silence.add(at)
                at = above[at]
        if self._tops & set(dead):
            for name, at_s in heard_s.items():
                at = -1 if name not in watched.node or watched.node[name] in dead else (
                    above[watched.node[name]])  # fmt: skip
                while at >= 0:
                    if at in dead and at_s >= since_s.get(ids[at], math.inf):
                        shown.setdefault(at, {})[name] = None
                    at = above[at]
        for name, at_s in heard_s.items():
            link = watched.link_of_port.get(name, "")
            if not link or link in links_down:
                continue
            device = self._node_of(name)
            a, b = watched.graph.ends[watched.edge[link]].tolist()
            far = b if device == a else a
            if device in dead or far not in dead or far in hides_silence:
                continue
            if at_s >= since_s.get(ids[far], math.inf):
                shown.setdefault(far, {})[name] = None
        return {node: tuple(names) for node, names in shown.items()}

    def diagnose(
        self,
        down: Collection[Resource],
        *,
        since_s: Mapping[Resource, float] = MappingProxyType({}),
        heard_s: Mapping[Resource, float] = MappingProxyType({}),
    ) -> Findings:
        """Return what follows from what when these are down.

        Parameters
        ----------
        down
            Resources with an active alarm that says nothing passes: devices that do not answer,
            ports and links that are down, sites.
        since_s
            Since when each of them has been.
        heard_s
            When devices last answered and ports were last seen up, of those that were.
        """
        watched = self.watched
        dead_nodes = {n for name in down if (n := watched.node.get(name)) is not None}
        links_down: dict[str, list[Resource]] = {}
        for name in down:
            kind, names = names_in(name)
            link = names[0] if kind == "link" else watched.link_of_port.get(name, "")
            if link in watched.edge:
                links_down.setdefault(link, []).append(name)
        carrying = self._carrying(dead_nodes, since_s, heard_s, links_down)
        dead_nodes -= carrying.keys()
        dead_edges = {watched.edge[link] for link in links_down}
        reached_by = self._reach(dead_nodes, dead_edges)
        border, beyond = self._border(dead_nodes, dead_edges, reached_by)
        causes: dict[Resource, Cause] = {}
        cause_links: dict[Resource, tuple[str, ...]] = {}
        for node, names in carrying.items():
            name = watched.graph.node_ids[node]
            causes[name] = Cause(name, "", "management-lost", names)
            cause_links[name] = ()
        name_of = self._name_causes(border, links_down, dead_nodes, causes, cause_links)
        roots: dict[Resource, tuple[Resource, ...]] = {}
        ids = watched.graph.node_ids
        for node, failures in beyond.items():
            found = tuple(dict.fromkeys(name_of[one] for one in failures))
            if ids[node] not in causes:
                roots[ids[node]] = found
        for failure, name in name_of.items():
            own = ids[failure[1]] if failure[0] == "node" else None
            if own is not None and own != name:
                roots[own] = (name,)
        for link, reported_by in links_down.items():
            root = name_of.get(("edge", watched.edge[link]))
            for name in reported_by:
                if root is not None and name != root:
                    roots[name] = (root,)
                elif root is None:
                    roots[name] = self._roots_of_link(link, roots, causes)
        return Findings(tuple(causes.values()), roots, watched, reached_by, cause_links)

    def _roots_of_link(
        self,
        link: str,
        roots: Mapping[Resource, tuple[Resource, ...]],
        causes: Collection[Resource],
    ) -> tuple[Resource, ...]:
        """Return the roots of a link that is down beside or behind what failed."""
        ids = self.watched.graph.node_ids
        ends = self.watched.graph.ends[self.watched.edge[link]].tolist()
        return tuple(
            dict.fromkeys(
                root
                for end in ends
                for root in ((ids[end],) if ids[end] in causes else roots.get(ids[end], ()))
            )
        )

    def _reach(self, dead_nodes: Collection[int], dead_edges: Collection[int]) -> list[int]:
        """Return by which edge each node is reached with what is down taken away."""
        by = [_NOT] * len(self._rows)
        queue: deque[int] = deque()
        for root in self.watched.roots:
            if root not in dead_nodes:
                by[root] = _START
                queue.append(root)
        rows = self._rows
        while queue:
            for other, edge in rows[queue.popleft()]:
                if by[other] == _NOT and other not in dead_nodes and edge not in dead_edges:
                    by[other] = edge
                    queue.append(other)
        return by

    def _border(
        self, dead_nodes: Collection[int], dead_edges: Collection[int], by: Sequence[int]
    ) -> tuple[list[_Failure], dict[int, list[_Failure]]]:
        """Return the failures next to what is reached, and for all beyond those it follows from."""
        rows = self._rows
        border: dict[_Failure, list[int]] = {}
        for node in sorted(dead_nodes):
            if any(by[o] != _NOT and e not in dead_edges for o, e in rows[node]) or (
                node in self.watched.roots
            ):
                border["node", node] = [node]
        ends = self.watched.graph.ends
        for edge in sorted(dead_edges):
            a, b = ends[edge].tolist()
            if by[a] != _NOT or by[b] != _NOT:
                # Behind a node that does not answer either, the link would bring nothing back.
                border["edge", edge] = [
                    n for n in (a, b) if by[n] == _NOT and ("node", n) not in border
                ]
        # What lies beyond is silent as a whole; whether it is sound in itself cannot be seen, so
        # it is taken to be.
        beyond: dict[int, list[_Failure]] = {}
        at_border = {n for kind, n in border if kind == "node"}
        for failure, starts in border.items():
            seen = set(starts)
            queue = deque(starts)
            while queue:
                node = queue.popleft()
                if node not in at_border:
                    beyond.setdefault(node, []).append(failure)
                for other, edge in rows[node]:
                    open_ = by[other] == _NOT and other not in seen and other not in at_border
                    if open_ and ("edge", edge) not in border:
                        seen.add(other)
                        queue.append(other)
        return list(border), beyond

    def _name_causes(
        self,
        border: Sequence[_Failure],
        links_down: Mapping[str, Sequence[Resource]],
        dead_nodes: Collection[int],
        causes: dict[Resource, Cause],
        cause_links: dict[Resource, tuple[str, ...]],
    ) -> dict[_Failure, Resource]:
        """Give each failure of the border the name of its cause: itself, its span or its site."""
        watched, ids = self.watched, self.watched.graph.node_ids
        named: dict[_Failure, Resource] = {}
        dead = dict.fromkeys(n for kind, n in border if kind == "node")
        for site in dict.fromkeys(self._site_of[n] for n in dead if n in self._site_of):
            devices = self._devices_at[site]
            mine = [device for device in devices if device in dead]
            if len(mine) > 1 and all(device in dead_nodes for device in devices):
                silent = tuple(ids[device] for device in devices)
                causes[ids[site]] = Cause(ids[site], "site-dark", "devices-silent", silent)
                cause_links[ids[site]] = ()
                named |= {("node", device): ids[site] for device in mine}
        for node in dead:
            if ("node", node) not in named:
                causes[ids[node]] = Cause(ids[node])
                cause_links[ids[node]] = ()
                named["node", node] = ids[node]
        edge_name = watched.graph.edge_ids
        # A link that ends at a device which does not answer is down because of the device.
        lone = {
            edge_name[n]: n
            for kind, n in border
            if kind == "edge" and not any(e in dead for e in watched.graph.ends[n].tolist())
        }
        for span, links, instead in self._cuts(lone, links_down):
            name = resource("span", span)
            causes[name] = Cause(name, "span-cut", "links-together", tuple(links), instead)
            cause_links[name] = tuple(links)
            named |= {("edge", watched.edge[link]): name for link in links}
        for link, n in lone.items():
            if ("edge", n) not in named:
                name = resource("link", link)
                reported = links_down[link]
                kind = "" if name in reported else "link-down"
                causes[name] = Cause(name, kind, "ports-down" if kind else "", tuple(reported))
                cause_links[name] = (link,)
                named["edge", n] = name
        for kind, n in border:
            if (kind, n) not in named:
                end = next(e for e in watched.graph.ends[n].tolist() if e in dead)
                named[kind, n] = named["node", end]
        return named

    def _cuts(
        self, down: Mapping[str, int], links_down: Mapping[str, Sequence[Resource]]
    ) -> Iterable[tuple[str, list[str], tuple[str, ...]]]:
        """Yield the fewest cut spans that explain links which are down together.

        The span that explains most comes first; a span through which a link runs that is not down
        is whole. What only one link says is left to the link.
        """
        left = dict(down)
        while True:
            count: dict[str, int] = {}
            for link in left:
                for span in self.watched.spans_of_link[link]:
                    count[span] = count.get(span, 0) + 1
            whole = [
                span
                for span, n in count.items()
                if n > 1 and all(link in links_down for link in self._links_in[span])
            ]
            if not whole:
                return
            best = max(whole, key=lambda span: (count[span], -whole.index(span)))
            mine = [link for link in left if best in self.watched.spans_of_link[link]]
            alike = [s for s in whole if set(mine) == {x for x in self._links_in[s] if x in left}]
            yield best, mine, tuple(span for span in alike if span != best)
            for link in mine:
                del left[link]


_Failure = tuple[str, int]
"""``node`` or ``edge`` and its number."""


def _dominators(graph: CompactGraph, roots: Sequence[int]) -> list[int]:
    """Return the nearest node that every way to each node passes; -1 for none.

    In a graph without direction that is the top of the block by which a node hangs in the walk.
    """
    found = walk(graph, np.array(roots, np.int32))
    order, low, up = found.order.tolist(), found.low.tolist(), found.up.tolist()
    of = [-1] * graph.nodes
    top = [-1] * found.reached  # by visit: the visit of the dominator
    for visit in range(found.reached):
        above = up[visit]
        if above >= 0:
            top[visit] = above if low[visit] > above else top[above]
            if top[visit] >= 0:
                of[order[visit]] = order[top[visit]]
    return of
