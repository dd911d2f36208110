"""What is scrubbed cannot be read any more, and still fits together."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.replay.planned_devices import planned_recordings
from ngbw.probes.replay.planned_ipv6 import Ipv6Stage, stage_of
from ngbw.probes.replay.recordings import parse_snmprec, read_recording, snmprec_text
from ngbw.probes.replay.scrubbing import Scrubber, scrubbed
from ngbw.probes.snmp.values import Tag, oid

KEY = b"0123456789abcdef"

DEVICE = """\
1.3.6.1.2.1.1.1.0|4|Box OS 7.1 build 12
1.3.6.1.2.1.1.4.0|4|wang@district.example
1.3.6.1.2.1.1.5.0|4|bridge-room-3
1.3.6.1.2.1.1.6.0|4|Room 3
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.2.2.1.6.1|4x|001b213c4d5e
1.3.6.1.2.1.4.22.1.2.1.10.1.2.3|4x|001b213c4d5e
1.3.6.1.2.1.4.22.1.3.1.10.1.2.3|64|10.1.2.3
1.3.6.1.2.1.4.34.1.3.2.16.254.128.0.0.0.0.0.0.2.27.33.255.254.60.77.94|2|1
1.3.6.1.2.1.17.4.3.1.2.0.27.33.60.77.94|2|1
1.3.6.1.2.1.25.4.2.1.5.1|4|--password hunter2
1.3.6.1.2.1.31.1.1.1.18.1|4|line of Mr Wang
1.3.6.1.2.1.47.1.1.1.1.11.1|4|SN12345678
1.3.6.1.4.1.9999.1.0|4|call 13800138000 or 10.1.2.3, community s3cret-word
1.3.6.1.4.1.9999.2.0|4|-12.5 dBm
1.3.6.1.6.3.18.1.1.1.2.1|4|s3cret-word
"""


def device():
    return parse_snmprec(DEVICE, "device")


def test_secrets_and_people_are_gone_and_words_of_makers_stay():
    text = snmprec_text(scrubbed(device(), key=KEY, secrets=["s3cret-word"]))
    for gone in ("s3cret", "wang", "Wang", "bridge-room", "Room 3", "hunter2", "13800138000",
                 "SN12345678", "10.1.2.3", "3c4d5e", "6.3.18"):  # fmt: skip
        assert gone not in text, gone
    for kept in ("Box OS 7.1", "eth0", "-12.5 dBm"):
        assert kept in text, kept


def test_a_name_or_serial_number_is_gone_from_every_text_that_says_it_again():
    text = """\
