"""The way back, and which link limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.servers.budgets import UPLINK_BUDGETS
from ngbw.coverage.servers.uplink import (
    Limit,
    limiting_link,
    uplink_level_dbm,
    uplink_margin_db,
    weaker_link,
)
from ngbw.topology.errors import UsageError
from ngbw.topology.settings import Figure

NGB_W = UPLINK_BUDGETS["ngb-w"]


def test_reciprocal_margin_is_the_maximum_loss_less_the_loss():
    loss = np.array([100.0, 130.0, NGB_W.maximum_loss_db, 160.0])
    # The downlink: 43 dBm into the budget's own antenna and feeder.
    level = 43.0 + NGB_W.base_gain_dbi.value - NGB_W.base_feeder_loss_db.value - loss
    margin = uplink_margin_db(level, downlink_power_dbm=43.0, downlink_mhz=698.0, budget=NGB_W)
    assert margin == pytest.approx(NGB_W.maximum_loss_db - loss)


@given(st.floats(-120, -30), st.floats(20, 60), st.floats(0, 30))
def test_the_downlinks_power_does_not_reach_the_uplink(level, power, wall):
    found = uplink_level_dbm(
        np.array([level + power]),
        downlink_power_dbm=power,
        downlink_mhz=698.0,
        budget=NGB_W,
        entry_loss_db=wall,
    )
    assert found[0] == pytest.approx(23.0 + level - wall)


def test_a_lower_uplink_frequency_arrives_stronger():
    duplex = NGB_W.with_figures(frequency_mhz=Figure(349.0, "test", assumed=True))
    same = uplink_level_dbm(
        np.zeros(1), downlink_power_dbm=43.0, downlink_mhz=698.0, budget=NGB_W
    )  # fmt: skip
    low = uplink_level_dbm(
        np.zeros(1), downlink_power_dbm=43.0, downlink_mhz=698.0, budget=duplex
    )  # fmt: skip
    assert low - same == pytest.approx(20 * math.log10(2))


def test_each_pixel_may_have_its_own_servers_power_and_nothing_stays_unknown():
    found = uplink_level_dbm(
        np.array([-60.0, -60.0, np.nan]),
        downlink_power_dbm=np.array([43.0, 46.0, 43.0]),
        downlink_mhz=698.0,
        budget=NGB_W,
    )
    assert found[0] - found[1] == pytest.approx(3)
    assert np.isnan(found[2])


def test_neither_link_is_assumed_to_limit():
    down = np.array([5.0, -1.0, 3.0, -1.0, -4.0, -2.0, np.nan, 3.0, np.nan])
    up = np.array([0.0, 2.0, -2.0, -3.0, -3.0, -2.0, 4.0, np.nan, np.nan])
    names = [Limit(code).name for code in limiting_link(down, up)]
    assert names == [
        "NONE", "DOWNLINK", "UPLINK", "UPLINK", "DOWNLINK", "DOWNLINK", "DOWNLINK", "UPLINK",
        "UNREACHED",
    ]  # fmt: skip
    weaker = [Limit(code).name for code in weaker_link(down, up)]
    assert weaker[0] == "UPLINK"
    assert weaker[5] == "NONE"
    assert weaker[8] == "UNREACHED"


@given(st.floats(-40, 40), st.floats(-40, 40))
def test_the_limiting_link_is_one_that_fails_and_the_weaker_one(down, up):
    limit = Limit(limiting_link(np.array([down]), np.array([up]))[0])
    if limit is Limit.NONE:
        assert min(down, up) >= 0
    else:
        margin = {Limit.DOWNLINK: down, Limit.UPLINK: up}[limit]
        assert margin < 0
        assert margin == min(down, up)


def test_what_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="same pixels"):
        limiting_link(np.zeros(2), np.zeros(3))
    with pytest.raises(UsageError, match="downlink_mhz"):
        uplink_level_dbm(np.zeros(1), downlink_power_dbm=43.0, downlink_mhz=0.0, budget=NGB_W)
