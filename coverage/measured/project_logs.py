"""The logs that a project holds: one small table that lists them, one file of points for each.

::

    measurements.csv        a row for each log: unit, receiver, where it came from
    measured_drive-1.csv    the points of the log drive-1: position, value as read, time, ids

Logs are no tables of the model. A million points must not be read, checked cell by cell and hashed
by every plan that never looks at them, and a plan must not become another plan because somebody
measured. Apart from that they are kept as tables are: written by :mod:`ngbw.topology.history`,
whole or not at all, with ``ngbw undo``; checked by ``ngbw validate``; plain CSV for people, QGIS
and git. The field is worked out when a log is read, from the value as read and from the receiver
in ``measurements.csv``, so that a gain which is corrected there is corrected everywhere.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...topology.errors import FileError, MissingError, NgbwError, Problem, TableError
from ...topology.files import read_table_file, write_table_file
from ...topology.formats.csv_text import guard_formula, unguard_formula
from ...topology.formats.raw_table import MAX_FILE_BYTES, MAX_ROWS
from ...topology.history import commit
from ...topology.project import Project
from ...topology.schema import Column, Table, check, coerce, empty_frame
from ...topology.settings import nearest
from ..plain_file import plain_file_bytes
from .log import COLUMNS, LogFormat, field_dbuv_m
from .measurements import RANGES, Measurements

__all__ = ["LOGS", "list_logs", "log_problems", "points_file", "read_logs", "save_log"]

LOGS = Table(
    "measurements",
    "log_id",
    "Logs of measurements; the points of each are in measured_LOG.csv",
    "none",
    (
        Column("log_id", "id", "Names the log and its file", required=True),
        Column("file", "text", "Name of the file that was imported"),
        Column("file_sha256", "text", "Hash of that file, so that it is not counted twice"),
        Column("points", "integer", "How many points the log has", "", 1, MAX_ROWS),
        Column(
            "unit",
            "text",
            "What the values are",
            choices=("dbuv_m", "dbm", "rsrp_dbm"),
            required=True,
        ),
        Column("rx_height_m", "number", "Receiving antenna above ground", "m", 0.5, 300, required=True),
        Column("freq_mhz", "number", "Carrier, where the value is a power", "MHz", 0.1, 100_000),
        Column("antenna_gain_dbi", "number", "Gain of the receiving antenna", "dBi", -30, 60),
        Column("feeder_loss_db", "number", "Loss between antenna and receiver", "dB", 0, 60),
        Column("bandwidth_mhz", "number", "Bandwidth of the LTE carrier, for RSRP", "MHz", 1, 20),
        Column("source", "text", "Where the log comes from"),
        Column("assumed", "text", "Columns whose value is assumed, separated by spaces"),
    ),
)  # fmt: skip
"""The list of a project's logs, ``measurements.csv``."""

_NUMBERS = ("row", "lon", "lat", "measured")
_TEXTS = ("site_id", "cell_id", "clutter")
_LOG_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def checked_log_id(log_id: str) -> str:
    """Return the name of a log, or raise: it becomes part of a file's name."""
    if not _LOG_ID.fullmatch(log_id):
        raise FileError(
            f"log_id is {log_id[:80]!r}; name a log with 1 to 40 letters, digits, - and _"
        )
    return log_id


def points_file(log_id: str) -> str:
    """Return the name of the file that holds the points of a log."""
    return f"measured_{checked_log_id(log_id)}.csv"


def _inside(project: Project, name: str) -> Path:
    path = project.directory / name
    if not path.resolve().is_relative_to(project.directory.resolve()):
        raise FileError(
            f"{path} is a link that leads out of the project; put the file itself there"
        )
    return path


def list_logs(project: Project) -> pd.DataFrame:
    """Return the list of the project's logs; empty where there is none.

    Raises
    ------
    FileError, TableError
        ``measurements.csv`` cannot be read or breaks its rules.
    """
    path = _inside(project, LOGS.file_name)
    if not path.exists():
        return empty_frame(LOGS)
    raw = read_table_file(path)
    problems = [
        problem
        for problem in check(LOGS, raw.frame, file=path.name, first_row=raw.first_row)
        if problem.severity == "error"
    ]
    if problems:
        raise TableError(problems)
    return coerce(LOGS, raw.frame)


