"""What arrives of a television stream: rate, loss, gaps, from datagrams and when they came.

Streams are MPEG-2 transport packets of 188 bytes (ISO/IEC 13818-1), bare in UDP or behind an RTP
header (RFC 3550, RFC 2250). RTP numbers its datagrams, which tells loss exactly; bare streams have
a counter of four bits for each part of the programme, which tells that something was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["StreamFigures", "stream_figures"]

_TS_BYTES, _SYNC, _NULL_PID = 188, 0x47, 0x1FFF
_RTP_HEADER = 12
_REORDERED = 100  # datagrams that come this late are late, not lost


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """What a group delivered while it was watched.

    Attributes
    ----------
    form
        ``rtp``, ``ts``, or ``other`` when the content is neither.
    datagrams, payload_bytes
        What came.
    rate_mbps
        Of the UDP payload, from the first to the last datagram; None for fewer than two.
    loss_ratio
        Share of RTP datagrams that are missing; None for other forms.
    continuity_errors
        Times that a part of the programme went on with the wrong number; None without transport
        packets.
    longest_gap_ms
        Between two datagrams; None for fewer than two.
    """

    form: str
    datagrams: int
    payload_bytes: int
    rate_mbps: float | None
    loss_ratio: float | None
    continuity_errors: int | None
    longest_gap_ms: float | None


def _transport_packets(payload: bytes) -> bool:
    return (
        len(payload) >= _TS_BYTES
        and len(payload) % _TS_BYTES == 0
        and all(payload[at] == _SYNC for at in range(0, len(payload), _TS_BYTES))
    )


def _behind_rtp(datagram: bytes) -> bytes | None:
    """Return what an RTP header carries; None where there is none."""
    if len(datagram) < _RTP_HEADER or datagram[0] >> 6 != 2:
        return None
    at = _RTP_HEADER + 4 * (datagram[0] & 0x0F)
    if datagram[0] & 0x10:  # header extension
        if len(datagram) < at + 4:
            return None
        at += 4 + 4 * int.from_bytes(datagram[at + 2 : at + 4])
    end = len(datagram)
    if datagram[0] & 0x20:  # padding; its last byte counts itself
        end -= datagram[-1]
    return datagram[at:end] if at <= end else None


def _lost(numbers: Sequence[int]) -> float | None:
    """Return the share of RTP sequence numbers that are missing.

    Numbers of 16 bits are unrolled; a jump beyond what can be lost or late begins a new run, as
    after a restart of the sender.
    """
    expected = received = 0
    run: set[int] = set()
    highest = 0

    def close() -> None:
        nonlocal expected, received
        if run:
            expected += max(run) - min(run) + 1
            received += len(run)

    for number in numbers:
        if run:
            step = (number - highest) & 0xFFFF
            ahead = step if step < 0x8000 else step - 0x10000
            if -_REORDERED <= ahead <= 3000:  # RFC 3550, appendix A.1: MAX_DROPOUT
                run.add(highest + ahead)
                highest = max(highest, highest + ahead)
                continue
            close()
        run = {number}
        highest = number
    close()
    return 1.0 - received / expected if expected else None


def _discontinuities(payloads: Sequence[bytes]) -> int:
    """Count wrong steps of continuity counters (ISO/IEC 13818-1, 2.4.3.3)."""
    last: dict[int, int] = {}
    repeated: set[int] = set()
    wrong = 0
    for payload in payloads:
        for at in range(0, len(payload), _TS_BYTES):
            pid = int.from_bytes(payload[at + 1 : at + 3]) & 0x1FFF
            control, counter = payload[at + 3] >> 4 & 0b11, payload[at + 3] & 0x0F
            if pid == _NULL_PID or payload[at + 1] & 0x80 or not control & 0b01:
                continue  # padding, known to be damaged, or without content: it does not count
            jump = bool(control & 0b10 and payload[at + 4] and payload[at + 5] & 0x80)
            before = last.get(pid)
            if before is None or jump or counter == (before + 1) & 0x0F:
                repeated.discard(pid)
            elif counter == before and pid not in repeated:
                repeated.add(pid)  # a packet may be sent twice
            else:
                wrong += 1
                repeated.discard(pid)
            last[pid] = counter
    return wrong


def stream_figures(arrivals: Sequence[tuple[float, bytes]]) -> StreamFigures:
    """Return the figures of datagrams with their times of arrival in seconds, in that order."""
    times = [at for at, _ in arrivals]
    datagrams = [datagram for _, datagram in arrivals]
    behind = [_behind_rtp(datagram) for datagram in datagrams]
    form, content = "other", []
    if datagrams and all(map(_transport_packets, datagrams)):
        form, content = "ts", datagrams
    elif datagrams and all(inner is not None for inner in behind):
        form = "rtp"
        content = [inner for inner in behind if inner is not None and _transport_packets(inner)]
    numbers = [int.from_bytes(one[2:4]) for one in datagrams] if form == "rtp" else []
    span_s = times[-1] - times[0] if len(times) > 1 else 0.0
    # The last datagram's bytes belong to the interval after it.
    carried = sum(map(len, datagrams[:-1]))
    return StreamFigures(
        form=form,
        datagrams=len(datagrams),
        payload_bytes=sum(map(len, datagrams)),
        rate_mbps=carried * 8e-6 / span_s if span_s > 0 else None,
        loss_ratio=_lost(numbers) if form == "rtp" else None,
        continuity_errors=_discontinuities(content) if content else None,
        longest_gap_ms=max(b - a for a, b in pairwise(times)) * 1000.0 if len(times) > 1 else None,
    )
