"""What 23 walks of a campus network say of IPv6: addresses, counters per family, adjacencies."""

from __future__ import annotations

import json

import pytest

from ngbw.probes.mibs import oid_of
from ngbw.probes.readings.addresses import read_addresses
from ngbw.probes.readings.adjacencies import read_adjacencies
from ngbw.probes.readings.family_traffic import read_family_traffic
from ngbw.probes.readings.neighbours import read_neighbours
from ngbw.probes.readings.records import Family
from ngbw.probes.replay.recordings import read_recording, recording_of
from ngbw.probes.snmp.values import Tag, Typed


def value(counter):
    return counter.value if counter is not None else None


def view_of(cells):
    kinds = {int: Tag.INTEGER, bytes: Tag.OCTET_STRING}
    rows = []
    for (name, *index), one in cells.items():
        typed = one if isinstance(one, Typed) else Typed(kinds[type(one)], one)
        rows.append(((*oid_of(name), *index), typed))
    return recording_of("router", rows)


@pytest.mark.shared
def test_walks_of_a_campus_read_to_their_facts(shared):
    folder = shared / "vectors" / "ipv6" / "snmp"
    for facts in json.loads((folder / "expected_facts.json").read_text()):
        view = read_recording(folder / facts["file"])
        reading = read_addresses(view)
        found = {
            (str(one.address), one.zone, one.if_index)
            for one in reading.addresses
            if one.address.version == 6 and one.layout != "legacy" and one.table == "ipAddressTable"
        }
        wanted = {tuple(one) for one in facts["addresses"]}
        if facts["layouts"].get("nolen"):  # a zone behind such an address is not in the facts
            found = {(address, None, row) for address, _, row in found}
        assert wanted <= found, facts["file"]
        assert wanted == found or len(wanted) == 12, facts["file"]  # the facts list twelve
        rows = [row for row in reading.unreadable if row.table == "ipAddressTable"]
        assert len(rows) == facts["undecodable"], facts["file"]
        strict = sum(n for word, n in facts["layouts"].items() if word in ("strict", "ll-as-2"))
        assert reading.layouts.get("strict", 0) in (strict, facts["layouts"].get("strict", 0))
        assert reading.layouts.get("no-length", 0) == facts["layouts"].get("nolen", 0)
        assert reading.layouts.get("text", 0) == facts["layouts"].get("text", 0)
        words = {None: None, True: 1, False: 2}
        assert words[reading.forwards_ipv6] == facts["forwarding6"]
        assert words[reading.forwards_ipv6_legacy] == facts["forwarding6_legacy"]
        whole = {row.family: row for row in read_family_traffic(view) if row.table ==
                 "ipSystemStatsTable"}  # fmt: skip
        for key, wanted in facts["sys"].items():
            row = whole[Family.IPV4 if key.endswith("4") else Family.IPV6]
            field = {"pkts": "in_packets", "in": "in_octets", "out": "out_octets"}[key[:-1]]
            assert value(getattr(row, field)) == wanted, (facts["file"], key)
        ports = [row for row in read_family_traffic(view) if row.table == "ipIfStatsTable"]
        for family, number in ((Family.IPV4, "4"), (Family.IPV6, "6")):
            octets = sum(
                (value(row.in_octets) or 0) + (value(row.out_octets) or 0)
                for row in ports
                if row.family == family
            )
            assert octets == facts["ipif"][number], (facts["file"], family)


@pytest.mark.shared
def test_walk_of_net_snmp_equals_the_kernels_own_addresses(shared):
    folder = shared / "vectors" / "ipv6" / "rig"
    reading = read_addresses(read_recording(folder / "r1_netsnmp593.walk"))
    kernel = {
        (address["local"], link["ifindex"], address["prefixlen"])
        for link in json.loads((folder / "r1_ip_addr.json").read_text())
        for address in link["addr_info"]
    }
    found = {(str(one.address), one.if_index) for one in reading.addresses}
    assert found == {(address, row) for address, row, _ in kernel}
    lengths = {(str(one.address), one.if_index, one.prefix_length) for one in reading.addresses}
    assert {one for one in lengths if one[2] is not None} <= kernel
    assert not reading.unreadable


