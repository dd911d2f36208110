"""What ``ngbw validate`` says of a project's antennas.

Every file that is missing or broken, and every cell that disagrees with its file. A file that many cells name is one problem with the rows that name it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import cast

from ...topology.errors import NgbwError, Problem
from ...topology.files import read_table_file
from ...topology.named_files import is_plain_file_name
from ...topology.project import Project
from ...topology.schema import coerce
from ...topology.settings import SETTINGS_FILE
from ...topology.tables import TABLES
from .figures import pattern_figures
from .pattern import AntennaPattern
from .project_patterns import ProjectPatterns
from .sectors import PATTERNS
from .standing import disagreements, standings

__all__ = ["antenna_problems"]

_SHOWN_ROWS = 8


class _Collected:
    """Problems by what they say, each with the rows that have it."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._rows: dict[tuple[str, str, str, str, str], list[int]] = {}

    def add(self, severity: str, row: int, column: str, value: str, rule: str, fix: str) -> None:
        self._rows.setdefault((severity, column, value[:80], rule, fix), []).append(row)

    def problems(self) -> Iterable[Problem]:
        for (severity, column, value, rule, fix), rows in self._rows.items():
            more = ""
            if len(rows) > 1:
                shown = ", ".join(str(row) for row in rows[:_SHOWN_ROWS])
                rest = len(rows) - _SHOWN_ROWS
                more = f" (rows {shown}{f' and {rest} more' if rest > 0 else ''})"
            yield Problem(
                "error" if severity == "error" else "warning",
                self._file, "cells", rows[0], column, value, rule + more, fix,
            )  # fmt: skip


def _said(error: NgbwError, fallback: str) -> tuple[str, str]:
    """Split a message into the rule and the way out."""
    rule, _, fix = str(error).partition("; ")
    return rule, fix or fallback


def _number(row: Mapping[str, object], column: str) -> float | None:
    value = row[column]
    return value if isinstance(value, float) and math.isfinite(value) else None


def _stated(row: Mapping[str, object], column: str) -> float | None:
    """Return what a cell states itself; an assumed figure gives way to the file's."""
    marks = set(str(row["assumed"]).split())
    return None if marks & {"*", column} else _number(row, column)


def _cell_problems(project: Project, patterns: ProjectPatterns) -> Iterable[Problem]:
    path = project.path_of("cells")
    if not path.exists():
        return
    try:
        read = read_table_file(path)
    except (NgbwError, OSError):
        return  # the table's own problem
    frame = coerce(TABLES["cells"], read.frame)
    by_technology = {
        str(service.get("technology", "ngb-w")): service
        for service in project.settings.services.values()
    }
    found = _Collected(path.name)
    remarks: dict[str, tuple[str, ...]] = {}
    for number, record in enumerate(frame.to_dict("records"), start=read.first_row):
        row = cast("Mapping[str, object]", record)
        name = str(row["antenna"])
        mech_tilt = _number(row, "mech_tilt_deg")
        if not name:
            continue
        try:
            pattern = patterns.find(name)
            tilt = _stated(row, "tilt_deg")
            standings(pattern, azimuth_deg=0.0, tilt_deg=tilt, mech_tilt_deg=mech_tilt)
        except NgbwError as error:
            found.add("error", number, "antenna", name, *_said(error, "replace the file"))
            continue
        carrier = _number(row, "freq_mhz")
        if carrier is None:
            carrier = _default_freq(by_technology.get(str(row["technology"])))
        for odd in disagreements(
            pattern,
            gain_dbi=_stated(row, "gain_dbi"),
            freq_mhz=carrier,
            tilt_deg=tilt,
            mech_tilt_deg=mech_tilt,
        ):
            value = _number(row, odd.column)
            shown = "" if value is None else f"{value:g}"
            found.add("warning", number, odd.column, shown, odd.rule, odd.fix)
        if name not in remarks:
            remarks[name] = (
                pattern_figures(pattern).remarks if isinstance(pattern, AntennaPattern) else ()
            )
        for remark in remarks[name]:
            rule, _, fix = remark.partition("; ")
            found.add("warning", number, "antenna", name, rule, fix)
    yield from found.problems()


def _default_freq(service: Mapping[str, object] | None) -> float | None:
    raw = None if service is None else service.get("freq_mhz")
    value = raw.get("value") if isinstance(raw, Mapping) else None
    return float(value) if isinstance(value, (int, float)) else None


def _setting_problems(project: Project, patterns: ProjectPatterns) -> Iterable[Problem]:
    """Look at the default transmitters; their figures are checked as settings are."""
    for service_id, service in project.settings.services.items():
        name = service["transmitter"].get("pattern", "omni")
        if name in PATTERNS or not is_plain_file_name(name):
            continue
        place = f"the transmitter of services.{service_id}"
        try:
            patterns.find(name)
        except NgbwError as error:
            rule, fix = _said(error, "replace the file")
            yield Problem(
                "error", SETTINGS_FILE, "settings", None, None, name[:80],
                f"{place}.pattern: {rule}", fix,
            )  # fmt: skip


def antenna_problems(project: Project) -> list[Problem]:
    """List every problem of the antennas that a project's cells and settings name.

    Missing and broken files and beams moved too far are errors; a gain, frequency or tilt in which
    cell and file disagree, and what looks wrong about a pattern itself, are warnings.
    """
    patterns = ProjectPatterns(project.directory)
    return [*_cell_problems(project, patterns), *_setting_problems(project, patterns)]
