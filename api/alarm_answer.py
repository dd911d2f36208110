"""The command line's answers about alarms, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..maps.words import text, word_or_raw
from ..probes.alarms.model import Alarm, Condition, OperatorState, State
from ..probes.notify.messages import Impact, impact_shown
from .alarm_words import AlarmWriter, because, duration, grounds_line, impact_lines, moment
from .answer import aligned_table

__all__ = ["alarm_answer", "explanation_answer", "list_answer"]

_SOME = 20


def _people(alarm: Alarm, language: str) -> str:
    if alarm.operator is OperatorState.ACK:
        return text("alarm.ack", language, by=alarm.operator_by)
    if alarm.shelved_by:
        return text("alarm.shelved", language, by=alarm.shelved_by)
    return text("operator.closed", language) if alarm.operator is OperatorState.CLOSED else ""


def list_answer(
    alarms: Sequence[Alarm],
    counts: Mapping[str, int],
    *,
    learning: int,
    timezone: str,
    language: str,
    why_no_judge: str = "",
) -> str:
    """Return alarms as a table with a line of sums below it."""
    lines = []
    if alarms:
        names = ("alarm", "severity", "state", "what", "resource", "since", "operator")
        head = [text(f"column.{name}", language) for name in names]
        rows = [
            [
                alarm.alarm_id,
                word_or_raw("severity", alarm.severity, language),
                word_or_raw("alarm_state", alarm.state, language),
                word_or_raw("alarm_type", alarm.key.alarm_type, language),
                alarm.key.resource,
                moment(alarm.began_s, timezone, language),
                _people(alarm, language),
            ]
            for alarm in alarms
        ]
        lines += aligned_table(head, rows, ())
    else:
        lines.append(text("alarm.no_alarm", language))
    active = counts.get(State.ACTIVE, 0) + counts.get(State.FLAPPING, 0)
    lines.append(
        text(
            "alarm.summary",
            language,
            active=active,
            suppressed=counts.get(State.SUPPRESSED, 0),
            shelved=counts.get(State.SHELVED, 0),
            cleared=counts.get(State.CLEARED, 0),
        )
    )
    if learning:
        lines.append(text("alarm.learning", language, count=learning))
    if why_no_judge:
        lines.append("! " + text("alarm.no_judge", language, why=why_no_judge))
    return "\n".join(lines)


def alarm_answer(alarm: Alarm, impact: Impact | None, *, timezone: str, language: str) -> str:
    """Return one alarm in words."""
    writer = AlarmWriter(timezone)
    over = alarm.condition is Condition.CLEARED
    lines = [
        f"{alarm.alarm_id}  {writer.title(alarm, alarm.severity, language)}",
        word_or_raw("alarm_state", alarm.state, language),
        text("alarm.raised_at", language, when=moment(alarm.began_s, timezone, language)),
    ]
    if over:
        lines.append(
            text(
                "alarm.cleared_at",
                language,
                when=moment(alarm.cleared_s, timezone, language),
                duration=duration(alarm.cleared_s - alarm.raised_s, language),
            )
        )
    if alarm.grounds is not None and (line := grounds_line(alarm.grounds, language)):
        lines.append(line)
    if alarm.root_causes:
        roots = text("word.comma", language).join(alarm.root_causes)
        lines.append(text("alarm.follows", language, roots=roots))
    if people := _people(alarm, language):
        lines.append(people)
    lines += impact_lines(impact_shown(alarm, impact), language)
    if alarm.notes:
        lines.append(text("alarm.notes", language))
        lines += [
            f"  {moment(note.at_s, timezone, language)}  {note.by}: {note.text}"
            for note in alarm.notes
        ]
    return "\n".join(lines)


def explanation_answer(
    alarm: Alarm,
    document: Mapping[str, Any],
    impact: Impact | None,
    *,
    timezone: str,
    language: str,
) -> str:
    """Return why an alarm is what it is."""
    lines = [alarm_answer(alarm, impact, timezone=timezone, language=language), ""]
    rule = document["rule"]
    if rule is not None:
        lines.append(text("alarm.by_rule", language))
        for threshold in rule["thresholds"]:
            severity = word_or_raw("severity", threshold["severity"], language)
            level = text("alarm.level", language, level=threshold["level"])
            shown = f"{threshold['raise']:g} / {threshold['clear']:g}"
            lines.append(f"  {severity}: {shown} ({level})")
        for name, value in rule["settings"].items():
            if name in rule["levels"]:
                level = text("alarm.level", language, level=rule["levels"][name])
                lines.append(f"  {name} = {value} ({level})")
    for proof in document["root_cause"].get("proofs", ()):
        lines += ["", *_proof(proof, language)]
    if why := document["root_cause"].get("unknown"):
        lines += ["", "! " + text("alarm.no_judge", language, why=why)]
    lines += ["", text("alarm.story", language)]
    for event in document["story"]:
        lines.append("  " + _event(event, language))
    return "\n".join(lines)


def _proof(proof: Mapping[str, Any], language: str) -> list[str]:
    comma = text("word.comma", language)
    follows = proof["alarms"]
    names = comma.join(follows[:_SOME])
    if len(follows) > _SOME:
        names += text("failure.and_more", language, count=len(follows) - _SOME)
    lines = [proof["cause"]]
    if line := because(proof["reason"], proof["names"], proof["instead"], language):
        lines.append("  " + line)
    if follows:
        lines.append("  " + text("alarm.followers", language, count=len(follows), names=names))
    if proof["together_with"]:
        names = comma.join(proof["together_with"])
        lines.append("  " + text("alarm.together", language, names=names))
    for still in proof["still_reached"][:_SOME]:
        way = " - ".join(still["way"])
        lines.append("  " + text("alarm.still_reached", language, name=still["name"], way=way))
    return lines


def _event(event: Mapping[str, Any], language: str) -> str:
    parts = [event["at"] or "", word_or_raw("alarm_kind", event["kind"], language)]
    changes = event["changes"]
    if "severity" in changes:
        parts.append(word_or_raw("severity", changes["severity"], language))
    grounds = changes.get("grounds")
    if grounds and grounds["value"] is not None:
        parts.append(f"{grounds['figure']} = {grounds['value']:g}")
    if changes.get("samples"):
        parts.append(f"x{changes['samples']}")
    if event["by"] or event["text"]:
        parts.append(": ".join(part for part in (event["by"], event["text"]) if part))
    return "  ".join(parts)
