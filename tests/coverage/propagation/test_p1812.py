"""P.1812-8 without outside data: typed reference figures, limits, and what must always hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ngbw.coverage.propagation.p1812 import location_sigma_db, path
from ngbw.coverage.propagation.p1812_ducting import ducting_db
from ngbw.coverage.propagation.p1812_losses import (
    angle_weight,
    distance_weight,
    field_dbuv_m,
    focusing_db_per_decade,
    free_space_db,
)
from ngbw.coverage.propagation.p1812_percentages import (
    anomalous_time_percent,
    inland_factor,
    normal_deviate,
    time_weight,
)
from ngbw.coverage.propagation.p1812_profile import median_radius_km
from ngbw.coverage.propagation.p1812_troposcatter import troposcatter_db
from ngbw.coverage.propagation.p1812_zones import NO_COAST_KM, zones_along
from ngbw.topology.errors import InputError, UsageError

CITY: dict[str, Any] = {
    "clutter_m": 0.0, "zone": 4, "frequency_ghz": 0.6, "time_percent": 50.0,
    "location_percent": 50.0, "tx_height_m": 35.0, "rx_height_m": 1.5,
    "polarization": "horizontal", "delta_n": 45.0, "surface_refractivity": 330.0,
    "latitude_deg": 31.3,
}  # fmt: skip
"""A city path at 600 MHz; tests change what they are about."""


def hills(length_km: float, n: int = 101) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and heights of a made terrain."""
    d = np.linspace(0.0, length_km, n)
    i = np.arange(n)
    return d, 40.0 + 30.0 * np.sin(0.37 * i) + 10.0 * np.cos(1.9 * i)


# --- figures of the reference implementation ------------------------------------------------
# Typed from the validation results of the ITU-R reference implementation of P.1812-8 (Py1812,
# commit a5205e6): "b2iseac_vertical" case 1, mostly over sea, and
# "rburg_urban_with_clutter_vertical" case 4, over land, 3 GHz.


def test_effective_earth_radius_agrees():
    assert median_radius_km(45.0) == pytest.approx(8930.776786, abs=1e-6)


@pytest.mark.parametrize(
    ("latitude_deg", "land_km", "inland_km", "percent"),
    [(53.68658428, 17.5, 12.5, 4.26330636), (48.58877213, 96.2, 96.2, 1.442216533)],
)
def test_percentage_of_anomalous_time_agrees(latitude_deg, land_km, inland_km, percent):
    assert anomalous_time_percent(latitude_deg, land_km, inland_km) == pytest.approx(
        percent, rel=1e-8
    )


def test_percentage_of_anomalous_time_steps_by_less_than_1_percent_at_70_degrees():
    assert anomalous_time_percent(70.0001, 96.2, 96.2) == pytest.approx(
        anomalous_time_percent(70.0, 96.2, 96.2), rel=0.01
    )


@pytest.mark.parametrize(
    ("time_percent", "beta0_percent", "weight"),
    [(10.0, 4.26330636, 0.744629294), (20.0, 1.442216533, 0.3849209454), (1.0, 4.26, 1.0)],
)
def test_weight_of_time_agrees(time_percent, beta0_percent, weight):
    assert time_weight(time_percent, beta0_percent) == pytest.approx(weight, rel=1e-8)


def test_free_space_and_focusing_agree():
    free_db = free_space_db(235.1, 814.4 - 118.3, 0.0953)
    assert free_db == pytest.approx(119.4069487, abs=1e-6)
    focusing = focusing_db_per_decade(121.1, 46.0)
    assert free_db + focusing * math.log10(10 / 50) == pytest.approx(117.5896268, abs=1e-6)


def test_ducting_over_sea_agrees():
    loss = ducting_db(
        235.1, 8930.776786, 121.1, 46.0, -13.50412507, -5.147057563, 734.4522796, 154.8142878,
        13.72716582, 814.4, 118.3, 500.0, 500.0, 0.9096129307, 12.5, 4.26330636, 0.0953, 10.0,
    )  # fmt: skip
    assert loss == pytest.approx(179.6563748, abs=1e-6)