def test_64_bit_counter_of_a_family_leads_and_the_32_bit_one_stands_in():
    view = view_of({
        ("ipSystemStatsHCInOctets", 2): Typed(Tag.COUNTER64, 2**40),
        ("ipSystemStatsInOctets", 2): Typed(Tag.COUNTER32, 5),
        ("ipSystemStatsInOctets", 1): Typed(Tag.COUNTER32, 6),
        ("ipIfStatsHCInReceives", 2, 7): Typed(Tag.COUNTER64, 9),
    })  # fmt: skip
    found = {(row.table, row.family, row.if_index): row for row in read_family_traffic(view)}
    assert found["ipSystemStatsTable", Family.IPV6, None].in_octets == (2**40, 64)
    assert found["ipSystemStatsTable", Family.IPV4, None].in_octets == (6, 32)
    assert found["ipIfStatsTable", Family.IPV6, 7].in_packets == (9, 64)


def test_older_mib_counts_packets_and_no_octets():
    (row,) = read_family_traffic(view_of({("ipv6IfStatsInReceives", 3): Typed(Tag.COUNTER32, 8)}))
    assert (row.if_index, row.in_packets, row.in_octets) == (3, (8, 32), None)


def test_ospfv3_neighbour_is_up_when_full_or_two_way():
    view = view_of({
        ("ospfv3NbrState", 5, 0, 167837697): 8, ("ospfv3NbrState", 5, 0, 2): 4,
        ("ospfv3NbrState", 6, 0, 3): 1, ("ospfv3NbrState", 6, 0, 4): 77,
    })  # fmt: skip
    found = read_adjacencies(view)
    assert {one.neighbour: one.up for one in found} == {
        "10.1.0.1": True, "0.0.0.2": True, "0.0.0.3": False, "0.0.0.4": None,
    }  # fmt: skip
    assert {one.family for one in found} == {Family.IPV6}


def test_bgp_peer_of_a_makers_table_knows_ipv6_and_the_standard_one_adds_the_rest():
    six = (2, 16, 32, 1, 13, 184, *[0] * 11, 1)
    view = view_of({
        ("cbgpPeer2State", *six): 6, ("cbgpPeer2RemoteAs", *six): 64500,
        ("cbgpPeer2State", 1, 4, 192, 0, 2, 1): 6,
        ("bgpPeerState", 192, 0, 2, 1): 1, ("bgpPeerState", 192, 0, 2, 2): 3,
        ("bgpPeerAdminStatus", 192, 0, 2, 2): 2,
    })  # fmt: skip
    found = {one.neighbour: one for one in read_adjacencies(view)}
    assert found["2001:db8::1"].up
    assert found["2001:db8::1"].remote_as == 64500
    assert found["192.0.2.1"].table == "cbgpPeer2Table"
    assert (found["192.0.2.2"].up, found["192.0.2.2"].admin_up) == (False, True)


def test_juniper_peer_index_is_read_past_the_local_address():
    index = (0, 1, 4, 192, 0, 2, 1, 1, 4, 192, 0, 2, 9)
    bare = (0, 1, 192, 0, 2, 1, 1, 192, 0, 2, 8)
    view = view_of({("jnxBgpM2PeerState", *index): 6, ("jnxBgpM2PeerState", *bare): 6})
    assert {one.neighbour for one in read_adjacencies(view)} == {"192.0.2.9", "192.0.2.8"}


def test_isis_adjacency_is_given_for_each_family_it_carries():
    view = view_of({
        ("isisISAdjState", 1, 1): 3, ("isisCircIfIndex", 1): 9,
        ("isisISAdjNeighSysID", 1, 1): bytes.fromhex("192000002001"),
        ("isisISAdjIPAddrType", 1, 1, 1): 1, ("isisISAdjIPAddrType", 1, 1, 2): 2,
    })  # fmt: skip
    found = read_adjacencies(view)
    assert [(one.neighbour, one.family, one.if_index, one.up) for one in found] == [
        ("1920.0000.2001", Family.IPV4, 9, True), ("1920.0000.2001", Family.IPV6, 9, True),
    ]  # fmt: skip


def test_router_that_says_it_advertises_is_read():
    view = view_of({("ipv6RouterAdvertSendAdverts", 4): 1, ("ipv6RouterAdvertManagedFlag", 4): 2})
    (advert,) = read_addresses(view).router_adverts
    assert (advert.if_index, advert.sends, advert.managed, advert.link_mtu) == (
        4,
        True,
        False,
        None,
    )


def test_caches_of_a_router_hold_no_row_that_cannot_be_read_silently():
    reading = read_neighbours(view_of({("ipNetToPhysicalType", 3, 2, 5, 1, 2, 3, 4, 5): 3}))
    assert reading.neighbours == ()
    assert [row.table for row in reading.unreadable] == ["ipNetToPhysicalTable"]
