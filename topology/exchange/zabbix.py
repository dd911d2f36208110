"""Zabbix: hosts with an SNMP interface, and the ports that its items watch.

Read is one JSON object: Zabbix' own export of hosts (``zabbix_export``, exported as JSON), or the
lists ``hosts`` and ``items`` as ``host.get`` and ``item.get`` give them. Ports are known from items
of the interface templates, ``net.if.in[ifHCInOctets.7]`` called "Interface NAME(ALIAS): Bits
received"; an export of hosts holds none of them, since they are discovered. A host stands where its
inventory says; one that does not say is left out with a note, unless ``default_location`` names a
site.

Source: Zabbix 7.0 documentation, API host.get, item.get; export of hosts; template "Interfaces by
SNMP".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import FileError
from .documents import items, read_json
from .foreign_network import ForeignNetwork, NetworkRows

__all__ = ["PORT_ITEM", "read_zabbix", "zabbix_ports"]

PORT_ITEM = re.compile(r"net\.if\.(in|out|speed)\[(?:\w+\.)?(\d{1,10})\]")
"""Key of an item that watches a port: what it watches, and ifIndex."""

_PORT_TITLE = re.compile(r"Interface (?P<name>[^()]+?)\((?P<alias>.*)\): .+")
_SHOWN = 5


def _text(row: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = row.get(name)
        if value is not None and not isinstance(value, (list, dict, bool)) and str(value).strip():
            return str(value).strip()
    return ""


def _snmp_address(row: Mapping[str, Any]) -> str:
    interfaces = row.get("interfaces")
    for one in interfaces if isinstance(interfaces, list) else ():
        # The API says 2 for SNMP, the export says the word.
        if isinstance(one, Mapping) and _text(one, "type").upper() in ("2", "SNMP"):
            by_name = _text(one, "useip").upper() in ("0", "NO")
            return _text(one, "dns") if by_name else _text(one, "ip", "dns")
    return ""


def zabbix_ports(document: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield host number, ifIndex, name and alias of each port that items watch."""
    seen = set()
    for _, row in items(document, "items", "$", name):
        key = PORT_ITEM.fullmatch(_text(row, "key_"))
        title = _PORT_TITLE.fullmatch(_text(row, "name"))
        if key is None or title is None or key[1] == "speed":
            continue
        found = (_text(row, "hostid"), key[2])
        if found not in seen:
            seen.add(found)
            yield *found, title["name"].strip(), title["alias"].strip()


def _speeds(document: Mapping[str, Any], name: str) -> dict[tuple[str, str], str]:
    speeds = {}
    for _, row in items(document, "items", "$", name):
        key = PORT_ITEM.fullmatch(_text(row, "key_"))
        if key is not None and key[1] == "speed":
            speeds[_text(row, "hostid"), key[2]] = _text(row, "lastvalue")
    return speeds


def _add_hosts(rows: NetworkRows, document: Mapping[str, Any], default: str) -> dict[str, str]:
    """Add hosts and where they stand; return our id of each by Zabbix' number."""
    known: dict[str, str] = {}
    places: set[str] = set()
    homeless, others = [], 0
    for place, row in items(document, "hosts", "$", rows.name):
        device_id = _text(row, "host")
        if not device_id:
            raise FileError(f"{rows.name}, {place}: a host must have a name")
        address = _snmp_address(row)
        if not address:
            others += 1
            continue
        inventory = row.get("inventory")
        facts: Mapping[str, Any] = inventory if isinstance(inventory, Mapping) else {}
        location = _text(facts, "location") or default
        if not location:
            homeless.append(device_id)
            continue
        if location not in places:
            places.add(location)
            rows.add(
                "sites",
                place,
                {
                    "site_id": location,
                    "name": location,
                    "kind": "exchange",
                    "state": "built",
                    "lon": rows.number(place, "location_lon", _text(facts, "location_lon")),
                    "lat": rows.number(place, "location_lat", _text(facts, "location_lat")),
                },
                assumed=("kind", "state"),
            )
        rows.add(
            "devices",
            place,
            {
                "device_id": device_id,
                "site_id": location,
                "name": _text(row, "name", "host"),
                "role": "other",
                "vendor": _text(facts, "vendor"),
                "model": _text(facts, "model", "hardware"),
                "mgmt_address": address,
            },
            assumed=("role",),
        )
        known[_text(row, "hostid") or device_id] = device_id
    if others:
        rows.note(f"{others} hosts have no SNMP interface and were left out")
    if homeless:
        more = f" and {len(homeless) - _SHOWN} more" if len(homeless) > _SHOWN else ""
        rows.note(
            f"{len(homeless)} hosts have no location in their inventory and were left out: "
            f"{', '.join(homeless[:_SHOWN])}{more}; fill it in there, or name a site for them "
            "with --set site_id=SITE"
        )
    return known


def read_zabbix(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read Zabbix' hosts and the ports that its items watch.

    Raises
    ------
    FileError
        The file is no such document, or a row breaks a rule; the message says which.
    """
    document = read_json(path, "Zabbix JSON")
    rows = NetworkRows("zabbix", "Zabbix", path)
    rows.title = path.stem
    default = _text(document, "default_location") if isinstance(document, Mapping) else ""
    if isinstance(document, Mapping) and isinstance(document.get("zabbix_export"), Mapping):
        document = document["zabbix_export"]
    if not isinstance(document, Mapping) or "hosts" not in document:
        raise FileError(
            f"{path.name} is no list of Zabbix: it must be its export as JSON, or an object with "
            '"hosts" and "items"'
        )
    hosts = _add_hosts(rows, document, default)
    speeds = _speeds(document, rows.name)
    taken: set[str] = set()
    for host, index, name, alias in zabbix_ports(document, rows.name):
        device_id = hosts.get(host)
        if device_id is None:
            continue
        port_id = f"{device_id}:{name}"
        if port_id in taken:
            name = f"{name} #{index}"
            port_id = f"{device_id}:{name}"
        taken.add(port_id)
        speed = rows.number(f"item of {name}", "the speed", speeds.get((host, index)))
        rows.add(
            "ports",
            f"items of {device_id}, ifIndex {index}",
            {"port_id": port_id, "device_id": device_id, "if_name": name, "if_alias": alias,
             "capacity_mbps": speed / 1e6 if speed else None},
        )  # fmt: skip
    if hosts and not taken:
        rows.note("no ports: an export of hosts does not hold what was discovered; use the API")
    return rows.finish(crs)