1.3.6.1.2.1.1.1.0|4|Linux core-7 5.10.0 #1 SMP
1.3.6.1.2.1.1.5.0|4|core-7.district.example
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.31.1.1.1.1.1|4|to CORE-7, port 1
1.3.6.1.2.1.47.1.1.1.1.2.1|4|Chassis FOC1234W0AB
1.3.6.1.2.1.47.1.1.1.1.11.1|4|FOC1234W0AB
1.3.6.1.2.1.47.1.1.1.1.13.1|4|Switch
1.3.6.1.2.1.47.1.1.1.1.2.2|4|Switch module
1.3.6.1.4.1.9999.3.0|4|FOC1234W0ABX
"""
    done = snmprec_text(scrubbed(parse_snmprec(text, "one"), key=KEY))
    assert "core-7" not in done.lower()
    assert "FOC1234W0AB\n" not in done
    assert "|Switch module" in done  # a word of a maker
    assert "5.10.0 #1 SMP" in done
    ((_, serial),) = parse_snmprec(done, "one").column(oid("1.3.6.1.2.1.47.1.1.1.1.11")).items()
    assert isinstance(serial.value, bytes)
    assert f"Chassis {serial.value.decode()}" in done


def test_a_row_whose_index_spells_a_secret_is_left_out():
    text = "1.3.6.1.4.1.9999.4.1.5.119.111.114.100.57|2|1\n1.3.6.1.4.1.9999.4.1.1.97|2|1\n"
    told: list[str] = []
    done = scrubbed(
        parse_snmprec(text, "one"), key=KEY, secrets=["word9", "a"], progress=told.append
    )
    assert len(done) == 1
    assert told == ["left out 1 rows: a secret in the index"]


def test_an_address_is_replaced_alike_in_values_and_in_indexes():
    done = scrubbed(device(), key=KEY)
    ((index, mac),) = done.column(oid("1.3.6.1.2.1.4.22.1.2")).items()
    ((_, address),) = done.column(oid("1.3.6.1.2.1.4.22.1.3")).items()
    assert bytes(index[1:]) == address.value
    ((port_mac),) = done.column(oid("1.3.6.1.2.1.2.2.1.6")).values()
    assert port_mac == mac
    assert isinstance(mac.value, bytes)
    assert mac.value[:3] == bytes.fromhex("001b21")
    ((bridged, _),) = done.column(oid("1.3.6.1.2.1.17.4.3.1.2")).items()
    assert bytes(bridged) == mac.value
    ((inet, _),) = done.column(oid("1.3.6.1.2.1.4.34.1.3")).items()
    local = bytes(inet[2:])
    assert local[:8] == bytes.fromhex("fe80000000000000")
    assert bytes([local[8] ^ 2]) + local[9:11] + local[13:] == mac.value


def test_another_key_gives_other_addresses():
    one, other = Scrubber(KEY), Scrubber(b"another key")
    assert one.ipv4(bytes([10, 1, 2, 3])) == Scrubber(KEY).ipv4(bytes([10, 1, 2, 3]))
    assert one.ipv4(bytes([10, 1, 2, 3])) != other.ipv4(bytes([10, 1, 2, 3]))


def common_bits(a, b):
    return 32 - (int(ipaddress.IPv4Address(a)) ^ int(ipaddress.IPv4Address(b))).bit_length()


plain_hosts = st.integers(0x0A000000, 0x0AFFFFFF).filter(lambda n: n & 0xFFFF)


@given(plain_hosts, plain_hosts)
def test_addresses_of_one_network_stay_in_one_network(a, b):
    a, b = a.to_bytes(4, "big"), b.to_bytes(4, "big")
    done = Scrubber(KEY)
    assert common_bits(done.ipv4(a), done.ipv4(b)) == common_bits(a, b)


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "0.0.0.1", "255.255.255.0", "224.0.0.5", "::1", "::", "ff02::1"]
)
def test_addresses_that_are_nobody_stay(text):
    address = ipaddress.ip_address(text)
    done = Scrubber(KEY)
    change = done.ipv4 if address.version == 4 else done.ipv6
    assert change(address.packed) == address.packed


@pytest.mark.shared
def test_recordings_of_real_devices_keep_their_shape(shared):
    for name in ("edgeos", "arista_eos", "smartax"):
        read = read_recording(shared / "vectors" / "snmp" / f"{name}.snmprec")
        done = scrubbed(read, key=KEY)
        for base in ("1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.99.1.1.1.4"):
            assert done.column(oid(base)) == read.column(oid(base))
        for base in ("1.3.6.1.2.1.4.34.1.3", "1.3.6.1.2.1.17.7.1.2.2.1.2"):
            assert len(done.column(oid(base))) == len(read.column(oid(base)))


def network():
    from pathlib import Path

    import ngbw.examples
    from ngbw.topology.project import open_project

    return open_project(Path(ngbw.examples.__file__).parent / "yangpu").network()


def test_devices_of_the_example_are_made_the_same_and_differ_in_ipv6():
    tables = network()
    made = planned_recordings(tables)
    assert [snmprec_text(a) for a in made] == [snmprec_text(b) for b in planned_recordings(tables)]
    assert len(made) == len(tables.devices)
    stages = {one.name: stage_of(tables.device(one.name)) for one in made}
    assert set(stages.values()) == set(Ipv6Stage)
    v6_rows = oid("1.3.6.1.2.1.4.34.1.3")
    octets = oid("1.3.6.1.2.1.4.31.1.1.6")
    for one in made:
        has_v6 = any(index[0] == 2 for index in one.column(v6_rows))
        counts_v6 = (2,) in one.column(octets)
        assert has_v6 is (stages[one.name] is not Ipv6Stage.NONE)
        assert counts_v6 is (stages[one.name] is Ipv6Stage.CARRYING)


def test_neighbours_of_the_example_hear_each_other():
    made = {one.name: one for one in planned_recordings(network())}
    names = oid("1.0.8802.1.1.2.1.4.1.1.9")
    heard = {
        (device, str(typed.value, "utf-8").upper())
        for device, one in made.items()
        for typed in one.column(names).values()
        if isinstance(typed.value, bytes)
    }
    assert heard
    assert heard == {(b, a) for a, b in heard}
    assert any(typed.tag == Tag.COUNTER64 for typed in made["YP-R01-N1"].rows.values())
