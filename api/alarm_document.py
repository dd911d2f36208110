"""Alarms as plain data: for ``--json``, for the explanation, and as RFC 8632 names things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ..probes.alarms.book import AlarmBook
from ..probes.alarms.events import Event, plain
from ..probes.alarms.model import Alarm, Condition, OperatorState
from ..probes.alarms.rules import Rule
from ..probes.notify.messages import Impact, impact_shown
from ..probes.observations import Resource
from ..probes.root_cause import Findings
from .alarm_book import WatchedProject

__all__ = [
    "alarm_document",
    "event_document",
    "explanation",
    "list_document",
    "rfc8632",
    "rule_document",
]

FORMAT = 1


def _time(at_s: float | None) -> str | None:
    if at_s is None or at_s <= 0:
        return None
    stamp = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
    return stamp.replace("+00:00", "Z")


def alarm_document(alarm: Alarm, *, impact: Impact | None = None) -> dict[str, Any]:
    """Return one alarm; times in UTC, null for what has not been."""
    impact = impact_shown(alarm, impact)
    return {
        "alarm": alarm.alarm_id or None,
        "resource": alarm.key.resource,
        "alarm_type": alarm.key.alarm_type,
        "qualifier": alarm.key.qualifier,
        "state": alarm.state.value,
        "severity": alarm.severity.value,
        "is_cleared": alarm.is_cleared,
        "operator": alarm.operator.value,
        "operator_by": alarm.operator_by if alarm.operator is not OperatorState.NONE else "",
        "created": _time(alarm.created_s),
        "raised": _time(alarm.raised_s),
        "changed": _time(alarm.changed_s),
        "cleared": _time(alarm.cleared_s) if alarm.condition is Condition.CLEARED else None,
        "occurrences": alarm.occurrences,
        "escalations": alarm.escalations,
        "root_causes": list(alarm.root_causes),
        "shelved_by": alarm.shelved_by,
        "shelved_until": _time(alarm.shelved_until_s),
        "grounds": None if alarm.grounds is None else asdict(alarm.grounds),
        "notes": [{"at": _time(n.at_s), "by": n.by, "text": n.text} for n in alarm.notes],
        "impact": None if impact is None else impact.to_dict(),
    }


def event_document(event: Event) -> dict[str, Any]:
    """Return one event of the feed."""
    return {
        "feed": event.feed,
        "at": _time(event.at_s),
        "kind": event.kind,
        "resource": None if event.key is None else event.key.resource,
        "alarm_type": None if event.key is None else event.key.alarm_type,
        "changes": {name: plain(value) for name, value in event.changes.items()},
        "by": event.by,
        "text": event.text,
    }


def list_document(book: AlarmBook, alarms: list[Alarm], *, now_s: float) -> dict[str, Any]:
    """Return several alarms with how many there are of each state."""
    counts: dict[str, int] = {}
    for alarm in book.alarms():
        counts[alarm.state.value] = counts.get(alarm.state.value, 0) + 1
    return {
        "format": FORMAT,
        "feed": book.feed_end,
        "counts": counts,
        "learning": len(book.learning(now_s)),
        "alarms": [alarm_document(alarm) for alarm in alarms],
    }


def rule_document(rule: Rule) -> dict[str, Any]:
    """Return a rule with the level that gave each of its settings."""
    return {
        "alarm_type": rule.type.name,
        "figure": rule.type.figure,
        "direction": rule.type.direction,
        "event_type": rule.type.event_type.value,
        "probable_cause": rule.type.probable_cause,
        "enabled": rule.enabled,
        "thresholds": [
            {"severity": t.severity.value, "raise": t.raise_at, "clear": t.clear_at,
             "level": t.level}
            for t in rule.thresholds
        ],
        "settings": {
            name: getattr(rule, name)
            for name in (
                "raise_samples", "clear_samples", "hold_off_s", "clear_hold_s", "flap_count",
                "flap_half_life_s", "while_learning", "after_good", "verify_parents_s",
                "keep_ack_s", "escalate_after_s",
            )
        },
        "levels": dict(rule.levels),
    }  # fmt: skip


def explanation(
    watched: WatchedProject, alarm: Alarm, *, impact: Impact | None = None
) -> dict[str, Any]:
    """Return why an alarm is what it is: rule, values, thresholds, story, root cause, impact."""
    book, judge = watched.book, watched.judge
    rule = watched.rules.rule(alarm.key.resource, alarm.key.alarm_type)
    story = [event_document(event) for event in book.story(alarm.key)]
    root: dict[str, Any] = {"unknown": watched.why_no_judge} if judge is None else {}
    if judge is not None:
        root["parents"] = list(judge.parents(alarm.key.resource))
        root["proofs"] = _proofs(watched, alarm)
    return {
        "format": FORMAT,
        **alarm_document(alarm, impact=impact),
        "groups": list(watched.rules.groups_of(alarm.key.resource)),
        "rule": None if rule is None else rule_document(rule),
        "story": story,
        "root_cause": root,
        "followers": [
            other.alarm_id
            for other in book.alarms()
            if alarm.key.resource in other.root_causes and not other.is_cleared
        ],
    }


def _proofs(watched: WatchedProject, alarm: Alarm) -> list[dict[str, Any]]:
    """Return the proof of an alarm's root causes, or of itself where it is one."""
    assert watched.judge is not None  # noqa: S101 - asked by the caller
    down = []
    since_s: dict[Resource, float] = {}
    heard_s: dict[Resource, float] = {}
    for other in watched.book.alarms():
        rule = watched.rules.rule(other.key.resource, other.key.alarm_type)
        means = rule is not None and rule.type.means_down and rule.type.figure
        if means and other.condition is Condition.ACTIVE:
            down.append(other.key.resource)
            since_s[other.key.resource] = 0.0
            heard_s |= dict.fromkeys(other.carried_by, 0.0)  # as it was when that was decided
    found: Findings = watched.judge.diagnose(down, since_s=since_s, heard_s=heard_s)
    names = {cause.resource: cause for cause in found.causes}
    wanted = [n for n in (alarm.key.resource, *alarm.root_causes) if n in names]
    return [
        {
            "cause": name,
            "reason": names[name].reason,
            "names": list(names[name].names),
            "instead": list(names[name].instead),
            "links": list(proof.links),
            "alarms": [
                one.alarm_id
                for one in watched.book.alarms()
                if name in one.root_causes and not one.is_cleared
            ],
            "follows": list(proof.follows),
            "together_with": list(proof.together_with),
            "still_reached": [{"name": n, "way": list(way)} for n, way in proof.still_reached],
        }
        for name in wanted
        for proof in (found.proof(name),)
    ]


