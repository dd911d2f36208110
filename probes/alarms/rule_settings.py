"""What ``alarms.toml`` may say: every setting with its meaning, and the checks of each.

A mistake is refused with its line, the value, the rule and the way out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ...topology.nearest_word import nearest
from .alarm_types import ALARM_TYPES, AlarmType
from .model import EventType, Severity
from .toml_places import PlacedToml

__all__ = [
    "FORMAT",
    "GROUP_SETTINGS",
    "RULE_SETTINGS",
    "TOP_SETTINGS",
    "TYPE_SETTINGS",
    "check_rule",
    "check_top",
    "named_tables",
    "number_between",
    "own_types",
]

FORMAT = 1

TOP_SETTINGS: dict[str, str] = {
    "format": "version of the file's form; 1",
    "probe": "site: where the poller stands; without it, where service comes from",
    "learning": "hours for which a new device is only learned; 24",
    "types": "alarm types of your own, `[types.NAME]`, over any figure that is observed",
    "defaults": "rules for everything, `[defaults.TYPE]`",
    "groups": "rules for a group of devices or sites, `[groups.NAME.TYPE]`, with its members",
    "devices": "rules for one device, `[devices.ID.TYPE]`",
    "ports": 'rules for one port, `[ports."DEVICE/PORT".TYPE]`',
    "resources": 'rules for anything else, `[resources."KIND:NAME".TYPE]`',
    "notify": "link, language and wait_s of messages",
    "channels": "ways to tell people, `[channels.NAME]`",
    "routes": "who is told of what and when, `[routes.NAME]`",
}
"""What stands at the top level."""

RULE_SETTINGS: dict[str, str] = {
    "severity": "of a yes-or-no figure and of what is inferred: warning, minor, major, critical, "
    "indeterminate",
    "warning": "threshold: `{raise = 0.80, clear = 0.75}`, a number for both, or false for none",
    "minor": "the same for minor",
    "major": "the same for major",
    "critical": "the same for critical",
    "indeterminate": "the same for indeterminate",
    "enabled": "false switches the alarm off; an active one is cleared with that reason",
    "raise_samples": "usable samples in a row that must be bad, 1 to 100",
    "clear_samples": "usable samples in a row that must be good again, 1 to 100",
    "hold_off_s": "seconds for which it must have been bad, 0 to 86400",
    "clear_hold_s": "seconds for which it must have been good again, 0 to 86400",
    "flap_count": "changes from good to bad, halved every half-life, from which on it counts as "
    "flapping; steady again at a quarter; 0 never",
    "flap_half_life_s": "half-life of that count, 10 to 86400",
    "while_learning": "whether it can be raised on a device's first day",
    "after_good": "whether it must have been good once before it can be raised, so that a port "
    "which nobody uses stays quiet",
    "verify_parents_s": "seconds for which it may be held back until what it hangs on has been "
    "measured again; 0 does not wait",
    "keep_ack_s": "an acknowledgement outlives a clear of at most so many seconds",
    "escalate_after_s": "it is escalated each time nobody has acknowledged it for so long; 0 never",
}
"""What a rule can set."""

GROUP_SETTINGS: dict[str, str] = {
    "devices": "ids of devices that belong to the group; `*` and `?` allowed",
    "roles": "roles of devices (column `devices.role`)",
    "sites": "ids of sites; what stands there belongs to the group; `*` and `?` allowed",
    "kinds": "kinds of sites (column `sites.kind`)",
    "areas": "ids of subdistricts",
}
"""What a group can name its members by; any one suffices."""

TYPE_SETTINGS: dict[str, str] = {
    "figure": "name of the observed figure",
    "direction": "above or below: where it is bad; no for a yes-or-no figure that should be yes",
    "event_type": "communications, quality-of-service, processing-error, equipment, environmental",
    "probable_cause": "a word of X.733 or your own",
    "means_down": "whether nothing passes while it is active, so that other failures follow",
}
"""What an alarm type of your own sets."""

_SEVERITIES = tuple(severity.value for severity in Severity)
_RANGES: dict[str, tuple[float, float]] = {
    "raise_samples": (1, 100), "clear_samples": (1, 100), "hold_off_s": (0, 86_400),
    "clear_hold_s": (0, 86_400), "flap_count": (0, 1000), "flap_half_life_s": (10, 86_400),
    "verify_parents_s": (0, 3600), "keep_ack_s": (0, 31_622_400),
    "escalate_after_s": (0, 31_622_400),
}  # fmt: skip
_WHOLE = ("raise_samples", "clear_samples")
_FLAGS = ("enabled", "while_learning", "after_good")


def check_top(file: PlacedToml) -> None:
    """Refuse settings at the top level that there are not."""
    for name in file.raw:
        if name not in TOP_SETTINGS:
            raise file.error(
                (name,), f"is not a setting{nearest(name, TOP_SETTINGS)}; settings are "
                f"{', '.join(TOP_SETTINGS)}",
            )  # fmt: skip
    version = file.raw.get("format")
    if version != FORMAT or isinstance(version, bool):
        raise file.error(("format",), f"is {version!r}; write format = {FORMAT}")
    for table, known in (("probe", ("site",)), ("learning", ("hours",))):
        raw = file.raw.get(table, {})
        if not isinstance(raw, Mapping):
            raise file.error((table,), f"is {raw!r}; write [{table}]")
        for name in raw:
            if name not in known:
                raise file.error((table, name), f"is not a setting; use {', '.join(known)}")
    site = file.raw.get("probe", {}).get("site", "")
    if not isinstance(site, str):
        raise file.error(("probe", "site"), f"is {site!r}; give the id of a site")


def named_tables(file: PlacedToml, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tables ``[name.KEY]`` with their keys."""
    raw = file.raw.get(name, {})
    if not isinstance(raw, Mapping):
        raise file.error((name,), f"is {raw!r}; write [{name}.NAME]")
    for key, value in raw.items():
        if not isinstance(value, Mapping):
            raise file.error((name, key), f"is {value!r}; write [{name}.{key}]")
        yield key, value


