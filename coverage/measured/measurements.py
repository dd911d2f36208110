"""Imports what receivers measured: drive tests, receiver logs, text exports of TEMS and Nemo.

A log is any table with a heading: CSV, TAB or ; separated text, XLSX, GeoJSON, GeoPackage. Which
heading is which is said by a map, or known from common words; the *unit is always said*, because
no file can be trusted to say it and a wrong one moves every residual (:mod:`.log`).

Every value becomes a field in dBuV/m and stays beside it as it was read. Positions become WGS-84;
those of Chinese map programs (GCJ-02, BD-09) only where that is said. A
time without a zone is taken only in the zone that is named. Rows without a value or a position are
left out and counted; rows that are wrong are errors, all of them named. A row that repeats another
one to the last digit, its time included, was written twice by the receiver and counts once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...topology.datum import is_chinese_datum, to_wgs84
from ...topology.errors import FileError, Problem, TableError, UsageError
from ...topology.files import read_table_file
from ...topology.formats.csv_text import read_csv
from ...topology.formats.headed_rows import check_fit
from ...topology.formats.raw_table import MAX_FILE_BYTES
from ...topology.intake.heading_words import DATUMS
from ...topology.intake.headings import plain_heading
from ...topology.settings import nearest
from ..plain_file import check_plain_file
from .log import COLUMNS, LogFormat, field_dbuv_m
from .log_cells import LogCells, clean_text

__all__ = ["RANGES", "LogFormat", "Measurements", "read_measurements"]

_REQUIRED = ("lon", "lat", "measured")
_TEXT_ENDINGS = {".txt", ".tsv", ".log", ".fmt", ".dat"}
RANGES: dict[str, tuple[float, float, str]] = {
    "dbuv_m": (-60.0, 200.0, "dBuV/m"),
    "dbm": (-200.0, 60.0, "dBm"),
    "rsrp_dbm": (-160.0, 0.0, "dBm"),
}
_TEXTS = ("site_id", "cell_id", "clutter")


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """What was measured, never what was predicted.

    Attributes
    ----------
    frame
        One row for each measurement: ``row`` (of the file, as a spreadsheet counts), ``lon``,
        ``lat`` (WGS-84), ``measured`` (as read), ``measured_dbuv_m`` (field of the carrier),
        ``time_utc`` (NaT where unknown), ``site_id``, ``cell_id`` and ``clutter`` ("" where
        unknown).
    format
        How the file was read.
    source
        Name of the file.
    headings
        Our column to the heading that was taken for it.
    left_out
        Reason to number of rows.
    rows_read
        Rows of the file.
    problems
        Of the rows that ``skip_bad`` left out, up to 1000.
    """

    frame: pd.DataFrame
    format: LogFormat
    source: str
    headings: Mapping[str, str]
    left_out: Mapping[str, int]
    rows_read: int = 0
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the measurements as points in WGS-84: the *measured* layer."""
        points = gpd.points_from_xy(self.frame["lon"], self.frame["lat"])
        return gpd.GeoDataFrame(self.frame.copy(), geometry=points, crs="EPSG:4326")


def _table(path: Path, layer: str | None) -> tuple[pd.DataFrame, int]:
    """Return the cells of the file and the number of its first data row."""
    if path.suffix.lower() in _TEXT_ENDINGS:
        check_plain_file(path, MAX_FILE_BYTES)
        if layer is not None:
            raise UsageError(f"{path.name} is text and has no layer {layer!r}; leave --layer out")
        raw = read_csv(path)
        check_fit(raw.misfits, path.name)
        return raw.frame, raw.first_row
    table = read_table_file(path, layer=layer)
    return table.frame, table.first_row


def _match(headings: Sequence[str], log: LogFormat, name: str, crs: str | None) -> dict[str, str]:
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
    _check_headings(found, log, name, crs)
    return found


