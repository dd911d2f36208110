"""Packets that try a way are what they should be, and replies are known by their token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.active.frames.messages import Echo, PacketError, read_frame
from ngbw.probes.active.frames.packets import read_packet
from ngbw.probes.active.frames.passage import read_passage, try_headers
from ngbw.probes.active.frames.tries import HEADERS, TRIES, echo_packet, too_big_packet
from ngbw.topology.errors import UsageError

US, THEM, TOKEN = "2001:db8::1", "2001:db8::80", b"own word"
ETHERNET = bytes(12) + b"\x86\xdd"


def frame(packet):
    return ETHERNET + packet


def headers_of(packet):
    found = read_packet(frame(packet))
    assert found is not None
    return found


def fragment_of(packet):
    assert packet.fragment is not None
    return packet.fragment


def reply(kind, number):
    """Return the frame of a reply, as a host sends it: plain, whatever the request carried."""
    content = TOKEN + bytes((HEADERS.index(kind), number)) + bytes(70)
    (packet,) = echo_packet(THEM, US, content)
    return frame(packet[:40] + b"\x81" + packet[41:])


def sent(headers=HEADERS, tries=2):
    options = {"token": TOKEN.hex(), "headers": list(headers), "tries": tries}
    return TRIES["header-echoes"](US, THEM, options)


@pytest.mark.parametrize("kind", ["destination", "hop-by-hop"])
def test_headers_have_eight_bytes_and_an_option_to_be_skipped(kind):
    (packet,) = echo_packet(US, THEM, TOKEN + bytes(70), behind=kind)
    found = headers_of(packet)
    assert (found.fault, found.protocol) == ("", 58)
    assert [(one.kind, one.size_bytes, one.options) for one in found.extensions] == [
        (kind, 8, ((0x1E, bytes(4)),))
    ]


def test_fragments_join_to_the_plain_echo():
    content = TOKEN + bytes(70)
    (plain,) = echo_packet(US, THEM, content)
    first, second = map(headers_of, echo_packet(US, THEM, content, behind="fragment"))
    begin, end = fragment_of(first), fragment_of(second)
    assert first.body + second.body == plain[40:]
    assert (begin.offset_bytes, begin.more) == (0, True)
    assert (end.offset_bytes, end.more) == (len(first.body), False)
    assert begin.identity == end.identity
    assert TOKEN in first.body


def test_messages_are_those_of_another_implementation():
    inet6 = pytest.importorskip("scapy.layers.inet6")
    for packet in sent(("plain", "destination", "hop-by-hop")).opening:
        theirs = inet6.IPv6(packet)
        echo = theirs[inet6.ICMPv6EchoRequest]
        stated = echo.cksum
        del echo.cksum
        assert inet6.IPv6(bytes(theirs))[inet6.ICMPv6EchoRequest].cksum == stated


def test_every_try_is_sent_and_counted_once():
    assert len(sent().opening) == 2 * (len(HEADERS) + 1)  # a fragment comes with another
    frames = [reply("plain", 0), reply("plain", 0), reply("fragment", 1), reply("fragment", 0)]
    found = read_passage(frames, token=TOKEN, headers=HEADERS, tries=2)
    assert found.answered_of_tried == {
        "plain": (1, 2), "destination": (0, 2), "hop-by-hop": (0, 2), "fragment": (2, 2),
    }  # fmt: skip


def test_our_own_requests_and_words_of_others_are_no_replies():
    frames = [frame(one) for one in sent().opening]
    found = read_passage(frames, token=TOKEN, headers=HEADERS, tries=2)
    assert {count for count, _ in found.answered_of_tried.values()} == {0}
    found = read_passage([reply("plain", 0)], token=b"another!", headers=HEADERS, tries=2)
    assert found.answered_of_tried["plain"] == (0, 2)


def test_who_refuses_a_header_is_named():
    (packet,) = sent(("destination",), 1).opening
    error = bytearray(too_big_packet("2001:db8:9::1", US, packet))
    error[40] = 4  # parameter problem
    found = read_passage([frame(bytes(error))], token=TOKEN, headers=("destination",), tries=1)
    assert found.refused_by == {"destination": ("2001:db8:9::1",)}


def test_too_big_is_said_once_after_the_first_reply():
    one = TRIES["too-big"](US, THEM, {"token": TOKEN.hex()})
    (opening,) = one.opening
    assert len(opening) == 1300
    answer = frame(opening[:8] + opening[24:40] + opening[8:24] + b"\x81" + opening[41:])
    assert one.follow(frame(opening)) == ()
    report, *echoes = one.follow(answer)
    assert one.follow(answer) == ()
    assert len(report) == 1280
    read = read_frame(frame(report))
    assert isinstance(read, PacketError)
    assert (read.kind, read.mtu_bytes, read.sent_to) == ("too-big", 1280, THEM)
    assert (read.quoted_source, read.quoted_target) == (THEM, US)
    again = [read_frame(frame(echo)) for echo in echoes]
    assert [type(echo) for echo in again] == [Echo, Echo]
    assert {len(echo) for echo in echoes} == {1300}


def test_a_token_of_another_length_is_refused():
    with pytest.raises(ValueError, match="8 bytes"):
        TRIES["too-big"](US, THEM, {"token": "00"})


@pytest.mark.parametrize("more", [{"headers": ()}, {"headers": ("esp",)}, {"tries": 0}])
def test_what_cannot_be_tried_is_refused(more):
    with pytest.raises(UsageError, match="headers are of"):
        try_headers(THEM, "lo", **more)


@given(st.binary(max_size=120))
def test_no_frame_raises(raw):
    frames = [raw, frame(raw), frame(raw + TOKEN), reply("plain", 0)[:54] + TOKEN + raw]
    assert read_passage(frames, token=TOKEN, headers=HEADERS, tries=2)
