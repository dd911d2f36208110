"""Imports what receivers measured: drive tests, receiver logs, text exports of TEMS and Nemo.

A log is any table with a heading: CSV, TAB or ; separated text, XLSX, GeoJSON, GeoPackage. Which
heading is which is said by a map, or known from common words; the *unit is always said*, because
no file can be trusted to say it and a wrong one moves every residual (:mod:`.measurement_log`).

Every value becomes a field in dBuV/m and stays beside it as it was read. Positions are WGS-84. A
time without a zone is taken only in the zone that is named. Rows without a value or a position are
left out and counted; rows that are wrong are errors, all of them named.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...topology.errors import FileError, Problem, TableError, UsageError
from ...topology.files import read_table_file
from ...topology.formats.csv_text import read_csv
from ...topology.formats.raw_table import MAX_FILE_BYTES
from ...topology.intake.heading_words import DATUMS
from ...topology.intake.headings import plain_heading
from ...topology.settings import nearest
from ..plain_file import check_plain_file
from .log import COLUMNS, LogFormat, field_dbuv_m, find_zone

__all__ = ["LogFormat", "Measurements", "read_measurements"]

_REQUIRED = ("lon", "lat", "measured")
_TEXT_ENDINGS = {".txt", ".tsv", ".log", ".fmt", ".dat"}
_NOTHING = {"", "-", "--", "?", "n/a", "na", "nan", "null", "none", "no data"}
_RANGES: dict[str, tuple[float, float, str]] = {
    "dbuv_m": (-60.0, 200.0, "dBuV/m"),
    "dbm": (-200.0, 60.0, "dBm"),
    "rsrp_dbm": (-160.0, 0.0, "dBm"),
}
_MOST_PROBLEMS = 1000
_TEXT_CHARS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """What was measured, never what was predicted.

    Attributes
    ----------
    frame
        One row for each measurement: ``row`` (of the file, as a spreadsheet counts), ``lon``,
        ``lat`` (WGS-84), ``measured`` (as read), ``measured_dbuv_m`` (field of the carrier),
        ``time_utc`` (NaT where unknown), ``site_id`` and ``clutter`` ("" where unknown).
    format
        How the file was read.
    source
        Name of the file.
    headings
        Our column to the heading that was taken for it.
    left_out
        Reason to number of rows.
    """

    frame: pd.DataFrame
    format: LogFormat
    source: str
    headings: Mapping[str, str]
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.frame)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the measurements as points in WGS-84: the *measured* layer."""
        points = gpd.points_from_xy(self.frame["lon"], self.frame["lat"])
        return gpd.GeoDataFrame(self.frame.copy(), geometry=points, crs="EPSG:4326")


def _table(path: Path) -> tuple[pd.DataFrame, int]:
    """Return the cells of the file and the number of its first data row."""
    if path.suffix.lower() in _TEXT_ENDINGS:
        check_plain_file(path, MAX_FILE_BYTES)
        raw = read_csv(path)
        return raw.frame, raw.first_row
    table = read_table_file(path)
    return table.frame, table.first_row


def _match(headings: Sequence[str], log: LogFormat, name: str) -> dict[str, str]:
    """Return our column to their heading: by the map first, then by known words."""
    found: dict[str, str] = {}
    for ours, theirs in log.columns.items():
        if theirs == "" and ours not in _REQUIRED:
            continue
        if theirs not in headings:
            raise UsageError(
                f"{name} has no heading {theirs!r}{nearest(theirs, list(headings))} for {ours}; it "
                f"has {', '.join(headings)[:500]}"
            )
        found[ours] = theirs
    for ours, words in COLUMNS.items():
        if ours in found or log.columns.get(ours) == "":
            continue
        fits = [
            heading
            for heading in headings
            if heading not in found.values()
            and (heading == ours or plain_heading(re.sub(r"[(\[].*?[)\]]", "", heading)) in words)
        ]
        if ours in fits:
            fits = [ours]
        if len(fits) > 1:
            raise UsageError(
                f"{name} has the headings {' and '.join(map(repr, fits))}, which both mean {ours}; "
                f"say which in columns"
            )
        if fits:
            found[ours] = fits[0]
    missing = [ours for ours in _REQUIRED if ours not in found]
    if missing:
        raise UsageError(
            f"{name} has no heading that is known for {', '.join(missing)}; say in columns which "
            f"of {', '.join(headings)[:500]} it is"
        )
    _check_headings(found, log, name)
    return found


