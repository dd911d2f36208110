"""What goes out comes back in, and what a format cannot hold is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from ngbw.topology.errors import FileError, UsageError
from ngbw.topology.exchange.formats import (
    FORMATS,
    detect_format,
    losses,
    read_network,
    write_network,
)
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES

WRITTEN = [name for name, form in FORMATS.items() if form.write is not None]
ENDINGS = {"graphml": "graphml", "node-link": "json", "geojson": "geojson", "ofds": "json",
           "rfc8345": "json", "sndlib": "txt", "netbox": ""}  # fmt: skip


def network(**tables: list[dict[str, object]]) -> Network:
    return Network(
        {name: coerce(TABLES[name], pd.DataFrame(rows)) for name, rows in tables.items()}
    )


def district() -> Network:
    """Return a headend with a ring of two exchanges, a microwave hop and what hangs on them."""
    line = shapely.LineString([(121.51, 31.30), (121.5123456789, 31.303), (121.52, 31.31)])
    return network(
        sites=[
            {"site_id": "H1", "name": "前端", "kind": "headend", "state": "built",
             "lon": 121.51, "lat": 31.30, "roof_height_m": 30.0, "source": "survey",
             "assumed": "roof_height_m", "owner": "广电"},
            {"site_id": "E1", "name": "Exchange & <1>", "kind": "exchange", "state": "planned",
             "lon": 121.52, "lat": 31.31, "source": "survey"},
            {"site_id": "N-1", "name": "", "kind": "ngb-w", "state": "candidate",
             "lon": 121.53, "lat": 31.32},
        ],
        devices=[
            {"device_id": "h1-olt", "site_id": "H1", "name": "h1-olt", "role": "access",
             "vendor": "ZTE", "model": "C600", "mgmt_address": "2001:db8::1"},
            {"device_id": "e1-sw", "site_id": "E1", "name": "e1-sw", "role": "backbone",
             "vendor": "Huawei", "model": "S6730"},
        ],
        ports=[
            {"port_id": "h1-olt:xe-0/1", "device_id": "h1-olt", "if_name": "xe-0/1",
             "if_alias": "to E1", "capacity_mbps": 10_000.0},
            {"port_id": "e1-sw:xe-0/7", "device_id": "e1-sw", "if_name": "xe-0/7",
             "capacity_mbps": 10_000.0},
        ],
        spans=[
            {"span_id": "F1", "kind": "duct", "fibre_count": 48, "length_m": 1600.0,
             "geometry": line},
        ],
        links=[
            {"link_id": "F1", "kind": "fibre", "a_site": "H1", "b_site": "E1",
             "a_port": "h1-olt:xe-0/1", "b_port": "e1-sw:xe-0/7", "capacity_mbps": 10_000.0,
             "length_km": 1.6, "spans": "F1", "source": "as-built"},
            {"link_id": "M2", "kind": "microwave", "a_site": "E1", "b_site": "N-1",
             "capacity_mbps": 2.5, "length_km": 1.3, "assumed": "length_km"},
            {"link_id": "P3", "kind": "pon", "a_site": "H1", "b_site": "N-1"},
            {"link_id": "P4", "kind": "pon", "a_site": "H1", "b_site": "N-1"},
        ],
        cells=[{"cell_id": "C1", "site_id": "N-1", "freq_mhz": 700.0, "power_dbm": 43.0}],
        demand=[{"demand_id": "D1", "lon": 121.51, "lat": 31.30, "people": 1000.0}],
    )  # fmt: skip


TRAFFIC = pd.DataFrame(
    [("d1", "H1", "E1", 120.0), ("d2", "N-1", "H1", 0.25)],
    columns=["demand_id", "a_site", "b_site", "value"],
)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_format_holds_is_read_back_as_it_was(tmp_path: Path, name: str) -> None:
    before = district()
    path = tmp_path / (f"net.{ENDINGS[name]}" if ENDINGS[name] else "net")
    report = write_network(before, path, format=name, traffic=TRAFFIC, title="杨浦")
    found = read_network(path, format=name)
    for table, held in FORMATS[name].holds.items():
        if table == "traffic":
            assert found.traffic.equals(TRAFFIC)
            continue
        told = before.table(table)
        if not len(told):
            continue
        got: Any = found.tables[table].set_index(TABLES[table].key, drop=False)
        columns = [c for c in told.columns if held is None or c in held]
        for row in told.to_dict("records"):
            key = row[TABLES[table].key]
            if name == "netbox" and table == "links" and not row["a_port"]:
                assert key not in got.index  # a cable without ports; the report says so
                continue
            if name == "netbox" and table == "sites" and row["site_id"] == "N-1":
                row |= {
                    "state": "planned",
                    "name": "N-1",
                }  # NetBox has no candidates and needs names
            for column in columns:
                ours, theirs = row[column], got.loc[key, column]
                if isinstance(ours, shapely.LineString):
                    assert shapely.get_coordinates(ours).tolist() == pytest.approx(
                        shapely.get_coordinates(theirs)
                    )
                else:
                    assert (pd.isna(ours) and pd.isna(theirs)) or ours == theirs, (key, column)
    said = "\n".join(report.notes)
    for table in ("cells", "demand"):
        if table not in FORMATS[name].holds:
            assert f"{table}: the format has no place for its 1 rows" in said
    if "traffic" not in FORMATS[name].holds:
        assert "traffic: the format has no place for its 2 demands" in said


@pytest.mark.parametrize("name", WRITTEN)
def test_a_second_trip_changes_nothing(tmp_path: Path, name: str) -> None:
    ending = f".{ENDINGS[name]}" if ENDINGS[name] else ""
    write_network(district(), tmp_path / f"a{ending}", format=name, title="x")
    once = read_network(tmp_path / f"a{ending}", format=name)
    write_network(once.network(), tmp_path / f"b{ending}", format=name, title="x")
    twice = read_network(tmp_path / f"b{ending}", format=name)
    held = FORMATS[name].holds
    for table, frame in once.tables.items():
        columns = [c for c in frame.columns if held[table] is None or c in (held[table] or ())]
        for column in columns:
            if column == "geometry":
                continue
            # A graph names spans and ports that it does not hold: the first trip lost them.
            named = name in ("graphml", "node-link") and table == "links"
            if named and column in ("spans", "a_port", "b_port"):
                continue
            assert frame[column].equals(twice.tables[table][column]), (table, column)


@pytest.mark.parametrize("name", [n for n in WRITTEN if n != "netbox"])
def test_our_own_files_are_recognised(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"net.{ENDINGS[name]}"
    write_network(district(), path, format=name)
    assert detect_format(path) == name


@pytest.mark.parametrize("name", WRITTEN)
def test_an_empty_network_can_be_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / "net"
    report = write_network(Network({}), path, format=name)
    assert report.rows == 0
    assert report.notes == ()
    assert path.exists()


def test_losses_name_columns_with_their_number_of_values() -> None:
    lost = losses(district(), {"sites": frozenset({"site_id", "lon", "lat"}), "links": None})
    assert lost[0] == (
        "sites: the format has no place for name (2 values), kind (3 values), state (3 values), "
        "roof_height_m (1 values), source (2 values), assumed (1 values), owner (1 values)"
    )
    assert "devices: the format has no place for its 2 rows" in lost
    assert not [line for line in lost if line.startswith("links")]


def test_the_ending_says_the_format_or_the_message_says_how(tmp_path: Path) -> None:
    write_network(district(), tmp_path / "net.graphml")
    assert read_network(tmp_path / "net.graphml").format == "graphml"
    with pytest.raises(UsageError, match=r"net\.xyz: a network goes to \.graphml"):
        write_network(district(), tmp_path / "net.xyz")
    with pytest.raises(UsageError, match="OpenStreetMap is read and not written"):
        write_network(district(), tmp_path / "net.osm", format="osm")
    with pytest.raises(UsageError, match="--as is 'visio'; use one of graphml"):
        write_network(district(), tmp_path / "net.vsd", format="visio")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(UsageError, match="none of the network formats that are recognised"):
        read_network(tmp_path / "notes.txt")


def test_positions_in_gcj02_become_wgs84(tmp_path: Path) -> None:
    write_network(district(), tmp_path / "net.geojson")
    found = read_network(tmp_path / "net.geojson", crs="gcj02")
    moved: Any = found.tables["sites"].iloc[0]
    assert moved["lon"] == pytest.approx(121.51 - 0.0045, abs=0.0005)
    assert moved["lat"] == pytest.approx(31.30 + 0.0019, abs=0.0005)
    first = shapely.get_coordinates(found.tables["spans"].iloc[0]["geometry"])[0]
    assert tuple(first) == pytest.approx((moved["lon"], moved["lat"]))
    assert "gcj02" in found.notes[-1]


@pytest.mark.parametrize(
    "text",
    [
        '{"elements": [{"uid": "trx a", "type": "Transceiver"}], "connections": []}',  # gnpy
        '{"elements": 5}',
        '<?xml version="1.0"?><network name="7-node network" version="6"><node id="2"/></network>',
    ],
)  # fmt: skip
def test_words_that_others_use_too_make_no_format(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.dat").write_text(text)
    with pytest.raises(UsageError, match="in none of the network formats"):
        detect_format(tmp_path / "x.dat")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("node-link", '{"nodes": [], "links": []}'),
        ("sndlib", "?SNDlib native format\nNODES ( )\nLINKS ( )\n"),
        ("rfc8345", '{"ietf-network:networks": {"network": []}}'),
    ],
)
def test_a_file_that_holds_nothing_is_an_error(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "x.dat").write_text(text)
    with pytest.raises(FileError, match="holds no site and nothing else of a network"):
        read_network(tmp_path / "x.dat", format=name)