def number_between(
    file: PlacedToml, path: tuple[str, ...], value: object, low: float, high: float
) -> float:
    """Return a number in a range, its ends included."""
    wrong = isinstance(value, bool) or not isinstance(value, int | float)
    if wrong or not low <= float(value) <= high:  # type: ignore[arg-type]  # NaN is in no range
        raise file.error(path, f"is {value!r}; give a number, {low:g} to {high:g}")
    return float(value)  # type: ignore[arg-type]


def own_types(file: PlacedToml) -> dict[str, AlarmType]:
    """Return the alarm types that the file declares."""
    found = {}
    for name, raw in named_tables(file, "types"):
        path = ("types", name)
        if name in ALARM_TYPES:
            raise file.error(path, "is built in; set its rules in [defaults.TYPE]")
        for setting in raw:
            if setting not in TYPE_SETTINGS:
                raise file.error(
                    (*path, setting), f"is not a setting{nearest(setting, TYPE_SETTINGS)}; "
                    f"settings are {', '.join(TYPE_SETTINGS)}",
                )  # fmt: skip
        figure, direction = raw.get("figure"), raw.get("direction")
        if not isinstance(figure, str) or not figure:
            raise file.error((*path, "figure"), f"is {figure!r}; name the figure that shows it")
        if direction not in ("above", "below", "no"):
            raise file.error((*path, "direction"), f"is {direction!r}; write above, below or no")
        event_type = raw.get("event_type", "quality-of-service")
        if event_type not in list(EventType):
            raise file.error(
                (*path, "event_type"), f"is {event_type!r}; use one of {', '.join(EventType)}"
            )
        means_down = raw.get("means_down", False)
        if not isinstance(means_down, bool):
            raise file.error((*path, "means_down"), f"is {means_down!r}; write true or false")
        cause = str(raw.get("probable_cause", "threshold-crossed"))
        found[name] = AlarmType(name, figure, direction, EventType(event_type), cause, means_down)
    return found


def _threshold(
    file: PlacedToml, path: tuple[str, ...], raw: object, of: AlarmType
) -> tuple[float, float] | bool:
    """Return where a severity is raised and cleared; False for nowhere."""
    if raw is False:
        return False
    if isinstance(raw, Mapping):
        for name in raw:
            if name not in ("raise", "clear"):
                raise file.error((*path, name), "is not part of a threshold; use raise and clear")
        if "raise" not in raw:
            raise file.error(path, "has no raise; write {raise = 0.80, clear = 0.75}")
        given = (raw["raise"], raw.get("clear", raw["raise"]))
    else:
        given = (raw, raw)
    numbers = [
        float(one)
        for one in given
        if isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
    ]
    if len(numbers) < 2:
        raise file.error(
            path, f"is {raw!r}; give a number, {{raise = 0.80, clear = 0.75}}, or false"
        )
    raise_at, clear_at = numbers
    wrong = clear_at > raise_at if of.direction == "above" else clear_at < raise_at
    if wrong:
        side = "above" if of.direction == "above" else "below"
        raise file.error(
            path, f"clears at {clear_at:g}, which lies {side} where it raises, {raise_at:g}; "
            "a value would be bad and good at once: put clear on the good side",
        )  # fmt: skip
    return raise_at, clear_at


def check_rule(
    file: PlacedToml, path: tuple[str, ...], raw: Mapping[str, Any], of: AlarmType
) -> dict[str, Any]:
    """Return the settings of a rule, thresholds as pairs of raise and clear."""
    checked: dict[str, Any] = {}
    for name, value in raw.items():
        here = (*path, name)
        if name not in RULE_SETTINGS:
            raise file.error(
                here, f"is not a setting{nearest(name, RULE_SETTINGS)}; settings are "
                f"{', '.join(RULE_SETTINGS)}",
            )  # fmt: skip
        if name in _RANGES:
            number = number_between(file, here, value, *_RANGES[name])
            if name in _WHOLE and number != int(number):
                raise file.error(here, f"is {value!r}; give a whole number")
            checked[name] = int(number) if name in _WHOLE else number
        elif name in _FLAGS:
            if not isinstance(value, bool):
                raise file.error(here, f"is {value!r}; write true or false")
            checked[name] = value
        elif name == "severity":
            if of.direction != "no":
                raise file.error(
                    here, f"cannot be set for {of.name}, whose figure is a number; give thresholds "
                    "by severity, such as major = {raise = 0.95, clear = 0.90}",
                )  # fmt: skip
            if value not in _SEVERITIES:
                raise file.error(here, f"is {value!r}; use one of {', '.join(_SEVERITIES)}")
            checked[name] = value
        else:
            if of.direction == "no":
                raise file.error(
                    here, f"is a threshold, and {of.name} is a matter of yes or no; write "
                    f'severity = "{name}"',
                )  # fmt: skip
            checked[name] = _threshold(file, here, value, of)
    return checked
