"""The share of IPv6: what is between two polls, its bounds, and every reason for having none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.devices.counting import Span, count_between, span_between
from ngbw.ipv6.devices.polls import DevicePoll, Ipv6Reading
from ngbw.ipv6.devices.share import FamilyOctets, octets_between, traffic_share
from ngbw.probes.readings.addresses import AddressReading
from ngbw.probes.readings.ipv6_routes import RouteReading
from ngbw.probes.readings.neighbours import NeighbourReading
from ngbw.probes.readings.records import Counter, Family, FamilyCounters, Interface, System
from ngbw.probes.snmp.agents import Outcome

OF_INTERFACES, OF_THE_WHOLE = "ipIfStatsTable", "ipSystemStatsTable"


def poll(at_s, uptime_s, rows=(), ports=(), boots=None):
    reading = Ipv6Reading(
        System(agent_uptime_s=uptime_s, engine_boots=boots),
        tuple(ports), AddressReading(), NeighbourReading(), RouteReading(), (), tuple(rows),
    )  # fmt: skip
    return DevicePoll(device_id="r1", outcome=Outcome.ANSWERED, began_s=at_s, reading=reading)


def wide(value):
    return None if value is None else Counter(value, 64)


def family_row(
    family, octets_in, octets_out, *, table=OF_INTERFACES, port: int | None = 1, bits=64
):
    make = wide if bits == 64 else lambda value: Counter(value, 32)
    return FamilyCounters(
        Family(family), table, port, in_octets=make(octets_in), out_octets=make(octets_out)
    )


def port(
    octets_in, octets_out, *, if_index=1, kind=6, speed_mbps: float | None = 1000.0, name="ge0"
):
    return Interface(
        if_index, name, kind=kind, speed_mbps=speed_mbps,
        in_octets=wide(octets_in), out_octets=wide(octets_out),
    )  # fmt: skip


def share(before, after, **more):
    span = span_between(before, after)
    return [traffic_share(one) for one in octets_between(before, after, span, **more)]


def test_honest_agent_has_a_share_between_what_is_ipv6_and_what_is_not_ipv4():
    before = poll(0, 1000, [family_row("ipv4", 0, 0), family_row("ipv6", 5, 5)], [port(0, 0)])
    after = poll(
        300, 1300, [family_row("ipv4", 400, 200), family_row("ipv6", 155, 155)], [port(600, 400)]
    )
    (told,) = share(before, after)
    assert (told.share, told.coverage) == (pytest.approx(1 / 3), 0.9)
    assert (told.low, told.high) == (pytest.approx(0.3), pytest.approx(0.4))
    assert not told.totals
    assert told.octets.interval_s == 300


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({}, "no-octet-counters"),
        ({"octets_v6": 9, "interface_octets": 9}, "no-v4-row"),
        ({"octets_v4": 9, "interface_octets": 9}, "no-v6-row"),
        ({"octets_v4": 0, "octets_v6": 0, "interface_octets": 9}, "octets-zero"),
        ({"octets_v4": 0, "octets_v6": 0, "interface_octets": 0}, "no-traffic"),
        ({"octets_v4": 5, "octets_v6": 4}, "unverified"),
        ({"octets_v4": 5, "octets_v6": 4, "interface_octets": 0}, "unverified"),
        ({"octets_v4": 5, "octets_v6": 4, "interface_octets": 19}, "slow-path-only"),
        ({"octets_v4": 5, "octets_v6": 5, "interface_octets": 6}, "interface-counters-incomplete"),
        ({"doubt": "could-wrap"}, "could-wrap"),
    ],
)
def test_every_refusal_has_its_reason_and_no_share(figures, reason):
    told = traffic_share(FamilyOctets(source=OF_THE_WHOLE, interval_s=300.0, **figures))
    assert (told.share, told.reason) == (None, reason)


def test_packets_stand_in_where_octets_stay_zero_and_are_marked():
    told = traffic_share(
        FamilyOctets(source=OF_THE_WHOLE, octets_v4=0, octets_v6=0, packets_v4=30, packets_v6=10)
    )
    assert (told.share, told.packet_share, told.reason) == (None, 0.25, "octets-zero")


def test_juniper_counts_ipv6_alone_and_gives_bounds_with_what_is_assumed():
    told = traffic_share(
        FamilyOctets(source="jnxIpv6IfStatsTable", octets_v6=450, interface_octets=1000,
                     interval_s=300.0)
    )  # fmt: skip
    assert (told.low, told.share, told.high) == pytest.approx((0.45, 0.475, 0.5))
    assert "0.9" in told.assumed


octets = st.integers(0, 2**70)


@given(octets | st.none(), octets | st.none(), octets | st.none(), octets | st.none())
def test_a_share_lies_between_its_bounds_and_has_a_reason_exactly_when_it_is_missing(
    four, six, whole, packets
):
    told = traffic_share(
        FamilyOctets(source=OF_THE_WHOLE, octets_v4=four, octets_v6=six, packets_v4=packets,
                     packets_v6=packets, interface_octets=whole)
    )  # fmt: skip
    assert (told.share is None) == bool(told.reason)
    if told.share is not None:
        assert told.low is not None
        assert told.high is not None
        assert 0 <= told.low <= told.share + 1e-12
        assert told.share <= told.high + 1e-12 <= 1 + 2e-12


@given(st.integers(0, 2**64 - 1), st.integers(0, 10**9))
def test_a_counter_of_64_bits_counts_across_its_turn_only_as_far_as_the_port_can(start, step):
    after = Counter((start + step) % 2**64, 64)
    assert count_between(Counter(start, 64), after, 1e9 + 1).value == step


def test_polls_tell_nothing_between_them_when_alone_close_or_with_a_restart_in_between():
    first = poll(0, 1000)
    assert span_between(None, first).reason == "one-poll"
    assert span_between(first, poll(200, 1200)).reason == "too-soon"
    assert span_between(first, poll(400, 90)).reason == "restarted"
    assert span_between(poll(0, 10), poll(400, 300)).reason == "restarted"  # up again, and further
    assert span_between(poll(0, 9, boots=1), poll(400, 409, boots=2)).reason == "restarted"
    assert span_between(first, poll(400, 1401)) == Span(401)
    turned = poll(400, 1000 + 400 - 2**32 / 100)
    assert span_between(first, turned).seconds == pytest.approx(400)
    assert span_between(poll(0, None), poll(400, None)) == Span(400)


def test_interface_whose_counter_broke_off_is_left_out_of_both_sums():
    def rows(four, six):
        return [family_row("ipv4", four, 0), family_row("ipv6", six, 0),
                family_row("ipv4", four, 0, port=2), family_row("ipv6", six, 0, port=2)]  # fmt: skip

    before = poll(0, 1000, rows(900, 0), [port(900, 0), port(900, 0, if_index=2)])
    broken = rows(1800, 100)
    broken[2] = family_row("ipv4", 5, 0, port=2)  # cleared by hand
    after = poll(300, 1300, broken, [port(1900, 0), port(5, 0, if_index=2, speed_mbps=None)])
    (told,) = share(before, after)
    assert told.octets.interfaces == 1
    assert told.share == pytest.approx(0.1)


def test_counters_of_32_bits_on_a_fast_port_could_turn_over_unseen():
    before = poll(0, 1000, [family_row("ipv4", 0, 0, bits=32)], [port(0, 0, speed_mbps=10_000)])
    after = poll(300, 1300, [family_row("ipv4", 9, 9, bits=32)], [port(9, 9, speed_mbps=10_000)])
    assert [one.reason for one in share(before, after)] == ["could-wrap"]


def test_octets_of_vlans_and_groups_do_not_count_twice_against_the_whole():
    def rows(octets_in):
        return [family_row(f, octets_in, 0, table=OF_THE_WHOLE, port=None) for f in Family]

    ports = [port(0, 0), port(0, 0, if_index=9, kind=161), port(0, 0, if_index=8, kind=135)]
    later = [port(200, 0), port(200, 0, if_index=9, kind=161), port(200, 0, if_index=8, kind=135)]
    (told,) = share(poll(0, 1000, rows(0), ports), poll(300, 1300, rows(95), later))
    assert told.coverage == pytest.approx(0.95)


def test_only_interfaces_that_carry_other_peoples_traffic_count_where_they_are_known():
    def rows(step):
        return [family_row(f, step * n, 0, port=n) for f in Family for n in (1, 2)]

    def ports(step):
        return [port(2 * step * n, 0, if_index=n, name=f"ge{n}") for n in (1, 2)]

    first, second = poll(0, 1000, rows(0), ports(0)), poll(300, 1300, rows(50), ports(50))
    (told,) = share(first, second, transit=frozenset({"ge2"}))
    assert (told.octets.interfaces, told.octets.octets_v6) == (1, 100)
    (told,) = share(first, second, transit=frozenset({"no such port"}))
    assert told.octets.interfaces == 2
