"""Files that want to do harm, or are broken anywhere: one clear error, whatever the format."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ngbw.topology.errors import FileError, MissingError, NgbwError
from ngbw.topology.exchange import documents
from ngbw.topology.exchange.formats import FORMATS, read_network, write_network
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<{root}><x>&b;</x></{root}>"""
OUTSIDE = """<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><{root}>&x;</{root}>"""


@pytest.mark.parametrize("bomb", [BOMB, OUTSIDE])
@pytest.mark.parametrize(
    ("root", "name"), [("graphml", "x.graphml"), ("osm", "x.osm"), ("network", "x.xml")]
)
def test_entities_are_never_followed(tmp_path: Path, bomb: str, root: str, name: str) -> None:
    (tmp_path / name).write_text(bomb.format(root=root))
    with pytest.raises(FileError, match=r"declares a DTD or entities, which are not read"):
        read_network(tmp_path / name, format="sndlib" if root == "network" else None)


def test_deep_elements_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.graphml").write_text("<graphml>" + "<graph>" * 100_000)
    with pytest.raises(FileError, match="nested deeper than 100 elements"):
        read_network(tmp_path / "x.graphml")


@pytest.mark.parametrize("depth", [101, 100_000])
def test_deep_json_is_refused(tmp_path: Path, depth: int) -> None:
    (tmp_path / "x.json").write_text('{"nodes": ' + "[" * depth + "]" * depth + ', "edges": []}')
    with pytest.raises(FileError, match="nested deeper than 100 levels"):
        read_network(tmp_path / "x.json")


def test_large_files_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 100)
    for name, text in (("x.json", '{"nodes": []}'), ("x.graphml", "<graphml>")):
        (tmp_path / name).write_text(text + " " * 100)
        with pytest.raises(FileError, match="at most 100 are read as"):
            read_network(tmp_path / name, format="graphml" if "graphml" in name else "node-link")


def test_too_many_elements_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_ELEMENTS", 10)
    (tmp_path / "x.graphml").write_text("<graphml>" + "<a/>" * 11 + "</graphml>")
    with pytest.raises(FileError, match="has more than 10 elements"):
        read_network(tmp_path / "x.graphml")
    # An OSM extract is read child by child, however many there are.
    exchange = '<node id="1" lon="1" lat="2"><tag k="telecom" v="exchange"/></node>'
    (tmp_path / "x.osm").write_text(f"<osm>{'<a/>' * 11}{exchange}</osm>")
    assert len(read_network(tmp_path / "x.osm").tables["sites"]) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"nodes": [}', "line 1, column 12: Expecting value; this is not JSON"),
        ('{"nodes": [\n NaN], "edges": []}', "NaN is not JSON; a number must be finite"),
        ('{"nodes": [], "edges": [', "line 1, column 25"),
    ],
)
def test_broken_json_says_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(FileError, match=message):
        read_network(tmp_path / "x.json")


def test_places_that_are_no_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="does not exist"):
        read_network(tmp_path / "no.graphml")
    with pytest.raises(FileError, match="is an address, not a file"):
        read_network("https://example.org/net.json")
    with pytest.raises(FileError, match="is a directory"):
        read_network(tmp_path, format="graphml")
    (tmp_path / "picture.json").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    with pytest.raises(NgbwError):
        read_network(tmp_path / "picture.json")


def whole_network() -> Network:
    tables: dict[str, list[dict[str, Any]]] = {
        "sites": [{"site_id": s, "name": s, "lon": 1.0, "lat": 2.0, "state": "built"} for s in "ab"],
        "devices": [{"device_id": s + "d", "site_id": s, "mgmt_address": "::1"} for s in "ab"],
        "ports": [{"port_id": s + "d:1", "device_id": s + "d", "if_name": "1"} for s in "ab"],
        "links": [{"link_id": "l", "a_site": "a", "b_site": "b", "a_port": "ad:1",
                   "b_port": "bd:1", "length_km": 1.0, "capacity_mbps": 1000.0}],
    }  # fmt: skip
    return Network({n: coerce(TABLES[n], pd.DataFrame(r)) for n, r in tables.items()})


ODD: list[Any] = [None, True, -1, 1e308, "", "x" * 5000, "\u202e\x1b[31m", [], {}, [1], {"id": 1},
                  "nan", 7, ["a", "b", "c"]]  # fmt: skip


def broken(value: Any, random_: random.Random) -> Any:
    """Return a copy of a document with one value in it, anywhere, replaced or left out."""
    copy = json.loads(json.dumps(value))
    places = []
    level: list[Any] = [copy]
    while level:
        here = level.pop()
        steps = here.items() if isinstance(here, dict) else enumerate(here)
        for step, below in list(steps):
            places.append((here, step))
            if isinstance(below, (dict, list)):
                level.append(below)
    if not places:
        return copy
    here, step = random_.choice(places)
    if isinstance(here, dict) and random_.random() < 0.3:
        del here[step]
    else:
        here[step] = random_.choice(ODD)
    return copy


