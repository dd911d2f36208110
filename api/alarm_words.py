"""Alarms in words: messages to people, in either language, from the one catalogue of words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ..maps import figures
from ..maps.words import text, word_or_raw
from ..probes.alarms.model import Alarm, Grounds
from ..probes.alarms.placement import names_in
from ..probes.notify.messages import Impact, Message, Text
from ..probes.observations import Resource

__all__ = [
    "AlarmWriter",
    "because",
    "duration",
    "grounds_line",
    "impact_lines",
    "moment",
    "one_line",
    "resource_of",
    "shown",
]

_PLACES_SHOWN = 5
_NAMES_SHOWN = 12
_TITLE_MAX = 120


def shown(of: Resource) -> str:
    """Return a resource as people write it.

    Examples
    --------
    >>> shown("port:R1/xe-0%2F0%2F1")
    'port:R1/xe-0/0/1'
    """
    kind, names = names_in(of)
    return one_line(f"{kind}:{'/'.join(names)}" if ":" in of else of)


def one_line(words: str) -> str:
    """Return what somebody wrote, or a device is called, so that it makes no line of its own."""
    return " ".join(words.split())


def resource_of(words: str) -> Resource:
    """Return the resource that somebody means: its own writing, or as :func:`shown` gives it.

    The device of a port or sensor ends at the first slash; what follows is the name.

    Examples
    --------
    >>> resource_of("port:R1/xe-0/0/1"), resource_of("port:R1/xe-0%2F0%2F1")
    ('port:R1/xe-0%2F0%2F1', 'port:R1/xe-0%2F0%2F1')
    """
    kind, colon, rest = words.partition(":")
    device, slash, name = rest.partition("/")
    if not colon or "/" not in name:
        return words
    return f"{kind}:{device}{slash}{name.replace('/', '%2F')}"


def moment(at_s: float, timezone: str, language: str) -> str:
    """Return a Unix time as date and time in the project's zone."""
    return figures.moment(datetime.fromtimestamp(at_s, UTC).isoformat(), timezone, language)


