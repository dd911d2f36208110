"""Messages of SNMPv3 are taken apart alike by both readers, and sealed ones open to what went in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.probes.snmp import ber
from ngbw.probes.snmp.agents import UserSecurity
from ngbw.probes.snmp.user_messages import (
    Parts,
    take_apart,
    take_apart_packed,
    take_unit,
    take_unit_packed,
)
from ngbw.probes.snmp.user_session import Opened, Report, UserSession

ENGINE = bytes.fromhex("80001f8804aa01")
SEALED = UserSecurity("u", "sha256", "auth-word-1", "aes128", "priv-word-1", context="c")


def session(user=SEALED, *, now_s=(0.0,), boots=3):
    """Return a session that knows its agent; ``now_s`` is a clock that a test may move."""
    made = UserSession(user, clock=lambda: now_s[0])
    made.open(report(made, ENGINE, boots, 100), take_apart(report(made, ENGINE, boots, 100)))
    return made


def report(made, engine, boots, time_s, number=4):
    """Return an unsigned report as an agent sends it."""
    name = ber.encode_oid((1, 3, 6, 1, 6, 3, 15, 1, 1, number, 0))
    unit = ber.encode_pdu_of(ber.REPORT, 7, 0, 0, ber.encode_varbind(name, b"\x41\x01\x01"))
    scoped = ber.tlv(0x30, ber.tlv(4, engine) + ber.tlv(4, b"") + unit)
    return made._message(7, 0, engine, boots, time_s, b"", b"", b"", scoped)


def unit_of(size=5):
    return ber.encode_pdu_of(
        ber.RESPONSE, 77, 0, 0, ber.encode_varbind(b"+\x06\x01", b"\x04\x00") * size
    )


def outcome(reader, octets):
    try:
        return reader(octets)
    except ber.BrokenBerError:
        return None


@settings(max_examples=400)
@given(st.data())
def test_both_readers_agree_on_messages_that_were_damaged(data):
    octets = bytearray(session().seal(unit_of(), 77))
    for _ in range(data.draw(st.integers(0, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.sampled_from([len(octets), len(octets) - 1, 30]))])
    assert outcome(take_apart, cut) == outcome(take_apart_packed, cut)
    scoped = bytearray(ber.tlv(0x30, ber.tlv(4, ENGINE) + ber.tlv(4, b"") + unit_of()) + b"\0\0")
    for _ in range(data.draw(st.integers(0, 3))):
        scoped[data.draw(st.integers(0, len(scoped) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(take_unit, bytes(scoped)) == outcome(take_unit_packed, bytes(scoped))


@given(st.binary(max_size=80))
def test_both_readers_agree_on_noise(octets):
    assert outcome(take_apart, octets) == outcome(take_apart_packed, octets)
    assert outcome(take_unit, octets) == outcome(take_unit_packed, octets)


@pytest.mark.parametrize("priv", ["des", "aes128", "aes192", "aes256", "aes192c", "aes256c"])
@pytest.mark.parametrize("auth", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_what_one_session_seals_another_opens(auth, priv):
    user = UserSecurity("u", auth, "auth-word-1", priv, "priv-word-1")
    one, other = session(user), session(user)
    for size in range(6):
        sealed = one.seal(unit_of(size), 77)
        opened = other.open(sealed, take_apart(sealed))
        assert isinstance(opened, Opened)
        assert opened.octets[opened.unit.begin : opened.unit.end] == unit_of(size)
        assert b"+\x06\x01" not in sealed or size == 0


def test_a_message_with_one_octet_changed_is_ignored():
    made = session()
    sealed = made.seal(unit_of(), 77)
    for place in range(len(sealed) - 40, len(sealed)):
        changed = sealed[:place] + bytes((sealed[place] ^ 1,)) + sealed[place + 1 :]
        assert made.open(changed, take_apart(changed)) is None
    assert made.bare_replies == 40


def test_a_bare_reply_to_a_sealed_question_is_ignored():
    made = session()
    bare = session(UserSecurity("u")).seal(unit_of(), 77)
    assert made.open(bare, take_apart(bare)) is None
    signed = session(UserSecurity("u", "sha256", "auth-word-1")).seal(unit_of(), 77)
    assert made.open(signed, take_apart(signed)) is None


def test_no_salt_is_used_twice():
    made = session()
    salts = {take_apart(made.seal(unit_of(), 77)).salt for _ in range(100)}
    assert len(salts) == 100


def test_the_clock_goes_on_with_ours_and_is_set_by_a_report():
    now_s = [0.0]
    made = session(now_s=now_s)
    assert (made.boots, made.time_s) == (3, 100)
    now_s[0] = 50.0
    assert take_apart(made.seal(unit_of(), 7)).time_s == 150
    moved = report(made, ENGINE, 4, 5, number=2)
    assert made.open(moved, take_apart(moved)) == Report("clock-window", again=True)
    assert (made.boots, made.time_s) == (4, 5)


def test_another_engine_at_the_address_is_met_and_told():
    made = session()
    known = made.seal(unit_of(), 7)
    other = report(made, ENGINE + b"x", 1, 1)
    assert made.open(other, take_apart(other)) == Report("engine-replaced", again=True)
    assert made.engine_id == ENGINE + b"x"
    assert made.open(known, take_apart(known)) is None
    short = report(made, b"abc", 1, 1)  # RFC 3411: 5 to 32 octets
    assert made.open(short, take_apart(short)) is None


@pytest.mark.parametrize(
    ("number", "kind"), [(1, "no-such-level"), (3, "unknown-user"), (5, "wrong-key"), (9, "report")]
)
def test_reports_say_what_was_wrong(number, kind):
    made = session()
    told = report(made, ENGINE, 3, 100, number)
    assert made.open(told, take_apart(told)) == Report(kind, again=False)


def test_a_clock_out_of_range_is_no_clock():
    made = session()
    for boots, time_s in ((-1, 0), (2**31, 0), (0, -5)):
        with pytest.raises(ber.BrokenBerError, match="clock"):
            take_apart(report(made, ENGINE, boots, time_s))
    assert isinstance(take_apart(report(made, ENGINE, 2**31 - 1, 0)), Parts)
