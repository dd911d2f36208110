"""Channels against receivers on loopback: form, signature, limits, and whom they may speak to."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import json
import socket
from urllib.parse import parse_qs, urlsplit

import pytest

from ngbw.probes.alarms.alarm_types import ALARM_TYPES
from ngbw.probes.alarms.model import Alarm, AlarmKey, Condition, Severity
from ngbw.probes.alarms.toml_places import read_toml
from ngbw.probes.notify.addresses import resolve
from ngbw.probes.notify.channel_file import read_notify
from ngbw.probes.notify.channels import open_channel, shortened
from ngbw.probes.notify.messages import Message, Text
from ngbw.tests.probes.notify.receivers import HttpReceiver, MailReceiver
from ngbw.topology.errors import SettingError, SurroundingsError

CANARY = "s3cret-canary-4711"
NOW = 1_764_000_000.25
TEXT = Text("标题", '内容 <at user_id="all"></at>\x1b[31m')
LOOPBACK = 'insecure = true\nallow = ["127.0.0.0/8"]\n'


def settings_of(text):
    file = read_toml("format = 1\n" + text, "alarms.toml")
    return read_notify(file, language="zh-CN", types=ALARM_TYPES)


def channel_of(kind, text, **environment):
    return open_channel(settings_of(f'[channels.c]\nkind = "{kind}"\n{text}').channels["c"])


@pytest.fixture
def robot(monkeypatch):
    """Return a function that opens a robot's channel to a receiver."""

    def make(kind, receiver):
        monkeypatch.setenv("C_URL", f"http://127.0.0.1:{receiver.port}/send?key={CANARY}")
        monkeypatch.setenv("C_SECRET", CANARY)
        signed = "" if kind == "wecom" else 'secret_env = "C_SECRET"\n'
        return channel_of(kind, f'url_env = "C_URL"\n{signed}{LOOPBACK}')

    return make


def message(severity=Severity.MAJOR):
    alarm = Alarm(
        AlarmKey('port:R1/x"]\\', "port-down"), "A7", Condition.ACTIVE, severity, raised_s=NOW
    )
    return Message("raised", alarm, 3, 4, NOW, link="https://noc.example/a/A7")


def test_wecom_gets_plain_text_that_fits(robot):
    with HttpReceiver() as receiver:
        robot("wecom", receiver).send(Text("t", "长" * 2000), [], now_s=NOW)
    (path, _, body), (content,) = receiver.got[0], receiver.bodies()
    assert path == f"/send?key={CANARY}"
    assert content["msgtype"] == "text"
    assert len(content["text"]["content"].encode()) <= 2048
    assert content["text"]["content"].endswith("…")
    assert body


def test_dingtalk_is_signed_over_time_and_secret(robot):
    with HttpReceiver() as receiver:
        robot("dingtalk", receiver).send(TEXT, [], now_s=NOW)
    query = parse_qs(urlsplit(receiver.got[0][0]).query)
    stamp = query["timestamp"][0]
    assert stamp == "1764000000250"
    digest = hmac.new(CANARY.encode(), f"{stamp}\n{CANARY}".encode(), hashlib.sha256).digest()
    assert query["sign"][0] == base64.b64encode(digest).decode()
    assert receiver.bodies()[0]["text"]["content"].startswith("标题\n内容")


def test_feishu_is_signed_in_the_body_and_calls_nobody_up(robot):
    with HttpReceiver((200, {"code": 0})) as receiver:
        robot("feishu", receiver).send(TEXT, [], now_s=NOW)
    (body,) = receiver.bodies()
    key = f"1764000000\n{CANARY}".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert "<at" not in body["content"]["text"]
    assert "\x1b" not in body["content"]["text"]


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
@pytest.mark.parametrize(
    "answer", [(200, {"errcode": 45009, "code": 9499}), (500, {}), (200, {"x": 1}), (302, {})]
)
def test_what_a_robot_does_not_take_is_an_error_without_the_secret(kind, answer, robot):
    with HttpReceiver(answer) as receiver, pytest.raises(SurroundingsError) as caught:
        robot(kind, receiver).send(TEXT, [], now_s=NOW)
    assert CANARY not in str(caught.value)
    assert "the robot refused" in str(caught.value)


