"""Which format a network file is in, and the one way to read and write each of them.

A format is named with ``--as`` or found out: from the ending where that says it, else from the
content. Reading gives a :class:`.foreign_network.ForeignNetwork`; writing gives a report that names
every table, column and value that the format cannot hold. Nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from ..errors import FileError, UsageError
from ..export import Export, graphml, node_link
from ..files import check_file
from ..formats.plain_values import as_text, plain
from ..network import Network
from ..tables import TABLES
from .documents import read_json, root_tag
from .foreign_network import TRAFFIC_COLUMNS, ForeignNetwork
from .graphml import read_graphml
from .librenms import read_librenms
from .netbox import read_netbox
from .netbox_writing import NETBOX_HOLDS, write_netbox
from .network_geojson import GEOJSON_HOLDS, read_network_geojson, write_network_geojson
from .node_link import read_node_link
from .ofds import OFDS_HOLDS, read_ofds, write_ofds
from .opencellid import COLUMNS, read_opencellid
from .osm import is_overpass, read_osm
from .rfc8345 import RFC8345_HOLDS, read_rfc8345, write_rfc8345
from .sndlib import SNDLIB_HOLDS, read_sndlib, write_sndlib
from .zabbix import read_zabbix

__all__ = ["FORMATS", "Format", "detect_format", "losses", "read_network", "write_network"]

Holds = Mapping[str, frozenset[str] | None]
"""Table to the columns that a format holds; None is all of them."""

_HEAD_BYTES = 65_536
_NOTES_SHOWN = 3


class _Reader(Protocol):
    def __call__(self, path: Path, *, crs: str | None = None) -> ForeignNetwork: ...


_Writer = Callable[[Network, Path, pd.DataFrame, str], list[str]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of networks.

    Attributes
    ----------
    name
        As ``--as`` takes it.
    label
        What people call it.
    read, write
        None where it is only written or only read.
    holds
        What of a network it holds when it is written.
    """

    name: str
    label: str
    read: _Reader
    write: _Writer | None
    holds: Holds


_GRAPH_HOLDS: Holds = {"sites": None, "links": None}


def _graphml(network: Network, path: Path, traffic: pd.DataFrame, title: str) -> list[str]:
    graph = network.graph()
    graph.graph["name"] = title
    graphml(graph, path)
    return []


def _node_link(network: Network, path: Path, traffic: pd.DataFrame, title: str) -> list[str]:
    graph = network.graph()
    graph.graph["name"] = title
    node_link(graph, path)
    return []


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("graphml", "GraphML", read_graphml, _graphml, _GRAPH_HOLDS),
        Format("node-link", "node-link JSON (networkx, TopoHub, Topology Zoo)", read_node_link,
               _node_link, _GRAPH_HOLDS),
        Format("geojson", "GeoJSON of a whole network", read_network_geojson,
               lambda n, p, _, t: write_network_geojson(n, p, title=t), GEOJSON_HOLDS),
        Format("ofds", "Open Fibre Data Standard", read_ofds,
               lambda n, p, _, t: write_ofds(n, p, title=t), OFDS_HOLDS),
        Format("rfc8345", "RFC 8345 JSON", read_rfc8345,
               lambda n, p, _, t: write_rfc8345(n, p, title=t), RFC8345_HOLDS),
        Format("sndlib", "SNDlib", read_sndlib,
               lambda n, p, m, t: write_sndlib(n, p, traffic=m, title=t), SNDLIB_HOLDS),
        Format("netbox", "NetBox", read_netbox,
               lambda n, p, _, t: write_netbox(n, p, title=t), NETBOX_HOLDS),
        Format("osm", "OpenStreetMap", read_osm, None, {}),
        Format("opencellid", "OpenCellID", read_opencellid, None, {}),
        Format("librenms", "LibreNMS", read_librenms, None, {}),
        Format("zabbix", "Zabbix", read_zabbix, None, {}),
    )
}  # fmt: skip
"""Every format of networks by name."""

_ENDINGS = {".graphml": "graphml", ".osm": "osm"}
_WRITTEN = {".graphml": "graphml", ".json": "node-link", ".geojson": "geojson", ".txt": "sndlib",
            "": "netbox"}  # fmt: skip


# ------------------------------------------------------------------ which format it is


def _json_format(path: Path) -> str | None:
    document = read_json(path)
    if not isinstance(document, dict):
        return None
    keys = set(document)
    if keys & {"ietf-network:networks"} or isinstance(document.get("networks"), dict):
        return "rfc8345"
    if "networks" in keys:
        return "ofds"
    if is_overpass(document):
        return "osm"
    if "nodes" in keys and keys & {"links", "edges"}:
        return "node-link"
    if document.get("type") == "FeatureCollection":
        return _feature_format(document)
    if "zabbix_export" in keys or {"hosts", "items"} <= keys:
        return "zabbix"
    if {"devices", "ports"} <= keys and "sites" not in keys:
        return "librenms"
    return "netbox" if "sites" in keys else None


def _feature_format(document: Mapping[str, object]) -> str | None:
    features = document.get("features")
    told = [
        feature["properties"]
        for feature in (features if isinstance(features, list) else ())
        if isinstance(feature, dict) and isinstance(feature.get("properties"), dict)
    ]
    if any(properties.get("table") in TABLES for properties in told):
        return "geojson"
    if any({"telecom", "communication", "man_made", "tags", "@id"} & set(p) for p in told):
        return "osm"
    if any(isinstance(p.get("network"), dict) or "physicalInfrastructureProvider" in p
           for p in told):  # fmt: skip
        return "ofds"
    return None


