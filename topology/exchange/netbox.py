"""NetBox: sites, devices, interfaces and cables, from its CSV exports and its JSON API.

Read is a directory with the files of NetBox's own exports (``sites.csv``, ``devices.csv``,
``interfaces.csv``, ``cables.csv``; also ``rear_ports.csv`` and ``front_ports.csv``), the same names
with ``.json`` holding pages of the API, or one JSON file with those names as members. A cable that
leaves its site becomes a link; cables within a site are patching, not network, and are left out
with a note. Ports of patch panels are ports like others; nothing is traced through a panel, which
the graph of sites does not need.

:mod:`.netbox_writing` goes the other way.

Source: NetBox 4 documentation, models dcim.site, dcim.device, dcim.interface, dcim.cable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FileError, MissingError
from ..files import check_file
from ..formats.csv_text import read_csv
from ..formats.headed_rows import check_fit
from ..formats.plain_values import as_text, plain
from .documents import inner, read_json
from .foreign_network import ForeignNetwork, NetworkRows

__all__ = ["read_netbox"]

_KINDS = ("sites", "devices", "interfaces", "front_ports", "rear_ports", "cables")
_PORTS = {"interfaces": "interface", "front_ports": "frontport", "rear_ports": "rearport"}
_METRES = {"km": 1000.0, "m": 1.0, "cm": 0.01, "mi": 1609.344, "ft": 0.3048, "in": 0.0254}
# The API says 10gbase-x-sfpp, the CSV export of the interface says SFP+ (10GE).
_RATE = re.compile(r"(?:^|\()(\d+(?:\.\d+)?)(g|m)?(?:base|e\))", re.IGNORECASE)
_STATES = {"active": "built", "planned": "planned", "staging": "planned"}
_ROLES = ("backbone", "access", "idc", "radio", "cpe", "other")


@dataclass(frozen=True, slots=True)
class _Row:
    """A record of NetBox under flat names, and where it stands."""

    place: str
    values: Mapping[str, Any]

    def get(self, *names: str) -> str:
        """Return the first of the names that has a value, as text."""
        for name in names:
            value = self.values.get(name)
            if isinstance(value, Mapping):  # a reference or a choice of the JSON API
                value = next(
                    (value[key] for key in ("value", "slug", "name", "display", "address", "id")
                     if value.get(key) is not None), None
                )  # fmt: skip
            if value is not None and not isinstance(value, (list, dict)) and str(value).strip():
                return as_text(plain(value)).strip()
        return ""


# ------------------------------------------------------------------ opening the files


def _plain_heading(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _csv_rows(path: Path) -> list[_Row]:
    check_file(path)
    raw = read_csv(path)
    check_fit(raw.misfits, path.name)
    headings = [_plain_heading(str(name)) for name in raw.frame.columns]
    return [
        _Row(f"{path.name}, row {number}", dict(zip(headings, cells, strict=True)))
        for number, cells in enumerate(raw.frame.itertuples(index=False), start=raw.first_row)
    ]


def _page(value: object, path: str, file: str) -> list[_Row]:
    """Return the records of a list, or of a page of the API."""
    if isinstance(value, Mapping) and "results" in value:
        if value.get("next"):
            raise FileError(
                f"{file}, {path}: the API says there are more pages; export all of them "
                "(?limit=0) before importing"
            )
        value, path = value["results"], f"{path}.results"
    if not isinstance(value, list):
        raise FileError(f'{file}, {path} must be a list or a page with "results"')
    rows = []
    for number, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise FileError(f"{file}, {path}[{number}] must be an object")
        rows.append(_Row(f"{path}[{number}]", item))
    return rows


def _kind_of(name: str) -> str | None:
    stem = re.sub(r"^(netbox|dcim|\d+)[_-]", "", _plain_heading(name).removeprefix("netbox_"))
    return next((kind for kind in _KINDS if stem == kind), None)


def _records(path: Path) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    if path.is_dir():
        for file in sorted(path.iterdir()):
            kind = _kind_of(file.stem)
            if kind is None or file.suffix.lower() not in (".csv", ".json"):
                continue
            if kind in found:
                raise FileError(f"{path.name} holds two files of {kind}; keep one of them")
            found[kind] = (
                _csv_rows(file)
                if file.suffix.lower() == ".csv"
                else _page(read_json(file, "NetBox JSON"), file.name, path.name)
            )
        if "sites" not in found:
            raise MissingError(
                f"{path} holds no sites.csv or sites.json; export NetBox's sites, devices, "
                "interfaces and cables into it"
            )
        return found
    document = read_json(path, "NetBox JSON")
    if isinstance(document, Mapping):
        for name, value in document.items():
            kind = _kind_of(str(name))
            if kind is not None:
                found[kind] = _page(value, f"$.{name}", path.name)
    if "sites" not in found:
        raise FileError(f'{path.name} is no NetBox export: it must be an object with "sites"')
    return found


# ------------------------------------------------------------------ reading


def _add_sites(rows: NetworkRows, records: Sequence[_Row]) -> dict[str, str]:
    """Add sites; return the site of every name, slug and number that may refer to it."""
    named: dict[str, str] = {}
    for row in records:
        slug, name = row.get("slug"), row.get("name")
        site_id = slug or name
        if not site_id:
            raise FileError(f"{rows.name}, {row.place}: a site must have a name or a slug")
        for reference in (slug, name, f"#{row.get('id')}"):
            named.setdefault(reference, site_id)
        status = row.get("status").lower()
        values = {
            "site_id": site_id,
            "name": name,
            "kind": "exchange",
            "state": _STATES.get(status, "built"),
            "lon": rows.number(row.place, "the longitude", row.get("longitude")),
            "lat": rows.number(row.place, "the latitude", row.get("latitude")),
        }
        # Planned may be a plan or only a candidate, which NetBox has no word for.
        assumed = ("kind",) if _STATES.get(status) == "built" else ("kind", "state")
        others = {
            "netbox_status": "" if status in _STATES else status,
            "facility": row.get("facility"),
            "region": row.get("region"),
        }
        rows.add("sites", row.place, values, assumed=assumed,
                 extra={k: v for k, v in others.items() if v})  # fmt: skip
    return named


def _add_devices(
    rows: NetworkRows, records: Sequence[_Row], sites: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Add devices; return device and site of every name and number that may refer to one."""
    names = Counter(row.get("name") for row in records)
    named: dict[str, tuple[str, str]] = {}
    for row in records:
        number, name = row.get("id"), row.get("name")
        theirs = row.get("site")
        site = sites.get(theirs) or sites.get(str(inner(row.values, "site", "name") or ""))
        if site is None:
            raise FileError(
                f"{rows.name}, {row.place}: the device {name!r} stands at the site {theirs!r}, "
                "which sites does not hold"
            )
        if not name and not number:
            raise FileError(f"{rows.name}, {row.place}: a device must have a name or an id")
        device_id = name or f"device {number}"
        if names[name] > 1 and name:
            device_id = f"{site}/{name}"
        for reference in (name if names[name] == 1 else "", f"{site}/{name}", f"#{number}"):
            named.setdefault(reference, (device_id, site))
        role = row.get("role", "device_role").lower()
        kind = role if role in _ROLES else "other"
        maker = row.get("manufacturer") or str(
            inner(row.values, "device_type", "manufacturer", "name") or ""
        )
        values = {
            "device_id": device_id,
            "site_id": site,
            "name": name,
            "role": kind,
            "vendor": _known(maker),
            "model": _known(
                str(inner(row.values, "device_type", "model") or "")
                or row.get("device_type", "type")
            ),
            "mgmt_address": row.get("primary_ip", "primary_ip4", "primary_ip6", "ip_address")
            .partition("/")[0],
        }  # fmt: skip
        values["mgmt_address"] = values["mgmt_address"] or str(
            inner(row.values, "primary_ip", "address") or ""
        )
        extra = {} if role == kind else {"netbox_role": role}
        rows.add("devices", row.place, values, assumed=() if role == kind else ("role",),
                 extra=extra)  # fmt: skip
    named.pop("", None)
    return named