def webhook(receiver, monkeypatch, more=LOOPBACK):
    monkeypatch.setenv("C_SECRET", CANARY)
    return channel_of(
        "webhook", f'url = "http://127.0.0.1:{receiver.port}/in"\nsecret_env = "C_SECRET"\n{more}'
    )


def test_webhook_body_is_signed_and_says_what_it_is_about(monkeypatch):
    with HttpReceiver((204, {})) as receiver:
        webhook(receiver, monkeypatch).send(TEXT, [message()], now_s=NOW)
    path, headers, body = receiver.got[0]
    stamp, _, sign = headers["X-Ngbw-Signature"].partition(",v1=")
    signed = stamp.removeprefix("t=").encode() + b"." + body
    assert sign == hmac.new(CANARY.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Idempotency-Key"] == "c-3-4"
    (told,) = json.loads(body)["messages"]
    assert (told["alarm"], told["severity"], told["feed"]) == ("A7", "major", [3, 4])
    assert path == "/in"


def test_each_test_message_of_a_webhook_has_a_key_of_its_own_whatever_its_channel_is_called(
    monkeypatch,
):
    monkeypatch.setenv("C_SECRET", CANARY)
    with HttpReceiver((204, {})) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        channel = open_channel(
            settings_of(
                f'[channels."值班 室"]\nkind = "webhook"\nurl = "{url}"\n'
                f'secret_env = "C_SECRET"\n{LOOPBACK}'
            ).channels["值班 室"]
        )
        for now_s in (NOW, NOW + 0.01):
            channel.send(TEXT, [], now_s=now_s)
        channel.send(TEXT, [message()], now_s=NOW)
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.got]
    assert len(set(keys)) == 3
    assert all(key.startswith("%E5%80%BC%E7%8F%AD%20%E5%AE%A4-") for key in keys)


def test_a_redirect_is_not_followed(monkeypatch):
    with HttpReceiver() as other:
        target = {"Location": f"http://127.0.0.1:{other.port}/secret"}
        with (
            HttpReceiver((307, {}, target)) as receiver,
            pytest.raises(SurroundingsError, match="redirects are not followed"),
        ):
            webhook(receiver, monkeypatch).send(TEXT, [], now_s=NOW)
    assert other.got == []


def test_inner_addresses_are_refused_unless_listed(monkeypatch):
    with HttpReceiver() as receiver:
        shut = webhook(receiver, monkeypatch, "insecure = true\n")
        with pytest.raises(SurroundingsError, match=r'allow = \["127\.0\.0\.1/32"\]'):
            shut.send(TEXT, [], now_s=NOW)
    assert receiver.got == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0",  # noqa: S104
     "224.0.0.1", "::1", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
     "2002:a00:1::1"],
)  # fmt: skip
def test_every_way_to_write_an_inner_address_is_refused(address):
    with pytest.raises(SurroundingsError, match="not on the internet"):
        resolve("c", 443, host=address, allow=())


def test_an_outer_address_is_taken():
    assert resolve("c", 443, host="9.9.9.9", allow=()) == "9.9.9.9"
    assert resolve("c", 443, host="2620:fe::fe", allow=()) == "2620:fe::fe"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://a.example/x", "is not https"),
        ("ftp://a.example/x", "is no URL"),
        ("https://u:p@a.example/x", "holds a user and a password"),
        ("https://[::1", "is no URL"),
        ("https:///x", "is no URL"),
    ],
)
def test_a_wrong_url_is_refused_without_showing_it(url, words, monkeypatch):
    monkeypatch.setenv("C_URL", url)
    with pytest.raises(SettingError, match=words) as caught:
        channel_of("wecom", 'url_env = "C_URL"\n')
    assert url not in str(caught.value)


MAIL = 'sender = "ngbw@a.example"\nrecipients = ["noc@a.example", "li@a.example"]\n'


def test_mail_reaches_every_recipient_in_chinese():
    with MailReceiver() as receiver:
        text = f'host = "127.0.0.1"\nport = {receiver.port}\ntransport = "plain"\n{MAIL}{LOOPBACK}'
        channel_of("smtp", text).send(Text("【严重】断\r\nBcc: x@y", "正文"), [], now_s=NOW)
    (mail,) = receiver.mails
    read = email.message_from_bytes(mail, policy=email.policy.default)
    assert read["Subject"] == "【严重】断 Bcc: x@y"
    assert read["Bcc"] is None
    assert read.get_content().strip() == "正文"
    assert len([c for c in receiver.commands if c.upper().startswith("RCPT")]) == 2


