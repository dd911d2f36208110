"""The channels themselves: each sends one text and knows whether it was taken.

Group robots are sent plain text, never markdown or cards: names of devices stand in it, which must
not become links or call people up.

Sources: 企业微信 群机器人配置说明 (text up to 2048 bytes, 20 a minute), 钉钉 自定义机器人安全设置
(signature over timestamp and secret), 飞书 自定义机器人使用指南 (signature with the secret in the
key), RFC 5424 and RFC 5674 (syslog), RFC 6587 (syslog over TCP).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import quote

from ...topology.errors import SettingError, SurroundingsError
from .addresses import resolve
from .channel_file import ChannelSettings
from .http_post import check_url, post
from .messages import Message, Text
from .secret import Secret, read_secret

__all__ = ["Channel", "open_channel", "shortened"]


class Channel(Protocol):
    """Something that tells people."""

    @property
    def most_bytes(self) -> int:
        """How much text it takes at once."""
        ...

    @property
    def one_by_one(self) -> bool:
        """Whether each message goes by itself, for readers that are programs."""
        ...

    def send(self, text: Text, messages: Sequence[Message], /, *, now_s: float) -> None:
        """Send a text; returns when it was taken.

        Raises
        ------
        SurroundingsError
            It was not; the message holds no secret.
        """
        ...


def shortened(text: str, most_bytes: int) -> str:
    """Return a text that fits, cut between characters, with a mark where it was cut."""
    raw = text.encode()
    if len(raw) <= most_bytes:
        return text
    return raw[: most_bytes - 3].decode(errors="ignore") + "…"


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def _secret(settings: ChannelSettings, what: str) -> Secret:
    return read_secret(
        f"channel {settings.name}, {what}",
        variable=settings.raw.get(f"{what}_env", ""),
        file=settings.raw.get(f"{what}_file", ""),
    )


def _url(settings: ChannelSettings) -> Secret:
    plain = settings.raw.get("url")
    url = Secret(plain) if plain else _secret(settings, "url")
    wrong = check_url(url, allow_http=bool(settings.raw.get("insecure")))
    if wrong:
        raise SettingError(f"channel {settings.name}: its URL {wrong}")
    return url


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


class _Robot(ABC):
    """What the three group robots have in common: JSON that answers with a code."""

    one_by_one = False
    most_bytes = 16_000
    codes: tuple[str, ...] = ("errcode",)

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings
        self.url = _url(settings)

    @abstractmethod
    def content(self, text: str, now_s: float) -> tuple[dict[str, Any], str]:
        """Return the body and what is added to the query."""

    def send(self, text: Text, messages: Sequence[Message], *, now_s: float) -> None:
        """Send a text to the group."""
        name = self.settings.name
        words = shortened(_clean(f"{text.title}\n{text.body}".strip()), self.most_bytes)
        body, query = self.content(words, now_s)
        status, reply = post(
            name, self.url, _json(body), headers={"Content-Type": "application/json; charset=utf-8"},
            allow=self.settings.allow, query=query,
        )  # fmt: skip
        try:
            answer = json.loads(reply)
            codes = [answer[code] for code in self.codes if code in answer]
        except (ValueError, TypeError):
            codes = []
        if status != 200 or not codes or codes[0] != 0:
            said = codes[0] if codes and isinstance(codes[0], int) else "none"
            raise SurroundingsError(
                f"channel {name}: the robot refused (HTTP {status}, code {said}); check its URL, "
                "its secret and its limits"
            )


class _WeCom(_Robot):
    most_bytes = 2048

    def content(self, text: str, now_s: float) -> tuple[dict[str, Any], str]:
        return {"msgtype": "text", "text": {"content": text}}, ""


class _DingTalk(_Robot):
    def __init__(self, settings: ChannelSettings) -> None:
        super().__init__(settings)
        self.secret = _secret(settings, "secret")

    def content(self, text: str, now_s: float) -> tuple[dict[str, Any], str]:
        secret = self.secret.reveal()
        stamp = str(round(now_s * 1000))
        digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        sign = quote(base64.b64encode(digest).decode(), safe="")
        return {"msgtype": "text", "text": {"content": text}}, f"timestamp={stamp}&sign={sign}"


class _Feishu(_Robot):
    codes = ("code", "StatusCode")

    def __init__(self, settings: ChannelSettings) -> None:
        super().__init__(settings)
        self.secret = _secret(settings, "secret")

    def content(self, text: str, now_s: float) -> tuple[dict[str, Any], str]:
        stamp = str(int(now_s))
        key = f"{stamp}\n{self.secret.reveal()}".encode()
        sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        # <at> calls people up, also from inside the name of a device.
        content = {"text": text.replace("<", "＜")}
        return {"timestamp": stamp, "sign": sign, "msg_type": "text", "content": content}, ""


class _Webhook:
    one_by_one = False
    most_bytes = 200_000

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings
        self.url = _url(settings)
        self.secret = _secret(settings, "secret")

    def send(self, text: Text, messages: Sequence[Message], *, now_s: float) -> None:
        """Send messages as data and in words; ``X-Ngbw-Signature`` proves who says so."""
        name = self.settings.name
        stamp = str(int(now_s))
        body = _json(
            {
                "format": 1,
                "title": text.title,
                "text": shortened(text.body, self.most_bytes),
                "messages": [message.to_dict() for message in messages],
            }
        )
        key = self.secret.reveal().encode()
        sign = hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        # The same stretch of the feed has the same key, should it be sent again; each test is one.
        about = f"test-{round(now_s * 1000)}"
        if messages:
            about = f"{min(m.first for m in messages)}-{max(m.last for m in messages)}"
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Ngbw-Signature": f"t={stamp},v1={sign}",
            "Idempotency-Key": f"{quote(name, safe='')}-{about}",
        }
        status, _ = post(name, self.url, body, headers=headers, allow=self.settings.allow)
        if not 200 <= status < 300:
            moved = "; redirects are not followed, name the final URL" * (300 <= status < 400)
            raise SurroundingsError(f"channel {name}: the receiver answered HTTP {status}{moved}")


class _Mail:
    one_by_one = False
    most_bytes = 200_000

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings
        raw = settings.raw
        self.password: Secret | None = None
        if "user" in raw:
            self.password = _secret(settings, "password")
        default = {"tls": 465, "starttls": 587, "plain": 25}[raw["transport"]]
        self.port = int(raw.get("port", default))

    def _mail(self, text: Text, now_s: float) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = shortened(_clean(" ".join(text.title.split())), 200)
        mail["From"] = self.settings.raw["sender"]
        mail["To"] = ", ".join(self.settings.raw["recipients"])
        mail["Date"] = datetime.fromtimestamp(now_s, UTC)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(shortened(_clean(text.body), self.most_bytes))
        return mail

    def send(self, text: Text, messages: Sequence[Message], *, now_s: float) -> None:
        """Hand the text to the mail server."""
        raw, name = self.settings.raw, self.settings.name
        address = resolve(name, self.port, host=raw["host"], allow=self.settings.allow)
        context = ssl.create_default_context()
        try:
            with _MailServer(address, raw["host"], self.port, raw["transport"], context) as server:
                if raw["transport"] == "starttls":
                    server.starttls(context=context)
                if self.password is not None:
                    server.login(raw["user"], self.password.reveal())
                server.send_message(self._mail(text, now_s))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            code = getattr(error, "smtp_code", None) or type(error).__name__
            raise SurroundingsError(
                f"channel {name}: the mail server {raw['host']} did not take it ({code}); check "
                "its address, the user and the password"
            ) from None


class _MailServer(smtplib.SMTP):
    """A connection to an address that was looked at, under the server's own name for TLS."""

    def __init__(
        self, address: str, host: str, port: int, transport: str, context: ssl.SSLContext
    ) -> None:
        self._address, self._tls = address, transport == "tls"
        self._context = context
        super().__init__(timeout=10)
        self._host = host
        self.connect(host, port)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self._address, port), timeout)
        return self._context.wrap_socket(plain, server_hostname=host) if self._tls else plain


