"""Takes a receiver's log into a project: what was said of it, what was assumed, what looks odd.

The unit is always said. The receiver is said, or assumed and named: an antenna of 0 dBi at 1.5 m
without a feeder, on the carrier of the headline service. Nothing else is guessed. What looks like
another unit, other axes or another place is a warning before anything is written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from ...topology.errors import NgbwError, Problem, UsageError
from ...topology.intake.filling import Assumed
from ...topology.project import Project
from ...topology.settings import nearest
from ..service_settings import service_from_settings
from .log import LogFormat, MeasuredUnit
from .measurements import Measurements, read_measurements
from .project_logs import LOGS, SavedLog, checked_log_id, save_log

__all__ = ["UNITS", "PreparedLog", "prepare_log", "save_prepared_log"]

UNITS: dict[str, MeasuredUnit] = {
    "dbuv/m": "dbuv_m",
    "dbuv_m": "dbuv_m",
    "dbm": "dbm",
    "rsrp": "rsrp_dbm",
    "rsrp_dbm": "rsrp_dbm",
}
"""Words for a unit, in small letters; the micro sign may be written."""

HAND_HELD_M = 1.5
"""Antenna height of a drive or walk test where none is said (3GPP TR 38.901, table 7.4.1-1)."""

_FIGURES = ("rx_height_m", "freq_mhz", "antenna_gain_dbi", "feeder_loss_db", "bandwidth_mhz")
_WORDS = ("log_id", "unit", "time_zone", "time_format", "source")
_CONSTANTS = ("site_id", "cell_id", "clutter")
_FAR_KM = 50.0
_DEGREES_PER_KM = 1.0 / 111.32


@dataclass(frozen=True, slots=True)
class PreparedLog:
    """A log that was read and checked and not yet written.

    Attributes
    ----------
    log_id
        Its name in the project.
    measurements
        What it holds.
    assumed
        What was not said of the receiver.
    warnings
        What looks odd.
    file_sha256, source
        The file it came from, and where that came from.
    """

    log_id: str
    measurements: Measurements
    assumed: tuple[Assumed, ...]
    warnings: tuple[Problem, ...]
    file_sha256: str
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Return the preview as plain data for ``--json``, without the points."""
        log = self.measurements.format
        return {
            "table": LOGS.name,
            "log_id": self.log_id,
            "file": self.measurements.source,
            "unit": log.unit,
            "receiver": {name: getattr(log, name) for name in _FIGURES},
            "headings": dict(self.measurements.headings),
            "rows": {
                "read": self.measurements.rows_read,
                "points": len(self.measurements),
                "left_out": dict(self.measurements.left_out),
            },
            "assumed": [
                {"column": a.column, "value": a.value, "source": a.source} for a in self.assumed
            ],
            "problems": [problem.to_dict() for problem in self.measurements.problems],
            "warnings": [problem.to_dict() for problem in self.warnings],
        }


def _unit(given: Mapping[str, str]) -> MeasuredUnit:
    said = given.get("unit", "")
    plain = re.sub(r"\s", "", said).lower().replace("µ", "u").replace("μ", "u")
    if plain not in UNITS:
        raise UsageError(
            f"the unit of the values is {said!r}; say --set unit=dBuV/m, dBm or RSRP: no file can "
            "be trusted to say it"
            if said
            else "the unit of the values is not said; give --set unit=dBuV/m, dBm or RSRP"
        )
    return UNITS[plain]


