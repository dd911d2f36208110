"""Exact unavailability of a connection, for networks whose width is small.

The part of the network that lies on any path between a root and a node is taken, chains and
parallel links in it become one edge each, and the rest is swept edge by edge. What must be
remembered between two edges is who of the few nodes at the border of the sweep hangs together, and
which risk groups with members on both sides have struck; states that agree in that are one (Hardy,
Lucet, Limnios, IEEE Trans. Reliability 56(3), 2007). Series, parallel and ring structures have a
border of two or three nodes at any size; a meshed core does not, and is given up as soon as there
are more than ``STATES`` states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import networkx as nx

from .failure_model import FailureModel

__all__ = ["EDGES", "GROUPS", "STATES", "exact_unavailability"]

STATES = 1024
"""Most states that are kept at once."""

EDGES = 400
"""Most edges between a root and a node, counted before chains become one edge each."""

GROUPS = 6
"""Most risk groups that may have members on both sides of the sweep; each doubles the states."""

_ABOVE = -1  # the perfect node above all roots
_State = tuple[tuple[int, ...], frozenset[int]]  # component per border node, groups that struck


@dataclass(frozen=True, slots=True)
class _Edge:
    a: int
    b: int
    up: float
    groups: tuple[int, ...]


@dataclass(slots=True)
class _Sweep:
    """Edges in order, and what enters and leaves the border at each."""

    edges: list[_Edge] = field(default_factory=list)
    entering: list[list[int]] = field(default_factory=list)
    leaving: list[list[int]] = field(default_factory=list)
    opening: list[list[int]] = field(default_factory=list)
    closing: list[list[int]] = field(default_factory=list)


class _TooWideError(Exception):
    """More states or groups than are kept, at this edge."""

    def __init__(self, edge: _Edge) -> None:
        super().__init__(edge)
        self.edge = edge


class _Connections:
    """The network with a perfect node above its roots, cut into blocks once for all nodes."""

    def __init__(self, model: FailureModel) -> None:
        graph = model.graph
        self.node_up = [1.0 - q for q in model.node_unavailability]
        self.group_share = [group.unavailability for group in model.groups]
        self.node_groups: list[list[int]] = [[] for _ in range(graph.nodes)]
        edge_groups: list[list[int]] = [[] for _ in range(graph.edges)]
        for number, group in enumerate(model.groups):
            if group.unavailability > 0.0:
                for node in set(group.nodes):
                    self.node_groups[node].append(number)
                for edge in set(group.edges):
                    edge_groups[edge].append(number)
        self.edges: dict[tuple[int, int], list[_Edge]] = {}
        for number, (a, b) in enumerate(graph.ends.tolist()):
            up = 1.0 - float(model.edge_unavailability[number])
            if a != b and up > 0.0:
                key = (min(a, b), max(a, b))
                self.edges.setdefault(key, []).append(_Edge(*key, up, tuple(edge_groups[number])))
        for root in set(model.roots.tolist()):
            self.edges[_ABOVE, root] = [_Edge(_ABOVE, root, 1.0, ())]
        view: nx.Graph[int] = nx.Graph()
        view.add_nodes_from(range(_ABOVE, graph.nodes))
        view.add_edges_from(self.edges)
        self.depth = nx.single_source_shortest_path_length(view, _ABOVE)
        self.blocks: list[list[tuple[int, int]]] = []
        self.too_wide: set[int] = set()
        self.entry: list[int] = []
        self.block_above: dict[int, int] = {}
        for pairs in nx.biconnected_component_edges(view):
            keys = [(min(a, b), max(a, b)) for a, b in pairs]
            within = {node for key in keys for node in key}
            if not within <= self.depth.keys():
                continue
            entry = min(within, key=self.depth.__getitem__)
            self.blocks.append(keys)
            self.entry.append(entry)
            self.block_above.update(dict.fromkeys(within - {entry}, len(self.blocks) - 1))

    def between(self, node: int) -> list[_Edge] | None:
        """Return the edges on paths from above to the node, nearest first; None for too many."""
        edges: list[_Edge] = []
        size = 0
        while node != _ABOVE:
            block = self.block_above[node]
            size += len(self.blocks[block])
            if block in self.too_wide or size > EDGES:
                return None
            edges[:0] = self._reduced(block, node)
            node = self.entry[block]
        return edges

    def _reduced(self, block: int, leave: int) -> list[_Edge]:
        """Return a block's edges in the order of a sweep, with chains as one edge each."""
        enter = self.entry[block]
        at: dict[int, dict[int, list[_Edge]]] = {}
        for key in self.blocks[block]:
            for edge in self.edges[key]:
                _join(at, edge)
        chain = [node for node in at if len(at[node]) == 2]
        while chain:
            node = chain.pop()
            if node in (enter, leave, _ABOVE) or node not in at or len(at[node]) != 2:
                continue
            (u, first), (v, second) = at[node].items()
            if len(first) > 1 or len(second) > 1:
                continue  # parallel edges that groups touch stay apart
            up = first[0].up * second[0].up * self.node_up[node]
            groups = {*first[0].groups, *second[0].groups, *self.node_groups[node]}
            del at[node], at[u][node], at[v][node]
            _join(at, _Edge(min(u, v), max(u, v), up, tuple(sorted(groups))))
            chain += [u, v]
        place = {enter: 0}
        queue = [enter]
        for node in queue:
            for other in at[node]:
                if other not in place:
                    place[other] = len(place)
                    queue.append(other)

        def latest_end(edge: _Edge) -> list[int]:
            return sorted((place[edge.a], place[edge.b]), reverse=True)

        found = [
            e for node, rows in at.items() for row in rows.values() for e in row if e.a == node
        ]
        return sorted(found, key=latest_end)

    def sweep(self, edges: Sequence[_Edge], target: int) -> _Sweep:
        """Lay out when nodes and groups come and go."""
        plan = _Sweep(list(edges))
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        group_first: dict[int, int] = {}
        group_last: dict[int, int] = {}
        for step, edge in enumerate(edges):
            for node in (edge.a, edge.b):
                first.setdefault(node, step)
                last[node] = step
            touching = set(edge.groups)
            for node in (edge.a, edge.b):
                touching.update(self.node_groups[node] if node != _ABOVE else ())
            for group in touching:
                group_first.setdefault(group, step)
                group_last[group] = step
            for events in (plan.entering, plan.leaving, plan.opening, plan.closing):
                events.append([])
        for node, step in first.items():
            if node != _ABOVE:
                plan.entering[step].append(node)
        for node, step in last.items():
            if node not in (_ABOVE, target):
                plan.leaving[step].append(node)
        for group, step in group_first.items():
            plan.opening[step].append(group)
        for group, step in group_last.items():
            plan.closing[step].append(group)
        return plan

    def _block_of(self, edge: _Edge, target: int) -> int:
        """Return the block on the target's chain that holds both ends of an edge."""
        node = target
        while node != _ABOVE:
            block = self.block_above[node]
            within = {end for key in self.blocks[block] for end in key}
            if edge.a in within and edge.b in within:
                return block
            node = self.entry[block]
        raise AssertionError(edge)

    def reliability(self, target: int) -> float | None:
        """Return the probability that the node is up and joined to what is above; None: too wide."""
        if target not in self.depth:
            return 0.0
        edges = self.between(target)
        if edges is None:
            return None
        try:
            return _swept(self.sweep(edges, target), self, target)
        except _TooWideError as error:
            self.too_wide.add(self._block_of(error.edge, target))
            return None


