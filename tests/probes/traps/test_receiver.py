"""Notifications are written down, read, answered, limited, and only hint."""

from __future__ import annotations

import selectors
import shutil
import socket
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.snmp.agents import Community, UserSecurity
from ngbw.probes.snmp.ber import BrokenBerError, Pdu, encode_integer, encode_oid, encode_pdu, tlv
from ngbw.probes.snmp.values import Tag, Typed, oid
from ngbw.probes.traps.journal import TrapJournal
from ngbw.probes.traps.notification import Hint, read_notification
from ngbw.probes.traps.receiver import TrapReceiver
from ngbw.topology.errors import SettingError, SurroundingsError

WORD = Community("canary-word")
LINK_DOWN = oid("1.3.6.1.6.3.1.1.5.3")


def trap(number=1, *, community=b"canary-word", index=7, unit=0xA7, name=LINK_DOWN):
    varbinds = (
        (oid("1.3.6.1.2.1.1.3.0"), Typed(Tag.TIME_TICKS, 12345)),
        (oid("1.3.6.1.6.3.1.1.4.1.0"), Typed(Tag.OBJECT_IDENTIFIER, name)),
        (oid(f"1.3.6.1.2.1.2.2.1.1.{index}"), Typed(Tag.INTEGER, index)),
    )
    content = encode_integer(1) + tlv(Tag.OCTET_STRING, community)
    return tlv(0x30, content + encode_pdu(Pdu(unit, number, 0, 0, varbinds)))


class Wire:
    """A receiver on the loopback, and somebody who sends to it."""

    def __init__(self, directory, credentials=(WORD,), **limits):
        self.journal = TrapJournal(directory)
        self.receiver = TrapReceiver(self.journal, {"127.0.0.1": "olt-1"}, credentials, **limits)
        self.port = self.receiver.listen("127.0.0.1", 0)
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.bind(("127.0.0.1", 0))
        self.sender.settimeout(5)

    def send(self, *datagrams):
        for datagram in datagrams:
            self.sender.sendto(datagram, ("127.0.0.1", self.port))

    def wait(self, now_s=1000.0):
        with selectors.DefaultSelector() as selector:
            selector.register(self.receiver, selectors.EVENT_READ)
            assert selector.select(5)
        return self.receiver.drain(now_s)

    def close(self):
        self.sender.close()
        self.receiver.close()


@pytest.fixture
def wire(tmp_path):
    made = Wire(tmp_path)
    yield made
    made.close()


def test_a_trap_is_a_hint_at_its_agent_and_port(wire):
    wire.send(trap())
    (hint,) = wire.wait()
    assert (hint.agent_id, hint.kind, hint.if_index, hint.at_s) == ("olt-1", "link-down", 7, 1000.0)


def test_an_inform_is_answered_with_its_own_bindings(wire):
    wire.send(trap(77, unit=0xA6))
    assert len(wire.wait()) == 1
    reply = wire.sender.recv(2000)
    assert reply == trap(77, unit=0xA2)


def test_the_same_event_told_again_is_one_hint_until_the_window_ends(wire):
    wire.send(trap(1), trap(2), trap(3, index=8))
    hints = wire.wait()
    assert sorted((hint.if_index, hint.repeated) for hint in hints) == [(7, 2), (8, 1)]
    wire.send(trap(4))
    assert wire.wait(1010.0) == []
    wire.send(trap(5))
    assert len(wire.wait(1050.0)) == 1


def test_wrong_communities_broken_bytes_and_strangers_hint_at_nothing_but_are_kept(wire):
    wire.receiver._agents.clear()
    sent = [trap(community=b"guess"), b"\x30\x82", b"", trap()]
    wire.send(*sent)
    assert wire.wait() == []
    figures = wire.receiver.figures
    assert (figures.refused, figures.broken, figures.strangers, figures.hints) == (1, 2, 1, 0)
    assert [entry.datagram for entry in wire.journal.read()] == sent


def test_a_wrong_community_gets_no_answer(wire):
    wire.send(trap(unit=0xA6, community=b"guess"))
    wire.wait()
    wire.sender.settimeout(0.1)
    with pytest.raises(TimeoutError):
        wire.sender.recv(2000)


def test_a_talkative_source_is_limited_and_recovers(tmp_path):
    wire = Wire(tmp_path, rate_per_s=1.0, burst=5.0)
    wire.send(*(trap(k, index=k) for k in range(1, 21)))
    assert len(wire.wait(1000.0)) == 5
    assert wire.receiver.figures.limited == 15
    assert len(list(wire.journal.read())) == 5
    wire.send(*(trap(k, index=100 + k) for k in range(5)))
    assert len(wire.wait(1003.0)) == 3
    wire.close()


