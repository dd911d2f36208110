"""OpenCellID: cells that phones have heard, with positions of very different quality.

A cell is not a site: a mast carries many cells, and the position of each is estimated by itself.
Cells of one operator that lie within 100 m of each other, and sectors of one LTE base station
(the cell identity without its last 8 bits, 3GPP TS 36.300) within 500 m, become one site.

Position quality. ``changeable=1`` means that the position is computed from where phones were
when they heard the cell. Measurements spread over ``range`` metres, so the mean of ``samples`` of
them is off by about range / sqrt(samples); this estimate of ours is ``accuracy_m``, never less than
30 m, and marked as assumed. ``changeable=0`` is a position that the operator gave; how exact it is
the file does not say.

Datum. Phones sold in China may report GCJ-02, so rows of MCC 460 and 461 may be WGS-84 or 300-700 m
off, and the file does not say which. Unless ``--crs`` declares it, positions are taken as WGS-84,
marked as assumed, and the shift at the place is added to ``accuracy_m``.

Source: https://wiki.opencellid.org (columns), CC BY-SA 4.0 for the data itself.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..datum import distance_m, inside_china_box, wgs84_to_gcj02
from ..errors import FileError, UsageError
from ..formats.raw_table import check_row_count
from .documents import read_text
from .foreign_network import ForeignNetwork, NetworkRows

__all__ = ["COLUMNS", "SAME_BASE_STATION_M", "SAME_SITE_M", "read_opencellid"]

COLUMNS = (
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples",
    "changeable", "created", "updated", "averageSignal",
)  # fmt: skip
"""Columns in the order of the files, which may come without a heading."""

SAME_SITE_M = 100.0
"""Cells of one operator this close are on one site."""

SAME_BASE_STATION_M = 500.0
"""Sectors of one LTE base station this close are on one site; further off they are remote heads."""

_RADIOS = ("GSM", "UMTS", "LTE", "NR", "CDMA", "NBIOT")
_CHINA = ("460", "461")
_LEAST_ACCURACY_M = 30.0
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class _Cell:
    place: str
    cell_id: str
    operator: str
    base_station: str
    radio: str
    lon: float
    lat: float
    range_m: float
    samples: float
    estimated: bool
    signal: str
    updated: str


def _records(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = read_text(path, "OpenCellID CSV")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        first = next(reader, [])
        head = [cell.strip() for cell in first]
        if head and head[0].upper() in _RADIOS:
            columns: Sequence[str] = COLUMNS
            yield 1, dict(zip(COLUMNS, head, strict=False))
        elif {"radio", "mcc", "lon", "lat"} <= set(head):
            columns = head
        else:
            raise FileError(
                f"{path.name} is no OpenCellID file: its columns must be {','.join(COLUMNS)}"
            )
        for number, row in enumerate(reader, start=2):
            if not row:
                continue
            check_row_count(number, path.name)
            if len(row) > len(columns) or len(row) < len(columns) - 1:
                raise FileError(
                    f"{path.name}, row {number} has {len(row)} cells instead of {len(columns)}"
                )
            yield number, dict(zip(columns, (cell.strip() for cell in row), strict=False))
    except csv.Error as error:
        raise FileError(
            f"{path.name}, row {reader.line_num} cannot be read as CSV ({error})"
        ) from None


def _cell(rows: NetworkRows, number: int, record: dict[str, str]) -> _Cell | None:
    """Return the cell of a row, None when it has no position."""
    place = f"row {number}"
    radio = record.get("radio", "").upper()
    if radio not in _RADIOS:
        raise FileError(f"{rows.name}, {place}: radio is {radio[:20]!r}; it must be one of "
                        f"{', '.join(_RADIOS)}")  # fmt: skip
    ids = [record.get(name, "") for name in ("mcc", "net", "area", "cell")]
    for name, text in zip(("mcc", "net", "area", "cell"), ids, strict=True):
        if not (text.isascii() and text.isdigit()):
            raise FileError(f"{rows.name}, {place}: {name} is {text[:20]!r}; it must be a whole "
                            "number")  # fmt: skip
    lon = rows.number(place, "lon", record.get("lon"))
    lat = rows.number(place, "lat", record.get("lat"))
    spread = rows.number(place, "range", record.get("range")) or 0.0
    if spread < 0:
        raise FileError(f"{rows.name}, {place}: range is {spread:g}; it must not be negative")
    if lon is None or lat is None or (lon == 0.0 and lat == 0.0):
        return None
    operator = f"{ids[0]}-{ids[1]}"
    return _Cell(
        place,
        f"{radio.lower()}-{'-'.join(ids)}",
        operator,
        f"{operator}-{int(ids[3]) >> 8}" if radio == "LTE" and int(ids[3]) > 255 else "",
        radio.lower(),
        lon,
        lat,
        spread,
        rows.number(place, "samples", record.get("samples")) or 0.0,
        record.get("changeable", "1") != "0",
        record.get("averageSignal", ""),
        record.get("updated", ""),
    )


def _accuracy_m(cell: _Cell) -> float | None:
    """Return how exact an estimated position is; None for one that was given."""
    if not cell.estimated or cell.range_m <= 0:
        return None
    return max(cell.range_m / math.sqrt(max(cell.samples, 1.0)), _LEAST_ACCURACY_M)


def _trust(cell: _Cell) -> tuple[float, str]:
    accuracy = _accuracy_m(cell)
    return (math.inf if cell.estimated else 0.0) if accuracy is None else accuracy, cell.cell_id


class _Places:
    """Sites founded so far, found again by where they are."""

    def __init__(self) -> None:
        self.cells: list[list[_Cell]] = []
        self.grid: dict[tuple[str, int, int], list[int]] = {}
        self.stations: dict[str, list[int]] = {}

    def _square(self, cell: _Cell) -> tuple[int, int]:
        across = max(math.cos(math.radians(cell.lat)), 0.01)
        return (
            math.floor(cell.lon * _METRES_PER_DEGREE * across / SAME_SITE_M),
            math.floor(cell.lat * _METRES_PER_DEGREE / SAME_SITE_M),
        )

    def nearest(self, cell: _Cell) -> int | None:
        """Return the site on which a cell stands, None when it founds one."""
        x, y = self._square(cell)
        # The squares of a row shift a little against those of the next: two on each side.
        near = [
            site
            for dx in (-2, -1, 0, 1, 2)
            for dy in (-1, 0, 1)
            for site in self.grid.get((cell.operator, x + dx, y + dy), ())
        ]
        candidates = [(self._distance(cell, site), site) for site in near]
        within = [(far, site) for far, site in candidates if far <= SAME_SITE_M]
        if not within and cell.base_station:
            candidates = [(self._distance(cell, site), site)
                          for site in self.stations.get(cell.base_station, ())]  # fmt: skip
            within = [(far, site) for far, site in candidates if far <= SAME_BASE_STATION_M]
        return min(within)[1] if within else None

    def _distance(self, cell: _Cell, site: int) -> float:
        # Plane geometry, exact to a metre within the few hundred that matter here.
        founder = self.cells[site][0]
        east_deg = (cell.lon - founder.lon) * math.cos(math.radians(cell.lat))
        return _METRES_PER_DEGREE * math.hypot(east_deg, cell.lat - founder.lat)

    def add(self, cell: _Cell) -> None:
        """Put a cell on a site, or found one where none is near."""
        site = self.nearest(cell)
        if site is None:
            site = len(self.cells)
            self.cells.append([])
            self.grid.setdefault((cell.operator, *self._square(cell)), []).append(site)
        self.cells[site].append(cell)
        stations = self.stations.setdefault(cell.base_station, [])
        if cell.base_station and site not in stations:
            stations.append(site)


def _position(cells: Sequence[_Cell]) -> tuple[float, float, float | None]:
    """Return the best position of a site's cells, and how exact it is.

    A position that the operator gave wins; else the mean by 1 / accuracy squared, as exact as
    the best of them: errors of sectors on one mast are alike and do not cancel out.
    """
    given = [cell for cell in cells if not cell.estimated]
    if given:
        return given[0].lon, given[0].lat, None
    known = [(cell, accuracy) for cell in cells if (accuracy := _accuracy_m(cell)) is not None]
    if not known:
        return cells[0].lon, cells[0].lat, None
    weights = [1.0 / accuracy**2 for _, accuracy in known]
    whole = sum(weights)
    lon = sum(w * cell.lon for w, (cell, _) in zip(weights, known, strict=True)) / whole
    lat = sum(w * cell.lat for w, (cell, _) in zip(weights, known, strict=True)) / whole
    return lon, lat, min(accuracy for _, accuracy in known)


def _shift_m(lon: float, lat: float) -> float:
    """Return how far off a position is if it is GCJ-02 and not WGS-84."""
    return float(distance_m(lon, lat, *wgs84_to_gcj02(lon, lat)))


def _add_site(rows: NetworkRows, cells: Sequence[_Cell], *, declared: bool) -> bool:
    """Add a site and its cells; return whether its datum is unknown."""
    founder = cells[0]
    lon, lat, accuracy = _position(cells)
    chinese = founder.operator.partition("-")[0] in _CHINA and bool(inside_china_box(lon, lat))
    doubtful = chinese and not declared
    if doubtful:
        accuracy = (accuracy or 0.0) + _shift_m(lon, lat)
    values = {
        "site_id": f"oci-{founder.cell_id}",
        "kind": "base-station",
        "state": "built",
        "lon": lon,
        "lat": lat,
        "category": founder.operator,
        "accuracy_m": None if accuracy is None else round(accuracy, 1),
    }
    assumed = ["accuracy_m", *(("lon", "lat") if doubtful else ())]
    extra = {"cells": len(cells), "position": "estimated" if founder.estimated else "given"}
    rows.add("sites", founder.place, values, assumed=assumed, extra=extra)
    for cell in cells:
        values = {
            "cell_id": cell.cell_id,
            "site_id": f"oci-{founder.cell_id}",
            "technology": cell.radio,
        }
        heard = {
            "range_m": cell.range_m or None,
            "samples": cell.samples or None,
            "mean_signal_dbm": cell.signal if cell.signal not in ("", "0") else None,
            "updated": cell.updated or None,
        }
        # That cells near each other share a mast is our reading.
        rows.add("cells", cell.place, values, assumed=("site_id",) if len(cells) > 1 else (),
                 extra=heard)  # fmt: skip
    return doubtful


def read_opencellid(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read an OpenCellID file, with or without heading, as sites and cells.

    Parameters
    ----------
    crs
        ``wgs84`` or ``gcj02`` when it is known what the phones reported.

    Raises
    ------
    FileError
        It is no such file, or a row breaks a rule; the message says which row.
    """
    rows = NetworkRows("opencellid", "OpenCellID", path)
    cells, nowhere = [], 0
    for number, record in _records(path):
        cell = _cell(rows, number, record)
        if cell is None:
            nowhere += 1
        else:
            cells.append(cell)
    places = _Places()
    for cell in sorted(cells, key=_trust):
        places.add(cell)
    if crs is not None and crs.lower().startswith("epsg") and crs.lower() != "epsg:4326":
        raise UsageError(f"--crs is {crs!r}; phones report degrees: wgs84 or gcj02")
    doubtful = sum(_add_site(rows, site, declared=crs is not None) for site in places.cells)
    if nowhere:
        rows.note(f"{nowhere} cells without a position were left out")
    rows.note(f"{len(cells)} cells stand on {len(places.cells)} sites "
              f"(same operator within {SAME_SITE_M:g} m)")  # fmt: skip
    if doubtful:
        rows.note(
            f"{doubtful} sites are in China, where phones may report GCJ-02, which the file does "
            "not say: taken as WGS-84, and the shift of some 500 m added to accuracy_m; if you "
            "know, say --crs wgs84 or --crs gcj02"
        )
    return rows.finish(crs)
