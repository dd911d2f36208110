"""The lightest tree through given nodes of a graph, with a proof of how light it can be.

A tree is grown by shortest ways (:mod:`.steiner_heuristic`), a bound comes from dual ascent
(:mod:`.steiner_bound`), and where few nodes can still matter the tree is made exact
(:mod:`.steiner_exact`). Terminals that hang on another component are named, never forced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..errors import InputError
from .nearest import checked_weight
from .steiner_bound import dual_ascent, useful_nodes
from .steiner_exact import exact_tree, fits
from .steiner_heuristic import grown_tree, pruned

__all__ = ["SteinerTree", "steiner_tree"]

_ROUNDING = 1e-9
"""Relative difference below which value and bound are the same sum in another order."""


@dataclass(frozen=True, slots=True, eq=False)
class SteinerTree:
    """A tree through terminals, and how far it can be from the lightest.

    Attributes
    ----------
    edges
        Numbers of its edges, rising.
    value
        Weight of the tree.
    bound
        No tree through the reached terminals weighs less; 0 where no bound was asked for.
    method
        How the tree was found: ``exact`` or ``shortest-path heuristic``.
    unreachable
        Ids of terminals that do not hang together with the root, in the order given.
    """

    edges: NDArray[np.int32]
    value: float
    bound: float
    method: Literal["exact", "shortest-path heuristic"]
    unreachable: tuple[str, ...]

    @property
    def gap(self) -> float:
        """How much lighter another tree could be at most, as a share of this one, 0..1."""
        return (self.value - self.bound) / self.value if self.value > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Whether no tree can be lighter."""
        return self.gap <= _ROUNDING


def _part(
    graph: CompactGraph, weight: NDArray[np.float64], keep: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return kept edges, their ends renumbered, and the rows of the kept nodes."""
    edges = np.flatnonzero(
        keep[graph.ends[:, 0]] & keep[graph.ends[:, 1]] & np.isfinite(weight)
    ).astype(np.int32)
    number = np.cumsum(keep, dtype=np.int32) - 1
    half = number[graph.ends[edges]].ravel()
    order = np.argsort(half, kind="stable")
    offset = np.zeros(int(keep.sum()) + 1, np.int32)
    np.cumsum(np.bincount(half, minlength=offset.size - 1), out=offset[1:])
    return edges, offset, half[order ^ 1], (order >> 1).astype(np.int32)


def _exactly(
    graph: CompactGraph,
    weight: NDArray[np.float64],
    terminals: NDArray[np.int32],
    keep: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Return a lightest tree among the kept nodes."""
    edges, offset, neighbour, half_edge = _part(graph, weight, keep)
    number = np.cumsum(keep, dtype=np.int32) - 1
    chosen = edges[exact_tree(offset, neighbour, half_edge, weight[edges], number[terminals])]
    # Ways of no weight may close a circle; the lightest tree on their nodes has none.
    inside = np.zeros(graph.nodes, np.bool_)
    inside[graph.ends[chosen].ravel()] = True
    inside[terminals] = True
    return pruned(graph.ends, weight, inside, terminals)


def steiner_tree(
    graph: CompactGraph,
    weight: NDArray[np.float64],
    terminals: NDArray[np.int32],
    *,
    starts: int = 1,
    prove: bool = True,
) -> SteinerTree:
    """Return a light tree through the terminals that hang together with the first of them.

    Parameters
    ----------
    weight
        One an edge, 0 or more; infinite where an edge must not be used.
    terminals
        Numbers of nodes; the first is the root.
    starts
        Trees that are grown, each from another terminal; the lightest counts.
    prove
        Compute the bound, and make the tree exact where that is cheap. Without it the tree costs
        a few milliseconds on a district's streets, and the bound is 0.

    Raises
    ------
    InputError
        There is no terminal, a number is no node, or a weight is negative.
    """
    checked = checked_weight(graph, weight)
    given = np.ascontiguousarray(terminals, np.int32)
    if given.size == 0:
        raise InputError("a tree needs a terminal; give at least the root")
    if given.min() < 0 or given.max() >= graph.nodes:
        raise InputError(f"a terminal is no node; nodes are numbered 0 to {graph.nodes - 1}")
    if starts < 1:
        raise InputError(f"starts is {starts}; give 1 or more")
    rows = graph.offset, graph.neighbour, graph.half_edge
    _, first = np.unique(given, return_index=True)
    wanted = given[np.sort(first)]
    edges, reached = grown_tree(*rows, graph.ends, checked, wanted, starts)
    lost = tuple(graph.node_ids[node] for node in wanted[~reached])
    wanted = wanted[reached]
    value = float(checked[edges].sum())
    if not prove:
        return SteinerTree(edges, value, 0.0, "shortest-path heuristic", lost)
    bound, left = dual_ascent(*rows, checked, wanted, int(wanted[0]))
    # The arcs' weights are lowered one by one; their rounding must not prove what is not so.
    bound = max(0.0, bound * (1.0 - _ROUNDING / 10.0))
    if value - bound > _ROUNDING * value:
        slack = value - bound + _ROUNDING * value
        keep = useful_nodes(*rows[:2], left, wanted, int(wanted[0]), slack)
        if fits(wanted.size, int(keep.sum())):
            exact = _exactly(graph, checked, wanted, keep)
            least = float(checked[exact].sum())
            return SteinerTree(exact, least, least, "exact", lost)
    else:
        bound = value
    return SteinerTree(edges, value, min(bound, value), "shortest-path heuristic", lost)