def duration(seconds: float, language: str) -> str:
    """Return a stretch of time in its two largest units.

    Examples
    --------
    >>> duration(45, "en"), duration(3900, "en"), duration(200_000, "en")
    ('45 s', '1 h 5 min', '2 d 7 h')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return text("alarm.duration_s", language, count=whole)
    minutes = whole // 60
    if minutes < 60:
        return text("alarm.duration_min", language, count=minutes)
    hours = minutes // 60
    if hours < 24:
        return text("alarm.duration_h", language, count=hours, minutes=minutes % 60)
    return text("alarm.duration_d", language, count=hours // 24, hours=hours % 24)


def impact_lines(impact: Impact | None, language: str) -> list[str]:
    """Return what a failure takes away, a line each; says where that is not known yet."""
    if impact is not None and impact.carried_by:
        shown = text("word.comma", language).join(impact.carried_by[:_NAMES_SHOWN])
        more = len(impact.carried_by) - _NAMES_SHOWN
        shown += text("failure.and_more", language, count=more) if more > 0 else ""
        return [text("alarm.management_lost", language, names=shown)]
    if impact is None or (impact.people is None and impact.pixels is None):
        return [text("alarm.affected_unknown", language)]
    lines = []
    if impact.people is not None:
        line = text("alarm.affected", language, people=figures.people(impact.people, language))
        if impact.homes:
            homes = figures.number(impact.homes, language)
            line += text("word.comma", language)
            line += text("alarm.affected_homes", language, homes=homes)
        lines.append(line)
    if impact.radio_people:
        lines.append(
            text(
                "alarm.affected_radio",
                language,
                people=figures.people(impact.radio_people, language),
                area=figures.area_km2(impact.area_km2, language),
            )
        )
    if impact.places:
        places = text("word.comma", language).join(impact.places[:_PLACES_SHOWN])
        more = len(impact.places) - _PLACES_SHOWN
        places += text("failure.and_more", language, count=more) if more > 0 else ""
        lines.append(text("alarm.places", language, places=places))
    return lines


def _plain(value: float | None, language: str) -> str:
    return figures.unknown(language) if value is None else f"{value:g}"


def because(reason: str, names: Sequence[str], instead: Sequence[str], language: str) -> str:
    """Return from what a root cause is concluded."""
    if not reason:
        return ""
    comma = text("word.comma", language)
    some = comma.join(map(shown, names[:_NAMES_SHOWN]))
    more = len(names) - _NAMES_SHOWN
    some += text("failure.and_more", language, count=more) if more > 0 else ""
    line = text(f"alarm_reason.{reason}", language, count=len(names), names=some)
    if instead:
        line += text(
            "alarm.instead", language, names=comma.join(map(shown, instead[:_NAMES_SHOWN]))
        )
    return line


def grounds_line(grounds: Grounds, language: str) -> str:
    """Return from which value and threshold an alarm was raised."""
    if grounds.source == "inferred":
        return because(grounds.figure, grounds.names, grounds.instead, language)
    if grounds.raise_at is None:
        return ""
    return text(
        "alarm.raised_value",
        language,
        figure=grounds.figure,
        value=_plain(grounds.value, language),
        threshold=_plain(grounds.raise_at, language),
        clear=_plain(grounds.clear_at, language),
    )


class AlarmWriter:
    """Puts messages into words (a :class:`~ngbw.probes.notify.messages.Writer`).

    Parameters
    ----------
    timezone
        In which times are shown.
    """

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone

    def title(self, alarm: Alarm, severity: str, language: str, names: Sequence[str] = ()) -> str:
        """Return an alarm in one line."""
        where = shown(alarm.key.resource)
        if names:
            where += f" ({text('word.comma', language).join(names)})"
        return text(
            "alarm.title",
            language,
            severity=word_or_raw("severity", severity, language),
            what=word_or_raw("alarm_type", alarm.key.alarm_type, language),
            where=where[:_TITLE_MAX],
        )

    def write(self, message: Message, language: str) -> Text:
        """Return a message in words."""
        alarm = message.alarm
        lines = [f"{alarm.alarm_id} · {word_or_raw('alarm_kind', message.kind, language)}"]
        since = moment(alarm.raised_s, self._timezone, language)
        if message.severity == "cleared":
            lines.append(
                text(
                    "alarm.cleared_at",
                    language,
                    when=moment(alarm.cleared_s, self._timezone, language),
                    duration=duration(alarm.cleared_s - alarm.raised_s, language),
                )
            )
        else:
            lines.append(text("alarm.raised_at", language, when=since))
            if alarm.grounds is not None and (grounds := grounds_line(alarm.grounds, language)):
                lines.append(grounds)
        if message.followers_total:
            names = text("word.comma", language).join(message.followers)
            more = message.followers_total - len(message.followers)
            names += text("failure.and_more", language, count=more) if more > 0 else ""
            count = message.followers_total
            lines.append(text("alarm.followers", language, count=count, names=names))
        lines += impact_lines(message.impact, language)
        if message.link:
            lines.append(text("alarm.link", language, link=message.link))
        title = self.title(alarm, message.severity, language, message.names)
        return Text(title, "\n".join(lines))

    def digest(self, texts: Sequence[Text], more: int, language: str) -> Text:
        """Return several messages as one."""
        parts = [f"{one.title}\n{one.body}" for one in texts]
        if more:
            parts.append(text("alarm.digest_more", language, count=more))
        title = text("alarm.digest", language, count=len(texts) + more)
        return Text(title, "\n\n".join(parts))

    def test(self, channel: str, language: str) -> Text:
        """Return the message by which a channel is tried out."""
        title = text("alarm.test", language, channel=channel)
        return Text(title, text("alarm.test_body", language))
