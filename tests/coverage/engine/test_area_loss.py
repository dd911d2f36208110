"""The loss to every pixel: complete, equal to single paths where it says so, refused by name."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.engine import area_loss
from ngbw.coverage.engine.exact import profile_to
from ngbw.coverage.engine.scene import Scene
from ngbw.coverage.engine.trace import AT, CLUTTER, GROUND, new_trace
from ngbw.coverage.grid import Grid
from ngbw.coverage.propagation import p1812
from ngbw.coverage.propagation.model import LOSS_NONE
from ngbw.coverage.propagation.near_in import near_in_loss_db
from ngbw.coverage.propagation.p1812_losses import free_space_db
from ngbw.coverage.surface_model import Surface
from ngbw.topology.errors import InputError, UsageError

TX = (1013.0, 986.0)


def block_city(side, step_m, *, tallest_m=60.0, relief_m=4.0):
    """Return hills and blocks of 50 m of which a quarter is built on."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:side, :side] * step_m
    ground_m = relief_m * (1.0 + np.sin(x / 1700.0) * np.cos(y / 1300.0)) + 0.3 * np.sin(x / 90.0)
    cells = max(1, round(50.0 / step_m))
    blocks = (side // cells + 1,) * 2
    tops = np.where(rng.random(blocks) < 0.25, rng.uniform(6.0, tallest_m, blocks), 0.0)
    clutter_m = np.kron(tops, np.ones((cells, cells)))[:side, :side]
    grid = Grid("EPSG:32651", 0.0, side * step_m, step_m, side, side)
    return Surface(
        grid, ground_m.astype(np.float32), clutter_m.astype(np.float32), "generated blocks"
    )


@pytest.fixture(scope="module")
def city():
    return block_city(200, 10.0)


def loss(surface: Surface, x_m: float = TX[0], y_m: float = TX[1], **given: Any):
    wanted: dict[str, Any] = {"tx_height_m": 35.0, "frequencies_mhz": [600.0]} | given
    return area_loss(surface, x_m, y_m, **wanted)


@pytest.mark.parametrize("mode", ["sweep", "exact"])
@pytest.mark.parametrize(
    "position",
    [(1013.0, 986.0), (1005.0, 995.0), (0.0, 2000.0), (1999.9, 0.1), (3.0, 700.0), (1000.0, 1000.0)],
    ids=["anywhere", "middle of a pixel", "north-west", "south-east", "west edge", "corner of four"],
)  # fmt: skip
def test_every_pixel_gets_a_loss_above_that_of_a_metre(city, mode, position):
    layers = loss(city, *position, mode=mode)
    assert layers.shape == (1, 1, 200, 200)
    assert layers.dtype == np.int16
    assert (layers < LOSS_NONE).all()
    assert layers.min() > 2000


def test_exact_mode_is_the_public_function_on_each_pixels_own_profile(city):
    layer = loss(city, mode="exact", time_percents=[10.0])[0, 0]
    grid = city.grid
    place = (grid.top_m - TX[1]) / 10.0 - 0.5, TX[0] / 10.0 - 0.5
    pixel = tuple(math.floor(x + 0.5) for x in place)
    scene = Scene(
        city.ground_m, city.clutter_m, 0.01, *place, float(city.ground_m[pixel]), 35.0, 1.5, 9.0,
        0, 200, 0, 200, True,
    )  # fmt: skip
    trace = new_trace(300)
    rng = np.random.default_rng(1)
    for row, column in rng.integers(0, 200, (150, 2)):
        distance_km = 0.01 * math.hypot(row - place[0], column - place[1])
        if distance_km < 0.25:
            continue
        n = profile_to(scene, float(row), float(column), trace) + 1
        at_km = trace.rows[AT, :n].copy()
        assert at_km[-1] == pytest.approx(distance_km)
        assert trace.rows[GROUND, n - 1] == city.ground_m[row, column]
        assert trace.rows[CLUTTER, n - 1] == city.clutter_m[row, column]
        result = p1812.path(
            at_km,
            trace.rows[GROUND, :n],
            clutter_m=trace.rows[CLUTTER, :n],
            zone=4,
            frequency_ghz=0.6,
            time_percent=10.0,
            location_percent=50.0,
            sigma_db=0.0,
            tx_height_m=35.0,
            rx_height_m=1.5,
            polarization="horizontal",
            delta_n=45.0,
            surface_refractivity=330.0,
            latitude_deg=31.3,
        )
        assert abs(layer[row, column] - 100.0 * result.loss_db) <= 0.5 + 1e-6


def test_sweep_agrees_with_exact_over_a_city():
    city = block_city(400, 10.0)
    sweep = loss(city, 2003.0, 1991.0)[0, 0] / 100.0
    exact = loss(city, 2003.0, 1991.0, mode="exact")[0, 0] / 100.0
    assert abs((sweep - exact).mean()) <= 0.1
    assert np.median(abs(sweep - exact)) <= 0.01
    for threshold_db in range(80, 160, 5):
        share = (sweep < threshold_db).mean() - (exact < threshold_db).mean()
        assert abs(share) <= 0.003, threshold_db


def test_more_radials_come_nearer_to_exact(city):
    exact = loss(city, mode="exact")[0, 0] / 100.0
    apart = [np.std(loss(city, radials=n)[0, 0] / 100.0 - exact) for n in (1, 8)]
    assert apart[1] < apart[0]


def test_pixels_straight_along_the_axes_agree_in_both_modes(city):
    # From the middle of a pixel both modes have the same samples along rows and columns.
    sweep = loss(city, 1005.0, 995.0)[0, 0]
    exact = loss(city, 1005.0, 995.0, mode="exact")[0, 0]
    np.testing.assert_array_equal(sweep[100], exact[100])
    np.testing.assert_array_equal(sweep[:, 100], exact[:, 100])


@given(st.floats(0.0, 499.99), st.floats(0.01, 300.0), st.integers(1, 3))
@settings(max_examples=40)
def test_sweep_misses_no_pixel_from_wherever(x_m, y_m, radials):
    flat = np.zeros((30, 50), np.float32)
    surface = Surface(Grid("EPSG:32651", 0.0, 300.0, 10.0, 50, 30), flat, flat, "flat")
    assert (loss(surface, x_m, y_m, radials=radials) < LOSS_NONE).all()


@pytest.mark.parametrize("mode", ["sweep", "exact"])
def test_window_is_the_same_part_of_the_whole(city, mode):
    whole = loss(city, mode=mode)
    part = loss(city, mode=mode, window=(20, 150, 90, 91))
    np.testing.assert_array_equal(part, whole[:, :, 20:150, 90:91])


@given(st.floats(10.0, 490.0), st.floats(10.0, 490.0))
@settings(max_examples=30)
def test_bands_of_rows_make_up_the_whole(x_m, y_m):
    surface = block_city(50, 10.0)
    whole = loss(surface, x_m, y_m)
    bands = [loss(surface, x_m, y_m, window=(top, top + 5, 0, 50)) for top in range(0, 50, 5)]
    np.testing.assert_array_equal(np.concatenate(bands, axis=2), whole)


@pytest.mark.parametrize("mode", ["sweep", "exact"])
def test_many_frequencies_and_percentages_equal_one_at_a_time(city, mode):
    given: dict[str, Any] = {
        "frequencies_mhz": [100.0, 474.0, 794.0],
        "time_percents": [1.0, 50.0, 20.0],
    }
    together = loss(city, mode=mode, **given)
    for f, frequency in enumerate(given["frequencies_mhz"]):
        for s, percent in enumerate(given["time_percents"]):
            alone = loss(city, mode=mode, frequencies_mhz=[frequency], time_percents=[percent])
            np.testing.assert_array_equal(together[f, s], alone[0, 0])


def test_less_time_means_less_loss(city):
    layers = loss(city, time_percents=[50.0, 10.0, 1.0])[0]
    assert (layers[0] >= layers[1]).all()
    assert (layers[1] >= layers[2]).all()


@pytest.mark.parametrize("mode", ["sweep", "exact"])
def test_first_250_m_join_without_a_step(mode):
    surface = block_city(150, 5.0, tallest_m=25.0)
    # A wall before an open field: shadow, but the same for all that lies behind.
    clutter_m = np.zeros((150, 150), np.float32)
    clutter_m[:, 40] = 30.0
    surface = Surface(surface.grid, np.zeros_like(clutter_m), clutter_m, "a wall")
    layer = loss(surface, 102.5, 377.5, mode=mode)[0, 0] / 100.0
    behind = layer[74, 45:149]
    assert np.abs(np.diff(behind)).max() < 1.0
    open_field = layer[74, 21:40]
    expected = [
        free_space_db(0.005 * k, 33.5, 0.6) for k in range(1, 4)
    ]  # within 20 m there is nothing but free space
    np.testing.assert_allclose(open_field[:3], expected, atol=0.006)


def test_below_250_m_the_near_in_model_continues_the_path_to_250_m(city):
    layer = loss(city, mode="exact")[0, 0] / 100.0
    place = (2000.0 - TX[1]) / 10.0 - 0.5, TX[0] / 10.0 - 0.5
    pixel = tuple(math.floor(x + 0.5) for x in place)
    tx_m = float(city.ground_m[pixel]) + 35.0
    scene = Scene(
        city.ground_m, city.clutter_m, 0.01, *place, tx_m - 35.0, 35.0, 1.5, 9.0, 0, 200, 0, 200,
        False,
    )  # fmt: skip
    trace = new_trace(300)
    row, column = 110, 108
    away = row - place[0], column - place[1]
    distance_km = 0.01 * math.hypot(*away)
    reach = 0.25 / distance_km
    n = profile_to(scene, place[0] + away[0] * reach, place[1] + away[1] * reach, trace) + 1
    result = p1812.path(
        trace.rows[AT, :n], trace.rows[GROUND, :n], clutter_m=trace.rows[CLUTTER, :n], zone=4,
        frequency_ghz=0.6, time_percent=50, location_percent=50, sigma_db=0, tx_height_m=35,
        rx_height_m=1.5, polarization="horizontal", delta_n=45, surface_refractivity=330,
        latitude_deg=31.3,
    )  # fmt: skip
    expected = near_in_loss_db(
        distance_km,
        height_difference_m=tx_m - float(city.ground_m[row, column]) - 1.5,
        frequency_ghz=0.6,
        excess_at_join_db=result.loss_db - result.intermediates.losses.free_space_db,
    )
    assert layer[row, column] == pytest.approx(expected, abs=0.00501)


@pytest.mark.parametrize("mode", ["sweep", "exact"])
def test_pixels_beyond_the_range_have_no_loss(city, mode):
    layer = loss(city, mode=mode, max_range_km=0.6)[0, 0]
    y, x = np.mgrid[:200, :200] * 10.0
    distance_m = np.hypot(x + 5.0 - TX[0], 1995.0 - y - TX[1])
    np.testing.assert_array_equal(layer == LOSS_NONE, distance_m > 600.0)
    if mode == "exact":
        inside = distance_m <= 600.0
        np.testing.assert_array_equal(layer[inside], loss(city, mode="exact")[0, 0][inside])


def test_large_pixels_are_swept_too():
    city = block_city(30, 100.0)
    for mode in ("sweep", "exact"):
        assert (loss(city, 1520.0, 1470.0, mode=mode) < LOSS_NONE).all()


def test_a_surface_smaller_than_250_m_is_covered():
    city = block_city(8, 10.0)
    for mode in ("sweep", "exact"):
        layers = loss(city, 2.0, 2.0, mode=mode)
        assert (layers < 9000).all()


def test_own_buildings_at_both_ends_do_not_count():
    grid = Grid("EPSG:32651", 0.0, 1000.0, 10.0, 100, 3)
    open_m = np.zeros((3, 100), np.float32)
    built_m = open_m.copy()
    built_m[:, 0] = built_m[:, 99] = 40.0
    layers = [
        loss(Surface(grid, open_m, clutter_m, "two blocks"), 5.0, 985.0)[0, 0, 1, 99]
        for clutter_m in (open_m, built_m)
    ]
    assert layers[0] == layers[1]


def test_buildings_between_the_ends_cost(city):
    bare = Surface(city.grid, city.ground_m, np.zeros_like(city.clutter_m), "bare")
    assert loss(city).mean() > loss(bare).mean() + 500


def test_several_transmitters_run_in_threads_with_equal_results(city):
    positions = [(300.0 + 170.0 * k, 1700.0 - 160.0 * k) for k in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda position: loss(city, *position), positions))
    for position, layers in zip(positions, together, strict=True):
        np.testing.assert_array_equal(layers, loss(city, *position))


