"""Small networks for the tests, and the unavailability of a network by going through all states."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
from hypothesis import strategies as st

from ngbw.topology.availability import FailureModel, RiskGroup
from ngbw.topology.compact_graph import graph_from_edges

Shares = float | np.ndarray


def model(
    nodes,
    edges,
    *,
    roots: Iterable[int] = (0,),
    node_q: Shares = 0.0,
    edge_q: Shares = 0.0,
    own_q: Shares = 0.0,
    groups: Sequence[RiskGroup] = (),
    weight=1.0,
):
    """Return a failure model; a share is one for all or one for each."""
    graph = graph_from_edges(
        [f"n{v}" for v in range(nodes)],
        [f"e{e}" for e in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )
    return FailureModel(
        graph,
        np.array(list(roots), np.int32),
        np.full(nodes, 0.0) + weight,
        np.full(nodes, 0.0) + node_q,
        np.full(len(edges), 0.0) + edge_q,
        np.full(nodes, 0.0) + own_q,
        groups,
    )


def unavailability_of_all_states(world):
    """Walk through the network in every state of everything that can fail."""
    graph, share = world.graph, world.event_shares()
    offset, member = world.members()
    simple = graph.nodes + graph.edges
    events = np.flatnonzero(share > 0.0)
    lost = np.zeros(graph.nodes)
    for state in itertools.product((False, True), repeat=len(events)):
        chance = np.prod(np.where(state, share[events], 1.0 - share[events]))
        down = np.zeros(simple, bool)
        for event in events[list(state)]:
            if event < simple:
                down[event] = True
            else:
                group = event - simple
                down[member[offset[group] : offset[group + 1]]] = True
        served = {int(root) for root in world.roots if not down[root]}
        grew = True
        while grew:
            grew = False
            for edge, (a, b) in enumerate(graph.ends.tolist()):
                if down[graph.nodes + edge] or down[a] or down[b]:
                    continue
                if (a in served) != (b in served):
                    served |= {a, b}
                    grew = True
        for node in range(graph.nodes):
            lost[node] += 0.0 if node in served else chance
    return lost


@st.composite
def small_models(draw):
    """Return networks of at most twelve components that can fail, groups among them."""
    nodes = draw(st.integers(1, 6))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(pair, max_size=8))
    share = st.sampled_from([0.0, 0.01, 0.1, 0.3, 1.0])
    left = 12
    shares = []
    for _ in range(nodes + len(edges)):
        q = draw(share) if left > 2 else 0.0
        left -= q > 0.0
        shares.append(q)
    groups = [
        RiskGroup(
            f"g{n}",
            draw(share),
            tuple(draw(st.sets(st.integers(0, nodes - 1), max_size=2))),
            tuple(draw(st.sets(st.integers(0, len(edges) - 1), max_size=3))) if edges else (),
        )
        for n in range(draw(st.integers(0, 2)))
    ]
    roots = draw(st.sets(st.integers(0, nodes - 1), min_size=1, max_size=2))
    return model(
        nodes, edges, roots=sorted(roots), node_q=np.array(shares[:nodes]),
        edge_q=np.array(shares[nodes:]), groups=groups,
    )  # fmt: skip