def _given(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _format_of(row: pd.Series) -> LogFormat:
    return LogFormat(
        unit=row["unit"],
        rx_height_m=float(row["rx_height_m"]),
        freq_mhz=_given(row["freq_mhz"]),
        antenna_gain_dbi=_given(row["antenna_gain_dbi"]),
        feeder_loss_db=_given(row["feeder_loss_db"]),
        bandwidth_mhz=_given(row["bandwidth_mhz"]),
    )


def _points(path: Path, unit: str) -> pd.DataFrame:
    """Read the points of a log, a column at a time; a wrong cell is named with its row."""
    data = plain_file_bytes(path, MAX_FILE_BYTES)
    try:
        frame = pd.read_csv(
            io.BytesIO(data),
            encoding="utf-8-sig",
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            nrows=MAX_ROWS + 1,
        )
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise FileError(
            f"{path.name} cannot be read ({str(error)[:200]}); take the edit back or import the "
            "log again"
        ) from None
    missing = [name for name in (*_NUMBERS, "time_utc", *_TEXTS) if name not in frame.columns]
    if missing or len(frame) > MAX_ROWS or frame.empty:
        wrong = f"has no column {', '.join(missing)}" if missing else f"has {len(frame)} rows"
        raise FileError(f"{path.name} {wrong}; import the log again")
    ranges = {
        "row": (1.0, 1e9),
        "lon": (-180.0, 180.0),
        "lat": (-90.0, 90.0),
        "measured": RANGES[unit][:2],
    }
    out = {}
    for name, (least, most) in ranges.items():
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64)
        bad = np.flatnonzero(~((values >= least) & (values <= most)))
        if len(bad):
            raise FileError(
                f"{path.name}, row {bad[0] + 2}, column {name} is {frame[name].iloc[bad[0]][:80]!r}"
                f" ({len(bad)} wrong in all); it must be a number from {least:g} to {most:g}: "
                "correct it or import the log again"
            )
        out[name] = values
    times = pd.to_datetime(frame["time_utc"], utc=True, errors="coerce", format="ISO8601")
    wrong_times = np.flatnonzero(times.isna() & (frame["time_utc"] != ""))
    if len(wrong_times):
        row = int(wrong_times[0])
        raise FileError(
            f"{path.name}, row {row + 2}, column time_utc is {frame['time_utc'].iloc[row][:80]!r}; "
            "it must be a time in UTC as 2016-05-04T08:15:00Z, or empty"
        )
    points = pd.DataFrame(out).astype({"row": np.int64})
    points["time_utc"] = times
    for name in _TEXTS:
        codes, words = pd.factorize(frame[name])
        points[name] = np.array([unguard_formula(str(word)) for word in words] or [""], object)[
            codes
        ]
    return points


def read_logs(project: Project, log_ids: Sequence[str] = ()) -> dict[str, Measurements]:
    """Return the measurements of a project by log, of all its logs when none is named.

    Raises
    ------
    MissingError
        The project has no log, or none of that name.
    FileError, TableError
        A file cannot be read or was edited into something wrong.
    """
    logs = list_logs(project)
    known = [str(log_id) for log_id in logs["log_id"]]
    if not known:
        raise MissingError(
            f"{project.directory} holds no measurements; import a log: ngbw import "
            f"{project.directory} measurements FILE --set unit=dBuV/m"
        )
    for log_id in log_ids:
        if log_id not in known:
            raise MissingError(
                f"there is no log {log_id!r}{nearest(log_id, known)}; the project has "
                f"{', '.join(known)}"
            )
    out = {}
    for _, row in logs.iterrows():
        log_id = str(row["log_id"])
        if log_ids and log_id not in log_ids:
            continue
        log = _format_of(row)
        points = _points(_inside(project, points_file(log_id)), log.unit)
        points.insert(
            4, "measured_dbuv_m", field_dbuv_m(points["measured"].to_numpy(np.float64), log)
        )
        headings = {name: name for name in COLUMNS}
        out[log_id] = Measurements(points, log, points_file(log_id), headings, {}, len(points))
    return out