def _join(at: dict[int, dict[int, list[_Edge]]], edge: _Edge) -> None:
    """Put an edge between two nodes; those that no group touches become one with it."""
    row = at.setdefault(edge.a, {}).setdefault(edge.b, [])
    at.setdefault(edge.b, {})[edge.a] = row
    for number, other in enumerate(row):
        if not edge.groups and not other.groups:
            up = edge.up + other.up - edge.up * other.up
            row[number] = _Edge(edge.a, edge.b, up, ())
            return
    row.append(edge)


def _relabelled(labels: Sequence[int]) -> tuple[int, ...]:
    """Name components by their first member; 0 is down and stays."""
    names: dict[int, int] = {0: 0}
    return tuple(names.setdefault(label, len(names)) for label in labels)


def _swept(plan: _Sweep, network: _Connections, target: int) -> float:
    """Run the sweep; labels[0] is what is above, so component 1 is served."""
    border = [_ABOVE]
    states: dict[_State, float] = {((1,), frozenset()): 1.0}
    served = 0.0
    open_groups = 0
    last_root = max(step for step, edge in enumerate(plan.edges) if edge.a == _ABOVE)
    for step, edge in enumerate(plan.edges):
        open_groups += len(plan.opening[step])
        if open_groups > GROUPS:
            raise _TooWideError(edge)
        open_groups -= len(plan.closing[step])
        for group in plan.opening[step]:
            states = _strike(states, group, network.group_share[group])
        for node in plan.entering[step]:
            states = _enter(states, node, network)
            border.append(node)
        a, b = border.index(edge.a), border.index(edge.b)
        joined: dict[_State, float] = {}
        for (labels, struck), p in states.items():
            dead = not labels[a] or not labels[b] or labels[a] == labels[b]
            up = 0.0 if dead or not struck.isdisjoint(edge.groups) else edge.up
            if up < 1.0:
                key = (labels, struck)
                joined[key] = joined.get(key, 0.0) + p * (1.0 - up)
            if up > 0.0:
                merged = tuple(labels[a] if label == labels[b] else label for label in labels)
                key = (_relabelled(merged), struck)
                joined[key] = joined.get(key, 0.0) + p * up
        keep = [n for n, node in enumerate(border) if node not in plan.leaving[step]]
        closed = frozenset(plan.closing[step])
        states = {}
        at = border.index(target) if target in border else None
        for (labels, struck), p in joined.items():
            if at is not None and not labels[at]:
                continue  # down itself
            if at is not None and labels[at] == 1:
                served += p
                continue
            left = _relabelled([labels[n] for n in keep])
            if left.count(1) == 1 and step >= last_root:
                continue  # nothing at the border is served any more
            key = (left, struck - closed)
            states[key] = states.get(key, 0.0) + p
        border = [border[n] for n in keep]
        if len(states) > STATES:
            raise _TooWideError(edge)
    return served


