"""Messages are written and read as RFC 3416 and X.690 say, and as devices get it wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.snmp import ber
from ngbw.probes.snmp.values import Tag, Typed, oid

sub_ids = st.one_of(st.integers(0, 300), st.integers(0, 2**32 - 1))
oids = st.builds(
    lambda first, second, rest: (first, second if first == 2 else second % 40, *rest),
    st.integers(0, 2), sub_ids, st.lists(sub_ids, max_size=126),
)  # fmt: skip
values = st.one_of(
    st.builds(Typed, st.just(Tag.INTEGER), st.integers(-(2**31), 2**31 - 1)),
    st.builds(
        Typed,
        st.sampled_from([Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS]),
        st.integers(0, 2**32 - 1),
    ),
    st.builds(Typed, st.just(Tag.COUNTER64), st.integers(0, 2**64 - 1)),
    st.builds(
        Typed,
        st.sampled_from([Tag.OCTET_STRING, Tag.IP_ADDRESS, Tag.OPAQUE]),
        st.binary(max_size=300),
    ),
    st.builds(Typed, st.just(Tag.OBJECT_IDENTIFIER), oids),
    st.sampled_from([Tag.NULL, Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW]).map(
        lambda tag: Typed(tag, None)
    ),
)


@given(
    st.integers(0, 1), st.binary(max_size=200), st.sampled_from([0xA0, 0xA1, 0xA2, 0xA5]),
    st.integers(-(2**31), 2**31 - 1), st.integers(0, 20), st.integers(0, 200),
    st.lists(st.tuples(oids, values), max_size=20), st.binary(max_size=3),
)  # fmt: skip
def test_a_message_is_read_as_it_was_written(
    version, community, tag, request_id, status, index, varbinds, tail
):
    pdu = ber.Pdu(tag, request_id, status, index, tuple(varbinds))
    inner = ber.encode_integer(version) + ber.tlv(4, community) + ber.encode_pdu(pdu)
    message = ber.decode_message(ber.tlv(0x30, inner) + tail)
    assert message == ber.Message(version, community, pdu, len(tail))


def test_a_get_of_the_uptime_has_the_octets_that_every_agent_knows():
    # Written out by hand after RFC 3416 and X.690.
    pdu = ber.Pdu(ber.GET, 1, 0, 0, ((oid("1.3.6.1.2.1.1.3.0"), None),))
    assert ber.encode_pdu(pdu) == bytes.fromhex(
        "a0 19 02 01 01 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 03 00 05 00"
    )


@pytest.mark.parametrize(
    ("tag", "octets", "value"),
    [
        (Tag.COUNTER32, "ff ff ff f0", 4294967280),  # firmware that forgets the leading zero
        (Tag.COUNTER32, "00 ff ff ff f0", 4294967280),
        (Tag.COUNTER64, "ff ff ff ff ff ff ff ff", 2**64 - 1),
        (Tag.COUNTER64, "00 ff ff ff ff ff ff ff ff", 2**64 - 1),
        (Tag.GAUGE32, "00 00 00 00 00 05", 5),
        (Tag.INTEGER, "ff", -1),
        (Tag.INTEGER, "80 00 00 00", -(2**31)),
        (Tag.OBJECT_IDENTIFIER, "", ()),
    ],
)
def test_numbers_are_what_the_device_meant(tag, octets, value):
    assert ber.decode_value(tag, bytes.fromhex(octets)) == Typed(tag, value)


@pytest.mark.parametrize(
    ("tag", "octets"),
    [
        (Tag.INTEGER, ""), (Tag.INTEGER, "01" * 9), (Tag.COUNTER32, ""),
        (Tag.COUNTER32, "01 00 00 00 00"), (Tag.COUNTER64, "01" + "00" * 8), (Tag.NULL, "00"),
        (Tag.END_OF_MIB_VIEW, "00"), (0x45, "01"), (0x30, ""), (Tag.OBJECT_IDENTIFIER, "2b 80 01"),
    ],
)  # fmt: skip
def test_values_that_break_their_type_are_refused(tag, octets):
    with pytest.raises(ber.BrokenBerError):
        ber.decode_value(tag, bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        ("30 80 00 00", "indefinite"),
        ("30 05 02 01", "leads out"),
        ("30 85 00 00 00 00 00", "too long"),
        ("30", "cut off"),
        ("3f 00", "several octets"),
    ],
)
def test_lengths_that_lie_are_refused(octets, said):
    with pytest.raises(ber.BrokenBerError, match=said):
        ber.decode_message(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "octets", ["2b 86", "2b 80 01", "2b 90 80 80 80 00", "2b" + "01" * 127 + "01"]
)
def test_identifiers_that_cannot_be_are_refused(octets):
    with pytest.raises(ber.BrokenBerError):
        ber.decode_oid(bytes.fromhex(octets))


@pytest.mark.parametrize("numbers", [(), (1,), (1, 40), (3, 1), (1, 3, 2**32), (1,) * 129])
def test_identifiers_that_ber_cannot_hold_are_not_written(numbers):
    with pytest.raises(ValueError):  # noqa: PT011  (the message quotes the numbers)
        ber.encode_oid(numbers)
