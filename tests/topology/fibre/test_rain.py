"""Rain by P.838-3 and P.530: tables of the Recommendation, and the inverse of its own curve."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.rain import (
    Polarisation,
    rain_coefficients,
    rain_fade,
    rain_loss_db_per_km,
)


@pytest.mark.parametrize(
    ("freq_ghz", "k_h", "alpha_h", "k_v", "alpha_v"),
    [  # P.838-3, table 5
        (1, 0.0000259, 0.9691, 0.0000308, 0.8592),
        (2, 0.0000847, 1.0664, 0.0000998, 0.9490),
        (6, 0.0007056, 1.5900, 0.0004878, 1.5728),
        (10, 0.01217, 1.2571, 0.01129, 1.2156),
        (18, 0.07078, 1.0818, 0.07708, 1.0025),
        (20, 0.09164, 1.0568, 0.09611, 0.9847),
        (38, 0.4001, 0.8816, 0.3844, 0.8552),
        (40, 0.4431, 0.8673, 0.4274, 0.8421),
        (60, 0.8606, 0.7656, 0.8515, 0.7486),
        (80, 1.1704, 0.7115, 1.1668, 0.7021),
        (100, 1.3671, 0.6815, 1.3680, 0.6765),
    ],
)
def test_coefficients_are_those_of_the_table(freq_ghz, k_h, alpha_h, k_v, alpha_v):
    assert rain_coefficients(freq_ghz, "horizontal") == pytest.approx((k_h, alpha_h), rel=1e-3)
    assert rain_coefficients(freq_ghz, "vertical") == pytest.approx((k_v, alpha_v), rel=1e-3)


def test_circular_lies_between():
    k, _ = rain_coefficients(20, "circular")
    assert k == pytest.approx((0.09164 + 0.09611) / 2, rel=1e-3)


def test_a_short_path_counts_two_and_a_half_times_at_most():
    assert rain_fade(0.1, 80).effective_km == pytest.approx(0.25)
    assert rain_fade(20, 18).effective_km < 20


def test_the_loss_at_0_01_percent_is_the_anchor_of_the_curve():
    fade = rain_fade(5, 23, rain_mm_h=60)
    assert fade.loss_001_db == pytest.approx(fade.specific_db_per_km * fade.effective_km)
    # The curve of other percentages passes within a few percent of it.
    assert fade.loss_db(0.01) == pytest.approx(fade.loss_001_db, rel=0.05)
    assert fade.loss_db(0.1) < fade.loss_db(0.01) < fade.loss_db(0.001)


def test_below_10_ghz_the_other_percentages_are_those_of_10_ghz():
    assert rain_fade(5, 8).loss_db(0.1) / rain_fade(5, 8).loss_001_db == pytest.approx(
        0.07**0.12
        * 0.12**0.88
        * 0.1 ** -(0.855 * 0.12 + 0.546 * 0.88 - 0.139 * 0.12 - 0.043 * 0.88)
    )


@given(st.floats(0.2, 40), st.floats(1, 100), st.floats(1, 150), st.floats(0.001, 1))
def test_the_outage_is_the_inverse_of_the_loss(distance_km, freq_ghz, rain_mm_h, percent):
    fade = rain_fade(distance_km, freq_ghz, rain_mm_h=rain_mm_h)
    if fade.loss_db(percent) > 0:
        assert fade.outage_percent(fade.loss_db(percent)) == pytest.approx(percent, rel=1e-6)


def test_outside_the_curve_the_outage_never_flatters():
    fade = rain_fade(5, 38)
    assert fade.outage_percent(fade.loss_db(0.001) + 50) == 0.001
    assert fade.outage_percent(fade.loss_db(1) / 2) == 100.0
    assert fade.outage_percent(-3) == 100.0
    assert rain_fade(5, 38, rain_mm_h=0).outage_percent(1) == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rain_coefficients(0.5), "freq_ghz is 0.5"),
        (
            lambda: rain_coefficients(10, cast("Polarisation", "slanted")),
            "polarisation is 'slanted'",
        ),
        (lambda: rain_loss_db_per_km(-1, 10), "rain_mm_h is -1"),
        (lambda: rain_loss_db_per_km(float("nan"), 10), "rain_mm_h is nan"),
        (lambda: rain_fade(0, 10), "path of 0 km"),
        (lambda: rain_fade(61, 10), "path of 61 km"),
        (lambda: rain_fade(1, 120), "freq_ghz is 120"),
        (lambda: rain_fade(1, 10).loss_db(5), "percent is 5"),
    ],
)
def test_what_the_method_does_not_cover_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()