def test_nothing_is_answered_that_cannot_be_written_down(tmp_path):
    (tmp_path / "file").write_text("")
    wire = Wire(tmp_path / "file" / "x")
    wire.send(trap(unit=0xA6))
    with pytest.raises(SurroundingsError, match="cannot be written"):
        wire.wait()
    wire.sender.settimeout(0.1)
    with pytest.raises(TimeoutError):
        wire.sender.recv(2000)
    wire.close()


def test_a_v1_trap_takes_the_form_of_v2(tmp_path):
    enterprise = oid("1.3.6.1.4.1.2011")

    def v1(generic, specific):
        unit = (
            tlv(Tag.OBJECT_IDENTIFIER, encode_oid(enterprise))
            + tlv(Tag.IP_ADDRESS, bytes([10, 0, 0, 9]))
            + encode_integer(generic) + encode_integer(specific)
            + tlv(Tag.TIME_TICKS, b"\x01\x00") + tlv(0x30, b"")
        )  # fmt: skip
        return tlv(0x30, encode_integer(0) + tlv(Tag.OCTET_STRING, b"w") + tlv(0xA4, unit))

    read, reply = read_notification(v1(2, 0), "10.0.0.9")
    assert (read.kind, read.agent, read.uptime_s, reply) == ("link-down", "10.0.0.9", 2.56, None)
    special, _ = read_notification(v1(6, 21), "10.0.0.9")
    assert special.trap_oid == (*enterprise, 0, 21)
    assert special.kind == "other"


def test_a_notification_never_shows_its_community():
    read, _ = read_notification(trap(), "10.0.0.1")
    assert "canary" not in repr(read)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw):
    try:
        read_notification(raw, "10.0.0.1")
    except BrokenBerError:
        return


@given(st.integers(0, 80), st.integers(0, 255))
def test_a_trap_with_any_octet_changed_is_read_or_refused(at, value):
    raw = bytearray(trap())
    raw[at % len(raw)] = value
    try:
        read_notification(bytes(raw), "10.0.0.1")
    except BrokenBerError:
        return


def test_a_user_that_proves_nothing_is_refused(tmp_path):
    with pytest.raises(SettingError, match="would prove nothing"):
        TrapReceiver(TrapJournal(tmp_path), {}, [UserSecurity("anybody")])


def test_a_port_that_is_taken_is_said(wire, tmp_path):
    second = TrapReceiver(TrapJournal(tmp_path), {}, [WORD])
    with pytest.raises(SurroundingsError, match=f"port {wire.port}"):
        second.listen("127.0.0.1", wire.port)


USER = UserSecurity("ops", "sha256", "auth-password-1", "aes128", "priv-password-1")


def snmptrap(port, *more):
    if shutil.which("snmptrap") is None:
        pytest.skip("snmptrap (Debian: snmp) is not installed")
    return subprocess.Popen(
        ["snmptrap", *more, f"udp:127.0.0.1:{port}", "", "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.9", "i", "9"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


SECURED = [
    "-v3",
    "-l",
    "authPriv",
    "-u",
    "ops",
    "-a",
    "SHA-256",
    "-A",
    USER.auth_password,
    "-x",
    "AES",
    "-X",
    USER.priv_password,
]


@pytest.mark.parametrize("inform", [False, True])
@pytest.mark.parametrize("version", ["2c", "3"])
def test_net_snmps_traps_and_informs_are_received(tmp_path, version, inform):
    wire = Wire(tmp_path, [WORD, USER])
    who = SECURED if version == "3" else ["-v2c", "-c", "canary-word"]
    engine = ["-e", "0x8000000001020304"] if version == "3" and not inform else []
    child = snmptrap(wire.port, *who, *engine, *(["-Ci", "-t", "5"] if inform else []))
    hints: list[Hint] = []
    for _ in range(6):  # an inform of v3 asks for our engine and clock first
        hints += wire.wait()
        if hints:
            break
    assert child.communicate(timeout=10)[0] == b""
    assert child.returncode == 0
    (hint,) = hints
    assert (hint.agent_id, hint.kind, hint.if_index) == ("olt-1", "link-down", 9)
    wire.close()


def test_a_trap_with_a_wrong_key_is_refused(tmp_path):
    wire = Wire(tmp_path, [USER])
    wrong = ["wrong-password" if one == USER.auth_password else one for one in SECURED]
    child = snmptrap(wire.port, *wrong, "-e", "0x8000000001020304")
    assert wire.wait() == []
    child.communicate(timeout=10)
    assert wire.receiver.figures.hints == 0
    assert wire.receiver.figures.refused + wire.receiver.figures.broken == 1
    wire.close()
