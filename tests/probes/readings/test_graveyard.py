"""What broke pollers before: each kind as a small agent, written for the purpose."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.device_reading import read_device, wanted_of_device
from ngbw.probes.mibs import oid_of
from ngbw.probes.profiles import built_in_profiles
from ngbw.probes.readings.addresses import read_addresses
from ngbw.probes.readings.interfaces import read_interfaces
from ngbw.probes.readings.neighbours import read_neighbours
from ngbw.probes.readings.records import PortState
from ngbw.probes.readings.system import UPTIME_TURN_S, read_system
from ngbw.probes.replay.recordings import recording_of
from ngbw.probes.snmp.values import Tag, Typed

INTEGER, OCTETS, NULL = Tag.INTEGER, Tag.OCTET_STRING, Tag.NULL
C32, C64, GAUGE, TICKS, OID = (
    Tag.COUNTER32, Tag.COUNTER64, Tag.GAUGE32, Tag.TIME_TICKS, Tag.OBJECT_IDENTIFIER,
)  # fmt: skip


def agent(**objects):
    """Make an agent of ``name__index=(tag, value)``; the index with underscores."""
    rows = []
    for name, (tag, value) in objects.items():
        object_name, _, index = name.partition("__")
        below = tuple(map(int, index.split("_"))) if index else (0,)
        rows.append(((*oid_of(object_name), *below), Typed(tag, value)))
    return recording_of("agent", rows)


def only_port(**objects):
    reading = read_interfaces(agent(ifDescr__1=(OCTETS, b"eth0"), **objects))
    assert len(reading.interfaces) == 1
    return reading.interfaces[0]


def kinds(port):
    return {oddity.kind for oddity in port.oddities}


def test_speed_as_text_is_read_and_noted():
    port = only_port(ifSpeed__1=(OCTETS, b"1000000000"))
    assert port.speed_mbps == 1000
    assert kinds(port) == {"text-for-number"}


def test_speed_over_4_gbit_comes_from_ifhighspeed_alone():
    limit = (GAUGE, 2**32 - 1)
    assert only_port(ifSpeed__1=limit, ifHighSpeed__1=(GAUGE, 100_000)).speed_mbps == 100_000
    assert only_port(ifSpeed__1=limit).speed_mbps is None
    assert only_port(ifSpeed__1=(GAUGE, 0), ifHighSpeed__1=(GAUGE, 0)).speed_mbps is None


def test_speed_below_a_megabit_comes_from_ifspeed():
    port = only_port(ifSpeed__1=(GAUGE, 512_000), ifHighSpeed__1=(GAUGE, 1))
    assert port.speed_mbps == 0.512


def test_bit_per_second_in_ifhighspeed_is_found_out():
    port = only_port(ifSpeed__1=(GAUGE, 10**9), ifHighSpeed__1=(GAUGE, 10**9))
    assert port.speed_mbps == 1000
    assert kinds(port) == {"too-large"}


def test_gauge_typed_integer_is_read_and_noted():
    port = only_port(ifHighSpeed__1=(INTEGER, 1000))
    assert port.speed_mbps == 1000
    assert kinds(port) == {"wrong-type"}


def test_null_counter_falls_back_to_32_bits_and_is_noted():
    port = only_port(ifHCInOctets__1=(NULL, None), ifInOctets__1=(C32, 77))
    assert port.in_octets == (77, 32)
    assert kinds(port) == {"null-for-number"}


def test_counter_in_eight_octets_is_64_bits_wide():
    port = only_port(ifHCInOctets__1=(OCTETS, (2**40).to_bytes(8, "big")))
    assert port.in_octets == (2**40, 64)
    assert kinds(port) == {"wrong-type"}


def test_zeros_in_a_string_do_not_hide_a_counter_that_moves():
    port = only_port(ifHCInOctets__1=(OCTETS, bytes(8)), ifInOctets__1=(C32, 4_000))
    assert port.in_octets == (4_000, 32)


def test_counter_with_a_tag_of_no_standard_is_read_and_noted():
    port = only_port(ifInOctets__1=(40, b"1338688602"))
    assert port.in_octets == (1_338_688_602, 32)
    assert kinds(port) == {"text-for-number"}


def test_hc_column_sent_as_counter32_wraps_at_32_bits():
    port = only_port(ifHCInOctets__1=(C32, 5), ifHCOutOctets__1=(C64, 6))
    assert port.in_octets == (5, 32)
    assert not port.hc
    assert kinds(port) == {"wrong-type"}


def test_counter_without_its_leading_zero_is_made_positive():
    port = only_port(ifInOctets__1=(C32, -16))
    assert port.in_octets == (2**32 - 16, 32)
    assert kinds(port) == {"negative"}


def test_hc_for_some_ports_only_is_decided_port_by_port():
    view = agent(
        ifDescr__1=(OCTETS, b"a"), ifDescr__2=(OCTETS, b"b"),
        ifHCInOctets__1=(C64, 1), ifHCOutOctets__1=(C64, 1),
        ifInOctets__1=(C32, 1), ifInOctets__2=(C32, 2), ifOutOctets__2=(C32, 2),
    )  # fmt: skip
    assert [port.hc for port in read_interfaces(view).interfaces] == [True, False]


def test_number_of_ports_that_disagrees_is_said():
    reading = read_interfaces(agent(ifNumber=(INTEGER, 47), ifDescr__1=(OCTETS, b"a")))
    assert [oddity.kind for oddity in reading.oddities] == ["count-differs"]


def test_index_of_32_bits_is_an_index_and_a_longer_one_is_not():
    view = agent(ifDescr__4194304000=(OCTETS, b"GPON 0/0/0"), ifDescr__1_2=(OCTETS, b"x"))
    reading = read_interfaces(view)
    assert [port.if_index for port in reading.interfaces] == [4_194_304_000]
    assert [oddity.kind for oddity in reading.oddities] == ["bad-index"]


def test_ports_of_ifxtable_alone_are_ports():
    reading = read_interfaces(agent(ifName__7=(OCTETS, b"1:7")))
    assert [(port.if_index, port.name) for port in reading.interfaces] == [(7, "1:7")]
    assert [oddity.kind for oddity in reading.oddities] == ["no-row"]


def test_state_that_does_not_exist_is_unknown_and_not_down():
    port = only_port(ifOperStatus__1=(INTEGER, 9), ifAdminStatus__1=(INTEGER, 1))
    assert port.oper is None
    assert port.admin is PortState.UP


def test_empty_agent_says_nothing_and_nothing_is_zero():
    device = read_device(recording_of("silence", []))
    assert (*device.interfaces.interfaces, *device.sensors, *device.links) == ()
    assert device.system.uptime_s is None


@pytest.mark.parametrize(
    ("index", "address", "layout", "zone"),
    [
        ((1, 4, 192, 0, 2, 1), "192.0.2.1", "strict", None),
        ((2, 16, *ip_address("2001:db8::1").packed), "2001:db8::1", "strict", None),
        ((4, 20, *ip_address("fe80::1").packed, 0, 0, 35, 13), "fe80::1", "strict", 8973),
        ((3, 8, 169, 254, 0, 1, 0, 0, 0, 2), "169.254.0.1", "strict", 2),
        ((2, *ip_address("fe80::1").packed), "fe80::1", "no-length", None),
        ((2, *ip_address("2600::1").packed), "2600::1", "no-length", None),
        ((2, *ip_address("fe80::1").packed, 0, 0, 0, 7), "fe80::1", "no-length", 7),
        ((2, *ip_address("::1").packed, 0, 0, 0, 1), "::1", "no-length", 1),
        ((1, 4, 16, 220, 1), "4.16.220.1", "no-length", None),
        ((4, *ip_address("fe80::1").packed, 1), "fe80::1", "no-length", 1),
        ((2, 8193, 3512, 0, 0, 0, 0, 0, 1), "2001:db8::1", "hextets", None),
        ((2, 65152, 0, 0, 0, 0, 0, 0, 1), "fe80::1", "hextets", None),
        ((2, 8, 8193, 3512, 0, 0, 0, 0, 0, 1), "2001:db8::1", "hextets", None),
        ((2, 39, *b"fe80:0000:0000:0000:c6f5:7cff:fe2b:4540"), "fe80::c6f5:7cff:fe2b:4540",
         "text", None),
        ((2, *b"2001:db8::1"), "2001:db8::1", "text", None),
        ((2, 9, *b"fe80::1%3"), "fe80::1", "text", 3),
        ((1, 15, *b"010.028.000.046"), "10.28.0.46", "text", None),
        ((2, 20, *ip_address("fe80::1").packed, 0, 0, 0, 9), "fe80::1", "wrong-type", 9),
        ((2, 16, 0xFE, 0x80, 0, 4, *bytes(11), 1), "fe80::1", "strict", 4),
    ],
)  # fmt: skip
def test_every_layout_of_an_address_in_an_index(index, address, layout, zone):
    name = "ipAddressIfIndex__" + "_".join(map(str, index))
    (found,) = read_addresses(agent(**{name: (INTEGER, 3)})).addresses
    assert (str(found.address), found.layout, found.zone) == (address, layout, zone)
    assert found.if_index == 3


@pytest.mark.parametrize(
    "index",
    [(2, 0), (2, 12, *range(12)), (24558368, 16, *bytes(16)), (2, 16, *bytes(15), 300), (2,)],
)
def test_rows_that_say_no_address_are_counted_and_shown(index):
    name = "ipAddressIfIndex__" + "_".join(map(str, index))
    reading = read_addresses(agent(**{name: (INTEGER, 3)}))
    assert reading.addresses == ()
    assert [row.index for row in reading.unreadable] == [index]


def test_same_link_local_address_on_two_ports_is_two_addresses():
    packed = "_".join(map(str, ip_address("fe80::1").packed))
    view = agent(**{
        f"ipAddressIfIndex__4_20_{packed}_0_0_0_1": (INTEGER, 1),
        f"ipAddressIfIndex__4_20_{packed}_0_0_0_2": (INTEGER, 2),
    })  # fmt: skip
    assert [one.if_index for one in read_addresses(view).addresses] == [1, 2]


def test_prefix_comes_from_the_row_pointer_else_from_the_prefix_table():
    view = agent(
        ipAddressIfIndex__1_4_192_0_2_1=(INTEGER, 2),
        ipAddressPrefix__1_4_192_0_2_1=(
            OID, (*oid_of("ipAddressPrefixOrigin"), 2, 1, 4, 192, 0, 2, 0, 24),
        ),
        ipAddressIfIndex__1_4_198_51_100_1=(INTEGER, 3),
        ipAddressPrefix__1_4_198_51_100_1=(OID, (0, 0)),
        ipAddressPrefixOrigin__3_1_4_198_51_100_0_25=(INTEGER, 2),
    )  # fmt: skip
    assert [one.prefix_length for one in read_addresses(view).addresses] == [24, 25]


def test_families_of_both_generations_are_joined():
    view = agent(
        ipAdEntIfIndex__192_0_2_1=(INTEGER, 2),
        ipAdEntNetMask__192_0_2_1=(Tag.IP_ADDRESS, bytes((255, 255, 255, 0))),
        ipAddressIfIndex__1_4_192_0_2_1=(INTEGER, 2),
        **{
            "ipv6AddrPfxLength__7_" + "_".join(map(str, ip_address("2001:db8::7").packed)): (
                INTEGER, 64,
            )
        },
    )  # fmt: skip
    found = read_addresses(view).addresses
    assert [(str(one.address), one.if_index, one.prefix_length) for one in found] == [
        ("192.0.2.1", 2, 24),
        ("2001:db8::7", 7, 64),
    ]


def test_table_whose_rows_are_numbered_gives_the_address_of_its_column():
    view = agent(
        ipAdEntAddr__1=(Tag.IP_ADDRESS, bytes((10, 0, 0, 1))), ipAdEntIfIndex__1=(INTEGER, 2)
    )
    (found,) = read_addresses(view).addresses
    assert (str(found.address), found.if_index) == ("10.0.0.1", 2)


def test_neighbours_of_all_generations_are_each_given_once():
    eight = "_".join(map(str, ip_address("2001:db8::8").packed))
    view = agent(**{
        "ipNetToMediaPhysAddress__2_192_0_2_9": (OCTETS, bytes.fromhex("00005e005301")),
        f"ipNetToPhysicalPhysAddress__2_2_16_{eight}": (OCTETS, b"0:0:5e:0:53:2"),
        f"ipv6NetToMediaPhysAddress__2_{eight}": (OCTETS, bytes.fromhex("00005e005302")),
    })  # fmt: skip
    found = {str(one.address): one.mac for one in read_neighbours(view).neighbours}
    assert found == {"2001:db8::8": "00:00:5e:00:53:02", "192.0.2.9": "00:00:5e:00:53:01"}


def test_fall_of_sysuptime_after_497_days_is_no_restart():
    beyond_s = UPTIME_TURN_S + 1_000
    view = agent(sysUpTime=(TICKS, 100_000), snmpEngineTime=(INTEGER, int(beyond_s)))
    system = read_system(view)
    assert system.uptime_turned_over
    assert system.uptime_source == "snmpEngineTime"
    assert system.uptime_s == pytest.approx(beyond_s, abs=1)


def test_clock_that_is_not_a_turn_away_does_not_replace_sysuptime():
    view = agent(sysUpTime=(TICKS, 100_000), hrSystemUptime=(TICKS, 90_000_000))
    system = read_system(view)
    assert (system.uptime_s, system.uptime_source) == (1_000, "sysUpTime")
    assert not system.uptime_turned_over


TAGS = st.sampled_from([2, 4, 5, 6, 40, 64, 65, 66, 67, 68, 70, 128, 129, 130])
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, 1, 2, -1, 65535, 2**31 - 1, -(2**31), 2**32 - 1, 2**63]),
    st.binary(max_size=24),
    st.sampled_from([b"", b"1e999", b"nan", b"-40", b"\xd0\xc2", b"9" * 400, b"x" * 3000]),
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.just(()),
)
INDICES = st.one_of(
    st.just((0,)),
    st.just((1,)),
    st.lists(st.sampled_from([0, 1, 2, 4, 6, 16, 20, 255, 300, 2**32 - 1]), max_size=24).map(tuple),
)
ASKED = wanted_of_device(built_in_profiles())
COLUMNS = [
    *ASKED.scalars,
    *(column for group in (*ASKED.tables, *ASKED.slow_tables) for column in group),
]


def identity(profile):
    match = profile.matches[0]
    return {
        (*oid_of("sysObjectID"), 0): Typed(6, match.object_id),
        (*oid_of("sysDescr"), 0): Typed(4, match.description.encode()),
    }


@given(
    st.sampled_from(built_in_profiles()),
    st.lists(
        st.tuples(st.sampled_from(COLUMNS), INDICES, st.builds(Typed, TAGS, VALUES)), max_size=40
    ),
)
def test_no_agent_however_odd_makes_a_reading_raise(profile, cells):
    rows = identity(profile) | {(*column, *index): value for column, index, value in cells}
    view = recording_of("odd", rows.items())
    device = read_device(view)
    assert all(
        sensor.value is None or abs(sensor.value) < float("inf") for sensor in device.sensors
    )
    assert all((sensor.value is None) or not sensor.absent for sensor in device.sensors)


@given(st.sampled_from(built_in_profiles()), st.data())
def test_odd_cells_in_a_profiles_own_columns_do_not_raise(profile, data):
    columns = [c for rule in profile.sensors for c in (rule.columns or (rule.oid,))]
    cells = data.draw(
        st.lists(
            st.tuples(st.sampled_from(columns), INDICES, st.builds(Typed, TAGS, VALUES)),
            max_size=30,
        )
    )
    rows = identity(profile) | {(*column, *index): value for column, index, value in cells}
    read_device(recording_of("odd", rows.items()))