def test_ducting_over_land_agrees():
    loss = ducting_db(
        96.2, 8930.776786, 0.5, 34.3, 45.93966178, -2.241021636, 12.0, 19.0, 62.27962578,
        407.0, 515.0, 500.0, 500.0, 0.0, 96.2, 1.442216533, 3.0, 20.0,
    )  # fmt: skip
    assert loss == pytest.approx(256.5212544, abs=1e-6)


def test_troposcatter_agrees():
    assert troposcatter_db(235.1, 7.673515171, 0.0953, 10.0, 326.079979) == pytest.approx(
        155.2386935, abs=1e-6
    )
    assert troposcatter_db(96.2, 54.47037953, 3.0, 20.0, 323.947135) == pytest.approx(
        218.9213561, abs=1e-6
    )


def test_weights_of_angle_and_distance_agree():
    assert distance_weight(96.2) == pytest.approx(1.086449022e-05, rel=1e-6)
    assert angle_weight(54.47037953) == 0.0
    assert angle_weight(-20.0) == 1.0


def test_field_of_1_kW_agrees():
    assert field_dbuv_m(218.9209473, 3.0) == pytest.approx(-10.01852218, abs=1e-6)


@pytest.mark.parametrize(
    ("length_km", "changes", "loss_db"),
    [
        # Made paths; the figures are this model's when all 531 cases of the reference agreed.
        (2.0, {}, 133.676293765),
        (2.0, {"clutter_m": 15.0, "polarization": "vertical"}, 145.253912962),
        (20.0, {"time_percent": 1.0, "frequency_ghz": 0.474}, 135.643758927),
        (150.0, {"time_percent": 10.0, "rx_height_m": 10.0}, 176.849791800),
        (150.0, {"time_percent": 5.0, "zone": 1}, 151.329246692),
        (2.0, {"location_percent": 95.0, "sigma_db": 5.5}, 142.724956982),
    ],
)
def test_made_paths_keep_their_figures(length_km, changes, loss_db):
    result = path(*hills(length_km), **{**CITY, **changes})
    assert result.loss_db == pytest.approx(loss_db, abs=1e-6)


# --- percentages ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "deviations"), [(0.5, 0.0), (0.1, 1.28155), (0.95, -1.64485), (0.01, 2.32635)]
)
def test_normal_deviate_is_that_of_the_tables(probability, deviations):
    assert normal_deviate(probability) == pytest.approx(deviations, abs=5e-4)


def test_inland_factor_runs_from_coast_to_inland():
    assert inland_factor(0.0) == 0.0
    assert inland_factor(1000.0) == 1.0


def test_locations_of_95_percent_need_1_64_deviations_more_loss():
    d, h = hills(2.0)
    losses = [
        path(d, h, **{**CITY, "location_percent": p, "sigma_db": 4.0}).loss_db for p in (50, 95)
    ]
    assert losses[1] - losses[0] == pytest.approx(1.645 * 4.0, abs=0.01)


def test_loss_is_never_below_line_of_sight_for_few_locations():
    result = path(*hills(2.0), **{**CITY, "location_percent": 1.0, "sigma_db": 30.0})
    assert result.loss_db == result.intermediates.losses.line_of_sight_db


def test_deviation_over_locations_is_that_of_a_100_m_square_by_default():
    result = path(*hills(2.0), **{**CITY, "clutter_m": 15.0})
    # (0.52 + 0.024 * 0.6) * 100^0.28, section 4.7
    assert result.intermediates.location_sigma_db == pytest.approx(1.94028, abs=1e-5)


def test_locations_at_sea_do_not_differ():
    result = path(*hills(2.0), **{**CITY, "zone": 1, "sigma_db": 5.5, "location_percent": 95})
    assert result.loss_db == result.intermediates.losses.median_location_db
    assert result.intermediates.location_sigma_db == 0.0


