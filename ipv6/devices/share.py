"""How much of a device's traffic is IPv6, and when that cannot be said.

What agents count by family differs by maker: all traffic, the slow path of their processor alone,
or nothing behind a zero. A plain IPv6/(IPv4+IPv6) is then 100 % where IPv4 has no row, or a figure
of a millionth of the traffic. So the octets of both families are held against those of the same
interfaces (*coverage*): Ethernet frames and what is no IP take 1 to 10 %, so that an honest agent
covers 0.9 to 0.99. Below 0.5 or above 1.5 there is no share, only the reason.

A share is a figure between two bounds: what is certainly IPv6, of all octets; and what is not
certainly IPv4. District shares are sums of octets, never means of shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...probes.readings.records import Counter, Family, FamilyCounters, Interface
from .counting import Counted, Span, count_between, most_octets, most_packets
from .polls import LOOPBACK, DevicePoll, Ipv6Reading

__all__ = [
    "LEAST_COVERAGE",
    "MOST_COVERAGE",
    "SOURCES",
    "FamilyOctets",
    "TrafficShare",
    "octets_between",
    "octets_since_start",
    "traffic_share",
]

LEAST_COVERAGE = 0.5
"""Less of the interfaces' octets is the slow path alone."""

MOST_COVERAGE = 1.5
"""More than that is no coverage: the interfaces' counters began anew or are incomplete."""

LEAST_IP_SHARE = 0.9
"""Assumed of Juniper, which counts IPv6 alone: so much of an interface's octets is IP at least."""

VENDOR, OF_INTERFACES, OF_THE_WHOLE = "jnxIpv6IfStatsTable", "ipIfStatsTable", "ipSystemStatsTable"
SOURCES = (VENDOR, OF_INTERFACES, OF_THE_WHOLE)
"""Tables with octets by family, the best first."""

