"""Delivery: from the feed to the channels, at least once, and once where the channel confirmed.

Every route to a channel is a reader of the feed with a cursor of its own in the log. A round takes
what lies behind the cursor and has settled, says it in one delivery (or one line each, for
channels that programs read), and moves the cursor when the channel took it. A channel that refuses
is tried again, ever more slowly, without an end; nothing is skipped meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from ...topology.errors import MissingError, NgbwError
from ...topology.nearest_word import nearest
from ..alarms.book import AlarmBook
from ..alarms.rule_file import RuleBook
from .channel_file import NotifySettings, Route
from .channels import Channel, open_channel
from .messages import ImpactOf, Message, Text, Writer, impact_shown, messages_of

__all__ = ["Delivered", "Notifier"]

_ROUND = 5000
_NEW_READER_S = 3600.0
_FIRST_RETRY_S = 5.0
_LAST_RETRY_S = 900.0
_QUIET_STEP = 500
"""Events that concern nobody are confirmed in steps of so many, to spare the log."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did for one reader of the feed.

    Attributes
    ----------
    messages
        How many were said.
    error
        Why they were not; "" where they were.
    retry_s
        When it is tried again, Unix time; 0 where nothing is left.
    """

    reader: str
    channel: str
    messages: int
    error: str = ""
    retry_s: float = 0.0


@dataclass(slots=True)
class _Reader:
    route: Route
    channel: str
    position: int = 0
    failures: int = 0
    not_before_s: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.route.name}/{self.channel}"


def _nothing_known(_: str) -> None:
    return None


class Notifier:
    """Tells people what the feed says.

    Parameters
    ----------
    writer
        Puts messages into words; lives where the words are.
    impact
        What failures take away; must answer at once.
    zone
        In which the hours of routes are meant.
    channels
        Opened channels by name, for tests; the others are opened when they are first needed.
    """

    def __init__(
        self,
        book: AlarmBook,
        rules: RuleBook,
        settings: NotifySettings,
        writer: Writer,
        *,
        impact: ImpactOf = _nothing_known,
        zone: tzinfo = UTC,
        channels: Mapping[str, Channel] | None = None,
    ) -> None:
        self._book, self._rules, self._settings = book, rules, settings
        self._writer, self._impact, self._zone = writer, impact, zone
        self._channels = dict(channels or {})
        self._readers = [_Reader(r, c) for r in settings.routes for c in r.channels]
        self._sent_s: dict[str, float] = {}

    def deliver(self, now_s: float) -> tuple[Delivered, ...]:
        """Tell what has settled; returns what was done for each reader that had something."""
        done = []
        for reader in self._readers:
            if not self._book.has_reader(reader.name):
                self._begin(reader, now_s)
            if now_s >= reader.not_before_s and self._open_hours(reader.route, now_s):
                found = self._round(reader, now_s)
                if found is not None:
                    done.append(found)
        return tuple(done)

    def next_s(self, now_s: float) -> float:
        """Return when :meth:`deliver` should be called next."""
        waits = [reader.not_before_s for reader in self._readers if reader.not_before_s > now_s]
        return min([now_s + max(1.0, self._settings.wait_s / 2), *waits])

    def _open_hours(self, route: Route, now_s: float) -> bool:
        """Return whether a route tells now; one that does not wait is read on all the same."""
        return not route.waits or self._in_hours(route, now_s)

    def _in_hours(self, route: Route, at_s: float) -> bool:
        when = datetime.fromtimestamp(at_s, self._zone)
        minute = when.hour * 60 + when.minute
        if route.begin_min <= minute < route.end_min:
            return when.weekday() in route.days
        # Hours over midnight belong to the day on which they began.
        over = minute + 24 * 60
        return over < route.end_min and (when.weekday() - 1) % 7 in route.days

    def _begin(self, reader: _Reader, now_s: float) -> None:
        """Let a reader that is new begin an hour ago: it is not told the history of the network."""
        start = 0
        while events := self._book.feed(after=start, limit=_ROUND):
            old = [event.feed for event in events if event.at_s < now_s - _NEW_READER_S]
            start = old[-1] if old else start
            if len(old) < len(events):
                break
        self._book.confirm(reader.name, start, now_s)

    def _round(self, reader: _Reader, now_s: float) -> Delivered | None:
        book, settings = self._book, self._settings
        start = max(reader.position, book.cursor(reader.name))
        events = book.feed(after=start, limit=_ROUND)
        settled = [event for event in events if event.at_s <= now_s - settings.wait_s]
        for event in events[len(settled) :]:
            if event.key is not None:
                self._impact(event.key.resource)  # so that it is known when its time comes
        if not settled:
            return None
        end = settled[-1].feed
        if not reader.route.waits:
            settled = [event for event in settled if self._in_hours(reader.route, event.at_s)]
        found = messages_of(settled, book.alarms(), wait_s=settings.wait_s)
        told = [self._complete(one) for one in found if self._is_for(reader, one)]
        if not told:
            reader.position = end
            if end - book.cursor(reader.name) >= _QUIET_STEP:
                book.confirm(reader.name, end, now_s)
            return None
        spacing_s = 60.0 / settings.channels[reader.channel].per_minute
        if now_s - self._sent_s.get(reader.channel, float("-inf")) < spacing_s:
            return None
        try:
            self._send(reader, told, now_s)
        except NgbwError as error:
            reader.failures += 1
            delay_s = min(_LAST_RETRY_S, _FIRST_RETRY_S * 2.0 ** (reader.failures - 1))
            reader.not_before_s = now_s + delay_s
            return Delivered(reader.name, reader.channel, 0, str(error), reader.not_before_s)
        reader.failures, reader.not_before_s = 0, 0.0
        reader.position = end
        book.confirm(reader.name, end, now_s)
        return Delivered(reader.name, reader.channel, len(told))

    def _is_for(self, reader: _Reader, message: Message) -> bool:
        """Return whether a message is for a reader, and not for one before it on its channel."""
        for other in self._readers:
            if other.channel == reader.channel and self._matches(other.route, message):
                return other is reader
        return False

    def _matches(self, route: Route, message: Message) -> bool:
        alarm = message.alarm
        resource = alarm.key.resource
        if route.escalated and not (message.kind == "escalated" or alarm.escalations):
            return False
        if alarm.severity.rank < route.min_severity.rank:
            return False
        if route.types and alarm.key.alarm_type not in route.types:
            return False
        if route.groups and not set(route.groups) & set(self._rules.groups_of(resource)):
            return False
        if route.areas:
            lineage = self._rules.lineage(resource)
            return any(f"area:{area}" in lineage for area in route.areas)
        return True

    def _complete(self, message: Message) -> Message:
        alarm = message.alarm
        resource = alarm.key.resource
        link = self._settings.link.replace("{alarm}", alarm.alarm_id)
        placement = self._rules.placement
        names = [placement.name_of_site.get(site, "") for site in placement.sites(resource)]
        return replace(
            message,
            impact=impact_shown(alarm, self._impact(resource)),
            names=tuple(name for name in names if name),
            link=link,
        )

    def _open(self, name: str) -> Channel:
        if name not in self._channels:
            self._channels[name] = open_channel(self._settings.channels[name])
        return self._channels[name]

    def _send(self, reader: _Reader, told: Sequence[Message], now_s: float) -> None:
        channel = self._open(reader.channel)
        language = self._settings.channels[reader.channel].language
        texts = [self._writer.write(message, language) for message in told]
        self._sent_s[reader.channel] = now_s
        if channel.one_by_one:
            for text, message in zip(texts, told, strict=True):
                channel.send(text, [message], now_s=now_s)
            return
        channel.send(self._digest(texts, channel.most_bytes, language), told, now_s=now_s)

    def _digest(self, texts: Sequence[Text], most_bytes: int, language: str) -> Text:
        """Return the texts as one that fits, the worst first; it says how many had no room."""
        if len(texts) == 1:
            return texts[0]
        fit = len(texts)
        while True:
            whole = self._writer.digest(texts[:fit], len(texts) - fit, language)
            if fit <= 1 or len(f"{whole.title}\n{whole.body}".encode()) <= most_bytes:
                return whole
            fit = min(fit - 1, max(1, fit * most_bytes // max(1, len(whole.body.encode()))))

    def test(self, name: str, now_s: float) -> None:
        """Send a message by which a channel is tried out.

        Raises
        ------
        MissingError
            There is no such channel.
        SurroundingsError
            It was not taken.
        """
        known = self._settings.channels
        if name not in known:
            raise MissingError(
                f"alarms.toml has no channel {name!r}{nearest(name, known)}; it has "
                f"{', '.join(known) or 'none'}: write [channels.{name}]"
            )
        text = self._writer.test(name, known[name].language)
        self._open(name).send(text, [], now_s=now_s)
