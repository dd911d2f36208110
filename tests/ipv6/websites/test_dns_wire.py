"""Answers of name servers are read as dnspython reads them, and hostile ones end at once."""

from __future__ import annotations

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.websites.dns_wire import BrokenReply, ask_for, read_reply


def answer_of(kind: str, *values: str) -> bytes:
    question = dns.message.make_query("www.example.cn", kind, use_edns=0)
    question.id = 7
    reply = dns.message.make_response(question)
    reply.answer.append(dns.rrset.from_text("www.example.cn.", 300, "IN", kind, *values))
    return reply.to_wire(max_size=65535)


def asked(kind: str):
    return ask_for("www.example.cn", kind, ident=7)


def test_our_question_is_what_dnspython_would_ask():
    message = dns.message.from_wire(asked("AAAA").octets)
    assert message.question[0].name.to_text() == "www.example.cn."
    assert (message.payload, message.flags) == (1232, 0)


@given(st.lists(st.ip_addresses(v=6), min_size=1, max_size=20, unique=True))
def test_addresses_are_those_that_were_told(addresses):
    texts = [str(one) for one in addresses]
    found = read_reply(answer_of("AAAA", *texts), asked("AAAA"))
    assert set(found.values("www.example.cn.", "AAAA")) == set(texts)


def test_mail_servers_and_hints_are_read():
    found = read_reply(answer_of("MX", "10 Mail.example.cn."), asked("MX"))
    assert found.values("www.example.cn.", "MX") == ("10 mail.example.cn.",)
    hints = answer_of("HTTPS", '1 . alpn="h2" ipv6hint="2001:db8::1,2001:db8::2"')
    found = read_reply(hints, asked("HTTPS"))
    assert found.values("www.example.cn.", "HTTPS") == ("2001:db8::1 2001:db8::2",)


def test_thousands_of_records_are_read_and_ten_thousand_promised_are_refused():
    many = [f"2001:db8::{n:x}" for n in range(1, 2301)]
    whole = answer_of("AAAA", *many)
    assert len(read_reply(whole, asked("AAAA")).values("www.example.cn.", "AAAA")) == 2300
    lying = whole[:6] + (10_001).to_bytes(2, "big") + whole[8:]
    with pytest.raises(BrokenReply, match="promises"):
        read_reply(lying, asked("AAAA"))


def test_a_name_that_points_at_itself_is_refused():
    head = answer_of("AAAA", "2001:db8::1")[:12]
    with pytest.raises(BrokenReply, match="points"):
        read_reply(head + b"\xc0\x0c" + bytes(4), asked("AAAA"))


def test_an_answer_to_another_question_is_refused():
    with pytest.raises(BrokenReply, match="something else"):
        read_reply(answer_of("A", "192.0.2.1"), asked("AAAA"))


@given(st.binary(max_size=300), st.integers(0, 60))
def test_whatever_comes_is_read_or_refused(noise, cut):
    whole = answer_of("AAAA", "2001:db8::1")
    for message in (noise, whole[:cut], whole[:cut] + noise):
        try:
            read_reply(message, asked("AAAA"))
        except BrokenReply:
            continue