def rfc8632(alarm: Alarm, rule: Rule | None) -> Mapping[str, Any]:
    """Return an alarm as an entry of the alarm list of RFC 8632 (``ietf-alarms``).

    The alarm type is named below our own identity; severity is the last one, as the RFC asks, also
    where the alarm is cleared.
    """
    entry: dict[str, Any] = {
        "resource": alarm.key.resource,
        "alarm-type-id": f"ngbw:{alarm.key.alarm_type}",
        "alarm-type-qualifier": alarm.key.qualifier,
        "root-cause-resource": list(alarm.root_causes),
        "time-created": _time(alarm.created_s),
        "is-cleared": alarm.is_cleared,
        "last-raised": _time(alarm.raised_s),
        "last-changed": _time(alarm.changed_s),
        "perceived-severity": alarm.severity.value,
        "alarm-text": alarm.key.alarm_type if rule is None else rule.type.probable_cause,
        "status-change": [
            {
                "time": _time(line.at_s),
                "perceived-severity": "cleared" if line.kind == "cleared" else line.severity,
                "alarm-text": line.text or line.kind,
            }
            for line in alarm.history
            if line.kind in ("raised", "changed", "cleared", "flapping", "steady")
        ],
        "operator-state-change": [
            {
                "time": _time(line.at_s),
                "operator": line.by,
                "state": _RFC_OPERATOR[line.kind],
                **({"text": line.text} if line.text else {}),
            }
            for line in alarm.history
            if line.kind in _RFC_OPERATOR
        ],
    }
    return {name: value for name, value in entry.items() if value is not None}


_RFC_OPERATOR = {
    "acknowledged": "ack",
    "unacknowledged": "none",
    "closed": "closed",
    "shelved": "shelved",
    "unshelved": "un-shelved",
}
