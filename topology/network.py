"""The network: every table of a district as one immutable model.

The tables are the truth. Records (:class:`Site`, :class:`Link`, ...) are for reading one thing at
a time, the networkx graph is a view for reach and export; hot algorithms work on arrays made from
the tables.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import networkx as nx
import numpy as np
import pandas as pd

from .errors import MissingError, TableError
from .references import references, split_ids
from .schema import empty_frame
from .tables import TABLES

__all__ = ["Cell", "Device", "Link", "Network", "Port", "Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """A place with equipment or a candidate for it; None is unknown."""

    site_id: str
    name: str
    kind: str
    state: str
    lon: float
    lat: float
    area_id: str
    roof_height_m: float | None
    antenna_height_m: float | None
    category: str
    cost: float | None
    accuracy_m: float | None
    source: str
    assumed: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A transmitter: a carrier with its power and antenna; None is unknown."""

    cell_id: str
    site_id: str
    technology: str
    freq_mhz: float | None
    bandwidth_mhz: float | None
    power_dbm: float | None
    antenna: str
    gain_dbi: float | None
    feeder_loss_db: float | None
    azimuth_deg: float | None
    tilt_deg: float | None
    mech_tilt_deg: float | None
    height_m: float | None
    sfn_group: str
    source: str
    assumed: str


@dataclass(frozen=True, slots=True)
class Device:
    """What SNMP talks to."""

    device_id: str
    site_id: str
    name: str
    role: str
    vendor: str
    model: str
    mgmt_address: str
    main: bool | None
    source: str
    assumed: str


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a device."""

    port_id: str
    device_id: str
    if_name: str
    if_alias: str
    capacity_mbps: float | None
    source: str
    assumed: str


@dataclass(frozen=True, slots=True)
class Link:
    """A connection between two sites; ``spans`` are the stretches of cable it runs through."""

    link_id: str
    kind: str
    a_site: str
    b_site: str
    a_port: str
    b_port: str
    capacity_mbps: float | None
    length_km: float | None
    spans: tuple[str, ...]
    homes: int | None
    pon_class: str
    split: str
    connectors: int | None
    splices: int | None
    source: str
    assumed: str


_Record = TypeVar("_Record", Site, Cell, Device, Port, Link)


def _plain(value: Any) -> Any:
    """Return a cell as Python's own type, None for unknown."""
    if value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


