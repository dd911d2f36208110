"""Measured beside predicted: the plan's own field at the point, averaged by pixel, honest about the rest."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer
from shapely.geometry import box

from ngbw.coverage.demand import land_of
from ngbw.coverage.grid import Grid
from ngbw.coverage.measured.comparison import compare
from ngbw.coverage.measured.log import LogFormat
from ngbw.coverage.measured.measurements import Measurements
from ngbw.coverage.propagation import FreeSpace
from ngbw.coverage.surface_model import Surface
from ngbw.topology.errors import InputError
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.settings import parse_settings
from ngbw.topology.tables import TABLES

TO_DEGREES = Transformer.from_crs("EPSG:32651", "EPSG:4326", always_xy=True)
X, Y = 357_000.0, 3_464_000.0


def figure(value):
    return {"value": value, "source": "s", "assumed": True}


SETTINGS = parse_settings(
    {
        "format": 1, "name": "x", "crs": "EPSG:32651", "grid_m": 50, "headline_service": "tv",
        "propagation": {"model": "free-space"},
        "transmitters": {"t": {"power_dbm": figure(43), "gain_dbi": figure(11),
                               "feeder_loss_db": figure(2), "height_m": figure(35),
                               "tilt_deg": figure(0)}},
        "services": {"tv": {"transmitter": "t", "technology": "dtmb", "freq_mhz": figure(600),
                            "rx_height_m": figure(1.5), "minimum_field_dbuv_m": figure(48),
                            "location_sigma_db": figure(5.5), "entry_loss_db": figure(0),
                            "entry_sigma_db": figure(0), "required_probability": figure(0.95)}},
    }
)  # fmt: skip


def degrees(x, y):
    return TO_DEGREES.transform(X + x, Y + y)


@pytest.fixture
def network():
    """Return two sites; three cells stand on the first, one of them of another technology."""
    corners = [*degrees(0, 0), *degrees(3000, 2000)]
    areas = gpd.GeoDataFrame(
        {"area_id": ["D"], "name": ["D"], "kind": ["district"]}, geometry=[box(*corners)]
    )
    sites = pd.DataFrame(
        [{"site_id": s, "lon": degrees(*xy)[0], "lat": degrees(*xy)[1], "antenna_height_m": 40.0}
         for s, xy in (("A", (525, 1025)), ("B", (2525, 1025)))]
    )  # fmt: skip
    cells = pd.DataFrame(
        [{"cell_id": c, "site_id": "A", "technology": t, "power_dbm": p, "antenna": "omni",
          "gain_dbi": 0.0, "feeder_loss_db": 0.0, "tilt_deg": 0.0, "freq_mhz": 600.0}
         for c, t, p in (("weak", "dtmb", 30.0), ("strong", "dtmb", 50.0), ("other", "lte", 50.0))]
    )  # fmt: skip
    frames = {"areas": areas, "sites": sites, "cells": cells}
    return Network({name: coerce(TABLES[name], frame) for name, frame in frames.items()})


def log(rows, rx_height_m=1.5):
    frame = pd.DataFrame(
        [
            {"row": n, "lon": degrees(x, y)[0], "lat": degrees(x, y)[1], "measured": e,
             "measured_dbuv_m": e, "time_utc": pd.NaT, "site_id": site, "cell_id": cell,
             "clutter": ""}
            for n, (x, y, e, site, cell) in enumerate(rows, start=2)
        ]
    )  # fmt: skip
    return Measurements(frame, LogFormat("dbuv_m", rx_height_m), "log.csv", {}, {}, len(frame))


def free_space_field(eirp_dbm, x, y, tx=(525.0, 1025.0), rise_m=38.5):
    """The slow twin: 74.8 + 10 log EIRP[W] - 20 log d[km], from pixel centre to antenna."""
    d_km = math.dist((x, y, 0.0), (*tx, rise_m)) / 1000.0
    return 74.775 + (eirp_dbm - 30.0) - 20.0 * math.log10(d_km)


def run(network, **logs):
    return compare(network, SETTINGS, logs, model=FreeSpace())


def test_a_cell_is_held_against_itself_and_a_site_against_its_strongest(network):
    place = (1525.0, 525.0)  # centre of a pixel
    rows = [(*place, 60.0, "", "weak"), (*place, 60.0, "", "strong"), (*place, 60.0, "A", "")]
    points = run(network, a=log(rows)).points.set_index("cell_id")
    weak, strong = free_space_field(30.0, *place), free_space_field(50.0, *place)
    assert points.loc["weak", "predicted_dbuv_m"] == pytest.approx(weak, abs=0.05)
    assert points.loc["strong", "predicted_dbuv_m"] == pytest.approx(strong, abs=0.05)
    assert points.loc["", "predicted_dbuv_m"] == pytest.approx(strong, abs=0.05)
    assert points["site_id"].tolist() == ["A"] * 3
    assert points["residual_db"].to_numpy() == pytest.approx(
        60.0 - points["predicted_dbuv_m"].to_numpy()
    )


def test_samples_of_a_pixel_are_one_point_in_db(network):
    rows = [(1510.0 + n, 510.0, e, "A", "") for n, e in enumerate([40.0, 50.0, 66.0])]
    found = run(network, a=log(rows))
    assert found.samples == 3
    assert found.points["samples"].tolist() == [3]
    assert found.points["measured_dbuv_m"].tolist() == pytest.approx([52.0])


def test_what_cannot_be_compared_is_counted_by_reason(network):
    rows = [
        (1000, 1000, 50, "", ""), (1000, 1000, 50, "Z", ""), (1000, 1000, 50, "", "Y"),
        (1000, 1000, 50, "A", "Y"), (1000, 1000, 50, "", "other"), (90_000, 1000, 50, "A", ""),
        (1000, 1000, 50, "A", ""),
    ]  # fmt: skip
    found = run(network, a=log(rows))
    assert found.left_out == {
        "no-transmitter": 1, "unknown-transmitter": 3, "other-technology": 1, "outside-grid": 1,
    }  # fmt: skip
    assert found.unknown == {"Y": 2, "Z": 1}
    assert len(found.points) == 1
    assert sum(found.left_out.values()) + found.points["samples"].sum() == found.samples


def test_nothing_to_compare_is_an_error_that_says_why(network):
    found = run(network, a=log([(1000, 1000, 50, "Z", "")]))
    with pytest.raises(InputError, match=r"none of the 1 measurements.*unknown-transmitter"):
        found.pairs()


def test_logs_at_other_heights_get_their_own_prediction(network):
    place = (1525.0, 525.0)
    rows = [(*place, 60.0, "A", "")]
    found = run(network, low=log(rows), high=log(rows, rx_height_m=39.0)).points
    by_log = found.set_index("log_id")["predicted_dbuv_m"]
    assert by_log["low"] == pytest.approx(free_space_field(50.0, *place), abs=0.05)
    assert by_log["high"] == pytest.approx(free_space_field(50.0, *place, rise_m=1.0), abs=0.05)


def test_distance_is_from_the_antenna_to_the_samples(network):
    point = run(network, a=log([(525.0, 525.0, 60.0, "A", "")])).points.iloc[0]
    assert point["distance_km"] == pytest.approx(0.5, abs=0.001)


def test_the_order_of_rows_and_logs_changes_nothing(network):
    rng = np.random.default_rng(2)
    rows = [
        (x, y, e, site, "")
        for (x, y), e, site in zip(
            rng.uniform(100, 1900, (60, 2)), rng.normal(60, 5, 60), ["A", "B"] * 30, strict=True
        )
    ]
    one = run(network, a=log(rows)).points
    other = run(network, a=log(rows[::-1])).points
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)


def test_figures_that_no_table_gives_are_named(network):
    assert "power_dbm" in run(network, a=log([(1000, 1000, 50, "B", "")])).assumed
    assert run(network, a=log([(1000, 1000, 50, "", "weak")])).assumed == ()


def test_surroundings_come_from_the_surface_unless_the_log_says(network):
    grid = land_of(network, "EPSG:32651", 50).grid
    # The surface of a plan reaches beyond the district.
    over = Grid(
        grid.crs, grid.left_m - 1000, grid.top_m + 500, 50, grid.width + 40, grid.height + 30
    )
    x, y = np.meshgrid(over.x_m() - X, over.y_m() - Y)
    building = (abs(x - 1500) < 100) & (abs(y - 500) < 100)
    clutter_m = np.where(building, 20.0, 0.0).astype(np.float32)
    surface = Surface(over, np.zeros(over.shape, np.float32), clutter_m, "made here")
    made = log([(1525.0, y_m, 60.0, "A", "") for y_m in (525.0, 625.0, 1525.0)])

    def found():
        points = compare(network, SETTINGS, {"a": made}, model=FreeSpace(), surface=surface).points
        return points.sort_values("y_m")["clutter"].tolist()

    assert found() == ["building", "street", "open"]
    made.frame["clutter"] = "park"
    assert found() == ["park"] * 3
