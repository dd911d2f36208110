"""Sensors of a device by its profiles: which apply, what to ask, and what the answers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..readings.column_cache import ColumnCache
from ..readings.figures import STATE_FIGURES, absent_reason
from ..readings.limits import ordered_limits
from ..readings.plain_values import number, text
from ..readings.records import Module, Sensor, SensorState, Thresholds
from ..readings.sensors import dbm_of_watts
from ..readings.wanted import Wanted
from ..snmp.values import Index, MibView, Oid, Typed
from .form import LIMITS, Computed, Profile, SensorRule
from .formulas import FORMULAS

__all__ = ["matching_profiles", "read_profile_modules", "read_profile_sensors", "wanted_by"]

_WATTS = {"watts": 1.0, "milliwatts": 1e-3, "microwatts": 1e-6}


def matching_profiles(
    profiles: Iterable[Profile],
    *,
    object_id: Oid,
    description: str,
    view: MibView | None = None,
) -> tuple[Profile, ...]:
    """Return the profiles that hold for a device, the one with the longest match first.

    Without a view the result is what may hold: every one of them must be asked to know.
    """

    def closeness(profile: Profile) -> tuple[int, int]:
        return max(
            (
                (len(match.object_id), len(match.description))
                for match in profile.matches
                if match.holds(object_id, description, view)
            ),
            default=(-1, -1),
        )

    fitting = [(closeness(profile), profile) for profile in profiles]
    fitting = [(close, profile) for close, profile in fitting if close != (-1, -1)]
    return tuple(profile for _, profile in sorted(fitting, key=lambda one: one[0], reverse=True))


def wanted_by(profiles: Iterable[Profile]) -> Wanted:
    """Return what the profiles read; columns of one table stand in one group."""
    scalars: dict[Oid, None] = {}
    groups: dict[Oid, dict[Oid, None]] = {}
    for profile in profiles:
        for match in profile.matches:
            if match.answers:  # a scalar or a column: the file does not say which
                scalars.setdefault(match.answers)
                groups.setdefault(match.answers[:-1], {}).setdefault(match.answers)
        for rule in profile.sensors:
            if not rule.table:
                scalars.setdefault(rule.oid)
            for column in rule.columns:
                groups.setdefault(column[:-1], {}).setdefault(column)
        for part in profile.parts:
            for column in part.columns.values():
                groups.setdefault(column[:-1], {}).setdefault(column)
    return Wanted(tuple(scalars), tuple(tuple(columns) for columns in groups.values()))


def read_profile_sensors(view: MibView, profiles: Iterable[Profile]) -> tuple[Sensor, ...]:
    """Read the sensors of every profile; an object is read by the first rule for its figure."""
    view = ColumnCache(view)
    found: dict[tuple[Oid, str, str], Sensor] = {}
    for profile in profiles:
        by_rule: dict[str, dict[Index, Sensor]] = {}
        for rule in profile.sensors:
            rows = by_rule.setdefault(rule.rule_id, {})
            for index, sensor in _rows(view, rule, profile):
                rows[index] = sensor
                key = (sensor.oid, sensor.figure, str(rule.position or ""))
                found.setdefault(key, sensor)
        for computed in profile.computed:
            for sensor in _compute(computed, by_rule, profile):
                found.setdefault(((), sensor.figure, sensor.name), sensor)
    return tuple(found.values())


def read_profile_modules(view: MibView, profiles: Iterable[Profile]) -> tuple[Module, ...]:
    """Read the modules and transceivers of makers' own tables; rows without any word are none."""
    found = []
    for profile in profiles:
        for rule in profile.parts:
            columns = {field: view.column(column) for field, column in rule.columns.items()}
            for index in dict.fromkeys(i for column in columns.values() for i in column):
                words = {field: text(column.get(index)) for field, column in columns.items()}
                if not any(words.values()):
                    continue
                if_index = None
                if rule.interface is not None and rule.interface < len(index):
                    if_index = index[rule.interface]
                found.append(
                    Module(
                        name=".".join((rule.rule_id, *map(str, index))),
                        kind=rule.kind,
                        description=words.get("description", ""),
                        model=words.get("model", ""),
                        serial=words.get("serial", ""),
                        maker=words.get("maker", ""),
                        revision=words.get("revision", ""),
                        connector=words.get("connector", ""),
                        made=words.get("made", ""),
                        if_index=if_index,
                        source=profile.profile_id,
                    )
                )
    return tuple(found)