def documents_of(tmp_path: Path) -> dict[str, Any]:
    """Return one sound JSON document of each format that is JSON."""
    sound: dict[str, Any] = {}
    for name in ("node-link", "geojson", "ofds", "rfc8345"):
        write_network(whole_network(), tmp_path / "sound.json", format=name)
        sound[name] = json.loads((tmp_path / "sound.json").read_text())
    sound["osm"] = {"elements": [
        {"type": "node", "id": 1, "lon": 1.0, "lat": 2.0, "tags": {"telecom": "exchange"}},
        {"type": "way", "id": 2, "nodes": [1, 1], "tags": {"communication": "line"},
         "geometry": [{"lon": 1.0, "lat": 2.0}, {"lon": 1.0, "lat": 2.1}]},
        {"type": "way", "id": 3, "center": {"lon": 1.0, "lat": 2.0}, "tags": {"telecom": "exchange"}},
    ]}  # fmt: skip
    side = [{"object_type": "dcim.interface", "object_id": 1}]
    sound["netbox"] = {
        "sites": [{"id": 1, "name": "A", "slug": "a", "latitude": 1.0, "longitude": 2.0,
                   "status": {"value": "active"}}],
        "devices": {"results": [{"id": 1, "name": "d", "site": {"slug": "a"},
                                 "device_type": {"model": "m", "manufacturer": {"name": "v"}},
                                 "primary_ip": {"address": "::1/64"}}]},
        "interfaces": [{"id": 1, "name": "p", "device": {"id": 1, "name": "d"}, "speed": 1000}],
        "cables": [{"id": 1, "a_terminations": side, "b_terminations": side, "length": 1,
                    "length_unit": {"value": "m"}}],
    }  # fmt: skip
    sound["librenms"] = {
        "devices": [{"device_id": n, "hostname": f"d{n}", "location": f"L{n}", "lat": 1.0,
                     "lng": 2.0} for n in (1, 2)],
        "ports": [{"port_id": n, "device_id": n, "ifIndex": 1, "ifName": "p", "ifHighSpeed": 1000}
                  for n in (1, 2)],
        "links": [{"local_port_id": 1, "remote_port_id": 2}],
    }  # fmt: skip
    sound["zabbix"] = {
        "hosts": [{"hostid": "1", "host": "d", "interfaces": [{"type": "2", "ip": "::1"}],
                   "inventory": {"location": "L", "location_lat": "1", "location_lon": "2"}}],
        "items": [
            {"hostid": "1", "key_": "net.if.in[ifHCInOctets.1]",
             "name": "Interface p(up): Bits received"},
            {"hostid": "1", "key_": "net.if.speed[ifHighSpeed.1]", "lastvalue": "1000000"},
        ],
    }  # fmt: skip
    return sound


@pytest.mark.parametrize(
    "name", ["node-link", "geojson", "ofds", "rfc8345", "osm", "netbox", "librenms", "zabbix"]
)
def test_whatever_stands_in_a_document_is_read_or_refused(tmp_path: Path, name: str) -> None:
    random_ = random.Random(f"{name} 2026")  # noqa: S311 - which value is broken, not a secret
    sound = documents_of(tmp_path)[name]
    messages = []
    for _ in range(60):
        document = broken(sound, random_)
        if random_.random() < 0.3:
            document = broken(document, random_)
        (tmp_path / "x.json").write_text(json.dumps(document))
        try:
            found = read_network(tmp_path / "x.json", format=name)
            found.network()
        except NgbwError as error:
            messages.append(str(error))
    assert len(messages) > 3
    assert all(message.startswith(("x.json", str(tmp_path))) for message in messages), messages


@pytest.mark.parametrize("name", ["graphml", "sndlib", "osm-xml", "opencellid", "sndlib-xml"])
def test_a_text_cut_or_bitten_anywhere_is_read_or_refused(tmp_path: Path, name: str) -> None:
    random_ = random.Random(f"{name} 2026")  # noqa: S311 - which value is broken, not a secret
    write_network(whole_network(), tmp_path / "g.graphml")
    write_network(whole_network(), tmp_path / "s.txt")
    sound = {
        "graphml": (tmp_path / "g.graphml").read_text(),
        "sndlib": (tmp_path / "s.txt").read_text(),
        "osm-xml": '<osm><node id="1" lon="1" lat="2"><tag k="telecom" v="exchange"/></node>'
        '<way id="2"><nd ref="1"/><nd ref="1"/><tag k="communication" v="line"/></way></osm>',
        "opencellid": "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,"
        "updated,averageSignal\nLTE,460,0,1,300,0,121.5,31.3,100,4,1,1,2,\n",
        "sndlib-xml": '<network><networkStructure><nodes><node id="A"><coordinates><x>1</x><y>2</y>'
        '</coordinates></node></nodes><links><link id="L"><source>A</source><target>A</target>'
        "</link></links></networkStructure></network>",
    }[name]  # fmt: skip
    form = name.partition("-")[0]
    messages = []
    for _ in range(60):
        start = random_.randrange(len(sound))
        bite = random_.choice([1, 3, 20, len(sound)])
        text = (
            sound[:start]
            + random_.choice(["", "-", "'", "9e999", "\0", "é"])
            + sound[start + bite :]
        )
        (tmp_path / "x.txt").write_text(text, encoding="utf-8")
        try:
            read_network(tmp_path / "x.txt", format=form).network()
        except NgbwError as error:
            messages.append(str(error))
    assert messages
    assert all("x.txt" in message for message in messages), messages


def test_every_format_is_tried_here() -> None:
    assert set(FORMATS) == {
        "graphml", "node-link", "geojson", "ofds", "rfc8345", "sndlib", "netbox", "osm",
        "opencellid", "librenms", "zabbix",
    }  # fmt: skip