@pytest.mark.parametrize(
    ("rx_height_m", "share"), [(1.5, 1.0), (14.9, 1.0), (20.0, 0.5), (25.0, 0.0), (40.0, 0.0)]
)
def test_deviation_fades_over_the_10_m_above_the_clutter(rx_height_m, share):
    full = location_sigma_db(0.6, 10.0, clutter_m=15.0)
    assert location_sigma_db(0.6, 10.0, rx_height_m=rx_height_m, clutter_m=15.0) == pytest.approx(
        share * full
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frequency_ghz": 600.0}, "Give GHz, not MHz"),
        ({"resolution_m": 0.0}, "resolution_m is 0"),
        ({"resolution_m": 5000.0}, "up to 1000 m"),
        ({"rx_height_m": 0.0}, "rx_height_m is 0"),
        ({"clutter_m": -1.0}, "clutter_m is -1"),
        ({"clutter_m": math.nan}, "clutter_m is nan"),
    ],
)
def test_deviation_refuses_figures_out_of_range(changes, words):
    figures = {"frequency_ghz": 0.6, "resolution_m": 10.0, **changes}
    with pytest.raises(UsageError, match=words):
        location_sigma_db(figures.pop("frequency_ghz"), figures.pop("resolution_m"), **figures)


# --- land and sea ---------------------------------------------------------------------------


def test_zones_are_measured_half_way_between_samples():
    d = np.arange(11.0)
    zone = np.array([4, 4, 4, 3, 1, 1, 1, 3, 3, 4, 4], np.int8)
    zoning = zones_along(d, zone, 10)
    assert zoning.sea_fraction == pytest.approx(0.3)
    assert zoning.longest_land_km == pytest.approx(3.5)
    assert zoning.longest_inland_km == pytest.approx(2.5)
    assert zoning.tx_coast_km == pytest.approx(3.5)
    assert zoning.rx_coast_km == pytest.approx(3.5)


def test_path_over_land_alone_is_far_from_any_coast():
    zoning = zones_along(np.arange(5.0), np.full(5, 4, np.int8), 4)
    assert zoning == (0.0, 4.0, 4.0, NO_COAST_KM, NO_COAST_KM)


def test_antenna_at_sea_has_no_land_before_the_coast():
    zoning = zones_along(np.arange(5.0), np.array([1, 1, 1, 4, 4], np.int8), 4)
    assert zoning.tx_coast_km == 0.0
    assert zoning.rx_coast_km == pytest.approx(1.5)


def test_coast_nearby_lets_the_wave_into_the_duct():
    d, _ = hills(200.0)
    sea = np.where(np.arange(d.size) < 2, 3, 1)
    made = {**CITY, "zone": sea, "time_percent": 1.0}
    low = np.zeros(d.size)
    near = path(d, low, **made).intermediates.losses.ducting_db
    far = path(d, low, **made, tx_coast_km=6.0).intermediates.losses.ducting_db
    assert near < far - 0.5


# --- what must always hold ------------------------------------------------------------------