def _rows(view: MibView, rule: SensorRule, profile: Profile) -> Iterable[tuple[Index, Sensor]]:
    if not rule.table:
        typed = view.scalar(rule.oid)
        if typed is not None and typed.value is not None:
            yield (), _sensor(view, rule, profile, (), typed)
        return
    chosen = view.column(rule.only.column) if rule.only else {}
    for index, typed in view.column(rule.oid).items():
        if typed.value is None:
            continue
        if rule.only is not None and text(chosen.get(index)) not in rule.only.values:
            continue
        yield index, _sensor(view, rule, profile, index, typed)


def _names_key(rule: SensorRule, index: Index) -> Index:
    if rule.names_index is None:
        return index
    return tuple(index[n] for n in rule.names_index if n < len(index))


def _label(rule: SensorRule, index: Index, name: str) -> str:
    label = rule.label or (("{name} " if rule.names else "") + rule.rule_id.replace("-", " "))
    if rule.table and not rule.label and not rule.names:
        label += " {index}"
    label = label.replace("{name}", name).replace("{index}", ".".join(map(str, index)))
    for n, part in enumerate(index, 1):
        label = label.replace(f"{{{n}}}", str(part))
    return " ".join(label.split())


def _sensor(
    view: MibView, rule: SensorRule, profile: Profile, index: Index, typed: Typed
) -> Sensor:
    name = ""
    if rule.names:
        name = text(view.column(rule.names).get(_names_key(rule, index)))
    if not name and index:
        name = ".".join(map(str, index))
    label = _label(rule, index, name)
    raw_text = text(typed)
    if rule.position is not None:
        pieces = raw_text.split(",")
        raw_text = pieces[rule.position].strip() if rule.position < len(pieces) else ""
        typed = Typed(typed.tag, raw_text.encode())
    raw = number(typed)
    if rule.raw == "wifi-channel" and raw is not None:
        raw = _channel_mhz(raw)
    if rule.raw == "signed-16" and raw is not None and 2**15 <= raw < 2**16:
        raw -= 2**16
    identity = ".".join((rule.rule_id, *map(str, index)))
    sensor = Sensor(
        name=identity,
        figure=rule.figure,
        part=name if rule.names or index else profile.title,
        value=None,
        label=label,
        oid=(*rule.oid, *(index if rule.table else (0,))),
        raw=raw,
        if_index=index[rule.interface]
        if rule.interface is not None and rule.interface < len(index)
        else None,
        source=profile.profile_id,
    )
    if rule.figure in STATE_FIGURES:
        return _state(sensor, rule, raw_text, raw)
    absent = _absent(rule, raw_text, raw)
    if absent or raw is None:
        return replace(sensor, absent=absent)
    factor = _factor(view, rule, index)
    value = _value(rule, raw, factor)
    absent = "no light" if value is None else absent_reason(rule.figure, value)
    return replace(
        sensor,
        value=None if absent else value,
        absent=absent,
        thresholds=_thresholds(view, rule, index, factor),
    )


def _channel_mhz(channel: float) -> float | None:
    """Return the centre of a Wi-Fi channel (IEEE 802.11-2020, annex E); a frequency stays one."""
    if channel > 1000:
        return channel
    if channel == 14:
        return 2484.0
    if 1 <= channel < 14:
        return 2407 + 5 * channel
    return 5000 + 5 * channel if 32 <= channel <= 181 else None