def _check_headings(found: Mapping[str, str], log: LogFormat, name: str, crs: str | None) -> None:
    """Refuse headings that contradict what was said of the file."""
    for ours in ("lon", "lat"):
        plain = plain_heading(found[ours])
        datum = next((DATUMS[word] for word in DATUMS if word in plain and word != plain), "")
        if datum in ("gcj02", "bd09") and crs is None:
            raise FileError(
                f"{name}: the heading {found[ours]!r} says that positions are in {datum}; say "
                f"--crs {datum}, or --crs wgs84 where the heading is wrong"
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


def _refuse_swapped(
    lon: NDArray[np.float64], lat: NDArray[np.float64], found: Mapping[str, str], name: str
) -> None:
    """Raise where the latitudes can only be longitudes; far better than a million bad rows."""
    numbers = np.isfinite(lon) & np.isfinite(lat)
    swapped = numbers & (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    if numbers.any() and swapped.sum() > 0.5 * numbers.sum():
        raise FileError(
            f"{name}: {found['lat']!r} holds values such as {lat[swapped][0]:g}, which no latitude "
            f"is, and {found['lon']!r} would fit: they are swapped; say --map lon={found['lat']} "
            f"--map lat={found['lon']}"
        )


def _refuse_other_unit(values: NDArray[np.float64], unit: str, heading: str, name: str) -> None:
    """Raise where most values are out of the unit's range and within that of another one."""
    least, most, said = RANGES[unit]
    out = np.isfinite(values) & ~((values >= least) & (values <= most))
    other = "dBm" if unit == "dbuv_m" and values[out].max(initial=-1.0) < 0 else ""
    other = "dBuV/m" if unit != "dbuv_m" and values[out].min(initial=1.0) > 0 else other
    if other and out.sum() > 0.5 * len(values):
        raise UsageError(
            f"{name}: the unit is said to be {said}, but {heading!r} holds values such as "
            f"{values[out][0]:g}, which are {other}; say the right unit"
        )


def _positions(
    cells: LogCells, used: NDArray[np.bool_], crs: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the positions in WGS-84."""
    lon, lat = cells.raw_numbers("lon"), cells.raw_numbers("lat")
    if crs is None or is_chinese_datum(crs) or crs.lower() in ("wgs84", "epsg:4326"):
        _refuse_swapped(lon[used], lat[used], cells.found, cells.name)
        cells.check_numbers(lon, used, "lon", -180.0, 180.0, "degrees")
        cells.check_numbers(lat, used, "lat", -90.0, 90.0, "degrees")
        if crs is not None:
            no_fix = (lon == 0.0) & (lat == 0.0)
            moved_lon, moved_lat = to_wgs84(lon, lat, crs)
            lon, lat = np.where(no_fix, 0.0, moved_lon), np.where(no_fix, 0.0, moved_lat)
        return lon, lat
    cells.check_numbers(lon, used, "lon", -1e8, 1e8, f"m of {crs}")
    cells.check_numbers(lat, used, "lat", -1e8, 1e8, f"m of {crs}")
    no_fix = (lon == 0.0) & (lat == 0.0)
    lon, lat = to_wgs84(lon, lat, crs)
    for index in np.flatnonzero(used & ~cells.bad & ~no_fix & ~np.isfinite(lon + lat)):
        cells.problem(int(index), "lon", f"is no position of {crs}", "correct the row or --crs")
    return np.where(no_fix, 0.0, lon), np.where(no_fix, 0.0, lat)


def read_measurements(
    path: Path,
    log: LogFormat,
    *,
    crs: str | None = None,
    layer: str | None = None,
    skip_bad: bool = False,
) -> Measurements:
    """Read a log of measurements.

    Parameters
    ----------
    path
        ``.csv``, ``.xlsx``, ``.geojson``, ``.gpkg`` and the other table formats, or delimited text
        under ``.txt``, ``.tsv``, ``.log``, ``.fmt``, ``.dat``.
    log
        The unit, the receiver, and which heading is which.
    crs
        What the positions are in: ``gcj02``, ``bd09``, ``wgs84`` or ``EPSG:n``; WGS-84 when None.
    layer
        Sheet or layer of the file; the first when None.
    skip_bad
        Leave rows with wrong cells out; they are counted and stand in ``problems``.

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
    frame, first_row = _table(path, layer)
    headings = [str(heading) for heading in frame.columns if heading != "geometry"]
    found = _match(headings, log, path.name, crs)
    cells = LogCells(frame, first_row, path.name, found)
    del frame
    no_position = cells.empty("lon") | cells.empty("lat")
    no_value = ~no_position & cells.empty("measured")
    used = ~no_position & ~no_value
    lon, lat = _positions(cells, used, crs)
    measured = cells.raw_numbers("measured")
    _refuse_other_unit(measured[used], log.unit, found["measured"], path.name)
    cells.check_numbers(measured, used, "measured", *RANGES[log.unit])
    times = cells.times(used, log)
    if cells.problems and not skip_bad:
        raise TableError(sorted(cells.problems, key=lambda problem: problem.row or 0))
    no_fix = used & ~cells.bad & (lon == 0.0) & (lat == 0.0)
    kept = np.flatnonzero(used & ~cells.bad & ~no_fix)
    out = pd.DataFrame(
        {
            "row": kept + first_row,
            "lon": lon[kept],
            "lat": lat[kept],
            "measured": measured[kept],
            "measured_dbuv_m": field_dbuv_m(measured[kept], log),
            "time_utc": times.iloc[kept].reset_index(drop=True),
            **{name: np.array(cells.texts(name), object)[kept] for name in _TEXTS},
        }
    )
    repeats = out["time_utc"].notna() & out.duplicated([n for n in out.columns if n != "row"])
    out = out[~repeats].reset_index(drop=True)
    left_out = {
        "no position": int(no_position.sum()),
        "no value": int(no_value.sum()),
        "position 0, 0: the receiver had no fix": int(no_fix.sum()),
        "a wrong cell": int(cells.bad.sum()),
        "repeats another row, time included": int(repeats.sum()),
    }
    left_out = {reason: count for reason, count in left_out.items() if count}
    if out.empty:
        why = ", ".join(f"{count} with {reason}" for reason, count in left_out.items())
        raise FileError(
            f"{path.name} has no usable measurement among {cells.size} rows"
            + (f" ({why})" if why else "")
            + "; check which heading is the value"
        )
    return Measurements(
        out, log, clean_text(path.name), found, left_out, cells.size, tuple(cells.problems)
    )
