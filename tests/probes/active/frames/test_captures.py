"""Captures are read in every form, and say where they break."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.probes.active.frames.captures import Capture
from ngbw.topology.errors import FileError

FRAME = bytes(12) + b"\x86\xdd" + bytes(46)


def pcap(*frames, order="<", magic=0xA1B2C3D4, link=1):
    whole = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65_535, link)
    for frame in frames:
        whole += struct.pack(order + "IIII", 7, 500_000, len(frame), len(frame)) + frame
    return whole


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(order="<", link=1, options=b""):
    section = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    interface = block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)
    ticks = 7_500_000
    head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(FRAME), len(FRAME))
    return section + interface + block(5, bytes(8), order) + block(6, head + FRAME, order)


def read(tmp_path, raw, **more):
    place = tmp_path / "link.pcap"
    place.write_bytes(raw)
    capture = Capture(place, **more)
    return list(capture), capture


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_forms_and_byte_orders_give_the_same(tmp_path, order):
    for raw in (pcap(FRAME, order=order), pcapng(order)):
        frames, capture = read(tmp_path, raw)
        assert frames == [(7.5, FRAME)]
        assert (capture.trouble, capture.frames, capture.link_type) == ("", 1, 1)


def test_nanoseconds_are_read(tmp_path):
    frames, _ = read(tmp_path, pcap(FRAME, magic=0xA1B23C4D))
    assert frames[0][0] == pytest.approx(7.0005)
    tick = struct.pack("<HHBxxx", 9, 1, 9)
    assert read(tmp_path, pcapng(options=tick))[0][0][0] == pytest.approx(0.0075)


@pytest.mark.parametrize(
    ("link", "head"),
    [(101, b""), (229, b""), (113, bytes(14) + b"\x86\xdd"), (276, b"\x86\xdd" + bytes(18)), (0, b"\x1e\0\0\0")],
)  # fmt: skip
def test_links_of_other_kinds_get_the_head_of_ethernet(tmp_path, link, head):
    packet = b"\x60" + bytes(45)
    ((_, frame),), _ = read(tmp_path, pcap(head + packet, link=link))
    assert frame == bytes(12) + b"\x86\xdd" + packet


@pytest.mark.parametrize("raw", [pcap(FRAME, FRAME), pcapng()])
def test_a_capture_cut_anywhere_gives_what_is_whole(tmp_path, raw):
    whole, _ = read(tmp_path, raw)
    for size in range(5, len(raw)):
        frames, capture = read(tmp_path, raw[:size])
        assert frames == whole[: len(frames)]
        assert capture.trouble in ("", "cut-short", "damaged")
        assert capture.trouble or len(frames) < len(whole)


def test_a_size_that_lies_is_damage_and_nothing_is_reserved_for_it(tmp_path):
    raw = pcap(FRAME) + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0)
    frames, capture = read(tmp_path, raw)
    assert (len(frames), capture.trouble) == (1, "damaged")


def test_reading_stops_where_it_is_told_to(tmp_path):
    frames, capture = read(tmp_path, pcap(*[FRAME] * 5), most_frames=3)
    assert (len(frames), capture.trouble) == (3, "too-many")


@pytest.mark.parametrize(
    ("raw", "why"), [(b"", "no capture"), (b"GIF89a" * 9, "no capture"), (pcap(link=105), "type 105")]
)  # fmt: skip
def test_what_is_no_capture_is_refused(tmp_path, raw, why):
    with pytest.raises(FileError, match=why):
        read(tmp_path, raw)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        list(Capture(tmp_path / "none.pcap"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([pcap()[:20], b"\x0a\x0d\x0d\x0a", pcapng()[:60]]), st.binary(max_size=200))
def test_no_bytes_behind_a_head_raise_anything_but_a_refusal(tmp_path, head, rest):
    with contextlib.suppress(FileError):  # as for a kind of link that cannot be read
        read(tmp_path, head + rest)
