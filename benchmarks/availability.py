"""How fast availability and capacity are, against what people write by hand.

Run with the machine quiet: ``python -P benchmarks/availability.py``; about a minute, and half a
minute more when kernels are compiled first. Times are processor time of one core, best of the
runs. The peers see the same network: networkx copies the graph, takes what failed away and looks
for the nodes that are left, one scenario after the other; the scalar loop does that in numba on
flat arrays, with a stack and one random number for every node and link.

The network is a metro: a core ring with chords, aggregation rings that hang on two core nodes, and
access in trees, chains and rings.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from ngbw.topology.availability import (
    SCENARIOS_A_CHUNK,
    FailureModel,
    cut_unavailability,
    sample_unavailability,
)
from ngbw.topology.capacity import link_loads, served_demand
from ngbw.topology.compact_graph import CompactGraph, graph_from_edges
from ngbw.topology.compiled import compiled

NODE_SHARE, EDGE_SHARE = 5e-5, 1e-4


def metro(nodes: int, seed: int = 1) -> CompactGraph:
    """Return a metro network of about so many nodes; 0 and its opposite are the head-ends."""
    rng = random.Random(seed)  # noqa: S311 - a network to measure on
    core = max(6, nodes // 50)
    edges = [(v, (v + 1) % core) for v in range(core)]
    edges += [(v, (v + core // 2) % core) for v in range(0, core // 2, 3)]
    count = core
    while count < nodes:
        kind = rng.random()
        size = min(nodes - count, rng.randint(3, 8))
        at = rng.randrange(core) if kind < 0.4 else rng.randrange(count)
        chain = [at, *range(count, count + size)]
        edges += list(itertools.pairwise(chain))
        if kind < 0.4:
            edges.append((chain[-1], (at + 1) % core))
        elif kind < 0.6:
            edges.append((chain[-1], at))
        count += size
    return graph_from_edges(
        [f"n{v}" for v in range(count)], [f"e{e}" for e in range(len(edges))], np.array(edges)
    )


def model_of(graph: CompactGraph) -> FailureModel:
    """Return the network with the same shares everywhere."""
    roots = np.array([0, max(6, graph.nodes // 50) // 2], np.int32)
    return FailureModel(
        graph,
        roots,
        np.ones(graph.nodes),
        np.full(graph.nodes, NODE_SHARE),
        np.full(graph.edges, EDGE_SHARE),
        np.zeros(graph.nodes),
    )


def seconds(runs: int, work: Callable[[], object]) -> float:
    """Return the least processor time of several runs."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


@compiled
def scalar_loop(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    roots: NDArray[np.int32],
    edges: int,
    samples: int,
    lost: NDArray[np.int64],
) -> None:
    """Draw scenarios one by one and walk through what is left."""
    nodes = offset.size - 1
    np.random.seed(1)  # noqa: NPY002 - numba has no other
    seen = np.empty(nodes, np.bool_)
    broken = np.empty(edges, np.bool_)
    stack = np.empty(nodes, np.int32)
    for _ in range(samples):
        for v in range(nodes):
            seen[v] = np.random.random() < NODE_SHARE  # noqa: NPY002
            lost[v] += 1
        for edge in range(edges):
            broken[edge] = np.random.random() < EDGE_SHARE  # noqa: NPY002
        depth = 0
        for root in roots:
            if not seen[root]:
                seen[root] = True
                stack[depth] = root
                depth += 1
        while depth:
            depth -= 1
            v = stack[depth]
            lost[v] -= 1
            for half in range(offset[v], offset[v + 1]):
                w = neighbour[half]
                if not seen[w] and not broken[half_edge[half]]:
                    seen[w] = True
                    stack[depth] = w
                    depth += 1


def networkx_loop(graph: CompactGraph, roots: list[int], samples: int) -> None:
    """Copy the graph for every scenario."""
    rng = random.Random(1)  # noqa: S311 - scenarios
    whole: nx.MultiGraph[int] = nx.MultiGraph()
    whole.add_nodes_from(range(graph.nodes))
    whole.add_edges_from(map(tuple, graph.ends.tolist()))
    for _ in range(samples):
        left = whole.copy()
        left.remove_edges_from([e for e in whole.edges if rng.random() < EDGE_SHARE])
        left.remove_nodes_from([v for v in whole if rng.random() < NODE_SHARE])
        served: set[int] = set()
        for root in roots:
            if root in left and root not in served:
                served |= nx.node_connected_component(left, root)


