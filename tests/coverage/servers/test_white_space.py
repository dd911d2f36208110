"""What television leaves free, against every pair of pixels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ngbw.coverage.field_strength import FIELD_CONSTANT_DB
from ngbw.coverage.propagation.free_space import free_space_loss_db
from ngbw.coverage.propagation.model import LOSS_NONE
from ngbw.coverage.servers.strictest_receiver import least_allowed
from ngbw.coverage.servers.white_space import (
    CHANNELS,
    EIRP_CAP_DBM,
    channel_mhz,
    channel_table,
    free_channels,
    maximum_eirp,
    maximum_eirp_of_device,
    permitted_field,
    protection_ratios,
)
from ngbw.topology.errors import InputError, UsageError
from ngbw.topology.settings import Figure

CN = Figure(17.0, "test", assumed=True)
RATIOS = protection_ratios(CN)
MARGIN = 1.6448536 * math.hypot(5.5, 5.5)


def permitted(field, tv_channels, **changes):
    options: dict[str, Any] = {"planning_field_dbuv_m": 52.0, "protection_db": RATIOS} | changes
    return permitted_field(np.array(field, np.float32), tv_channels, **options)


def test_channels_lie_where_the_standard_puts_them():
    assert [channel_mhz(n) for n in (13, 24, 25, 36, 48)] == [474, 562, 610, 698, 794]
    assert len(CHANNELS) == 36
    for wrong in (12, 49):
        with pytest.raises(UsageError, match="DS-13 to DS-48"):
            channel_mhz(wrong)


def test_protection_ratios_are_assumed_and_say_where_they_come_from():
    assert RATIOS[0].value == 17
    assert RATIOS[8].value == RATIOS[-8].value == -30
    assert all(figure.assumed and figure.source for figure in RATIOS.values())


def test_own_and_neighbouring_channels_are_protected_and_others_free():
    found = permitted([[60.0]], [36])
    by_channel = dict(zip(CHANNELS, found[:, 0], strict=True))
    assert by_channel[36] == pytest.approx(60 - 17 - MARGIN, abs=1e-3)
    assert by_channel[35] == by_channel[37] == pytest.approx(60 + 30 - MARGIN, abs=1e-3)
    assert all(np.isposinf(by_channel[n]) for n in CHANNELS if abs(n - 36) > 1)


def test_channels_24_and_25_are_no_neighbours():
    found = permitted([[60.0]], [24], channels=(23, 24, 25))
    assert np.isfinite(found[0, 0])
    assert np.isposinf(found[2, 0])


def test_only_served_receivers_are_protected():
    found = permitted([[51.9, 52.0, np.nan]], [20], channels=(20,))
    assert list(np.isfinite(found[0])) == [False, True, False]


def test_the_strictest_of_two_programmes_counts():
    found = permitted([[60.0], [80.0]], [20, 21], channels=(20, 21))
    assert found[0, 0] == pytest.approx(60 - 17 - MARGIN, abs=1e-3)
    assert found[1, 0] == pytest.approx(80 - 17 - MARGIN, abs=1e-3)
    weaker = permitted([[60.0], [80.0]], [20, 21], channels=(21,), discrimination_db=10.0)
    assert weaker[0, 0] == pytest.approx(80 - 17 - MARGIN + 10, abs=1e-3)


def every_pair(field, loss, step_m, cap):
    rows, columns = field.shape
    out = np.full(field.shape, cap)
    for r in range(rows):
        for c in range(columns):
            dr, dc = np.ogrid[-r : rows - r, -c : columns - c]
            out[r, c] = min(cap, (field + loss(np.hypot(dr, dc) * step_m)).min())
    return out


@settings(max_examples=40)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 13), st.integers(1, 13)),
        elements=st.floats(0, 90, width=32) | st.just(np.inf),
    ),
    st.floats(10, 400),
)
def test_search_over_blocks_equals_every_pair_of_pixels(field, step_m):
    def loss(distance_m):
        return 20 * np.log10(np.maximum(distance_m, 20.0))

    found = least_allowed(field, loss, step_m=step_m, cap=150.0)
    expected = every_pair(field.astype(float), loss, step_m, 150.0)
    assert found == pytest.approx(expected, abs=0.006)
    assert (found <= expected + 1e-4).all()  # what is interpolated protects


def test_eirp_fills_the_permitted_field_at_the_nearest_receiver():
    field = np.full((1, 1, 41), np.inf, np.float32)
    field[0, 0, 0] = 30.0
    found = maximum_eirp(field, step_m=25.0, channels=(36,), nearest_receiver_m=20.0, cap_dbm=99.0)
    for pixel, distance_m in ((0, 20.0), (1, 25.0), (40, 1000.0)):
        loss = float(free_space_loss_db(distance_m / 1000, 698.0))
        field_there = found[0, 0, pixel] + FIELD_CONSTANT_DB + 20 * math.log10(698) - loss
        assert field_there == pytest.approx(30, abs=0.006)


def test_where_nothing_is_protected_the_cap_holds():
    found = maximum_eirp(np.full((2, 3, 4), np.inf), step_m=25.0, channels=(20, 30))
    assert (found == EIRP_CAP_DBM.value).all()


def test_a_device_with_its_own_layer_is_held_by_the_strictest_pixel():
    field = np.array([[30.0, 50.0, 10.0]])
    layer = np.array([12_000, 9_000, LOSS_NONE], np.int16)
    found = maximum_eirp_of_device(field, [layer], channels=(36,), cap_dbm=200.0)
    offset = FIELD_CONSTANT_DB + 20 * math.log10(698)
    assert found[0] == pytest.approx(min(30 + 120, 50 + 90) - offset)
    free = np.full(3, LOSS_NONE, np.int16)
    assert maximum_eirp_of_device(field, [free], channels=(36,))[0] == EIRP_CAP_DBM.value


def test_table_and_layer_count_free_channels():
    eirp = np.array([[[36.0, 10.0], [-20.0, 36.0]], [[36.0, 36.0], [36.0, 36.0]]])
    inside = np.array([[True, True], [True, False]])
    first, second = channel_table(
        eirp, wanted_eirp_dbm=10.0, pixel_km2=0.25, inside=inside, channels=(20, 30)
    )
    assert (first.channel, first.centre_mhz) == (20, 530)
    assert first.share_free == pytest.approx(2 / 3)
    assert first.share_unlimited == pytest.approx(1 / 3)
    assert first.median_eirp_dbm == 10
    assert first.free_km2 == pytest.approx(0.5)
    assert second.share_free == 1
    assert free_channels(eirp, 10.0).tolist() == [[2, 2], [1, 2]]


def test_what_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="one field of pixels per television channel"):
        permitted([[60.0]], [20, 21])
    with pytest.raises(UsageError, match="no UHF television channel"):
        permitted([[60.0]], [60])
    with pytest.raises(UsageError, match="planning_field_dbuv_m"):
        permitted([[60.0]], [20], planning_field_dbuv_m=[50.0, 60.0])
    with pytest.raises(UsageError, match="protection_db is empty"):
        permitted([[60.0]], [20], protection_db={})
    with pytest.raises(UsageError, match="location_probability"):
        permitted([[60.0]], [20], location_probability=1.0)
    with pytest.raises(InputError, match="infinite"):
        permitted([[np.inf]], [20])
    with pytest.raises(InputError, match="NaN"):
        maximum_eirp(np.full((1, 2, 2), np.nan), step_m=25.0, channels=(20,))
    with pytest.raises(UsageError, match="does not fall"):
        maximum_eirp(np.zeros((1, 2, 2)), step_m=25.0, channels=(20,), loss_db=lambda km, mhz: -km)
    with pytest.raises(UsageError, match="row, column"):
        maximum_eirp(np.zeros((2, 2)), step_m=25.0, channels=(20,))
    with pytest.raises(UsageError, match="at least one pixel"):
        channel_table(
            np.zeros((1, 2)), wanted_eirp_dbm=0.0, pixel_km2=1.0, channels=(20,),
            inside=np.zeros(2, bool),
        )  # fmt: skip
