"""A directory of CSV files for NetBox's bulk import, in the order in which NetBox needs them.

The numbers in their names say the order: the manufacturers, device types and roles that the devices
refer to come first. A link becomes a cable when it has a port at each end; NetBox has no other way
to say it.

Source: NetBox 4 documentation, bulk import of dcim.site, dcim.device, dcim.interface, dcim.cable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import SurroundingsError
from ..formats.csv_text import csv_text
from ..formats.plain_values import Plain, plain
from ..formats.whole_file import replacing
from ..network import Network

__all__ = ["NETBOX_HOLDS", "write_netbox"]

NETBOX_HOLDS: dict[str, frozenset[str] | None] = {
    "sites": frozenset({"site_id", "name", "state", "lon", "lat"}),
    "devices": frozenset({"device_id", "site_id", "role", "vendor", "model"}),
    "ports": frozenset({"port_id", "device_id", "if_name", "if_alias", "capacity_mbps"}),
    "links": frozenset(
        {"link_id", "kind", "a_site", "b_site", "a_port", "b_port", "capacity_mbps", "length_km"}
    ),
}
"""Which columns of which tables the CSV files hold."""

_STATUS = {"built": "active", "planned": "planned", "candidate": "planned", "forbidden": "retired"}
_TYPES = {1000: "1000base-x-sfp", 10_000: "10gbase-x-sfpp", 25_000: "25gbase-x-sfp28",
          40_000: "40gbase-x-qsfpp", 100_000: "100gbase-x-qsfp28"}  # fmt: skip
_CABLE_TYPES = {"fibre": "smf", "hfc": "coaxial"}
_SLUG = re.compile(r"[-A-Za-z0-9_]{1,100}")


def _slugs(names: Sequence[str]) -> dict[str, str]:
    """Return a slug for each name, the name itself where it is one."""
    slugs = {name: name for name in names if _SLUG.fullmatch(name)}
    taken = set(slugs.values())
    for name in names:
        if name in slugs:
            continue
        base = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:60] or "x"
        slug, number = base, 1
        while slug in taken:
            number += 1
            slug = f"{base}-{number}"
        taken.add(slug)
        slugs[name] = slug
    return slugs


def _records_of(network: Network, table: str) -> Iterator[dict[str, Any]]:
    for row in network.table(table).to_dict("records"):
        yield {str(key): plain(value) for key, value in row.items() if key != "geometry"}


def _site_names(sites: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    counts = Counter(row["name"] or row["site_id"] for row in sites)
    names = {}
    for row in sites:
        name = row["name"] or row["site_id"]
        names[row["site_id"]] = name if counts[name] == 1 else f"{name} ({row['site_id']})"
    return names


def _sheets(network: Network, notes: list[str]) -> dict[str, dict[str, list[Plain]]]:
    """Return the CSV files by name, each as columns."""
    sites = list(_records_of(network, "sites"))
    devices = list(_records_of(network, "devices"))
    ports = list(_records_of(network, "ports"))
    slugs = _slugs([row["site_id"] for row in sites])
    names = _site_names(sites)
    changed = sum(own != slug for own, slug in slugs.items())
    if changed:
        notes.append(f"{changed} sites got another slug: a slug is Latin letters, digits, - and _")
    doubled = sum((row["name"] or row["site_id"]) != names[row["site_id"]] for row in sites)
    if doubled:
        notes.append(f"{doubled} sites have their id behind their name: names must be unique")
    states = Counter(row["state"] for row in sites if row["state"] in ("candidate", "forbidden"))
    notes += [f"sites.state: {count} {state} sites are {_STATUS[state]} there"
              for state, count in states.items()]  # fmt: skip
    known = [(row["vendor"] or "unknown", row["model"] or "unknown") for row in devices]
    models = list(dict.fromkeys(known))
    makers = _slugs(list(dict.fromkeys(maker for maker, _ in models)))
    types = _slugs([f"{maker} {model}" for maker, model in models])
    port_names = {row["port_id"]: (row["device_id"], row["if_name"] or row["port_id"])
                  for row in ports}  # fmt: skip
    own_names = sum(f"{device}:{name}" != port for port, (device, name) in port_names.items())
    if own_names:
        notes.append(f"{own_names} ports will be read back as DEVICE:NAME: NetBox has no other id")
    cabled = [row for row in _records_of(network, "links") if row["a_port"] and row["b_port"]]
    uncabled = len(network.links) - len(cabled)
    if uncabled:
        notes.append(f"links: {uncabled} rows without a port at each end were left out: a cable "
                     "of NetBox ends at ports")  # fmt: skip
    unsaid = Counter(row["kind"] for row in cabled if row["kind"] not in _CABLE_TYPES)
    notes += [f"links.kind: {count} {kind} links have a cable without a type"
              for kind, count in unsaid.items()]  # fmt: skip
    rate = {row["port_id"]: row["capacity_mbps"] for row in ports}
    unlike = sum(
        row["capacity_mbps"] is not None
        and row["capacity_mbps"] != min((rate[row["a_port"]] or 0), (rate[row["b_port"]] or 0))
        for row in cabled
    )
    if unlike:
        notes.append(f"links.capacity_mbps: {unlike} values differ from their ports' and are lost")
    return {
        "1_manufacturers": {"name": list(makers), "slug": list(makers.values())},
        "2_device_types": {
            "manufacturer": [maker for maker, _ in models],
            "model": [model for _, model in models],
            "slug": list(types.values()),
        },
        "3_device_roles": {
            "name": list(dict.fromkeys(row["role"] for row in devices)),
            "slug": list(dict.fromkeys(row["role"] for row in devices)),
            "color": ["9e9e9e"] * len({row["role"] for row in devices}),
        },
        "4_sites": {
            "name": [names[row["site_id"]] for row in sites],
            "slug": [slugs[row["site_id"]] for row in sites],
            "status": [_STATUS[row["state"]] for row in sites],
            "latitude": [row["lat"] for row in sites],
            "longitude": [row["lon"] for row in sites],
        },
        "5_devices": {
            "name": [row["device_id"] for row in devices],
            "role": [row["role"] for row in devices],
            "manufacturer": [maker for maker, _ in known],
            "device_type": [model for _, model in known],
            "site": [names[row["site_id"]] for row in devices],
            "status": ["active"] * len(devices),
        },
        "6_interfaces": {
            "device": [row["device_id"] for row in ports],
            "name": [port_names[row["port_id"]][1] for row in ports],
            "type": [_TYPES.get(int(row["capacity_mbps"] or 0), "other") for row in ports],
            "speed": [
                None if row["capacity_mbps"] is None else round(row["capacity_mbps"] * 1000)
                for row in ports
            ],
            "description": [row["if_alias"] for row in ports],
        },
        "7_cables": _cable_columns(cabled, port_names),
    }


def _cable_columns(
    cabled: Sequence[Mapping[str, Any]], port_names: Mapping[str, tuple[str, str]]
) -> dict[str, list[Plain]]:
    columns: dict[str, list[Plain]] = {}
    for side in ("a", "b"):
        at = [port_names[row[f"{side}_port"]] for row in cabled]
        columns[f"side_{side}_device"] = [device for device, _ in at]
        columns[f"side_{side}_type"] = ["dcim.interface"] * len(at)
        columns[f"side_{side}_name"] = [name for _, name in at]
    metres = [None if row["length_km"] is None else round(row["length_km"] * 1000, 2)
              for row in cabled]  # fmt: skip
    return columns | {
        "type": [_CABLE_TYPES.get(row["kind"], "") for row in cabled],
        "status": ["connected"] * len(cabled),
        "label": [row["link_id"] for row in cabled],
        "length": metres,
        "length_unit": [None if length is None else "m" for length in metres],
    }


def write_netbox(network: Network, path: Path, *, title: str) -> list[str]:
    """Write a directory of CSV files for NetBox's bulk import; return what was changed.

    Raises
    ------
    SurroundingsError
        The directory cannot be made or written.
    """
    del title  # a NetBox holds many networks and has no name for one
    notes: list[str] = []
    sheets = _sheets(network, notes)
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise SurroundingsError(
            f"{path} must be a directory for NetBox's CSV files: {error.strerror or error}"
        ) from None
    for name, columns in sheets.items():
        file = path / f"{name}.csv"
        text = csv_text(columns, file.name)
        with replacing(file) as target:
            target.write_bytes(text.encode("utf-8"))
    return notes