class Network:
    """All tables of a district.

    Parameters
    ----------
    tables
        Table name to its checked frame (see :mod:`.schema`); a missing table is empty.
    directory
        Where the files that tables name lie, antenna patterns say; None where there are none.

    Raises
    ------
    TableError
        A row refers to something that does not exist; carries every such row.
    """

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], *, directory: Path | None = None
    ) -> None:
        self._tables = {
            name: tables[name] if name in tables else empty_frame(table)
            for name, table in TABLES.items()
        }
        broken = [p for p in references(self._tables) if p.severity == "error"]
        if broken:
            raise TableError(broken)
        self._rows: dict[str, dict[str, int]] = {}
        self.directory = directory

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by name; do not change it."""
        if name not in self._tables:
            raise MissingError(f"table {name!r} does not exist; use one of {', '.join(TABLES)}")
        return self._tables[name]

    @property
    def areas(self) -> pd.DataFrame:
        """The district, its subdistricts and areas where nothing may be built."""
        return self._tables["areas"]

    @property
    def sites(self) -> pd.DataFrame:
        """Places with equipment, or candidates for it."""
        return self._tables["sites"]

    @property
    def cells(self) -> pd.DataFrame:
        """Transmitters."""
        return self._tables["cells"]

    @property
    def devices(self) -> pd.DataFrame:
        """What SNMP talks to."""
        return self._tables["devices"]

    @property
    def ports(self) -> pd.DataFrame:
        """Ports of devices."""
        return self._tables["ports"]

    @property
    def links(self) -> pd.DataFrame:
        """Connections between sites."""
        return self._tables["links"]

    @property
    def spans(self) -> pd.DataFrame:
        """Stretches of cable or duct."""
        return self._tables["spans"]

    @property
    def streets(self) -> pd.DataFrame:
        """Edges along which ducts can run."""
        return self._tables["streets"]

    @property
    def demand(self) -> pd.DataFrame:
        """People who should be served."""
        return self._tables["demand"]

    @property
    def places(self) -> pd.DataFrame:
        """Important places that should be served."""
        return self._tables["places"]

    @property
    def websites(self) -> pd.DataFrame:
        """Portals, services and demonstrations that people reach by a name."""
        return self._tables["websites"]

    @property
    def device_services(self) -> pd.DataFrame:
        """What was stated of the services that devices use themselves."""
        return self._tables["device_services"]

    def _record(self, table: str, kind: type[_Record], row_id: str) -> _Record:
        frame = self._tables[table]
        if table not in self._rows:
            self._rows[table] = {key: n for n, key in enumerate(frame[TABLES[table].key])}
        try:
            row = frame.iloc[self._rows[table][row_id]]
        except KeyError:
            raise MissingError(
                f"{TABLES[table].key} {row_id!r} is not in {table} ({len(frame)} rows)"
            ) from None
        values = {name: _plain(row[name]) for name in kind.__slots__}
        if "spans" in values:
            values["spans"] = split_ids(str(values["spans"]))
        return kind(**values)

    def site(self, site_id: str) -> Site:
        """Return one site; MissingError where there is none."""
        return self._record("sites", Site, site_id)

    def cell(self, cell_id: str) -> Cell:
        """Return one cell; MissingError where there is none."""
        return self._record("cells", Cell, cell_id)

    def device(self, device_id: str) -> Device:
        """Return one device; MissingError where there is none."""
        return self._record("devices", Device, device_id)

    def port(self, port_id: str) -> Port:
        """Return one port; MissingError where there is none."""
        return self._record("ports", Port, port_id)

    def link(self, link_id: str) -> Link:
        """Return one link; MissingError where there is none."""
        return self._record("links", Link, link_id)

    def graph(self) -> nx.MultiGraph[str]:
        """Return the sites and links as a networkx multigraph with all columns as attributes.

        Nodes are site ids, edge keys are link ids. Candidates and forbidden sites are nodes too;
        filter on ``state``.
        """
        graph: nx.MultiGraph[str] = nx.MultiGraph()
        for row in self.sites.drop(columns="geometry", errors="ignore").to_dict("records"):
            graph.add_node(row["site_id"], **{str(k): _plain(v) for k, v in row.items()})
        for row in self.links.drop(columns="geometry", errors="ignore").to_dict("records"):
            graph.add_edge(
                row["a_site"],
                row["b_site"],
                key=row["link_id"],
                **{str(k): _plain(v) for k, v in row.items()},
            )
        return graph

    def tables_of(self, given: str) -> tuple[list[str], str]:
        """Return the tables that use an id, plain or as ``sites:YP-017``, and the plain id.

        Raises
        ------
        MissingError
            It is in no table; the message gives the nearest id.
        """
        named, _, rest = given.partition(":")
        places = [named] if rest and named in TABLES else list(TABLES)
        wanted = rest if rest and named in TABLES else given
        found = [t for t in places if (self._tables[t][TABLES[t].key] == wanted).any()]
        if found:
            return found, wanted
        known = [i for t in places if t != "demand" for i in self._tables[t][TABLES[t].key]]
        close = difflib.get_close_matches(wanted, known, n=1)
        hint = f"did you mean {close[0]}?" if close else "ids look like sites:ID or ID"
        raise MissingError(f"{given!r} is in no table; {hint}")

    def without(self, failed_ids: Iterable[str]) -> Network:
        """Return the network that is left when the named things have failed.

        What stands on a failed thing fails with it: the cells, devices and links of a site, the
        ports of a device, the links on a port or through a span, the spans in a street.

        Parameters
        ----------
        failed_ids
            Ids of any table, plain (``YP-017``) or with the table (``sites:YP-017``) where two
            tables use the same id.

        Raises
        ------
        MissingError
            An id is in no table.
        """
        failed: dict[str, set[str]] = {name: set() for name in TABLES}
        for given in failed_ids:
            found, wanted = self.tables_of(given)
            for table in found:
                failed[table].add(wanted)
        # References point backwards in TABLES, except that links name spans: both are covered
        # because TABLES lists spans before links. An area that falls takes nothing with it.
        for name, declared in TABLES.items():
            frame = self._tables[name]
            for column in declared.columns:
                target = column.references.partition(".")[0]
                if not target or target == "areas" or not failed[target]:
                    continue
                gone = failed[target]
                if column.type == "ids":
                    hit = [any(i in gone for i in split_ids(cell)) for cell in frame[column.name]]
                else:
                    hit = [cell in gone for cell in frame[column.name]]
                keys = zip(frame[declared.key], hit, strict=True)
                failed[name].update(key for key, gone_too in keys if gone_too)
        left = {}
        for name, declared in TABLES.items():
            frame = self._tables[name]
            keep = ~frame[declared.key].isin(failed[name])
            left[name] = frame[keep].reset_index(drop=True)
        for name in ("sites", "demand", "places"):
            orphaned = left[name]["area_id"].isin(failed["areas"])
            if orphaned.any():
                left[name] = left[name].assign(area_id=left[name]["area_id"].mask(orphaned, ""))
        return Network(left, directory=self.directory)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(f)} {n}" for n, f in self._tables.items() if len(f))
        return f"Network({counts or 'empty'})"