def _strike(states: dict[_State, float], group: int, share: float) -> dict[_State, float]:
    """Split every state by whether the group has struck."""
    split: dict[_State, float] = {}
    for (labels, struck), p in states.items():
        split[labels, struck] = p * (1.0 - share)
        split[labels, struck | {group}] = p * share
    return split


def _enter(states: dict[_State, float], node: int, network: _Connections) -> dict[_State, float]:
    """Split every state by whether the node that enters the border is up."""
    split: dict[_State, float] = {}
    for (labels, struck), p in states.items():
        hit = not struck.isdisjoint(network.node_groups[node])
        up = 0.0 if hit else network.node_up[node]
        if up < 1.0:
            key = ((*labels, 0), struck)
            split[key] = split.get(key, 0.0) + p * (1.0 - up)
        if up > 0.0:
            key = ((*labels, max(labels) + 1), struck)
            split[key] = split.get(key, 0.0) + p * up
    return split


def exact_unavailability(model: FailureModel, nodes: Sequence[int]) -> list[float | None]:
    """Return the exact unavailability of the connection of each of some nodes.

    Parameters
    ----------
    model
        Without unknown shares (see :meth:`FailureModel.with_unknown`). ``own_unavailability`` is
        not part of it.
    nodes
        Numbers of nodes.

    Returns
    -------
    list
        None where more than ``EDGES`` edges or ``STATES`` states lie between a root and the node.
    """
    network = _Connections(model)
    answers: list[float | None] = []
    for node in nodes:
        up = network.reliability(node)
        answers.append(None if up is None else 1.0 - up)
    return answers
