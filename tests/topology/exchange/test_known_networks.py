"""Published networks give the figures that are known of them."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from ngbw.topology.exchange.formats import detect_format, read_network
from ngbw.topology.stats import network_stats

# nodes, links, bridges, articulation points, two-link cuts, links and nodes that part it, diameter
KNOWN = {
    "sndlib_polska.txt": (12, 18, 0, 0, 2, 2, 2, 4),
    "sndlib_polska.xml": (12, 18, 0, 0, 2, 2, 2, 4),
    "sndlib_nobel-us.txt": (14, 21, 0, 0, 2, 2, 2, 3),
    "sndlib_germany50.txt": (50, 88, 0, 0, 11, 2, 2, 9),
    "sndlib_pdh.txt": (11, 34, 0, 0, 0, 4, 4, 3),
    "sndlib_pdh.xml": (11, 34, 0, 0, 0, 4, 4, 3),
    "topohub_germany50.json": (50, 88, 0, 0, 11, 2, 2, 9),
    "topozoo_Cernet.json": (37, 54, 7, 6, 30, 1, 1, 5),
    "topozoo_Janetlense.json": (19, 32, 3, 3, 14, 1, 1, 4),
    "topozoo_KentmanFeb2008.json": (25, 25, 21, 7, 6, 1, 1, 6),
}
DEMANDS = {
    "sndlib_polska.txt": (66, 9943), "sndlib_polska.xml": (66, 9943),
    "sndlib_nobel-us.txt": (91, 5420), "sndlib_germany50.txt": (662, 2365),
    "sndlib_pdh.txt": (24, 4621), "sndlib_pdh.xml": (24, 4621),
    "topohub_germany50.json": (662, 2365),
}  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("name", KNOWN)
def test_every_published_network_gives_its_known_figures(shared: Path, name: str) -> None:
    found = read_network(shared / "vectors" / "topology" / name)
    stats, left_out = network_stats(found.network())
    assert (
        stats.nodes, stats.links, len(stats.bridges), len(stats.articulation_points),
        stats.two_link_cuts, stats.edge_connectivity, stats.node_connectivity,
        stats.diameter_hops,
    ) == KNOWN[name]  # fmt: skip
    assert stats.components == 1
    assert len(stats.two_link_cut_pairs) == stats.two_link_cuts
    assert left_out == 0


@pytest.mark.shared
@pytest.mark.parametrize("name", DEMANDS)
def test_demands_are_read_whole(shared: Path, name: str) -> None:
    traffic = read_network(shared / "vectors" / "topology" / name).traffic
    assert (len(traffic), traffic["value"].sum()) == DEMANDS[name]


@pytest.mark.shared
@pytest.mark.parametrize("name", [name for name in KNOWN if name.startswith("topo")])
def test_topohubs_published_statistics_are_ours(shared: Path, name: str) -> None:
    path = shared / "vectors" / "topology" / name
    told = json.loads(path.read_text(encoding="utf-8"))["graph"]["stats"]
    found = read_network(path)
    stats, _ = network_stats(found.network())
    assert (stats.nodes, stats.links) == (told["nodes"], told["links"])
    assert (stats.least_degree, stats.most_degree) == (told["min_degree"], told["max_degree"])
    assert stats.diameter_hops == told["diameter_hops"]
    for ours, theirs in (
        (stats.average_degree, "avg_degree"), (stats.degree_deviation, "std_degree"),
        (stats.least_link_km, "min_link_len"), (stats.mean_link_km, "avg_link_len"),
        (stats.most_link_km, "max_link_len"),
    ):  # fmt: skip
        assert ours == pytest.approx(told[theirs], abs=0.0051), theirs
    # Theirs adds lengths before it rounds them.
    assert stats.diameter_km == pytest.approx(told["diameter_len"], abs=0.02)
    if len(found.traffic):
        # Where a network has demands, theirs is the mean over those.
        graph = nx.Graph(found.network().graph())
        hops = [
            nx.shortest_path_length(graph, a, b)
            for a, b in zip(found.traffic["a_site"], found.traffic["b_site"], strict=True)
        ]
        mean = float(np.average(hops, weights=found.traffic["value"]))
    else:
        mean = stats.mean_hops or 0.0
    assert mean == pytest.approx(told["avg_sdp_hops"], abs=0.0051)


@pytest.mark.shared
def test_both_forms_of_sndlib_are_the_same_network(shared: Path) -> None:
    folder = shared / "vectors" / "topology"
    for name in ("polska", "pdh"):
        text = read_network(folder / f"sndlib_{name}.txt")
        xml = read_network(folder / f"sndlib_{name}.xml")
        for table in ("sites", "links"):
            told = text.tables[table].drop(columns="source")
            columns = [c for c in told.columns if c in xml.tables[table].columns]
            assert told[columns].equals(xml.tables[table][columns])
        assert text.traffic.equals(xml.traffic)


@pytest.mark.shared
def test_recognised_without_being_told(shared: Path) -> None:
    folder = shared / "vectors" / "topology"
    expected = {
        "sndlib_pdh.xml": "sndlib", "sndlib_pdh.txt": "sndlib", "topozoo_Cernet.json": "node-link",
        "ofds_network-package.json": "ofds", "ofds_nodes.geojson": "ofds",
        "ofds_spans.geojson": "ofds", "opencellid_rows.csv": "opencellid",
    }  # fmt: skip
    assert {name: detect_format(folder / name) for name in expected} == expected
