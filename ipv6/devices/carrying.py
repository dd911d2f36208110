"""Whether a device carries IPv6: D9 forwarded packets, D10 the share, D11 losses against IPv4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...probes.readings.records import Counter, Family, FamilyCounters
from ..evidence import Evidence
from ..verdicts import Verdict
from .counting import SHORTEST_S, Span, count_between, most_octets, most_packets, span_between
from .polls import Ipv6Reading
from .rows import Case
from .share import (
    OF_THE_WHOLE,
    TrafficShare,
    octets_between,
    octets_since_start,
    traffic_share,
)

__all__ = ["LEAST_PACKETS", "MOST_LOST", "carries", "forwarded", "losses", "share_of", "shares_of"]

LEAST_PACKETS = 1_000
"""Of a family between two polls, below which a rate of losses says nothing."""

MOST_LOST = 0.001
"""Share of packets that may be lost whatever IPv4 loses."""

_TIMES_V4 = 2.0
"""How many times as often as IPv4 packets others may be lost."""

_LOST = ("in_discards", "in_no_routes", "out_discards", "out_no_routes")
_FAULTS = frozenset({*_LOST, "too_big"})

_OWN_PACKETS = 1e6
"""That a device may have sent by itself between two polls."""


def shares_of(
    case: Case, reading: Ipv6Reading, *, shortest_s: float = SHORTEST_S
) -> tuple[Span, tuple[TrafficShare, ...]]:
    """Return what every table says of the share: between two polls, else of totals.

    Of totals the whole device is told alone, and they never make a verdict.
    """
    span = span_between(case.before, case.poll, shortest_s=shortest_s)
    if span.seconds is None or case.before is None:
        return span, (traffic_share(octets_since_start(reading)),)
    found = octets_between(case.before, case.poll, span, transit=case.transit)
    return span, tuple(map(traffic_share, found))


def share_of(shares: tuple[TrafficShare, ...]) -> TrafficShare | None:
    """Return the best share that could be told; else the refusal of the whole device's counters."""
    for told in shares:
        if told.share is not None:
            return told
    whole = [told for told in shares if told.octets.source == OF_THE_WHOLE]
    return next(iter(whole or shares), None)


def _answered(told: TrafficShare) -> dict[str, Any]:
    octets = told.octets
    figures: dict[str, Any] = {
        name: None if (value := getattr(told, name)) is None else round(value, 6)
        for name in ("share", "low", "high", "coverage", "naive_share", "packet_share")
    }
    return figures | {
        "source": octets.source,
        "octets_v4": octets.octets_v4,
        "octets_v6": octets.octets_v6,
        "packets_v4": octets.packets_v4,
        "packets_v6": octets.packets_v6,
        "interface_octets": octets.interface_octets,
        "interfaces": octets.interfaces,
        "interval_s": octets.interval_s,
        "totals_since_start": told.totals,
        "assumed": told.assumed,
        "refusal": told.reason,
    }


def carries(case: Case, span: Span, shares: tuple[TrafficShare, ...]) -> Evidence:
    """Judge D10: the share of IPv6 between two polls, or why there is none."""
    told = share_of(shares)
    asked = ("ipSystemStatsTable", "ipIfStatsTable", "jnxIpv6IfStatsTable", "ifXTable")
    if told is None:
        return case.row("D10", Verdict.UNKNOWN, "no-octet-counters", asked=asked)
    answered = _answered(told)
    answered["others"] = [
        {"source": one.octets.source, "refusal": one.reason,
         "coverage": None if one.coverage is None else round(one.coverage, 6)}
        for one in shares if one is not told
    ]  # fmt: skip

    def row(verdict: Verdict, reason: str = "", detail: str = "") -> Evidence:
        return case.row("D10", verdict, reason, asked=asked, answered=answered, detail=detail,
                        two_polls=span.seconds is not None)  # fmt: skip

    if told.reason:
        return row(Verdict.UNKNOWN, told.reason)
    if span.seconds is None or told.share is None:
        return row(Verdict.UNKNOWN, span.reason)
    if told.octets.octets_v6 == 0:
        return row(Verdict.FAIL, "no-ipv6-traffic", "0 %")
    return row(Verdict.PASS, detail=f"{told.share:.1%} ({told.low:.1%} - {told.high:.1%})")