def _check_headings(found: Mapping[str, str], log: LogFormat, name: str) -> None:
    """Refuse headings that contradict what was said of the file."""
    for ours in ("lon", "lat"):
        plain = plain_heading(found[ours])
        datum = next((DATUMS[word] for word in DATUMS if word in plain and word != plain), "")
        if datum in ("gcj02", "bd09"):
            raise FileError(
                f"{name}: the heading {found[ours]!r} says that positions are in {datum}; convert "
                "them to WGS-84 first"
            )
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", found["measured"])).lower()
    is_voltage = re.search(r"db[uμ]v", plain)
    is_field = re.search(r"db[uμ]v/?_?m", plain)
    is_power = "dbm" in plain
    if is_voltage and not is_field:
        raise FileError(
            f"{name}: the heading {found['measured']!r} is a voltage; give field strength in "
            "dBuV/m or power in dBm"
        )
    contradicts = {
        "dbuv_m": is_power or "rsrp" in plain,
        "dbm": is_field or "rsrp" in plain,
        "rsrp_dbm": is_field or "rssi" in plain or "rscp" in plain,
    }
    if contradicts[log.unit]:
        raise UsageError(
            f"{name}: unit is {log.unit} but the heading is {found['measured']!r}; correct the one "
            "that is wrong"
        )


class _Cells:
    """The cells of a file while they are checked."""

    def __init__(
        self, frame: pd.DataFrame, first_row: int, name: str, found: Mapping[str, str]
    ) -> None:
        self.name, self.found, self.first_row = name, found, first_row
        self.problems: list[Problem] = []
        self._columns: dict[str, list[object]] = {
            ours: frame[theirs].tolist() for ours, theirs in found.items()
        }
        self.size = len(frame)

    def empty(self, column: str) -> NDArray[np.bool_]:
        cells = self._columns[column]
        return np.array(
            [
                value is None
                or (isinstance(value, str) and value.strip().lower() in _NOTHING)
                or (isinstance(value, float) and math.isnan(value))
                for value in cells
            ],
            dtype=bool,
        )

    def problem(self, index: int, column: str, rule: str, fix: str) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            value = str(self._columns[column][index])[:80]
            row = self.first_row + index
            self.problems.append(
                Problem(
                    "error", self.name, "measurements", row, self.found[column], value, rule, fix
                )
            )

    def numbers(
        self, column: str, wanted: NDArray[np.bool_], least: float, most: float, unit: str
    ) -> NDArray[np.float64]:
        cells = self._columns[column]
        values = np.full(self.size, np.nan)
        for index in np.flatnonzero(wanted):
            cell = cells[index]
            try:
                value = math.nan if isinstance(cell, bool) else float(str(cell).strip())
            except ValueError:
                value = math.nan
            if not least <= value <= most or "_" in str(cell):
                self.problem(
                    int(index),
                    column,
                    f"must be a number in {unit} from {least:g} to {most:g}",
                    "correct it, or empty the cell to leave the row out",
                )
            values[index] = value
        return values

    def times(self, wanted: NDArray[np.bool_], log: LogFormat) -> list[datetime | None]:
        out: list[datetime | None] = [None] * self.size
        if "time" not in self._columns:
            return out
        zone = None if log.time_zone is None else find_zone(log.time_zone)
        cells, empty = self._columns["time"], self.empty("time")
        for index in np.flatnonzero(wanted & ~empty):
            out[index] = self._time(int(index), cells[index], zone, log.time_format)
        return out

    def _time(
        self, index: int, cell: object, zone: tzinfo | None, pattern: str | None
    ) -> datetime | None:
        if isinstance(cell, datetime):
            moment = cell
        else:
            text = str(cell).strip()
            try:
                moment = (
                    datetime.fromisoformat(text)
                    if pattern is None
                    else datetime.strptime(text, pattern)
                )
            except ValueError:
                how = "as 2016-05-04T08:15:00Z" if pattern is None else f"written as {pattern}"
                fix = "say time_format, or the heading '' for time to leave times out"
                self.problem(index, "time", f"must be a date and time {how}", fix)
                return None
        if moment.tzinfo is None:
            if zone is None:
                self.problem(
                    index, "time", "has no time zone", "name the zone it is in as time_zone"
                )
                return None
            moment = moment.replace(tzinfo=zone)
        if not 1970 <= moment.year <= 2200:
            self.problem(index, "time", "must be a year from 1970 to 2200", "correct it")
            return None
        return moment.astimezone(UTC)

    def texts(self, column: str) -> list[str]:
        if column not in self._columns:
            return [""] * self.size
        empty = self.empty(column)
        return [
            "" if nothing else _clean(str(cell))
            for cell, nothing in zip(self._columns[column], empty, strict=True)
        ]