def test_progress_reaches_the_end_and_may_stop_the_work(city):
    seen = []
    loss(city, progress=lambda step, done, total: seen.append((step, done, total)))
    assert seen[0][:2] == ("loss", 0)
    assert seen[-1][1] == seen[-1][2] > 1

    class StopError(Exception):
        pass

    def stop(step, done, total):
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        loss(city, mode="exact", progress=stop)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"frequencies_mhz": [0.6]}, "frequencies_mhz is 0.6"),
        ({"frequencies_mhz": []}, "at least one frequency"),
        ({"time_percents": [99.0]}, "time_percents is 99"),
        ({"tx_height_m": 0.0}, "tx_height_m is 0"),
        ({"rx_height_m": math.nan}, "rx_height_m is nan"),
        ({"delta_n": -45.0}, "delta_n is -45"),
        ({"surface_refractivity": 0.0}, "surface_refractivity is 0"),
        ({"latitude_deg": 120.0}, "latitude_deg is 120"),
        ({"radials": 0}, "radials is 0"),
        ({"mode": "fast"}, "mode is 'fast'"),
        ({"polarization": "left"}, "polarization is 'left'"),
        ({"max_range_km": 0.0}, "max_range_km is 0"),
        ({"window": (0, 300, 0, 10)}, "is not a part of"),
    ],
)
def test_a_figure_out_of_range_is_named(city, given, words):
    with pytest.raises(UsageError, match=words):
        loss(city, **given)


@pytest.mark.parametrize("position", [(-1.0, 5.0), (5.0, 2000.1), (math.nan, 5.0)])
def test_a_transmitter_off_the_surface_is_refused(city, position):
    with pytest.raises(InputError, match="stands outside the surface"):
        loss(city, *position)


def test_pixels_of_more_than_100_m_are_refused():
    with pytest.raises(UsageError, match="grid_m is 200"):
        loss(block_city(5, 200.0), 300.0, 300.0)


def test_gaps_in_the_terrain_are_refused_by_name(city):
    ground_m = city.ground_m.copy()
    ground_m[3, 4] = np.nan
    with pytest.raises(InputError, match="ground_m is nan in row 3, column 4"):
        Surface(city.grid, ground_m, city.clutter_m, "with a gap")