# packets -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Moved:
    """What the counters of a family advanced by, over all rows of a table; None where unknown."""

    table: str
    counts: Mapping[str, int | None]
    doubt: str = ""

    def of(self, *names: str) -> int | None:
        """Return the sum of those that are known; None where none is."""
        known = [self.counts[name] for name in names if self.counts.get(name) is not None]
        return sum(value for value in known if value is not None) if known else None


_PACKETS = ("in_packets", "in_delivers", "in_forwarded", "out_forwarded", "too_big", *_LOST)


def _moved(case: Case, span: Span, table: str, family: Family) -> _Moved | None:
    before, after = case.before, case.poll
    if before is None or before.reading is None or after.reading is None or span.seconds is None:
        return None
    old = {
        row.if_index: row
        for row in before.reading.family_traffic
        if row.table == table and row.family is family
    }
    rows = [
        row
        for row in after.reading.family_traffic
        if row.table == table and row.family is family and row.if_index in old
    ]
    if not rows:
        return None
    ports = {one.if_index: one for one in after.reading.interfaces}
    loopbacks = after.reading.loopbacks()
    sums: dict[str, int | None] = dict.fromkeys(_PACKETS)
    doubt = ""
    for row in rows:
        if row.if_index in loopbacks:
            continue
        chosen = (ports[row.if_index],) if row.if_index in ports else tuple(ports.values())
        most = most_packets(most_octets(chosen, span.seconds))
        former = old[row.if_index]
        if former.discontinuity_s != row.discontinuity_s:
            doubt = doubt or "restarted"
            continue
        received = count_between(former.in_packets, row.in_packets, most)
        # Losses have 32 bits everywhere and are never as many as packets (as in probes/rates.py):
        # a step beyond half their width was a hand that cleared them.
        most_lost = min(2.0**31, 2.0 * (received.value or 2**30) + _OWN_PACKETS)
        for name in _PACKETS:
            limit = most_lost if name in _FAULTS else most
            counted = count_between(_cell(former, name), _cell(row, name), limit)
            doubt = doubt or counted.reason
            if counted.value is not None:
                sums[name] = (sums[name] or 0) + counted.value
    return _Moved(table, sums, doubt)


def _cell(row: FamilyCounters, name: str) -> Counter | None:
    found: Counter | None = getattr(row, name)
    return found


def _tables(case: Case, span: Span, family: Family) -> list[_Moved]:
    names = ("ipSystemStatsTable", "ipIfStatsTable", "ipv6IfStatsTable", "jnxIpv6Stats")
    found = (_moved(case, span, name, family) for name in names)
    return [one for one in found if one is not None]