_SYSLOG_SEVERITY = {
    "critical": 1, "major": 2, "minor": 3, "warning": 4, "indeterminate": 5, "cleared": 5,
}  # fmt: skip
"""RFC 5674, table 1."""


class _Syslog:
    one_by_one = True
    most_bytes = 2048

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings
        self.transport = settings.raw["transport"]
        self.port = int(settings.raw.get("port", 6514 if self.transport == "tls" else 514))

    def line(self, text: Text, message: Message | None, now_s: float) -> bytes:
        """Return a message as RFC 5424 writes it, with the alarm of RFC 5674."""
        severity = "indeterminate" if message is None else message.severity
        priority = int(self.settings.raw.get("facility", 16)) * 8 + _SYSLOG_SEVERITY[severity]
        when = datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds")
        data, name = "-", "-"
        if message is not None:
            name = message.alarm.alarm_id or "-"
            told: Mapping[str, str] = {
                "resource": message.alarm.key.resource,
                "probableCause": message.alarm.key.alarm_type,
                "perceivedSeverity": severity,
                **({"resourceURI": message.link} if message.link else {}),
            }
            data = "".join(f' {key}="{_escaped(value)}"' for key, value in told.items())
            data = f"[alarm{data}]"
        words = _clean(" ".join(f"{text.title} {text.body}".split()))
        head = f"<{priority}>1 {when.replace('+00:00', 'Z')} {_host_name()} ngbw - {name} {data} "
        return shortened(f"{head}\ufeff{words}", self.most_bytes).encode()

    def send(self, text: Text, messages: Sequence[Message], *, now_s: float) -> None:
        """Send one line; over UDP nobody says whether it arrived."""
        raw, name = self.settings.raw, self.settings.name
        udp = self.transport == "udp"
        address = resolve(name, self.port, host=raw["host"], allow=self.settings.allow, udp=udp)
        line = self.line(text, messages[0] if messages else None, now_s)
        try:
            if udp:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                with socket.socket(family, socket.SOCK_DGRAM) as out:
                    out.sendto(line, (address, self.port))
                return
            with socket.create_connection((address, self.port), 10) as out:
                if self.transport == "tls":
                    context = ssl.create_default_context()
                    with context.wrap_socket(out, server_hostname=raw["host"]) as safe:
                        safe.sendall(b"%d %b" % (len(line), line))
                else:
                    out.sendall(b"%d %b" % (len(line), line))
        except OSError as error:
            raise SurroundingsError(
                f"channel {name}: {raw['host']} cannot be reached ({error.strerror})"
            ) from None


def _escaped(value: str) -> str:
    """Write a value of structured data (RFC 5424, 6.3.3)."""
    cleaned = _clean(value).replace("\n", " ").replace("\\", "\\\\")
    return cleaned.replace('"', '\\"').replace("]", "\\]")


def _host_name() -> str:
    name = socket.gethostname()
    return "".join(c for c in name if 33 <= ord(c) <= 126)[:255] or "-"


_KINDS: Mapping[str, Any] = {
    "smtp": _Mail,
    "webhook": _Webhook,
    "wecom": _WeCom,
    "dingtalk": _DingTalk,
    "feishu": _Feishu,
    "syslog": _Syslog,
}


def open_channel(settings: ChannelSettings) -> Channel:
    """Return a channel that can send; its secrets are read now.

    Raises
    ------
    SurroundingsError
        A secret is not where the file says.
    SettingError
        The URL is none, or is not https.
    """
    channel: Channel = _KINDS[settings.kind](settings)
    return channel