def _known(text: str) -> str:
    """Return a maker or model; NetBox needs one, and "unknown" stands where there is none."""
    return "" if text.lower() == "unknown" else text


def _rate_mbps(rows: NetworkRows, row: _Row) -> tuple[float | None, bool]:
    """Return the rate of an interface, and whether it is only its type's."""
    speed = rows.number(row.place, "the speed", row.get("speed", "speed_kbps"))
    if speed is not None:
        return speed / 1000.0, False
    found = _RATE.search(row.get("type").replace(" ", ""))
    if found is None:
        return None, False
    return float(found[1]) * (1000.0 if (found[2] or "").lower() == "g" else 1.0), True


_PortOf = dict[tuple[str, str, str], tuple[str, str, float | None]]


def _add_ports(
    rows: NetworkRows, records: Mapping[str, list[_Row]], devices: Mapping[str, tuple[str, str]]
) -> _PortOf:
    """Add ports; return port, site and rate by sort, device and name, and by ``#number``."""
    ports: _PortOf = {}
    for kind, sort in _PORTS.items():
        for row in records.get(kind, ()):
            theirs = row.get("device")
            reference = _reference(row.values.get("device")) or theirs
            if reference not in devices:
                raise FileError(
                    f"{rows.name}, {row.place}: the port {row.get('name')!r} belongs to the "
                    f"device {theirs!r}, which devices does not hold (or holds more than once)"
                )
            device, site = devices[reference]
            name = row.get("name")
            rate, by_type = _rate_mbps(rows, row) if sort == "interface" else (None, False)
            values = {
                "port_id": f"{device}:{name}",
                "device_id": device,
                "if_name": name,
                "if_alias": row.get("description") or row.get("label"),
                "capacity_mbps": rate,
            }
            assumed = ("capacity_mbps",) if by_type else ()
            rows.add("ports", row.place, values, assumed=assumed,
                     extra={} if sort == "interface" else {"netbox_type": sort})  # fmt: skip
            ports[sort, device, name] = (str(values["port_id"]), site, rate)
            if row.get("id"):
                ports[sort, "#", row.get("id")] = (str(values["port_id"]), site, rate)
    return ports


