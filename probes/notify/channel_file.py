"""Channels and routes as ``alarms.toml`` declares them, checked, with the line of every mistake."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...topology.nearest_word import nearest
from ..alarms.model import Severity
from ..alarms.toml_places import PlacedToml
from .addresses import Net

__all__ = [
    "CHANNEL_KINDS",
    "CHANNEL_SETTINGS",
    "NOTIFY_SETTINGS",
    "ROUTE_SETTINGS",
    "ChannelSettings",
    "NotifySettings",
    "Route",
    "read_notify",
]

CHANNEL_KINDS: dict[str, str] = {
    "smtp": "mail",
    "webhook": "JSON to a URL, signed with HMAC-SHA256",
    "wecom": "企业微信 group robot",
    "dingtalk": "钉钉 group robot, signed",
    "feishu": "飞书 group robot, signed",
    "syslog": "RFC 5424 with the alarm of RFC 5674",
}
"""Every kind of channel."""

CHANNEL_SETTINGS: dict[str, str] = {
    "kind": ", ".join(CHANNEL_KINDS),
    "language": "zh-CN or en; that of [notify] otherwise",
    "url": "webhook: its URL, where that holds no secret",
    "url_env": "environment variable that holds the URL; the robots' URLs are secrets",
    "url_file": "file that holds the URL",
    "secret_env": "environment variable with the secret that signs: webhook, dingtalk, feishu",
    "secret_file": "file with it",
    "host": "smtp, syslog: the server",
    "port": "smtp: 465 for tls, 587 for starttls, 25 otherwise; syslog: 514, 6514 for tls",
    "transport": "smtp: starttls (default), tls, plain; syslog: udp (default), tcp, tls",
    "user": "smtp: who logs in; nobody does without it",
    "password_env": "smtp: environment variable with the password",
    "password_file": "smtp: file with the password",
    "sender": "smtp: address that the mail comes from",
    "recipients": "smtp: list of addresses",
    "facility": "syslog: 0 to 23; 16 (local0) otherwise",
    "insecure": "true allows plain HTTP, and mail without TLS",
    "allow": 'networks beside the internet to which the channel may speak, such as ["10.1.2.0/24"]',
    "per_minute": "most deliveries in a minute, 1 to 600; 20 for robots",
}
"""What a channel can set."""

ROUTE_SETTINGS: dict[str, str] = {
    "channels": "names of channels",
    "min_severity": "mildest severity that is told; minor otherwise",
    "groups": "groups of alarms.toml whose alarms are told; all without it",
    "areas": "subdistricts whose alarms are told; all without it",
    "types": "alarm types that are told; all without it",
    "hours": 'when, such as "08:00-20:00" in the project\'s time zone; over midnight too',
    "days": "mon, tue, wed, thu, fri, sat, sun; every day without it",
    "outside_hours": "wait (default) tells it when the hours begin, skip never",
    "escalated": "true tells only what was escalated",
}
"""What a route can set."""

NOTIFY_SETTINGS: dict[str, str] = {
    "link": "URL at which people see the alarm; `{alarm}` becomes its name",
    "language": "zh-CN or en; the project's otherwise",
    "wait_s": "seconds for which the feed settles before it is told, 0 to 600; 20",
}
"""What `[notify]` can set."""

_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "smtp": (("host",), ("sender",), ("recipients",)),
    "webhook": (("url", "url_env", "url_file"), ("secret_env", "secret_file")),
    "wecom": (("url_env", "url_file"),),
    "dingtalk": (("url_env", "url_file"), ("secret_env", "secret_file")),
    "feishu": (("url_env", "url_file"), ("secret_env", "secret_file")),
    "syslog": (("host",),),
}
_TAKES: dict[str, str] = {
    "smtp": "host port transport user password_env password_file sender recipients insecure",
    "webhook": "url url_env url_file secret_env secret_file insecure",
    "wecom": "url_env url_file insecure",
    "dingtalk": "url_env url_file secret_env secret_file insecure",
    "feishu": "url_env url_file secret_env secret_file insecure",
    "syslog": "host port transport facility insecure",
}
_ALWAYS = "kind language allow per_minute"
_LISTS = ("recipients", "allow")
_TRANSPORTS = {"smtp": ("starttls", "tls", "plain"), "syslog": ("udp", "tcp", "tls")}
_PER_MINUTE = {"wecom": 20, "dingtalk": 20, "feishu": 60, "smtp": 20, "webhook": 120, "syslog": 600}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)")
_LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """A way to tell people; secrets are only named here, not held.

    Attributes
    ----------
    raw
        Everything that the kind takes, by its name in :data:`CHANNEL_SETTINGS`.
    """

    name: str
    kind: str
    language: str
    per_minute: int
    allow: tuple[Net, ...]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """Who is told of what, and when.

    Attributes
    ----------
    begin_min, end_min
        Minutes of the day between which it tells; the end may lie behind midnight.
    """

    name: str
    channels: tuple[str, ...]
    min_severity: Severity = Severity.MINOR
    groups: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    begin_min: int = 0
    end_min: int = 24 * 60
    days: frozenset[int] = frozenset(range(7))
    waits: bool = True
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Everything that ``alarms.toml`` says about messages."""

    channels: Mapping[str, ChannelSettings]
    routes: tuple[Route, ...]
    link: str = ""
    wait_s: float = 20.0


