"""A calibration in the settings of a project: what a plan adds to its predictions, and why.

``[calibration.SERVICE]`` of ``ngbw.toml`` holds what ``ngbw calibrate --apply`` found::

    [calibration.ngb-w]
    offset_db = { value = -3.2, source = "measurements drive-1, 412 points ...", assumed = false }
    sigma_db = { value = 7.4, source = "measurements drive-1, 412 points ...", assumed = false }
    points = 412
    effective_points = 87.5
    date = 2026-11-24
    logs = ["drive-1"]
    propagation = { model = "hata", environment = "large-city" }

It corrects one model only: the table remembers the ``[propagation]`` that it was found under, and
``surface``, the ``[surface]`` where the model runs over one. With others it is an error rather than
a correction of what it does not belong to. ``sigma_db`` is the
spread of measured about predicted fields, that of locations, measurement and model together; it
takes the place of ``location_sigma_db`` of the service.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...topology.errors import FileError, SettingError
from ...topology.history import commit
from ...topology.project import Project
from ...topology.settings import SETTINGS_FILE, Figure, Settings, nearest, parse_settings
from ..propagation import needs_surface
from .calibration import CalibrationReport

__all__ = [
    "MOST_OFFSET_DB",
    "Calibration",
    "apply_calibration",
    "calibration_from_settings",
    "calibration_of",
    "with_calibration",
    "without_calibration",
]

MOST_OFFSET_DB = 40.0
"""A larger bias is a wrong unit, gain or power, which must be mended and not calibrated."""

_RANGES = {"offset_db": (-MOST_OFFSET_DB, MOST_OFFSET_DB), "sigma_db": (0.0, 20.0)}
_NAMES = (
    "offset_db", "sigma_db", "points", "effective_points", "date", "logs", "propagation", "surface",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calibration:
    """What measurements say of a model in a project.

    Attributes
    ----------
    offset_db
        To be added to the predicted field.
    sigma_db
        Standard deviation of measured about calibrated fields; for ``location_sigma_db``.
    points, effective_points
        Of the fitted part, and what they are worth as independent ones.
    date
        When it was found.
    logs
        The project's logs that it rests on.
    propagation, surface
        ``[propagation]`` and ``[surface]`` under which it was found; no surface where the model
        runs over none.
    """

    offset_db: Figure
    sigma_db: Figure
    points: int
    effective_points: float
    date: dt.date
    logs: tuple[str, ...]
    propagation: Mapping[str, Any]
    surface: Mapping[str, Any]


def _found_under(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings that change what a model predicts."""
    over = settings.surface if needs_surface(settings.propagation) else {}
    return dict(settings.propagation), dict(over)


def calibration_of(
    report: CalibrationReport,
    settings: Settings,
    *,
    logs: Sequence[str],
    today: dt.date,
) -> Calibration:
    """Return a report's bias and sigma as a calibration of the project.

    Raises
    ------
    SettingError
        The bias is so large that something else is wrong.
    """
    if abs(report.bias_db) > MOST_OFFSET_DB:
        raise SettingError(
            f"the bias is {report.bias_db:+.1f} dB; more than {MOST_OFFSET_DB:g} dB is a wrong "
            "unit, receiver or transmitter power, not a calibration: correct measurements.csv or "
            "the cells, and calibrate again"
        )
    fitted, held_out = report.fitted, report.held_out
    propagation, surface = _found_under(settings)
    source = (
        f"measurements {', '.join(logs)}: {fitted.raw.pairs} points "
        f"(worth {fitted.effective_points:.0f}); {held_out.calibrated.rmse_db:.1f} dB RMSE on "
        f"{held_out.raw.pairs} held-out points"
    )
    return Calibration(
        offset_db=Figure(round(report.bias_db, 2), source, assumed=False),
        sigma_db=Figure(round(report.sigma_db, 2), source, assumed=False),
        points=fitted.raw.pairs,
        effective_points=round(fitted.effective_points, 1),
        date=today,
        logs=tuple(logs),
        propagation=propagation,
        surface=surface,
    )


def _wrong(place: str, name: str, value: object, rule: str) -> SettingError:
    return SettingError(f"{SETTINGS_FILE}: {place}.{name} is {value!r}; {rule}")


def _figure(raw: Mapping[str, Any], place: str, name: str) -> Figure:
    least, most = _RANGES[name]
    given = raw.get(name)
    if not isinstance(given, Mapping) or set(given) - {"value", "source", "assumed"}:
        form = f'{name} = {{ value = NUMBER, source = "WHERE FROM", assumed = false }}'
        raise _wrong(place, name, given, f"write {form}")
    value, source, assumed = given.get("value"), given.get("source"), given.get("assumed", False)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise _wrong(place, f"{name}.value", value, f"give dB, {least:g} to {most:g}")
    if not isinstance(source, str) or not source or not isinstance(assumed, bool):
        raise _wrong(place, name, given, "it needs source and assumed (true or false)")
    return Figure(float(value), source, assumed)


