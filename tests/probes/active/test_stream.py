"""Rate, loss and gaps of television streams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.active.stream import stream_figures


def transport(counter, pid=0x100, *, control=0b01, flags=0):
    adaptation = bytes([1, flags]) if control & 0b10 else b""
    head = bytes([0x47, pid >> 8, pid & 0xFF, control << 4 | counter & 0x0F]) + adaptation
    return head.ljust(188, b"\xff")


def rtp(number, payload=b"", *, csrc=0, extension=b"", padding=0):
    first = 0x80 | csrc | (0x10 if extension else 0) | (0x20 if padding else 0)
    head = bytes([first, 33]) + (number & 0xFFFF).to_bytes(2) + bytes(8) + bytes(4 * csrc)
    if extension:
        head += bytes(2) + (len(extension) // 4).to_bytes(2) + extension
    return head + payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")


def every(ms, datagrams):
    return [(k * ms / 1000, datagram) for k, datagram in enumerate(datagrams)]


def test_a_bare_stream_has_its_rate_and_no_loss_figure():
    figures = stream_figures(
        every(1, [b"".join(transport(7 * k + n) for n in range(7)) for k in range(101)])
    )
    assert figures.form == "ts"
    assert figures.rate_mbps == pytest.approx(7 * 188 * 8 / 1000)
    assert (figures.loss_ratio, figures.continuity_errors) == (None, 0)
    assert figures.longest_gap_ms == pytest.approx(1)


def test_rtp_tells_loss_exactly_across_the_turn_of_its_numbers():
    numbers = [n for n in range(65_500, 65_600) if n not in (65_530, 65_540)]
    figures = stream_figures(every(1, [rtp(n, transport(n)) for n in numbers]))
    assert figures.form == "rtp"
    assert figures.loss_ratio == pytest.approx(0.02)
    assert figures.continuity_errors == 2


def test_late_and_repeated_datagrams_are_not_lost():
    numbers = [1, 2, 4, 3, 5, 5, 7, 6]
    assert stream_figures(every(1, [rtp(n) for n in numbers])).loss_ratio == 0.0


def test_a_restarted_sender_is_no_loss():
    numbers = [*range(100, 110), *range(40_000, 40_010)]
    assert stream_figures(every(1, [rtp(n) for n in numbers])).loss_ratio == 0.0


def test_headers_with_extension_sources_and_padding_are_looked_behind():
    made = [rtp(n, transport(n), csrc=2, extension=bytes(8), padding=4) for n in range(20)]
    figures = stream_figures(every(1, made))
    assert (figures.form, figures.continuity_errors) == ("rtp", 0)


def test_counters_wait_for_content_and_forgive_what_the_standard_forgives():
    packets = [
        transport(0), transport(0),  # sent twice
        transport(0, control=0b10),  # no content: the counter stands still
        transport(1),
        transport(9, control=0b11, flags=0x80),  # announced discontinuity
        transport(10),
        transport(5, pid=0x1FFF), transport(3, pid=0x1FFF),  # padding has no order
    ]  # fmt: skip
    assert stream_figures(every(1, packets)).continuity_errors == 0
    assert stream_figures(every(1, [*packets, transport(12)])).continuity_errors == 1
    assert stream_figures(every(1, [transport(0)] * 3)).continuity_errors == 1


def test_nothing_that_came_is_nothing_known():
    figures = stream_figures([])
    assert (figures.form, figures.datagrams, figures.rate_mbps, figures.loss_ratio) == (
        "other",
        0,
        None,
        None,
    )


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_whatever_comes_is_counted_and_never_raises(datagrams):
    figures = stream_figures(every(1, datagrams))
    assert figures.datagrams == len(datagrams)
    assert figures.payload_bytes == sum(map(len, datagrams))
    assert figures.loss_ratio is None or 0 <= figures.loss_ratio < 1


@given(st.lists(st.booleans(), min_size=2, max_size=200), st.integers(0, 65_535))
def test_loss_is_the_share_that_was_thrown_away(kept, first):
    kept = [True, *kept, True]
    sent = [rtp(first + k) for k, stays in enumerate(kept) if stays]
    figures = stream_figures(every(1, sent))
    assert figures.loss_ratio == pytest.approx(kept.count(False) / len(kept))
