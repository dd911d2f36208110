"""OpenStreetMap: what carries a telecom tag, in three kinds of files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ngbw.topology.errors import FileError
from ngbw.topology.exchange.foreign_network import ForeignNetwork
from ngbw.topology.exchange.formats import read_network

NODES = {
    1: (121.500, 31.300, {"telecom": "exchange", "name": "局", "operator": "X"}),
    2: (121.510, 31.300, {}),
    3: (121.520, 31.300, {"man_made": "street_cabinet", "street_cabinet": "telecom"}),
    4: (121.530, 31.300, {"man_made": "mast", "communication:mobile_phone": "yes", "height": "35 m"}),
    5: (121.540, 31.300, {"man_made": "mast", "communication:mobile_phone": "no"}),
    6: (121.510, 31.310, {}),
    7: (121.550, 31.300, {"amenity": "cafe"}),
    8: (121.512, 31.310, {}),
    9: (121.512, 31.312, {}),
}  # fmt: skip
WAYS = {
    10: ([1, 2], {"communication": "line", "location": "underground"}),
    11: ([2, 3, 4], {"communication": "line", "name": "干线"}),
    12: ([4, 5], {"communication": "line", "location": "overhead"}),
    13: ([6, 8, 9, 6], {"telecom": "data_center", "building": "yes"}),
    14: ([1, 5], {"highway": "primary"}),
}  # fmt: skip


def xml() -> str:
    def tags(values: dict[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in values.items())

    nodes = [
        f'<node id="{n}" lon="{x}" lat="{y}">{tags(t)}</node>' for n, (x, y, t) in NODES.items()
    ]
    ways = [
        f'<way id="{n}">{"".join(f"""<nd ref="{r}"/>""" for r in refs)}{tags(t)}</way>'
        for n, (refs, t) in WAYS.items()
    ]
    relation = f'<relation id="20">{tags({"telecom": "exchange"})}</relation>'
    return "\n".join(
        ['<?xml version="1.0"?>', '<osm version="0.6">', *nodes, *ways, relation, "</osm>"]
    )


def overpass() -> str:
    elements: list[dict[str, Any]] = [
        {"type": "node", "id": n, "lon": x, "lat": y, "tags": t} for n, (x, y, t) in NODES.items()
    ]
    elements += [
        {"type": "way", "id": n, "nodes": refs, "tags": t} for n, (refs, t) in WAYS.items()
    ]
    return json.dumps({"version": 0.6, "elements": elements})


def geojson() -> str:
    features: list[dict[str, Any]] = [
        {"type": "Feature", "id": f"node/{n}", "properties": t,
         "geometry": {"type": "Point", "coordinates": [x, y]}} for n, (x, y, t) in NODES.items()
    ]  # fmt: skip
    for number, (refs, tags) in WAYS.items():
        line: Any = [list(NODES[ref][:2]) for ref in refs]
        area = refs[0] == refs[-1]
        features.append(
            {"type": "Feature", "properties": {"@id": f"way/{number}"} | tags,
             "geometry": {"type": "Polygon" if area else "LineString",
                          "coordinates": [line] if area else line}}
        )  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features})


def read(tmp_path: Path, text: str, name: str) -> ForeignNetwork:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_network(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "name"), [(xml(), "x.osm"), (overpass(), "x.json"), (geojson(), "x.geojson")]
)
def test_three_kinds_of_files_give_one_network(tmp_path: Path, text: str, name: str) -> None:
    found = read(tmp_path, text, name)
    assert found.format == "osm"
    sites: Any = found.tables["sites"].set_index("site_id")
    assert sorted(sites.index) == ["node/1", "node/3", "node/4", "way/13"]
    assert sites.loc["node/1", ["name", "kind", "category", "assumed"]].tolist() == [
        "局", "exchange", "telecom=exchange", "",
    ]  # fmt: skip
    assert sites.loc["node/3", ["kind", "category", "assumed"]].tolist() == [
        "exchange", "street_cabinet=telecom", "kind",
    ]  # fmt: skip
    # The tag is the height of the mast; that the antenna hangs at its top is assumed.
    assert sites.loc["node/4", ["kind", "antenna_height_m", "assumed"]].tolist() == [
        "base-station", 35.0, "antenna_height_m",
    ]  # fmt: skip
    assert sites.loc["way/13", "kind"] == "idc"
    assert sites.loc["way/13", ["lon", "lat"]].tolist() == pytest.approx([121.511333, 31.310667])
    spans: Any = found.tables["spans"].set_index("span_id")
    assert spans["kind"].tolist() == ["buried", "duct", "aerial"]
    assert spans["assumed"].tolist() == ["", "kind", ""]
    assert spans.loc["way/10", "length_m"] == pytest.approx(950.1, abs=0.5)
    links = found.tables["links"]
    # Two lines meet at node 2, where nobody else does: one connection through both.
    assert links[["a_site", "b_site", "spans"]].to_numpy().tolist() == [
        ["node/1", "node/3", "way/10;way/11"], ["node/3", "node/4", "way/11"],
    ]  # fmt: skip
    assert links["length_km"].tolist() == pytest.approx([1.900, 0.950], abs=0.001)
    assert links["assumed"].unique().tolist() == ["kind a_site b_site"]
    assert "1 runs of lines from a site end at no other site and are spans only" in found.notes


def test_where_three_lines_meet_nobody_says_who_is_connected(tmp_path: Path) -> None:
    text = overpass().replace('"nodes": [4, 5]', '"nodes": [2, 5]')
    found = read(tmp_path, text, "x.json")
    assert found.tables["links"][["a_site", "b_site"]].to_numpy().tolist() == [["node/3", "node/4"]]


def test_relations_and_what_the_extract_lacks_are_said(tmp_path: Path) -> None:
    found = read(tmp_path, xml().replace('<nd ref="6"/>', '<nd ref="99"/>'), "x.osm")
    assert "1 relations were left out; export them with out center" in found.notes
    assert "way/13 has 2 nodes that the extract lacks" in found.notes


def test_a_height_that_is_none_stays_unknown(tmp_path: Path) -> None:
    found = read(tmp_path, xml().replace("35 m", "about 35"), "x.osm")
    sites: Any = found.tables["sites"].set_index("site_id")
    assert pd.isna(sites.loc["node/4", "antenna_height_m"])
    assert sites.loc["node/4", "assumed"] == ""


def test_an_extract_without_telecom_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"holds no site .* nothing with the telecom tags"):
        read(tmp_path, '<osm version="0.6"><node id="1" lon="1" lat="2"/></osm>', "x.osm")
    empty = '{"version": 0.6, "generator": "Overpass API", "elements": []}'
    with pytest.raises(FileError, match="nothing with the telecom tags"):
        read(tmp_path, empty, "x.json")


def test_elements_of_another_program_are_not_openstreetmap(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        '{"elements": [{"uid": "trx a", "type": "Transceiver"}], "connections": []}'
    )
    with pytest.raises(FileError, match="none of its elements is a node, way or relation"):
        read_network(tmp_path / "x.json", format="osm")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('lon="121.5" ', 'lon="east" ', r"x\.osm, line 3, column 1: lon is 'east'"),
        ('lon="121.5" ', "", r"x\.osm, line 3, column 1 must have a lon"),
        ('lon="121.5" ', 'lon="521.5" ', r"x\.osm, line 3, column 1: lon '521\.5' must be"),
        ('<node id="3"', '<node id="1"', r"site_id 'node/1' stands there already, at line 3"),
        ("<osm", "<gpx", "mismatched tag"),
    ],
)
def test_a_broken_extract_says_line_and_column(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in xml()
    with pytest.raises(FileError, match=message):
        read(tmp_path, xml().replace(old, new, 1), "x.osm")