def _clean(text: str) -> str:
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:_TEXT_CHARS]


def read_measurements(path: Path, log: LogFormat) -> Measurements:
    """Read a log of measurements.

    Parameters
    ----------
    path
        ``.csv``, ``.xlsx``, ``.geojson``, ``.gpkg`` and the other table formats, or delimited text
        under ``.txt``, ``.tsv``, ``.log``, ``.fmt``, ``.dat``.
    log
        The unit, the receiver, and which heading is which.

    Raises
    ------
    TableError
        Cells break a rule; every one is named with its row, up to 1000.
    UsageError
        A heading is missing, ambiguous or contradicts the unit.
    FileError, MissingError, SurroundingsError
        The file cannot be read, is in another datum, or no row is left.
    """
    path = Path(path)
    frame, first_row = _table(path)
    headings = [str(heading) for heading in frame.columns if heading != "geometry"]
    found = _match(headings, log, path.name)
    cells = _Cells(frame, first_row, path.name, found)
    no_position = cells.empty("lon") | cells.empty("lat")
    no_value = ~no_position & cells.empty("measured")
    used = ~no_position & ~no_value
    lon = cells.numbers("lon", used, -180.0, 180.0, "degrees")
    lat = cells.numbers("lat", used, -90.0, 90.0, "degrees")
    measured = cells.numbers("measured", used, *_RANGES[log.unit])
    times = cells.times(used, log)
    if cells.problems:
        raise TableError(cells.problems)
    no_fix = used & (lon == 0.0) & (lat == 0.0)
    kept = np.flatnonzero(used & ~no_fix)
    left_out = {
        "no position": int(no_position.sum()),
        "no value": int(no_value.sum()),
        "position 0, 0: the receiver had no fix": int(no_fix.sum()),
    }
    left_out = {reason: count for reason, count in left_out.items() if count}
    if not len(kept):
        why = ", ".join(f"{count} with {reason}" for reason, count in left_out.items())
        raise FileError(
            f"{path.name} has no usable measurement among {cells.size} rows"
            + (f" ({why})" if why else "")
            + "; check which heading is the value"
        )
    site_id, clutter = cells.texts("site_id"), cells.texts("clutter")
    out = pd.DataFrame(
        {
            "row": kept + first_row,
            "lon": lon[kept],
            "lat": lat[kept],
            "measured": measured[kept],
            "measured_dbuv_m": field_dbuv_m(measured[kept], log),
            "time_utc": pd.to_datetime(pd.Series([times[i] for i in kept], dtype=object), utc=True),
            "site_id": [site_id[i] for i in kept],
            "clutter": [clutter[i] for i in kept],
        }
    )
    return Measurements(out, log, _clean(path.name), found, left_out)
