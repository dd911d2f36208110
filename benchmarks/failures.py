"""How fast every failure is told, against libraries that people use for it today.

Run with the machine quiet, in an environment with ``rustworkx``, ``igraph`` and ``ngraph`` beside
ngbw: ``python -P benchmarks/failures.py [NODES ...]``; three minutes for 1000, 10000 and 100000.
Times are processor time, the least of several runs, with kernels compiled. "est." was measured on a
sample of the failures and multiplied.

The graph is a metropolitan network: a core ring with chords, aggregation rings that end in two core
nodes, and behind them access trees, chains and rings. Two core nodes are roots. Every node has
people behind it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise

import igraph
import networkx as nx
import numpy as np
import rustworkx
from ngraph import Link, Network, Node, analyze
from numpy.typing import NDArray

from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.failures.duals import dual_failures
from ngbw.topology.failures.node_pairs import node_pair_failures
from ngbw.topology.failures.outage import link_group_losses
from ngbw.topology.failures.served_graph import ServedGraph
from ngbw.topology.failures.singles import single_failures
from ngbw.topology.loops import Loop

SAMPLE_SECONDS = 2.0


def metro(nodes: int, seed: int = 1) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the edges and the people of a metropolitan network."""
    rng = np.random.default_rng(seed)
    core = max(8, nodes // 200)
    edges = [(n, (n + 1) % core) for n in range(core)]
    edges += [tuple(rng.choice(core, 2, replace=False)) for _ in range(core // 3)]
    used = core
    while used < nodes // 4:  # aggregation rings of 8, both ends in the core
        ring = range(used, min(used + 8, nodes // 4))
        start = int(rng.integers(core))
        edges += [(start, ring[0]), *pairwise(ring)]
        edges.append((ring[-1], (start + 1 + int(rng.integers(3))) % core))
        used = ring[-1] + 1
    aggregation = used
    while used < nodes:
        size = min(int(rng.integers(4, 9)), nodes - used)
        new = range(used, used + size)
        near = int(rng.integers(core, aggregation))
        if rng.random() < 0.6:  # a ring between two aggregation nodes
            edges += [(near, new[0]), *pairwise(new)]
            edges.append((new[-1], min(near + 1, aggregation - 1)))
        else:  # a tree, often a chain
            for n in new:
                edges.append((near if n == used else int(rng.integers(max(used, n - 2), n)), n))
        used += size
    return np.array(edges, np.int32), np.round(rng.lognormal(5, 1, nodes))


def least(work: Callable[[], object], runs: int = 15) -> float:
    """Return the least time of several runs in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) * 1e3


def sampled(work: Callable[[int], object], links: int) -> float:
    """Return the time that all links would take, from as many as two seconds allow."""
    rng = np.random.default_rng(0)
    done = 0
    start = time.process_time()
    while time.process_time() - start < SAMPLE_SECONDS and done < links:
        work(int(rng.integers(links)))
        done += 1
    return (time.process_time() - start) / done * links * 1e3


def show(what: str, milliseconds: float, ours: float | None = None, note: str = "") -> None:
    """Print a row; a time in ms, and how many times ours it is."""
    if milliseconds < 1e3:
        words = f"{milliseconds:.3g} ms"
    elif milliseconds < 600e3:
        words = f"{milliseconds / 1e3:.3g} s"
    else:
        words = f"{milliseconds / 3.6e6:.3g} h"
    ratio = "" if ours is None else f"{milliseconds / ours:,.3g} times"
    print(f"  {what:46s} {words:>10s} {ratio:>18s}  {note}")


def ngraph_flow(edges: NDArray[np.int32], weight: NDArray[np.float64]) -> tuple[object, list[str]]:
    """Return ngraph's context in which the flow from the roots is the demand served."""
    network = Network()
    for n in range(len(weight)):
        network.add_node(Node(f"n{n}"))
    network.add_node(Node("people"))
    names = []
    for a, b in edges.tolist():
        link = Link(f"n{a}", f"n{b}", capacity=1e9, cost=1)
        network.add_link(link)
        names.append(link.id)
    for n, people in enumerate(weight.tolist()):
        network.add_link(Link(f"n{n}", "people", capacity=people, cost=1))
    return analyze(network, source="^n[03]$", sink="^people$"), names


def measure(nodes: int) -> None:
    """Print the table of one size."""
    edges, weight = metro(nodes)
    ids, names = [f"n{n}" for n in range(nodes)], [f"e{n}" for n in range(len(edges))]
    build = least(lambda: graph_from_edges(ids, names, edges))
    graph = graph_from_edges(ids, names, edges)
    zero = np.zeros(nodes)
    served = ServedGraph(
        graph, len(edges), np.array([0, 3], np.int32), "setting", weight, {}, zero, zero
    )
    singles = single_failures(served)
    duals = dual_failures(singles)
    bridges = int((singles.link_sites > 0).sum())
    print(f"\n{nodes:,} nodes, {len(edges):,} links, {bridges / len(edges):.0%} bridges")
    one = least(lambda: single_failures(served))
    two = least(lambda: dual_failures(singles))
    show("compact graph from an edge array", build)
    show("ngbw: all single links and nodes, people lost", one)
    show(
        "ngbw: all dual links beside that",
        two,
        note=f"{duals.cutting_pairs:,} cut of {duals.pairs:,}",
    )
    show("ngbw: 99th percentile over all dual links", least(lambda: duals.percentile(99), 3))
    if nodes <= 10_000:
        show("ngbw: all node pairs", least(lambda: node_pair_failures(singles), 2))
    groups = [
        np.sort(np.random.default_rng(n).choice(len(edges), 3)).astype(np.int32) for n in range(200)
    ]
    show("ngbw: a risk group (of 200)", least(lambda: link_group_losses(served, groups), 3) / 200)

    pairs = [(a, b) for a, b in edges.tolist()]
    plain = nx.MultiGraph(pairs)
    simple = nx.Graph(pairs)
    rust = rustworkx.PyGraph()
    rust.add_nodes_from(range(nodes))
    rust.add_edges_from_no_data(pairs)
    c = igraph.Graph(nodes, pairs)
    runs = 3 if nodes < 50_000 else 1
    show(
        "rustworkx bridges + articulation points",
        least(lambda: (rustworkx.bridges(rust), rustworkx.articulation_points(rust)), 5),
        one,
        "no people",
    )
    show(
        "igraph bridges + articulation points",
        least(lambda: (c.bridges(), c.articulation_points()), 5),
        one,
        "no people",
    )
    show(
        "networkx bridges + articulation points",
        least(lambda: (list(nx.bridges(simple)), list(nx.articulation_points(simple))), runs),
        one,
        "no people",
    )

    everyone = float(weight.sum())

    def take_out(link: int) -> float:
        a, b = pairs[link]
        key = next(iter(plain[a][b]))
        plain.remove_edge(a, b, key)
        reached = nx.node_connected_component(plain, 0) | nx.node_connected_component(plain, 3)
        lost = everyone - sum(weight[n] for n in reached)
        plain.add_edge(a, b, key)
        return lost

    naive = sampled(take_out, len(edges))
    show("networkx remove + components, links only", naive, one, "est.")
    show("the same for all dual links", naive * (len(edges) - 1) / 2, one + two, "est.")

    def take_out_c(link: int) -> object:
        left = c.copy()
        left.delete_edges([link])
        return left.subcomponent(0)

    show(
        "igraph copy + delete + component, links only", sampled(take_out_c, len(edges)), one, "est."
    )
    if nodes <= 10_000:
        context, link_ids = ngraph_flow(edges, weight)
        checked = 0
        for link in np.random.default_rng(0).integers(0, len(edges), 30):
            flow = sum(context.max_flow(excluded_links={link_ids[link]}).values())
            checked += abs(everyone - flow - singles.link_loss[link]) < 1e-6 * everyone
        show(
            "ngraph max_flow(excluded_links), links only",
            sampled(lambda link: context.max_flow(excluded_links={link_ids[link]}), len(edges)),
            one,
            f"est.; it is aware of capacity; {checked} of 30 losses equal ours",
        )


def main() -> None:
    """Measure and print."""
    start = time.perf_counter()
    for loop in Loop.all:
        loop.prepare()
    measure_sizes = [int(word) for word in sys.argv[1:]] or [1_000, 10_000, 100_000]
    for size in measure_sizes:
        measure(size)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