_MADE_OF_OTHERS = frozenset({LOOPBACK, 53, 131, 135, 136, 150, 161})
"""ifTypes whose octets other interfaces count too: loopback, virtual, tunnel, VLAN, MPLS, LAG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyOctets:
    """Octets and packets of both families, received and sent.

    None is what the device does not say.

    Attributes
    ----------
    source
        Table that counts them.
    interface_octets
        Of the same interfaces, all protocols.
    interval_s
        Time in which they were counted; None for totals since the device began, which no restart
        of one counter among them gives away.
    interfaces
        How many interfaces they are of.
    doubt
        Why a counter could not be used, where one could not.
    """

    source: str
    octets_v4: int | None = None
    octets_v6: int | None = None
    packets_v4: int | None = None
    packets_v6: int | None = None
    interface_octets: int | None = None
    interval_s: float | None = None
    interfaces: int = 0
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficShare:
    """What can be said of the share of IPv6, as shares of 1.

    Attributes
    ----------
    share
        None where it cannot be said; ``reason`` tells why.
    low, high
        Bounds of the share: what is IPv6 of all octets, what is not IPv4 of them.
    coverage
        Octets of both families, of those of the interfaces.
    naive_share
        IPv6/(IPv4+IPv6) whatever it is worth; for comparison.
    packet_share
        Of packets, where octets are not counted.
    totals
        Taken from totals since the device began and not between two polls.
    assumed
        What was assumed, empty where nothing was.
    """

    octets: FamilyOctets
    share: float | None = None
    low: float | None = None
    high: float | None = None
    coverage: float | None = None
    naive_share: float | None = None
    packet_share: float | None = None
    reason: str = ""
    assumed: str = ""

    @property
    def totals(self) -> bool:
        """Whether it is of totals since the device began."""
        return self.octets.interval_s is None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def traffic_share(octets: FamilyOctets) -> TrafficShare:
    """Return the share of IPv6 with its coverage and bounds, or the reason why there is none.

    The reasons, the first that applies: ``no-octet-counters``, ``no-v4-row``, ``no-v6-row``,
    ``octets-zero`` (packets move and octets do not; then with a share of packets),
    ``no-traffic``, ``unverified`` (no interface to compare with), ``slow-path-only``,
    ``interface-counters-incomplete``.

    Examples
    --------
    >>> told = traffic_share(FamilyOctets(source="ipIfStatsTable", octets_v4=600, octets_v6=300,
    ...                                   interface_octets=1000, interval_s=300.0))
    >>> round(told.share, 3), told.coverage, told.low, told.high
    (0.333, 0.9, 0.3, 0.4)
    """
    four, six, whole = octets.octets_v4, octets.octets_v6, octets.interface_octets
    told = TrafficShare(octets=octets)
    if four is None and six is None:
        return replace(told, reason=octets.doubt or "no-octet-counters")
    if octets.source == VENDOR and six is not None and four is None:
        return _of_vendor(told, six, whole)
    if six is None or four is None:
        naive = None if six is None else _ratio(six, six)
        missing = "no-v4-row" if four is None else "no-v6-row"
        return replace(told, naive_share=naive, reason=octets.doubt or missing)
    both = four + six
    told = replace(
        told, naive_share=_ratio(six, both), coverage=_ratio(both, whole) if whole else None
    )
    if not both:
        return _of_packets(told)
    if not whole:
        return replace(told, reason=octets.doubt or "unverified")
    coverage = both / whole
    if coverage < LEAST_COVERAGE:
        return replace(told, reason="slow-path-only")
    if coverage > MOST_COVERAGE:
        return replace(told, reason="interface-counters-incomplete")
    low, high = sorted((min(1.0, six / whole), max(0.0, 1 - four / whole)))
    return replace(told, share=six / both, low=low, high=high)


def _of_packets(told: TrafficShare) -> TrafficShare:
    """Return what can be said where both families count no octets."""
    four, six = told.octets.packets_v4, told.octets.packets_v6
    if four is None or six is None or not four + six:
        moved = bool(told.octets.interface_octets)
        return replace(told, reason="octets-zero" if moved else "no-traffic")
    return replace(told, packet_share=six / (four + six), reason="octets-zero")


def _of_vendor(told: TrafficShare, six: int, whole: int | None) -> TrafficShare:
    """Return the share where a maker counts IPv6 of each interface and IPv4 nowhere."""
    if not whole:
        return replace(told, reason=told.octets.doubt or "unverified")
    low, high = six / whole, six / (LEAST_IP_SHARE * whole)
    if low > MOST_COVERAGE:
        return replace(told, reason="interface-counters-incomplete")
    low, high = min(1.0, low), min(1.0, high)
    words = f"at least {LEAST_IP_SHARE:g} of the interfaces' octets is IP"
    return replace(told, share=(low + high) / 2, low=low, high=high, assumed=words)


# where the octets come from ---------------------------------------------------------------------


def _value(counter: Counter | None) -> int | None:
    return None if counter is None else counter.value


def _both(one: int | None, other: int | None) -> int | None:
    """Return a sum that is known only where both parts are."""
    return None if one is None or other is None else one + other


def _interface_octets(one: Interface) -> int | None:
    return _both(_value(one.in_octets), _value(one.out_octets))


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _outside(reading: Ipv6Reading) -> tuple[Interface, ...]:
    """Return the interfaces whose octets no other interface counts again."""
    return tuple(one for one in reading.interfaces if one.kind not in _MADE_OF_OTHERS)


def octets_since_start(
    reading: Ipv6Reading, *, source: str = OF_THE_WHOLE, every_interface: bool = False
) -> FamilyOctets:
    """Return the totals of the whole device since it began, from a single poll.

    Parameters
    ----------
    source
        ``ipSystemStatsTable``, or another of :data:`SOURCES` summed over its interfaces.
    every_interface
        Whether those count too that are made of others (VLAN, LAG): simple, and twice.
    """
    rows = [row for row in reading.family_traffic if row.table == source]
    loopbacks = reading.loopbacks() if source != OF_THE_WHOLE else frozenset()

    def total(family: Family, field: str) -> int | None:
        return _sum(
            _value(getattr(row, field))
            for row in rows
            if row.family is family and row.if_index not in loopbacks
        )

    compared = reading.interfaces if every_interface else _outside(reading)
    if source != OF_THE_WHOLE:
        listed = {row.if_index for row in rows} - loopbacks
        compared = tuple(one for one in reading.interfaces if one.if_index in listed)
    octets = {
        family: _both(total(family, "in_octets"), total(family, "out_octets")) for family in Family
    }
    return FamilyOctets(
        source=source,
        octets_v4=octets[Family.IPV4],
        octets_v6=octets[Family.IPV6],
        packets_v4=total(Family.IPV4, "in_packets"),
        packets_v6=total(Family.IPV6, "in_packets"),
        interface_octets=_sum(map(_interface_octets, compared)),
        interfaces=len(compared),
    )


class _Counts:
    """Counts between two polls; keeps the first reason why one could not be told."""

    def __init__(self, most: float | None) -> None:
        self.most = most
        self.doubt = ""

    def of(self, before: Counter | None, after: Counter | None, most: float | None) -> int | None:
        counted: Counted = count_between(before, after, most)
        self.doubt = self.doubt or counted.reason
        return counted.value

    def row(
        self, old: FamilyCounters | Interface | None, new: FamilyCounters | Interface
    ) -> int | None:
        """Return octets in and out of a row; None where one is missing or lost its continuity."""
        if old is None:
            return None
        if old.discontinuity_s != new.discontinuity_s:
            self.doubt = self.doubt or "restarted"
            return None
        received = self.of(old.in_octets, new.in_octets, self.most)
        return _both(received, self.of(old.out_octets, new.out_octets, self.most))

    def packets(self, old: FamilyCounters | None, new: FamilyCounters) -> int | None:
        if old is None:
            return None
        return self.of(old.in_packets, new.in_packets, most_packets(self.most))


Key = tuple[str, Family, int | None]


def _keyed(reading: Ipv6Reading) -> Mapping[Key, FamilyCounters]:
    return {(row.table, row.family, row.if_index): row for row in reading.family_traffic}


def octets_between(
    before: DevicePoll, after: DevicePoll, span: Span, *, transit: frozenset[str] | None = None
) -> tuple[FamilyOctets, ...]:
    """Return what was counted between two polls by each table that counts, the best first.

    Parameters
    ----------
    transit
        Names of the interfaces that carry other people's traffic; where the device has none of
        these names, and when None, all but loopbacks.
    """
    if before.reading is None or after.reading is None or span.seconds is None:
        return ()
    old, new = before.reading, after.reading
    found = [
        _by_interface(source, old, new, span.seconds, transit or frozenset())
        for source in (VENDOR, OF_INTERFACES)
    ]
    found.append(_of_the_whole(old, new, span.seconds))
    return tuple(one for one in found if one is not None)


def _by_interface(
    source: str,
    before: Ipv6Reading,
    after: Ipv6Reading,
    seconds: float,
    transit: frozenset[str],
) -> FamilyOctets | None:
    """Return the sums over interfaces of which both families' and all octets can be told."""
    old_rows, new_rows = _keyed(before), _keyed(after)
    old_ports = {one.if_index: one for one in before.interfaces}
    ports = [one for one in after.interfaces if one.kind != LOOPBACK]
    if any(one.name in transit for one in ports):
        ports = [one for one in ports if one.name in transit]
    if not any(table == source for table, _, _ in new_rows):
        return None
    sums = {"four": 0, "six": 0, "all": 0, "packets4": 0, "packets6": 0}
    seen = {"four": False, "six": False}
    used, doubt = 0, ""
    for port in ports:
        four = new_rows.get((source, Family.IPV4, port.if_index))
        six = new_rows.get((source, Family.IPV6, port.if_index))
        if four is None and six is None:
            continue
        counts = _Counts(most_octets((port,), seconds))
        octets4 = four and counts.row(old_rows.get((source, Family.IPV4, port.if_index)), four)
        octets6 = six and counts.row(old_rows.get((source, Family.IPV6, port.if_index)), six)
        whole = counts.row(old_ports.get(port.if_index), port)
        if counts.doubt:
            doubt = doubt or counts.doubt
            continue
        if whole is None or (octets4 is None and octets6 is None):
            continue
        used += 1
        sums["all"] += whole
        for family, octets in (("four", octets4), ("six", octets6)):
            if isinstance(octets, int):
                seen[family] = True
                sums[family] += octets
        for name, row, family in (
            ("packets4", four, Family.IPV4),
            ("packets6", six, Family.IPV6),
        ):
            if row is not None:
                old = old_rows.get((source, family, port.if_index))
                sums[name] += counts.packets(old, row) or 0
    return FamilyOctets(
        source=source,
        octets_v4=sums["four"] if seen["four"] else None,
        octets_v6=sums["six"] if seen["six"] else None,
        packets_v4=sums["packets4"] or None,
        packets_v6=sums["packets6"] or None,
        interface_octets=sums["all"] if used else None,
        interval_s=seconds,
        interfaces=used,
        doubt="" if used else doubt,
    )


