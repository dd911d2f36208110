"""Replies are read alike by plain Python and by machine code, whatever octets they are made of."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.probes.snmp import ber
from ngbw.probes.snmp.community import read_head, read_head_packed
from ngbw.probes.snmp.polled import PolledView
from ngbw.probes.snmp.reading import BROKEN, DISORDER, READ, read_packed, read_plainly
from ngbw.probes.snmp.values import Tag, Typed, oid

from .test_ber import values

A, B, UP = oid("1.3.6.1.2.1.2.2.1.1"), oid("1.3.6.1.2.1.2.2.1.2"), oid("1.3.6.1.2.1.1.3")
ROOTS = tuple(ber.encode_oid(root) for root in (UP, A, B))
suffixes = st.lists(
    st.one_of(st.integers(0, 3), st.integers(120, 140), st.integers(0, 2**32 - 1)), max_size=3
).map(tuple)
bindings = st.lists(
    st.tuples(st.sampled_from([UP, A, B, A, B]), suffixes, values, st.booleans()), max_size=12
)


def encoded(rows):
    parts = []
    for root, suffix, typed, bad in rows:
        value = ber.tlv(typed.tag, b"\x01" * 10) if bad else ber.encode_typed(typed)
        parts.append(ber.encode_varbind(ber.encode_oid(root + suffix), value))
    return b"".join(parts)


def same(octets, begin, end, scalars, positions):
    asked = {"scalars": scalars, "roots": ROOTS, "positions": positions}
    plain = read_plainly(octets, begin, end, **asked)
    packed = read_packed(octets, begin, end, **asked)
    assert plain[0] == packed[0]
    assert plain[2:] == packed[2:]
    one, other = PolledView(), PolledView()
    one.add(ROOTS, plain.rows)
    other.add(ROOTS, packed.rows)
    for root in (UP, A, B):
        assert one.column(root) == other.column(root)
        assert list(one.column(root)) == list(other.column(root))
    assert list(one) == list(other)
    return plain


@given(bindings, st.integers(0, 3), suffixes, suffixes)
def test_both_readers_agree_on_what_agents_send(rows, scalars, a, b):
    octets = encoded(rows)
    positions = (ROOTS[0], ber.encode_oid(A + a), ber.encode_oid(B + b))
    same(octets, 0, len(octets), scalars, positions)


@settings(max_examples=300)
@given(bindings, st.integers(0, 3), st.data())
def test_both_readers_agree_on_octets_that_were_damaged(rows, scalars, data):
    octets = bytearray(encoded(rows))
    for _ in range(data.draw(st.integers(1, 4))):
        if octets:
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    same(cut, 0, len(cut), scalars, ROOTS)


@given(st.binary(max_size=60))
def test_both_readers_agree_on_noise(octets):
    same(octets, 0, len(octets), 1, ROOTS)


@settings(max_examples=300)
@given(bindings, st.binary(max_size=3), st.data())
def test_heads_are_read_alike_even_when_they_were_damaged(rows, tail, data):
    inner = ber.encode_integer(data.draw(st.integers(0, 1))) + ber.tlv(4, b"public")
    unit = ber.encode_pdu_of(ber.RESPONSE, 77, 0, 0, encoded(rows))
    octets = bytearray(ber.tlv(0x30, inner + unit) + tail)
    for _ in range(data.draw(st.integers(0, 3))):
        octets[data.draw(st.integers(0, min(40, len(octets) - 1)))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    assert read_head(cut) == read_head_packed(cut)
    assert read_head(bytes(octets)) == read_head_packed(bytes(octets))


def test_a_message_that_was_cut_off_still_says_whose_it_is():
    unit = ber.encode_pdu_of(ber.RESPONSE, 77, 0, 0, encoded([(A, (1,), Typed(2, 1), False)]))
    octets = ber.tlv(0x30, ber.encode_integer(1) + ber.tlv(4, b"public") + unit)
    for size in range(len(octets) - 12, len(octets)):
        head = read_head(octets[:size])
        assert head is not None
        assert (head.request_id, head.begin) == (77, 0)


def row(root, index, value=1):
    return root, (index,), Typed(Tag.INTEGER, value), False


def reading(rows, positions=ROOTS):
    octets = encoded(rows)
    return same(octets, 0, len(octets), 1, positions)


def test_columns_end_at_the_first_name_outside_or_at_an_exception():
    outside = reading([row(UP, 0), row(A, 1), row(A, 1), row(A, 2), row(B, 1)])
    assert (outside.how, outside.found, outside.open) == (READ, 3, [True, True, False])
    end = (A, (1,), Typed(Tag.END_OF_MIB_VIEW, None), False)
    assert reading([row(UP, 0), end, row(B, 1)]).open == [True, False, True]


def test_names_that_do_not_increase_are_a_disorder():
    kept = reading([row(UP, 0), row(A, 2), row(B, 1), row(A, 2), row(B, 2)])
    assert (kept.how, kept.found, kept.seen) == (DISORDER, 3, 3)
    behind = (ROOTS[0], ber.encode_oid((*A, 200)), ROOTS[2])
    assert reading([row(UP, 0), row(A, 128)], behind).how == DISORDER
    assert reading([row(UP, 0), row(A, 16384)], behind).how == READ


def test_bad_values_are_left_out_and_their_names_count_as_read():
    bad = (A, (7,), Typed(Tag.INTEGER, 1), True)
    read = reading([row(UP, 0), bad, row(B, 1)])
    assert (read.found, read.seen, read.bad) == (2, 3, 1)
    assert read.last[1] == ber.encode_oid((*A, 7))


def test_rows_before_broken_octets_count():
    octets = encoded([row(UP, 0), row(A, 1)]) + b"\x30\x80\x00\x00"
    read = same(octets, 0, len(octets), 1, ROOTS)
    assert (read.how, read.found) == (BROKEN, 2)
