"""Export: other programs read what is written, and are told what a format could not hold."""

from __future__ import annotations

import json
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from ngbw.topology.errors import InputError, SurroundingsError, UsageError
from ngbw.topology.export import export_table, graphml, node_link
from ngbw.topology.files import read_table_file
from ngbw.topology.schema import empty_frame
from ngbw.topology.tables import LINKS, SITES, SPANS, TABLES


def sites() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site_id": ["1"],
            "name": ["复旦"],
            "lon": [121.49975312345],
            "lat": [31.29813112345],
            "antenna_height_m": [40.5],
            "antenna_height_source": ["x" * 300],
            "area_id": [None],
        }
    )


def test_geojson_has_six_decimals(tmp_path: Path) -> None:
    report = export_table(sites(), tmp_path / "sites.geojson", table=SITES)
    document = json.loads((tmp_path / "sites.geojson").read_text(encoding="utf-8"))
    assert document["features"][0]["geometry"]["coordinates"] == [121.499753, 31.298131]
    assert "crs" not in document
    assert document["features"][0]["properties"]["area_id"] is None
    assert (report.rows, dict(report.renamed), report.notes) == (1, {}, ())


def test_kml_has_six_decimals(tmp_path: Path) -> None:
    export_table(sites(), tmp_path / "sites.kml", table=SITES)
    text = (tmp_path / "sites.kml").read_text(encoding="utf-8")
    assert "<coordinates>121.499753,31.298131</coordinates>" in text
    assert "<name>复旦</name>" in text


def test_a_shapefile_reports_names_and_texts_that_it_shortened(tmp_path: Path) -> None:
    report = export_table(sites(), tmp_path / "sites.shp", table=SITES)
    assert dict(report.renamed) == {
        "antenna_height_m": "antenna_he",
        "antenna_height_source": "antenna__1",
    }
    assert report.notes == ("antenna_height_source: 1 value cut to 254 bytes",)
    assert report.to_dict()["renamed"] == dict(report.renamed)
    frame = read_table_file(report.path).frame
    assert frame["antenna_he"].tolist() == [40.5]
    assert frame["antenna__1"].tolist() == ["x" * 254]


def test_chinese_is_cut_between_characters(tmp_path: Path) -> None:
    frame = pd.DataFrame({"基站的中文名称": ["复" * 200], "lon": [1.0], "lat": [2.0]})
    report = export_table(frame, tmp_path / "x.shp")
    assert dict(report.renamed) == {"基站的中文名称": "基站的"}
    assert read_table_file(tmp_path / "x.shp").frame["基站的"].tolist() == ["复" * 84]


def test_mapinfo_reports_names_line_breaks_and_empty_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "1 st name": ["a\r\nb", "c"],
            "height_m": [1.5, None],
            "lon": [1.0, 2.0],
            "lat": [1.0, 2.0],
        }
    )
    for suffix in ("tab", "mif"):
        report = export_table(frame, tmp_path / f"x.{suffix}")
        assert dict(report.renamed) == {"1 st name": "_1_st_name"}
        assert report.notes == (
            "1 st name: line breaks became spaces",
            "height_m: written as text: MapInfo would turn empty cells into 0",
        )
        back = read_table_file(report.path).frame
        assert back["_1_st_name"].tolist() == ["a b", "c"]
        assert back["height_m"].tolist() == ["1.5", ""]


def test_names_that_differ_only_in_case_stay_two_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Name": ["a"], "name": ["b"], "GEOM": ["c"], "lon": [1.0], "lat": [2.0]})
    report = export_table(frame, tmp_path / "x.gpkg")
    assert dict(report.renamed) == {"name": "name_1", "GEOM": "GEOM_1"}
    back = read_table_file(tmp_path / "x.gpkg").frame
    assert back[["Name", "name_1", "GEOM_1"]].iloc[0].tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize(
    "suffix", ["csv", "xlsx", "geojson", "gpkg", "shp", "kml", "kmz", "tab", "mif"]
)
def test_every_empty_table_can_be_exported_where_it_has_a_place(
    tmp_path: Path, name: str, suffix: str
) -> None:
    table = TABLES[name]
    frame = empty_frame(table)
    if table.geometry in ("line", "polygon"):
        frame["geometry"] = pd.Series(dtype=object)
    path = tmp_path / f"{name}.{suffix}"
    if table.geometry == "none" and suffix in ("shp", "kml", "kmz", "tab", "mif"):
        with pytest.raises(UsageError, match="no geometry"):
            export_table(frame, path, table=table)
        assert list(tmp_path.iterdir()) == []
        return
    assert export_table(frame, path, table=table).rows == 0
    assert len(read_table_file(path).frame) == 0