def _points_bytes(frame: pd.DataFrame) -> bytes:
    out = frame[[*_NUMBERS, "time_utc", *_TEXTS]].copy()
    for name in _TEXTS:
        codes, words = pd.factorize(out[name])
        out[name] = np.array([guard_formula(str(word)) for word in words] or [""], object)[codes]
    times = out["time_utc"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    out["time_utc"] = times.str.replace(".000000Z", "Z", regex=False).fillna("")
    for name in ("lon", "lat"):
        out[name] = out[name].round(7)  # a centimetre
    text: str = out.to_csv(index=False, lineterminator="\n")
    return b"\xef\xbb\xbf" + text.encode("utf-8")


def _list_bytes(logs: pd.DataFrame) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LOGS.file_name
        write_table_file(path, logs, table=LOGS)
        return path.read_bytes()


@dataclass(frozen=True, slots=True)
class SavedLog:
    """A log that was written.

    Attributes
    ----------
    number
        Of the change, for ``ngbw undo``; None where the project already had it so.
    path
        File of its points.
    logs
        How many logs the project has now.
    """

    number: int | None
    path: Path
    logs: int


def save_log(
    project: Project,
    log_id: str,
    measurements: Measurements,
    *,
    file_sha256: str,
    source: str = "",
    assumed: Sequence[str] = (),
    replace: bool = False,
) -> SavedLog:
    """Write a log into the project as one change; a log of the same name is replaced.

    Parameters
    ----------
    file_sha256
        Of the file it was read from.
    source, assumed
        As the columns of :data:`LOGS`.
    replace
        The project's other logs go.

    Raises
    ------
    FileError
        Another log was read from the same file: its points would count twice.
    SurroundingsError
        The disk refuses, or somebody changed the list meanwhile.
    """
    name = points_file(log_id)
    listed = _inside(project, LOGS.file_name)
    before = hashlib.sha256(listed.read_bytes()).hexdigest() if listed.is_file() else None
    logs = empty_frame(LOGS) if replace else list_logs(project)
    others = logs[logs["log_id"] != log_id]
    alike = others[others["log_id"].str.casefold() == log_id.casefold()]
    if len(alike):  # their files would be one on many systems
        raise FileError(
            f"log_id {log_id!r} differs from {alike['log_id'].iloc[0]!r} in capitals only; take "
            "the same or quite another name"
        )
    twice = others[others["file_sha256"] == file_sha256]
    if len(twice):
        raise FileError(
            f"{measurements.source} was imported before, as the log {twice['log_id'].iloc[0]!r}; "
            "its points would count twice. Give --set log_id="
            f"{twice['log_id'].iloc[0]} to replace it"
        )
    log = measurements.format
    row = {
        "log_id": log_id,
        "file": measurements.source,
        "file_sha256": file_sha256,
        "points": len(measurements),
        "unit": log.unit,
        "rx_height_m": log.rx_height_m,
        "freq_mhz": log.freq_mhz,
        "antenna_gain_dbi": log.antenna_gain_dbi,
        "feeder_loss_db": log.feeder_loss_db,
        "bandwidth_mhz": log.bandwidth_mhz,
        "source": source,
        "assumed": " ".join(assumed),
    }
    rows = [*others[LOGS.names].to_dict("records"), row]
    listing = coerce(LOGS, pd.DataFrame(rows, columns=LOGS.names).astype(object))
    changes: dict[str, bytes | None] = {}
    if replace and listed.exists():
        try:
            gone = [str(other) for other in list_logs(project)["log_id"] if other != log_id]
        except NgbwError:
            gone = []  # a list that cannot be read names nothing
        for other in gone:
            if _LOG_ID.fullmatch(other) and (project.directory / points_file(other)).exists():
                changes[points_file(other)] = None
    changes[name] = _points_bytes(measurements.frame)
    changes[LOGS.file_name] = _list_bytes(listing)
    path = _inside(project, name)
    if len(changes) == 2 and all(
        (project.directory / file).is_file() and (project.directory / file).read_bytes() == content
        for file, content in changes.items()
    ):
        return SavedLog(None, path, len(listing))
    number = commit(
        project.directory,
        changes,
        f"import {measurements.source} as the log {log_id}: {len(measurements)} points",
        expected={LOGS.file_name: before},
    )
    return SavedLog(number, path, len(listing))


def log_problems(project: Project) -> list[Problem]:
    """List what is wrong with a project's logs, for ``ngbw validate``."""
    try:
        logs = list_logs(project)
    except TableError as error:
        return list(error.problems)
    except NgbwError as error:
        return [_problem(LOGS.file_name, str(error), "take back the change with ngbw undo")]
    problems = []
    for row, (log_id, points) in enumerate(zip(logs["log_id"], logs["points"], strict=True), 2):
        try:
            found = len(read_logs(project, [str(log_id)])[str(log_id)])
        except NgbwError as error:
            rule, _, fix = str(error).rpartition("; ")
            problems.append(_problem(LOGS.file_name, rule or fix, fix, row))
            continue
        if not pd.isna(points) and found != points:
            rule = f"says {points} points, {points_file(str(log_id))} has {found}"
            problems.append(
                _problem(LOGS.file_name, rule, "correct the number or import the log again", row,
                         "warning")
            )  # fmt: skip
    return problems


def _problem(
    file: str, rule: str, fix: str, row: int | None = None, severity: Any = "error"
) -> Problem:
    return Problem(severity, file, LOGS.name, row, None, "", rule, fix)
