"""The Open Fibre Data Standard: read, and written so that its schema accepts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
import shapely

from ngbw.topology.errors import FileError
from ngbw.topology.exchange.formats import read_network, write_network
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES


def package(**span: Any) -> dict[str, Any]:
    spans = [{"id": "s", "start": "a", "end": "b"} | span]
    nodes: list[dict[str, Any]] = [
        {"id": "a", "name": "Hall", "status": "underConstruction", "type": ["pop"],
         "location": {"type": "Point", "coordinates": [121.5, 31.3]}},
        {"id": "b", "type": ["olt"], "status": "inactive"},
    ]  # fmt: skip
    return {"networks": [{"id": "n", "name": "Tiny", "nodes": nodes, "spans": spans}]}


def read(tmp_path: Path, document: object) -> Any:
    (tmp_path / "net.json").write_text(json.dumps(document), encoding="utf-8")
    return read_network(tmp_path / "net.json")


ROUTE = {"type": "LineString", "coordinates": [[121.5, 31.3], [121.51, 31.3], [121.52, 31.3]]}


def test_a_node_is_a_site_and_what_it_does_not_say_is_assumed(tmp_path: Path) -> None:
    sites = read(tmp_path, package()).tables["sites"]
    assert sites[["site_id", "name", "kind", "state", "assumed"]].to_numpy().tolist() == [
        ["a", "Hall", "exchange", "planned", "kind"], ["b", "", "olt", "built", "state"],
    ]  # fmt: skip
    assert sites["ofds_type"].tolist() == ["pop", None]
    assert sites["ofds_status"].tolist() == ["underConstruction", "inactive"]
    assert sites["lon"].isna().tolist() == [False, True]


def test_a_span_with_a_route_is_a_span_and_a_link(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        package(
            route=ROUTE, fibreLength=2.1, fibreCount=24, capacity=4.976,
            transmissionMedium=["fibre"], deployment=["belowGround"],
            deploymentDetails={"description": "Laid in ducts"},
        ),
    )  # fmt: skip
    span, link = found.tables["spans"].iloc[0], found.tables["links"].iloc[0]
    assert (span["span_id"], span["kind"], span["fibre_count"], span["assumed"]) == (
        "s", "duct", 24, "",
    )  # fmt: skip
    assert span["length_m"] == pytest.approx(2100.0)
    assert (link["spans"], link["length_km"], link["capacity_mbps"]) == ("s", 2.1, 4976.0)
    assert link["assumed"] == ""


def test_a_span_without_a_route_is_no_straight_cable(tmp_path: Path) -> None:
    found = read(tmp_path, package(fibreCount=24))
    assert "spans" not in found.tables
    link = found.tables["links"].iloc[0]
    assert (link["spans"], link["fibre_count"], link["assumed"]) == ("", "24", "kind")
    assert pd.isna(link["length_km"])


def test_a_length_in_metres_is_seen_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, package(route=ROUTE, fibreLength=2100))
    assert found.tables["links"]["length_km"].tolist() == [2.1]
    assert found.tables["links"]["assumed"].tolist() == ["length_km kind"]
    assert "taken as metres" in found.notes[0]


def test_a_length_that_is_not_given_is_the_routes(tmp_path: Path) -> None:
    link = read(tmp_path, package(route=ROUTE)).tables["links"].iloc[0]
    assert link["length_km"] == pytest.approx(1.900, abs=0.01)
    assert "length_km" in link["assumed"]


def test_two_networks_in_one_package_keep_their_ids_apart(tmp_path: Path) -> None:
    one = package()["networks"][0]
    found = read(tmp_path, {"networks": [one, one | {"id": "m"}]})
    assert found.tables["sites"]["site_id"].tolist() == ["n/a", "n/b", "m/a", "m/b"]
    assert found.tables["links"]["a_site"].tolist() == ["n/a", "m/a"]


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ({"end": "z"}, r"\$\.networks\[0\]\.spans\[0\]: b_site 'z' must be a site_id"),
        ({"end": None}, r"\$\.networks\[0\]\.spans\[0\]\.end must be the id of a node"),
        ({"fibreLength": -2}, r"spans\[0\]: length_km '-2"),
        ({"fibreLength": "long"}, r"spans\[0\]\.fibreLength: the fibreLength is 'long'"),
        ({"route": {"type": "Point", "coordinates": [1, 2]}}, r"route must be a GeoJSON LineString"),
        ({"route": {"type": "LineString", "coordinates": [[1, 2], [3]]}},
         r"route\.coordinates\[1\]\.coordinates must be \[longitude, latitude\]"),
        ({"id": ""}, r"spans\[0\]\.id must be a text that is not empty"),
    ],
)  # fmt: skip
def test_a_broken_package_says_the_json_path(
    tmp_path: Path, span: dict[str, Any], message: str
) -> None:
    with pytest.raises(FileError, match=message):
        read(tmp_path, package(**span))


def network() -> Network:
    half = [shapely.LineString(c) for c in ([(2, 2), (1, 1)], [(0, 0), (1, 1)])]
    tables: dict[str, list[dict[str, Any]]] = {
        "sites": [
            {"site_id": "a", "kind": "olt", "state": "built", "lon": 0.0, "lat": 0.0},
            {"site_id": "b", "kind": "ngb-w", "state": "forbidden", "lon": 2.0, "lat": 2.0},
        ],
        "spans": [
            {"span_id": "s1", "kind": "aerial", "fibre_count": 12, "geometry": half[0]},
            {"span_id": "s2", "kind": "duct", "fibre_count": 48, "geometry": half[1]},
            {"span_id": "spare", "geometry": shapely.LineString([(5, 5), (6, 6)])},
        ],
        "links": [
            {"link_id": "l1", "kind": "pon", "a_site": "a", "b_site": "b", "spans": "s1;s2",
             "capacity_mbps": 2488.0, "length_km": 3.0},
            {"link_id": "l2", "a_site": "a", "b_site": "b", "spans": "s1;spare"},
        ],
    }  # fmt: skip
    return Network({n: coerce(TABLES[n], pd.DataFrame(rows)) for n, rows in tables.items()})


def test_a_link_through_several_spans_has_one_route_from_its_first_end(tmp_path: Path) -> None:
    report = write_network(network(), tmp_path / "o.json", format="ofds", title="x")
    document = json.loads((tmp_path / "o.json").read_text())["networks"][0]
    span = document["spans"][0]
    assert span["route"]["coordinates"] == [[0, 0], [1, 1], [2, 2]]
    assert span["deployment"] == ["aboveGround", "belowGround"]
    assert (span["fibreCount"], span["capacity"], span["technologies"]) == (12, 2.488, ["pon"])
    assert "route" not in document["spans"][1]
    said = "\n".join(report.notes)
    assert "routes of 1 links were left out: their spans do not join" in said
    assert "spans of 2 links became the route of their link" in said
    assert "1 forbidden sites were written without a status" in said
    back = read_network(tmp_path / "o.json").tables["links"]
    assert back["kind"].tolist() == ["pon", "fibre"]


@pytest.mark.shared
def test_the_standards_schema_accepts_what_we_write(shared: Path, tmp_path: Path) -> None:
    folder = shared / "vectors" / "topology"
    schema = json.loads((folder / "ofds_network-schema.json").read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    theirs = json.loads((folder / "ofds_network-package.json").read_text(encoding="utf-8"))
    example = read_network(folder / "ofds_network-package.json").network()
    for number, ours in enumerate((example, network(), Network({}))):
        path = tmp_path / f"{number}.json"
        write_network(ours, path, format="ofds", title="杨浦 fibre")
        document = json.loads(path.read_text(encoding="utf-8"))
        for one in document["networks"]:
            check.validate(one)
    for one in theirs["networks"]:
        check.validate(one)


@pytest.mark.shared
def test_the_standards_example_is_read_in_its_three_forms(shared: Path) -> None:
    folder = shared / "vectors" / "topology"
    whole = read_network(folder / "ofds_network-package.json")
    spans = read_network(folder / "ofds_spans.geojson")
    nodes = read_network(folder / "ofds_nodes.geojson")
    assert whole.counts() == spans.counts() == {"sites": 2, "spans": 1, "links": 1}
    assert nodes.counts() == {"sites": 2}
    columns = ["site_id", "name", "lon", "lat", "accuracy_m"]
    for other in (spans, nodes):
        assert whole.tables["sites"][columns].equals(other.tables["sites"][columns])
    link = whole.tables["links"].iloc[0]
    # 276000 stands where the standard wants kilometres; the route is 244 km.
    assert (link["length_km"], link["capacity_mbps"]) == (276.0, 4976.0)
    assert whole.tables["spans"].iloc[0]["fibre_count"] == 24
