"""Network topologies in the IETF's YANG models, as JSON (RFC 8345, RFC 7951).

Read are the networks, nodes, termination points and links of ``ietf-network`` and
``ietf-network-topology``; from the augmentations, the names, management addresses and rates of
layer 2 (RFC 8944), the names of layer 3 (RFC 8346), and positions wherever a node has a
``geolocation`` (RFC 8795) or ``geo-location`` (RFC 9179). Every other augmentation is named in a
note and left out.

RFC 8345 links run one way; a link there and a link back between the same two ends are one link of
ours. A node that rests on a node of an underlying network is a device at that site; a node with
termination points that rests on none is both the site and the device.

Written are two networks: ``sites``, and above it ``devices`` with the ports as termination points
and those links that have a port at each end. Names, addresses and rates stand in the layer-2
augmentation.
"""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FileError
from ..formats.plain_values import number_text, plain
from ..formats.whole_file import replacing
from ..network import Network
from .documents import inner, items, read_json
from .foreign_network import ForeignNetwork, NetworkRows
from .graph_attributes import both_ways

__all__ = ["RFC8345_HOLDS", "read_rfc8345", "write_rfc8345"]

RFC8345_HOLDS: dict[str, frozenset[str] | None] = {
    "sites": frozenset({"site_id", "name"}),
    "devices": frozenset({"device_id", "site_id", "name", "mgmt_address"}),
    "ports": frozenset({"port_id", "device_id", "if_name"}),
    "links": frozenset({"link_id", "a_site", "b_site", "a_port", "b_port", "capacity_mbps"}),
}
"""Which columns of which tables the YANG models hold."""

_L2_NODE = "ietf-l2-topology:l2-node-attributes"
_L2_LINK = "ietf-l2-topology:l2-link-attributes"
_L2_PORT = "ietf-l2-topology:l2-termination-point-attributes"
_L3_NODE = "ietf-l3-unicast-topology:l3-node-attributes"
_READ = (_L2_NODE, _L2_LINK, _L2_PORT, _L3_NODE)
_BASE = ("ietf-network", "ietf-network-topology")
_BACK = " (back)"
_SITE = {"kind": "exchange", "state": "built"}
_Node = tuple[str, str]


def _get(value: Mapping[str, Any], name: str) -> Any:
    """Return a member by its name, with or without the name of its module."""
    return next(
        (value[key] for key in (name, *(f"{m}:{name}" for m in _BASE)) if key in value), None
    )


