"""Frames are read as scapy builds them, and as tcpdump prints the recorded ones."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib import lldp
from scapy.layers import dhcp6, inet, inet6
from scapy.layers.l2 import Dot1Q, Ether

from ngbw.probes.active.frames.messages import (
    DhcpMessage,
    GroupRecord,
    GroupReport,
    Lease,
    LldpNeighbour,
    NeighbourAdvert,
    Prefix,
    RouterAdvert,
    read_frame,
)

ROUTER, MAC = "fe80::1", "02:00:00:00:00:01"


def link(**fields):
    return Ether(src=MAC, dst="33:33:00:00:00:01") / inet6.IPv6(
        src=ROUTER, dst="ff02::1", hlim=255, **fields
    )


def advert(*options, **fields):
    made = link() / inet6.ICMPv6ND_RA(**fields)
    for option in options:
        made /= option
    return bytes(made)


def test_a_router_advertisement_is_read_whole():
    read = read_frame(
        advert(
            inet6.ICMPv6NDOptPrefixInfo(prefix="2001:db8:1::", prefixlen=64, L=1, A=1, validlifetime=86400, preferredlifetime=14400),
            inet6.ICMPv6NDOptRDNSS(dns=["2001:db8::53", "2001:db8::54"], lifetime=600),
            inet6.ICMPv6NDOptDNSSL(searchlist=["yangpu.example", "sh.example"], lifetime=600),
            inet6.ICMPv6NDOptMTU(mtu=1480),
            inet6.ICMPv6NDOptPREF64(prefix="64:ff9b::", plc=0, scaledlifetime=75),
            chlim=64, M=1, O=1, prf=1, routerlifetime=1800,
        )
    )  # fmt: skip
    assert read == RouterAdvert(
        router=ROUTER, mac=MAC, hop_limit=64, managed=True, other=True, preference="high",
        lifetime_s=1800, prefixes=(Prefix("2001:db8:1::/64", True, True, 86400, 14400),),
        name_servers=("2001:db8::53", "2001:db8::54"), search=("yangpu.example", "sh.example"),
        nat64_prefixes=("64:ff9b::/96",), mtu_bytes=1480, from_this_link=True, unreadable=0,
        name_server_lifetimes_s=(600, 600), search_lifetimes_s=(600, 600), nat64_lifetimes_s=(600,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "word"), [(0, "medium"), (1, "high"), (3, "low"), (2, "reserved")]
)
def test_preferences_have_their_words(code, word):
    read = read_frame(advert(prf=code))
    assert isinstance(read, RouterAdvert)
    assert read.preference == word


def test_an_advertisement_from_afar_is_told_from_one_of_this_link():
    read = read_frame(
        bytes(
            Ether(src=MAC) / inet6.IPv6(src=ROUTER, dst="ff02::1", hlim=254) / inet6.ICMPv6ND_RA()
        )
    )
    assert isinstance(read, RouterAdvert)
    assert not read.from_this_link


def test_options_that_break_their_rules_are_counted_and_the_rest_is_kept():
    good = inet6.ICMPv6NDOptMTU(mtu=1400)
    read = read_frame(
        advert(good, inet6.ICMPv6NDOptPREF64(prefix="64:ff9b::", plc=7)) + b"\x03\x00"
    )
    assert isinstance(read, RouterAdvert)
    assert (read.mtu_bytes, read.nat64_prefixes, read.unreadable) == (1400, (), 1)


def test_a_neighbour_advertisement_gives_the_address_and_its_mac():
    frame = bytes(
        link()
        / inet6.ICMPv6ND_NA(tgt="2001:db8::7", R=1, S=1, O=0)
        / inet6.ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:07")
    )
    assert read_frame(frame) == NeighbourAdvert(
        ROUTER, "2001:db8::7", "02:00:00:00:00:07", True, True, False, True
    )


def test_vlan_tags_are_looked_behind():
    frame = bytes(
        Ether(src=MAC, type=0x88A8)
        / Dot1Q(vlan=7)
        / Dot1Q(vlan=9)
        / inet6.IPv6(src=ROUTER, hlim=255)
        / inet6.ICMPv6ND_NA(tgt="::1")
    )
    assert isinstance(read_frame(frame), NeighbourAdvert)


def test_a_dhcpv6_offer_gives_addresses_and_delegations():
    offer = dhcp6.DHCP6_Advertise(trid=77)
    offer /= dhcp6.DHCP6OptIA_NA(
        iaid=1, ianaopts=[dhcp6.DHCP6OptIAAddress(addr="2001:db8::10", preflft=1, validlft=2)]
    )
    offer /= dhcp6.DHCP6OptIA_PD(
        iaid=2, iapdopt=[dhcp6.DHCP6OptIAPrefix(prefix="2001:db8:a::", plen=56)]
    )
    offer /= dhcp6.DHCP6OptDNSServers(dnsservers=["2001:db8::53"])
    frame = bytes(link() / inet.UDP(sport=547, dport=546) / offer)
    read = read_frame(frame)
    assert isinstance(read, DhcpMessage)
    assert (read.kind, read.source, read.transaction) == ("advertise", ROUTER, 77)
    assert read.addresses == ("2001:db8::10",)
    assert read.delegated == ("2001:db8:a::/56",)
    assert read.name_servers == ("2001:db8::53",)
    assert read.refusal == 0
    assert read.requests[0].leases[0] == Lease("2001:db8::10", 1, 2)


def test_a_refusal_of_dhcpv6_keeps_its_code():
    offer = dhcp6.DHCP6_Advertise(trid=1) / dhcp6.DHCP6OptIA_NA(
        iaid=1, ianaopts=[dhcp6.DHCP6OptStatusCode(statuscode=2)]
    )
    read = read_frame(bytes(link() / inet.UDP(sport=547, dport=546) / offer))
    assert isinstance(read, DhcpMessage)
    assert (read.addresses, read.refusal) == ((), 2)


def test_listeners_of_groups_are_read_in_every_version():
    four = Ether(src=MAC) / inet.IP(src="10.0.0.7", dst="224.0.0.22", ttl=1, proto=2)
    report = bytes.fromhex(
        "22000000 00000003"  # IGMPv3, three records
        "04000000 ef010101"  # to exclude nobody: listens
        "03000000 ef010102"  # to include nobody: leaves
        "01000001 e8010103 0a000001"  # includes one source
    )
    four.len = 20 + len(report)
    frame = bytes(four) + report
    assert read_frame(frame) == GroupReport(
        "10.0.0.7",
        ("239.1.1.1", "232.1.1.3"),
        3,
        (
            GroupRecord("239.1.1.1", "to-ex", ()),
            GroupRecord("239.1.1.2", "to-in", ()),
            GroupRecord("232.1.1.3", "is-in", ("10.0.0.1",)),
        ),
    )
    assert read_frame(bytes(four) + bytes.fromhex("16000000efff0001") + bytes(28)) == GroupReport(
        "10.0.0.7", ("239.255.0.1",), 2
    )
    six = link(nh=0) / inet6.IPv6ExtHdrHopByHop(options=[inet6.RouterAlert()])
    listens = inet6.ICMPv6MLReport2(
        records=[
            inet6.ICMPv6MLDMultAddrRec(rtype=4, dst="ff15::7"),
            inet6.ICMPv6MLDMultAddrRec(rtype=3, dst="ff15::8"),
        ]
    )
    read = read_frame(bytes(six / listens))
    assert isinstance(read, GroupReport)
    assert (read.host, read.groups, read.version) == (ROUTER, ("ff15::7",), 2)
    assert [record.mode for record in read.records] == ["to-ex", "to-in"]
    assert read_frame(bytes(six / inet6.ICMPv6MLReport(mladdr="ff15::9"))) == GroupReport(
        ROUTER, ("ff15::9",), 1
    )


def test_an_lldp_neighbour_is_read_with_hostile_text_made_harmless():
    frame = bytes(
        Ether(src=MAC, dst="01:80:c2:00:00:0e", type=0x88CC)
        / lldp.LLDPDUChassisID(subtype=4, id=MAC)
        / lldp.LLDPDUPortID(subtype=5, id=b"xe-0/0/0")
        / lldp.LLDPDUTimeToLive(ttl=120)
        / lldp.LLDPDUPortDescription(description=b"to\x1b[2J core")
        / lldp.LLDPDUSystemName(system_name="杨浦-汇聚".encode())
        / lldp.LLDPDUEndOfLLDPDU()
    )
    assert read_frame(frame) == LldpNeighbour(
        MAC, MAC, "xe-0/0/0", 120, "to�[2J core", "杨浦-汇聚", ""
    )


def test_an_lldp_frame_without_what_is_mandatory_is_none():
    frame = (
        Ether(src=MAC, type=0x88CC)
        / lldp.LLDPDUChassisID(subtype=4, id=MAC)
        / lldp.LLDPDUEndOfLLDPDU()
    )
    assert read_frame(bytes(frame)) is None


@given(st.binary(max_size=300))
def test_no_bytes_raise(raw):
    read_frame(raw)


@given(st.sampled_from([58, 17, 0]), st.binary(max_size=200), st.integers(0, 255))
def test_no_body_raises(following, body, kind):
    head = Ether(src=MAC, type=0x86DD)
    for raw in (bytes([kind]) + body, struct.pack("!HHHH", 547, 546, 0, 0) + bytes([2]) + body):
        read_frame(bytes(head / inet6.IPv6(src=ROUTER, nh=following, plen=len(raw))) + raw)


@given(st.data())
def test_a_frame_cut_anywhere_is_none_or_a_message(data):
    frame = advert(
        inet6.ICMPv6NDOptPrefixInfo(prefix="2001:db8::"), inet6.ICMPv6NDOptRDNSS(dns=["::1"])
    )
    read_frame(frame[: data.draw(st.integers(0, len(frame)))])
