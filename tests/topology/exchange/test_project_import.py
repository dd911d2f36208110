"""A network comes into a project whole, or not at all, and never over what is known better."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ngbw.topology.errors import SurroundingsError, TableError
from ngbw.topology.exchange.formats import read_network, write_network
from ngbw.topology.exchange.project_import import apply_network_import, prepare_network_import
from ngbw.topology.history import undo
from ngbw.topology.project import Project, open_project

SETTINGS = """
format = 1
name = "test"
crs = "EPSG:32651"
headline_service = "indoor"
[services.indoor]
transmitter = "site"
[transmitters.site]
power_dbm = {value = 43, source = "typical", assumed = true}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    directory = tmp_path / "yp"
    directory.mkdir()
    (directory / "ngbw.toml").write_text(SETTINGS)
    return open_project(directory)


def node_link(path: Path, nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"nodes": nodes, "edges": edges}), encoding="utf-8")
    return path


AB = [{"id": "a", "lon": 121.5, "lat": 31.3}, {"id": "b", "lon": 121.6, "lat": 31.3}]


def imported(project: Project, path: Path, **options: Any) -> Any:
    return apply_network_import(project, prepare_network_import(project, path, **options))


def test_every_table_is_written_as_one_change_and_taken_back(
    project: Project, tmp_path: Path
) -> None:
    applied = imported(
        project, node_link(tmp_path / "n.json", AB, [{"source": "a", "target": "b"}])
    )
    assert dict(applied.rows) == {"sites": 2, "links": 1}
    assert applied.number == 1
    assert len(open_project(project.directory).network().links) == 1
    assert project.table("sites")["site_id"].tolist() == ["a", "b"]
    undone = undo(project.directory)
    assert "node-link JSON" in undone.reason
    assert sorted(undone.removed) == ["links.csv", "sites.csv"]


def test_the_same_file_again_changes_nothing(project: Project, tmp_path: Path) -> None:
    path = node_link(tmp_path / "n.json", AB, [{"source": "a", "target": "b", "weight": 3}])
    imported(project, path)
    again = prepare_network_import(project, path)
    assert {n: (m.new, m.changed) for n, m in again.tables.items()} == {
        "sites": (0, 0), "links": (0, 0),
    }  # fmt: skip
    assert apply_network_import(project, again).number is None


def test_a_guess_never_takes_the_place_of_what_is_known(project: Project, tmp_path: Path) -> None:
    (project.directory / "sites.csv").write_text(
        "site_id,name,kind,state,lon,lat,assumed\na,Hall,olt,planned,121.4,31.3,lon\n"
    )
    imported(project, node_link(tmp_path / "n.json", AB, []))
    sites: Any = project.table("sites").set_index("site_id")
    # The graph does not say what stands there; the project does. Its position is no guess now.
    assert sites.loc["a", ["kind", "state", "name"]].tolist() == ["olt", "planned", "Hall"]
    assert sites.loc["a", "assumed"] == ""
    assert sites.loc["b", ["kind", "assumed"]].tolist() == ["exchange", "kind state"]


def test_what_the_project_assumed_stays_assumed(project: Project, tmp_path: Path) -> None:
    (project.directory / "sites.csv").write_text(
        "site_id,kind,lon,lat,roof_height_m,assumed\na,olt,121.5,31.3,30,kind roof_height_m\n"
    )
    imported(project, node_link(tmp_path / "n.json", AB, []))
    site: Any = project.table("sites").set_index("site_id").loc["a"]
    assert sorted(site["assumed"].split()) == ["kind", "roof_height_m"]


def test_a_site_without_a_position_stops_the_import_unless_the_project_knows_it(
    project: Project, tmp_path: Path
) -> None:
    path = node_link(tmp_path / "n.json", [*AB, {"id": "c"}], [{"source": "a", "target": "c"}])
    prepared = prepare_network_import(project, path)
    with pytest.raises(TableError, match=r"'c': the site_id has no position in the file") as caught:
        apply_network_import(project, prepared)
    assert "ngbw import PROJECT sites" in str(caught.value)
    assert not (project.directory / "sites.csv").exists()
    (project.directory / "sites.csv").write_text("site_id,lon,lat\nc,121.55,31.31\n")
    imported(project, path)
    assert project.table("sites").set_index("site_id").loc["c", "lon"] == 121.55


def test_spans_that_only_the_project_knows_stay_joined(project: Project, tmp_path: Path) -> None:
    nodes = [n | {"site_id": n["id"]} for n in AB]
    link = {"source": "a", "target": "b", "link_id": "l", "spans": "s1"}
    path = node_link(tmp_path / "n.json", nodes, [link])
    assert read_network(path).network().links["spans"].tolist() == [""]
    with pytest.raises(TableError, match="must be a span_id of the table spans"):
        imported(project, path)
    line = {"type": "LineString", "coordinates": [[121.5, 31.3], [121.6, 31.3]]}
    feature = {"type": "Feature", "properties": {"span_id": "s1"}, "geometry": line}
    document = {"type": "FeatureCollection", "features": [feature]}
    (project.directory / "spans.geojson").write_text(json.dumps(document))
    imported(project, path)
    assert project.table("links")["spans"].tolist() == ["s1"]