def _check_names(file: PlacedToml, path: tuple[str, ...], raw: object, known: Any) -> None:
    if not isinstance(raw, Mapping):
        raise file.error(path, f"is {raw!r}; write a table of settings")
    for name in raw:
        if name not in known:
            raise file.error(
                (*path, name), f"is not a setting{nearest(name, known)}; settings are "
                f"{', '.join(known)}",
            )  # fmt: skip


def _strings(file: PlacedToml, path: tuple[str, ...], value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise file.error(path, f"is {value!r}; give a list of texts")
    return tuple(value)


def _channel(file: PlacedToml, name: str, raw: Any, language: str) -> ChannelSettings:
    path = ("channels", name)
    _check_names(file, path, raw, CHANNEL_SETTINGS)
    kind = raw.get("kind")
    if kind not in CHANNEL_KINDS:
        raise file.error((*path, "kind"), f"is {kind!r}; use one of {', '.join(CHANNEL_KINDS)}")
    takes = [*_ALWAYS.split(), *_TAKES[kind].split()]
    for setting, value in raw.items():
        if setting not in takes:
            secret = setting == "url"
            way = "its URL is a secret: use url_env or url_file" if secret else "leave it out"
            raise file.error((*path, setting), f"is not for {kind}; {way}")
        if setting in _LISTS:
            _strings(file, (*path, setting), value)
        elif setting == "insecure":
            if not isinstance(value, bool):
                raise file.error((*path, setting), f"is {value!r}; write true or false")
        elif setting in ("port", "facility", "per_minute"):
            low, high = {"port": (1, 65535), "facility": (0, 23), "per_minute": (1, 600)}[setting]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise file.error(
                    (*path, setting), f"is {value!r}; give a whole number, {low} to {high}"
                )
        elif not isinstance(value, str) or not value:
            raise file.error((*path, setting), "is no text or empty; write it in quotes")
    for choice in _NEEDS[kind]:
        if not any(one in raw for one in choice):
            raise file.error(path, f"lacks {' or '.join(choice)}")
    transport = raw.get("transport", _TRANSPORTS.get(kind, ("",))[0])
    if kind in _TRANSPORTS and transport not in _TRANSPORTS[kind]:
        raise file.error(
            (*path, "transport"), f"is {transport!r}; use one of {', '.join(_TRANSPORTS[kind])}"
        )
    if transport == "plain" and not raw.get("insecure"):
        raise file.error(
            (*path, "transport"), "sends mail that everybody on the path can read; where that is "
            "meant, write insecure = true",
        )  # fmt: skip
    spoken = raw.get("language", language)
    if spoken not in _LANGUAGES:
        raise file.error((*path, "language"), f"is {spoken!r}; write zh-CN or en")
    nets = []
    for text in raw.get("allow", ()):
        try:
            nets.append(ipaddress.ip_network(text))
        except ValueError as error:
            raise file.error((*path, "allow"), f"holds {text!r}: {error}") from None
    per_minute = raw.get("per_minute", _PER_MINUTE[kind])
    return ChannelSettings(
        name, kind, spoken, per_minute, tuple(nets), {**raw, "transport": transport}
    )


def _route(
    file: PlacedToml,
    name: str,
    raw: Any,
    channels: Mapping[str, object],
    types: Mapping[str, object],
) -> Route:
    path = ("routes", name)
    _check_names(file, path, raw, ROUTE_SETTINGS)
    lists: dict[str, tuple[str, ...]] = {}
    for setting, known in (
        ("channels", channels), ("groups", file.raw.get("groups", {})), ("types", types),
        ("areas", None), ("days", _DAYS),
    ):  # fmt: skip
        lists[setting] = _strings(file, (*path, setting), raw.get(setting, []))
        for one in lists[setting]:
            if known is not None and one not in known:
                raise file.error(
                    (*path, setting), f"names {one!r}, which is none{nearest(one, known)}; there "
                    f"are {', '.join(known) or 'none'}",
                )  # fmt: skip
    if not lists["channels"]:
        raise file.error(path, "names no channels; write channels = [...]")
    severity = raw.get("min_severity", "minor")
    if severity not in list(Severity):
        raise file.error(
            (*path, "min_severity"), f"is {severity!r}; use one of {', '.join(Severity)}"
        )
    begin_min, end_min = 0, 24 * 60
    if "hours" in raw:
        found = _HOURS.fullmatch(raw["hours"]) if isinstance(raw["hours"], str) else None
        if found is None:
            raise file.error(
                (*path, "hours"), f'is {raw["hours"]!r}; write a stretch of the day, "08:00-20:00"'
            )
        begin_min = int(found[1]) * 60 + int(found[2])
        end_min = int(found[3]) * 60 + int(found[4])
        if end_min <= begin_min:
            end_min += 24 * 60
    outside = raw.get("outside_hours", "wait")
    if outside not in ("wait", "skip"):
        raise file.error((*path, "outside_hours"), f"is {outside!r}; write wait or skip")
    escalated = raw.get("escalated", False)
    if not isinstance(escalated, bool):
        raise file.error((*path, "escalated"), f"is {escalated!r}; write true or false")
    days = frozenset(_DAYS.index(day) for day in lists["days"] or _DAYS)
    return Route(
        name, lists["channels"], Severity(severity), lists["groups"], lists["areas"],
        lists["types"], begin_min, end_min, days, outside == "wait", escalated,
    )  # fmt: skip


def _named(file: PlacedToml, table: str) -> Iterator[tuple[str, Any]]:
    raw = file.raw.get(table, {})
    if not isinstance(raw, Mapping):
        raise file.error((table,), f"is {raw!r}; write [{table}.NAME]")
    yield from raw.items()


def read_notify(file: PlacedToml, *, language: str, types: Mapping[str, object]) -> NotifySettings:
    """Read the channels and routes of ``alarms.toml``.

    Without a route every channel is told everything from minor on.

    Parameters
    ----------
    language
        Of messages where the file does not say: the project's.
    types
        The alarm types there are.

    Raises
    ------
    SettingError
        A setting is wrong; says on which line.
    """
    notify = file.raw.get("notify", {})
    _check_names(file, ("notify",), notify, NOTIFY_SETTINGS)
    spoken = notify.get("language", language)
    if spoken not in _LANGUAGES:
        raise file.error(("notify", "language"), f"is {spoken!r}; write zh-CN or en")
    wait_s = notify.get("wait_s", 20)
    wrong = isinstance(wait_s, bool) or not isinstance(wait_s, int | float)
    if wrong or not 0 <= wait_s <= 600:
        raise file.error(("notify", "wait_s"), f"is {wait_s!r}; give seconds, 0 to 600")
    link = notify.get("link", "")
    if not isinstance(link, str) or (link and not link.startswith(("https://", "http://"))):
        raise file.error(("notify", "link"), f"is {link!r}; give a URL, https://HOST/a/{{alarm}}")
    channels = {n: _channel(file, n, raw, spoken) for n, raw in _named(file, "channels")}
    routes = tuple(_route(file, n, raw, channels, types) for n, raw in _named(file, "routes"))
    if channels and not routes:
        routes = (Route("all", tuple(channels)),)
    return NotifySettings(channels, routes, link, float(wait_s))
