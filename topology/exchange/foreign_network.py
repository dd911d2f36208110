"""A network that another program wrote, as tables of the model, and how its rows are gathered.

Readers add rows one by one and say where in the file each stands. Everything is checked at the
end by the declarations of :mod:`ngbw.topology.tables`, so that a negative length, an id that
stands twice and a link that ends nowhere are one error with its place, whatever the format.

Honest rows: ``source`` names format and file, ``assumed`` names the columns that the file does
not say (a graph says nothing about how a link is carried). A position that the file does not know
stays empty; such a network can be studied, but not imported into a project.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..compact_graph import CompactGraph, graph_of
from ..datum import is_chinese_datum, to_wgs84
from ..errors import FileError, Problem
from ..formats.plain_values import as_text, plain
from ..network import Network
from ..references import references
from ..schema import Table, check, coerce
from ..tables import TABLES

__all__ = ["TRAFFIC_COLUMNS", "ForeignNetwork", "NetworkRows", "short_id"]

_ID_CHARS = 64
_HASH_CHARS = 12

TRAFFIC_COLUMNS = ("demand_id", "a_site", "b_site", "value")
"""Columns of a traffic matrix; the unit of ``value`` is the file's own, few formats say it."""


@dataclass(frozen=True, slots=True, eq=False)
class ForeignNetwork:
    """What a file of another program says about a network.

    Attributes
    ----------
    format
        Name of the format as ``--as`` takes it.
    path
        The file or directory.
    title
        The network's own name, "" where it has none.
    tables
        Typed tables by name, only those with rows. Positions may be empty.
    traffic
        Demands between sites with the columns :data:`TRAFFIC_COLUMNS`; often empty.
    crs
        What the positions were taken to be.
    notes
        What was understood, left out or changed on the way.
    source
        What the reader wrote as ``source`` of the rows that do not say their own.
    """

    format: str
    path: Path
    title: str
    tables: Mapping[str, pd.DataFrame]
    traffic: pd.DataFrame
    crs: str
    notes: tuple[str, ...]
    source: str = ""

    def network(self) -> Network:
        """Return the tables as one model.

        A graph format names spans and ports that it does not hold; here they are unknown.
        """
        tables = {}
        for name, frame in self.tables.items():
            gone = {
                column.name: ""
                for column in TABLES[name].columns
                if column.references and column.references.partition(".")[0] not in self.tables
            }
            tables[name] = frame.assign(**gone)
        return Network(tables)

    def graph(self) -> CompactGraph:
        """Return sites and links as a compact graph."""
        return graph_of(self.network())

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table, and of demands, where there are any."""
        counts = {name: len(frame) for name, frame in self.tables.items()}
        return counts | ({"traffic": len(self.traffic)} if len(self.traffic) else {})


def short_id(text: str) -> str:
    """Return an id that a table can hold: the text, or its beginning and a hash when too long.

    Two different texts stay different, and the same text always gives the same id.
    """
    text = text.strip()
    if len(text) <= _ID_CHARS:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_HASH_CHARS]
    return f"{text[: _ID_CHARS - _HASH_CHARS - 1]}~{digest}"


class NetworkRows:
    """Gathers the rows of a network while a file is read.

    Parameters
    ----------
    format
        Name of the format as ``--as`` takes it.
    label
        What people call the format.
    path
        The file or directory.
    """

    def __init__(self, format: str, label: str, path: Path) -> None:
        self.format = format
        self.path = path
        self.name = path.name
        self.title = ""
        self.source = f"{label} {path.name}"
        self.notes: list[str] = []
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._places: dict[str, list[str]] = {}
        self._traffic: list[tuple[str, str, str, float]] = []

    def note(self, text: str) -> None:
        """Remember what was understood, left out or changed."""
        self.notes.append(text)

    def has(self, table: str) -> bool:
        """Say whether the table has rows."""
        return bool(self._rows.get(table))

    def add(
        self,
        table: str,
        place: str,
        values: Mapping[str, Any],
        *,
        assumed: Iterable[str] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a row.

        Parameters
        ----------
        place
            Where it stands in the file, for messages.
        values
            Our columns; None is unknown.
        assumed
            Columns whose value the file does not say.
        extra
            Attributes of the file that no column of ours holds; they are kept beside.
        """
        row = dict(values)
        key = TABLES[table].key
        if row.get(key) is None or not str(row[key]).strip():
            raise FileError(f"{self.name}, {place} must have a {key}; correct the file")
        words = [name for name in dict.fromkeys(assumed) if row.get(name) is not None]
        row.setdefault("source", self.source)
        row.setdefault("assumed", " ".join(words))
        for name, value in (extra or {}).items():
            if name in row:
                continue
            try:
                kept = plain(value)
            except ValueError:
                raise FileError(
                    f"{self.name}, {place}: {name} is infinite; a number must be finite"
                ) from None
            if kept is not None:
                row[str(plain(name))] = as_text(kept)
        self._rows.setdefault(table, []).append(row)
        self._places.setdefault(table, []).append(place)

    def add_traffic(self, place: str, demand_id: str, a: str, b: str, value: object) -> None:
        """Add a demand between two sites, in the file's own unit."""
        amount = self.number(place, "the demand", value)
        if amount is None or amount < 0:
            raise FileError(f"{self.name}, {place}: a demand must be a number of at least 0")
        self._traffic.append((short_id(demand_id), short_id(a), short_id(b), amount))

    def number(self, place: str, what: str, value: object) -> float | None:
        """Return a number of the file, None where there is none.

        Raises
        ------
        FileError
            It is no finite number.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            number = float(str(value).strip())
        except ValueError:
            number = math.nan
        if isinstance(value, bool) or not math.isfinite(number):
            raise FileError(
                f"{self.name}, {place}: {what} is {str(value)[:40]!r}; it must be a finite number"
            )
        return number

    # -------------------------------------------------------------- the end

    def _frame(self, table: Table) -> pd.DataFrame:
        rows = self._rows[table.name]
        names = dict.fromkeys(name for row in rows for name in row)
        frame = pd.DataFrame(
            {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
        )
        for column in table.columns:
            named = column.name == table.key or column.references
            if column.name not in frame.columns or not named:
                continue
            if column.type == "ids":
                frame[column.name] = [
                    ";".join(short_id(part).replace(";", ",") for part in cell or ())
                    for cell in frame[column.name]
                ]
            else:
                frame[column.name] = [
                    None if cell is None else short_id(as_text(plain(cell)))
                    for cell in frame[column.name]
                ]
            if column.references == "spans.span_id" or column.name == "span_id":
                frame[column.name] = [
                    cell if column.type == "ids" else (cell or "").replace(";", ",")
                    for cell in frame[column.name]
                ]
        return frame

    def _refuse(self, problems: list[Problem]) -> None:
        """Raise the first problem with its place in the file, and say how many more there are."""
        bad = [problem for problem in problems if problem.severity == "error"]
        if not bad:
            return
        first = bad[0]
        where = self.name
        if first.row is not None:
            where += f", {self._places[first.table][first.row]}"
        more = f" (and {len(bad) - 1} more like it)" if len(bad) > 1 else ""
        raise FileError(
            f"{where}: {first.column} {first.value!r} {first.rule}; correct the file{more}"
        )

    def _refuse_doubles(self, table: Table, frame: pd.DataFrame) -> None:
        seen: dict[object, int] = {}
        for row, key in enumerate(frame[table.key].tolist()):
            if key in seen:
                places = self._places[table.name]
                raise FileError(
                    f"{self.name}, {places[row]}: {table.key} {str(key)[:80]!r} stands there "
                    f"already, at {places[seen[key]]}; it must be unique; correct the file"
                )
            seen[key] = row

    def finish(self, crs: str | None = None) -> ForeignNetwork:
        """Check everything and return the network.

        Parameters
        ----------
        crs
            What the positions are in, as ``--crs`` takes it; WGS-84 when None.

        Raises
        ------
        FileError
            A row breaks a rule of its table; the message says where it stands.
        UsageError
            There is no such coordinate system.
        """
        tables: dict[str, pd.DataFrame] = {}
        for name, table in TABLES.items():
            if name not in self._rows:
                continue
            frame = self._frame(table)
            self._refuse_doubles(table, frame)
            if crs:
                frame = self._moved(table, frame, crs)
            self._refuse(
                [
                    problem
                    for problem in check(table, frame, file=self.name, first_row=0)
                    if problem.value or problem.column not in ("lon", "lat")
                ]
            )
            tables[name] = coerce(table, frame)
        dangling = references(tables, first_rows=dict.fromkeys(TABLES, 0))
        self._refuse([p for p in dangling if self._is_ours_to_say(p, tables)])
        traffic = self._checked_traffic(tables)
        chinese = crs is not None and is_chinese_datum(crs)
        if chinese:
            self.note(f"positions were converted from {crs} to WGS-84")
        return ForeignNetwork(
            self.format,
            self.path,
            self.title,
            tables,
            traffic,
            crs or "WGS-84",
            tuple(self.notes),
            self.source,
        )

    @staticmethod
    def _is_ours_to_say(problem: Problem, tables: Mapping[str, pd.DataFrame]) -> bool:
        """Say whether a reference must be met by the file; a graph's spans may be the project's."""
        target = TABLES[problem.table][problem.column or ""].references.partition(".")[0]
        return target in tables or target in ("sites", "devices")

    def _checked_traffic(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        known = set(tables["sites"]["site_id"]) if "sites" in tables else set()
        for demand_id, a, b, _ in self._traffic:
            for end in (a, b):
                if end not in known:
                    raise FileError(
                        f"{self.name}: demand {demand_id!r} ends at {end[:80]!r}, which is no "
                        "node of the file; correct the file"
                    )
        return pd.DataFrame(self._traffic, columns=list(TRAFFIC_COLUMNS))

    def _moved(self, table: Table, frame: pd.DataFrame, crs: str) -> pd.DataFrame:
        """Return the rows with positions and lines in WGS-84."""
        if {"lon", "lat"} <= set(frame.columns) and table.geometry == "point":
            lon = pd.to_numeric(frame["lon"], errors="coerce").to_numpy(dtype=float)
            lat = pd.to_numeric(frame["lat"], errors="coerce").to_numpy(dtype=float)
            new_lon, new_lat = to_wgs84(lon, lat, crs)
            known = np.isfinite(lon) & np.isfinite(lat)
            frame["lon"] = pd.Series(np.where(known, new_lon, np.nan), dtype=object)
            frame["lat"] = pd.Series(np.where(known, new_lat, np.nan), dtype=object)
        if "geometry" in frame.columns:
            frame["geometry"] = [
                shape
                if shape is None
                else shapely.transform(
                    shape, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs))
                )
                for shape in frame["geometry"]
            ]
        return frame