def _list(
    rows: NetworkRows, value: Mapping[str, Any], name: str, place: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    key = next((k for k in (name, *(f"{m}:{name}" for m in _BASE)) if k in value), name)
    return items(value, key, place, rows.name)


def _text(rows: NetworkRows, place: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FileError(f"{rows.name}, {place} must be a text that is not empty")
    return value


def _geolocation(value: object, depth: int = 4) -> tuple[object, object]:
    """Return longitude and latitude of the first geolocation below a node."""
    if not isinstance(value, Mapping) or depth == 0:
        return None, None
    if "latitude" in value and "longitude" in value:
        return value["longitude"], value["latitude"]
    for below in value.values():
        lon, lat = _geolocation(below, depth - 1)
        if lon is not None:
            return lon, lat
    return None, None


@dataclass(slots=True)
class _Document:
    """Nodes, ports and arcs of every network, before it is decided which of them are sites."""

    nodes: dict[_Node, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    below: dict[_Node, _Node] = field(default_factory=dict)
    ports: dict[tuple[str, str, str], tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    arcs: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)

    def mark(self, value: Mapping[str, Any]) -> None:
        """Count the augmentations that are left out."""
        for key in value:
            module, colon, _ = key.partition(":")
            if colon and module not in _BASE and key not in _READ:
                self.unread[key] += 1

    def base(self, node: _Node) -> _Node:
        """Return the node at the bottom of what a node rests on."""
        seen = {node}
        while node in self.below and self.below[node] in self.nodes:
            node = self.below[node]
            if node in seen:
                break
            seen.add(node)
        return node


def _gather(rows: NetworkRows, document: Mapping[str, Any]) -> _Document:
    out = _Document()
    container = _get(document, "networks")
    if not isinstance(container, Mapping):
        raise FileError(
            f'{rows.name} is not an RFC 8345 topology: it must hold "ietf-network:networks"'
        )
    top = '$["ietf-network:networks"]'
    for at, network in _list(rows, container, "network", top):
        name = _text(rows, f"{at}.network-id", _get(network, "network-id"))
        rows.title = rows.title or name
        out.mark(network)
        for place, node in _list(rows, network, "node", at):
            node_id = _text(rows, f"{place}.node-id", _get(node, "node-id"))
            if (name, node_id) in out.nodes:
                raise FileError(
                    f"{rows.name}, {place}.node-id {node_id!r} stands there already, at "
                    f"{out.nodes[name, node_id][0]}; it must be unique in its network"
                )
            out.nodes[name, node_id] = (place, node)
            out.mark(node)
            for _, rests in _list(rows, node, "supporting-node", place):
                on = (str(rests.get("network-ref")), str(rests.get("node-ref")))
                out.below.setdefault((name, node_id), on)
            for here, port in _list(rows, node, "termination-point", place):
                tp_id = _text(rows, f"{here}.tp-id", _get(port, "tp-id"))
                if (name, node_id, tp_id) in out.ports:
                    raise FileError(
                        f"{rows.name}, {here}.tp-id {tp_id!r} stands there already; it must be "
                        "unique in its node"
                    )
                out.ports[name, node_id, tp_id] = (here, port)
                out.mark(port)
        for place, link in _list(rows, network, "link", at):
            out.arcs.append((place, name, link))
            out.mark(link)
    for above, on in out.below.items():
        if on not in out.nodes:
            rows.note(f"{above[1]} rests on {on[1]} of {on[0]}, which the file does not hold")
    return out


def _end(
    rows: NetworkRows, found: _Document, at: tuple[str, str], link: Mapping[str, Any], side: str
) -> tuple[_Node, str]:
    """Return the node and the termination point, "" for none, at one end of a link."""
    place, network = at
    where = f"{place}.{'source' if side == 'source' else 'destination'}"
    end = _get(link, "source" if side == "source" else "destination")
    if not isinstance(end, Mapping):
        raise FileError(f"{rows.name}, {where} must be an object")
    prefix = "source" if side == "source" else "dest"
    node_id = _text(rows, f"{where}.{prefix}-node", _get(end, f"{prefix}-node"))
    if (network, node_id) not in found.nodes:
        raise FileError(
            f"{rows.name}, {where}.{prefix}-node {node_id!r} is no node of the network {network!r}"
        )
    port = _get(end, f"{prefix}-tp")
    port_id = "" if port is None else str(port)
    if port_id and (network, node_id, port_id) not in found.ports:
        raise FileError(
            f"{rows.name}, {where}.{prefix}-tp {port_id!r} is no termination point of the node "
            f"{node_id!r}"
        )
    return (network, node_id), port_id


def _names(keys: Iterable[tuple[str, ...]]) -> dict[Any, str]:
    """Return an id for each key: its last part, with as much of what holds it as tells it apart.

    Examples
    --------
    >>> _names([("a", "x", "1"), ("a", "y", "1"), ("a", "y", "2")])
    {('a', 'x', '1'): 'x/1', ('a', 'y', '1'): 'y/1', ('a', 'y', '2'): '2'}
    """
    names: dict[Any, str] = {}
    left = list(keys)
    for parts in range(1, 4):
        counts = Counter(key[-parts:] for key in left)
        names |= {key: "/".join(key[-parts:]) for key in left if counts[key[-parts:]] == 1}
        left = [key for key in left if key not in names]
    return names


def _add_sites_and_devices(rows: NetworkRows, found: _Document) -> tuple[dict[Any, str], set[Any]]:
    """Add nodes as sites and devices; return the ids of nodes, and which nodes are devices."""
    bases = {node: found.base(node) for node in found.nodes}
    sites = [node for node in found.nodes if bases[node] == node]
    has_ports = {(network, node) for network, node, _ in found.ports}
    devices = {node for node in found.nodes if bases[node] != node or node in has_ports}
    # A name may repeat between the layers of one file; a site keeps it.
    names = _names(sites)
    device_names = _names(devices)
    for node in sites:
        place, told = found.nodes[node]
        lon, lat = _geolocation(told)
        values = _SITE | {
            "site_id": names[node],
            "name": inner(told, _L2_NODE, "name") or inner(told, _L3_NODE, "name"),
            "lon": rows.number(place, "the longitude", lon),
            "lat": rows.number(place, "the latitude", lat),
        }
        rows.add("sites", place, values, assumed=_SITE)
    for node in found.nodes:
        if node not in devices:
            continue
        place, told = found.nodes[node]
        addresses = inner(told, _L2_NODE, "management-address")
        values = {
            "device_id": device_names[node],
            "site_id": names[bases[node]],
            "name": inner(told, _L2_NODE, "name") or inner(told, _L3_NODE, "name"),
            "role": "other",
            "mgmt_address": addresses[0] if isinstance(addresses, list) and addresses else None,
        }
        rows.add("devices", place, values, assumed=("role",))
    ids = {("site", *node): names[bases[node]] for node in found.nodes}
    return ids | {("device", *node): device_names[node] for node in devices}, devices


def _add_links(
    rows: NetworkRows, found: _Document, ids: Mapping[Any, str], port_ids: Mapping[Any, str]
) -> None:
    ends = [
        (_end(rows, found, (p, n), link, "source"), _end(rows, found, (p, n), link, "destination"))
        for p, n, link in found.arcs
    ]
    gathered: list[_Gathered] = []
    for number, back in both_ways(ends):
        place, network, link = found.arcs[number]
        link_id = _text(rows, f"{place}.link-id", _get(link, "link-id"))
        (a, a_tp), (b, b_tp) = ends[number]
        rate = inner(link, _L2_LINK, "rate")
        values: dict[str, Any] = {
            "link_id": link_id,
            "kind": "fibre",
            "a_site": ids["site", *a],
            "b_site": ids["site", *b],
            "a_port": port_ids.get((*a, a_tp)),
            "b_port": port_ids.get((*b, b_tp)),
            "capacity_mbps": rows.number(f"{place}.rate", "the rate", rate),
        }
        extra: dict[str, Any] = {"name": inner(link, _L2_LINK, "name")}
        if back is not None:
            other = str(_get(found.arcs[back][2], "link-id"))
            extra["reverse_id"] = None if other == link_id + _BACK else other
        rests = tuple(
            (str(on.get("network-ref", network)), str(on.get("link-ref")))
            for _, on in _list(rows, link, "supporting-link", place)
        )
        gathered.append(_Gathered(place, (network, link_id), values, extra, rests, back is None))
    _add_gathered(rows, gathered)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """A link, before it is known whether it is one of its own or one below seen from its ports."""

    place: str
    key: tuple[str, str]
    values: dict[str, Any]
    extra: dict[str, Any]
    rests: tuple[tuple[str, str], ...]
    one_way: bool


def _add_gathered(rows: NetworkRows, gathered: list[_Gathered]) -> None:
    lowest = {link.key: link for link in gathered}
    upper = [link for link in gathered if any(on in lowest for on in link.rests)]
    for link in upper:
        below = lowest.get(link.rests[0]) if len(link.rests) == 1 else None
        if below is None or below.values["a_port"] or below.values["b_port"]:
            continue
        ends = [(link.values[f"{side}_site"], link.values[f"{side}_port"]) for side in "ab"]
        if ends[0][0] != below.values["a_site"]:
            ends.reverse()
        if [site for site, _ in ends] == [below.values["a_site"], below.values["b_site"]]:
            below.values["a_port"], below.values["b_port"] = (port for _, port in ends)
    above = {link.key for link in upper}
    own = [link for link in gathered if link.key not in above]
    counts = Counter(link.key[1] for link in own)
    for link in own:
        if counts[link.key[1]] > 1:
            link.values["link_id"] = "/".join(link.key)
        rows.add("links", link.place, link.values, assumed=("kind",), extra=link.extra)
    if len(upper):
        rows.note(f"{len(upper)} links rest on links below and are no links of their own")
    lone = sum(link.one_way for link in own)
    if lone:
        rows.note(f"{lone} links run one way only and became links for both")


def read_rfc8345(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read an RFC 8345 topology in JSON.

    Raises
    ------
    FileError
        It is not such a topology, or breaks a rule; the message says the JSON path.
    """
    document = read_json(path, "RFC 8345 JSON")
    if not isinstance(document, Mapping):
        raise FileError(f"{path.name} is not an RFC 8345 topology: it must be an object")
    rows = NetworkRows("rfc8345", "RFC 8345", path)
    found = _gather(rows, document)
    ids, _ = _add_sites_and_devices(rows, found)
    port_ids = _names(found.ports)
    for key, (place, told) in found.ports.items():
        values = {
            "port_id": port_ids[key],
            "device_id": ids["device", key[0], key[1]],
            "if_name": inner(told, _L2_PORT, "interface-name") or key[2],
        }
        rows.add("ports", place, values)
    _add_links(rows, found, ids, port_ids)
    for name, count in sorted(found.unread.items()):
        rows.note(f"{name} ({count} times) was left out")
    return rows.finish(crs)


# ------------------------------------------------------------------ writing


def _augmented(values: Mapping[str, Any], name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in told.items() if value not in (None, "", [])}
    return dict(values) | ({name: known} if known else {})


def _address(text: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(text))] if text else []
    except ValueError:
        return []


def _arcs(row: Mapping[str, Any], ends: tuple[dict[str, str], dict[str, str]]) -> list[Any]:
    """Return a link there and back."""
    rate = plain(row["capacity_mbps"])
    told = {"rate": None if rate is None else number_text(float(rate))}
    arcs = []
    for link_id, (a, b) in ((row["link_id"], ends), (row["link_id"] + _BACK, ends[::-1])):
        arc = {
            "link-id": link_id,
            "source": {f"source-{name}": value for name, value in a.items()},
            "destination": {f"dest-{name}": value for name, value in b.items()},
        }
        arcs.append(_augmented(arc, _L2_LINK, told))
    return arcs


def write_rfc8345(network: Network, path: Path, *, title: str) -> list[str]:
    """Write sites, devices, ports and links as RFC 8345 JSON; return what was changed.

    Raises
    ------
    SurroundingsError
        The place cannot be written.
    """
    name = title or "network"
    notes = []
    records = {
        table: [
            {str(k): v for k, v in row.items()} for row in network.table(table).to_dict("records")
        ]
        for table in ("sites", "devices", "ports", "links")
    }
    sites = [
        _augmented({"node-id": row["site_id"]}, _L2_NODE, {"name": row["name"]})
        for row in records["sites"]
    ]
    lower = [
        arc
        for row in records["links"]
        for arc in _arcs(row, ({"node": row["a_site"]}, {"node": row["b_site"]}))
    ]
    types: dict[str, Any] = {"ietf-l2-topology:l2-topology": {}}
    networks: list[dict[str, Any]] = [
        {
            "network-id": name,
            "network-types": types,
            "node": sites,
            "ietf-network-topology:link": lower,
        }
    ]
    bad = sum(bool(row["mgmt_address"]) and not _address(row["mgmt_address"])
              for row in records["devices"])  # fmt: skip
    if bad:
        notes.append(f"devices.mgmt_address: {bad} values that are no IP address were left out")
    if records["devices"]:
        networks.append(_device_network(name, types, records))
    half = sum(bool(r["a_port"]) != bool(r["b_port"]) for r in records["links"])
    if half:
        notes.append(f"links.a_port, b_port: {half} links with a port at one end only lost it")
    text = json.dumps(
        {"ietf-network:networks": {"network": networks}}, ensure_ascii=False, indent=1
    )
    with replacing(path) as target:
        target.write_bytes((text + "\n").encode("utf-8"))
    return notes


def _device_network(
    name: str, types: Mapping[str, Any], records: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """Return the layer of devices and ports above the sites."""
    tps: dict[str, list[dict[str, Any]]] = {}
    device_of = {}
    for port in records["ports"]:
        device_of[port["port_id"]] = port["device_id"]
        tp = _augmented({"tp-id": port["port_id"]}, _L2_PORT, {"interface-name": port["if_name"]})
        tps.setdefault(port["device_id"], []).append(tp)
    nodes = []
    for device in records["devices"]:
        node = {
            "node-id": device["device_id"],
            "supporting-node": [{"network-ref": name, "node-ref": device["site_id"]}],
        }
        told = {"name": device["name"], "management-address": _address(device["mgmt_address"])}
        node = _augmented(node, _L2_NODE, told)
        if device["device_id"] in tps:
            node["ietf-network-topology:termination-point"] = tps[device["device_id"]]
        nodes.append(node)
    upper = []
    for link in records["links"]:
        if not (link["a_port"] and link["b_port"]):
            continue
        a, b = ({"node": device_of[port], "tp": port} for port in (link["a_port"], link["b_port"]))
        for arc, below in zip(_arcs(link, (a, b)), (link["link_id"], link["link_id"] + _BACK),
                              strict=True):  # fmt: skip
            arc["supporting-link"] = [{"network-ref": name, "link-ref": below}]
            upper.append(arc)
    return {
        "network-id": f"{name} devices",
        "network-types": types,
        "supporting-network": [{"network-ref": name}],
        "node": nodes,
        "ietf-network-topology:link": upper,
    }
