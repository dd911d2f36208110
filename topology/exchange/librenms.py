"""LibreNMS: locations, devices, ports and the links that it discovered, from its API's JSON.

Read is one JSON object with the lists ``devices``, ``ports`` and, where wanted, ``links``, as the
API's ``/devices``, ``/ports`` and ``/resources/links`` give them. A device stands at its location;
one without a location is left out with a note, unless ``default_location`` names one. Links are
what LLDP and the like saw: how they are carried and at which rate is assumed.

Source: LibreNMS documentation, API: devices, ports, links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import FileError
from .documents import items, read_json
from .foreign_network import ForeignNetwork, NetworkRows

__all__ = ["port_name", "read_librenms"]

_SHOWN = 5
_ROLES = {"wireless": "radio"}


def _text(row: Mapping[str, Any], *names: str) -> str:
    """Return the first of the members that says something."""
    for name in names:
        value = row.get(name)
        if value is not None and not isinstance(value, (list, dict, bool)) and str(value).strip():
            return str(value).strip()
    return ""


def port_name(row: Mapping[str, Any]) -> str:
    """Return the name of a port as LibreNMS' record gives it."""
    return _text(row, "ifName", "ifDescr") or f"ifIndex {_text(row, 'ifIndex')}"


def _gone(row: Mapping[str, Any]) -> bool:
    return _text(row, "deleted") == "1" or row.get("deleted") is True


def _add_devices(
    rows: NetworkRows, document: Mapping[str, Any], default: str
) -> dict[str, tuple[str, str]]:
    """Add devices and their locations; return id and site of each by LibreNMS' number."""
    known: dict[str, tuple[str, str]] = {}
    places: dict[str, Mapping[str, Any]] = {}
    homeless = []
    for place, row in items(document, "devices", "$", rows.name):
        device_id = _text(row, "hostname", "sysName")
        if not device_id:
            raise FileError(f"{rows.name}, {place}: a device must have a hostname")
        location = _text(row, "location") or default
        if not location:
            homeless.append(device_id)
            continue
        if location not in places:
            places[location] = row
            rows.add(
                "sites",
                place,
                {
                    "site_id": location,
                    "name": location,
                    "kind": "exchange",
                    "state": "built",
                    "lon": rows.number(place, "lng", row.get("lng")),
                    "lat": rows.number(place, "lat", row.get("lat")),
                },
                assumed=("kind", "state"),
            )
        kind = _text(row, "type")
        role = _ROLES.get(kind, "other")
        rows.add(
            "devices",
            place,
            {
                "device_id": device_id,
                "site_id": location,
                "name": _text(row, "display", "sysName", "hostname"),
                "role": role,
                "model": _text(row, "hardware"),
                "mgmt_address": _text(row, "overwrite_ip", "ip"),
            },
            assumed=() if kind in _ROLES else ("role",),
            extra={k: v for k, v in (("librenms_type", kind), ("librenms_os", _text(row, "os")))
                   if v},
        )  # fmt: skip
        known[_text(row, "device_id") or device_id] = (device_id, location)
    if homeless:
        more = f" and {len(homeless) - _SHOWN} more" if len(homeless) > _SHOWN else ""
        rows.note(
            f"{len(homeless)} devices have no location and were left out: "
            f"{', '.join(homeless[:_SHOWN])}{more}; give them one there, or name a site for them "
            "with --set site_id=SITE"
        )
    return known


def _add_ports(
    rows: NetworkRows, document: Mapping[str, Any], devices: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[str, str]]:
    """Add ports; return our id and the site of each by LibreNMS' number."""
    known: dict[str, tuple[str, str]] = {}
    records = [
        (place, row)
        for place, row in items(document, "ports", "$", rows.name)
        if not _gone(row) and _text(row, "device_id") in devices
    ]
    names = Counter((_text(row, "device_id"), port_name(row)) for _, row in records)
    for place, row in records:
        number, name = _text(row, "device_id"), port_name(row)
        device_id, site = devices[number]
        shown = name if names[number, name] == 1 else f"{name} #{_text(row, 'ifIndex')}"
        high = rows.number(place, "ifHighSpeed", row.get("ifHighSpeed"))
        low = rows.number(place, "ifSpeed", row.get("ifSpeed"))
        # ifSpeed stands at 2^32 - 1 for everything faster.
        rate = high or (low / 1e6 if low and low < 2**32 - 1 else None)
        port_id = f"{device_id}:{shown}"
        rows.add(
            "ports",
            place,
            {"port_id": port_id, "device_id": device_id, "if_name": shown,
             "if_alias": _text(row, "ifAlias"), "capacity_mbps": rate},
        )  # fmt: skip
        known[_text(row, "port_id")] = (port_id, site)
    return known


def _add_links(
    rows: NetworkRows, document: Mapping[str, Any], ports: Mapping[str, tuple[str, str]]
) -> None:
    seen: set[frozenset[str]] = set()
    inside = outside = 0
    for place, row in items(document, "links", "$", rows.name):
        a, b = (ports.get(_text(row, f"{side}_port_id")) for side in ("local", "remote"))
        if a is None or b is None:
            outside += 1
        elif a[1] == b[1]:
            inside += 1
        elif (ends := frozenset((a[0], b[0]))) not in seen:
            seen.add(ends)
            first, second = sorted((a, b))
            rows.add(
                "links",
                place,
                {"link_id": f"{first[0]} - {second[0]}", "kind": "fibre", "a_site": first[1],
                 "b_site": second[1], "a_port": first[0], "b_port": second[0]},
                assumed=("kind",),
            )  # fmt: skip
    if inside:
        rows.note(f"{inside} links stay within one site and are no links of the network")
    if outside:
        rows.note(f"{outside} links end at a neighbour that LibreNMS does not poll")


def read_librenms(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read LibreNMS' lists of devices, ports and links.

    Raises
    ------
    FileError
        The file is no such document, or a row breaks a rule; the message says which.
    """
    document = read_json(path, "LibreNMS JSON")
    if not isinstance(document, Mapping) or "devices" not in document:
        raise FileError(
            f'{path.name} is no list of LibreNMS: it must be an object with "devices" and "ports"'
        )
    rows = NetworkRows("librenms", "LibreNMS", path)
    rows.title = path.stem
    devices = _add_devices(rows, document, _text(document, "default_location"))
    ports = _add_ports(rows, document, devices)
    _add_links(rows, document, ports)
    return rows.finish(crs)
