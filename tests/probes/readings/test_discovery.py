"""Neighbours by LLDP of both generations and by CDP, tied to the interface that heard them."""

from __future__ import annotations

from ipaddress import ip_address

from ngbw.probes.mibs import oid_of
from ngbw.probes.readings.discovery import read_cdp, read_lldp
from ngbw.probes.replay.recordings import recording_of
from ngbw.probes.snmp.values import Tag, Typed

MAC = bytes.fromhex("02005e005301")


def view_of(cells):
    """Make a view of (name, index) to a value: text and octets are strings, numbers integers."""
    rows = []
    for (name, index), value in cells.items():
        typed = Typed(Tag.INTEGER if isinstance(value, int) else Tag.OCTET_STRING, value)
        rows.append(((*oid_of(name), *index), typed))
    return recording_of("switch", rows)


def heard(port=5, number=1, time=0):
    key = (time, port, number)
    return {
        ("lldpRemChassisIdSubtype", key): 4,
        ("lldpRemChassisId", key): MAC,
        ("lldpRemPortIdSubtype", key): 5,
        ("lldpRemPortId", key): b"Gi0/1",
        ("lldpRemSysName", key): b"far",
        ("lldpRemSysCapEnabled", key): b"\x28\x00",
    }


PORTS = {
    ("ifName", (1001,)): b"1/1/1",
    ("ifDescr", (1001,)): b"Port 1/1/1",
    ("ifName", (1002,)): b"1/1/2",
    ("ifDescr", (1002,)): b"Port 1/1/2",
    ("ifPhysAddress", (1002,)): bytes.fromhex("02005e0053ff"),
}


def only(links):
    assert len(links) == 1
    return links[0]


def test_lldp_gives_chassis_port_name_and_capabilities():
    link = only(read_lldp(view_of(heard())))
    assert (link.remote_chassis, link.remote_port, link.remote_name) == (
        "02:00:5e:00:53:01", "Gi0/1", "far",
    )  # fmt: skip
    assert link.remote_capabilities == {"bridge", "router"}


def test_local_port_is_tied_by_the_name_it_gives():
    local = {("lldpLocPortIdSubtype", (5,)): 5, ("lldpLocPortId", (5,)): b"1/1/2"}
    assert only(read_lldp(view_of(PORTS | local | heard()))).local_if_index == 1002


def test_local_port_is_tied_by_its_mac_where_one_interface_has_it():
    local = {
        ("lldpLocPortIdSubtype", (5,)): 3,
        ("lldpLocPortId", (5,)): bytes.fromhex("02005e0053ff"),
    }
    assert only(read_lldp(view_of(PORTS | local | heard()))).local_if_index == 1002


def test_local_port_is_tied_by_its_description():
    local = {
        ("lldpLocPortIdSubtype", (5,)): 7,
        ("lldpLocPortId", (5,)): b"17",
        ("lldpLocPortDesc", (5,)): b"Port 1/1/1",
    }
    assert only(read_lldp(view_of(PORTS | local | heard()))).local_if_index == 1001


def test_local_port_without_a_word_is_tied_by_the_bridge_port():
    bridge = {("dot1dBasePortIfIndex", (5,)): 1001}
    assert only(read_lldp(view_of(PORTS | bridge | heard()))).local_if_index == 1001


def test_local_port_that_nothing_ties_is_not_guessed():
    assert only(read_lldp(view_of(PORTS | heard()))).local_if_index is None


def test_second_generation_numbers_ports_by_ifindex():
    key = (0, 1001, 1, 3)
    cells = {
        ("lldpV2RemChassisIdSubtype", key): 4,
        ("lldpV2RemChassisId", key): MAC,
        ("lldpV2RemPortIdSubtype", key): 5,
        ("lldpV2RemPortId", key): b"Gi0/1",
        ("lldpV2RemManAddrIfSubtype", (*key, 2, 16, *ip_address("2001:db8::1").packed)): 2,
    }
    link = only(read_lldp(view_of(PORTS | cells)))
    assert (link.protocol, link.local_if_index) == ("lldp2", 1001)
    assert link.remote_addresses == (ip_address("2001:db8::1"),)


def test_neighbour_in_both_generations_is_given_once():
    second = (0, 1001, 1, 1)
    cells = heard() | {
        ("lldpLocPortIdSubtype", (5,)): 5,
        ("lldpLocPortId", (5,)): b"1/1/1",
        ("lldpV2RemChassisIdSubtype", second): 4,
        ("lldpV2RemChassisId", second): MAC,
        ("lldpV2RemPortIdSubtype", second): 5,
        ("lldpV2RemPortId", second): b"Gi0/1",
    }
    assert only(read_lldp(view_of(PORTS | cells))).protocol == "lldp2"


def test_management_addresses_with_and_without_a_length():
    key = (0, 5, 1)
    cells = heard() | {
        ("lldpRemManAddrIfSubtype", (*key, 1, 4, 192, 0, 2, 1)): 2,
        ("lldpRemManAddrIfSubtype", (*key, 1, 192, 0, 2, 2)): 2,
        ("lldpRemManAddrIfSubtype", (*key, 6, 6, *MAC)): 2,
    }
    found = only(read_lldp(view_of(cells))).remote_addresses
    assert found == (ip_address("192.0.2.1"), ip_address("192.0.2.2"))


def test_chassis_that_is_an_address_is_written_as_one():
    key = (0, 5, 1)
    cells = heard() | {
        ("lldpRemChassisIdSubtype", key): 5,
        ("lldpRemChassisId", key): b"\x01" + ip_address("192.0.2.7").packed,
    }
    assert only(read_lldp(view_of(cells))).remote_chassis == "192.0.2.7"


def test_mac_under_the_wrong_subtype_is_not_shown_as_garbage():
    cells = heard() | {("lldpRemPortIdSubtype", (0, 5, 1)): 7, ("lldpRemPortId", (0, 5, 1)): MAC}
    assert only(read_lldp(view_of(cells))).remote_port == "02:00:5e:00:53:01"


def test_row_without_a_time_mark_is_a_neighbour():
    cells = {(name, index[1:]): value for (name, index), value in heard().items()}
    link = only(read_lldp(view_of(PORTS | {("dot1dBasePortIfIndex", (5,)): 1001} | cells)))
    assert (link.local_port, link.local_if_index, link.remote_name) == (5, 1001, "far")


def test_cdp_gives_name_port_address_and_capabilities():
    cells = {
        ("cdpCacheAddress", (1001, 1)): ip_address("192.0.2.9").packed,
        ("cdpCacheDeviceId", (1001, 1)): b"far.example",
        ("cdpCacheDevicePort", (1001, 1)): b"GigabitEthernet1/0/1",
        ("cdpCachePlatform", (1001, 1)): b"cisco",
        ("cdpCacheCapabilities", (1001, 1)): b"\x00\x00\x00\x29",
    }
    link = only(read_cdp(view_of(cells)))
    assert (link.local_if_index, link.remote_name, link.remote_port) == (
        1001, "far.example", "GigabitEthernet1/0/1",
    )  # fmt: skip
    assert link.remote_addresses == (ip_address("192.0.2.9"),)
    assert link.remote_capabilities == {"router", "switch", "igmp"}