def availability(nodes: int, samples: int, few: int) -> None:
    """Measure the closed form and the three ways to draw scenarios."""
    graph = metro(nodes)
    model = model_of(graph)
    rows = (graph.offset, graph.neighbour, graph.half_edge, model.roots, graph.edges)
    ours = seconds(5, lambda: sample_unavailability(model, scenarios=samples, threads=1)) / samples
    lost = np.zeros(graph.nodes, np.int64)
    scalar = seconds(3, lambda: scalar_loop(*rows, few * 20, lost)) / (few * 20)
    plain = seconds(2, lambda: networkx_loop(graph, model.roots.tolist(), few)) / few
    print(f"{graph.nodes:,} nodes, {graph.edges:,} links")
    print(
        f"  a scenario: {ours * 1e6:.3f} us; scalar numba {scalar * 1e6:.1f} us = "
        f"{scalar / ours:.0f} times; networkx {plain * 1e6:,.0f} us = {plain / ours:,.0f} times"
    )
    closed = seconds(2, lambda: cut_unavailability(model))
    cuts = cut_unavailability(model)
    drawn = sample_unavailability(model, scenarios=8 * samples, seed=7)
    expected = np.sqrt(cuts.value * (1.0 - cuts.value) / drawn.scenarios)
    apart = np.abs(cuts.value - drawn.value) / expected
    print(
        f"  cuts of one and two: {closed * 1e3:.1f} ms; mean {cuts.value.mean():.4e}, at most "
        f"{(cuts.upper - cuts.lower).max():.1e} from the truth; {drawn.scenarios:,} scenarios: "
        f"{drawn.lost_share:.4e} +- {drawn.lost_share_error:.1e}; worst node "
        f"{apart.max():.1f} standard errors apart"
    )


def capacity(nodes: int) -> None:
    """Measure maximum flow and routing."""
    graph = metro(nodes)
    roots = model_of(graph).roots
    demand, rate = np.ones(graph.nodes), np.full(graph.edges, 20.0)
    flow = seconds(5, lambda: served_demand(graph, roots, demand, capacity=rate))
    loads = seconds(5, lambda: link_loads(graph, roots, demand))
    view: nx.DiGraph[int] = nx.DiGraph()
    for a, b in graph.ends.tolist():
        for u, v in ((a, b), (b, a)):
            had = view.get_edge_data(u, v, {"capacity": 0.0})["capacity"]
            view.add_edge(u, v, capacity=had + 20.0)
    for root in roots.tolist():
        view.add_edge(-1, root, capacity=float(graph.nodes))
    for v in range(graph.nodes):
        view.add_edge(v, -2, capacity=1.0)
    push = nx.algorithms.flow.preflow_push
    plain = seconds(1, lambda: nx.maximum_flow_value(view, -1, -2, flow_func=push))
    value = nx.maximum_flow_value(view, -1, -2, flow_func=push)
    assert abs(value - served_demand(graph, roots, demand, capacity=rate).served) < 1e-3
    print(
        f"  served demand {flow * 1e3:.1f} ms, networkx preflow {plain * 1e3:,.0f} ms = "
        f"{plain / flow:.0f} times; loads {loads * 1e3:.2f} ms"
    )


def main() -> None:
    """Measure and print."""
    warm = model_of(metro(60))
    sample_unavailability(warm, scenarios=1)
    cut_unavailability(warm)
    scalar_loop(
        warm.graph.offset, warm.graph.neighbour, warm.graph.half_edge, warm.roots,
        warm.graph.edges, 1, np.zeros(warm.graph.nodes, np.int64),
    )  # fmt: skip
    capacity(60)
    availability(1_000, 32 * SCENARIOS_A_CHUNK, 50)
    capacity(1_000)
    availability(10_000, 2 * SCENARIOS_A_CHUNK, 5)
    capacity(10_000)


if __name__ == "__main__":
    main()
