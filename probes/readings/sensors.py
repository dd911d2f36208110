"""Sensors of physical parts: ENTITY-SENSOR-MIB (RFC 3433) and Cisco's form of it, with limits.

A value is its raw number by scale and precision: ``raw * 10^(3 (scale - 9)) / 10^precision``.
Optical power in watts is given in dBm, so that it stands beside every other maker's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from ..mibs import object_named, oid_of
from ..snmp.values import Index, MibView, Typed
from .entity import entity_interfaces, interface_of, parents_of
from .figures import absent_reason
from .limits import ordered_limits
from .plain_values import number, text, whole
from .records import Sensor, SensorState, Thresholds

__all__ = ["dbm_of_watts", "read_entity_sensors"]

_OUT_OF_RANGE = 1_000_000_000
"""RFC 3433, EntitySensorValue: this says overflow, its negative underflow."""

_UNSET = frozenset({2**31 - 1, -(2**31), 2**32 - 1})

_PLAIN = {
    3: "voltage_v", 4: "voltage_v", 7: "frequency_hz", 8: "temperature_c", 9: "humidity_percent",
    10: "fan_rpm", 11: "airflow_cmm", 15: "signal_ratio_db",
}  # fmt: skip
_BY_UNIT = {
    "dbm": 14, "c": 8, "celsius": 8, "degrees c": 8, "°c": 8, "degc": 8, "volts": 4, "v": 4,
    "voltsdc": 4, "amperes": 5, "amps": 5, "a": 5, "watts": 6, "w": 6, "rpm": 10, "db": 15,
}  # fmt: skip
_TX = re.compile(r"\b(tx|transmit\w*|output|laser out\w*|launch)\b|\btx", re.IGNORECASE)
_RX = re.compile(r"\b(rx|receive\w*|input)\b|\brx", re.IGNORECASE)
_BIAS = re.compile(r"\b(bias|laser)\b|bias", re.IGNORECASE)
_LIGHT = re.compile(
    r"\b(optic\w*|dom|ddm|sfp\w*|qsfp\w*|xfp|cfp\w*|transceiver|xcvr|lane|laser|light)\b",
    re.IGNORECASE,
)


class _Table(NamedTuple):
    """One of the two tables, by the names of its columns."""

    source: str
    prefix: str
    status: str


_STANDARD = _Table("ENTITY-SENSOR-MIB", "entPhySensor", "OperStatus")
_CISCO = _Table("CISCO-ENTITY-SENSOR-MIB", "entSensor", "Status")


def dbm_of_watts(watts: float) -> float | None:
    """Return power in dBm; None for none at all.

    Examples
    --------
    >>> dbm_of_watts(0.001), dbm_of_watts(0.0)
    (0.0, None)
    """
    return 10 * math.log10(watts * 1000) if watts > 0 else None


class _Surroundings:
    """Names of parts, what contains them, and the interfaces they carry."""

    def __init__(self, view: MibView) -> None:
        self.names = view.column(oid_of("entPhysicalName"))
        self.descriptions = view.column(oid_of("entPhysicalDescr"))
        self.parents = parents_of(view)
        self.interfaces = entity_interfaces(view)
        self._by_name = _interface_names(view)

    def interface(self, entity: int) -> int | None:
        """Return the interface of a part: by the alias table, else by a name in its words."""
        tied = interface_of(entity, self.interfaces, self.parents)
        if tied is not None:
            return tied
        for word in re.findall(r"[\w/.:\-]+", self.words(entity)):
            for name in (word, word.rpartition("-")[0]):
                if name in self._by_name:
                    return self._by_name[name]
        return None

    def label(self, entity: int) -> str:
        """Return what people call the part: its description, and its name where that differs."""
        description = text(self.descriptions.get((entity,)))
        return description or text(self.names.get((entity,))) or f"entity {entity}"

    def words(self, entity: int) -> str:
        """Return all that says what a sensor measures: its own words and its container's."""
        parent = self.parents.get(entity, 0)
        return " ".join(
            text(column.get((one,)))
            for one in (entity, parent)
            for column in (self.descriptions, self.names)
        )

    def own_words(self, entity: int) -> str:
        return " ".join(text(c.get((entity,))) for c in (self.descriptions, self.names))

    def part(self, entity: int) -> str:
        parent = self.parents.get(entity)
        return text(self.names.get((parent,))) or self.label(parent) if parent else ""


