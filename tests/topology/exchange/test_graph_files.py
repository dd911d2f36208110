"""GraphML and node-link JSON: networkx's, Topology Zoo's and others'."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pytest

from ngbw.topology.errors import FileError
from ngbw.topology.exchange.formats import read_network
from ngbw.topology.exchange.graph_attributes import both_ways


def test_networkx_writes_and_we_read(tmp_path: Path) -> None:
    graph: nx.MultiGraph[int] = nx.MultiGraph(name="ring")
    graph.add_node(1, label="West", Longitude=121.5, Latitude=31.3, built=True)
    graph.add_node(2, label="East", Longitude=121.6, Latitude=31.3)
    graph.add_edge(1, 2, length_km=9.5, LinkSpeedRaw=10_000_000_000.0)
    graph.add_edge(1, 2, length_km=11.0)
    nx.write_graphml(graph, tmp_path / "ring.graphml")
    found = read_network(tmp_path / "ring.graphml")
    sites, links = found.tables["sites"], found.tables["links"]
    assert sites[["site_id", "name", "lon", "lat"]].to_numpy().tolist() == [
        ["1", "West", 121.5, 31.3], ["2", "East", 121.6, 31.3],
    ]  # fmt: skip
    assert sites["built"].tolist() == ["true", None]
    assert sites["assumed"].tolist() == ["kind state", "kind state"]
    assert links["length_km"].tolist() == [9.5, 11.0]
    assert links["capacity_mbps"].tolist()[0] == 10_000.0
    assert pd.isna(links["capacity_mbps"].tolist()[1])
    assert links["link_id"].is_unique
    assert links["source"].unique().tolist() == ["GraphML ring.graphml"]
    assert found.title == "ring"


def test_a_length_without_a_unit_is_kept_and_not_believed(tmp_path: Path) -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edge("a", "b", length=500, weight=2)
    nx.write_graphml(graph, tmp_path / "x.graphml")
    links = read_network(tmp_path / "x.graphml").tables["links"]
    assert links["length_km"].isna().all()
    assert links[["length", "weight"]].iloc[0].tolist() == ["500", "2"]


def test_words_that_are_no_choice_of_ours_stand_beside(tmp_path: Path) -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_node("a", kind="router", state="up")
    nx.write_graphml(graph, tmp_path / "x.graphml")
    site: Any = read_network(tmp_path / "x.graphml").tables["sites"].iloc[0]
    assert (site["kind"], site["kind (file)"]) == ("exchange", "router")
    assert (site["state"], site["state (file)"]) == ("built", "up")
    assert site["assumed"] == "kind state"


def test_there_and_back_in_a_directed_graph_are_one_link(tmp_path: Path) -> None:
    graph = nx.DiGraph([("a", "b"), ("b", "a"), ("b", "c")])
    nx.write_graphml(graph, tmp_path / "x.graphml")
    found = read_network(tmp_path / "x.graphml")
    assert found.tables["links"][["a_site", "b_site"]].to_numpy().tolist() == [
        ["a", "b"], ["b", "c"],
    ]  # fmt: skip
    assert found.notes == (
        (
            "the graph is directed: 1 pairs of edges there and back became one link each, 1 edges "
            "run one way only and became links for both"
        ),
    )


def test_parallel_arcs_pair_off_one_by_one() -> None:
    arcs = [("a", "b"), ("a", "b"), ("b", "a"), ("a", "a"), ("a", "a"), ("b", "a")]
    assert both_ways(arcs) == [(0, 2), (1, 5), (3, None), (4, None)]


def test_yed_drawings_nested_graphs_and_hyperedges_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "y.graphml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="urn:y">'
        '<key id="d0" for="node" yfiles.type="nodegraphics"/>'
        '<key id="d1" for="node" attr.name="name" attr.type="string"><default>none</default></key>'
        '<graph edgedefault="undirected"><node id="n0"><data key="d0"><y:Shape>x</y:Shape></data>'
        '<data key="d1">Hall</data><graph><node id="inner"/></graph></node><node id="n1"/>'
        '<hyperedge/><edge source="n0" target="n1"/></graph></graphml>'
    )
    found = read_network(tmp_path / "y.graphml")
    assert found.tables["sites"]["name"].tolist() == ["Hall", "none"]
    assert len(found.tables["links"]) == 1
    assert len(found.notes) == 2


def test_d3_puts_whole_nodes_at_the_ends_and_says_links(tmp_path: Path) -> None:
    a, b = {"id": "a", "x": 10, "y": 20}, {"id": "b"}
    document = {"nodes": [a, b], "links": [{"source": a, "target": b}]}
    (tmp_path / "d3.json").write_text(json.dumps(document))
    found = read_network(tmp_path / "d3.json")
    assert found.tables["links"][["a_site", "b_site"]].to_numpy().tolist() == [["a", "b"]]
    assert found.tables["sites"]["lon"].isna().all()  # x and y are pixels of a drawing


def test_topohub_has_positions_kilometres_and_demands(tmp_path: Path) -> None:
    document = {
        "directed": False, "multigraph": False,
        "graph": {"name": "tiny", "demands": {"0": {"1": 2.5}}, "stats": {"diameter_hops": 1}},
        "nodes": [{"id": 0, "name": "Aa", "pos": [6.04, 50.76]}, {"id": 1, "pos": [7.0, 51.0]}],
        "edges": [{"source": 0, "target": 1, "dist": 61.63}],
    }  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps(document))
    found = read_network(tmp_path / "t.json")
    assert found.tables["sites"][["lon", "lat"]].to_numpy().tolist() == [[6.04, 50.76], [7, 51]]
    assert found.tables["links"]["length_km"].tolist() == [61.63]
    assert found.traffic.to_numpy().tolist() == [["0-1", "0", "1", 2.5]]
    document["graph"] = {}
    (tmp_path / "u.json").write_text(json.dumps(document))
    assert read_network(tmp_path / "u.json").tables["links"]["length_km"].isna().all()


def test_a_long_id_keeps_its_beginning_and_stays_one_thing(tmp_path: Path) -> None:
    long = ["urn:" + "x" * 90 + end for end in "ab"]
    document = {
        "nodes": [{"id": i} for i in long],
        "edges": [{"source": long[0], "target": long[1]}],
    }
    (tmp_path / "x.json").write_text(json.dumps(document))
    found = read_network(tmp_path / "x.json")
    a, b = found.tables["sites"]["site_id"]
    assert len(a) == 64
    assert a != b
    assert found.tables["links"][["a_site", "b_site"]].to_numpy().tolist() == [[a, b]]


GRAPHML = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="k" for="edge" attr.name="length_km" attr.type="double"/>
<graph edgedefault="undirected">
<node id="a"/><node id="b"/>
{}
</graph></graphml>"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<node id="a"/>', (r"x\.graphml, line 5, column 1: site_id 'a' stands there already, at "
         "line 4, column 1")),
        ('<edge source="a" target="z"/>', r"line 5, column 1: b_site 'z' must be a site_id"),
        ('<edge source="a"/>', "line 5, column 1: an <edge> must have source and target"),
        ('<edge source="a" target="b"><data key="k">-2</data></edge>',
         r"line 5, column 1: length_km '-2.0' must be a number in km from 0 to 20000"),
        ('<edge source="a" target="b"><data key="k">far</data></edge>',
         "line 5, column 29: 'far' is not of the type double"),
        ('<edge source="a" target="b"><data key="k">inf</data></edge>', "length_km 'inf'"),
        ("<node/>", "line 5, column 1: a <node> must have an id"),
        ("<node id='c'>", "line 6, column 3: mismatched tag"),
    ],
)  # fmt: skip
def test_a_broken_graphml_says_line_and_column(tmp_path: Path, body: str, message: str) -> None:
    (tmp_path / "x.graphml").write_text(GRAPHML.format(body))
    with pytest.raises(FileError, match=message):
        read_network(tmp_path / "x.graphml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": [{"id": "a"}, {"id": "a"}]}, (r"\$\.nodes\[1\]: site_id 'a' stands there "
         r"already, at \$\.nodes\[0\]")),
        ({"edges": [{"source": "a", "target": "q"}]}, r"\$\.edges\[0\]: b_site 'q' must be"),
        ({"edges": [{"source": "a"}]}, r"\$\.edges\[0\]\.target must be the id of a node"),
        ({"edges": {}}, r"\$\.edges must be a list"),
        ({"edges": [7]}, r"\$\.edges\[0\] must be an object"),
        ({"edges": [{"source": "a", "target": "b", "length_km": -1}]}, r"\$\.edges\[0\]: length_km"),
        ({"nodes": [{"id": None}]}, r"\$\.nodes\[0\]\.id must be a text or a number"),
        ({"graph": {"demands": {"a": {"b": -3}}}}, r"\$\.graph\.demands\.a\.b: a demand must be"),
        ({"graph": {"demands": {"a": {"z": 3}}}}, "demand 'a-z' ends at 'z', which is no node"),
    ],
)  # fmt: skip
def test_a_broken_node_link_says_the_json_path(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    document = {"nodes": [{"id": "a"}, {"id": "b"}], "edges": []} | change
    (tmp_path / "x.json").write_text(json.dumps(document))
    with pytest.raises(FileError, match=message):
        read_network(tmp_path / "x.json")
