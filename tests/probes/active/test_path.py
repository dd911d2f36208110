"""Routers, PMTU and black holes, over a router in namespaces."""

from __future__ import annotations

import pytest

from ngbw.probes.active.path import path_mtu, trace
from ngbw.probes.safety import Target
from ngbw.topology.errors import UsageError

FAMILIES = (0, 1)
TOO_BIG = ("icmp type destination-unreachable icmp code frag-needed", "icmpv6 type packet-too-big")


def target(district, family):
    return f"Target({district.far_addresses[family]!r}, 'far')"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_way_names_the_router_and_ends_at_the_target(district, family):
    way = district.ask(f"trace({target(district, family)})")
    assert [(hop["hops"], hop["addresses"], hop["kind"]) for hop in way] == [
        (1, [district.router_addresses[family]], "hop-limit"),
        (2, [district.far_addresses[family]], "port"),
    ]
    assert all(rtt is not None and rtt >= 0 for hop in way for rtt in hop["rtt_ms"])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_path_mtu_is_the_narrow_links_and_the_router_says_so(district, family):
    found = district.ask(f"path_mtu({target(district, family)}, timeout_s=0.3)")
    assert (found["mtu_bytes"], found["fails_bytes"]) == (district.far_mtu, district.far_mtu + 1)
    assert found["reported_by"] == district.router_addresses[family]
    assert not found["black_hole"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_router_that_says_nothing_is_a_black_hole(district, family):
    district.drop_at_router(*TOO_BIG)
    found = district.ask(
        f"path_mtu({target(district, family)}, timeout_s=0.1, tries=2, largest_bytes=1500)"
    )
    assert found["black_hole"]
    assert (found["mtu_bytes"], found["fails_bytes"]) == (district.far_mtu, district.far_mtu + 1)
    assert "black hole" in found["reason"]


def test_a_target_without_a_route_is_unreachable_and_its_mtu_unknown(district):
    found = district.ask("path_mtu(Target('10.9.7.1', 'nowhere'), timeout_s=0.3)")
    assert found["mtu_bytes"] is None
    assert not found["black_hole"]
    assert "unreachable (10.9.1.1)" in found["reason"]


def test_a_silent_target_ends_the_trace_after_some_hops(district):
    district.drop_at_router("meta l4proto icmp")
    way = district.ask("trace(Target('10.9.7.1', 'nowhere'), timeout_s=0.05, silent=3)")
    assert [hop["kind"] for hop in way] == ["silent"] * 3


def test_echo_without_privilege_and_with_it_sees_the_same(district):
    ask = "echo([Target(a, a) for a in {0!r}], EchoPlan(count=2, interval_s=0.02, timeout_s=0.5))"
    hosts = (*district.far_addresses, "2001:db8:7::1")  # the rate of IPv4 errors is limited
    for group in ("0 2147483647", "1 0"):  # everybody, nobody: ping sockets, raw sockets
        district.sysctl(district.near, f"net.ipv4.ping_group_range={group}")
        four, six, nowhere = district.ask(ask.format(hosts))
        assert None not in four["rtt_ms"]
        assert None not in six["rtt_ms"]
        assert nowhere["rtt_ms"] == [None, None]
        assert nowhere["errors"] == ["unreachable (2001:db8:1::1)"]
        assert four["trustworthy"]


def test_loopback_needs_no_router():
    here = Target("127.0.0.1", "here")
    (hop,) = trace(here, probes=1, timeout_s=0.5)
    assert (hop.addresses, hop.kind) == (("127.0.0.1",), "port")
    found = path_mtu(here, largest_bytes=1400, timeout_s=0.5)
    assert (found.mtu_bytes, found.fails_bytes, found.black_hole) == (1400, None, False)


@pytest.mark.parametrize("wrong", [{"most_hops": 0}, {"probes": 9}, {"timeout_s": 0}])
def test_a_trace_out_of_range_is_refused(wrong):
    with pytest.raises(UsageError, match="1-64 hops"):
        trace(Target("127.0.0.1", "here"), **wrong)


def test_a_packet_below_the_least_of_its_family_is_refused():
    with pytest.raises(UsageError, match="1280 to 65535"):
        path_mtu(Target("::1", "here"), largest_bytes=1000)