def _interface_names(view: MibView) -> dict[str, int]:
    """Return names of interfaces that a part's words may hold; bare numbers would fit anything."""
    found: dict[str, int] = {}
    for column in ("ifDescr", "ifName"):
        for index, typed in view.column(oid_of(column)).items():
            name = text(typed)
            if len(index) == 1 and name and not name.isdigit() and " " not in name:
                found.setdefault(name, index[0])
    return found


def _figure(kind: int, unit: str, around: _Surroundings, entity: int) -> str | None:
    """Return the figure of a sensor; None for kinds that measure nothing we can name."""
    if kind in (1, 2):
        kind = _BY_UNIT.get(unit.strip().casefold(), kind)
    own = around.own_words(entity)
    if kind == 5:
        return "bias_current_a" if _BIAS.search(own) else "current_a"
    if kind == 14:
        return _direction(own) or "optical_power_dbm"
    if kind == 6:
        light = _LIGHT.search(around.words(entity)) is not None
        return (_direction(own) or "power_w") if light else "power_w"
    if kind in (12, 13):
        return "state"
    return _PLAIN.get(kind, "count" if kind in (1, 2) else None)


def _direction(words: str) -> str | None:
    if _RX.search(words):
        return "rx_power_dbm"
    return "tx_power_dbm" if _TX.search(words) else None


def _factor(scale: int | None, precision: int | None) -> float:
    exponent = 3 * ((scale if scale is not None and 1 <= scale <= 17 else 9) - 9)
    places = precision if precision is not None and -8 <= precision <= 9 else 0
    return 10.0 ** (exponent - places)


def read_entity_sensors(view: MibView) -> tuple[Sensor, ...]:
    """Read every sensor of both tables; a part that stands in both is taken from Cisco's.

    A sensor that is out of order, reads its own over- or underflow, or tells the floor of its
    receiver has no value and says why; its raw number is kept.
    """
    around = _Surroundings(view)
    found: dict[int, Sensor] = {}
    for table in (_CISCO, _STANDARD):
        for sensor in (*_read(view, table, around), *_without_value(view, table, around)):
            if sensor.entity is not None:
                found.setdefault(sensor.entity, sensor)
    return tuple(found.values())


def _without_value(view: MibView, table: _Table, around: _Surroundings) -> list[Sensor]:
    """Return the parts that say whether they work and measure nothing, as supplies do."""
    values = view.column(oid_of(table.prefix + "Value"))
    name = table.prefix + table.status
    words = object_named(name).words
    found = []
    for index, typed in view.column(oid_of(name)).items():
        status = whole(typed)
        if len(index) != 1 or index in values or status is None:
            continue
        entity = index[0]
        found.append(
            Sensor(
                name=f"state.{entity}",
                figure="state",
                part=around.part(entity),
                value=float(status),
                label=around.label(entity),
                oid=(*oid_of(name), entity),
                raw=float(status),
                state={1: SensorState.OK, 3: SensorState.CRITICAL}.get(status, SensorState.UNKNOWN),
                state_word=words.get(status, str(status)),
                if_index=around.interface(entity),
                entity=entity,
                source=table.source,
            )
        )
    return found


def _read(view: MibView, table: _Table, around: _Surroundings) -> list[Sensor]:
    def column(part: str) -> Mapping[Index, Typed]:
        return view.column(oid_of(table.prefix + part))

    kinds, scales, precisions = column("Type"), column("Scale"), column("Precision")
    states = column(table.status)
    units = column("UnitsDisplay") if table is _STANDARD else {}
    measured = column("MeasuredEntity") if table is _CISCO else {}
    limits = _cisco_limits(view) if table is _CISCO else _arista_limits(view)
    base = oid_of(table.prefix + "Value")
    found = []
    for index, typed in view.column(base).items():
        if len(index) != 1:
            continue
        entity = index[0]
        raw = number(typed)
        kind = whole(kinds.get(index)) or 2
        figure = _figure(kind, text(units.get(index)), around, entity)
        if figure is None:
            continue
        factor = _factor(whole(scales.get(index)), whole(precisions.get(index)))
        watts = figure.endswith("_dbm") and kind == 6
        value, absent = _value(raw, factor, figure, whole(states.get(index)), watts=watts)
        about = whole(measured.get(index)) or entity
        bounds = _in_unit(limits.get(entity, ()), factor, watts=watts)
        state = SensorState.UNKNOWN if figure == "state" and value is not None else None
        found.append(
            Sensor(
                name=f"{figure}.{entity}",
                figure=figure,
                part=around.part(about) if about == entity else around.label(about),
                value=value,
                label=around.label(entity),
                oid=(*base, entity),
                raw=raw,
                state=state,
                state_word=_word(kind, raw) if state else "",
                absent=absent,
                thresholds=bounds,
                if_index=around.interface(about),
                entity=entity,
                source=table.source,
            )
        )
    return found


