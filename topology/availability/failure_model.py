"""What can fail in a graph, how often, and what fails together.

Nodes and edges fail and are repaired independently of each other. What does not (links in one
duct, rooms on one feeder) is a :class:`RiskGroup`: one event that takes down all of its members,
independent of the members' own failures. A node is served while it is up and joined to a root that
is up by nodes and edges that are up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..errors import InputError

__all__ = ["FailureModel", "RiskGroup"]


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """Nodes and edges that one event takes down together.

    Attributes
    ----------
    name
        What people call it: a span, a feeder, a street.
    unavailability
        Share of time for which the event lasts; NaN is unknown.
    nodes, edges
        Numbers of its members.
    """

    name: str
    unavailability: float
    nodes: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FailureModel:
    """A graph and everything that can fail in it.

    Attributes
    ----------
    graph
        What is joined to what.
    roots
        Numbers of the nodes where service comes from.
    weight
        What each node is worth, people say; not negative.
    node_unavailability, edge_unavailability
        Share of time for which each is down, 0 to 1; NaN is unknown.
    own_unavailability
        Share of time for which a node's own service is down while traffic still passes through it:
        the OLT beside the router.
    groups
        What fails together.

    Raises
    ------
    InputError
        A share is outside 0 to 1, a length does not fit the graph, or a root or member is none.
    """

    graph: CompactGraph
    roots: NDArray[np.int32]
    weight: NDArray[np.float64]
    node_unavailability: NDArray[np.float64]
    edge_unavailability: NDArray[np.float64]
    own_unavailability: NDArray[np.float64]
    groups: Sequence[RiskGroup] = field(default=())

    def __post_init__(self) -> None:
        graph = self.graph
        for name, values, length in (
            ("weight", self.weight, graph.nodes),
            ("node_unavailability", self.node_unavailability, graph.nodes),
            ("own_unavailability", self.own_unavailability, graph.nodes),
            ("edge_unavailability", self.edge_unavailability, graph.edges),
        ):
            if len(values) != length:
                raise InputError(f"{name} has {len(values)} entries; the graph needs {length}")
        if not (self.weight >= 0).all() or np.isinf(self.weight).any():
            raise InputError("a weight is negative or no number; give people, 0 or more")
        for what, shares, ids in (
            ("node", self.node_unavailability, graph.node_ids),
            ("node", self.own_unavailability, graph.node_ids),
            ("edge", self.edge_unavailability, graph.edge_ids),
            (
                "risk group",
                np.array([group.unavailability for group in self.groups]),
                tuple(group.name for group in self.groups),
            ),
        ):
            wrong = np.flatnonzero((shares < 0) | (shares > 1))
            if wrong.size:
                raise InputError(
                    f"{what} {ids[wrong[0]]!r}: unavailability is {shares[wrong[0]]:g}; give a "
                    "share from 0 to 1"
                )
        if not len(self.roots):
            raise InputError("no root is given; name the nodes where service comes from")
        for what, number, count in [
            *(("root", int(root), graph.nodes) for root in self.roots),
            *(("member", node, graph.nodes) for group in self.groups for node in group.nodes),
            *(("member", edge, graph.edges) for group in self.groups for edge in group.edges),
        ]:
            if not 0 <= number < count:
                raise InputError(
                    f"{what} {number} is not in the graph; numbers are 0 to {count - 1}"
                )

    def event_shares(self) -> NDArray[np.float64]:
        """Return the unavailability of every event: nodes, then edges, then groups."""
        groups = [group.unavailability for group in self.groups]
        return np.concatenate(
            [self.node_unavailability, self.edge_unavailability, np.array(groups, np.float64)]
        )

    def members(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return what each group takes down in compressed rows; edge e is number nodes + e."""
        rows = [
            sorted({*group.nodes, *(self.graph.nodes + edge for edge in group.edges)})
            for group in self.groups
        ]
        offset = np.zeros(len(rows) + 1, np.int32)
        np.cumsum([len(row) for row in rows], out=offset[1:])
        return offset, np.array([member for row in rows for member in row], np.int32)

    def with_unknown(self, share: float) -> FailureModel:
        """Return the model with every unknown share set to this one."""
        return FailureModel(
            self.graph,
            self.roots,
            self.weight,
            np.nan_to_num(self.node_unavailability, nan=share),
            np.nan_to_num(self.edge_unavailability, nan=share),
            np.nan_to_num(self.own_unavailability, nan=share),
            tuple(
                replace(group, unavailability=share) if math.isnan(group.unavailability) else group
                for group in self.groups
            ),
        )
