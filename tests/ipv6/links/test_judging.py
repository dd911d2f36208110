"""What was heard on a link, and what it is judged to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.catalogue import checks
from ngbw.ipv6.links.heard import Heard, frames_heard
from ngbw.ipv6.links.judging import check_link
from ngbw.ipv6.links.resolvers import dns64_prefix
from ngbw.ipv6.verdicts import SubjectKind
from ngbw.probes.active.frames.messages import (
    DhcpMessage,
    Echo,
    GroupReport,
    Lease,
    LeaseRequest,
    NeighbourAdvert,
    NeighbourSolicit,
    PacketError,
    Prefix,
    RouterAdvert,
)
from ngbw.probes.active.frames.passage import HeaderPassage

ASKED: frozenset[str] = frozenset(("router-solicit", "dhcpv6-solicit", "mld-query"))
LAN = Prefix("2001:db8:1::/64", True, True, 5400, 2700)
ADVERT = RouterAdvert(
    router="fe80::1", mac="02:00:00:00:00:01", hop_limit=64, managed=False, other=False,
    preference="medium", lifetime_s=1800, prefixes=(LAN,), name_servers=("2001:db8:1::53",),
    search=(), nat64_prefixes=(), mtu_bytes=1500, from_this_link=True, unreadable=0,
    name_server_lifetimes_s=(1800,),
)  # fmt: skip
OFFER = DhcpMessage(
    kind="advertise", source="fe80::1", transaction=1, client="", server="",
    requests=(LeaseRequest("prefixes", 1, 0, 0, (Lease("2001:db8:d00::/56", 1, 2),), 0),),
    name_servers=("2001:db8:1::53",), search=(), asked=(), elapsed_ms=None, preference=None,
    softwire_router="", status=0, status_text="", unreadable=0,
)  # fmt: skip


def judged(*messages, asked: frozenset[str] = ASKED, **more):
    heard = Heard(
        subject="link:lan", vantage="here", began_s=1.0, asked=asked,
        messages=tuple((float(k), one) for k, one in enumerate(messages)), **more,
    )  # fmt: skip
    return {row.check_id: (str(row.verdict), row.reason) for row in check_link(heard)}


def test_every_check_of_the_catalogue_is_judged_in_its_order():
    named = [name for name, one in checks().items() if one.subject is SubjectKind.LINK]
    assert list(judged()) == named == [f"L{k}" for k in range(1, 15)]


def test_silence_is_a_fail_only_where_somebody_asked():
    assert judged()["L1"] == ("fail", "no-advert")
    assert judged()["L6"] == ("fail", "no-offer")
    assert judged()["L8"] == ("fail", "no-listeners")
    passive = judged(asked=frozenset())
    assert {verdict for verdict, _ in passive.values()} == {"unknown"}


@pytest.mark.parametrize(
    ("change", "check", "found"),
    [
        ({}, "L1", ("pass", "")),
        ({"from_this_link": False}, "L1", ("fail", "not-from-link")),
        ({"router": "2001:db8::1"}, "L1", ("fail", "not-from-link")),
        ({"lifetime_s": 0}, "L1", ("fail", "lifetime-zero")),
        ({"prefixes": ()}, "L1", ("fail", "no-prefix")),
        ({"prefixes": (), "managed": True}, "L1", ("partial", "dhcp-only")),
        ({"prefixes": (replace(LAN, prefix="2001:db8::/60"),)}, "L1", ("fail", "no-prefix")),
        ({"name_servers": (), "name_server_lifetimes_s": ()}, "L2", ("fail", "no-resolver")),
        ({"name_server_lifetimes_s": (0,)}, "L2", ("fail", "no-resolver")),
        ({"interval_ms": 601_000}, "L2", ("partial", "resolver-short")),
        ({}, "L2", ("unknown", "resolver-not-asked")),
        ({}, "L3", ("pass", "")),
        ({"prefixes": (replace(LAN, valid_s=5401),)}, "L3", ("partial", "lifetimes-long")),
        ({"prefixes": (replace(LAN, valid_s=60),)}, "L3", ("fail", "lifetimes-wrong")),
        ({"mtu_bytes": 1279}, "L4", ("fail", "mtu-too-small")),
        ({"mtu_bytes": 1280}, "L4", ("pass", "")),
        ({"nat64_refused": (6,)}, "L5", ("fail", "nat64-invalid")),
        ({}, "L5", ("n/a", "no-nat64")),
        ({"prefixes": (replace(LAN, prefix="2002:a00:1::/64"),)}, "L13", ("fail", "rogue-router")),
        ({}, "L13", ("pass", "")),
    ],
)
def test_an_advertisement_is_judged(change, check, found):
    assert judged(replace(ADVERT, **change))[check] == found


def test_resolvers_must_answer():
    assert judged(ADVERT, resolver_answers={"2001:db8:1::53": True})["L2"] == ("pass", "")
    silent = judged(ADVERT, resolver_answers={"2001:db8:1::53": False})
    assert silent["L2"] == ("fail", "resolver-silent")
    bare = replace(ADVERT, name_servers=(), name_server_lifetimes_s=())
    assert judged(bare, OFFER)["L2"] == ("partial", "resolver-by-dhcp-only")


def test_nat64_and_dns64_must_agree():
    told = replace(ADVERT, nat64_prefixes=("64:ff9b::/96",), nat64_lifetimes_s=(600,))
    assert judged(told)["L5"] == ("unknown", "dns64-not-asked")
    assert judged(told, dns64_prefixes=("64:ff9b::/96",))["L5"] == ("pass", "")
    assert judged(told, dns64_prefixes=("2001:db8:64::/96",))["L5"] == ("fail", "nat64-disagree")
    assert judged(ADVERT, dns64_prefixes=("64:ff9b::/96",))["L5"] == ("partial", "dns64-only")


@pytest.mark.parametrize(
    ("address", "prefix"),
    [  # RFC 6052, section 2.4, with the addresses of RFC 7050
        ("2001:db8:c000:aa::", "2001:db8::/32"),
        ("2001:db8:1c0:0:aa::", "2001:db8:100::/40"),
        ("2001:db8:122:c000:0:aa00::", "2001:db8:122::/48"),
        ("2001:db8:122:3c0:0:aa::", "2001:db8:122:300::/56"),
        ("2001:db8:122:344:c0:0:aa00:0", "2001:db8:122:344::/64"),
        ("64:ff9b::c000:ab", "64:ff9b::/96"),
        ("2001:db8::1", None),
    ],
)
def test_the_prefix_of_dns64_is_found_in_every_length(address, prefix):
    assert dns64_prefix(address) == prefix


def test_a_prefix_that_vanishes_while_it_is_preferred_is_told_from_one_that_is_withdrawn():
    other = replace(LAN, prefix="2001:db8:2::/64")
    assert judged(ADVERT, replace(ADVERT, prefixes=(other,)))["L4"] == ("fail", "prefix-left-out")
    gone = replace(LAN, preferred_s=0)
    assert judged(ADVERT, replace(ADVERT, prefixes=(gone, other)))["L4"] == ("pass", "")
    assert judged(ADVERT, link_mtu_bytes=1400)["L4"] == ("fail", "mtu-above-link")


def test_offers_are_judged_by_their_prefixes():
    assert judged(OFFER)["L6"] == ("pass", "")
    refused = replace(OFFER, requests=(LeaseRequest("prefixes", 1, 0, 0, (), 6),))
    assert judged(refused)["L6"] == ("fail", "no-prefix-offered")
    small = replace(OFFER.requests[0], leases=(Lease("2001:db8:d00::/61", 1, 2),))
    assert judged(replace(OFFER, requests=(small,)))["L6"] == ("partial", "prefix-too-long")
    assert judged(replace(OFFER, name_servers=()))["L6"] == ("partial", "no-resolver-offered")
    assert judged(ADVERT)["L6"] == ("n/a", "not-managed")


def test_neighbours_are_timed_and_conflicts_found():
    ask = NeighbourSolicit("fe80::2", "2001:db8:1::7", "02:00:00:00:00:02", "", True)
    answer = NeighbourAdvert("2001:db8:1::7", "2001:db8:1::7", "02:00:00:00:00:07", False, True, True, True)  # fmt: skip
    assert judged(ask, answer)["L7"] == ("pass", "")
    assert judged(ask, ADVERT, answer)["L7"] == ("partial", "neighbour-slow")
    assert judged(replace(ask, source="::"), answer)["L7"] == ("fail", "address-conflict")
    assert judged(answer_s={"fe80::1": None})["L7"] == ("fail", "neighbour-silent")
    assert judged(conflicts=("fe80::2 02:00",))["L7"] == ("fail", "address-conflict")


def test_a_host_whose_own_group_nobody_reports_is_found():
    full = GroupReport("fe80::7", ("ff02::1:ff00:7",), 2)
    assert judged(full)["L8"] == ("pass", "")
    assert judged(replace(full, groups=("ff15::9",)))["L8"] == ("partial", "groups-missing")


def test_a_hardware_address_gives_a_host_away_and_routers_are_left_out():
    hosts = frozenset({(ADVERT.mac, "2001:db8:1:0:0:ff:fe00:1"), ("02:00:00:00:00:07", "2001:db8:1::7")})  # fmt: skip
    assert judged(ADVERT, hosts=hosts)["L9"] == ("pass", "")
    assert judged(hosts=hosts)["L9"] == ("partial", "hardware-address")


def test_routers_that_disagree_are_several_sets():
    second = replace(ADVERT, router="fe80::2", prefixes=(replace(LAN, prefix="2001:db8:2::/64"),))
    assert judged(ADVERT, second)["L13"] == ("partial", "several-sets")
    assert judged(ADVERT, replace(ADVERT, router="fe80::2"))["L13"] == ("pass", "")


def test_a_host_that_ignores_packet_too_big_is_found():
    told = PacketError("2001:db8::1", "2001:db8::80", "too-big", "", 1280, None, "", "")
    reply = Echo("2001:db8::80", "2001:db8::1", True, 1, 1, 1308)
    assert judged(reply, told)["L12"] == ("unknown", "not-tried")
    assert judged(told, reply)["L12"] == ("fail", "too-big-ignored")


def test_a_host_that_was_told_and_does_not_answer_is_not_judged():
    told = ASKED | {"too-big 2001:db8::80"}
    assert judged(asked=told)["L12"] == ("unknown", "no-answer")


def test_what_one_advert_leaves_out_still_holds():
    other = replace(ADVERT, managed=True, prefixes=())
    assert judged(ADVERT, other)["L1"] == judged(other, ADVERT)["L1"] == ("pass", "")
    withdrawn = replace(ADVERT, prefixes=(replace(LAN, valid_s=0),))
    assert judged(ADVERT, withdrawn)["L1"] == ("fail", "no-prefix")


def test_headers_are_judged_against_plain_packets():
    def passed(plain, destination):
        rate = {"plain": (plain, 3), "destination": (destination, 3)}
        return judged(passages={"2001:db8::80": HeaderPassage(rate, {})})["L10"]

    assert passed(3, 3) == ("pass", "")
    assert passed(3, 0) == ("partial", "headers-dropped")
    assert passed(2, 2) == ("pass", "")
    assert passed(0, 0) == ("unknown", "no-answer")


def test_ways_and_doors_are_judged():
    assert judged(inbound={22: "silent"}, inbound_answers_echo=True)["L14"] == ("pass", "")
    assert judged(inbound={22: "silent"}, inbound_answers_echo=False)["L14"][1] == "no-answer"
    assert judged(inbound={22: "prohibited"})["L14"] == ("pass", "")
    assert judged(inbound={22: "unreachable"})["L14"] == ("unknown", "no-answer")
    assert judged(hops=(5, 6))["L11"] == ("pass", "")
    assert judged(hops=(5, 9))["L11"] == ("partial", "detour")
    assert judged(hops=(5, None))["L11"] == ("fail", "not-reached")
    assert judged(inbound={22: "silent"})["L14"] == ("pass", "")
    assert judged(inbound={22: "refused"})["L14"] == ("partial", "inbound-open")


@given(st.lists(st.tuples(st.floats(0, 2e9), st.binary(max_size=200)), max_size=5))
def test_no_frames_raise(frames):
    assert len(check_link(frames_heard(frames, subject="link:x", vantage="y"))) == 14


@given(st.data())
def test_no_ipv6_raises(data):
    body = data.draw(st.binary(max_size=160))
    following = data.draw(st.sampled_from([0, 43, 44, 58, 60, 17, 89, 51, 6]))
    kind = data.draw(st.sampled_from([b"", *(bytes((k,)) for k in (1, 2, 128, 130, 134, 135, 137, 143))]))  # fmt: skip
    raw = kind + body
    head = b"\x60\0\0\0" + len(raw).to_bytes(2) + bytes((following, 255))
    frame = bytes(12) + b"\x86\xdd" + head + bytes(15) + b"\1" + bytes(15) + b"\2" + raw
    cut = data.draw(st.integers(0, len(frame)))
    heard = frames_heard([(1.0, frame), (2.0, frame[:cut])], subject="link:x", vantage="y")
    assert len(check_link(heard)) == 14