@st.composite
def any_path(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Any path inside the ranges of the Recommendation."""
    n = draw(st.integers(3, 30))
    steps = np.array(draw(st.lists(st.floats(0.01, 1.0), min_size=n - 1, max_size=n - 1)))
    length = 10.0 ** draw(st.floats(math.log10(0.2501), math.log10(2999.0)))
    d = np.concatenate([[0.0], np.cumsum(steps)])
    rough = draw(st.sampled_from([0.0, 1.0, 60.0, 900.0, 8800.0]))
    h = rough * np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n)))
    cover = draw(st.sampled_from([0.0, 15.0, 300.0]))
    clutter = cover * np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n)))
    zone = np.array(draw(st.lists(st.sampled_from([1, 3, 4]), min_size=n, max_size=n)))
    if draw(st.booleans()):
        zone[:] = zone[0]
    return (
        d * (length / d[-1]),
        h,
        {
            "clutter_m": clutter,
            "zone": zone,
            "frequency_ghz": 10.0 ** draw(st.floats(math.log10(0.0301), math.log10(5.99))),
            "time_percent": draw(st.floats(1.0, 50.0)),
            "location_percent": 50.0,
            "sigma_db": 0.0,
            "tx_height_m": draw(st.floats(1.0, 3000.0)),
            "rx_height_m": draw(st.floats(1.0, 3000.0)),
            "polarization": draw(st.sampled_from(["horizontal", "vertical"])),
            "delta_n": draw(st.floats(0.0, 150.0)),
            "surface_refractivity": draw(st.floats(200.0, 500.0)),
            "latitude_deg": draw(st.floats(-90.0, 90.0)),
        },
    )


@given(any_path())
@example((np.linspace(0, 1, 3), np.zeros(3), {**CITY, "tx_height_m": 10, "rx_height_m": 10}))
@example((np.linspace(0, 3000, 30), np.zeros(30), {**CITY, "frequency_ghz": 6.0}))
@example((np.array([0, 0.125, 0.25]), np.array([0, 10000.0, 0]), {**CITY, "time_percent": 1.0}))
def test_every_number_of_a_valid_path_is_finite(case):
    d, h, figures = case
    result = path(d, h, **figures)
    assert math.isfinite(result.loss_db)
    assert math.isfinite(result.field_dbuv_m)
    assert np.isfinite(result.intermediates.geometry).all()
    assert np.isfinite(result.intermediates.losses).all()
    assert result.loss_db >= result.intermediates.losses.line_of_sight_db


@given(any_path(), st.floats(0.0, 50.0), st.integers(0, 2**32))
def test_more_clutter_never_loses_less(case, more_m, seed):
    d, h, figures = case
    more = figures["clutter_m"] + more_m * np.random.default_rng(seed).random(d.size)
    less_db = path(d, h, **figures).loss_db
    assert path(d, h, **{**figures, "clutter_m": more}).loss_db >= less_db - 1e-9


@given(any_path())
def test_both_directions_lose_the_same(case):
    d, h, figures = case
    back = {
        **figures,
        "clutter_m": figures["clutter_m"][::-1],
        "zone": figures["zone"][::-1],
        "tx_height_m": figures["rx_height_m"],
        "rx_height_m": figures["tx_height_m"],
    }
    there = path(d, h, **figures)
    again = path(d[-1] - d[::-1], h[::-1], **back)
    # Two samples that tie for the Bullington point of a path with line of sight leave the split
    # between the two horizons open.
    if there.intermediates.geometry.tx_horizon_km == pytest.approx(
        again.intermediates.geometry.rx_horizon_km
    ):
        assert again.loss_db == pytest.approx(there.loss_db, abs=1e-6)


@given(any_path(), st.floats(1.0, 50.0))
def test_more_time_never_loses_less_where_bent_rays_diffract_less(case, other_percent):
    d, h, figures = case
    less, more = sorted((figures["time_percent"], other_percent))
    first = path(d, h, **{**figures, "time_percent": less})
    steps = first.intermediates.losses
    if steps.diffraction_beta_db <= steps.diffraction_50_db:
        assert path(d, h, **{**figures, "time_percent": more}).loss_db >= first.loss_db - 1e-9


@given(any_path(), st.floats(1.0, 99.0), st.floats(1.0, 99.0), st.floats(0.0, 12.0))
def test_more_locations_never_lose_less(case, a, b, sigma_db):
    d, h, figures = case
    fewer, more = (
        path(d, h, **{**figures, "location_percent": p, "sigma_db": sigma_db}).loss_db
        for p in sorted((a, b))
    )
    assert more >= fewer - 1e-9


def test_clutter_at_the_two_ends_is_not_in_the_way():
    d, h = hills(5.0)
    ends = np.zeros(d.size)
    ends[[0, -1]] = 100.0
    bare = path(d, h, **CITY, sigma_db=0.0)
    assert path(d, h, **{**CITY, "clutter_m": ends, "sigma_db": 0.0}) == bare


# --- what is refused ------------------------------------------------------------------------

D, H = hills(2.0, 5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frequency_ghz": 600.0}, "frequency_ghz is 600.*give GHz"),
        ({"frequency_ghz": 0.02}, "0.03-6 GHz"),
        ({"frequency_ghz": math.nan}, "frequency_ghz is nan"),
        ({"time_percent": 60.0}, "time_percent is 60"),
        ({"time_percent": 0.5}, "time_percent is 0.5"),
        ({"location_percent": 0.5}, "location_percent is 0.5.*not a share"),
        ({"location_percent": 99.5}, "1-99"),
        ({"tx_height_m": -3.0}, "transmitter would stand on or under the ground"),
        ({"rx_height_m": 0.0}, "receiver would stand on or under the ground"),
        ({"tx_height_m": 0.5}, "1-3000 m"),
        ({"tx_height_m": math.nan}, "tx_height_m is nan"),
        ({"rx_height_m": 3001.0}, "1-3000 m"),
        ({"polarization": "v"}, "use one of horizontal, vertical"),
        ({"delta_n": -45.0}, "counted positive"),
        ({"surface_refractivity": 100.0}, "N0 at sea level"),
        ({"latitude_deg": 91.0}, "latitude_deg is 91"),
        ({"sigma_db": -1.0}, "sigma_db is -1"),
        ({"tx_coast_km": -1.0}, "tx_coast_km is -1"),
        ({"rx_coast_km": math.inf}, "rx_coast_km is inf"),
    ],
)
def test_figure_out_of_range_is_refused(changes, words):
    with pytest.raises(UsageError, match=words):
        path(D, H, **{**CITY, **changes})


@pytest.mark.parametrize(
    ("d", "h", "changes", "words"),
    [
        ([0, 2], [1, 1], {}, "2 samples.*3 in all"),
        ([], [], {}, "0 samples"),
        ([0, 1, 1, 2], [1, 1, 1, 1], {}, "from 1 to 1 at sample 2.*must increase"),
        ([0, 2, 1], [1, 1, 1], {}, "from 2 to 1 at sample 2"),
        ([0.1, 1, 2], [1, 1, 1], {}, "begins with 0.1"),
        ([0, math.nan, 2], [1, 1, 1], {}, "distance_km is nan at sample 1"),
        ([0, 1, 2], [1, math.nan, 1], {}, "height_m is nan at sample 1 .1 km.*Fill the gaps"),
        ([0, 1, 2], [1, math.inf, 1], {}, "height_m is inf"),
        ([0, 1, 2], [1, -32768, 1], {}, "height_m is -32768.*no-data"),
        ([0, 1, 2], [1, 1], {}, r"height_m has the shape \(2,\); give 3 numbers"),
        ([[0, 1, 2]], [1, 1, 1], {}, "distance_km has the shape"),
        ([0, 1, 2], ["a", "b", "c"], {}, "height_m is not a list of numbers"),
        ([0, 1, 2], [1, 1, 1], {"clutter_m": [0, -1, 0]}, "clutter_m is -1 at sample 1"),
        ([0, 1, 2], [1, 1, 1], {"clutter_m": [0, math.nan, 0]}, "clutter_m is nan"),
        ([0, 1, 2], [1, 1, 1], {"zone": [4, 2, 4]}, "zone is 2 at sample 1.*1 .sea"),
        ([0, 1, 2], [1, 1, 1], {"zone": 3.5}, "zone is 3.5 at sample 0"),
    ],
)
def test_profile_that_is_none_is_refused(d, h, changes, words):
    with pytest.raises(InputError, match=words):
        path(d, h, **{**CITY, **changes})


def test_path_below_250_m_is_sent_to_the_near_in_model():
    with pytest.raises(UsageError, match=r"200 m long.*near_in\.near_in_loss_db"):
        path([0, 0.1, 0.2], [1, 1, 1], **CITY)


def test_path_in_metres_is_refused():
    with pytest.raises(UsageError, match="in km, not in metres"):
        path([0, 2500, 5000], [1, 1, 1], **CITY)


def test_path_of_exactly_250_m_and_three_samples_is_predicted():
    assert 70.0 < path([0, 0.1, 0.25], [1, 1, 1], **CITY).loss_db < 85.0