def forwarded(case: Case, span: Span, shares: tuple[TrafficShare, ...]) -> Evidence:
    """Judge D9: packets of others went through.

    None counted proves none only where the counters cover what the interfaces carry: many boxes
    forward in hardware and count what their processor saw.
    """
    asked = ("ipSystemStatsTable", "ipIfStatsTable", "ipv6IfStatsTable", "jnxIpv6StatsForwards.0")
    if span.seconds is None:
        return case.row("D9", Verdict.UNKNOWN, span.reason, asked=asked)
    tables = _tables(case, span, Family.IPV6)
    told = share_of(shares)
    through: dict[str, int | None] = {}
    for one in tables:
        count = one.of("out_forwarded")
        through[one.table] = count if count is not None else one.of("in_forwarded")
    received = max((one.of("in_packets") or 0 for one in tables), default=0)
    known = [count for count in through.values() if count is not None]
    doubt = next((one.doubt for one in tables if one.doubt), "")
    answered: dict[str, Any] = {
        "forwarded_packets": through,
        "received_packets": received,
        "interval_s": span.seconds,
        "coverage": None if told is None or told.coverage is None else round(told.coverage, 6),
    }

    def row(verdict: Verdict, reason: str = "", detail: str = "") -> Evidence:
        return case.row("D9", verdict, reason, asked=asked, answered=answered, detail=detail,
                        two_polls=True)  # fmt: skip

    if any(known):
        return row(Verdict.PASS, detail=f"{max(known)}")
    honest = told is not None and told.share is not None
    reading = case.poll.reading
    is_host = reading is not None and reading.addresses.forwards_ipv6 is False
    six = told.octets.octets_v6 if told is not None else None
    if honest and six and told is not None and not is_host:
        # The counters see all that the interfaces carry, and that is more than the device's own.
        answered["octets_v6"] = six
        return row(Verdict.PASS, detail=told.octets.source)
    if honest and (known or not received):
        return row(Verdict.FAIL, "none-forwarded")
    if doubt in ("restarted", "counter-went-back"):
        return row(Verdict.UNKNOWN, doubt)
    if received and not known:
        return row(Verdict.UNKNOWN, "only-received", f"{received}")
    return row(Verdict.UNKNOWN, "forwarded-not-counted")


def losses(case: Case, reading: Ipv6Reading, span: Span) -> Evidence:
    """Judge D11: IPv6 packets are lost at most twice as often as IPv4 packets, or hardly at all.

    Packets that were too big are told and not counted as lost: the sender hears of them.
    """
    asked = ("ipSystemStatsTable", "ipIfStatsTable", "ipv6IfStatsTable", "icmpMsgStatsOutPkts.2.2")
    if span.seconds is None:
        return case.row("D11", Verdict.UNKNOWN, span.reason, asked=asked)
    rates: dict[Family, float | None] = {}
    answered: dict[str, Any] = {"interval_s": span.seconds}
    doubt, few = "", False
    for family in (Family.IPV6, Family.IPV4):
        best = next(
            (one for one in _tables(case, span, family) if one.of(*_LOST) is not None), None
        )
        packets = best.of("in_packets") if best else None
        lost = best.of(*_LOST) if best else None
        doubt = doubt or (best.doubt if best else "")
        rates[family] = None
        if packets is not None and lost is not None:
            few = few or (family is Family.IPV6 and packets < LEAST_PACKETS)
            rates[family] = lost / packets if packets >= LEAST_PACKETS else None
        answered[family.value] = {
            "packets": packets, "lost": lost, "too_big": best.of("too_big") if best else None,
            "table": best.table if best else None,
            "lost_share": None if (rate := rates[family]) is None else round(rate, 9),
        }  # fmt: skip
    answered["too_big_sent"] = reading.too_big_sent.value if reading.too_big_sent else None

    def row(verdict: Verdict, reason: str = "", detail: str = "") -> Evidence:
        return case.row("D11", verdict, reason, asked=asked, answered=answered, detail=detail,
                        two_polls=True)  # fmt: skip

    six, four = rates[Family.IPV6], rates[Family.IPV4]
    if six is None:
        known_doubt = doubt if doubt in ("restarted", "counter-went-back") else ""
        fallback = "too-few-packets" if few else "errors-not-counted"
        return row(Verdict.UNKNOWN, known_doubt or fallback)
    if six <= MOST_LOST or (four is not None and six <= _TIMES_V4 * four):
        return row(Verdict.PASS, detail=f"{six:.4%}")
    if four is None:
        return row(Verdict.UNKNOWN, "errors-not-counted", f"{six:.4%}")
    return row(Verdict.FAIL, "more-errors", f"{six:.4%} / {four:.4%}")