def detect_format(path: Path) -> str:
    """Return the name of the format that a file or directory is in.

    Raises
    ------
    UsageError
        It cannot be told; the message names the formats for ``--as``.
    FileError, MissingError
        The file cannot be read.
    """
    if path.is_dir():
        return "netbox"
    check_file(path)
    ending = path.suffix.lower()
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", "replace").lstrip("\ufeff")
    found = None
    if head.startswith("?SNDlib"):
        found = "sndlib"
    elif head.lstrip().startswith("<"):
        found = {"graphml": "graphml", "osm": "osm"}.get(root_tag(head))
        # Others call their root a network too.
        if root_tag(head) == "network" and re.search("sndlib|networkStructure", head):
            found = "sndlib"
    elif head.lstrip()[:1] in ("{", "["):
        found = _json_format(path)
    elif head.startswith(",".join(COLUMNS[:4])) or re.match(r"(GSM|UMTS|LTE|NR|CDMA),\d+,", head):
        found = "opencellid"
    if found is None:
        raise UsageError(
            f"{path.name} is in none of the network formats that are recognised; say which it is "
            f"with --as: {', '.join(FORMATS)}"
        )
    return found


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise UsageError(f"--as is {name!r}; use one of {', '.join(FORMATS)}")
    return FORMATS[name]


def read_network(
    path: str | Path, *, format: str | None = None, crs: str | None = None
) -> ForeignNetwork:
    """Read a network of another program.

    Parameters
    ----------
    path
        A file, or a directory of NetBox exports.
    format
        A name of :data:`FORMATS`; found out when None.
    crs
        What positions are in: ``gcj02``, ``bd09``, ``wgs84`` or ``EPSG:n``; WGS-84 when None.

    Raises
    ------
    UsageError
        There is no such format or coordinate system, or the format cannot be told.
    FileError, MissingError, SurroundingsError
        The file cannot be read, and the message says where it is wrong; or it holds nothing.
    """
    source = Path(path)
    form = _format(format or detect_format(source))
    if form.name != "netbox":
        check_file(source)
    try:
        found = form.read(source, crs=crs)
    except RecursionError:
        raise FileError(f"{source.name} is nested too deeply; it is not read") from None
    if not found.tables:
        why = "".join(f"; {note}" for note in found.notes[:_NOTES_SHOWN])
        raise FileError(
            f"{source.name} holds no site and nothing else of a network, read as {form.label}{why}; "
            "export it again, or say with --as what it is"
        )
    return found


# ------------------------------------------------------------------ writing


def _filled(frame: pd.DataFrame, column: str) -> int:
    return sum(as_text(plain(value)) != "" for value in frame[column].tolist())


def losses(network: Network, holds: Holds, traffic: pd.DataFrame | None = None) -> list[str]:
    """List what of a network a format does not hold: tables, and columns that have values.

    Parameters
    ----------
    holds
        The columns that the format holds of each table.
    """
    lost = []
    for name in TABLES:
        frame = network.table(name)
        if not len(frame):
            continue
        if name not in holds:
            lost.append(f"{name}: the format has no place for its {len(frame)} rows")
            continue
        held = holds[name]
        if held is None:
            continue
        without = [
            f"{column} ({count} values)"
            for column in map(str, frame.columns)
            if column not in held and (count := _filled(frame, column))
        ]
        if without:
            lost.append(f"{name}: the format has no place for {', '.join(without)}")
    if traffic is not None and len(traffic) and "traffic" not in holds:
        lost.append(f"traffic: the format has no place for its {len(traffic)} demands")
    return lost


def write_network(
    network: Network,
    path: str | Path,
    *,
    format: str | None = None,
    traffic: pd.DataFrame | None = None,
    title: str = "",
) -> Export:
    """Write a network for another program and report what the format could not hold.

    Parameters
    ----------
    path
        A file; for ``netbox`` a directory, which is made if need be.
    format
        A name of :data:`FORMATS`; from the ending when None: .graphml, .json (node-link),
        .geojson, .txt (SNDlib), none (NetBox).
    traffic
        Demands between sites, see :data:`.foreign_network.TRAFFIC_COLUMNS`.
    title
        The network's name; the file's stem when empty.

    Raises
    ------
    UsageError
        The format is not written, or cannot be told from the ending.
    InputError
        A value cannot be written.
    SurroundingsError
        The place cannot be written.
    """
    target = Path(path)
    name = format or _WRITTEN.get(target.suffix.lower())
    if name is None:
        raise UsageError(
            f"{target.name}: a network goes to .graphml, .json (node-link), .geojson, .txt "
            "(SNDlib) or a directory (NetBox); name another format with --as"
        )
    form = _format(name)
    if form.write is None:
        raise UsageError(
            f"{form.label} is read and not written; use one of "
            f"{', '.join(f.name for f in FORMATS.values() if f.write)}"
        )
    demands = pd.DataFrame(columns=list(TRAFFIC_COLUMNS)) if traffic is None else traffic
    notes = losses(network, form.holds, demands)
    notes += form.write(network, target, demands, title or target.stem)
    rows = sum(len(network.table(table)) for table in form.holds if table in TABLES)
    return Export(target, rows, {}, tuple(notes))
