"""Recordings are read as they stand, and written so that they read the same again."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ngbw.probes.replay.drifts import Drift
from ngbw.probes.replay.recordings import (
    Recording,
    parse_snmprec,
    read_recording,
    recordings_below,
    snmprec_text,
    write_recording,
)
from ngbw.probes.replay.walk_output import parse_walk
from ngbw.probes.snmp.values import Tag, Typed, oid
from ngbw.topology.errors import FileError, MissingError

SMALL = """\
1.3.6.1.2.1.1.1.0|4|a switch
1.3.6.1.2.1.1.2.0|6|.1.3.6.1.4.1.9.1
1.3.6.1.2.1.1.3.0|67|500
1.3.6.1.2.1.2.2.1.2.2|4x|7632
1.3.6.1.2.1.2.2.1.2.10|4e|v\\x31\\t0
1.3.6.1.2.1.2.2.1.10.2|65|4294967295
1.3.6.1.2.1.4.20.1.1.10.0.0.1|64|10.0.0.1
1.3.6.1.2.1.4.20.1.1.10.0.0.2|64x|0a000002
1.3.6.1.2.1.31.1.1.1.6.2|70:numeric|initial=7,rate=10
"""


def test_every_form_of_a_line_is_read():
    read = parse_snmprec(SMALL, "small")
    assert read.scalar(oid("1.3.6.1.2.1.1.2")) == Typed(6, (1, 3, 6, 1, 4, 1, 9, 1))
    assert read.column(oid("1.3.6.1.2.1.2.2.1.2")) == {
        (2,): Typed(4, b"v2"), (10,): Typed(4, b"v1\t0"),
    }  # fmt: skip
    addresses = read.column(oid("1.3.6.1.2.1.4.20.1.1"))
    assert [typed.value for typed in addresses.values()] == [b"\n\0\0\1", b"\n\0\0\2"]
    assert read.at(2.5).column(oid("1.3.6.1.2.1.31.1.1.1.6"))[(2,)] == Typed(70, 32)


def test_a_column_does_not_take_rows_of_its_neighbour():
    read = parse_snmprec("1.3.1|2|1\n1.3.1.1|2|2\n1.3.10.1|2|3\n", "x")
    assert list(read.column((1, 3, 1))) == [(1,)]
    assert read.column((1, 3, 2)) == {}
    assert read.scalar((1, 3, 1)) is None


def test_the_first_of_two_values_counts_and_the_other_is_counted():
    read = parse_snmprec("1.3.6.2|2|1\n1.3.6.1|2|5\n1.3.6.2|2|9\n", "x")
    assert read.rows[1, 3, 6, 2].value == 1
    assert read.duplicates == 1
    assert read.out_of_order == 1
    assert read.ordered == ((1, 3, 6, 1), (1, 3, 6, 2))


def test_tags_that_no_standard_knows_are_kept():
    read = parse_snmprec("1.3.6.1|40|1338688602\n1.3.6.2|5|\n1.3.6.3|4|\n", "odd")
    assert read.rows[1, 3, 6, 1] == Typed(40, b"1338688602")
    assert read.rows[1, 3, 6, 2] == Typed(Tag.NULL, None)
    assert read.rows[1, 3, 6, 3] == Typed(Tag.OCTET_STRING, b"")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "OID|TAG|VALUE"),
        ("1.3.6.1|2|many", "no whole number"),
        ("1.3.6.1|999|1", "999 does not fit"),
        ("1.3.6.1|4x|0g", "hexadecimal"),
        ("1.3.99999999999|2|1", "2^32"),
        ("9.9.9|2|1", "cannot begin"),
        ("1.3.6.1|65:writecache|x", "not known here"),
        ("1.3.6.1|65:numeric|speed=1", "speed=1"),
        ("1.3.6.1|65:numeric|rate=inf", "finite"),
    ],
)
def test_a_wrong_line_is_named(line, words):
    with pytest.raises(FileError, match=r"x, line 2: ") as caught:
        parse_snmprec(f"1.3.6.0|2|1\n{line}\n", "x")
    assert words in str(caught.value)


names = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=9).map(lambda n: (1, 3, *n))
values = st.one_of(
    st.builds(Typed, st.just(2), st.integers(-(2**31), 2**31 - 1)),
    st.builds(Typed, st.sampled_from([65, 66, 67]), st.integers(0, 2**32 - 1)),
    st.builds(Typed, st.just(70), st.integers(0, 2**64 - 1)),
    st.builds(Typed, st.sampled_from([4, 68, 40]), st.binary(max_size=20)),
    st.builds(Typed, st.just(64), st.binary(min_size=4, max_size=4)),
    st.builds(Typed, st.just(6), names),
    st.just(Typed(5, None)),
)


@given(st.dictionaries(names, values, max_size=8))
def test_what_is_written_reads_the_same(rows):
    assert parse_snmprec(snmprec_text(Recording("x", rows)), "x").rows == rows


@given(st.floats(0, 1e18).map(float), st.floats(0, 1e11).map(float), st.floats(0, 1e9).map(float))
def test_a_drift_reads_the_same(initial, rate, deviation):
    drift = Drift(initial, rate, deviation)
    name: tuple[int, ...] = (1, 3, 6, 1)
    rows: dict[tuple[int, ...], Typed] = {name: Typed(Tag.COUNTER64, int(initial))}
    again = parse_snmprec(snmprec_text(Recording("x", rows, {name: drift})), "x")
    assert again.drifts == {name: drift}


@given(st.integers(0, 2**40), st.floats(0, 1e9), st.floats(0, 2), st.lists(st.floats(0, 1e5)))
def test_a_counter_never_runs_backwards(initial, rate, bend, moments):
    drift = Drift(float(initial), rate, rate * bend)
    counts = [drift.at(s, (1, 3), Tag.COUNTER64) for s in sorted(moments)]
    assert counts == sorted(counts)


def test_a_counter_of_32_bits_turns_over_and_a_gauge_stops_at_its_limit():
    assert Drift(2**32 - 5.0, 10.0).at(1.0, (1, 3), Tag.COUNTER32) == 5
    assert Drift(50.0, 10.0, maximum=70.0).at(60.0, (1, 3), Tag.INTEGER) == 70


def test_snmpwalk_output_is_read_with_its_types():
    text = """\
