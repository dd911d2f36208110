"""How fast and how light fibre trees are, against networkx and rustworkx on the same streets.

Run with the machine quiet: ``python -P benchmarks/fibre_routes.py`` in an environment with
``rustworkx`` beside ngbw; some minutes, as networkx's methods take seconds each. Times are the
least processor time of several runs on one core.

The streets: a jittered lattice 7.75 km wide, of which a tenth is missing and some blocks have a
diagonal. Terminals are drawn among the corners.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import networkx as nx
import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from ngbw.coverage.backhaul import clearances
from ngbw.coverage.grid import Grid
from ngbw.coverage.surface_model import Surface
from ngbw.topology.compact_graph import CompactGraph, graph_from_edges
from ngbw.topology.fibre.nearest import nearest_ways
from ngbw.topology.fibre.steiner import steiner_tree

_Answer = TypeVar("_Answer")

WIDTH_M = 7750.0


def streets(side: int) -> tuple[CompactGraph, NDArray[np.float64]]:
    """Return a lattice of so many corners a side, its largest part only, and its lengths."""
    rng = np.random.default_rng(1)
    step = WIDTH_M / side
    corners = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) * step
    corners = corners + rng.normal(0, 0.2 * step, corners.shape)
    number = np.arange(side * side).reshape(side, side)
    ends = np.concatenate(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    ends = ends[rng.random(len(ends)) < 0.9]
    block = number[:-1, :-1].ravel()[rng.random((side - 1) ** 2) < 0.06]
    ends = np.concatenate([ends, np.column_stack([block, block + side + 1])])
    view = nx.Graph(ends.tolist())
    kept = np.array(sorted(max(nx.connected_components(view), key=len)))
    renumber = np.full(side * side, -1)
    renumber[kept] = np.arange(len(kept))
    ends = renumber[ends]
    ends = ends[(ends >= 0).all(axis=1)]
    places = corners[kept]
    length_m = np.hypot(*(places[ends[:, 0]] - places[ends[:, 1]]).T)
    names = [str(n) for n in range(len(kept))]
    return graph_from_edges(names, [str(n) for n in range(len(ends))], ends), length_m


def measured(runs: int, work: Callable[[], _Answer]) -> tuple[float, _Answer]:
    """Return the least processor time of several runs in ms, and the last answer."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        answer = work()
        times.append(time.process_time() - start)
    return min(times) * 1000.0, answer


def compare(side: int, count: int, *, kou: bool) -> None:
    """Measure one size and print."""
    graph, length_m = streets(side)
    terminals = np.random.default_rng(2).choice(graph.nodes, count, replace=False).astype(np.int32)
    print(f"{graph.nodes:,} corners, {graph.edges:,} streets, {count} terminals")
    view = nx.Graph()
    view.add_weighted_edges_from(
        (int(a), int(b), float(w)) for (a, b), w in zip(graph.ends, length_m, strict=True)
    )
    wanted = [int(node) for node in terminals]
    ours, tree = measured(7, lambda: steiner_tree(graph, length_m, terminals, prove=False))

    def row(name: str, ms: float, metres: float, more: str = "") -> None:
        print(
            f"  {name:34s} {ms:10.2f} ms  x {ms / ours:7.1f}  {metres / 1000:8.2f} km "
            f"{metres / tree.value - 1:+7.2%} {more}"
        )

    row("ngbw, one start", ours, tree.value)
    ms, many = measured(3, lambda: steiner_tree(graph, length_m, terminals, starts=16, prove=False))
    row("ngbw, 16 starts", ms, many.value)
    ms, proven = measured(3, lambda: steiner_tree(graph, length_m, terminals))
    row("ngbw, one start and the bound", ms, proven.value, f"bound {proven.bound / 1000:.2f} km")
    for method in ("mehlhorn", "kou") if kou else ("mehlhorn",):
        ms, theirs = measured(
            2 if method == "mehlhorn" else 1,
            lambda m=method: nx.algorithms.approximation.steiner_tree(view, wanted, method=m),  # type: ignore[misc]
        )
        row(f"networkx {method}", ms, theirs.size(weight="weight"))
    rust = rx.PyGraph()
    rust.add_nodes_from(range(graph.nodes))
    rust.add_edges_from(
        [(int(a), int(b), float(w)) for (a, b), w in zip(graph.ends, length_m, strict=True)]
    )
    ms, tree_of_rust = measured(3, lambda: rx.steiner_tree(rust, wanted, weight_fn=float))
    row("rustworkx", ms, sum(tree_of_rust.edges()))
    nodes = np.unique(graph.ends[tree.edges])
    ms, _ = measured(7, lambda: nearest_ways(graph, length_m, nodes))
    print(f"  marginal cost of every corner: {ms:.2f} ms")


def hops() -> None:
    """Measure the clearance of ten thousand links over a district at 5 m."""
    rng = np.random.default_rng(1)
    grid = Grid("EPSG:32651", 0.0, WIDTH_M, 5.0, 1550, 1550)
    tops = rng.uniform(0, 40, grid.shape).astype(np.float32)
    surface = Surface(grid, np.zeros(grid.shape, np.float32), tops, "generated")
    a, b = (rng.uniform(10, WIDTH_M - 10, (10_000, 2)) for _ in range(2))
    high = np.full(10_000, 45.0)
    ms, _ = measured(
        5, lambda: clearances(surface, a, b, a_height_m=high, b_height_m=high, freq_ghz=18)
    )
    print(f"clearance of 10,000 links of 200 samples: {ms:.0f} ms")


def main() -> None:
    """Measure and print."""
    graph, length_m = streets(10)
    steiner_tree(graph, length_m, np.array([0, 5, 9], np.int32))  # compiles
    compare(50, 40, kou=True)
    compare(118, 40, kou=True)
    compare(118, 400, kou=False)
    compare(170, 2000, kou=False)
    hops()


if __name__ == "__main__":
    main()
