"""What homes share, and the level at the outlet."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.pon_classes import PON_CLASSES
from ngbw.topology.fibre.shared_segments import CoaxPart, hfc_segment, outlet_level, pon_segment


def test_a_port_gives_each_home_its_share():
    # 9.95 Gbit/s over 32 and 64 homes: 311 and 155 Mbit/s
    assert pon_segment(PON_CLASSES["xgs-pon-n1"], 32).sustained_down_mbps == pytest.approx(
        311, abs=1
    )
    assert pon_segment(PON_CLASSES["xgs-pon-n1"], 64).sustained_down_mbps == pytest.approx(
        155, abs=1
    )


def test_a_tier_needs_a_fifth_to_spare():
    assert pon_segment(PON_CLASSES["gpon-b+"], 64).peak_down_mbps > 1000
    assert hfc_segment(100).peak_down_mbps < 1000


def test_homes_at_a_rate_is_the_inverse_of_the_rate_of_homes():
    node = hfc_segment(200, down_channels=16, active_share=0.4)
    homes = node.homes_at(10.0)
    assert homes == 200
    assert hfc_segment(homes, active_share=0.4).sustained_down_mbps >= 10.0
    assert hfc_segment(homes + 1, active_share=0.4).sustained_down_mbps < 10.0


def test_one_home_alone_gets_no_more_than_there_is():
    assert hfc_segment(1, active_share=0.1).sustained_up_mbps == 108


def test_levels_fall_along_cable_and_rise_in_amplifiers():
    way = [
        CoaxPart("trunk", 100), CoaxPart(gain_db=-12.0), CoaxPart("distribution", 80),
        CoaxPart("drop", 20),
    ]  # fmt: skip
    level = outlet_level(104.0, way)
    assert level.level_dbuv == pytest.approx(104 - 7.2 - 12 - 8.4 - 3.8)
    assert level.verdict == "ok"
    assert outlet_level(104.0, [*way, CoaxPart(gain_db=-20)]).verdict == "too weak"
    assert outlet_level(104.0, [*way, CoaxPart(gain_db=20)]).verdict == "too strong"


def test_wrong_segments_are_refused():
    for call, words in (
        (lambda: hfc_segment(0), "0 homes"),
        (lambda: hfc_segment(10, active_share=0), "active_share is 0"),
        (lambda: hfc_segment(10, down_channels=0), "0 channels down"),
        (lambda: hfc_segment(10).homes_at(0), "rate of 0"),
        (lambda: outlet_level(float("nan"), []), "level is nan"),
        (lambda: outlet_level(100.0, [CoaxPart("rope", 1)]), "'rope' is not known"),
        (lambda: outlet_level(100.0, [CoaxPart("drop", -1)]), "-1 m"),
    ):
        with pytest.raises(InputError, match=words):
            call()
