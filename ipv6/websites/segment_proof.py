"""S11: a black hole for large packets, proven by smaller segments, without any privilege.

Where Packet Too Big messages are lost (RFC 8201, 4; RFC 4890, 4.3.1), small answers come and large
ones stall. Asked again with TCP_MAXSEG set before the connection, the server sends segments that
fit the smallest link: if the answer then comes whole, the packets' size was the cause and nothing
else. If it stalls again, something else stalls it, and that is what is said.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from .findings import Finding, Heard
from .page_fetch import Bounds, Fetched, Page, fetch
from .polite_wire import Wire

__all__ = ["LARGE_OCTETS", "SEGMENT_OCTETS", "SegmentFacts", "judge_segments", "try_segments"]

LARGE_OCTETS = 20_000
"""From which an object is large enough to look no further."""
ENOUGH_OCTETS = 3_000
"""Two full segments: less says nothing about large packets."""
SEGMENT_OCTETS = 1_220
"""1280, the smallest link of IPv6 (RFC 8200, 5), less its header and TCP's."""
_QUIET_S = 3.0


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """A large object over IPv6 as it comes, with small segments, and over IPv4.

    Attributes
    ----------
    again, control
        None where the first came whole; the control also where there is no IPv4.
    """

    large: Fetched
    again: Fetched | None = None
    control: Fetched | None = None


def _stalls(page: Fetched) -> bool:
    return page.outcome in ("stalled", "slow", "cut", "timeout")


async def try_segments(
    wire: Wire, page: Page, ipv6: str, *, ipv4: str = "", tls: ssl.SSLContext | None = None,
    body_octets: int = 256 * 1024,
) -> SegmentFacts:  # fmt: skip
    """Ask for a large object, and where it stalls with small segments and over IPv4."""
    bounds = Bounds(body_octets, _QUIET_S, 4 * _QUIET_S)
    large = await fetch(wire, page, ipv6, tls=tls, bounds=bounds)
    if not _stalls(large) or large.connect_ms is None:
        return SegmentFacts(large)
    again = await fetch(wire, page, ipv6, tls=tls, bounds=bounds, segment_octets=SEGMENT_OCTETS)
    control = await fetch(wire, page, ipv4, tls=tls, bounds=bounds) if ipv4 else None
    return SegmentFacts(large, again, control)


def _told(page: Fetched | None) -> dict[str, object] | None:
    if page is None:
        return None
    return {
        "address": page.address, "outcome": page.outcome, "octets": page.received_octets,
        "whole": page.body_whole,
    }  # fmt: skip


def judge_segments(facts: SegmentFacts | None) -> Finding:
    """Judge S11; None where IPv6 does not connect at all."""
    if facts is None:
        return Heard(()).not_applicable("does-not-connect")
    large, again, control = facts.large, facts.again, facts.control
    asked = [f"GET {large.page.url} at {large.address}"]
    if again is not None:
        asked.append(f"{asked[0]} MSS {SEGMENT_OCTETS}")
    answered = {"large": _told(large), "small_segments": _told(again), "v4": _told(control)}
    heard = Heard(asked, answered)
    if large.answered and large.body_whole:
        if large.received_octets < ENOUGH_OCTETS:
            return heard.unknown("no-large-object", f"{large.received_octets}")
        return heard.passed()
    if again is None:
        return heard.unknown("no-page", large.outcome)
    detail = f"{large.address} {large.received_octets}"
    if again.answered and again.body_whole:
        return heard.failed("black-hole", detail)
    if control is not None and not (control.answered and control.body_whole):
        return heard.unknown("stalls-on-both", detail)
    return heard.unknown("stall-cause-unknown", detail)