def _figure(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    try:
        return float(given[name])
    except ValueError:
        raise UsageError(f"--set {name}={given[name]!r} is no number; give one") from None


def _log_id(given: Mapping[str, str], path: Path) -> str:
    if "log_id" in given:
        return checked_log_id(given["log_id"])
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-_")[:40]
    if not plain:
        raise UsageError(f"{path.name} gives a log no name; say --set log_id=NAME")
    return checked_log_id(plain)


def _receiver(
    project: Project, given: Mapping[str, str], unit: MeasuredUnit
) -> tuple[dict[str, float | None], list[Assumed]]:
    """Return the figures of the receiver, and which of them were assumed."""
    figures = {name: _figure(given, name) for name in _FIGURES}
    assumed = []

    def assume(figure: str, value: float, why: str) -> None:
        if figures[figure] is None:
            figures[figure] = value
            assumed.append(Assumed(figure, f"{value:g}", 0, why))

    assume("rx_height_m", HAND_HELD_M, "a receiver in a hand or a car; the log does not say")
    if unit != "dbuv_m":
        service = service_from_settings(project.settings)
        assume("freq_mhz", service.freq_mhz.value, f"the carrier of {service.service_id}")
        assume("antenna_gain_dbi", 0.0, "an isotropic antenna; the log does not say")
        assume("feeder_loss_db", 0.0, "no feeder; the log does not say")
    return figures, assumed


def _warning(name: str, column: str | None, value: str, rule: str, fix: str) -> Problem:
    return Problem("warning", name, LOGS.name, None, column, value, rule, fix)


def _level_warnings(log: Measurements) -> list[Problem]:
    """Say where the values look like another unit than the one that was said."""
    values = log.frame["measured"].to_numpy(np.float64)
    middle = float(np.median(values))
    heading = log.headings.get("measured")
    fix = "if the unit is another, import again with the right --set unit="
    shown = f"{middle:g} in the middle"
    if log.format.unit == "dbuv_m" and middle < 0:
        rule = "field strengths outdoors are 0 to 120 dBuV/m; these look like powers in dBm"
        return [_warning(log.source, heading, shown, rule, fix)]
    if log.format.unit != "dbuv_m" and middle > 0:
        rule = "received powers are below 0 dBm; these look like field strengths in dBuV/m"
        return [_warning(log.source, heading, shown, rule, fix)]
    if log.format.unit == "rsrp_dbm" and middle > -50:
        rule = (
            "RSRP is the power of one subcarrier, -60 to -130 dBm; these look like whole carriers"
        )
        return [_warning(log.source, heading, shown, rule, fix)]
    if len(values) >= 20 and float(values.min()) == float(values.max()):
        rule = "every value is the same; a receiver that hangs or a wrong column looks so"
        return [_warning(log.source, heading, f"{values[0]:g}", rule, "look at the log")]
    return []


def _extent(project: Project) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of the project's sites and areas, None where it has none."""
    boxes = []
    try:
        sites = project.table("sites")
        if len(sites):
            boxes.append([sites["lon"].min(), sites["lat"].min(), sites["lon"].max(), sites["lat"].max()])  # fmt: skip
        areas = project.table("areas")
        if "geometry" in areas.columns:
            boxes += [list(shape.bounds) for shape in areas["geometry"] if shape is not None]
    except NgbwError:
        return None  # ngbw validate speaks of broken tables
    if not boxes:
        return None
    corners = np.array(boxes, np.float64)
    west, south = corners[:, :2].min(axis=0)
    east, north = corners[:, 2:].max(axis=0)
    margin = _FAR_KM * _DEGREES_PER_KM
    return west - margin, south - margin, east + margin, north + margin


def _place_warnings(project: Project, log: Measurements) -> list[Problem]:
    """Say where the points lie far from the project, and whether swapped axes would mend it."""
    box = _extent(project)
    if box is None:
        return []
    west, south, east, north = box
    lon, lat = log.frame["lon"].to_numpy(np.float64), log.frame["lat"].to_numpy(np.float64)
    far = ~((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    if not far.any():
        return []
    first = int(np.flatnonzero(far)[0])
    shown = f"{lon[first]:g}, {lat[first]:g}"
    mended = (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
    if (far & mended).sum() > 0.5 * len(far):
        rule = "the points lie far from the project, and would lie in it with swapped axes"
        fix = f"say --map lon={log.headings['lat']} --map lat={log.headings['lon']}"
    else:
        rule = f"{int(far.sum())} of {len(far)} points lie over {_FAR_KM:g} km from the project"
        fix = "check the columns of the position and --crs"
    return [_warning(log.source, log.headings["lon"], shown, rule, fix)]


def _id_warnings(project: Project, log: Measurements) -> list[Problem]:
    """Say which transmitters the project does not know."""
    out = []
    for column, table in (("cell_id", "cells"), ("site_id", "sites")):
        try:
            known = set(project.table(table)[column])
        except NgbwError:
            continue
        counts = log.frame[column].value_counts()
        unknown = [str(name) for name in counts.index if name and name not in known]
        if unknown:
            rows = int(counts[unknown].sum())
            rule = f"{len(unknown)} ids in {rows} rows are in no row of the project's {table}"
            shown = ", ".join(unknown[:5])
            fix = (
                f"import these {table}, or say --map {column}=THEIRS; ngbw measure leaves them out"
            )
            out.append(_warning(log.source, log.headings.get(column), shown, rule, fix))
    named = (log.frame["cell_id"] != "") | (log.frame["site_id"] != "")
    if not named.any():
        rule = "no row says which transmitter it measured"
        fix = "say --map cell_id=THEIRS or, for a log of one cell, --set cell_id=ID"
        out.append(_warning(log.source, None, "", rule, fix))
    return out


def prepare_log(
    project: Project,
    path: str | Path,
    *,
    mapping: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    crs: str | None = None,
    layer: str | None = None,
    skip_bad: bool = False,
) -> PreparedLog:
    """Read a log and say what importing it would do; writes nothing.

    Parameters
    ----------
    path
        Any table, or delimited text as TEMS and Nemo export it.
    mapping
        Our column to their heading: ``measured``, ``lon``, ``lat``, ``time``, ``cell_id``,
        ``site_id``, ``clutter``.
    given
        ``unit``, the receiver (``rx_height_m``, ``freq_mhz``, ``antenna_gain_dbi``,
        ``feeder_loss_db``, ``bandwidth_mhz``), ``time_zone``, ``time_format``, ``log_id``,
        ``source``; and ``cell_id``, ``site_id`` or ``clutter`` for rows that name none.
    crs, layer, skip_bad
        As :func:`.read_measurements`.

    Raises
    ------
    UsageError
        The unit is not said, or something that was said is unknown or out of range.
    NgbwError
        As :func:`.read_measurements`.
    """
    said, source = dict(given or {}), Path(path)
    known = [*_WORDS, *_FIGURES, *_CONSTANTS]
    for name in said:
        if name not in known:
            raise UsageError(
                f"--set {name} is unknown for measurements{nearest(name, known)}; they take "
                f"{', '.join(known)}"
            )
    unit = _unit(said)
    figures, assumed = _receiver(project, said, unit)
    log = LogFormat(
        unit=unit,
        columns=dict(mapping or {}),
        time_zone=said.get("time_zone", project.settings.timezone),
        time_format=said.get("time_format"),
        **cast("dict[str, Any]", figures),
    )
    log_id = _log_id(said, source)
    found = read_measurements(source, log, crs=crs, layer=layer, skip_bad=skip_bad)
    for name in _CONSTANTS:
        if name in said:
            column = found.frame[name]
            found.frame[name] = column.mask(column == "", said[name])
    if "time" in found.headings and "time_zone" not in said:
        assumed.append(
            Assumed("time_zone", project.settings.timezone, 0, "the project's, for times without one")
        )  # fmt: skip
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    warnings = [
        *_level_warnings(found),
        *_place_warnings(project, found),
        *_id_warnings(project, found),
    ]
    assumed = [replace(one, rows=len(found)) for one in assumed]
    return PreparedLog(
        log_id, found, tuple(assumed), tuple(warnings), digest, said.get("source", "")
    )


def save_prepared_log(
    project: Project, log: PreparedLog, *, replace_others: bool = False
) -> SavedLog:
    """Write a prepared log as one change; see :func:`.save_log`."""
    listed = set(LOGS.names)
    return save_log(
        project,
        log.log_id,
        log.measurements,
        file_sha256=log.file_sha256,
        source=log.source,
        assumed=[one.column for one in log.assumed if one.column in listed],
        replace=replace_others,
    )