def _reference(value: object) -> str:
    """Return ``#number`` of a reference of the JSON API, "" for a name."""
    number = value.get("id") if isinstance(value, Mapping) else None
    return "" if number is None else f"#{number}"


def _sort(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower().rpartition(".")[2])


def _side(
    row: _Row, side: str, devices: Mapping[str, tuple[str, str]], ports: _PortOf
) -> tuple[tuple[str, str, float | None] | None, str]:
    """Return the port at one side of a cable, None when it is no port that was read, and words."""
    many = row.values.get(f"{side}_terminations")
    if isinstance(many, list) and many and isinstance(many[0], Mapping):
        sort = _sort(str(many[0].get("object_type") or ""))
        number = as_text(plain(many[0].get("object_id")))
        return ports.get((sort, "#", number)), f"{sort} {number}"
    one = row.values.get(f"termination_{side}")
    sort = _sort(row.get(f"termination_{side}_type", f"side_{side}_type") or "interface")
    if isinstance(one, Mapping):
        return ports.get((sort, "#", as_text(plain(one.get("id"))))), f"{sort} {one.get('id')}"
    name = row.get(f"side_{side}_name", f"termination_{side}", f"name_{side}")
    theirs = row.get(f"side_{side}_device", f"device_{side}")
    site = row.get(f"side_{side}_site", f"site_{side}")
    device = devices.get(theirs) or devices.get(f"{site}/{theirs}")
    if device is None:
        number = row.get(f"termination_{side}_id")
        return ports.get((sort, "#", number)), f"{sort} {theirs or number} {name}".strip()
    sorts = (sort, *_PORTS.values()) if not row.get(f"side_{side}_type") else (sort,)
    found = next((ports[s, device[0], name] for s in sorts if (s, device[0], name) in ports), None)
    return found, f"{sort} {name} of {theirs}"


def _cable_kind(text: str) -> str | None:
    word = text.lower()
    if re.match(r"(mmf|smf|aoc|os[12]|om\d)", word) or "mode fib" in word:
        return "fibre"
    if word.startswith(("cat", "dac", "mrj")):
        return "ethernet"
    return "hfc" if word.startswith("coax") else None


def _add_cables(
    rows: NetworkRows,
    records: Sequence[_Row],
    devices: Mapping[str, tuple[str, str]],
    ports: _PortOf,
) -> None:
    labels = Counter(row.get("label") for row in records)
    inside = other = 0
    for count, row in enumerate(records, start=1):
        label = row.get("label")
        link_id = label if label and labels[label] == 1 else f"cable {row.get('id') or count}"
        (a, a_words), (b, b_words) = (_side(row, side, devices, ports) for side in ("a", "b"))
        sorts = {words.partition(" ")[0] for words in (a_words, b_words)}
        if not sorts <= set(_PORTS.values()):
            other += 1
            continue
        if a is None or b is None:
            side, words = ("A", a_words) if a is None else ("B", b_words)
            raise FileError(
                f"{rows.name}, {row.place}: side {side} of the cable ends at {words}, which the "
                "export does not hold"
            )
        if a[1] == b[1]:
            inside += 1
            continue
        rates = [rate for rate in (a[2], b[2]) if rate is not None]
        unit = row.get("length_unit").lower() or "m"
        unit = {"kilometers": "km", "meters": "m", "feet": "ft", "miles": "mi"}.get(unit, unit)
        length = rows.number(row.place, "the length", row.get("length"))
        if length is not None and unit not in _METRES:
            raise FileError(f"{rows.name}, {row.place}: length_unit is {unit[:40]!r}; it must be "
                            f"one of {', '.join(_METRES)}")  # fmt: skip
        kind = _cable_kind(row.get("type"))
        values = {
            "link_id": link_id,
            "kind": kind or "fibre",
            "a_site": a[1],
            "b_site": b[1],
            "a_port": a[0],
            "b_port": b[0],
            "capacity_mbps": min(rates) if len(rates) == 2 else None,
            "length_km": None if length is None else round(length * _METRES[unit] / 1000.0, 9),
        }
        assumed = ("capacity_mbps", *(() if kind else ("kind",)))
        status = row.get("status").lower()
        extra = {} if status in ("connected", "") else {"netbox_status": status}
        rows.add("links", row.place, values, assumed=assumed, extra=extra)
    if inside:
        rows.note(f"{inside} cables stay within one site and are no links of the network")
    if other:
        rows.note(f"{other} cables do not run between ports (power, console, circuits)")


def read_netbox(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read NetBox exports: a directory of CSV or JSON files, or one JSON file.

    Raises
    ------
    FileError
        A file is no such export, or a row breaks a rule; the message says which.
    MissingError
        The directory holds no sites.
    """
    records = _records(path)
    rows = NetworkRows("netbox", "NetBox", path)
    rows.title = path.stem
    sites = _add_sites(rows, records["sites"])
    devices = _add_devices(rows, records.get("devices", []), sites)
    ports = _add_ports(rows, records, devices)
    _add_cables(rows, records.get("cables", []), devices, ports)
    return rows.finish(crs)
