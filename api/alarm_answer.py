"""The command line's answers about alarms, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..maps.words import text, word_or_raw
from ..probes.alarms.model import Alarm, Condition, OperatorState, State
from ..probes.notify.messages import Impact, impact_shown
from .alarm_words import (
    AlarmWriter,
    because,
    duration,
    grounds_line,
    impact_lines,
    moment,
    one_line,
    shown,
)
from .answer import aligned_table

__all__ = ["alarm_answer", "explanation_answer", "list_answer"]

_SOME = 20


def _people(alarm: Alarm, timezone: str, language: str) -> str:
    """Return what people have done with an alarm, the shelf with its end."""
    done = []
    if alarm.operator is OperatorState.ACK:
        done.append(text("alarm.ack", language, by=one_line(alarm.operator_by)))
    elif alarm.operator is OperatorState.CLOSED:
        done.append(text("operator.closed", language))
    if alarm.shelved_by:
        shelf = text("alarm.shelved", language, by=one_line(alarm.shelved_by))
        if alarm.shelved_until_s is not None:
            shelf += f" → {moment(alarm.shelved_until_s, timezone, language)}"
        done.append(shelf)
    return text("word.comma", language).join(done)


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
                shown(alarm.key.resource),
                moment(alarm.began_s, timezone, language),
                _people(alarm, timezone, language),
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
    """Return one alarm in words, with what is lost where that was asked for."""
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
    # Of what is over, the grounds are those of its end, in the story; they raised nothing.
    if not over and alarm.grounds is not None and (line := grounds_line(alarm.grounds, language)):
        lines.append(line)
    if alarm.root_causes:
        roots = text("word.comma", language).join(map(shown, alarm.root_causes))
        lines.append(text("alarm.follows", language, roots=roots))
    if people := _people(alarm, timezone, language):
        lines.append(people)
    taken = impact_shown(alarm, impact)
    if taken is not None:  # where it was not asked for, nothing is said of it
        lines += impact_lines(taken, language)
    if alarm.notes:
        lines.append(text("alarm.notes", language))
        lines += [
            f"  {moment(note.at_s, timezone, language)}  {one_line(note.by)}: {one_line(note.text)}"
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
    lines = [alarm_answer(alarm, impact, timezone=timezone, language=language)]
    if impact is None:
        lines += impact_lines(None, language)
    lines.append("")
    rule = document["rule"]
    if rule is not None:
        lines.append(text("alarm.by_rule", language))
        for threshold in rule["thresholds"]:
            severity = word_or_raw("severity", threshold["severity"], language)
            level = text("alarm.level", language, level=threshold["level"])
            values = f"{threshold['raise']:g} / {threshold['clear']:g}"
            lines.append(f"  {severity}: {values} ({level})")
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
    lines = [shown(proof["cause"])]
    if line := because(proof["reason"], proof["names"], proof["instead"], language):
        lines.append("  " + line)
    if follows:
        lines.append("  " + text("alarm.followers", language, count=len(follows), names=names))
    if proof["together_with"]:
        names = comma.join(map(shown, proof["together_with"]))
        lines.append("  " + text("alarm.together", language, names=names))
    for still in proof["still_reached"][:_SOME]:
        way = " - ".join(map(shown, still["way"]))
        name = shown(still["name"])
        lines.append("  " + text("alarm.still_reached", language, name=name, way=way))
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
        said = ": ".join(part for part in (event["by"], event["text"]) if part)
        parts.append(one_line(said))
    return "  ".join(parts)