.1.3.6.1.2.1.1.1.0 = STRING: "two
lines with \\"quotes\\""
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.9.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (123456) 0:20:34.56
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 1B 21 3C
4D 5E
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.10.1 = Counter32: 77
.1.3.6.1.2.1.4.20.1.1.10.0.0.1 = IpAddress: 10.0.0.1
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615
.1.3.6.1.2.1.99.1 = INTEGER: -40 dBm
.1.3.6.1.2.1.99.2 = No Such Instance currently exists at this OID
.1.3.6.1.2.1.99.3 = ""
.1.3.6.1.2.1.99.4 = No more variables left in this MIB View (It is past the end of the MIB tree)
"""
    read = parse_walk(text, "walk")
    values = {name[-2:]: typed for name, typed in read.rows.items()}
    assert read.rows[1, 3, 6, 1, 2, 1, 1, 1, 0] == Typed(4, b'two\nlines with "quotes"')
    assert read.rows[1, 3, 6, 1, 2, 1, 1, 3, 0] == Typed(67, 123456)
    assert read.rows[1, 3, 6, 1, 2, 1, 2, 2, 1, 6, 1].value == bytes.fromhex("001b213c4d5e")
    assert read.rows[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 1] == Typed(70, 2**64 - 1)
    assert values[99, 1] == Typed(2, -40)
    assert values[99, 3] == Typed(4, b"")
    assert (99, 2) not in values
    assert (99, 4) not in values


def test_a_walk_without_types_says_what_it_can():
    read = parse_walk(
        ".1.3.6.1.2.1.2.2.1.10.1 = 77\n.1.3.6.1.2.1.2.2.1.8.1 = 1\n"
        '.1.3.6.1.2.1.1.5.0 = "sw1"\n.1.3.6.1.2.1.1.2.0 = .1.3.6.1.4.1.9\n',
        "x",
    )
    assert [typed.tag for typed in read.rows.values()] == [65, 2, 4, 6]


def test_both_forms_are_told_apart_and_written_whole(tmp_path):
    walk = tmp_path / "b.snmpwalk"
    walk.write_text(".1.3.6.1.2.1.1.5.0 = STRING: sw1\n")
    rec = tmp_path / "a.snmprec"
    write_recording(read_recording(walk), rec)
    assert rec.read_text() == "1.3.6.1.2.1.1.5.0|4|sw1\n"
    assert recordings_below(tmp_path) == [rec, walk]
    assert read_recording(rec).rows == read_recording(walk).rows
    with pytest.raises(MissingError, match="ngbw probe record"):
        read_recording(tmp_path / "none.snmprec")


@pytest.mark.shared
def test_every_recording_of_real_devices_is_read_and_written_the_same(shared):
    paths = recordings_below(shared / "vectors" / "snmp")
    assert len(paths) >= 39
    for path in paths:
        read = read_recording(path)
        assert parse_snmprec(snmprec_text(read), read.name).rows == read.rows, path.name
    doubled = read_recording(shared / "vectors" / "snmp" / "zxr10_5928.snmprec")
    assert (len(doubled), doubled.duplicates) == (1010, 1010)