def test_a_collection_is_refused(tmp_path: Path) -> None:
    shape = shapely.GeometryCollection([shapely.Point(1, 2), shapely.box(0, 0, 1, 1)])
    frame = pd.DataFrame({"span_id": ["1"], "geometry": [shape]})
    with pytest.raises(InputError, match="row 1 is a GeometryCollection"):
        export_table(frame, tmp_path / "x.geojson", table=SPANS)


def test_links_without_geometry_go_to_a_spreadsheet(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"link_id": ["1"], "a_site": ["x"], "b_site": ["y"], "spans": [["p", "q"]]}
    )
    export_table(frame, tmp_path / "links.xlsx", table=LINKS)
    assert read_table_file(tmp_path / "links.xlsx").frame["spans"].tolist() == ["p;q"]


def network() -> nx.MultiGraph[str]:
    graph: nx.MultiGraph[str] = nx.MultiGraph(name="杨浦", note=None)
    graph.add_node("007", name='<img onerror=1> & "q"\x01', height_m=np.float64(40), lon=121.5)
    graph.add_node("b", height_m=math.nan, built=True, tags=["x", "y"])
    graph.add_edge("007", "b", key="L1", capacity_mbps=1000, spans=("s1", "s2"), since=pd.NaT)
    graph.add_edge("007", "b", key="L2", capacity_mbps=2.5, seen=pd.Timestamp("2026-01-02"))
    return graph


def test_graphml_is_read_back_by_networkx(tmp_path: Path) -> None:
    graphml(network(), tmp_path / "net.graphml")
    back = nx.read_graphml(tmp_path / "net.graphml", force_multigraph=True)
    assert isinstance(back, nx.MultiGraph)
    assert set(back.nodes) == {"007", "b"}
    assert back.nodes["007"] == {
        "name": '<img onerror=1> & "q"\ufffd', "height_m": 40.0, "lon": 121.5,
    }  # fmt: skip
    assert back.nodes["b"] == {"built": True, "tags": "x;y"}
    assert back.graph["name"] == "杨浦"
    edges = {key: data for _, _, key, data in back.edges(keys=True, data=True)}
    assert {key: data["capacity_mbps"] for key, data in edges.items()} == {"L1": 1000.0, "L2": 2.5}
    assert edges["L1"]["spans"] == "s1;s2"
    assert edges["L2"]["seen"] == "2026-01-02"
    assert "since" not in edges["L1"]


def test_node_link_is_read_back_by_networkx(tmp_path: Path) -> None:
    node_link(network(), tmp_path / "net.json")
    text = (tmp_path / "net.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "null" not in text
    back = nx.node_link_graph(json.loads(text), edges="edges")
    assert isinstance(back, nx.MultiGraph)
    assert back.nodes["b"] == {"built": True, "tags": "x;y"}
    assert set(back["007"]["b"]) == {"L1", "L2"}
    assert back["007"]["b"]["L1"]["spans"] == "s1;s2"


def test_a_directed_and_a_plain_graph_keep_their_kind(tmp_path: Path) -> None:
    graph = nx.DiGraph([(1, 2)])
    graphml(graph, tmp_path / "x.graphml")
    node_link(graph, tmp_path / "x.json")
    assert list(nx.read_graphml(tmp_path / "x.graphml").edges) == [("1", "2")]
    back = nx.node_link_graph(json.loads((tmp_path / "x.json").read_text()), edges="edges")
    assert back.is_directed()
    assert not back.is_multigraph()


def test_ids_that_meet_as_text_and_infinite_numbers_are_refused(tmp_path: Path) -> None:
    graph: nx.Graph[object] = nx.Graph()
    graph.add_nodes_from([1, "1"])
    with pytest.raises(InputError, match="same id as text"):
        graphml(graph, tmp_path / "x.graphml")
    with pytest.raises(InputError, match="node a: x is infinite"):
        node_link(_infinite(), tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []


def _infinite() -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_node("a", x=math.inf)
    return graph


@pytest.mark.parametrize("name", ["x.gpkg", "x.shp"])
def test_a_full_disk_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(*args: object, **options: object) -> None:
        raise RuntimeError("sqlite3_exec failed: database or disk is full")

    monkeypatch.setattr("pyogrio.raw.write", full)
    frame = pd.DataFrame({"site_id": ["A"], "lon": [121.5], "lat": [31.3]})
    with pytest.raises(
        SurroundingsError, match=r"no space left on its disk .*; free some"
    ) as caught:
        export_table(frame, tmp_path / name, table=TABLES["sites"])
    assert caught.value.exit_code == 6
    assert list(tmp_path.iterdir()) == []
