"""NetBox: exports of the interface, pages of the API, and CSV for its bulk import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ngbw.topology.errors import FileError, MissingError
from ngbw.topology.exchange.formats import read_network, write_network
from ngbw.topology.formats.csv_text import read_csv
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES

SITES = """ID,Name,Slug,Status,Facility,Latitude,Longitude
1,North Hall,north,Active,NH,31.31,121.51
2,South Hall,south,Planned,,31.29,121.52
"""
DEVICES = """Name,Role,Manufacturer,Type,Site,Status,IP Address
sw1,access,Huawei,S6730,North Hall,Active,192.0.2.1/24
sw2,Aggregation,Huawei,S6730,South Hall,Active,
panel,patch,Generic,ODF,North Hall,Active,
"""
INTERFACES = """Device,Name,Label,Type,Speed (Kbps),Description
sw1,xe1,,10gbase-x-sfpp,10000000,to south
sw1,xe2,,SFP+ (10GE),,
sw2,xe1,,10gbase-x-sfpp,1000000,
"""
REAR = "Device,Name,Type\npanel,1,lc\n"
CABLES = """Label,Side A Device,Side A Type,Side A Name,Side B Device,Side B Type,Side B Name,Type,Length,Length Unit,Status
F1,sw1,dcim.interface,xe1,sw2,dcim.interface,xe1,smf-os2,1200,m,connected
P1,sw1,dcim.interface,xe2,panel,dcim.rearport,1,smf,2,m,connected
W1,sw1,dcim.powerport,psu1,panel,dcim.poweroutlet,1,power,1,m,connected
"""


def folder(tmp_path: Path, **files: str) -> Path:
    path = tmp_path / "netbox"
    path.mkdir()
    texts = {"sites": SITES, "devices": DEVICES, "interfaces": INTERFACES, "rear_ports": REAR,
             "cables": CABLES} | files  # fmt: skip
    for name, text in texts.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def test_a_cable_between_sites_is_a_link_and_patching_is_not(tmp_path: Path) -> None:
    found = read_network(folder(tmp_path))
    assert found.counts() == {"sites": 2, "devices": 3, "ports": 4, "links": 1}
    sites = found.tables["sites"]
    assert sites[["site_id", "name", "state", "assumed"]].to_numpy().tolist() == [
        ["north", "North Hall", "built", "kind"], ["south", "South Hall", "planned", "kind state"],
    ]  # fmt: skip
    link = found.tables["links"].iloc[0]
    assert (link["link_id"], link["kind"], link["a_site"], link["b_site"]) == (
        "F1", "fibre", "north", "south",
    )  # fmt: skip
    assert (link["a_port"], link["length_km"]) == ("sw1:xe1", 1.2)
    # A link carries what its slower port does; that is our reading.
    assert (link["capacity_mbps"], link["assumed"]) == (1000.0, "capacity_mbps")
    assert found.notes == (
        "1 cables stay within one site and are no links of the network",
        "1 cables do not run between ports (power, console, circuits)",
    )


def test_planned_may_be_only_a_candidate(tmp_path: Path) -> None:
    sites: Any = read_network(folder(tmp_path)).tables["sites"].set_index("site_id")
    assert sites["state"].to_dict() == {"north": "built", "south": "planned"}
    assert ["state" in words.split() for words in sites["assumed"]] == [False, True]


def test_a_maker_written_for_want_of_one_is_unknown(tmp_path: Path) -> None:
    told = DEVICES.replace("Generic,ODF", "Unknown,unknown")
    panel = read_network(folder(tmp_path, devices=told)).tables["devices"].iloc[2]
    assert (panel["device_id"], panel["vendor"], panel["model"]) == ("panel", "", "")


def test_devices_and_rates(tmp_path: Path) -> None:
    found = read_network(folder(tmp_path))
    devices: Any = found.tables["devices"].set_index("device_id")
    assert devices["mgmt_address"].tolist() == ["192.0.2.1", "", ""]
    assert devices["role"].tolist() == ["access", "other", "other"]
    assert devices["netbox_role"].tolist() == [None, "aggregation", "patch"]
    ports: Any = found.tables["ports"].set_index("port_id")
    assert ports.loc["sw1:xe1", "capacity_mbps"] == 10_000.0
    # xe2 says no speed: what its type can is assumed.
    assert ports.loc["sw1:xe2", ["capacity_mbps", "assumed"]].tolist() == [
        10_000.0,
        "capacity_mbps",
    ]


def api(**change: Any) -> dict[str, Any]:
    def port(number: int, device: int, name: str) -> dict[str, Any]:
        return {"id": number, "device": {"id": device, "name": "sw"}, "name": name,
                "type": {"value": "100gbase-x-qsfp28"}, "speed": None}  # fmt: skip

    return {
        "sites": {"count": 2, "next": None, "results": [
            {"id": 1, "name": "North", "slug": "north", "status": {"value": "active"},
             "latitude": 31.31, "longitude": 121.51},
            {"id": 2, "name": "South", "slug": "south", "status": {"value": "retired"},
             "latitude": None, "longitude": None},
        ]},
        "devices": [
            {"id": 7, "name": "sw", "site": {"id": 1, "name": "North", "slug": "north"},
             "role": {"slug": "backbone"}, "primary_ip": {"address": "2001:db8::1/64"},
             "device_type": {"model": "S", "manufacturer": {"name": "H3C"}}},
            {"id": 8, "name": "sw", "site": {"id": 2, "name": "South", "slug": "south"},
             "role": {"slug": "backbone"}},
        ],
        "interfaces": [port(70, 7, "c1"), port(80, 8, "c1")],
        "cables": [
            {"id": 5, "label": "", "type": "smf", "length": 1.5, "length_unit": {"value": "km"},
             "status": {"value": "planned"},
             "a_terminations": [{"object_type": "dcim.interface", "object_id": 70}],
             "b_terminations": [{"object_type": "dcim.interface", "object_id": 80}]},
            {"id": 6, "termination_a_type": "dcim.interface", "termination_a": {"id": 70},
             "termination_b_type": "dcim.interface", "termination_b": {"id": 80}},
        ],
    } | change  # fmt: skip


def read(tmp_path: Path, document: object) -> Any:
    (tmp_path / "netbox.json").write_text(json.dumps(document))
    return read_network(tmp_path / "netbox.json")


def test_the_api_refers_by_number_so_equal_names_stay_apart(tmp_path: Path) -> None:
    found = read(tmp_path, api())
    assert found.tables["devices"]["device_id"].tolist() == ["north/sw", "south/sw"]
    device = found.tables["devices"].iloc[0]
    assert (device["mgmt_address"], device["vendor"], device["model"]) == (
        "2001:db8::1",
        "H3C",
        "S",
    )
    links = found.tables["links"]
    assert links["link_id"].tolist() == ["cable 5", "cable 6"]
    assert links["length_km"].tolist()[0] == 1.5
    assert links["a_port"].tolist() == ["north/sw:c1", "north/sw:c1"]
    assert links["netbox_status"].tolist() == ["planned", None]
    site = found.tables["sites"].iloc[1]
    assert (site["state"], site["netbox_status"], site["assumed"]) == (
        "built",
        "retired",
        "kind state",
    )
    assert pd.isna(site["lon"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sites": {"results": [], "next": "http://..."}}, r"\$\.sites: the API says there are more"),
        ({"sites": 5}, r"\$\.sites must be a list or a page"),
        ({"devices": [{"name": "x", "site": {"slug": "west"}}]}, (r"\$\.devices\[0\]: the device 'x' "
         "stands at the site 'west'")),
        ({"interfaces": [{"name": "p", "device": {"id": 99, "name": "sw"}}]},
         r"\$\.interfaces\[0\]: the port 'p' belongs to the device 'sw', which devices does not"),
        ({"cables": [{"id": 1, "a_terminations": [{"object_type": "dcim.interface",
         "object_id": 1}], "b_terminations": [{"object_type": "dcim.interface", "object_id": 80}]}]},
         r"\$\.cables\[0\]: side A of the cable ends at interface 1, which the export does not"),
    ],
)  # fmt: skip
def test_a_broken_page_says_the_json_path(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(FileError, match=message):
        read(tmp_path, api(**change))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"sites": SITES + "3,North,north,Active,,,\n"}, ("sites.csv, row 4: site_id 'north' stands "
         "there already, at sites.csv, row 2")),
        ({"sites": SITES.replace("121.52", "east")}, "sites.csv, row 3: the longitude is 'east'"),
        ({"cables": CABLES.replace("1200,m", "-5,m")}, "cables.csv, row 2: length_km '-0.005'"),
        ({"cables": CABLES.replace("1200,m", "5,li")}, "length_unit is 'li'; it must be one of km"),
        ({"interfaces": INTERFACES.replace("sw2,xe1", "sw2,xe9")}, ("side B of the cable ends at "
         "interface xe1 of sw2, which the export does not hold")),
        ({"devices": DEVICES.replace("South Hall", "East Hall")}, ("devices.csv, row 3: the device "
         "'sw2' stands at the site 'East Hall'")),
        ({"1_sites": SITES}, "holds two files of sites"),
    ],
)  # fmt: skip
def test_a_broken_csv_says_the_row(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(FileError, match=message):
        read_network(folder(tmp_path, **files))


def test_a_directory_without_sites_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"holds no sites\.csv or sites\.json"):
        read_network(tmp_path)


def test_written_files_are_numbered_as_netbox_needs_them(tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "sites": [
            {"site_id": "杨浦", "name": "=Hall", "state": "built", "lon": 1.5, "lat": 2.5},
            {"site_id": "b", "name": "=Hall", "state": "forbidden", "lon": 1.0, "lat": 2.0},
        ],
        "devices": [{"device_id": "d", "site_id": "b", "role": "idc"}],
        "ports": [{"port_id": "p", "device_id": "d", "capacity_mbps": 1000.0}],
        "links": [{"link_id": "l", "a_site": "b", "b_site": "杨浦"}],
    }
    network = Network({n: coerce(TABLES[n], pd.DataFrame(r)) for n, r in rows.items()})
    report = write_network(network, tmp_path / "out", format="netbox")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "1_manufacturers.csv", "2_device_types.csv", "3_device_roles.csv", "4_sites.csv",
        "5_devices.csv", "6_interfaces.csv", "7_cables.csv",
    ]  # fmt: skip
    sites = read_csv(tmp_path / "out" / "4_sites.csv").frame
    assert sites["name"].tolist() == ["=Hall (杨浦)", "=Hall (b)"]
    assert sites["slug"].tolist() == ["x", "b"]
    said = "\n".join(report.notes)
    for note in ("1 sites got another slug", "2 sites have their id behind their name",
                 "1 forbidden sites are retired there", "1 ports will be read back as DEVICE:NAME",
                 "links: 1 rows without a port at each end were left out"):  # fmt: skip
        assert note in said
    ports = read_csv(tmp_path / "out" / "6_interfaces.csv").frame
    assert ports.iloc[0].tolist() == ["d", "p", "1000base-x-sfp", "1000000", ""]