def _state(sensor: Sensor, rule: SensorRule, raw_text: str, raw: float | None) -> Sensor:
    word = rule.states.get(raw_text)
    if word is None and raw is not None:
        word = rule.states.get(f"{raw:g}")
    if raw_text in rule.absent:
        return replace(sensor, absent="not available")
    state = rule.meaning.get(word or "", SensorState.UNKNOWN)
    value = raw
    if rule.figure != "state":  # yes or no
        value = None if state is SensorState.UNKNOWN else float(state is SensorState.OK)
    return replace(
        sensor,
        value=value,
        state=state,
        state_word=word if word is not None else raw_text,
        absent="" if raw is not None or word is not None else "no number",
    )


def _absent(rule: SensorRule, raw_text: str, raw: float | None) -> str:
    if raw_text in rule.absent or (raw is not None and f"{raw:g}" in rule.absent):
        return "no light" if rule.figure.endswith("power_dbm") else "no measurement"
    if raw is None:
        return "no number"
    if (rule.least is not None and raw < rule.least) or (rule.most is not None and raw > rule.most):
        return "no measurement"
    if raw == 0 and rule.figure.endswith("rx_power_dbm"):
        return "no light"
    return ""


def _factor(view: MibView, rule: SensorRule, index: Index) -> float:
    if not rule.scale_power:
        return rule.scale
    power = number(view.column(rule.scale_power).get(index))
    return rule.scale * float(10.0 ** max(-18.0, min(18.0, power or 0.0)))


def _value(rule: SensorRule, raw: float, factor: float) -> float | None:
    if rule.raw in _WATTS:
        return dbm_of_watts((raw * factor + rule.offset) * _WATTS[rule.raw])
    return round(raw * factor + rule.offset, 9)


def _thresholds(view: MibView, rule: SensorRule, index: Index, factor: float) -> Thresholds:
    limits: dict[str, float | None] = dict(rule.limits)
    scale = rule.limit_scale if rule.limit_scale is not None else factor
    for key, column in rule.limit_oids.items():
        raw = number(view.column(column).get(index) if index else view.scalar(column))
        if raw is not None:
            value = _value(rule, raw, scale)
            if value is not None and absent_reason(rule.figure, value) != "out of range":
                limits[key] = value
    return ordered_limits(*(limits.get(key) for key in LIMITS))


def _compute(
    computed: Computed, by_rule: Mapping[str, Mapping[Index, Sensor]], profile: Profile
) -> Iterable[Sensor]:
    """Yield a computed figure for each row that all its inputs have."""
    inputs = [by_rule.get(rule_id, {}) for rule_id in computed.of]
    if FORMULAS[computed.formula].inputs is None:  # any number: all that have a value, together
        values = [s.value for rows in inputs for s in rows.values() if s.value is not None]
        rows: dict[Index, tuple[list[float], Sensor | None]] = {(): (values, None)}
        if not values:
            return
    else:
        shared = [index for index in inputs[0] if all(index in rows for rows in inputs[1:])]
        rows = {}
        for index in shared:
            given = [rows_of[index].value for rows_of in inputs]
            if all(value is not None for value in given):
                rows[index] = ([v for v in given if v is not None], inputs[0][index])
    for index, (values, first) in rows.items():
        value = FORMULAS[computed.formula].compute(*values)
        absent = "no answer" if value is None else absent_reason(computed.figure, value)
        yield Sensor(
            name=".".join((computed.rule_id, *map(str, index))),
            figure=computed.figure,
            part=first.part if first is not None else profile.title,
            value=None if absent else value,
            label=computed.label or computed.rule_id.replace("-", " "),
            absent=absent,
            thresholds=ordered_limits(*(computed.limits.get(key) for key in LIMITS)),
            if_index=first.if_index if first is not None else None,
            basis="computed",
            source=profile.profile_id,
        )
