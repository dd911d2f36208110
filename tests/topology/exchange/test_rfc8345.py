"""RFC 8345 topologies: one layer, two layers, augmentations of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ngbw.topology.errors import FileError
from ngbw.topology.exchange.formats import read_network, write_network
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES

TP, LINK = "ietf-network-topology:termination-point", "ietf-network-topology:link"


def arc(link_id: str, a: str, a_tp: str, b: str, b_tp: str, **more: Any) -> dict[str, Any]:
    return {
        "link-id": link_id,
        "source": {"source-node": a, "source-tp": a_tp},
        "destination": {"dest-node": b, "dest-tp": b_tp},
    } | more


def one_layer() -> dict[str, Any]:
    """Return the shape of RFC 8345 appendix C: nodes with termination points, arcs both ways."""
    nodes = [
        {"node-id": name, TP: [{"tp-id": "1-0-1"}, {"tp-id": "1-2-1"}]} for name in ("D1", "D2")
    ]
    links = [
        arc("D1,1-2-1", "D1", "1-2-1", "D2", "1-0-1"),
        arc("back", "D2", "1-0-1", "D1", "1-2-1"),
    ]
    return {"ietf-network:networks": {"network": [
        {"network-types": {}, "network-id": "otn-hc", "node": nodes, LINK: links}
    ]}}  # fmt: skip


def read(tmp_path: Path, document: object) -> Any:
    (tmp_path / "net.json").write_text(json.dumps(document), encoding="utf-8")
    return read_network(tmp_path / "net.json")


def network_of(document: Any) -> Any:
    return document["ietf-network:networks"]["network"][0]


def test_a_node_with_termination_points_is_site_and_device(tmp_path: Path) -> None:
    found = read(tmp_path, one_layer())
    assert found.counts() == {"sites": 2, "devices": 2, "ports": 4, "links": 1}
    assert found.tables["ports"]["port_id"].tolist() == [
        "D1/1-0-1", "D1/1-2-1", "D2/1-0-1", "D2/1-2-1",
    ]  # fmt: skip
    link = found.tables["links"].iloc[0]
    assert (link["link_id"], link["a_port"], link["b_port"]) == ("D1,1-2-1", "D1/1-2-1", "D2/1-0-1")
    assert link["reverse_id"] == "back"
    assert found.title == "otn-hc"


def test_layer_two_names_and_rates_are_read_and_the_rest_is_named(tmp_path: Path) -> None:
    document = one_layer()
    network = network_of(document)
    network["ietf-te-topology:te-topology-identifier"] = {"provider-id": 1}
    network["node"][0] |= {
        "ietf-l2-topology:l2-node-attributes": {
            "name": "Hall", "management-address": ["192.0.2.1", "2001:db8::1"],
        },
        "ietf-te-topology:te-node-id": "10.0.0.1",
        "ietf-te-topology:te": {"geolocation": {"latitude": "31.3", "longitude": "121.5"}},
    }  # fmt: skip
    network[LINK][0]["ietf-l2-topology:l2-link-attributes"] = {"rate": "10000.00"}
    found = read(tmp_path, document)
    site, device = found.tables["sites"].iloc[0], found.tables["devices"].iloc[0]
    assert (site["name"], site["lon"], site["lat"]) == ("Hall", 121.5, 31.3)
    assert (device["name"], device["mgmt_address"]) == ("Hall", "192.0.2.1")
    assert found.tables["links"]["capacity_mbps"].tolist() == [10_000.0]
    assert found.notes == (
        "ietf-te-topology:te (1 times) was left out",
        "ietf-te-topology:te-node-id (1 times) was left out",
        "ietf-te-topology:te-topology-identifier (1 times) was left out",
    )


def test_devices_stand_on_the_nodes_that_they_rest_on(tmp_path: Path) -> None:
    low = {"network-id": "sites", "node": [{"node-id": "X"}, {"node-id": "Y"}],
           LINK: [{"link-id": "f", "source": {"source-node": "X"},
                   "destination": {"dest-node": "Y"}}]}  # fmt: skip
    high = {
        "network-id": "ip", "supporting-network": [{"network-ref": "sites"}],
        "node": [
            {"node-id": f"r{n}", "supporting-node": [{"network-ref": "sites", "node-ref": n}],
             TP: [{"tp-id": f"{n}1"}]} for n in "XY"
        ],
        LINK: [arc("ip1", "rX", "X1", "rY", "Y1",
                   **{"supporting-link": [{"network-ref": "sites", "link-ref": "f"}]}),
               arc("ip2", "rX", "X1", "rY", "Y1")],
    }  # fmt: skip
    found = read(tmp_path, {"ietf-network:networks": {"network": [low, high]}})
    assert found.tables["devices"][["device_id", "site_id"]].to_numpy().tolist() == [
        ["rX", "X"], ["rY", "Y"],
    ]  # fmt: skip
    # The upper link that rests on the fibre is the fibre seen from its ports; the other is its own.
    assert found.tables["links"][["link_id", "a_site", "a_port"]].to_numpy().tolist() == [
        ["f", "X", "X1"], ["ip2", "X", "X1"],
    ]  # fmt: skip
    assert found.notes == (
        "1 links rest on links below and are no links of their own",
        "2 links run one way only and became links for both",
    )


def test_links_of_one_name_in_two_networks_stay_apart(tmp_path: Path) -> None:
    document = one_layer()
    networks = document["ietf-network:networks"]["network"]
    networks.append(networks[0] | {"network-id": "other"})
    found = read(tmp_path, document)
    assert found.tables["links"]["link_id"].tolist() == ["otn-hc/D1,1-2-1", "other/D1,1-2-1"]
    assert found.tables["sites"]["site_id"].tolist()[:2] == ["otn-hc/D1", "otn-hc/D2"]


def test_written_links_run_both_ways_and_addresses_are_addresses(tmp_path: Path) -> None:
    tables: dict[str, list[dict[str, Any]]] = {
        "sites": [{"site_id": s, "lon": 0.0, "lat": 0.0} for s in "ab"],
        "devices": [{"device_id": "d", "site_id": "a", "mgmt_address": "olt.example"}],
        "ports": [{"port_id": "d:1", "device_id": "d"}],
        "links": [{"link_id": "l", "a_site": "a", "b_site": "b", "a_port": "d:1",
                   "capacity_mbps": 2.5}],
    }  # fmt: skip
    network = Network({n: coerce(TABLES[n], pd.DataFrame(r)) for n, r in tables.items()})
    report = write_network(network, tmp_path / "r.json", format="rfc8345", title="yp")
    document = json.loads((tmp_path / "r.json").read_text())
    links = network_of(document)[LINK]
    assert [(x["source"]["source-node"], x["destination"]["dest-node"]) for x in links] == [
        ("a", "b"), ("b", "a"),
    ]  # fmt: skip
    assert links[0]["ietf-l2-topology:l2-link-attributes"] == {"rate": "2.5"}
    said = "\n".join(report.notes)
    assert "1 values that are no IP address" in said
    assert "1 links with a port at one end only lost it" in said


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ((LINK, 0, "source", "source-node"), "Z", (r"network\[0\]\.ietf-network-topology:link\[0\]"
         r"\.source\.source-node 'Z' is no node of the network 'otn-hc'")),
        ((LINK, 0, "destination", "dest-tp"), "9", ("dest-tp '9' is no termination point of the "
         "node 'D2'")),
        (("node", 1, "node-id"), "D1", r"node\[1\]\.node-id 'D1' stands there already"),
        (("node", 1, TP, 1, "tp-id"), "1-0-1", "'1-0-1' stands there already; it must be unique"),
        ((LINK, 1, "link-id"), None, "link-id must be a text"),
        (("node",), "D1", r"network\[0\]\.node must be a list"),
        (("node", 0), 5, r"node\[0\] must be an object"),
        (("network-id",), "", "network-id must be a text that is not empty"),
    ],
)  # fmt: skip
def test_a_broken_topology_says_the_json_path(
    tmp_path: Path, path: tuple[Any, ...], value: object, message: str
) -> None:
    document = one_layer()
    place: Any = network_of(document)
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    if path == (LINK, 1, "link-id"):  # an arc back is only a name; make it a link of its own
        document["ietf-network:networks"]["network"][0][LINK].pop(0)
    with pytest.raises(FileError, match=message):
        read(tmp_path, document)