def calibration_from_settings(settings: Settings, service_id: str = "") -> Calibration | None:
    """Return the calibration of a service, the headline service by default; None without one.

    Raises
    ------
    SettingError
        It names a service that does not exist, a figure is missing or out of range, or it was
        found under another ``[propagation]`` than the project has now.
    """
    for name in settings.calibration:
        if name not in settings.services:
            raise SettingError(
                f"{SETTINGS_FILE}: [calibration] names {name!r}, which is not a service"
                f"{nearest(name, list(settings.services))}; services are "
                f"{', '.join(settings.services)}"
            )
    service_id = service_id or settings.headline_service
    raw = settings.calibration.get(service_id)
    if raw is None:
        return None
    place = f"calibration.{service_id}"
    if not isinstance(raw, Mapping):
        raise SettingError(f"{SETTINGS_FILE}: {place} is {raw!r}; describe it in [{place}]")
    for name in raw:
        if name not in _NAMES:
            raise SettingError(
                f"{SETTINGS_FILE}: {place}.{name} is not a setting{nearest(name, list(_NAMES))}; "
                f"it takes {', '.join(_NAMES)}"
            )
    points, worth = raw.get("points"), raw.get("effective_points")
    if isinstance(points, bool) or not isinstance(points, int) or points < 1:
        raise _wrong(place, "points", points, "give the number of points it was fitted to")
    if isinstance(worth, bool) or not isinstance(worth, (int, float)) or not 1 <= worth <= points:
        raise _wrong(place, "effective_points", worth, "give a number from 1 to points")
    date, logs = raw.get("date"), raw.get("logs", [])
    if not isinstance(date, dt.date) or isinstance(date, dt.datetime):
        raise _wrong(place, "date", date, "write a date, such as date = 2026-11-24")
    if not isinstance(logs, list) or not all(isinstance(log, str) for log in logs):
        raise _wrong(place, "logs", logs, "write names of logs, such as logs = ['drive-1']")
    found_under = raw.get("propagation"), raw.get("surface", {})
    propagation, surface = _found_under(settings)
    if found_under != (propagation, surface):
        raise SettingError(
            f"{SETTINGS_FILE}: {place} was found under another [propagation] or [surface] "
            f"({found_under!r}) than the project has ({(propagation, surface)!r}); calibrate again "
            f"with: ngbw calibrate PROJECT --service {service_id} --apply, or remove [{place}]"
        )
    return Calibration(
        _figure(raw, place, "offset_db"),
        _figure(raw, place, "sigma_db"),
        points,
        float(worth),
        date,
        tuple(logs),
        propagation,
        surface,
    )


# ------------------------------------------------------------------ ngbw.toml as text


def _toml(value: Any) -> str:
    """Return a plain value as TOML; text as JSON, whose escapes TOML shares."""
    if isinstance(value, Figure):
        figure = {"value": value.value, "source": value.source, "assumed": value.assumed}
        return _toml(figure)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(name)} = {_toml(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    # TOML forbids the delete character, which JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def without_calibration(text: str, service_id: str) -> str:
    """Return the text of ``ngbw.toml`` without the calibration of a service.

    Only a table ``[calibration.SERVICE]`` on lines of its own is taken out; every other line,
    comments included, stays as it is.
    """
    names = {f"calibration.{service_id}", f"calibration.{_toml(service_id)}"}
    kept: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        heading = re.match(r"\s*\[\s*(.+?)\s*\]\s*(#.*)?$", line)
        if heading and not line.lstrip().startswith("[["):
            inside = heading[1] in names
        if not inside or line.lstrip().startswith("#"):
            kept.append(line)
    return "".join(kept)


def _only_added(
    text: str, settings: Mapping[str, Any], others: Mapping[str, Any], service_id: str
) -> bool:
    """Say whether a text differs from these settings by the calibration of the service alone."""
    try:
        after = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    calibrations = after.pop("calibration", None)
    if not isinstance(calibrations, dict) or service_id not in calibrations:
        return False
    del calibrations[service_id]
    return calibrations == others and after == settings


def with_calibration(text: str, service_id: str, calibration: Calibration) -> str:
    """Return the text of ``ngbw.toml`` with this calibration in place of the service's old one.

    Raises
    ------
    FileError
        The file writes its calibrations in a way that cannot be replaced line by line.
    """
    before = tomllib.loads(text)
    rest = without_calibration(text, service_id).rstrip("\n")
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = [f"[calibration.{_key(service_id)}]"]
    lines += [f"{name} = {_toml(getattr(calibration, name))}" for name in _NAMES]
    new = rest.rstrip("\r") + ending * 2 + ending.join(lines) + ending
    old = dict(before.pop("calibration", None) or {})
    old.pop(service_id, None)
    if not _only_added(new, before, old, service_id):
        raise FileError(
            f"{SETTINGS_FILE} writes [calibration] in a way that cannot be replaced line by line; "
            f"remove the calibration of {service_id} by hand and repeat the command"
        )
    return new


def apply_calibration(project: Project, service_id: str, calibration: Calibration) -> int | None:
    """Write a calibration into the project's ``ngbw.toml`` as one change that can be taken back.

    Returns
    -------
    int or None
        Number of the change; None where the settings already say so.

    Raises
    ------
    FileError
        The settings cannot be changed line by line.
    SurroundingsError
        The disk refuses, or somebody changed the settings meanwhile.
    """
    path = project.directory / SETTINGS_FILE
    before = path.read_bytes()
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    text = with_calibration(before.decode("utf-8-sig"), service_id, calibration)
    # What is written must be what a plan will read.
    calibration_from_settings(parse_settings(tomllib.loads(text)), service_id)
    after = mark + text.encode("utf-8")
    if after == before:
        return None
    return commit(
        project.directory,
        {SETTINGS_FILE: after},
        f"calibrate {service_id}: offset {calibration.offset_db.value:+.2f} dB, sigma "
        f"{calibration.sigma_db.value:.2f} dB from {calibration.points} points",
        expected={SETTINGS_FILE: hashlib.sha256(before).hexdigest()},
    )