def _of_the_whole(before: Ipv6Reading, after: Ipv6Reading, seconds: float) -> FamilyOctets | None:
    old_rows, new_rows = _keyed(before), _keyed(after)
    if not any(table == OF_THE_WHOLE for table, _, _ in new_rows):
        return None
    outside = _outside(after)
    old_ports = {one.if_index: one for one in before.interfaces}
    counts = _Counts(most_octets(outside, seconds))
    octets: dict[Family, int | None] = {}
    packets: dict[Family, int | None] = {}
    for family in Family:
        row = new_rows.get((OF_THE_WHOLE, family, None))
        old = old_rows.get((OF_THE_WHOLE, family, None))
        octets[family] = None if row is None else counts.row(old, row)
        doubt, counts.doubt = counts.doubt, ""
        packets[family] = None if row is None else counts.packets(old, row)
        counts.doubt = doubt
    ports = _Counts(None)
    whole: list[int | None] = []
    for port in outside:
        ports.most = most_octets((port,), seconds)
        whole.append(ports.row(old_ports.get(port.if_index), port))
    certain = not ports.doubt
    return FamilyOctets(
        source=OF_THE_WHOLE,
        octets_v4=octets[Family.IPV4],
        octets_v6=octets[Family.IPV6],
        packets_v4=packets[Family.IPV4],
        packets_v6=packets[Family.IPV6],
        # An interface whose octets are lost in between would make the coverage too high.
        interface_octets=_sum(whole) if certain else None,
        interval_s=seconds,
        interfaces=sum(value is not None for value in whole),
        doubt=counts.doubt or ports.doubt,
    )