def _word(kind: int, raw: float | None) -> str:
    if kind == 12:
        return {1: "true", 2: "false"}.get(int(raw or 0), "")
    return "" if raw is None else f"{raw:g}"


def _value(
    raw: float | None, factor: float, figure: str, status: int | None, *, watts: bool
) -> tuple[float | None, str]:
    """Return the value, or None and why there is none."""
    if raw is None:
        return None, "no number"
    if status == 2:
        return None, "not available"
    if status == 3:
        return None, "not operational"
    if abs(raw) == _OUT_OF_RANGE:
        return None, "above its range" if raw > 0 else "below its range"
    if raw in _UNSET:
        return None, "not set"
    if figure.endswith("_dbm"):
        if raw == 0:
            return None, "no light"
        value = dbm_of_watts(raw * factor) if watts else raw * factor
        if value is None:
            return None, "no light"
    else:
        value = raw * factor
    value = round(value, 9)
    absent = absent_reason(figure, value)
    return (None if absent else value), absent


def _in_unit(limits: tuple[float | None, ...], factor: float, *, watts: bool) -> Thresholds:
    if not limits:
        return Thresholds()

    def unit(raw: float | None) -> float | None:
        if raw is None or raw in _UNSET or abs(raw) >= _OUT_OF_RANGE:
            return None
        return dbm_of_watts(raw * factor) if watts else round(raw * factor, 9)

    low_alarm, low_warning, high_warning, high_alarm = map(unit, limits)
    return ordered_limits(low_alarm, low_warning, high_warning, high_alarm)


def _cisco_limits(view: MibView) -> dict[int, tuple[float | None, ...]]:
    """Return a part's limits as raw numbers: low alarm, low warning, high warning, high alarm.

    Severities differ between IOS, NX-OS and IOS XR: on each side the gravest stated is the alarm
    and the next one the warning; a lone minor one is a warning.
    """
    severities = view.column(oid_of("entSensorThresholdSeverity"))
    relations = view.column(oid_of("entSensorThresholdRelation"))
    sides: dict[int, tuple[dict[int, float], dict[int, float]]] = {}
    for index, typed in view.column(oid_of("entSensorThresholdValue")).items():
        value = number(typed)
        severity = whole(severities.get(index))
        relation = whole(relations.get(index))
        if len(index) != 2 or value is None or severity not in (10, 20, 30):
            continue
        low, high = sides.setdefault(index[0], ({}, {}))
        if relation in (1, 2):
            low.setdefault(severity, value)
        elif relation in (3, 4):
            high.setdefault(severity, value)
    found: dict[int, tuple[float | None, ...]] = {}
    for entity, (low, high) in sides.items():
        low_alarm, low_warning = _gravest(low)
        high_alarm, high_warning = _gravest(high)
        found[entity] = (low_alarm, low_warning, high_warning, high_alarm)
    return found


def _gravest(side: Mapping[int, float]) -> tuple[float | None, float | None]:
    """Return alarm and warning of one side."""
    order = [side[severity] for severity in sorted(side, reverse=True)]
    if set(side) == {10}:
        return None, order[0]
    return (order[0] if order else None), (order[1] if len(order) > 1 else None)


def _arista_limits(view: MibView) -> dict[int, tuple[float | None, ...]]:
    names = ("LowCritical", "LowWarning", "HighWarning", "HighCritical")
    columns = [view.column(oid_of("aristaEntSensorThreshold" + name)) for name in names]
    rows = dict.fromkeys(i for column in columns for i in column if len(i) == 1)
    return {i[0]: tuple(number(column.get(i)) for column in columns) for i in rows}
