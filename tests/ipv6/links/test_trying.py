"""What somebody named to be tried is judged before anything is sent."""

from __future__ import annotations

import pytest

from ngbw.ipv6.links.trying import USUAL_PORTS, ways_to
from ngbw.topology.errors import UsageError


def test_targets_are_sorted_by_family_and_named_once():
    ways = ways_to("c0", targets=["2001:DB8::1", "192.0.2.1", "2001:db8::1", "fe80::1%c0"])
    assert ways.over_v6 == ("2001:db8::1", "fe80::1")
    assert ways.over_v4 == ("192.0.2.1",)
    assert ways
    assert not ways_to("c0")
    assert ways_to("c0", inbound="2001:db8::2").ports == USUAL_PORTS


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"targets": ["good.test"]}, "not a name"),
        ({"targets": ["ff02::1"]}, "no address of one host"),
        ({"targets": ["::1"]}, "no address of one host"),
        ({"targets": ["::ffff:192.0.2.1"]}, "no address of one host"),
        ({"targets": ["fe80::1%eth9"]}, "zone c0"),
        ({"targets": ["2001:db8::1%c0"]}, "zone c0"),
        ({"targets": [f"2001:db8::{k}" for k in range(1, 10)]}, "too many"),
        ({"targets": ["192.0.2.1"], "too_big": True}, "--too-big needs --target"),
        ({"ports": [22]}, "--port needs --inbound"),
        ({"inbound": "192.0.2.1"}, "L14 is about IPv6"),
        ({"inbound": "2001:db8::1", "ports": [0]}, "1 to 65535"),
    ],
)
def test_what_cannot_be_tried_is_refused(more, why):
    with pytest.raises(UsageError, match=why):
        ways_to("c0", **more)