def test_a_refused_password_is_not_shown(monkeypatch):
    monkeypatch.setenv("C_PASSWORD", CANARY)
    with MailReceiver(refuse=True) as receiver:
        text = (
            f'host = "127.0.0.1"\nport = {receiver.port}\ntransport = "plain"\nuser = "u"\n'
            f'password_env = "C_PASSWORD"\n{MAIL}{LOOPBACK}'
        )
        with pytest.raises(SurroundingsError, match="535") as caught:
            channel_of("smtp", text).send(TEXT, [], now_s=NOW)
    assert CANARY not in str(caught.value)


def test_syslog_is_rfc_5424_with_the_alarm_of_rfc_5674():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        port = receiver.getsockname()[1]
        channel = channel_of("syslog", f'host = "127.0.0.1"\nport = {port}\n{LOOPBACK}')
        channel.send(Text("Port down", "two\nlines"), [message()], now_s=NOW)
        line = receiver.recv(4096).decode()
    assert line.startswith("<130>1 2025-11-24T16:00:00.250Z ")  # local0, critical for major
    assert ' ngbw - A7 [alarm resource="port:R1/x\\"\\]\\\\" probableCause="port-down" ' in line
    assert 'perceivedSeverity="major"' in line
    assert line.endswith("\ufeffPort down two lines")


def test_syslog_over_tcp_counts_its_octets():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        port = server.getsockname()[1]
        text = f'host = "127.0.0.1"\nport = {port}\ntransport = "tcp"\n{LOOPBACK}'
        channel_of("syslog", text).send(Text("a", "b"), [], now_s=NOW)
        with server.accept()[0] as connection, connection.makefile("rb") as stream:
            count, _, line = stream.read().partition(b" ")
    assert int(count) == len(line)


def test_a_text_is_cut_between_characters():
    assert shortened("断断断", 9) == "断断断"
    assert shortened("断断断断", 9) == "断断…"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[channels.c]\nkind = "pigeon"\n', 3, "use one of smtp"),
        ('[channels.c]\nkind = "wecom"\nurl = "https://x"\n', 4, "its URL is a secret"),
        ('[channels.c]\nkind = "dingtalk"\nurl_env = "X"\n', 2, "lacks secret_env or secret_file"),
        ('[channels.c]\nkind = "smtp"\nhost = "m"\ntransport = "plain"\n' + MAIL, 5, "insecure"),
        ('[channels.c]\nkind = "syslog"\nhost = "m"\nport = 0\n', 5, "1 to 65535"),
        ('[channels.c]\nkind = "syslog"\nhost = "m"\nallow = ["10.0.0.1/8"]\n', 5, "host bits"),
        ('[channels.c]\nkind = "syslog"\nhost = "m"\nhots = "m"\n', 5, "did you mean 'host'"),
        ('[routes.r]\nchannels = ["c"]\n', 3, "names 'c', which is none"),
        ('[channels.c]\nkind = "syslog"\nhost = "m"\n[routes.r]\nchannels = ["c"]\nhours = "8-20"\n', 7, "hours is '8-20'"),
        ('[notify]\nwait_s = true\n', 3, "give seconds"),
        ('[notify]\nlink = "javascript:x"\n', 3, "give a URL"),
    ],
)  # fmt: skip
def test_a_mistake_in_channels_is_told_with_its_line(text, line, words):
    with pytest.raises(SettingError, match=words) as caught:
        settings_of(text)
    assert str(caught.value).startswith(f"alarms.toml:{line}: ")


def test_secrets_show_themselves_nowhere(robot, tmp_path):
    import pickle

    from ngbw.probes.notify.secret import Secret, read_secret

    with HttpReceiver() as receiver:
        channel = robot("feishu", receiver)
    shown = [repr(channel), repr(vars(channel)), str(Secret(CANARY)), f"{Secret(CANARY)!r}"]
    assert not any(CANARY in text for text in shown)
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))
    (tmp_path / "s").write_text(CANARY + "\n", encoding="utf-8")
    assert read_secret("x", file=str(tmp_path / "s")).reveal() == CANARY
    with pytest.raises(SurroundingsError, match="cannot be read"):
        read_secret("x", file=str(tmp_path / "none"))
    with pytest.raises(SurroundingsError, match="NOT_SET is not set"):
        read_secret("x", variable="NOT_SET", environment={})