def test_replacing_sites_that_cells_stand_on_is_refused(project: Project, tmp_path: Path) -> None:
    (project.directory / "sites.csv").write_text("site_id,lon,lat\nx,121.55,31.31\n")
    (project.directory / "cells.csv").write_text("cell_id,site_id\nc,x\n")
    path = node_link(tmp_path / "n.json", AB, [])
    with pytest.raises(TableError, match="must be a site_id of the table sites"):
        imported(project, path, replace=True)
    imported(project, path)
    (project.directory / "cells.csv").unlink()
    imported(open_project(project.directory), path, replace=True)
    assert open_project(project.directory).table("sites")["site_id"].tolist() == ["a", "b"]


def test_a_table_that_somebody_changed_meanwhile_is_not_overwritten(
    project: Project, tmp_path: Path
) -> None:
    prepared = prepare_network_import(project, node_link(tmp_path / "n.json", AB, []))
    (project.directory / "sites.csv").write_text("site_id,lon,lat\nx,121.55,31.31\n")
    with pytest.raises(SurroundingsError):
        apply_network_import(project, prepared)
    assert "x" in (project.directory / "sites.csv").read_text()


def test_sites_get_their_subdistrict(project: Project, tmp_path: Path) -> None:
    ring = [[121.45, 31.25], [121.55, 31.25], [121.55, 31.35], [121.45, 31.35], [121.45, 31.25]]
    feature = {
        "type": "Feature", "properties": {"area_id": "sd", "name": "五角场", "kind": "subdistrict"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip
    document = {"type": "FeatureCollection", "features": [feature]}
    (project.directory / "areas.geojson").write_text(json.dumps(document))
    imported(project, node_link(tmp_path / "n.json", AB, []))
    assert project.table("sites")["area_id"].tolist() == ["sd", ""]


def test_traffic_has_no_table_and_that_is_said(project: Project, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(
        "?SNDlib native format\nNODES ( a ( 121.5 31.3 ) b ( 121.6 31.3 ) )\n"
        "LINKS ( l ( a b ) 0 0 0 0 ( ) )\nDEMANDS ( d ( a b ) 1 5 UNLIMITED )\n"
    )
    prepared = prepare_network_import(project, tmp_path / "t.txt")
    assert "1 demands were read; a project has no table for traffic" in prepared.notes[-1]
    told = prepared.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["tables"]["sites"] == {
        "read": 2, "new": 2, "changed": 0, "unchanged": 0, "removed": 0,
    }  # fmt: skip


def test_out_of_one_project_and_into_another_is_the_same_network(
    project: Project, tmp_path: Path
) -> None:
    edges = [{"source": "a", "target": "b", "length_km": 9.5}]
    imported(project, node_link(tmp_path / "n.json", AB, edges))
    write_network(project.network(), tmp_path / "net.geojson")
    second = tmp_path / "second"
    second.mkdir()
    (second / "ngbw.toml").write_text(SETTINGS)
    other = open_project(second)
    imported(other, tmp_path / "net.geojson")
    for table in ("sites", "links"):
        pd.testing.assert_frame_equal(other.table(table), project.table(table))


# ------------------------------------------------------------------ out and back in

TABLES_OF_TWO = {
    "sites.csv": "site_id,name,kind,state,lon,lat,roof_height_m,category,source,assumed\n"
    "a,Hall,olt,built,121.5,31.3,30,roof,survey,*\n"
    "b,,ngb-w,candidate,121.6,31.3,25,roof,survey,*\n",
    "devices.csv": "device_id,site_id,name,role,source,assumed\n"
    "a1,a,core-a,backbone,survey,role\nb1,b,,access,survey,*\n",
    "ports.csv": "port_id,device_id,if_name,capacity_mbps,source,assumed\n"
    "pa,a1,xe-0,1000,survey,*\npb,b1,,1000,survey,\n",
    "links.csv": "link_id,kind,a_site,b_site,a_port,b_port,capacity_mbps,length_km,split,source,assumed\n"
    "l,pon,b,a,pb,pa,1000,9.51234567,1:32,survey,*\nm,pon,a,b,,,,9.5,,survey,length_km\n",
}


@pytest.fixture
def two(project: Project) -> Project:
    """Return a project of two sites with two links, all of it marked as assumed or nearly."""
    for name, text in TABLES_OF_TWO.items():
        (project.directory / name).write_text(text)
    return open_project(project.directory)


@pytest.mark.parametrize(
    ("form", "name"),
    [("graphml", "n.graphml"), ("node-link", "n.json"), ("geojson", "n.geojson"),
     ("rfc8345", "n.json"), ("sndlib", "n.txt"), ("netbox", "nb"), ("ofds", "n.json")],
)  # fmt: skip
def test_what_went_out_of_a_project_changes_nothing_when_it_comes_back(
    two: Project, tmp_path: Path, form: str, name: str
) -> None:
    write_network(two.network(), tmp_path / name, format=form)
    prepared = prepare_network_import(two, tmp_path / name, format=form)
    assert prepared.problems == ()
    assert {n: (m.new, m.changed, m.removed) for n, m in prepared.tables.items()} == dict.fromkeys(
        prepared.tables, (0, 0, 0)
    )
    assert apply_network_import(two, prepared).number is None


def rfc8345(path: Path, rate: str) -> Path:
    """Write the link l of the two sites, which has a rate and nothing else."""
    link = {
        "link-id": "l", "source": {"source-node": "b"}, "destination": {"dest-node": "a"},
        "ietf-l2-topology:l2-link-attributes": {"rate": rate},
    }  # fmt: skip
    network = {
        "network-id": "n", "node": [{"node-id": "a"}, {"node-id": "b"}],
        "ietf-network-topology:link": [link],
    }  # fmt: skip
    path.write_text(json.dumps({"ietf-network:networks": {"network": [network]}}))
    return path


def test_only_what_a_file_says_anew_loses_its_mark(two: Project, tmp_path: Path) -> None:
    imported(two, rfc8345(tmp_path / "n.json", "400"))
    links: Any = two.table("links").set_index("link_id")
    assert links.loc["l", ["capacity_mbps", "length_km", "split"]].tolist() == [
        400.0, 9.51234567, "1:32",
    ]  # fmt: skip
    assert links.loc["l", "assumed"].split() == [
        "kind", "a_site", "b_site", "a_port", "b_port", "length_km", "split",
    ]  # fmt: skip
    assert links.loc["l", "source"] == "survey; RFC 8345 n.json"
    assert links.loc["m", ["source", "assumed"]].tolist() == ["survey", "length_km"]
    assert set(two.table("sites")["assumed"]) == {"*"}
    # The same again has nothing to add.
    assert imported(two, tmp_path / "n.json").number is None


def test_a_file_of_ours_says_itself_what_is_assumed_no_more(two: Project, tmp_path: Path) -> None:
    write_network(two.network(), tmp_path / "n.geojson")
    document = json.loads((tmp_path / "n.geojson").read_text(encoding="utf-8"))
    for feature in document["features"]:
        told = feature["properties"]
        if told.get("site_id") == "a":
            told |= {"assumed": "kind", "source": "visit"}
        elif told.get("site_id") == "b":
            told["roof_height_m"] = 27  # corrected in a GIS, and assumed as it was
    (tmp_path / "n.geojson").write_text(json.dumps(document), encoding="utf-8")
    imported(two, tmp_path / "n.geojson")
    sites: Any = two.table("sites").set_index("site_id")
    assert sites.loc["a", ["source", "assumed"]].tolist() == ["visit", "kind"]
    assert sites.loc["b", ["roof_height_m", "assumed"]].tolist() == [27.0, "*"]


def test_a_lossy_status_never_beats_the_state_the_project_knows(
    two: Project, tmp_path: Path
) -> None:
    write_network(two.network(), tmp_path / "nb", format="netbox")
    sites = tmp_path / "nb" / "4_sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("active", "staging"))
    imported(two, tmp_path / "nb")
    assert two.table("sites")["state"].tolist() == ["built", "candidate"]
    sites.write_text(sites.read_text(encoding="utf-8").replace("planned", "active"))
    imported(two, tmp_path / "nb")
    assert two.table("sites")["state"].tolist() == ["built", "built"]


def test_a_port_is_the_same_interface_of_the_same_device(two: Project, tmp_path: Path) -> None:
    write_network(two.network(), tmp_path / "nb", format="netbox")
    with (tmp_path / "nb" / "6_interfaces.csv").open("a", encoding="utf-8") as file:
        file.write("a1,xe-1,other,100000,\n")
    prepared = prepare_network_import(two, tmp_path / "nb")
    assert "2 ports are the project's under another id" in prepared.notes[-1]
    assert prepared.tables["ports"].frame["port_id"].tolist() == ["pa", "pb", "a1:xe-1"]
    link = prepared.tables["links"].frame.iloc[0]
    assert (link["a_port"], link["b_port"]) == ("pb", "pa")


def test_the_names_of_sites_survive_a_format_that_has_only_ids(
    two: Project, tmp_path: Path
) -> None:
    write_network(two.network(), tmp_path / "n.txt")
    imported(two, tmp_path / "n.txt")
    assert two.table("sites")["name"].tolist() == ["Hall", ""]


def test_ports_change_sides_with_the_ends_of_a_link(two: Project, tmp_path: Path) -> None:
    write_network(two.network(), tmp_path / "nb", format="netbox")
    cables = tmp_path / "nb" / "7_cables.csv"
    turned = cables.read_text(encoding="utf-8").replace("side_a", "side_x")
    cables.write_text(turned.replace("side_b", "side_a").replace("side_x", "side_b"))
    assert imported(two, tmp_path / "nb").number is None


def test_a_route_where_the_projects_spans_are_is_no_second_cable(
    two: Project, tmp_path: Path
) -> None:
    ways = {"s1": [[121.5, 31.3], [121.55, 31.31]], "s2": [[121.55, 31.31], [121.6, 31.3]]}
    features = [
        {"type": "Feature", "properties": {"span_id": name, "kind": "duct"},
         "geometry": {"type": "LineString", "coordinates": way}}
        for name, way in ways.items()
    ]  # fmt: skip
    document = {"type": "FeatureCollection", "features": features}
    (two.directory / "spans.geojson").write_text(json.dumps(document))
    links = two.directory / "links.csv"
    links.write_text(
        "link_id,kind,a_site,b_site,length_km,spans,source\nl,fibre,a,b,9.6,s1;s2,survey\n"
        "m,fibre,b,a,9.6,s2;s1,survey\n"
    )
    project = open_project(two.directory)
    write_network(project.network(), tmp_path / "n.json", format="ofds")
    prepared = prepare_network_import(project, tmp_path / "n.json")
    assert "2 links have the route of the project's spans" in prepared.notes[-1]
    assert apply_network_import(project, prepared).number is None
    assert imported(project, tmp_path / "n.json", replace=True).number is None
    # Somebody moved the cable of one link: that route is news.
    told = json.loads((tmp_path / "n.json").read_text(encoding="utf-8"))
    told["networks"][0]["spans"][1]["route"]["coordinates"][1] = [121.55, 31.29]
    (tmp_path / "n.json").write_text(json.dumps(told), encoding="utf-8")
    imported(project, tmp_path / "n.json")
    assert project.table("links")["spans"].tolist() == ["s1;s2", "m"]
    assert project.table("spans")["span_id"].tolist() == ["s1", "s2", "m"]
    assert imported(project, tmp_path / "n.json", replace=True).number is None


# ------------------------------------------------------------------ where service comes from


def root_warnings(project: Project, path: Path) -> list[str]:
    warnings = prepare_network_import(project, path).warnings
    return [str(warning) for warning in warnings if "where service comes from" in warning.rule]


def test_roots_of_an_assumed_kind_are_warned_of(project: Project, tmp_path: Path) -> None:
    path = node_link(tmp_path / "n.json", AB, [{"source": "a", "target": "b"}])
    (told,) = root_warnings(project, path)
    assert "column kind is 'a, b': nothing tells where service comes from" in told
    assert "the kind of 2 of the 2 sites" in told
    assert 'ngbw.toml: [network] roots = ["SITE"]' in told
    imported(project, path)
    assert root_warnings(project, path)  # nor does the same import once more tell it


def test_known_or_named_roots_and_sites_without_links_need_no_warning(
    project: Project, tmp_path: Path
) -> None:
    path = node_link(tmp_path / "n.json", AB, [{"source": "a", "target": "b"}])
    assert root_warnings(project, node_link(tmp_path / "alone.json", AB, [])) == []
    kinds = [site | {"kind": "exchange"} for site in AB]
    edge = {"source": "a", "target": "b"}
    assert root_warnings(project, node_link(tmp_path / "k.json", kinds, [edge])) == []
    (project.directory / "sites.csv").write_text(
        "site_id,kind,state,lon,lat\nh,headend,built,1,1\n"
    )
    assert root_warnings(open_project(project.directory), path) == []
    (project.directory / "sites.csv").unlink()
    settings = project.directory / "ngbw.toml"
    settings.write_text(SETTINGS.replace("[services", '[network]\nroots = ["a"]\n[services', 1))
    assert root_warnings(open_project(project.directory), path) == []


def test_assumed_kinds_of_which_none_can_be_a_root_are_warned_of(
    project: Project, tmp_path: Path
) -> None:
    (project.directory / "sites.csv").write_text(
        "site_id,kind,state,lon,lat\na,olt,built,121.5,31.3\nb,olt,built,121.6,31.3\n"
    )
    path = node_link(tmp_path / "n.json", AB, [{"source": "a", "target": "b"}])
    (told,) = root_warnings(project, path)
    assert "none of them can be a root of service" in told
